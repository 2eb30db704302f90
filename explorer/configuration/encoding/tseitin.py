# SPDX-License-Identifier: GPL-2.0-or-later
"""The Tseitin encoding of gates as clauses: and, or, equality and if-then-else, over literals and pairs.

A literal is a signed number as in DIMACS. A *pair* is the value of a bool or tristate: *on* (at least m) and
*yes* (y). The minimum of two pairs is Kconfig's ``&&``, the maximum its ``||``. Identical gates are created
once, and constants are folded.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from pysat.card import CardEnc, EncType

from explorer.errors import LimitError

__all__ = ["MOST_PAIRWISE", "TristateLiterals", "Tseitin"]

_MOST_VARIABLES = 1_000_000  # some 600 MB
MOST_PAIRWISE = 32
"""Literals of which every two have a clause that they are not both true."""


class TristateLiterals(NamedTuple):
    """A value between n and y: at least m, and y."""

    on: int
    yes: int


class Tseitin:
    """A growing set of clauses.

    Attributes:
        clauses: the clauses so far.
        last: the highest variable in use.
        true: the literal that is always true.
        n, m, y: the three constant pairs.
    """

    def __init__(self) -> None:
        self.last = 1
        self.true = 1
        self.clauses: list[list[int]] = [[1]]
        self.n, self.m, self.y = TristateLiterals(-1, -1), TristateLiterals(1, -1), TristateLiterals(1, 1)
        self._made: dict[tuple[int, int], int] = {}

    def literal(self) -> int:
        """A new variable.

        Raises:
            LimitError: there are more than a million; a whole kernel has half as many.
        """
        self.last += 1
        if self.last > _MOST_VARIABLES:
            raise LimitError(
                f"these symbols depend on too much: more than {_MOST_VARIABLES} variables for the solver",
                most=_MOST_VARIABLES,
                hint="name fewer symbols",
            )
        return self.last

    def free(self) -> TristateLiterals:
        """A new pair without further clauses."""
        pair = TristateLiterals(self.literal(), self.literal())
        self.add(-pair.yes, pair.on)
        return pair

    def add(self, *literals: int) -> None:
        """Add a clause: one of these literals is true."""
        self.clauses.append(list(literals))

    def one_of(self, literals: Iterable[int]) -> None:
        """Add clauses: exactly one of these literals is true."""
        group = list(literals)
        self.add(*group)
        self.at_most_one(group)

    def at_most_one(self, literals: Iterable[int], condition: int | None = None) -> None:
        """Add clauses: no two of these literals are true.

        A small group gets a clause for each pair. A large one gets the ladder encoding of pysat, whose
        clauses are four times as many as its literals.

        Args:
            literals: the group.
            condition: a literal without which nothing is required.
        """
        group = list(literals)
        absent = [] if condition is None else [-condition]
        if len(group) <= MOST_PAIRWISE:
            self.clauses += ([*absent, -first, -second] for first, second in combinations(group, 2))
            return
        counter = CardEnc.atmost(lits=group, bound=1, top_id=self.last, encoding=EncType.ladder)
        self.last = max(self.last, counter.nv)
        self.clauses += ([*absent, *clause] for clause in counter.clauses)

    def some_if(self, conditions: Iterable[Sequence[int]], literals: Iterable[int]) -> None:
        """Add clauses: if all literals of one of the conditions are true, one of the literals is."""
        group = list(literals)
        if len(group) > MOST_PAIRWISE:
            one_is = self.literal()
            self.add(-one_is, *group)
            group = [one_is]
        for condition in conditions:
            self.add(*(-literal for literal in condition), *group)

    # --- literals ---------------------------------------------------------------------------------------

    def both(self, first: int, second: int) -> int:
        """The literal that both are true."""
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
        """The literal that at least one of the two is true."""
        return -self.both(-first, -second)

    def every(self, literals: Iterable[int]) -> int:
        """The literal that all are true."""
        gate = self.true
        for literal in literals:
            gate = self.both(gate, literal)
        return gate

    def some(self, literals: Iterable[int]) -> int:
        """The literal that at least one is true."""
        return -self.every(-literal for literal in literals)

    def same(self, first: int, second: int) -> int:
        """The literal that both or neither are true."""
        return self.either(self.both(first, second), self.both(-first, -second))

    # --- pairs ------------------------------------------------------------------------------------------

    def least(self, first: TristateLiterals, second: TristateLiterals) -> TristateLiterals:
        """The minimum."""
        return TristateLiterals(self.both(first.on, second.on), self.both(first.yes, second.yes))

    def most(self, first: TristateLiterals, second: TristateLiterals) -> TristateLiterals:
        """The maximum."""
        return TristateLiterals(self.either(first.on, second.on), self.either(first.yes, second.yes))

    def choose(self, condition: int, then: TristateLiterals, otherwise: TristateLiterals) -> TristateLiterals:
        """One value if a literal is true, another if it is false."""
        return TristateLiterals(
            *(
                self.either(self.both(condition, first), self.both(-condition, second))
                for first, second in zip(then, otherwise, strict=True)
            )
        )

    def equal(self, first: TristateLiterals, second: TristateLiterals) -> int:
        """The literal that both values are the same."""
        return self.both(self.same(first.on, second.on), self.same(first.yes, second.yes))
