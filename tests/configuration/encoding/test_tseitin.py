# SPDX-License-Identifier: GPL-2.0-or-later
"""The gates against plain arithmetic on 0, 1 and 2: their clauses allow exactly the right value."""

import itertools
import operator
from collections.abc import Callable

import pytest
from pysat.solvers import Solver

from explorer.configuration.encoding.tseitin import MOST_PAIRWISE, TristateLiterals, Tseitin

Gate = Callable[[Tseitin, TristateLiterals, TristateLiterals], TristateLiterals]
LEVELS = (0, 1, 2)


def assumptions(pair: TristateLiterals, level: int) -> list[int]:
    return [pair.on if level >= 1 else -pair.on, pair.yes if level == 2 else -pair.yes]


def allowed(gates: Tseitin, result: TristateLiterals, assumed: list[int]) -> set[int]:
    """The levels that a pair can have."""
    with Solver(name="minisat22", bootstrap_with=gates.clauses) as solver:
        return {level for level in LEVELS if solver.solve([*assumed, *assumptions(result, level)])}


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        (lambda gates, one, other: gates.least(one, other), min),
        (lambda gates, one, other: gates.most(one, other), max),
        (
            lambda gates, one, other: TristateLiterals(*[gates.equal(one, other)] * 2),
            lambda one, other: 2 * operator.eq(one, other),
        ),
        (
            lambda gates, one, other: gates.choose(one.on, other, gates.m),
            lambda one, other: other if one else 1,
        ),
    ],
    ids=["least", "most", "equal", "choose"],
)
def test_a_gate_has_exactly_the_value_of_its_operands(
    gate: Gate, expected: Callable[[int, int], int]
) -> None:
    gates = Tseitin()
    one, other = gates.free(), gates.free()
    result = gate(gates, one, other)
    for first in LEVELS:
        for second in LEVELS:
            given = [*assumptions(one, first), *assumptions(other, second)]
            assert allowed(gates, result, given) == {expected(first, second)}


@pytest.mark.parametrize("level", LEVELS)
def test_constants_are_folded_without_a_clause(level: int) -> None:
    gates = Tseitin()
    pair, constant = gates.free(), (gates.n, gates.m, gates.y)[level]
    clauses = len(gates.clauses)
    assert gates.least(constant, gates.y) == constant
    assert gates.most(gates.n, constant) == constant
    assert gates.least(pair, gates.y) == pair == gates.most(pair, gates.n)
    assert len(gates.clauses) == clauses


def test_equal_gates_are_one() -> None:
    gates = Tseitin()
    one, other = gates.free(), gates.free()
    assert gates.least(one, other) == gates.least(other, one)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_exactly_one_of_a_group_is_true(size: int) -> None:
    gates = Tseitin()
    group = [gates.literal() for _ in range(size)]
    gates.one_of(group)
    with Solver(name="minisat22", bootstrap_with=gates.clauses) as solver:
        models = [{literal for literal in group if literal in set(model)} for model in solver.enum_models()]
    assert sorted(map(sorted, models)) == [[literal] for literal in group]


@pytest.mark.parametrize("size", [1, 2, 5, MOST_PAIRWISE, MOST_PAIRWISE + 1, 3 * MOST_PAIRWISE])
def test_at_most_one_allows_none_and_each_single_literal_and_no_two(size: int) -> None:
    gates = Tseitin()
    group = [gates.literal() for _ in range(size)]
    condition = gates.literal()
    gates.at_most_one(group, condition)
    assert gates.last >= max(abs(literal) for clause in gates.clauses for literal in clause)
    with Solver(name="minisat22", bootstrap_with=gates.clauses) as solver:
        none = [-literal for literal in group]
        assert solver.solve([condition, *none])
        for chosen in group:
            only = [literal if literal == chosen else -literal for literal in group]
            assert solver.solve([condition, *only])
        pairs = list(itertools.combinations(group, 2))
        assert not any(solver.solve([condition, *pair]) for pair in pairs)
        assert all(solver.solve([-condition, *pair]) for pair in pairs)
        assert len(pairs) == size * (size - 1) // 2


@pytest.mark.parametrize("size", [1, 4, MOST_PAIRWISE + 1])
def test_clauses_of_a_group_grow_linearly_and_some_if_requires_one(size: int) -> None:
    gates = Tseitin()
    group, conditions = ([gates.literal() for _ in range(size)] for _ in range(2))
    gates.some_if(((condition,) for condition in conditions), group)
    with Solver(name="minisat22", bootstrap_with=gates.clauses) as solver:
        none = [-literal for literal in group]
        assert solver.solve([*none, *(-condition for condition in conditions)])
        for condition in conditions:
            assert not solver.solve([condition, *none])
            assert all(solver.solve([condition, literal]) for literal in group)


def test_a_group_of_thirty_thousand_takes_a_linear_number_of_literals() -> None:
    gates = Tseitin()
    group = [gates.literal() for _ in range(30_000)]
    gates.one_of(group)
    gates.some_if(((literal,) for literal in group), group)
    assert sum(map(len, gates.clauses)) < 15 * len(group)
