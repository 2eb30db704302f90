# SPDX-License-Identifier: GPL-2.0-or-later
"""What differs between two kernels, or between a kernel and the same one with a patch to its Kconfig.

The comparison holds definitions, combinations, forced symbols, and what the same answers give.

*A safe configuration became unsafe* where some answers, or a combination that both kernels reach, give a
kernel that is safe on some machine before and unsafe there after. An unsafe configuration that no user could
have before is a *new unsafe configuration*: it does not count as one that became unsafe.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from explorer.boot import NO_PARAMETERS, SYMBOLS_USED, BootParameters, RamFill, Verdict
from explorer.configuration import (
    NO_DEADLINE,
    Combination,
    Deadline,
    DefinitionChanges,
    ForcedSymbol,
    Projection,
    Tree,
    complete,
    deciding_symbols,
    definition_changes_between,
    differs_in_texts_only,
    touched_symbols,
)
from explorer.machine import Firmware, MemoryMap
from explorer.study.answer_comparison import (
    VARIANTS,
    AnswerComparison,
    ComparedKernel,
    compare_answers,
    compared_answers,
)
from explorer.study.comparison_fixes import ComparisonFix, fixes_of
from explorer.study.matrix import FOUR
from explorer.study.patch_effects import SymbolEffect, effects_of
from explorer.study.results import StudyResults
from explorer.study.tree_kernel import known_kernel_of_tree

__all__ = ["ComparisonStage", "ForcedChange", "Gate", "KernelComparison", "Told", "compare_kernels"]


class Gate(StrEnum):
    """Whether something safe became unsafe; decides the exit code of ``diff``."""

    PASSED = "nothing safe became unsafe"
    FAILED = "something safe became unsafe"
    UNKNOWN = "not known: a verdict is missing"
    NOT_SIMULATED = "memory initialisation is not simulated: not an arm64 Linux tree of a known release"


_MOST_COMPARED = 12  # effects on symbols that decide nothing


class ComparisonStage(StrEnum):
    """What a comparison is doing."""

    SOLVING = "solving"
    DEFINITIONS = "comparing definitions"
    EFFECTS = "searching effects of the patch"
    BOOTS = "booting with the same answers"
    FIXES = "searching fixes"


Told = Callable[[ComparisonStage, int, int], object]
"""A function that is told that a stage begins its n-th part of so many."""


@dataclass(frozen=True, slots=True)
class ForcedChange:
    """A symbol that is forced in one kernel only, or forced to different values.

    Attributes:
        symbol: the symbol.
        before: how the older kernel forces it; ``None`` where it has several values.
        after: the same of the newer kernel.
    """

    symbol: str
    before: ForcedSymbol | None
    after: ForcedSymbol | None


@dataclass(frozen=True, slots=True)
class KernelComparison:
    """All that differs.

    Attributes:
        before: the Kconfig of the older kernel.
        after: the Kconfig of the newer kernel.
        settings: values that hold in both.
        names: the symbols under study.
        definitions: symbols whose definitions differ.
        projections: all combinations, before and after.
        became_reachable: combinations, as they are after.
        became_unreachable: combinations, as they are after.
        forced: forced symbols that differ.
        comparisons: what answers give, whether it differs or not.
        fixes: for each comparison, what makes the newer kernel safe; ``None`` where it is not unsafe.
        touched: the symbols whose definitions a patch touches; empty without a patch.
        effects: what a patch does to these symbols and those that it selects; of many only to some.
        texts_only: only texts of prompts and helps differ, so every configuration is the same.
    """

    before: Tree
    after: Tree
    settings: Mapping[str, str]
    names: tuple[str, ...]
    definitions: DefinitionChanges
    projections: tuple[Projection, Projection]
    became_reachable: tuple[Combination, ...]
    became_unreachable: tuple[Combination, ...]
    forced: tuple[ForcedChange, ...]
    comparisons: tuple[AnswerComparison, ...]
    fixes: tuple[ComparisonFix | None, ...] = ()
    touched: tuple[str, ...] = ()
    effects: tuple[SymbolEffect, ...] = ()
    texts_only: bool = False

    @property
    def is_newer_first(self) -> bool:
        """Whether the older kernel is given after the newer one; kernels of unknown release have no order."""
        before, after = self.before.version, self.after.version
        return before is not None and after is not None and before > after

    @property
    def became_unsafe(self) -> tuple[AnswerComparison, ...]:
        """Comparisons in which something safe is unsafe after."""
        return self._with_verdicts(Verdict.SAFE, Verdict.UNSAFE)

    @property
    def became_safe(self) -> tuple[AnswerComparison, ...]:
        """Comparisons in which something unsafe is safe after."""
        return self._with_verdicts(Verdict.UNSAFE, Verdict.SAFE)

    @property
    def still_unsafe(self) -> tuple[AnswerComparison, ...]:
        """Comparisons in which something is unsafe before and after."""
        return self._with_verdicts(Verdict.UNSAFE, Verdict.UNSAFE)

    def _with_verdicts(self, before: Verdict, after: Verdict) -> tuple[AnswerComparison, ...]:
        """The comparisons that have these verdicts on some machine."""
        return tuple(
            comparison
            for comparison in self.comparisons
            if comparison.comparable and comparison.maps_where(before, after)
        )

    @property
    def new_unsafe(self) -> tuple[AnswerComparison, ...]:
        """Comparisons of answers that no user could give before, and that are unsafe on some machine."""
        return tuple(
            comparison
            for comparison in self.comparisons
            if comparison.after.keeps_answers
            and not comparison.before.keeps_answers
            and any(boot.verdict is Verdict.UNSAFE for boot in comparison.after.boots)
        )

    @property
    def gate(self) -> Gate:
        """Whether something safe became unsafe."""
        if not _are_simulated(self.before, self.after):
            return Gate.NOT_SIMULATED
        if self.became_unsafe:
            return Gate.FAILED
        undecided = any(comparison.is_undecided for comparison in self.comparisons)
        return Gate.UNKNOWN if undecided else Gate.PASSED


def compare_kernels(  # noqa: PLR0913 # two trees, machines, and refinements that all have defaults
    before: Tree,
    after: Tree,
    machines: Sequence[MemoryMap | Firmware],
    *,
    names: Sequence[str] | None = None,
    settings: Mapping[str, str] | None = None,
    ram_fill: RamFill = RamFill.STALE,
    parameters: BootParameters = NO_PARAMETERS,
    everything: bool = False,
    told: Told = lambda *_: None,
    deadline: Deadline = NO_DEADLINE,
) -> KernelComparison:
    """What differs between two kernels.

    Trees of another architecture or program are compared, too, without answers and boots.

    Args:
        before: the Kconfig of a kernel whose release is known.
        after: another, or the same with a patch.
        machines: at least one.
        names: the symbols under study; without them ``FOUR``, or none and every symbol that differs if
            nothing is simulated.
        settings: values of other symbols, which hold in both; without them ``VARIANTS`` are compared.
        ram_fill: what RAM held before the kernels started.
        parameters: the command line and the KASLR seed that the boot loader passes.
        everything: include every symbol that differs, not only those that decide the symbols under study or
            that a boot reads.
        told: is told of each stage.
        deadline: when to stop solving.

    Raises:
        InputError: an unknown version, an undefined symbol, a wrong value, too many combinations.
        OutOfTimeError: it is not decided in time what Kconfig can produce.
    """
    fixed = dict(settings or {})
    simulated = _are_simulated(before, after)
    everything = everything or not (simulated or names)
    names = (FOUR if simulated else ()) if names is None else names
    results = StudyResults(machines)
    older, newer = (
        ComparedKernel(tree, names, ram_fill, parameters, results, deadline) for tree in (before, after)
    )
    told(ComparisonStage.SOLVING, 1, 1)
    for tree in (before, after):
        complete(tree, fixed, {}, deadline=deadline)  # refuses symbols and values that the tree does not have
    projections = older.projection(fixed), newer.projection(fixed)
    told(ComparisonStage.DEFINITIONS, 1, 1)
    touched = _touched(before, after)
    scope = None if everything else {*_scope(before, after, names), *fixed, *touched}
    definitions = definition_changes_between(before, after, scope, touched)
    texts_only = bool(touched) and differs_in_texts_only(before, after)
    telling = partial(told, ComparisonStage.EFFECTS)
    effects = (
        effects_of(before, after, touched, definitions, telling, deadline=deadline)
        if touched and not texts_only
        else ()
    )
    variants = ({},) if fixed else VARIANTS
    comparisons: list[AnswerComparison] = []
    if simulated:
        comparisons += compare_answers((older, newer), projections, _each(variants, told), fixed)
        deciding = _scope(before, after, names)
        first = [effect for effect in effects if effect.symbol in deciding]
        first += [effect for effect in effects if effect.symbol not in deciding][:_MOST_COMPARED]
        comparisons += _more_comparisons((older, newer), first, comparisons, fixed)
    told(ComparisonStage.FIXES, 1, 1)
    fixes = fixes_of(newer, comparisons, fixed, is_patched=_is_patched(before, after))
    return KernelComparison(
        before=before,
        after=after,
        settings=fixed,
        names=tuple(names),
        definitions=definitions,
        projections=projections,
        became_reachable=tuple(_reachable_only_in(projections[1], projections[0])),
        became_unreachable=tuple(_became_unreachable(*projections)),
        forced=tuple(_forced_changes(*projections)),
        comparisons=tuple(comparisons),
        fixes=fixes,
        touched=touched,
        effects=effects,
        texts_only=texts_only,
    )


def _each(variants: Sequence[Mapping[str, str]], told: Told) -> Iterator[Mapping[str, str]]:
    """The variants; each is told."""
    for number, variant in enumerate(variants, start=1):
        told(ComparisonStage.BOOTS, number, len(variants))
        yield variant


def _touched(before: Tree, after: Tree) -> tuple[str, ...]:
    """The symbols that a patch touches; none if the trees are not one with and without a patch."""
    return touched_symbols(before, after) if _is_patched(before, after) else ()


def _is_patched(before: Tree, after: Tree) -> bool:
    """Whether the newer tree is the older one with a patch."""
    old, new = before.parse_input, after.parse_input
    return old.folder == new.folder and old.replaced != new.replaced


def _more_comparisons(
    kernels: tuple[ComparedKernel, ComparedKernel],
    effects: Iterable[SymbolEffect],
    comparisons: Iterable[AnswerComparison],
    settings: Mapping[str, str],
) -> Iterator[AnswerComparison]:
    """What the answers give that show what a patch does, each once and not again."""
    compared = [dict(comparison.before.answers) for comparison in comparisons]
    for effect in effects:
        if effect.answers is None:
            continue
        answers = {**effect.answers, **settings}
        if answers not in compared:
            compared.append(answers)
            yield compared_answers(kernels, answers, settings)


def _are_simulated(before: Tree, after: Tree) -> bool:
    """Whether both kernels can be booted: arm64 Linux, and not older than the described releases."""
    return all(tree.is_arm64_linux and known_kernel_of_tree(tree) for tree in (before, after))


def _scope(before: Tree, after: Tree, names: Sequence[str]) -> set[str]:
    """The symbols that a comparison of definitions shows: named ones, those that decide them, a boot's."""
    return {*deciding_symbols(before, names), *deciding_symbols(after, names), *names, *SYMBOLS_USED}


def _key(combination: Combination) -> tuple[tuple[str, str], ...]:
    return tuple(combination.values.items())


def _reachable_only_in(projection: Projection, other: Projection) -> Iterator[Combination]:
    """The combinations that are reachable in one projection and unreachable in another."""
    possible = {_key(combination) for combination in other.combinations if not combination.unreachable}
    for combination in projection.combinations:
        if combination.reachable and _key(combination) not in possible:
            yield combination


def _became_unreachable(before: Projection, after: Projection) -> Iterator[Combination]:
    """The combinations that are reachable before only, as they are after: with the conflict."""
    newer = {_key(combination): combination for combination in after.combinations}
    for old in _reachable_only_in(before, after):
        # A value that its symbol cannot have after (m of what became bool) has no conflict.
        yield newer.get(_key(old)) or Combination(old.values, reachable=False, witness=None, core=())


def _forced_changes(before: Projection, after: Projection) -> Iterator[ForcedChange]:
    older, newer = ({fact.symbol: fact for fact in projection.forced} for projection in (before, after))
    for symbol in dict.fromkeys([*older, *newer]):
        old, new = older.get(symbol), newer.get(symbol)
        if old is None or new is None or old.value != new.value:
            yield ForcedChange(symbol, old, new)
