# SPDX-License-Identifier: GPL-2.0-or-later
"""Safe sets, the fewest changes and the cost of guards, in words."""

from collections.abc import Mapping

from explorer.boot import Verdict
from explorer.narrative.condition_narrative import conditions_words
from explorer.proof import MapClass
from explorer.study.change_search import FewestChanges
from explorer.study.formulas import Formula, Literal
from explorer.study.guard_costs import GuardCost
from explorer.study.memmap_guards import MemmapGuard
from explorer.study.safe_sets import MEMORY_MODEL, PAGE_SIZE, SafeSet

__all__ = ["GUARD_WORDS", "fewest_changes_sentence", "formula_words", "guard_cost_words", "safe_set_sentence"]

GUARD_WORDS: Mapping[MemmapGuard, str] = {
    MemmapGuard.AS_IT_IS: "the kernel as it is",
    MemmapGuard.PFN_VALID_WITHIN: "test each pfn: pfn_valid_within() calls arm64's pfn_valid()",
    MemmapGuard.ZEROED: "zero_resv_unavail() zeroes unavailable pages",
    MemmapGuard.ZONE_ZERO: "init_unavailable_mem() initialises them for zone 0",
    MemmapGuard.NEIGHBOURS: "init_unavailable_range() initialises holes like their neighbours",
    MemmapGuard.CLEARED: "the allocation clears all memmap",
    MemmapGuard.WHOLE_SECTIONS: "whole sections are initialised, and no pfn is tested",
}
"""What each guard does."""

_CLASSIC = {"SPARSEMEM": "classic SPARSEMEM"}


def formula_words(formula: Formula) -> str:
    """Return a formula that is neither always nor never true, as ``NUMA=y or (4K pages and DEBUG_VM=n)``."""
    several = len(formula.terms) > 1
    return " or ".join(
        f"({_term_words(term)})" if several and len(term) > 1 else _term_words(term) for term in formula.terms
    )


def _term_words(term: tuple[Literal, ...]) -> str:
    alone = len(term) == 1
    return " and ".join(_literal_words(literal, alone=alone) for literal in term)


def _literal_words(literal: Literal, *, alone: bool) -> str:
    values = [_CLASSIC.get(value, value) for value in literal.values]
    if literal.symbol == PAGE_SIZE:
        words = f"{' or '.join(values)} pages"
    elif literal.symbol == MEMORY_MODEL:
        words = " or ".join(values)
    else:
        words = " or ".join(f"{literal.symbol}={value}" for value in values)
    return words if alone or len(values) == 1 else f"({words})"


def safe_set_sentence(safe_set: SafeSet) -> str:
    """Return for which rows a kernel is safe on a class of memory maps."""
    rows = sum(safe_set.rows.values())
    known = f"on {_class_words(safe_set)}: {_safe_words(safe_set)}"
    safe = safe_set.rows[Verdict.SAFE]
    if 0 < safe < rows:
        known += f" ({safe} of {rows} rows)"
    if safe_set.unknown.is_never:
        return known
    if safe_set.unknown.is_always:
        return f"on {_class_words(safe_set)}: unknown for all rows"
    return f"{known}; unknown if and only if {formula_words(safe_set.unknown)}"


def _safe_words(safe_set: SafeSet) -> str:
    if safe_set.safe.is_never:
        return "no row is safe"
    if safe_set.safe.is_always:
        return "every row is safe"
    return f"safe if and only if {formula_words(safe_set.safe)}"


def _class_words(found: SafeSet | FewestChanges) -> str:
    """The name of a class of memory maps; its conditions where it has no name."""
    named = next((each for each in MapClass if each.conditions == found.conditions), None)
    return str(named) if named else f"maps where {conditions_words(found.conditions)}"


def fewest_changes_sentence(found: FewestChanges) -> str:
    """Return which later changes make every row safe on a class of memory maps."""
    where = f"on {_class_words(found)}"
    if found.changes == ():
        return f"{where}: every row is safe without any change"
    if found.changes:
        names = " and ".join(change.label for change in found.changes)
        count = f"{len(found.changes)} change{'s' if len(found.changes) > 1 else ''}"
        fewer = "" if len(found.changes) == 1 else f"; no set of {_up_to(len(found.changes) - 1)} does"
        return f"{where}: {count}, {names}, proven to make every row safe{fewer}{_undecided(found)}"
    return (
        f"{where}: no set of {_up_to(found.largest)} makes every row safe ({found.tried} sets tried)"
        f"{_undecided(found)}"
    )


def _up_to(size: int) -> str:
    return "one known later change" if size == 1 else f"up to {size} known later changes"


def _undecided(found: FewestChanges) -> str:
    """The sets of which it is not known, so that "no set" is not the whole truth."""
    if not found.undecided:
        return ""
    count = len(found.undecided)
    return f"; {count} set{'s' if count > 1 else ''} undecided: a row with them is not modelled"


def guard_cost_words(cost: GuardCost) -> str:
    """Return what a guard needs in the kernel: changes to switch on and off, and checks of walkers."""
    if cost.is_in_kernel:
        return "in the kernel"
    on = [change.name for change in cost.added if change not in cost.checks]
    off = [change.name for change in cost.removed]
    checks = [change.name for change in cost.checks]
    parts = (("with", on), ("without", off), ("and the checks", checks))
    return " ".join(f"{word} {', '.join(names)}" for word, names in parts if names)
