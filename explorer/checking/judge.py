# SPDX-License-Identifier: GPL-2.0-only
"""A real ``.config`` judged: would Kconfig keep it, and does its kernel survive on these machines?

In this order, and the findings stand in the order of ``KINDS``:

1. the files themselves: lines that are no settings, symbols set twice, fragments that lose;
2. Kconfig: what it does not keep, and why (``kept``), and what fragments asked for and did not get;
3. memory: can the combination of the four symbols be had at all, and does its kernel survive.

What was not judged, and on whose word something was taken, stands in ``Checked.limits``.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from explorer.backport import smallest_fixes
from explorer.boot import Boot, Build, Kernel, RamFill, simulate
from explorer.checking.curing import Cure, cured, fewest_answers
from explorer.checking.files import asked_of, file_findings, heard, lost_fragments, overlaid
from explorer.checking.findings import KINDS, Finding, Severity
from explorer.checking.kept import Kept, kept
from explorer.checking.memory import combination_of, survival, undescribed, unreachable
from explorer.checking.release import kernel_of, known, release_notes, version_of
from explorer.checking.requested import not_got
from explorer.configuration import Combination, DotConfig, Tree
from explorer.machine import Firmware, MemoryMap
from explorer.matrix import FOUR
from explorer.version import KernelVersion

__all__ = ["Checked", "check"]

_MOST_LISTED = 1000
_LONGEST = 500  # characters of a text in a finding
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
        build: the kernel that was booted: what Kconfig makes of the file, for no other can be built;
            ``None`` where nobody has described the memory initialisation of its release.
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
    build: Build | None
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
        InputError: the files are no arm64 configuration, or their kernel is not known.
    """
    release = version_of(configs, version or (tree.release if tree else None))
    described, judge = kernel_of(release, tree, with_changes, without_changes)
    released = [_as_released(config, described) for config in configs]
    files, dropped = heard(judge, released)
    wishes, futile = heard(judge, requested)
    outcome = kept(
        judge,
        heard(judge, overlaid(released))[0],
        dropped,
        base=files[0] if len(files) > 1 else None,
        whole_tree=tree is not None,
    )
    asked, echoes = outcome.asked, _echoes(outcome)
    said = _said(judge, outcome, echoes)
    elsewhere = {name: said[name] for name in _left_open(outcome)}
    made = {**said, **outcome.values, **elsewhere}
    combination = combination_of(judge, said)
    build = Build.of(described, made, ram_fill) if described else None
    boots = tuple(simulate(build, machine) for machine in machines) if build else ()
    impossible = tuple(unreachable(judge, combination, asked))

    def saved(build: Build) -> Cure:
        given = {name: each.value for name, each in asked.items()}
        answers = fewest_answers(judge, given, build, known(release).symbols, machines, elsewhere)
        changes = smallest_fixes(judge, build.kernel, made, machines, ram_fill=ram_fill)
        return cured(answers, changes, judge)

    findings = (
        *(finding for file in (*files, *wishes) for finding in file_findings(file)),
        *lost_fragments(files),
        *lost_fragments(_with_base(wishes)),
        *(each for each in outcome.findings if not (impossible and _is_told(each))),
        *not_got(
            judge,
            asked,
            said,
            asked_of(heard(judge, overlaid(requested))[0]),
            futile,
            whole_tree=tree is not None,
        ),
        *impossible,
        *(survival(build, boots, asked, saved) if build else undescribed(release)),
    )
    return Checked(
        " + ".join(config.source for config in configs),
        release,
        judge,
        combination,
        combination_of(judge, made),
        not impossible and not _reaches_memory(findings, release, {*echoes, *elsewhere}),
        build,
        boots,
        tuple(_bounded(findings)),
        (*release_notes(configs, release, tree, told=version is not None), *_limits(outcome, judge)),
    )


def _as_released(config: DotConfig, described: Kernel | None) -> DotConfig:
    """A file is for the release as it is: what a switched change redefines is not held against it."""
    if not (described and described.definitions):
        return config
    settings = (setting for setting in config.settings if setting.symbol not in described.definitions)
    return replace(config, settings=tuple(settings))


def _echoes(outcome: Kept) -> frozenset[str]:
    """The symbols whose values are not kept only because another's was no value, or because of a fragment.

    Of such files Kconfig makes a configuration that can be had; nobody asked for another.
    """
    nonsense = {each.symbol for each in outcome.findings if each.id == "wrong-type"} - set(outcome.asked)
    return outcome.moved | {
        each.symbol
        for each in outcome.findings
        if each.follows_from and nonsense.issuperset(each.follows_from)
    }


def _said(tree: Tree, outcome: Kept, echoes: frozenset[str]) -> dict[str, str]:
    """The configuration that the files ask for; what they leave open is what Kconfig makes of it."""
    asked = {name: each.value for name, each in outcome.asked.items() if name not in echoes}
    return {**outcome.values, **{name: _read(tree, name, value) for name, value in asked.items()}}


def _read(tree: Tree, name: str, value: str) -> str:
    """A value as conf takes it: of a bool or tristate it reads the first letter alone (``yes``, ``y"``)."""
    return value[:1] if tree.defines(name) and tree.is_logical(name) else str(value)


def _with_base(fragments: Sequence[DotConfig]) -> tuple[DotConfig, ...]:
    """Requested fragments lie over a base of their own, which is not among them."""
    return (DotConfig("", (), (), None, ""), *fragments)


def _is_told(finding: Finding) -> bool:
    """Whether the finding about an impossible combination tells it already."""
    return finding.symbol in FOUR and finding.id != "wrong-type"


def _left_open(outcome: Kept) -> Iterator[str]:
    """The symbols of a part of a configuration whose dependencies it leaves open: they may be met elsewhere.

    Those of the four symbols are held against it.
    """
    if "ARM64" not in outcome.asked:
        for each in outcome.findings:
            if each.id == "unmet-dependency" and each.symbol not in FOUR:
                yield each.symbol


def _reaches_memory(findings: Iterable[Finding], release: KernelVersion, spared: Container[str]) -> bool:
    """Whether Kconfig changes a value that memory initialisation depends on: one that the fragment knows."""
    changed = [
        finding.symbol for finding in findings if finding.id in _CHANGED and finding.symbol not in spared
    ]
    if not changed:
        return False
    fragment = known(release)
    return any(fragment.defines(name) for name in changed)


def _bounded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings in order of kind, so many of each."""
    order = {name: number for number, name in enumerate(KINDS)}
    count: Counter[str] = Counter()
    for finding in sorted(findings, key=lambda finding: order[finding.id]):
        count[finding.id] += 1
        if count[finding.id] <= _MOST_LISTED:
            yield _short(finding)
    for name, number in count.items():
        if number > _MOST_LISTED:
            rest = number - _MOST_LISTED
            yield Finding("more", f"{rest} more findings of kind {name}", severity=Severity.NOTE)


def _short(finding: Finding) -> Finding:
    """A finding whose texts are of bounded length: names and values come from strangers."""
    return replace(
        finding,
        message=_cut(finding.message),
        symbol=_cut(finding.symbol),
        asked=_cut(finding.asked),
        becomes=_cut(finding.becomes),
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _limits(outcome: Kept, tree: Tree) -> Iterator[str]:
    """What was not judged, once."""
    if outcome.unjudged:
        yield (
            f"{outcome.unjudged} of {len(outcome.asked)} symbols are not in {tree.label}, which holds memory "
            "initialisation alone, and were not judged; --tree DIR judges all"
        )
    if outcome.recorded:
        yield f"{outcome.recorded} symbols that the compiler decides were taken as the file records them"
    if "ARM64" not in outcome.asked:
        yield "the file is a part of a configuration: what it leaves open takes its default"
