# SPDX-License-Identifier: GPL-2.0-or-later
"""A bounded search answers as an unbounded one, or says that it does not know.

Deadlines have a clock that advances when it is read.
"""

from itertools import combinations
from random import Random

import pytest
from pysat.examples.rc2 import RC2
from pysat.formula import WCNF
from pysat.solvers import Solver

from explorer.configuration.encoding import bounded_solving
from explorer.configuration.encoding.bounded_solving import bound, is_satisfiable
from explorer.configuration.encoding.deadline import NO_DEADLINE, Allowance, Deadline
from explorer.errors import OutOfTimeError
from tests.configuration.step_clock import StepClock

LONG = 1e6  # seconds that a step takes where the second reading is too late


def pigeonholes(holes: int) -> list[list[int]]:
    """One pigeon more than there are holes: unsatisfiable, and hard to refute."""
    inside = [[pigeon * holes + hole + 1 for hole in range(holes)] for pigeon in range(holes + 1)]
    apart = [[-a, -b] for hole in zip(*inside, strict=True) for a, b in combinations(hole, 2)]
    return [*inside, *apart]


def random_clauses(random: Random, variables: int) -> list[list[int]]:
    """Three-literal clauses near the threshold of satisfiability."""
    count = round(4.26 * variables)
    chosen = (random.sample(range(1, variables + 1), 3) for _ in range(count))
    return [[random.choice((1, -1)) * variable for variable in clause] for clause in chosen]


@pytest.mark.parametrize("most_conflicts", [2000, 1])
def test_a_bounded_search_answers_as_an_unbounded_one(
    monkeypatch: pytest.MonkeyPatch, most_conflicts: int
) -> None:
    """With one conflict nearly every search takes a thread."""
    monkeypatch.setattr(bounded_solving, "_MOST_CONFLICTS", most_conflicts)
    answers = []
    for seed in range(60):
        random = Random(seed)  # noqa: S311 # clauses, no secrets
        clauses = random_clauses(random, 40)
        assumed = [variable if random.random() < 0.5 else -variable for variable in (1, 2)]
        with (
            Solver(name="minisat22", bootstrap_with=clauses) as plain,
            Solver(name="minisat22", bootstrap_with=clauses) as bounded,
        ):
            for literals in ([], assumed, []):
                answers.append(plain.solve(literals))
                assert is_satisfiable(bounded, literals, NO_DEADLINE) == answers[-1]
                assert answers[-1] or set(bounded.get_core() or ()) <= set(literals)
    assert len(answers) == 180
    assert 30 < sum(answers) < 150


def test_a_search_that_runs_out_of_time_is_not_decided_and_the_solver_stays_usable() -> None:
    with Solver(name="minisat22", bootstrap_with=pigeonholes(11)) as solver:
        with pytest.raises(OutOfTimeError, match="not decided in "):
            is_satisfiable(solver, (), Deadline.after(1.5 * LONG, StepClock(LONG)))
        with pytest.raises(OutOfTimeError):  # it has passed before the search begins
            is_satisfiable(solver, (), Deadline.after(0.5 * LONG, StepClock(LONG)))
        assert not is_satisfiable(solver, [1, 2 + 11 * 1 - 1, 12], NO_DEADLINE)  # two pigeons in one hole


def soft_pigeonholes(holes: int) -> WCNF:
    """At least one pair of pigeons must share a hole; each pair costs 1."""
    formula, clauses = WCNF(), pigeonholes(holes)
    formula.extend(clauses[: holes + 1])
    for clause in clauses[holes + 1 :]:
        formula.append(clause, weight=1)
    return formula


def test_a_maxsat_search_runs_out_of_time_or_finds_the_optimum() -> None:
    with RC2(soft_pigeonholes(11)) as solver:
        bound(solver, Deadline.after(1.5 * LONG, StepClock(LONG)))
        with pytest.raises(OutOfTimeError):
            solver.compute()
    with RC2(soft_pigeonholes(4)) as solver:
        bound(solver, NO_DEADLINE)
        assert solver.compute() is not None
        assert solver.cost == 1


def test_deadlines_and_allowances() -> None:
    assert Deadline.after(None) is NO_DEADLINE
    NO_DEADLINE.check()
    outer = Deadline.after(10, StepClock(1))  # read at 1: ends at 11
    assert outer.within(100) is outer
    inner = outer.within(2)
    assert (inner.seconds, inner.end) == (2, 5)
    allowance = Allowance(4)
    assert allowance.deadline(outer).seconds == 4
    allowance.spent()
    assert allowance.deadline(outer).seconds == 2
    with pytest.raises(OutOfTimeError) as raised:
        Deadline(2.5, 0).check()
    assert raised.value.seconds == 2.5
    assert str(raised.value) == "not decided in 2.5 s (give more time with timeout, or ask for less)"
