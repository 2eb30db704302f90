# SPDX-License-Identifier: GPL-2.0-only
"""The matrix: every combination of the symbols under study against every memory map, for one kernel.

A row is a combination. Where Kconfig can produce it, the configuration that boots is the one that Kconfig
computes from its witness; where it cannot, the combination is put over the context's configuration and the
boot is a *what-if*, never a verdict.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from explorer.boot import Boot, Fault, Kernel, KernelConfig, RamFill, Stage, Verdict, kernel, simulate
from explorer.configuration import (
    Combination,
    DotConfig,
    Projection,
    Tree,
    combinations,
    complete,
    with_answers,
)
from explorer.machine import Firmware, MemoryMap

__all__ = [
    "FOUR",
    "Hazard",
    "Row",
    "View",
    "configured",
    "context_and_values",
    "hazard",
    "leading",
    "study_kernel",
]

FOUR = ("NUMA", "HOLES_IN_ZONE", "HAVE_ARCH_PFN_VALID", "ARCH_HAS_HOLES_MEMORYMODEL")
"""The symbols of the mission, in its order."""

Hazard = str
"""How close an unsafe verdict is: ``boot``, ``trigger`` or ``circumstances``; empty where nothing faults."""


@dataclass(frozen=True, slots=True)
class Row:
    """A combination and its boots.

    Attributes:
        combination: values, and whether Kconfig can produce them.
        build: the kernel that was booted for it.
        boots: one boot for each machine, in order.
    """

    combination: Combination
    build: KernelConfig
    boots: tuple[Boot, ...]

    @property
    def verdict(self) -> Verdict:
        """Over all machines: unsafe when one is, else unknown when one is, else safe."""
        verdicts = {boot.verdict for boot in self.boots}
        return next(
            verdict for verdict in (Verdict.UNSAFE, Verdict.UNKNOWN, Verdict.SAFE) if verdict in verdicts
        )


@dataclass(frozen=True, slots=True)
class View:
    """One kernel in one context.

    Attributes:
        tree: the Kconfig that was asked, of a kernel whose release is known.
        settings: the context that the user fixed; empty when all the rest is free.
        context: the build of the context alone, nothing put over it.
        space: all combinations and the forced facts.
        rows: one for each combination that was booted, in the order of the space.
        what_ifs: the combinations that Kconfig cannot produce were booted, too.
        base: the ``.config`` that fixes the rest; ``None`` where it is free.
    """

    tree: Tree
    settings: Mapping[str, str]
    context: KernelConfig
    space: Projection
    rows: tuple[Row, ...]
    what_ifs: bool = True
    base: DotConfig | None = None

    def answers(self, row: Row) -> dict[str, str]:
        """What a user answers to get a row."""
        return with_answers(_fixed(self.tree, self.settings, self.base), row.combination.witness or {})


def study_kernel(  # noqa: PLR0913 # a kernel, machines, and refinements that all have defaults
    tree: Tree,
    machines: Sequence[MemoryMap | Firmware],
    *,
    described: Kernel | None = None,
    names: Sequence[str] = FOUR,
    settings: Mapping[str, str] | None = None,
    ram_fill: RamFill = RamFill.STALE,
    what_ifs: bool = True,
    base: DotConfig | None = None,
    watched: Callable[[Sequence[Combination]], Iterable[Combination]] = iter,
) -> View:
    """Judge every combination on every machine.

    Args:
        tree: the Kconfig of a kernel whose release is known.
        machines: at least one.
        described: the kernel, where changes were switched in it and ``tree``; default: the release as it is.
        names: the symbols under study.
        settings: values of other symbols, which hold in every row.
        ram_fill: what RAM held before the kernel started.
        what_ifs: boot the combinations that Kconfig cannot produce, too.
        base: a ``.config`` that answers all prompts but those of the symbols under study; ``settings`` are
            put over it. Without it they are free.
        watched: hands the combinations on one by one, for somebody who waits.

    Raises:
        InputError: an unknown version, an undefined symbol, a wrong value, too many combinations.
    """
    described = described or kernel(tree.release)
    fixed = dict(settings or {})
    context = complete(tree, fixed, {}).values if base is None else tree.values(_fixed(tree, fixed, base))
    space = combinations(tree, names, fixed, base=None if base is None else base.values)
    rows = []
    for combination in watched([found for found in space.combinations if what_ifs or found.reachable]):
        values = _configuration(tree, combination, context, fixed, base)
        build = KernelConfig.of(described, values, ram_fill)
        rows.append(Row(combination, build, tuple(simulate(build, machine) for machine in machines)))
    return View(
        tree, fixed, KernelConfig.of(described, context, ram_fill), space, tuple(rows), what_ifs, base
    )


def _configuration(
    tree: Tree,
    combination: Combination,
    context: Mapping[str, str],
    fixed: Mapping[str, str],
    base: DotConfig | None,
) -> Mapping[str, str]:
    """What Kconfig computes from the witness, or the what-if."""
    if combination.witness is None:
        return {**context, **combination.values}
    if base is None:
        return configured(tree, combination.witness, fixed)
    return tree.values(with_answers(_fixed(tree, fixed, base), combination.witness))


def _fixed(tree: Tree, settings: Mapping[str, str], base: DotConfig | None) -> dict[str, str]:
    """The answers that hold in every row: numbers that are set, or a file's with all settings over them."""
    if base is None:
        return {name: value for name, value in settings.items() if not tree.is_logical(name)}
    return with_answers(base.values, settings)


def configured(tree: Tree, answers: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """What Kconfig computes from answers; numbers that are set hold, whatever it would make of them."""
    numbers = {name: value for name, value in settings.items() if not tree.is_logical(name)}
    return {**tree.values({**numbers, **answers}), **numbers}


def context_and_values(
    settings: Mapping[str, str], names: Sequence[str] = FOUR
) -> tuple[dict[str, str], dict[str, str]]:
    """Settings split into the context and the symbols in question."""
    values = {name: value for name, value in settings.items() if name in names}
    return {name: value for name, value in settings.items() if name not in names}, values


def leading(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """The first fault of every walker and trigger: the others tell the same of other pageblocks."""
    first: dict[tuple[str, str], Fault] = {}
    for fault in faults:
        first.setdefault((fault.walker, fault.trigger), fault)
    return tuple(first.values())


def hazard(boot: Boot) -> Hazard:
    """Whether the worst fault happens at boot, on a trigger alone, or in circumstances only."""
    if any(fault.certain and fault.stage is Stage.BOOT for fault in boot.faults):
        return "boot"
    if any(fault.certain for fault in boot.faults):
        return "trigger"
    return "circumstances" if boot.faults else ""
