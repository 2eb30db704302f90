# SPDX-License-Identifier: GPL-2.0-or-later
"""How long the remaining tasks of a sweep take, as a range.

1. Boots and proofs are estimated apart, each from the mean and the variance of its tasks that are done.
   Tasks run in the order of hashes, so these are a fair sample.
2. The range is two standard errors wide on each side.
3. Seconds of work become seconds of time by how much work was done in how much time: that counts the workers,
   and what else the machine does.
4. Until each kind with remaining tasks has some that are done, nothing is said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import NamedTuple

__all__ = ["Estimate", "Estimator"]

_FEWEST = 5
"""How many tasks of a kind must be done."""


class Estimate(NamedTuple):
    """Seconds, at least and at most."""

    low: float
    high: float


@dataclass(slots=True)
class _Kind:
    """The tasks of one kind."""

    remaining: int
    done: int = 0
    total: float = 0
    squares: float = 0

    @property
    def mean(self) -> float:
        return self.total / self.done

    @property
    def variance(self) -> float:
        """Of the seconds that the remaining tasks take together."""
        of_one = max(0.0, self.squares - self.done * self.mean**2) / (self.done - 1)
        return of_one * (self.remaining + self.remaining**2 / self.done)


@dataclass(slots=True)
class Estimator:
    """Estimates a sweep while it runs.

    Attributes:
        kinds: each kind of task.
    """

    kinds: dict[str, _Kind] = field(default_factory=dict)

    @classmethod
    def of(cls, remaining: Mapping[str, int]) -> "Estimator":
        """An estimator for so many tasks of each kind."""
        return cls({kind: _Kind(tasks) for kind, tasks in remaining.items() if tasks})

    def add(self, kind: str, seconds: float) -> None:
        """A task is done; it took so many seconds of work."""
        of_kind = self.kinds[kind]
        of_kind.remaining -= 1
        of_kind.done += 1
        of_kind.total += seconds
        of_kind.squares += seconds**2

    def after(self, seconds: float) -> Estimate | None:
        """The time that the remaining tasks take, if the tasks that are done took so many seconds."""
        open_kinds = [kind for kind in self.kinds.values() if kind.remaining > 0]
        work = sum(kind.total for kind in self.kinds.values())
        if not work or any(kind.done < _FEWEST for kind in open_kinds):
            return None
        ahead = sum(kind.remaining * kind.mean for kind in open_kinds)
        spread = 2 * sqrt(sum(kind.variance for kind in open_kinds))
        rate = seconds / work
        return Estimate(max(0.0, ahead - spread) * rate, (ahead + spread) * rate)
