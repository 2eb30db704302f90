# SPDX-License-Identifier: GPL-2.0-only
"""A real ``.config`` judged: would Kconfig keep it, and does its kernel survive on these machines?

Findings, by id:

* ``syntax``: a line that is no setting;
* ``unreachable``: no answers to prompts give this combination of the four symbols;
* ``overridden``: the combination exists, but with the other values of this file Kconfig computes another;
* ``unsafe``: a walker meets a struct page that it cannot survive, on one machine;
* ``unknown``: the file asks for something that nobody has modelled.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from explorer.boot import Boot, Build, RamFill, Verdict, kernel, simulate, unmodelled
from explorer.configuration import Combination, DotConfig, Statement, Tree, combinations, load_fragment
from explorer.errors import InputError
from explorer.machine import Firmware, MemoryMap
from explorer.matrix import FOUR
from explorer.version import KernelVersion

__all__ = ["Checked", "Finding", "check"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a ``.config``.

    Attributes:
        id: which kind, as the module lists them.
        message: one sentence.
        symbol: the symbol it is about; may be empty.
        line: line of the ``.config`` from 1; 0 where there is none.
        causes: the statements of Kconfig behind it.
        memory_map: the machine it is about; empty where it is about none.
    """

    id: str
    message: str
    symbol: str = ""
    line: int = 0
    causes: tuple[Statement, ...] = ()
    memory_map: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """The judgement.

    Attributes:
        config: the file.
        version: the kernel it was judged for.
        tree: the Kconfig it was judged by.
        combination: the values of the four symbols, and whether Kconfig can produce them.
        build: the kernel that was booted.
        boots: one for each machine.
        findings: in order of the module's list.
    """

    config: DotConfig
    version: KernelVersion
    tree: Tree
    combination: Combination
    build: Build
    boots: tuple[Boot, ...]
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> str:
        """``unreachable``, ``unsafe``, ``unknown`` or ``safe``; the first that some finding says."""
        found = {"unreachable" if finding.id == "overridden" else finding.id for finding in self.findings}
        return next((word for word in ("unreachable", "unsafe", "unknown") if word in found), "safe")


def check(
    config: DotConfig,
    machines: Sequence[MemoryMap | Firmware],
    *,
    version: KernelVersion | None = None,
    tree: Tree | None = None,
    ram_fill: RamFill = RamFill.STALE,
) -> Checked:
    """Judge a ``.config``.

    A file without ``CONFIG_ARM64=y`` is a part of a configuration: what it leaves open takes its default.

    Args:
        config: the file.
        machines: the memory maps to boot on.
        version: the kernel; without it the tree or else the header of the file says.
        tree: a Kconfig tree; without it the shipped fragment of the kernel.
        ram_fill: what RAM held before the kernel started.

    Raises:
        InputError: the file is no arm64 configuration, or its kernel is not known.
    """
    version = _version(config, version or (tree.release if tree else None))
    described, tree = kernel(version), tree or load_fragment(version)
    values = _values(config, tree)
    wanted = {name: values.get(name, "n") for name in FOUR}
    space = combinations(tree, FOUR)
    combination = next(found for found in space.combinations if found.values == wanted)
    build = Build.of(described, values, ram_fill)
    boots = tuple(simulate(build, machine) for machine in machines)
    findings = (
        *_syntax(config),
        *_reachability(config, tree, combination, values),
        *_survival(build, boots),
    )
    return Checked(config, version, tree, combination, build, boots, findings)


def _version(config: DotConfig, told: KernelVersion | None) -> KernelVersion:
    """The kernel that the file is for."""
    if not config.settings:
        raise InputError("sets no symbol", where=config.source, hint="give a kernel .config, plain or gzip")
    if config.arch and config.arch != "arm64":
        raise InputError(
            f"is a configuration for {config.arch}, not arm64",
            where=config.source,
            hint="only arm64 is modelled",
        )
    version = told or config.version
    if version is None:
        raise InputError(
            "its header names no kernel version", where=config.source, hint="name it with --kernel"
        )
    return version


def _values(config: DotConfig, tree: Tree) -> Mapping[str, str]:
    """The configuration that boots."""
    for name in FOUR:
        if config.values.get(name, "n") not in {"n", "y"}:
            line = next(setting.line for setting in config.settings if setting.symbol == name)
            raise InputError(
                f"{name} is {config.values[name]!r}, which no bool is",
                where=f"{config.source}:{line}",
                hint=f"write CONFIG_{name}=y or # CONFIG_{name} is not set",
            )
    if config.values.get("ARM64") == "y":
        return config.values
    return {**tree.values(config.values), **config.values}


def _syntax(config: DotConfig) -> Iterator[Finding]:
    for found in config.unreadable:
        yield Finding("syntax", f"not a setting: {found.text}", line=found.line)


def _reachability(
    config: DotConfig, tree: Tree, combination: Combination, values: Mapping[str, str]
) -> Iterator[Finding]:
    """Whether Kconfig would keep the four values."""
    lines = {setting.symbol: setting.line for setting in config.settings}
    words = " ".join(f"{name}={value}" for name, value in combination.values.items())
    if not combination.reachable:
        gone = [name for name, value in combination.values.items() if value != "n" and not tree.defines(name)]
        line = next((lines[name] for name in (*gone, *combination.values) if name in lines), 0)
        missing = f"; {tree.label} has no {', '.join(gone)}" if gone else ""
        yield Finding(
            "unreachable",
            f"Kconfig cannot produce {words}{missing}",
            line=line,
            causes=combination.conflict,
        )
        return
    computed = tree.values(values)
    for name, value in combination.values.items():
        becomes = computed.get(name, "n")
        if becomes != value:
            yield Finding(
                "overridden",
                f"{name}={value} becomes {name}={becomes} with the other values of this file",
                symbol=name,
                line=lines.get(name, 0),
                causes=tuple(tree.statements(name)),
            )


def _survival(build: Build, boots: Sequence[Boot]) -> Iterator[Finding]:
    """One finding for each machine that the kernel does not survive, and one for each gap of the model."""
    for boot in boots:
        if boot.verdict is Verdict.UNSAFE:
            first = boot.faults[0]
            when = "during boot" if first.stage == "boot" else f"on {first.trigger}"
            needs = f", if {'; and '.join(first.circumstances)}" if first.circumstances else ""
            yield Finding(
                "unsafe",
                f"{first.walker}() meets an unusable struct page at pfn {first.pfn:#x} {when}{needs}",
                memory_map=boot.memory_map.name,
            )
    for gap in unmodelled(build):
        yield Finding("unknown", f"not modelled: {gap}", symbol=gap.partition(":")[0])
