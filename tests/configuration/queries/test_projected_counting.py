# SPDX-License-Identifier: GPL-2.0-or-later
"""Projected counts of random clauses are those of plain enumeration, however they are counted."""

from collections.abc import Sequence
from importlib.util import find_spec
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.configuration.queries import ganak, projected_counting
from explorer.configuration.queries.projected_counting import count_projected, simplify
from explorer.configuration.queries.table_counting import count_by_tables
from explorer.errors import LimitError

VARIABLES = 9
LITERALS = st.integers(1, VARIABLES).flatmap(lambda name: st.sampled_from([name, -name]))
CLAUSES = st.lists(st.lists(LITERALS, min_size=1, max_size=4), max_size=24)
PROJECTED = st.sets(st.integers(1, VARIABLES), max_size=6)

needs_ganak = pytest.mark.skipif(not find_spec("pyganak"), reason="pyganak has no wheel for this machine")


def enumerated(clauses: Sequence[Sequence[int]], projected: set[int]) -> int:
    """The number of projections, over every assignment."""
    names = sorted(projected)
    found = set()
    for values in product((False, True), repeat=VARIABLES):
        if all(any(values[abs(literal) - 1] == (literal > 0) for literal in clause) for clause in clauses):
            found.add(tuple(values[name - 1] for name in names))
    return len(found)


def counted(clauses: Sequence[Sequence[int]], projected: set[int]) -> int:
    simplified = simplify(clauses, projected)
    return 0 if simplified is None else count_projected(simplified).count


@settings(max_examples=300)
@given(CLAUSES, PROJECTED)
def test_a_projected_count_is_that_of_enumeration(clauses: list[list[int]], projected: set[int]) -> None:
    assert counted(clauses, projected) == enumerated(clauses, projected)


@settings(max_examples=150)
@given(CLAUSES, PROJECTED)
def test_setting_harmless_literals_loses_no_projection(clauses: list[list[int]], projected: set[int]) -> None:
    for literal in projected_counting._harmless_literals(clauses, projected, most_occurrences=0):  # noqa: SLF001 # the rule itself
        assert abs(literal) not in projected
        assert enumerated([*clauses, [literal]], projected) == enumerated(clauses, projected)
        clauses = [*clauses, [literal]]


@settings(max_examples=200)
@given(CLAUSES, PROJECTED)
def test_tables_and_branching_count_the_same(clauses: list[list[int]], projected: set[int]) -> None:
    plain = [clause for clause in clauses if not any(-literal in clause for literal in clause)]
    groups = list(projected_counting._groups(map(frozenset, plain)))  # noqa: SLF001 # each way by itself
    for group in groups:
        occurring = projected & {abs(literal) for clause in group for literal in clause}
        expected = enumerated([*map(list, group)], occurring)
        assert count_by_tables(group, projected) == expected
        assert projected_counting._Branching(projected, 10_000).count(group) == expected  # noqa: SLF001 # as above


def test_five_hundred_variables_in_a_row_are_counted_by_tables() -> None:
    """The assignments without two neighbours that are true are as many as the Fibonacci numbers say."""
    chain = [[-name, -name - 1] for name in range(1, 500)]
    before, number = 1, 2
    for _ in range(499):
        before, number = number, before + number
    assert count_by_tables(chain, set(range(1, 501))) == number


def test_large_tables_are_not_made() -> None:
    assert count_by_tables([list(range(1, 17))], set(range(1, 17))) is None


@needs_ganak
def test_ganak_counts_what_branching_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = [[name, name + 1, name + 2] for name in range(1, VARIABLES - 1)]
    projected = set(range(1, VARIABLES + 1))
    expected = enumerated(chain, projected)
    monkeypatch.setattr(projected_counting, "_MOST_VISITED_BEFORE_GANAK", 5)
    monkeypatch.setattr(projected_counting, "count_by_tables", lambda *_: None)
    simplified = simplify(chain, projected)
    assert simplified
    result = count_projected(simplified)
    assert (result.count, result.by_ganak) == (expected, True)


def test_without_ganak_there_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = [[name, name + 1, name + 2] for name in range(1, VARIABLES - 1)]
    monkeypatch.setattr(projected_counting, "is_ganak_installed", lambda: False)
    monkeypatch.setattr(projected_counting, "_MOST_VISITED", 5)
    monkeypatch.setattr(projected_counting, "count_by_tables", lambda *_: None)
    simplified = simplify(chain, set(range(1, VARIABLES + 1)))
    assert simplified
    with pytest.raises(LimitError, match="take too long to count"):
        count_projected(simplified)


@needs_ganak
def test_ganak_ends_when_its_time_is_over() -> None:
    random = Random(1)  # noqa: S311 # clauses, no secret
    clauses = [
        [random.choice((-1, 1)) * name for name in random.sample(range(1, 401), 3)] for _ in range(900)
    ]
    with pytest.raises(LimitError, match="in 1 seconds"):
        ganak.ganak_count(clauses, list(range(1, 401, 2)), most_seconds=1)
