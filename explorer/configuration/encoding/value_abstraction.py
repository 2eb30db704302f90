# SPDX-License-Identifier: GPL-2.0-or-later
"""A finite abstraction of int, hex and string symbols: the values that the tree can distinguish.

These are the constants that the tree compares a number with, their neighbours, and the constants of defaults
and ranges. Symbols that are compared with each other, or are defaults or ends of ranges of each other, share
their values. One string represents all others.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import kconfiglib

from explorer.errors import LimitError

__all__ = ["ANY_TEXT", "relevant_values"]

_MOST_VALUES = 128
_BASES = {kconfiglib.INT: 10, kconfiglib.HEX: 16}
_LOGICAL = frozenset({kconfiglib.BOOL, kconfiglib.TRISTATE})
ANY_TEXT = "neither-of-these"
"""Represents every string that the tree cannot distinguish from others."""


def relevant_values(
    numbers: Iterable[Any],
    comparisons: Iterable[tuple[Any, Any]],
    required: Mapping[str, str] = MappingProxyType({}),
) -> dict[Any, tuple[str, ...]]:
    """The values of each symbol that the tree can distinguish.

    Args:
        numbers: int, hex and string symbols, closed under defaults and ends of ranges.
        comparisons: the two sides of every comparison in the tree.
        required: name to a value in question; symbols that share values have it, too.

    Raises:
        LimitError: there are more than 128 for one symbol.
    """
    groups = {symbol: {symbol} for symbol in numbers}
    values: dict[Any, set[str]] = {symbol: {"", "0", "0x0"} for symbol in groups}
    for symbol in (symbol for symbol in groups if symbol.name in required):
        values[symbol].add(required[symbol.name])
    for symbol in list(groups):
        for other in _related(symbol):
            _join(groups, values, symbol, other)
    for first, second in comparisons:
        _join(groups, values, first, second)
        _join(groups, values, second, first)
    shared: dict[int, tuple[str, ...]] = {}
    for group in groups.values():
        if id(group) not in shared:
            shared[id(group)] = _all_values(group, values)
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
        if groups[other] is not groups[symbol]:
            groups[symbol] |= groups[other]
            for member in groups[other]:
                groups[member] = groups[symbol]
    elif other.orig_type in _LOGICAL and other.nodes:
        values[symbol] |= {"n", "m", "y"}
    else:
        values[symbol].add(other.name)


def _all_values(group: set[Any], values: dict[Any, set[str]]) -> tuple[str, ...]:
    """The values of a group, each number with its neighbours, and one other string."""
    relevant = set().union(*(values[symbol] for symbol in group))
    bases = {_BASES[symbol.orig_type] for symbol in group if symbol.orig_type in _BASES}
    for base in bases:
        write = str if base == 10 else hex
        numbers = {int(value, base) for value in relevant if _reads(value, base)}
        relevant |= {write(number + step) for number in numbers for step in (-1, 0, 1)}
    if any(symbol.orig_type is kconfiglib.STRING for symbol in group):
        relevant.add(ANY_TEXT)
    if len(relevant) > _MOST_VALUES:
        name = min(symbol.name for symbol in group)
        raise LimitError(
            f"the tree compares {name} with {len(relevant)} values; at most {_MOST_VALUES} are supported",
            most=_MOST_VALUES,
            count=len(relevant),
            where=name,
            hint="name other symbols",
        )
    return tuple(sorted(relevant))


def _reads(value: str, base: int) -> bool:
    try:
        int(value, base)
    except ValueError:
        return False
    return True
