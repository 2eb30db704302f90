# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from explorer.machine import MemoryMap, Region
from explorer.proof import Claim, Condition, Level, MapClass, conditions_met, weakest_class
from explorer.proof.conditions import Grids, Implications
from tests.proof.samples import build_of

BUILD = build_of("4.19", NUMA="y")
GRIDS = dict(zip(("PAGES", "PAGEBLOCKS", "MAX_ORDER_BLOCKS", "SECTIONS"), Grids.of(BUILD), strict=True))


def claim(*terms: set[Condition]) -> Claim:
    return Claim(Level.NEVER, tuple(map(frozenset, terms)), ())


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("nodes", [1, 2])
def test_a_map_whose_regions_lie_on_a_grid_meets_the_conditions_of_its_class(grid: str, nodes: int) -> None:
    size = GRIDS[grid]
    starts = [index * size for index in (3, 4, 6)]
    memory = tuple(
        Region(start, size, nomap=index == 1, node=index % nodes) for index, start in enumerate(starts)
    )
    met = conditions_met(MemoryMap("aligned", memory), BUILD)
    assert MapClass[grid].conditions <= met
    assert (MapClass[f"{grid}_ONE_NODE"].conditions <= met) == (nodes == 1)
    coarser = list(GRIDS)[list(GRIDS).index(grid) + 1 :]
    assert not any(MapClass[name].conditions <= met for name in coarser if GRIDS[name] > size)


def test_smaller_classes_meet_the_conditions_of_larger_ones() -> None:
    closure = Implications(BUILD).closure
    for small in ("PAGEBLOCKS", "MAX_ORDER_BLOCKS", "SECTIONS"):
        assert MapClass.PAGES.conditions <= closure(MapClass[small].conditions)
        assert MapClass[small].conditions < MapClass[f"{small}_ONE_NODE"].conditions


def test_the_largest_class_is_named_whose_conditions_suffice() -> None:
    on_pages = {Condition.HOLES_BEGIN_ON_PAGES, Condition.MEMORY_ENDS_ON_PAGES}
    assert weakest_class(claim(set()), BUILD) is MapClass.ALL
    assert weakest_class(claim({Condition.NO_HOLES}, on_pages), BUILD) is MapClass.PAGES
    assert weakest_class(claim({*on_pages, Condition.ONE_NODE}), BUILD) is MapClass.PAGES_ONE_NODE
    assert weakest_class(claim({Condition.SECTIONS_BEGIN_WITH_MEMORY}), BUILD) is MapClass.SECTIONS
    assert weakest_class(claim({Condition.NO_HOLES}), BUILD) is None
    assert weakest_class(claim(), BUILD) is None
