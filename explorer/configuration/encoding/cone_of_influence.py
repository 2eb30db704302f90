# SPDX-License-Identifier: GPL-2.0-or-later
"""The cone of influence: the symbols and choices that the values of some symbols can depend on.

A symbol depends on the conditions of its prompts and defaults, on symbols that select or imply it, on its
choice, and on the symbols in its defaults and ranges. Answers outside the cone do not change the symbols in
question.
"""

from collections import deque
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import kconfiglib

__all__ = ["ConeOfInfluence", "cone_of", "readers_of"]

_LOGICAL = frozenset({kconfiglib.BOOL, kconfiglib.TRISTATE})
_EQUALITIES = frozenset({kconfiglib.EQUAL, kconfiglib.UNEQUAL})
_CONNECTIVES = frozenset({kconfiglib.AND, kconfiglib.OR, kconfiglib.NOT})


@dataclass(frozen=True, slots=True)
class ConeOfInfluence:
    """The symbols and choices that some symbols depend on, including themselves.

    Attributes:
        items: bool and tristate symbols, and choices.
        numbers: int, hex and string symbols.
        comparisons: the two sides of every comparison in the cone, to whether one of them is ``<`` or ``>``.
        distance: number of definitions between each of them and the nearest symbol in question.
    """

    items: tuple[Any, ...]
    numbers: tuple[Any, ...]
    comparisons: Mapping[tuple[Any, Any], bool]
    distance: Mapping[Any, int]


def cone_of(
    kconfig: Any, start: Iterable[Any], *, dependencies: bool = False, depth: int | None = None
) -> ConeOfInfluence:
    """The cone of some symbols or choices; the symbol that allows modules is always included.

    Args:
        kconfig: kconfiglib's symbols.
        start: the symbols or choices.
        dependencies: include what a prompt of each symbol would depend on.
        depth: the distance from which on definitions are not followed; members are as near as their choice.
    """
    distance: dict[Any, int] = {}
    comparisons: dict[tuple[Any, Any], bool] = {}
    pending = deque((item, 0) for item in start)
    pending.append((kconfig.modules, 1))
    while pending:
        item, steps = pending.popleft()
        if item in distance or not item.nodes:
            continue
        distance[item] = steps
        if depth is not None:
            if isinstance(item, kconfiglib.Choice):
                pending.extendleft((member, steps) for member in item.syms)
            if steps >= depth:
                continue
        for expression in _expressions(item, kconfig):
            pending += ((operand, steps + 1) for operand in _operands(expression, comparisons))
        if dependencies and not isinstance(item, kconfiglib.Choice):
            pending += ((operand, steps + 1) for operand in _operands(item.direct_dep, comparisons))
    numbers = tuple(item for item in distance if _is_number(item))
    items = tuple(item for item in distance if not _is_number(item))
    return ConeOfInfluence(items, numbers, comparisons, distance)


def readers_of(kconfig: Any, constants: Container[Any]) -> frozenset[Any]:
    """The symbols and choices whose values depend on some constants, directly or through others."""
    items = (*kconfig.unique_defined_syms, *kconfig.unique_choices)
    pending = [
        item
        for item in items
        if any(
            _holds(expression, constants) for expression in (item.direct_dep, *_expressions(item, kconfig))
        )
    ]
    readers: set[Any] = set()
    while pending:
        item = pending.pop()
        if item not in readers:
            readers.add(item)
            pending += items if item is kconfig.modules else item._dependents  # noqa: SLF001 # who reads it
    return frozenset(readers)


def _holds(expression: Any, constants: Container[Any]) -> bool:
    """Whether an expression holds one of some constants."""
    pending = [expression]
    while pending:
        part = pending.pop()
        if isinstance(part, tuple):
            pending += part[1:]
        elif part in constants:
            return True
    return False


def _is_number(item: Any) -> bool:
    return isinstance(item, kconfiglib.Symbol) and item.orig_type not in _LOGICAL


def _expressions(item: Any, kconfig: Any) -> Iterator[Any]:
    """Every expression that the value of a symbol or choice depends on."""
    yield from (node.prompt[1] for node in item.nodes if node.prompt)
    for default in item.defaults:
        yield from default
    if isinstance(item, kconfiglib.Choice):
        yield item.direct_dep
        yield from item.syms
        return
    for bounds in item.ranges:
        yield from bounds
    if item.choice:
        yield item.choice
    yield item.rev_dep
    if item.weak_rev_dep is not kconfig.n:
        yield item.weak_rev_dep
        yield item.direct_dep


def _operands(expression: Any, comparisons: dict[tuple[Any, Any], bool]) -> Iterator[Any]:
    """The symbols and choices in an expression; its comparisons are added to the dictionary."""
    pending = [expression]
    while pending:
        part = pending.pop()
        if isinstance(part, tuple):
            operator, *sides = part
            pending += sides
            if operator not in _CONNECTIVES:
                key = sides[0], sides[1]
                comparisons[key] = comparisons.get(key, False) or operator not in _EQUALITIES
        elif not getattr(part, "is_constant", False):
            yield part
