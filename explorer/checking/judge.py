# SPDX-License-Identifier: GPL-2.0-only
"""A real ``.config`` judged: would Kconfig keep it, and does its kernel survive on these machines?

In this order, and the findings stand in the order of ``KINDS``:

1. the files themselves: lines that are no settings, symbols set twice, fragments that lose;
2. Kconfig: what it does not keep, and why (``kept``), and what fragments asked for and did not get;
3. memory: can the combination of the four symbols be had at all, and does its kernel survive.

What was not judged, and on whose word something was taken, stands in ``Checked.limits``.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from explorer.boot import Boot, Kernel, KernelConfig, RamFill, simulate
from explorer.checking.bounds import bounded
from explorer.checking.effective_config import EffectiveConfig
from explorer.checking.files import (
    file_findings,
    lost_fragments,
    overlaid,
    requested_values,
    without_dropped_lines,
)
from explorer.checking.findings import Finding
from explorer.checking.memory import combination_of, survival, undescribed, unreachable
from explorer.checking.rejected_values import KeptValues, rejected_values_of
from explorer.checking.release import kernel_of, known, only_arm64, release_notes, version_of
from explorer.checking.requested import ResultingConfig, not_got
from explorer.checking.unsafe_fixes import UnsafeFix, cured
from explorer.configuration import Combination, DotConfig, Tree
from explorer.machine import Firmware, MemoryMap
from explorer.study.backport import smallest_backports
from explorer.study.cure_search import fewest_answers
from explorer.study.matrix import FOUR
from explorer.version import KernelVersion

__all__ = ["Checked", "check"]

_CHANGED = frozenset({"overridden", "unmet-dependency", "choice-conflict", "out-of-range"})


@dataclass(frozen=True, slots=True)
class Checked:
    """The judgement.

    Attributes:
        name: what was judged: the file, or the files that were merged.
        version: the kernel it was judged for.
        tree: the Kconfig it was judged by.
        combination: the values of the four symbols that the file asks for, and whether Kconfig can produce
            them.
        becomes: those that Kconfig makes of it.
        reachable: Kconfig keeps every value that memory initialisation depends on.
        kernel_config: the kernel that was booted, with the configuration that Kconfig makes of the file;
            ``None`` where the memory initialisation of its release is not described.
        boots: one for each machine.
        findings: what is wrong, in the order of ``KINDS``.
        limits: what was not judged or was taken on somebody's word, a sentence each.
    """

    name: str
    version: KernelVersion
    tree: Tree
    combination: Combination
    becomes: Combination
    reachable: bool
    kernel_config: KernelConfig | None
    boots: tuple[Boot, ...]
    findings: tuple[Finding, ...]
    limits: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """``unreachable``, ``unsafe``, ``unknown`` or ``safe``; the first that holds."""
        found = {finding.id for finding in self.findings}
        if not self.reachable:
            return "unreachable"
        return next((word for word in ("unsafe", "unknown") if word in found), "safe")


def check(  # noqa: PLR0913 # what a judgement depends on, each by its name
    configs: Sequence[DotConfig],
    machines: Sequence[MemoryMap | Firmware],
    *,
    version: KernelVersion | None = None,
    tree: Tree | None = None,
    requested: Sequence[DotConfig] = (),
    with_changes: Sequence[str] = (),
    without_changes: Sequence[str] = (),
    ram_fill: RamFill = RamFill.STALE,
) -> Checked:
    """Judge one ``.config``, or several files as one.

    Files without ``CONFIG_ARM64=y`` are a part of a configuration: what they leave open takes its default.

    Args:
        configs: the file, or a base and the fragments that are merged over it, in order.
        machines: the memory maps to boot on.
        version: the kernel; without it the tree or else the header of a file says.
        tree: a Kconfig tree; without it the shipped fragment of the kernel.
        requested: fragments whose wishes the result must hold.
        with_changes: names or commits of known changes that the release lacks and this kernel has.
        without_changes: those that the release has and this kernel lacks.
        ram_fill: what RAM held before the kernel started.

    Raises:
        InputError: the files are no arm64 configuration, their kernel is not known, or the tree is nested
            too deeply.
    """
    whole_tree = tree is not None
    name = " + ".join(config.source for config in configs)
    only_arm64([*configs, *requested])
    release = version_of(configs, version or (tree.release if tree else None))
    described, judge = kernel_of(release, tree, with_changes, without_changes)
    with judge.of_bounded_depth():
        released = [_as_released(config, described) for config in configs]
        files, dropped = without_dropped_lines(judge, released)
        outcome = rejected_values_of(
            judge,
            without_dropped_lines(judge, overlaid(released))[0],
            dropped,
            base=files[0] if len(files) > 1 else None,
            whole_tree=whole_tree,
        )
        meaning = EffectiveConfig.of(judge, outcome)
        combination = combination_of(judge, meaning.said)
        becomes = combination_of(judge, meaning.made)
        impossible = tuple(unreachable(judge, combination, becomes, outcome.asked))
        kernel_config = KernelConfig.of(described, meaning.made, ram_fill) if described else None
        boots = tuple(simulate(kernel_config, machine) for machine in machines) if kernel_config else ()
        findings = (
            *_written(files),
            *(each for each in outcome.findings if not (impossible and _is_told(each))),
            *_wished(judge, requested, name, outcome, meaning, whole_tree=whole_tree),
            *impossible,
            *(
                _survived(judge, kernel_config, boots, outcome, meaning, machines)
                if kernel_config
                else undescribed(release)
            ),
        )
        return Checked(
            name,
            release,
            judge,
            combination,
            becomes,
            not impossible and not _reaches_memory(findings, release, meaning.spared),
            kernel_config,
            boots,
            tuple(bounded(findings)),
            (
                *release_notes(configs, release, tree, told=version is not None),
                *_limits(outcome, judge),
                *(f"{each.source} asks for nothing" for each in requested if not each.settings),
            ),
        )


def _as_released(config: DotConfig, described: Kernel | None) -> DotConfig:
    """A file is for the release as it is: what a switched change redefines is not held against it."""
    if not (described and described.definitions):
        return config
    settings = (setting for setting in config.settings if setting.symbol not in described.definitions)
    return replace(config, settings=tuple(settings))


def _written(files: Sequence[DotConfig]) -> Iterator[Finding]:
    """What is wrong with files before Kconfig is asked."""
    for file in files:
        yield from file_findings(file)
    yield from lost_fragments(files)


def _wished(  # noqa: PLR0913 # wishes, and what came of them
    tree: Tree,
    requested: Sequence[DotConfig],
    name: str,
    outcome: KeptValues,
    meaning: EffectiveConfig,
    *,
    whole_tree: bool,
) -> Iterator[Finding]:
    """What is wrong with the requested fragments, and what they did not get; their base is not among them."""
    if not requested:
        return
    fragments, futile = without_dropped_lines(tree, requested)
    yield from _written([DotConfig("", (), (), None, ""), *fragments])
    wishes = requested_values(without_dropped_lines(tree, overlaid(requested))[0])
    got = ResultingConfig(name, outcome.asked, meaning.said)
    yield from not_got(tree, got, wishes, futile, whole_tree=whole_tree)


def _survived(  # noqa: PLR0913, PLR0917 # a kernel, its configuration, its machines
    tree: Tree,
    kernel_config: KernelConfig,
    boots: Sequence[Boot],
    outcome: KeptValues,
    meaning: EffectiveConfig,
    machines: Sequence[MemoryMap | Firmware],
) -> Iterator[Finding]:
    """Where the kernel dies, with what would save it."""

    def saved(kernel_config: KernelConfig) -> UnsafeFix:
        given = {name: each.value for name, each in outcome.asked.items()}
        prompts = known(kernel_config.kernel.version).symbols
        answers = fewest_answers(tree, given, kernel_config, prompts, machines, meaning.elsewhere)
        changes = smallest_backports(
            tree, kernel_config.kernel, meaning.made, machines, ram_fill=kernel_config.ram_fill
        )
        return cured(answers, changes, tree)

    return survival(kernel_config, boots, outcome.asked, saved)


def _is_told(finding: Finding) -> bool:
    """Whether the finding about an impossible combination tells it already."""
    return finding.symbol in FOUR and finding.id != "wrong-type"


def _reaches_memory(findings: Iterable[Finding], release: KernelVersion, spared: Container[str]) -> bool:
    """Whether Kconfig changes a value that memory initialisation depends on: one that the fragment knows."""
    changed = [
        finding.symbol for finding in findings if finding.id in _CHANGED and finding.symbol not in spared
    ]
    if not changed:
        return False
    fragment = known(release)
    return any(fragment.defines(name) for name in changed)


def _limits(outcome: KeptValues, tree: Tree) -> Iterator[str]:
    """What was not judged, once."""
    if outcome.unjudged:
        yield (
            f"{outcome.unjudged} of {len(outcome.asked)} symbols are not in {tree.label}, which holds memory "
            "initialisation alone, and were not judged; --tree DIR judges all"
        )
    if outcome.plain:
        yield (
            f"{outcome.plain} findings have the line that Kconfig makes of it as their fix: for the first "
            "few others were looked for (explain -c FILE SYMBOL=VALUE looks for one)"
        )
    if outcome.recorded:
        yield f"{outcome.recorded} symbols that the compiler decides were taken as the file records them"
    if "ARM64" not in outcome.asked:
        yield "the file is a part of a configuration: what it leaves open takes its default"
