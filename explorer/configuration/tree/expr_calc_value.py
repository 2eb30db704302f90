# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares values as the kernel's ``expr_calc_value()`` does (scripts/kconfig/expr.c).

1. Two strings are compared as text.
2. Otherwise both operands are read as numbers: an int in base 10, a hex in base 16 and without sign, a
   string, a constant or an undefined symbol as C writes numbers, and a bool or tristate as 0, 1 or 2.
3. If one of them is no number, both are compared as text.

In old copies of Kconfig a bool or tristate is no number (``ValueRules.compares_levels``), or the literals n,
m and y are none (``ValueRules.literals_have_type``).

kconfiglib's ``expr_value()`` is replaced. Expressions nest to any depth.
"""

import re
from typing import Any

import kconfiglib

from explorer.configuration.tree.value_rules import ValueRules

__all__ = ["comparable", "compare", "comparison_type"]

_LOGICAL = frozenset({kconfiglib.BOOL, kconfiglib.TRISTATE})
_LEVELS = {"n": 0, "m": 1, "y": 2}
_NUMBER = {
    kconfiglib.INT: re.compile(r"\s*[+-]?[0-9]+", re.ASCII),
    kconfiglib.HEX: re.compile(r"\s*[+-]?(?:0[xX])?[0-9a-fA-F]+", re.ASCII),
}
_C_NUMBER = re.compile(r"\s*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))", re.ASCII)
_SIGNED, _UNSIGNED = 1 << 63, 1 << 64
_CONNECTIVES = frozenset({kconfiglib.AND, kconfiglib.OR, kconfiglib.NOT})
_NEWEST = ValueRules.of(None)
_MOST_NESTED = 8  # calls; no more than two or three are usual


def comparison_type(item: Any, rules: ValueRules = _NEWEST) -> Any:
    """The type by which a symbol or constant is compared; ``UNKNOWN`` if it is read as C writes numbers."""
    kind = item.orig_type
    if kind in _LOGICAL and not (rules.literals_have_type if item.is_constant else rules.compares_levels):
        return kconfiglib.UNKNOWN
    return kind


def comparable(value: str, kind: Any) -> int | None:
    """The number that a comparison uses for a value of a type; ``None`` if it compares text."""
    if kind in _LOGICAL:
        return _LEVELS.get(value, -1)
    if kind in _NUMBER:
        base = 16 if kind is kconfiglib.HEX else 10
        number = int(value, base) if _NUMBER[kind].fullmatch(value) else None
    else:
        number = _c_number(value)
    if number is None:
        return None
    if kind is kconfiglib.HEX:
        return number % _UNSIGNED if abs(number) < _UNSIGNED else None
    return number if -_SIGNED <= number < _SIGNED else None


def compare(operator: Any, first: tuple[str, Any], second: tuple[str, Any]) -> bool:
    """Whether a comparison holds.

    Args:
        operator: kconfiglib's token.
        first: the value on the left, and its ``comparison_type``.
        second: the value on the right, likewise.
    """
    order = _order(first, second)
    return {
        kconfiglib.EQUAL: order == 0,
        kconfiglib.UNEQUAL: order != 0,
        kconfiglib.LESS: order < 0,
        kconfiglib.LESS_EQUAL: order <= 0,
        kconfiglib.GREATER: order > 0,
        kconfiglib.GREATER_EQUAL: order >= 0,
    }[operator]


def _order(first: tuple[str, Any], second: tuple[str, Any]) -> int:
    """Below, equal to or above 0 as the left value is less than, equal to or greater than the right one."""
    kinds = {first[1], second[1]}
    if kinds != {kconfiglib.STRING}:
        left, right = comparable(*first), comparable(*second)
        if left is not None and right is not None:
            if kconfiglib.HEX in kinds:
                left, right = left % _UNSIGNED, right % _UNSIGNED
            return (left > right) - (left < right)
    return (first[0] > second[0]) - (first[0] < second[0])


def _c_number(text: str) -> int | None:
    """A number in base 16, 8 or 10, as its prefix says."""
    match = _C_NUMBER.fullmatch(text)
    if not match:
        return None
    sign, hexadecimal, octal, decimal = match.groups()
    digits, base = (hexadecimal, 16) if hexadecimal else (octal, 8) if octal else (decimal, 10)
    return int(sign + digits, base)


def _expr_value(expression: Any, nested: int = 0) -> int:
    """The value of an expression: 0 for n, 1 for m, 2 for y.

    Args:
        expression: the expression.
        nested: how many calls of this function are around this one.
    """
    if expression.__class__ is not tuple:
        return expression.tri_value  # type: ignore[no-any-return] # kconfiglib is untyped
    if nested > _MOST_NESTED:
        return _value_of_nested(expression)
    operator, first = expression[0], expression[1]
    if operator is kconfiglib.AND:
        level = _expr_value(first, nested + 1)
        return 0 if not level else min(level, _expr_value(expression[2], nested + 1))
    if operator is kconfiglib.OR:
        level = _expr_value(first, nested + 1)
        return 2 if level == 2 else max(level, _expr_value(expression[2], nested + 1))  # y
    if operator is kconfiglib.NOT:
        return 2 - _expr_value(first, nested + 1)
    return _comparison_value(expression)


def _comparison_value(expression: Any) -> int:
    operator, first, second = expression
    rules = getattr(first.kconfig, "rules", _NEWEST)
    left, right = ((item.str_value, comparison_type(item, rules)) for item in (first, second))
    return 2 * compare(operator, left, right)


def _value_of_nested(expression: Any) -> int:
    """As ``_expr_value``, on a list instead of Python's stack; a part that is shared is evaluated once."""
    known = getattr(_first_operand(expression).kconfig, "nested_levels", {})
    levels: list[int] = []
    pending: list[Any] = [expression]
    while pending:
        part = pending.pop()
        if part.__class__ is list:
            _apply(part[0], part[1], levels, pending, known)
        elif part.__class__ is not tuple:
            levels.append(part.tri_value)
        elif id(part) in known:
            levels.append(known[id(part)][0])
        elif part[0] in _CONNECTIVES:
            pending += ([part, 1], part[1])
        else:
            levels.append(_comparison_value(part))
    return levels[0]


def _first_operand(expression: Any) -> Any:
    while expression.__class__ is tuple:
        expression = expression[1]
    return expression


def _apply(
    expression: Any, evaluated: int, levels: list[int], pending: list[Any], known: dict[int, tuple[int, Any]]
) -> None:
    """Apply an operator to the levels of one or two operands, or have the second operand evaluated."""
    operator, level = expression[0], levels.pop()
    if evaluated == 2:
        level = min(levels.pop(), level) if operator is kconfiglib.AND else max(levels.pop(), level)
    elif operator is kconfiglib.NOT:
        level = 2 - level
    elif level != (0 if operator is kconfiglib.AND else 2):
        levels.append(level)
        pending += ([expression, 2], expression[2])
        return
    levels.append(level)
    known[id(expression)] = level, expression  # which must live as long as its id is a key


kconfiglib.expr_value = _expr_value
