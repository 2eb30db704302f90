# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts projections by eliminating one variable after the other: dynamic programming on tables.

A table has one number for each assignment of its variables; a clause is a table of 0 and 1. To eliminate a
variable, the tables that hold it are multiplied, and the two halves are added; of a variable that is not
projected it only matters whether one half is not 0, so these come first. The time is that of the largest
table, which is small if clauses share few variables with each other, however many they are.
"""

from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from heapq import heapify, heappop, heappush
from typing import NamedTuple

__all__ = ["count_by_tables"]

_MOST_VARIABLES = 14  # of one table
_MOST_ENTRIES = 1 << 20  # of all tables


class _Table(NamedTuple):
    """Numbers for the assignments of some variables; bit ``i`` of an index is the value of variable ``i``."""

    variables: tuple[int, ...]
    numbers: list[int]


def count_by_tables(clauses: Collection[Collection[int]], projected: AbstractSet[int]) -> int | None:
    """The number of assignments of the projected variables in some clauses; ``None`` if tables are too large.

    Args:
        clauses: no clause has a variable twice.
        projected: the variables to project on.
    """
    order = _order(clauses, projected)
    if order is None:
        return None
    tables = {variable: list[_Table]() for variable in order}
    position = {variable: index for index, variable in enumerate(order)}
    count = 1
    for clause in clauses:
        _place(_of_clause(sorted(clause, key=abs)), tables, position)
    for variable in order:
        table = _without(variable, tables.pop(variable), exists=variable not in projected)
        if table.variables:
            _place(table, tables, position)
        else:
            count *= table.numbers[0]
    return count


def _order(clauses: Collection[Collection[int]], projected: AbstractSet[int]) -> list[int] | None:
    """The variables with the fewest neighbours first, those not projected before the others."""
    if any(len(clause) > _MOST_VARIABLES for clause in clauses):
        return None  # whichever of its variables comes first has a table of them all
    neighbours: dict[int, set[int]] = {}
    for clause in clauses:
        variables = {abs(literal) for literal in clause}
        for variable in variables:
            neighbours.setdefault(variable, set()).update(variables)
    order: list[int] = []
    entries = 0
    heap = [(variable in projected, len(near), variable) for variable, near in neighbours.items()]
    heapify(heap)
    while neighbours:
        _, size, variable = heappop(heap)
        if size != len(neighbours.get(variable, ())):
            continue  # outdated
        entries += 1 << size
        if size > _MOST_VARIABLES or entries > _MOST_ENTRIES:
            return None
        joined = neighbours.pop(variable)
        joined.discard(variable)
        for other in joined:
            neighbours[other] |= joined
            neighbours[other].discard(variable)
            heappush(heap, (other in projected, len(neighbours[other]), other))
        order.append(variable)
    return order


def _of_clause(clause: Sequence[int]) -> _Table:
    """The table of a clause: 0 for the assignment that makes every literal false."""
    numbers = [1] * (1 << len(clause))
    numbers[sum(1 << index for index, literal in enumerate(clause) if literal < 0)] = 0
    return _Table(tuple(map(abs, clause)), numbers)


def _place(table: _Table, tables: dict[int, list[_Table]], position: dict[int, int]) -> None:
    """Add a table to those of its variable that is eliminated first."""
    tables[min(table.variables, key=position.__getitem__)].append(table)


def _without(variable: int, tables: Sequence[_Table], *, exists: bool) -> _Table:
    """The product of some tables without a variable: the sum over its values, or whether one is not 0."""
    rest = sorted({name for table in tables for name in table.variables} - {variable})
    variables = (*rest, variable)
    product = [1] * (1 << len(variables))
    for table in tables:
        numbers = table.numbers
        product = [
            number and number * numbers[index]
            for number, index in zip(product, _indices(variables, table), strict=True)
        ]
    half = len(product) // 2
    halves = zip(product[:half], product[half:], strict=True)
    if exists:
        return _Table(tuple(rest), [int(bool(no or yes)) for no, yes in halves])
    return _Table(tuple(rest), [no + yes for no, yes in halves])


def _indices(variables: Sequence[int], table: _Table) -> Iterator[int]:
    """The index into a table for each assignment of some variables, in order."""
    bits = {variable: 1 << index for index, variable in enumerate(table.variables)}
    indices = [0]
    for variable in variables:
        bit = bits.get(variable, 0)
        indices += [index + bit for index in indices]
    return iter(indices)
