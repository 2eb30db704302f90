# SPDX-License-Identifier: GPL-2.0-or-later
"""The fewest changes that make a kernel safe, and the cost of guards, in words."""

from collections.abc import Mapping

from explorer.narrative.safe_set_narrative import map_class_words
from explorer.study.change_search import FewestChanges
from explorer.study.guard_costs import GuardCost
from explorer.study.memmap_guards import MemmapGuard

__all__ = ["GUARD_WORDS", "fewest_changes_sentence", "guard_cost_words"]

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


def fewest_changes_sentence(found: FewestChanges) -> str:
    """Return which later changes make every row safe on a class of memory maps."""
    where = f"on {map_class_words(found.conditions)}"
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
