# SPDX-License-Identifier: GPL-2.0-or-later
from explorer.boot import CHANGES
from explorer.narrative.guard_narrative import GUARD_WORDS, fewest_changes_sentence, guard_cost_words
from explorer.proof import Condition, Level
from explorer.study.change_search import FewestChanges
from explorer.study.guard_costs import GuardCost
from explorer.study.memmap_guards import MemmapGuard

CHANGE = {change.name: change for change in CHANGES}


def test_the_fewest_changes_say_how_far_the_search_went_and_what_is_undecided() -> None:
    where = frozenset[Condition]()
    pair = (CHANGE["holes_in_zone_always"], CHANGE["move_freepages_by_pfn"])
    assert fewest_changes_sentence(FewestChanges(Level.NEVER, where, (), 0, 1)).endswith(
        "every row is safe without any change"
    )
    assert fewest_changes_sentence(FewestChanges(Level.NEVER, where, pair, 2, 90)) == (
        "on any memory map: 2 changes, holes_in_zone_always (f52bb98f5ade) and move_freepages_by_pfn "
        "(39ddb991fc45), proven to make every row safe; no set of one known later change does"
    )
    none = fewest_changes_sentence(FewestChanges(Level.NEVER, where, None, 2, 913, ((pair[0],),)))
    assert none == (
        "on any memory map: no set of up to 2 known later changes makes every row safe (913 sets tried); "
        "1 set undecided: a row with them is not modelled"
    )


def test_a_guard_says_what_it_needs() -> None:
    needed = CHANGE["holes_in_zone_always"], CHANGE["move_freepages_by_pfn"]
    cost = GuardCost(MemmapGuard.PFN_VALID_WITHIN, needed, (), needed[1:], 4, 4, 1, 2, 0)
    assert guard_cost_words(cost) == "with holes_in_zone_always and the checks move_freepages_by_pfn"
    cleared = GuardCost(MemmapGuard.CLEARED, (), (CHANGE["vmemmap_not_zeroed"],), (), 4, 4, 1, 2, 0)
    assert guard_cost_words(cleared) == "without vmemmap_not_zeroed"
    assert guard_cost_words(GuardCost(MemmapGuard.AS_IT_IS, (), (), (), 4, 4, 1, 2, 0)) == "in the kernel"
    assert set(GUARD_WORDS) == set(MemmapGuard)
