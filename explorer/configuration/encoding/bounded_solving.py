# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls of SAT solvers that end at a deadline, and at once when a signal arrives.

pysat's ``solve()`` holds the interpreter, and replaces the handler of SIGINT while it solves. These calls do
neither:

1. A short search comes first: its number of conflicts and propagations is bounded, and it takes less than a
   second. Almost every call ends with it.
2. A longer search runs in a thread. The caller waits for it, so that Python runs the handlers of signals; the
   exception of a handler, or the end of the time, interrupts the solver.
"""

from collections.abc import Iterable
from threading import Event, Thread
from typing import Any

from explorer.configuration.encoding.deadline import Deadline
from explorer.errors import OutOfTimeError

__all__ = ["BoundedOracle", "bound", "is_satisfiable"]

_MOST_CONFLICTS = 2000
_MOST_PROPAGATIONS = 1_000_000
_LONGEST_WAIT = 3600.0  # seconds; threading accepts no infinite time


def is_satisfiable(solver: Any, assumptions: Iterable[int], deadline: Deadline) -> bool:
    """Whether a solver's clauses have a satisfying assignment in which some literals are true.

    Args:
        solver: a solver of pysat that can be interrupted, such as minisat22 and glucose.
        assumptions: the literals.
        deadline: when to stop.

    Raises:
        OutOfTimeError: it is not decided.
    """
    deadline.check()
    given = list(assumptions)
    solver.conf_budget(_MOST_CONFLICTS)
    solver.prop_budget(_MOST_PROPAGATIONS)
    status = solver.solve_limited(assumptions=given, expect_interrupt=True)
    if status is None:
        solver.conf_budget(-1)
        solver.prop_budget(-1)
        status = _searched(solver, given, deadline)
    if status is None:
        raise OutOfTimeError(deadline.seconds)
    return bool(status)


def _searched(solver: Any, assumptions: list[int], deadline: Deadline) -> bool | None:
    """What a search without a bound finds; ``None`` if the time runs out."""
    found: list[bool | None] = []
    done = Event()

    def search() -> None:
        found.append(solver.solve_limited(assumptions=assumptions, expect_interrupt=True))
        done.set()

    thread = Thread(target=search, daemon=True)
    thread.start()
    try:
        while not done.wait(min(max(deadline.left, 0), _LONGEST_WAIT)):
            if deadline.left <= 0:
                break
    finally:
        solver.interrupt()
        thread.join()
        solver.clear_interrupt()
    return found[0]


class BoundedOracle:
    """A SAT solver for pysat's MaxSAT and hitting set algorithms, which call it many times.

    It is the solver that it is made of, except that its searches end at a deadline.

    Args:
        solver: the solver.
        deadline: when its searches end, with ``OutOfTimeError``.
    """

    def __init__(self, solver: Any, deadline: Deadline) -> None:
        self._solver = solver
        self._deadline = deadline

    def __getattr__(self, name: str) -> Any:
        return getattr(self._solver, name)

    def solve(self, assumptions: Iterable[int] = ()) -> bool:
        """Whether the clauses have a satisfying assignment in which some literals are true."""
        return is_satisfiable(self._solver, assumptions, self._deadline)

    def solve_limited(self, assumptions: Iterable[int] = (), *, expect_interrupt: bool = False) -> bool:
        """The same; the deadline is its limit."""
        del expect_interrupt
        return self.solve(assumptions)


def bound(maxsat: Any, deadline: Deadline) -> None:
    """Let the searches of a new MaxSAT solver of pysat end at a deadline, with ``OutOfTimeError``."""
    maxsat.oracle = BoundedOracle(maxsat.oracle, deadline)
