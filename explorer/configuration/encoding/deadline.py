# SPDX-License-Identifier: GPL-2.0-or-later
"""How long a search may take: a time on the monotonic clock, passed on to whatever searches.

A search that ends because of it raises ``OutOfTimeError``. Its question is not decided then: the values are
neither reachable nor unreachable.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from explorer.errors import InputError, OutOfTimeError

__all__ = ["NO_DEADLINE", "Allowance", "Deadline"]

_MOST_SECONDS = 1e9


@dataclass(frozen=True, slots=True)
class Deadline:
    """The time at which searches end.

    Attributes:
        seconds: how long the searches may take together; infinite without a limit.
        end: the time of ``clock`` at which they end.
        clock: seconds since some start.
    """

    seconds: float = inf
    end: float = inf
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> "Deadline":
        """A deadline so many seconds from now; none for ``None``.

        Raises:
            InputError: it is no number of seconds above 0, or more than 31 years.
        """
        if seconds is not None and not 0 < seconds <= _MOST_SECONDS:
            hint = "give seconds, such as 30 or 0.5"
            raise InputError(f"{seconds:g} is no time to wait", parameter="timeout", hint=hint)
        return NO_DEADLINE if seconds is None else cls(seconds, clock() + seconds, clock)

    @property
    def left(self) -> float:
        """The seconds that are left; not more than 0 if it has passed."""
        return self.end - self.clock()

    def check(self) -> None:
        """Raises ``OutOfTimeError`` if it has passed."""
        if self.end < inf and self.left <= 0:
            raise OutOfTimeError(self.seconds)

    def within(self, seconds: float) -> "Deadline":
        """The earlier one of this deadline and so many seconds from now."""
        sooner = Deadline(seconds, self.clock() + seconds, self.clock)
        return sooner if sooner.end < self.end else self


NO_DEADLINE = Deadline()
"""Searches that may take any time."""


class Allowance:
    """The time of searches that only improve an answer, such as those for smaller unsat cores.

    Each search gets the same number of seconds. After one that runs out, those that follow get half as many.
    So however many run out, together they take at most twice the seconds of the first.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def deadline(self, outer: Deadline) -> Deadline:
        """The deadline of a search that begins now; never later than the outer one."""
        return outer.within(self._seconds)

    def spent(self) -> None:
        """A search has run out of time."""
        self._seconds /= 2
