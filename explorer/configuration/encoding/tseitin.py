# SPDX-License-Identifier: GPL-2.0-only
"""Clauses from gates: and, or, equality, choice between two, over literals and over pairs of them.

A literal is a signed number as in DIMACS. A *pair* is a value of a bool or tristate: *on* (at least m) and
*yes* (y); the minimum of two pairs is Kconfig's ``&&``, the maximum its ``||``. Equal gates are made once,
and what is constant is folded away.
"""

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["TristateLiterals", "Tseitin"]


class TristateLiterals(NamedTuple):
    """A value between n and y: at least m, and y."""

    on: int
    yes: int


class Tseitin:
    """A growing set of clauses.

    Attributes:
        clauses: what has been said so far.
        last: the highest variable in use.
        true: the literal that holds always.
        n, m, y: the three constant pairs.
    """

    def __init__(self) -> None:
        self.last = 1
        self.true = 1
        self.clauses: list[list[int]] = [[1]]
        self.n, self.m, self.y = TristateLiterals(-1, -1), TristateLiterals(1, -1), TristateLiterals(1, 1)
        self._made: dict[tuple[int, int], int] = {}

    def literal(self) -> int:
        """A new variable."""
        self.last += 1
        return self.last

    def free(self) -> TristateLiterals:
        """A value that nothing decides yet."""
        pair = TristateLiterals(self.literal(), self.literal())
        self.say(-pair.yes, pair.on)
        return pair

    def say(self, *literals: int) -> None:
        """One of these holds."""
        self.clauses.append(list(literals))

    def one_of(self, literals: Iterable[int]) -> None:
        """Exactly one of these holds."""
        found = list(literals)
        self.say(*found)
        self.at_most_one(found)

    def at_most_one(self, literals: Iterable[int]) -> None:
        """No two of these hold."""
        found = list(literals)
        for index, first in enumerate(found):
            for second in found[index + 1 :]:
                self.say(-first, -second)

    # --- literals ---------------------------------------------------------------------------------------

    def both(self, first: int, second: int) -> int:
        """Both hold."""
        if first in {second, -self.true} or second == self.true:
            return first
        if second == -self.true or first == self.true:
            return second
        if first == -second:
            return -self.true
        key = (first, second) if first < second else (second, first)
        gate = self._made.get(key)
        if gate is None:
            gate = self._made[key] = self.literal()
            self.clauses += ([-gate, first], [-gate, second], [gate, -first, -second])
        return gate

    def either(self, first: int, second: int) -> int:
        """At least one of the two holds."""
        return -self.both(-first, -second)

    def every(self, literals: Iterable[int]) -> int:
        """All hold."""
        gate = self.true
        for literal in literals:
            gate = self.both(gate, literal)
        return gate

    def some(self, literals: Iterable[int]) -> int:
        """At least one holds."""
        return -self.every(-literal for literal in literals)

    def same(self, first: int, second: int) -> int:
        """Both hold or neither does."""
        return self.either(self.both(first, second), self.both(-first, -second))

    # --- pairs ------------------------------------------------------------------------------------------

    def least(self, first: TristateLiterals, second: TristateLiterals) -> TristateLiterals:
        """The smaller value."""
        return TristateLiterals(self.both(first.on, second.on), self.both(first.yes, second.yes))

    def most(self, first: TristateLiterals, second: TristateLiterals) -> TristateLiterals:
        """The larger value."""
        return TristateLiterals(self.either(first.on, second.on), self.either(first.yes, second.yes))

    def choose(self, condition: int, then: TristateLiterals, otherwise: TristateLiterals) -> TristateLiterals:
        """One value where a literal holds, another where it does not."""
        return TristateLiterals(
            *(
                self.either(self.both(condition, first), self.both(-condition, second))
                for first, second in zip(then, otherwise, strict=True)
            )
        )

    def equal(self, first: TristateLiterals, second: TristateLiterals) -> int:
        """Both values are the same."""
        return self.both(self.same(first.on, second.on), self.same(first.yes, second.yes))
