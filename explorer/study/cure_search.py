# SPDX-License-Identifier: GPL-2.0-only
"""What cures an unsafe combination: the fewest answers in this kernel, or the first later kernel.

Rules:

1. A cure is never looked up: each is a configuration that Kconfig computes and a boot that came out safe.
2. Answers are tried that some reachable row of the same kernel gives: first each alone, put over this row's
   own, then two together of the symbols that the report speaks of. *Fewest* is among these.
3. A later kernel gets the same answers. Its Kconfig is the shipped fragment.
4. The cause is the one difference between the last unsafe and the first safe release that cures the older
   kernel when it alone is put into it: a value that Kconfig computes, or a change of behaviour. Where no
   single difference does, none is named.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, combinations, pairwise

from explorer.boot import Kernel, KernelConfig, Verdict, kernel, simulate
from explorer.boot.changes import CHANGES
from explorer.configuration import Tree, fragment_spans, load_fragment
from explorer.errors import InputError
from explorer.machine import Firmware, MemoryMap
from explorer.resources import data_folder
from explorer.study.matrix import FOUR, Row, View
from explorer.version import KernelVersion

__all__ = ["Cure", "CureSearch", "DecisiveDifference", "FirstSafeRelease"]

_MODEL = ("SPARSEMEM_VMEMMAP", "SPARSEMEM", "FLATMEM")


@dataclass(frozen=True, slots=True)
class Cure:
    """Answers that make a combination safe on a map.

    Attributes:
        changes: the answers to give besides, or instead of, those of the row.
        answers: all answers, as a whole fragment.
        values: what the symbols under study become.
    """

    changes: Mapping[str, str]
    answers: Mapping[str, str]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DecisiveDifference:
    """The one difference that cures the older kernel.

    Attributes:
        kind: ``Kconfig`` or ``behaviour``.
        name: the symbol with its new value, or the name of the change.
        commit: the mainline commit; empty where its id is not known.
        effect: what it does; empty where nobody has described it.
    """

    kind: str
    name: str
    commit: str
    effect: str


@dataclass(frozen=True, slots=True)
class FirstSafeRelease:
    """The first later release in which the same answers are safe.

    Attributes:
        release: that release.
        before: the last described release before it, which is not.
        cause: what made the difference, where it is one thing.
    """

    release: KernelVersion
    before: KernelVersion
    cause: DecisiveDifference | None


_Attempt = tuple[Cure, KernelConfig]
_Built = tuple[KernelVersion, KernelConfig, Mapping[str, str]]


class CureSearch:
    """Cures for the rows of some views, every boot done once."""

    def __init__(self, views: Sequence[View], machines: Sequence[MemoryMap | Firmware]) -> None:
        self._views = views
        self._machines = machines
        self._numbers: dict[KernelConfig, int] = {}
        self._boots = {
            (self._number(row.build), index): boot.verdict
            for view in views
            for row in view.rows
            for index, boot in enumerate(row.boots)
        }
        self._pools: dict[Tree, list[tuple[str, str]]] = {}
        self._kernels: dict[tuple[object, ...], list[_Built]] = {}
        self._computed: dict[tuple[object, ...], Mapping[str, str]] = {}

    def cures(self, view: View, row: Row) -> Iterator[Cure | None]:
        """For each map: the fewest answers that make the row safe; ``None`` where none are known."""
        source, tried = self._attempts(view, row), list[_Attempt]()
        for index, boot in enumerate(row.boots):
            found = None
            if boot.verdict is Verdict.UNSAFE:
                attempts = chain(tried, _kept(source, tried))
                found = next((cure for cure, build in attempts if self._is_safe(build, index)), None)
            yield found

    def later(self, view: View, row: Row) -> Iterator[FirstSafeRelease | None]:
        """For each map: the first later release in which the row's answers are safe."""
        for index, boot in enumerate(row.boots):
            yield self._later(view, row, index) if boot.verdict is Verdict.UNSAFE else None

    def _number(self, build: KernelConfig) -> int:
        """Equal builds bear one number: comparing two is dearer than many a boot."""
        return self._numbers.setdefault(build, len(self._numbers))

    def _values(self, tree: Tree, answers: Mapping[str, str]) -> Mapping[str, str]:
        """What Kconfig computes, once for equal answers in equal order: rows share later kernels."""
        key = (tree, *answers.items())
        if key not in self._computed:
            self._computed[key] = tree.values(answers)
        return self._computed[key]

    def _is_safe(self, build: KernelConfig, index: int) -> bool:
        key = (self._number(build), index)
        if key not in self._boots:
            self._boots[key] = simulate(build, self._machines[index]).verdict
        return self._boots[key] is Verdict.SAFE

    def _attempts(self, view: View, row: Row) -> Iterator[_Attempt]:
        """Configurations that one other answer gives, then those that two give; the page size stays."""
        tree, mine = view.tree, view.answers(row)
        now = self._values(tree, mine)
        names = tuple(row.combination.values)
        pool = [(name, value) for name, value in self._pool(tree, names) if now.get(name) != value]
        familiar = [(name, value) for name, value in pool if name in self._familiar(tree, names)]
        pairs = ((one, two) for one, two in combinations(familiar, 2) if one[0] != two[0])
        for changes in chain(((change,) for change in pool), pairs):
            answers = {**mine, **dict(changes)}
            values = self._values(tree, answers)
            if all(values[name] == value for name, value in changes):
                build = KernelConfig.of(row.build.kernel, values, row.build.ram_fill)
                if build.page_shift == row.build.page_shift:
                    studied = {name: values.get(name, "n") for name in names}
                    yield Cure(dict(changes), answers, studied), build

    def _pool(self, tree: Tree, names: Sequence[str]) -> list[tuple[str, str]]:
        """Every answer that a row of the kernel gives or leaves to its default, the familiar ones first."""
        if tree not in self._pools:
            rows = [(view, row) for view in self._views if view.tree is tree for row in view.rows]
            given = [row.combination.witness or {} for _, row in rows if row.combination.reachable]
            asked = {name for answers in given for name in answers if tree.has_prompt(name)}
            found = {
                (name, value) for answers in given for name, value in self._values(tree, answers).items()
            }
            familiar = self._familiar(tree, names)
            self._pools[tree] = sorted(
                (pair for pair in found if pair[0] in asked),
                key=lambda pair: (pair[0] not in familiar, pair),
            )
        return self._pools[tree]

    def _familiar(self, tree: Tree, names: Sequence[str]) -> set[str]:
        """The symbols that the report speaks of."""
        return {*names, *(name for view in self._views if view.tree is tree for name in view.settings)}

    def _later(self, view: View, row: Row, index: int) -> FirstSafeRelease | None:
        line = self._line(view, row)
        for (before, old, old_values), (release, new, new_values) in pairwise(line):
            if self._is_safe(new, index):
                cause = next(self._causes(old, old_values, new, new_values, release, index), None)
                return FirstSafeRelease(release, before, cause)
        return None

    def _line(self, view: View, row: Row) -> list[_Built]:
        """The row's kernel, then all later releases, each unlike the one before, with the same answers."""
        answers = view.answers(row)
        key = (view.tree.release, tuple(sorted(answers.items())), row.build.ram_fill)
        if key not in self._kernels:
            line: list[_Built] = [(view.tree.release, row.build, self._values(view.tree, answers))]
            for release in _releases():
                if release > view.tree.release:
                    values = self._values(_fragment(release), answers)
                    build = KernelConfig.of(kernel(release), values, row.build.ram_fill)
                    line.append((release, build, values))
            self._kernels[key] = line
        return self._kernels[key]

    def _causes(  # noqa: PLR0913, PLR0917 # two kernels as built, the release between them, a machine
        self,
        old: KernelConfig,
        old_values: Mapping[str, str],
        new: KernelConfig,
        new_values: Mapping[str, str],
        release: KernelVersion,
        index: int,
    ) -> Iterator[DecisiveDifference]:
        """Each single difference that cures the older kernel on this machine."""
        for name in _changed(old_values, new_values):
            values = {**old_values, name: new_values.get(name, "n")}
            try:
                build = KernelConfig.of(old.kernel, values, old.ram_fill)
            except InputError:
                continue  # a kernel with two memory models is none
            if self._is_safe(build, index):
                yield _kconfig_cause(name, new_values.get(name, "n"), release)
        for change in CHANGES:
            if change.name in old.kernel.changes ^ new.kernel.changes:
                altered = Kernel(old.kernel.version, old.kernel.changes ^ {change.name})
                if self._is_safe(KernelConfig.of(altered, old_values, old.ram_fill), index):
                    yield DecisiveDifference("behaviour", change.name, change.commit, change.effect)


def _kept(source: Iterator[_Attempt], kept: list[_Attempt]) -> Iterator[_Attempt]:
    """Hand on what is left of a source and keep it for the next who asks."""
    for attempt in source:
        kept.append(attempt)
        yield attempt


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """The symbols whose value differs, those that decide most often first."""
    first = [*FOUR, *_MODEL]
    rest = sorted({*old, *new} - set(first))
    return (name for name in (*first, *rest) if old.get(name, "n") != new.get(name, "n"))


def _kconfig_cause(symbol: str, value: str, release: KernelVersion) -> DecisiveDifference:
    """A value that Kconfig computes since a release, with its commit where one is written down for it."""
    for entry in _kconfig_changes():
        if entry["symbol"] == symbol and KernelVersion.parse(entry["release"]) == release:
            return DecisiveDifference("Kconfig", f"{symbol}={value}", entry["commit"], entry["effect"])
    return DecisiveDifference("Kconfig", f"{symbol}={value}", "", "")


@cache
def _kconfig_changes() -> tuple[dict[str, str], ...]:
    with (data_folder("kconfig") / "changes.toml").open("rb") as file:
        return tuple(tomllib.load(file)["change"])


@cache
def _releases() -> tuple[KernelVersion, ...]:
    """Every described release, oldest first; of a row of releases that are alike, the first."""
    found = {span.first for span in fragment_spans()}
    for span in fragment_spans():
        low, high = span.first, span.last
        found |= (
            {KernelVersion(low.major, minor) for minor in range(low.minor, high.minor + 1)}
            if (low.major == high.major)
            else {KernelVersion(low.major, minor) for minor in range(low.minor, 20)}
            | {KernelVersion(high.major, minor) for minor in range(high.minor + 1)}
        )
    kept: list[KernelVersion] = []
    signature: tuple[object, ...] = ()
    for release in sorted(found):
        try:
            here = (kernel(release).changes, _fragment(release))
        except InputError:
            continue
        if here != signature:
            kept.append(release)
            signature = here
    return tuple(kept)


@cache
def _fragment(release: KernelVersion) -> Tree:
    return _folder(next(span.first for span in fragment_spans() if span.holds(release)))


@cache
def _folder(first: KernelVersion) -> Tree:
    return load_fragment(first)
