# SPDX-License-Identifier: GPL-2.0-or-later
"""A finite abstraction of int, hex and string symbols: the values that the tree can distinguish.

1. These are the constants that the tree compares a number with, and the constants of defaults and ranges.
   Symbols that are compared with each other, or are defaults or ends of ranges of each other, share their
   values.
2. Each number comes with its neighbours, on both sides as many as there are symbols in the group that are
   compared with each other. So these can have different values between any two constants, as far as there are
   integers.
3. As many strings represent all others. If strings are ordered, as many follow each constant directly.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import kconfiglib

from explorer.errors import LimitError

__all__ = ["ANY_TEXT", "relevant_values"]

_MOST_VALUES = 512
_BASES = {kconfiglib.INT: 10, kconfiglib.HEX: 16}
_LOGICAL = frozenset({kconfiglib.BOOL, kconfiglib.TRISTATE})
ANY_TEXT = "neither-of-these"
"""Represents every string that the tree cannot distinguish from others."""


def relevant_values(
    numbers: Iterable[Any],
    comparisons: Mapping[tuple[Any, Any], bool],
    required: Mapping[str, str] = MappingProxyType({}),
) -> dict[Any, tuple[str, ...]]:
    """The values of each symbol that the tree can distinguish.

    Args:
        numbers: int, hex and string symbols, closed under defaults and ends of ranges.
        comparisons: the two sides of every comparison in the tree, to whether it orders them.
        required: name to a value in question; symbols that share values have it, too.

    Raises:
        LimitError: there are more than 512 for one symbol.
    """
    groups = {symbol: {symbol} for symbol in numbers}
    values: dict[Any, set[str]] = {symbol: {"", "0", "0x0"} for symbol in groups}
    for symbol in groups:
        values[symbol] |= {symbol.name} if symbol.orig_type is kconfiglib.UNKNOWN else set()
    for symbol in (symbol for symbol in groups if symbol.name in required):
        values[symbol].add(required[symbol.name])
    for symbol in list(groups):
        for other in _related(symbol):
            _join(groups, values, symbol, other)
    for first, second in comparisons:
        _join(groups, values, first, second)
        _join(groups, values, second, first)
    compared = {side for sides in comparisons for side in sides if all(each in groups for each in sides)}
    ordered = {side for sides, orders in comparisons.items() for side in sides if orders}
    shared: dict[int, tuple[str, ...]] = {}
    for group in groups.values():
        if id(group) not in shared:
            many = max(1, len(compared & group))
            shared[id(group)] = _all_values(group, values, many, is_ordered=not ordered.isdisjoint(group))
    return {symbol: shared[id(group)] for symbol, group in groups.items()}


def _related(symbol: Any) -> Iterator[Any]:
    """The symbols and constants that a number can take its value from."""
    for default, _ in symbol.defaults:
        yield default
    for low, high, _ in symbol.ranges:
        yield low
        yield high


def _join(groups: dict[Any, set[Any]], values: dict[Any, set[str]], symbol: Any, other: Any) -> None:
    """Let a symbol and an operand share their values."""
    if symbol not in groups:
        return
    if other in groups:
        small, large = sorted((groups[symbol], groups[other]), key=len)
        if small is not large:
            large |= small
            groups.update(dict.fromkeys(small, large))
    elif other.orig_type in _LOGICAL and other.nodes:
        values[symbol] |= {"n", "m", "y"}
    else:
        values[symbol].add(other.name)


def _all_values(
    group: set[Any], values: dict[Any, set[str]], many: int, *, is_ordered: bool
) -> tuple[str, ...]:
    """The values of a group.

    Args:
        group: the symbols.
        values: the constants of each symbol.
        many: how many different values are needed between constants.
        is_ordered: ``<`` or ``>`` is among the comparisons.
    """
    relevant = set().union(*(values[symbol] for symbol in group))
    bases = {_BASES[symbol.orig_type] for symbol in group if symbol.orig_type in _BASES}
    has_strings = any(symbol.orig_type is kconfiglib.STRING for symbol in group)
    _check(group, len(relevant) + (2 * many if bases else 0))
    for base in sorted(bases):
        write = str if base == 10 else hex
        numbers = {int(value, base) for value in relevant if _reads(value, base)}
        relevant |= {write(number + step) for number in numbers for step in range(-many, many + 1)}
    if has_strings:
        followed = relevant if is_ordered else set()
        relevant = relevant | {f"{text}{' ' * count}" for text in followed for count in range(1, many + 1)}
        relevant |= {ANY_TEXT, *(f"{ANY_TEXT}-{number}" for number in range(2, many + 1))}
    _check(group, len(relevant))
    return tuple(sorted(relevant))


def _check(group: set[Any], count: int) -> None:
    """Refuse a group with too many values."""
    if count > _MOST_VALUES:
        name = min(symbol.name for symbol in group)
        raise LimitError(
            f"the tree compares {name} with {count} values; at most {_MOST_VALUES} are supported",
            most=_MOST_VALUES,
            count=count,
            where=name,
            hint="name other symbols",
        )


def _reads(value: str, base: int) -> bool:
    try:
        int(value, base)
    except ValueError:
        return False
    return True
