# SPDX-License-Identifier: GPL-2.0-or-later
"""Minimal formulas over symbols with several values: two-level minimisation, exact.

A formula is a disjunction of terms, a term a conjunction of literals. A literal says which values a symbol
may have. An *assignment* maps each symbol to its value. Assignments that are neither inside nor outside are
don't cares.

1. A term that holds for an assignment inside, and for none outside, is *prime* where no literal can be left
   out and no value added to a literal. The values that the prime terms of one assignment exclude are the
   minimal hitting sets of its differences from the assignments outside; Hitman enumerates them all.
2. The formula is a cheapest set of prime terms that hold for all assignments inside: the fewest terms, then
   the fewest literals, then the literals of earlier symbols. RC2, a MaxSAT solver, finds it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pysat.examples.hitman import Hitman
from pysat.examples.rc2 import RC2Stratified
from pysat.formula import WCNF

from explorer.configuration.encoding.bounded_solving import bound
from explorer.configuration.encoding.deadline import NO_DEADLINE, Deadline

__all__ = ["Formula", "Literal", "minimal_formula"]

Assignment = Mapping[str, str]

_Excluded = tuple[str, str]  # a symbol, and a value that it must not have
_Prime = frozenset[_Excluded]


class Literal(NamedTuple):
    """A symbol has one of some values.

    Attributes:
        symbol: its name.
        values: the values, in the order in which the assignments have them; never all that occur.
    """

    symbol: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """A disjunction of conjunctions of literals.

    Attributes:
        terms: each is a conjunction; no term: never true. The empty term is always true.
    """

    terms: tuple[tuple[Literal, ...], ...]

    @property
    def is_always(self) -> bool:
        """Whether it holds for every assignment."""
        return () in self.terms

    @property
    def is_never(self) -> bool:
        """Whether it holds for no assignment."""
        return not self.terms

    def holds(self, assignment: Assignment) -> bool:
        """Whether it holds for an assignment."""
        return any(
            all(assignment[literal.symbol] in literal.values for literal in term) for term in self.terms
        )


def minimal_formula(
    inside: Collection[Assignment],
    outside: Collection[Assignment],
    *,
    deadline: Deadline = NO_DEADLINE,
) -> Formula:
    """Return a minimal formula that holds for some assignments and not for others.

    Args:
        inside: the assignments for which it holds.
        outside: those for which it does not; all other assignments are don't cares.
        deadline: when to stop.

    Raises:
        ValueError: an assignment is in both.
        OutOfTimeError: the formula is not found in time.
    """
    domains = _domains([*inside, *outside])
    primes = sorted({prime for one in inside for prime in _primes(one, outside, deadline)}, key=sorted)
    chosen = _cheapest_cover(primes, inside, list(domains), deadline)
    terms = [_term(prime, domains) for prime in chosen]
    order = list(domains)
    return Formula(tuple(sorted(terms, key=lambda term: (len(term), _positions(term, order)))))


def _domains(assignments: Iterable[Assignment]) -> dict[str, list[str]]:
    """The values of each symbol, in the order in which they occur."""
    domains: dict[str, list[str]] = {}
    for assignment in assignments:
        for symbol, value in assignment.items():
            values = domains.setdefault(symbol, [])
            if value not in values:
                values.append(value)
    return {symbol: sorted(values, key=_natural) for symbol, values in domains.items()}


def _natural(value: str) -> tuple[int, str]:
    """A key that sorts numbers by size, before words: 4K, 16K, 64K."""
    digits = value.rstrip("K")
    return (int(digits), "") if digits.isdecimal() else (1 << 62, value)


def _primes(one: Assignment, outside: Iterable[Assignment], deadline: Deadline) -> Iterator[_Prime]:
    """The values that each prime term excludes which holds for one assignment (rule 1)."""
    told_apart = {
        frozenset((symbol, value) for symbol, value in other.items() if one[symbol] != value)
        for other in outside
    }
    if frozenset() in told_apart:
        raise ValueError(f"{dict(one)} is both inside and outside")
    if not told_apart:
        yield frozenset()
        return
    with Hitman(bootstrap_with=sorted(map(sorted, told_apart)), solver="m22", htype="sorted") as hitting_sets:
        bound(hitting_sets.oracle, deadline)
        for hitting_set in hitting_sets.enumerate():
            yield frozenset(hitting_set)


def _cheapest_cover(
    primes: Sequence[_Prime], inside: Iterable[Assignment], order: Sequence[str], deadline: Deadline
) -> Iterator[_Prime]:
    """The cheapest of the prime terms that hold for all assignments (rule 2)."""
    formula = WCNF()
    for one in inside:
        formula.append([at for at, prime in enumerate(primes, start=1) if prime.isdisjoint(one.items())])
    if not primes:
        return
    literals = [sorted({order.index(symbol) for symbol, _ in prime}) for prime in primes]
    places = sum(map(sum, literals)) + 1
    most = sum(map(len, literals)) * places + places
    for at, symbols in enumerate(literals, start=1):
        formula.append([-at], weight=most + len(symbols) * places + sum(symbols))
    with RC2Stratified(formula) as solver:
        bound(solver, deadline)
        model = solver.compute() or ()
    yield from (primes[literal - 1] for literal in model if 0 < literal <= len(primes))


def _term(prime: _Prime, domains: Mapping[str, Sequence[str]]) -> tuple[Literal, ...]:
    """A prime term, its literals in the order of the symbols."""
    return tuple(
        Literal(symbol, tuple(value for value in values if (symbol, value) not in prime))
        for symbol, values in domains.items()
        if any((symbol, value) in prime for value in values)
    )


def _positions(term: Iterable[Literal], order: Sequence[str]) -> list[tuple[int, tuple[str, ...]]]:
    return [(order.index(literal.symbol), literal.values) for literal in term]
