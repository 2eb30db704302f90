# SPDX-License-Identifier: GPL-2.0-or-later
"""The weakest condition, against trial of every set of conditions."""

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.boot import Kernel, KernelConfig
from explorer.proof.conditions import Condition, Implications
from explorer.proof.terms import weakest_terms
from explorer.version import KernelVersion

FEW = (
    Condition.HOLES_END_ON_PAGES,
    Condition.HOLES_END_ON_SECTIONS,
    Condition.NO_HOLES,
    Condition.ONE_NODE,
    Condition.NODES_ON_PAGES,
    Condition.ZONES_LARGE,
)
BUILD = KernelConfig.of(Kernel.of(KernelVersion.parse("6.12")), {"SPARSEMEM": "y", "NUMA": "y"})
IMPLICATIONS = Implications(BUILD)


def every_set() -> list[frozenset[Condition]]:
    """Every set of the few conditions that maps can meet: with each condition those that follow from it."""
    sets = chain.from_iterable(combinations(FEW, size) for size in range(len(FEW) + 1))
    return [one for one in map(frozenset, sets) if IMPLICATIONS.closure(one).intersection(FEW) == one]


@given(st.sets(st.sampled_from(every_set()), max_size=5))
def test_a_set_of_conditions_is_safe_exactly_where_no_map_that_dies_meets_it(
    met_by_dead: set[frozenset[Condition]],
) -> None:
    sets = [frozenset(FEW) - met for met in met_by_dead]
    terms = weakest_terms(sets, IMPLICATIONS)
    for met in every_set():
        is_safe = not any(met <= dead for dead in met_by_dead)
        assert is_safe == any(term <= met for term in terms)


@given(st.sets(st.sampled_from(every_set()), max_size=5))
def test_no_term_follows_from_another_and_none_has_a_condition_too_many(
    met_by_dead: set[frozenset[Condition]],
) -> None:
    terms = weakest_terms([frozenset(FEW) - met for met in met_by_dead], IMPLICATIONS)
    for term in terms:
        others = [other for other in terms if other is not term]
        assert not any(other <= IMPLICATIONS.closure(term) for other in others)
        for one in term:
            assert one not in IMPLICATIONS.closure(term - {one})


@pytest.mark.parametrize(
    ("sets", "terms"),
    [
        ([], (frozenset(),)),
        ([frozenset()], ()),
        ([frozenset({Condition.NO_HOLES, Condition.HOLES_END_ON_PAGES})], ({Condition.HOLES_END_ON_PAGES},)),
    ],
)
def test_nothing_dies_everything_dies_and_the_weaker_of_two(
    sets: list[frozenset[Condition]], terms: tuple[frozenset[Condition], ...]
) -> None:
    assert weakest_terms(sets, IMPLICATIONS) == terms
