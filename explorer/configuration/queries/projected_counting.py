# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts the assignments of some variables that can be completed to satisfy clauses: a projected model count.

1. CaDiCaL simplifies the clauses. The projected variables are frozen, so it eliminates only others, and
   eliminating a variable does not change what the rest can be.
2. A literal of another variable is set where no assignment is lost: if each clause with its negation follows
   from the clauses where the literal is false, it can be made true in every satisfying assignment. This is
   tried for variables with many occurrences, which CaDiCaL leaves alone; ``MODULES`` is one.
3. Clauses that share no variable are counted apart, and the counts are multiplied.
4. A group of clauses is counted by tables. If they are too large, it is counted by branching on projected
   variables, with its groups of clauses again; each group is counted once. If that takes too long, ganak
   counts the group.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import prod

from pysat.process import Processor
from pysat.solvers import Solver

from explorer.configuration.encoding.bounded_solving import is_satisfiable
from explorer.configuration.encoding.deadline import NO_DEADLINE, Deadline
from explorer.configuration.queries.ganak import ganak_count, is_ganak_installed
from explorer.configuration.queries.table_counting import count_by_tables
from explorer.errors import LimitError

__all__ = ["ProjectedCount", "Simplified", "count_projected", "simplify"]

_FAST = {"decompose": False, "probe": False, "vivify": False, "probehbr": False}
_ROUNDS = 5
_MANY_OCCURRENCES = 50
_SHRINKS = 0.95  # simplifying again pays while this part of the clauses or less remains
_MOST_VISITED = 20_000_000  # clauses, some twenty seconds
_MOST_VISITED_BEFORE_GANAK = 100_000
_MOST_NESTED = 250  # branches, well below Python's limit of recursion

_Clauses = frozenset[frozenset[int]]


@dataclass(frozen=True, slots=True)
class Simplified:
    """Clauses that have the same projections as those that were given.

    Attributes:
        clauses: the clauses.
        projected: the variables that they are projected on; those in no clause are free.
    """

    clauses: tuple[tuple[int, ...], ...]
    projected: frozenset[int]


@dataclass(frozen=True, slots=True)
class ProjectedCount:
    """A count.

    Attributes:
        count: how many assignments of the projected variables there are.
        by_ganak: ganak has counted a part.
    """

    count: int
    by_ganak: bool


def simplify(
    clauses: Iterable[Sequence[int]], projected: Collection[int], deadline: Deadline = NO_DEADLINE
) -> Simplified | None:
    """Simplified clauses; ``None`` if they are unsatisfiable.

    Args:
        clauses: the clauses, as signed numbers.
        projected: the variables to project on.
        deadline: when to stop.

    Raises:
        OutOfTimeError: the clauses are not simplified in time.
    """
    frozen = sorted(projected)
    current = _processed(clauses, frozen, rounds=1, **_FAST)
    while current:
        deadline.check()
        before = len(current)
        current = _processed(current, frozen, rounds=_ROUNDS)
        if current and len(current) > _SHRINKS * before:
            harmless = _harmless_literals(current, frozenset(projected), deadline)
            if not harmless:
                break
            current = [*current, *([literal] for literal in harmless)]
    return None if current is None else Simplified(tuple(map(tuple, current)), frozenset(projected))


def _processed(
    clauses: Iterable[Sequence[int]], frozen: Sequence[int], *, rounds: int, **techniques: bool
) -> list[list[int]] | None:
    """The clauses as CaDiCaL simplifies them; ``None`` if they are unsatisfiable."""
    given = [list(clause) for clause in clauses]
    if not given:
        return []
    processor = Processor(bootstrap_with=given)
    result: list[list[int]] = processor.process(rounds=rounds, freeze=list(frozen), **techniques).clauses
    status = processor.status
    processor.delete()
    return result if status and [] not in result else None


def _harmless_literals(
    clauses: Sequence[Sequence[int]],
    projected: AbstractSet[int],
    deadline: Deadline = NO_DEADLINE,
    most_occurrences: int = _MANY_OCCURRENCES,
) -> list[int]:
    """Literals that can be made true in every satisfying assignment, of variables with more occurrences."""
    clauses_with: dict[int, list[Sequence[int]]] = defaultdict(list)
    for clause in clauses:
        for literal in clause:
            clauses_with[literal].append(clause)
    counts = Counter(abs(literal) for clause in clauses for literal in clause)
    frequent = [name for name, count in counts.most_common() if count > most_occurrences]
    harmless = []
    with Solver(name="minisat22", bootstrap_with=clauses) as solver:
        for variable in (name for name in frequent if name not in projected):
            sides = sorted((variable, -variable), key=lambda literal: len(clauses_with[-literal]))
            for literal in sides:
                if all(
                    not is_satisfiable(
                        solver, [-literal, *(-other for other in clause if other != -literal)], deadline
                    )
                    for clause in clauses_with[-literal]
                ):
                    harmless.append(literal)
                    solver.add_clause([literal])
                    break
    return harmless


def count_projected(simplified: Simplified, deadline: Deadline = NO_DEADLINE) -> ProjectedCount:
    """The number of assignments of the projected variables that satisfy the clauses.

    Raises:
        LimitError: the clauses are too many to count.
        OutOfTimeError: they are not counted in time.
    """
    start = frozenset(map(frozenset, simplified.clauses))
    reduced = _propagated(start, ())
    if reduced is None:
        return ProjectedCount(0, by_ganak=False)
    rest, assigned = reduced
    free = len(simplified.projected - assigned - _variables(rest))
    counts, by_ganak = [1 << free], False
    most = _MOST_VISITED_BEFORE_GANAK if is_ganak_installed() else _MOST_VISITED
    for group in _groups(rest):
        deadline.check()
        in_tables = count_by_tables(group, simplified.projected)
        if in_tables is not None:
            counts.append(in_tables)
            continue
        try:
            counts.append(_Branching(simplified.projected, most, deadline).count(group))
        except _TooManyVisitedError:
            by_ganak = True
            counts.append(_count_by_ganak(group, simplified.projected, deadline))
    return ProjectedCount(prod(counts), by_ganak)


def _count_by_ganak(group: _Clauses, projected: AbstractSet[int], deadline: Deadline) -> int:
    """The count of one group, by ganak."""
    variables = sorted(projected & _variables(group))
    if not is_ganak_installed():
        raise LimitError(
            f"the clauses that join {len(variables)} variables of these symbols take too long to count",
            most=_MOST_VISITED,
            parameter="names",
            hint="install pyganak, name fewer symbols, or fix values of others",
        )
    return ganak_count([sorted(clause) for clause in group], variables, deadline)


class _TooManyVisitedError(Exception):
    """Branching takes too long."""


class _Branching:
    """Counts by branching; each group of clauses is counted once.

    Args:
        projected: the variables to project on.
        most: how many clauses may be visited.
        deadline: when to stop.
    """

    def __init__(self, projected: AbstractSet[int], most: int, deadline: Deadline = NO_DEADLINE) -> None:
        self._deadline = deadline
        self._projected = projected
        self._left = most
        self._counted: dict[_Clauses, int] = {}

    def count(self, group: _Clauses, depth: int = 0) -> int:
        """The number of assignments of the projected variables that occur in a group of clauses."""
        known = self._counted.get(group)
        if known is not None:
            return known
        self._deadline.check()
        self._left -= len(group)
        if self._left < 0 or depth > _MOST_NESTED:
            raise _TooManyVisitedError
        counts = Counter(abs(literal) for clause in group for literal in clause)
        own = [name for name in counts if name in self._projected]
        if own:
            variable = max(own, key=lambda name: (counts[name], -name))
            count = sum(self._branch(group, literal, own, depth) for literal in (variable, -variable))
        else:
            count = _is_satisfiable(group, self._deadline)
        self._counted[group] = count
        return count

    def _branch(self, group: _Clauses, literal: int, own: Sequence[int], depth: int) -> int:
        """The assignments of the group's own projected variables in which a literal is true."""
        reduced = _propagated(group, (literal,))
        if reduced is None:
            return 0
        rest, assigned = reduced
        free = len(set(own) - assigned - _variables(rest))
        return prod((self.count(part, depth + 1) for part in _groups(rest)), start=1 << free)


def _is_satisfiable(clauses: _Clauses, deadline: Deadline) -> bool:
    with Solver(name="minisat22", bootstrap_with=[list(clause) for clause in clauses]) as solver:
        return is_satisfiable(solver, (), deadline)


def _propagated(clauses: _Clauses, literals: Iterable[int]) -> tuple[_Clauses, set[int]] | None:
    """The clauses after unit propagation, and the variables assigned; ``None`` if there is a conflict."""
    true = set(literals)
    current: Iterable[frozenset[int]] = clauses
    while True:
        rest: list[frozenset[int]] = []
        false = {-literal for literal in true}
        if not true.isdisjoint(false):
            return None
        units: set[int] = set()
        for clause in current:
            if not clause.isdisjoint(true):
                continue
            short = clause - false
            if not short:
                return None
            if len(short) == 1:
                units |= short
            else:
                rest.append(short)
        if not units:
            return frozenset(rest), {abs(literal) for literal in true}
        true |= units
        current = rest


def _variables(clauses: Iterable[Collection[int]]) -> set[int]:
    return {abs(literal) for clause in clauses for literal in clause}


def _groups(clauses: Iterable[frozenset[int]]) -> Iterator[_Clauses]:
    """The clauses in groups that share no variable."""
    parent: dict[int, int] = {}

    def root(variable: int) -> int:
        while (above := parent.setdefault(variable, variable)) != variable:
            parent[variable] = parent[above]
            variable = above
        return variable

    every = list(clauses)
    for clause in every:
        first, *others = (root(abs(literal)) for literal in clause)
        for other in others:
            parent[root(other)] = root(first)
    groups: dict[int, list[frozenset[int]]] = defaultdict(list)
    for clause in every:
        groups[root(abs(next(iter(clause))))].append(clause)
    return map(frozenset, groups.values())
