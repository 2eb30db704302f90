# SPDX-License-Identifier: GPL-2.0-or-later
"""Real kernel trees, from Debian's source packages: they parse, and the fragments agree with them."""

from functools import cache

import pytest

from explorer.configuration import Tree, combinations, load_fragment, load_tree
from explorer.configuration.tree.evaluation import Evaluation
from explorer.study.matrix import FOUR
from tests.configuration.fragments_against_trees import accepted_differences, differences, reason_of
from tests.configuration.queries.test_projection import MEMORY, count_models
from tests.live.debian import Unavailable, source_tree

pytestmark = pytest.mark.live


@cache
def _load(series: str) -> Tree:
    return load_tree(source_tree(series, "*/Kconfig*", "*/Makefile", "*/scripts/*"))


@pytest.fixture(params=["6.1", "6.12"])
def tree(request: pytest.FixtureRequest) -> Tree:
    try:
        return _load(str(request.param))
    except Unavailable as reason:
        pytest.skip(f"no kernel source here: {reason}")


def test_a_real_tree_is_parsed_whole_and_tells_its_release(tree: Tree) -> None:
    assert len(tree.symbols) > 15_000
    assert tree.release.series in {(6, 1), (6, 12)}


def test_the_fragment_reaches_what_the_tree_reaches(tree: Tree) -> None:
    fragment = load_fragment(tree.release)
    found = [
        [one.values for one in combinations(each, FOUR).combinations if one.reachable]
        for each in (tree, fragment)
    ]
    assert found[0] == found[1]


def test_the_fragment_reaches_whatever_the_tree_reaches_and_differs_nowhere(tree: Tree) -> None:
    accepted = accepted_differences()
    assert [found for found in differences([tree]) if not reason_of(found, accepted)] == []


def test_nineteen_memory_symbols_have_as_many_combinations_as_others_measured(tree: Tree) -> None:
    assert count_models(tree, MEMORY) == {(6, 1): 352, (6, 12): 416}[tree.release.series]


def test_every_value_that_a_witness_gives_is_computed_by_kconfiglib(tree: Tree) -> None:
    names = ["NUMA", "MEMORY_HOTPLUG", "TRANSPARENT_HUGEPAGE", "DEBUG_VM", "ARM64_16K_PAGES"]
    space = combinations(tree, names)
    assert sum(one.reachable for one in space.combinations) > 10
    for one in space.combinations:
        if one.witness is not None:
            values = Evaluation(tree, one.witness).values()
            assert {name: values[name] for name in names} == one.values
