# SPDX-License-Identifier: GPL-2.0-only
"""What differs between two kernels, or between a kernel and the same one with a patch to its Kconfig.

In this order: definitions, combinations, forced facts, and what users get for the same answers (``outcome``).

*A safe configuration became unsafe* where answers that a user could give before made a kernel that survives
on some machine, and the same answers make one that does not survive there; or where a combination that both
sides reach did so. What could not be configured before is a *new unsafe configuration*, which is something
else: nobody has it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from explorer.boot import SYMBOLS_USED, RamFill, Verdict
from explorer.configuration import (
    Combination,
    DefinitionChanges,
    ForcedSymbol,
    Projection,
    Tree,
    complete,
    deciding_symbols,
    definition_changes_between,
)
from explorer.machine import Firmware, MemoryMap
from explorer.study.answer_comparison import VARIANTS, AnswerComparison, ComparedKernel, compare_answers
from explorer.study.matrix import FOUR

__all__ = ["ForcedChange", "Gate", "KernelComparison", "compare_kernels"]


class Gate(StrEnum):
    """What a gate in CI asks: whether something safe became unsafe."""

    PASSED = "nothing safe became unsafe"
    FAILED = "something safe became unsafe"
    UNKNOWN = "not known: a verdict is missing"


@dataclass(frozen=True, slots=True)
class ForcedChange:
    """A symbol that has one value always on one side only, or another one; ``None`` where it has several."""

    symbol: str
    before: ForcedSymbol | None
    after: ForcedSymbol | None


@dataclass(frozen=True, slots=True)
class KernelComparison:
    """All that differs.

    Attributes:
        before: one tree.
        after: the other.
        settings: what held on both sides throughout.
        names: the symbols under study.
        definitions: symbols that differ.
        spaces: all combinations, before and after.
        became_reachable: combinations, as they are after.
        became_unreachable: combinations, as they are after.
        forced: forced facts that differ.
        cases: what users get, whether it differs or not.
    """

    before: Tree
    after: Tree
    settings: Mapping[str, str]
    names: tuple[str, ...]
    definitions: DefinitionChanges
    spaces: tuple[Projection, Projection]
    became_reachable: tuple[Combination, ...]
    became_unreachable: tuple[Combination, ...]
    forced: tuple[ForcedChange, ...]
    cases: tuple[AnswerComparison, ...]

    @property
    def became_unsafe(self) -> tuple[AnswerComparison, ...]:
        """Cases in which what was safe on some machine is unsafe there."""
        return tuple(
            case for case in self.cases if case.comparable and case.maps(Verdict.SAFE, Verdict.UNSAFE)
        )

    @property
    def became_safe(self) -> tuple[AnswerComparison, ...]:
        """Cases in which what was unsafe on some machine is safe there."""
        return tuple(
            case for case in self.cases if case.comparable and case.maps(Verdict.UNSAFE, Verdict.SAFE)
        )

    @property
    def still_unsafe(self) -> tuple[AnswerComparison, ...]:
        """Cases that were unsafe on some machine and are so still."""
        return tuple(
            case for case in self.cases if case.comparable and case.maps(Verdict.UNSAFE, Verdict.UNSAFE)
        )

    @property
    def new_unsafe(self) -> tuple[AnswerComparison, ...]:
        """Cases that nobody could have before, and that are unsafe on some machine."""
        return tuple(
            case
            for case in self.cases
            if case.after.kept
            and not case.before.kept
            and any(boot.verdict is Verdict.UNSAFE for boot in case.after.boots)
        )

    @property
    def gate(self) -> Gate:
        """Whether something safe became unsafe."""
        if self.became_unsafe:
            return Gate.FAILED
        return Gate.UNKNOWN if any(case.unsure for case in self.cases) else Gate.PASSED


def compare_kernels(  # noqa: PLR0913 # two trees, machines, and refinements that all have defaults
    before: Tree,
    after: Tree,
    machines: Sequence[MemoryMap | Firmware],
    *,
    names: Sequence[str] = FOUR,
    settings: Mapping[str, str] | None = None,
    ram_fill: RamFill = RamFill.STALE,
    everything: bool = False,
    watched: Callable[[Sequence[Mapping[str, str]]], Iterable[Mapping[str, str]]] = iter,
) -> KernelComparison:
    """Compare two trees.

    Args:
        before: the Kconfig of a kernel whose release is known.
        after: another, or the same with a patch.
        machines: at least one.
        names: the symbols under study.
        settings: values of other symbols, which hold on both sides; without them ``CONTEXTS`` are asked.
        ram_fill: what RAM held before the kernels started.
        everything: tell every symbol that differs, not only those that decide the study or that a boot asks.
        watched: hands the contexts on one by one, for somebody who waits.

    Raises:
        InputError: an unknown version, an undefined symbol, a wrong value, too many combinations.
    """
    fixed = dict(settings or {})
    sides = [ComparedKernel(tree, names, machines, ram_fill) for tree in (before, after)]
    for side in sides:
        complete(side.tree, fixed, {})
    spaces = sides[0].space(fixed), sides[1].space(fixed)
    scope = (
        None
        if everything
        else {
            *deciding_symbols(before, names),
            *deciding_symbols(after, names),
            *names,
            *SYMBOLS_USED,
            *fixed,
        }
    )
    contexts = ({},) if fixed else VARIANTS
    return KernelComparison(
        before=before,
        after=after,
        settings=fixed,
        names=tuple(names),
        definitions=definition_changes_between(before, after, scope),
        spaces=spaces,
        became_reachable=tuple(_only(spaces[1], spaces[0])),
        became_unreachable=tuple(_lost(*spaces)),
        forced=tuple(_forced(*spaces)),
        cases=tuple(compare_answers(sides[0], sides[1], watched(contexts), fixed)),
    )


def _key(combination: Combination) -> tuple[tuple[str, str], ...]:
    return tuple(combination.values.items())


def _only(space: Projection, other: Projection) -> Iterator[Combination]:
    """The combinations that are reachable here and not there."""
    there = {_key(found) for found in other.combinations if found.reachable}
    return (found for found in space.combinations if found.reachable and _key(found) not in there)


def _lost(before: Projection, after: Projection) -> Iterator[Combination]:
    """The combinations that were reachable, as they are after: with the lines in the way."""
    later = {_key(found): found for found in after.combinations}
    for old in _only(before, after):
        # A value that its symbol cannot have any more (m of what became bool) has no lines of its own.
        yield later.get(_key(old)) or Combination(old.values, reachable=False, witness=None, chain=())


def _forced(before: Projection, after: Projection) -> Iterator[ForcedChange]:
    facts = [{fact.symbol: fact for fact in space.forced} for space in (before, after)]
    for symbol in dict.fromkeys([*facts[0], *facts[1]]):
        old, new = facts[0].get(symbol), facts[1].get(symbol)
        if old is None or new is None or old.value != new.value:
            yield ForcedChange(symbol, old, new)
