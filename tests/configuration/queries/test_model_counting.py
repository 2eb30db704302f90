# SPDX-License-Identifier: GPL-2.0-only
"""Counting: by ganak, by listing, and by plain enumeration it must be the same number."""

from importlib.util import find_spec

import pytest

from explorer.configuration import combinations, count_combinations, load_fragment
from explorer.errors import InputError
from explorer.study.matrix import FOUR
from explorer.version import KernelVersion
from tests.configuration.queries.test_projection import MEMORY

WAYS = [
    pytest.param(
        True,
        id="ganak",
        marks=pytest.mark.skipif(not find_spec("pyganak"), reason="pyganak has no wheel for this machine"),
    ),
    pytest.param(False, id="listing"),
]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if not request.param:
        monkeypatch.setattr("explorer.configuration.queries.model_counting.find_spec", lambda _: None)
    return "ganak" if request.param else "listing"


@pytest.mark.parametrize(("release", "expected"), [("4.17", 72), ("5.11", 748), ("6.1", 352), ("6.12", 416)])
def test_nineteen_memory_symbols_have_as_many_combinations_as_others_counted(
    way: str, release: str, expected: int
) -> None:
    tree = load_fragment(KernelVersion.parse(release))
    names = [name for name in MEMORY if tree.defines(name)]
    found = count_combinations(tree, names)
    assert (found.reachable, found.counter) == (expected, way)


def test_a_count_is_the_number_of_what_is_listed(way: str) -> None:
    for release in ("4.10", "4.17", "4.19", "5.12", "6.12"):
        tree = load_fragment(KernelVersion.parse(release))
        for given in ({}, {"NUMA": "y"}, {"DEBUG_VM": "y", "NUMA": "n"}):
            names = [name for name in FOUR if name not in given]
            space = combinations(tree, names, given)
            found = count_combinations(tree, names, given)
            assert found.counter == way
            assert found.reachable == sum(one.reachable for one in space.combinations)
            assert found.possible == len(space.combinations)
            assert found.always == {forced.symbol: forced.value for forced in space.forced}


def test_what_cannot_be_at_all_has_no_combinations(way: str) -> None:
    found = count_combinations(
        load_fragment(KernelVersion.parse("4.17")), ["NUMA"], {"HAVE_ARCH_PFN_VALID": "n"}
    )
    assert (found.reachable, found.always) == (0, {})
    assert way in {"ganak", "listing"}


def test_too_many_to_find_one_by_one_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.configuration.queries.model_counting.find_spec", lambda _: None)
    monkeypatch.setattr("explorer.configuration.queries.model_counting._MOST_ENUMERATED", 10)
    with pytest.raises(InputError, match="more than 10 combinations"):
        count_combinations(load_fragment(KernelVersion.parse("6.12")), list(MEMORY))
