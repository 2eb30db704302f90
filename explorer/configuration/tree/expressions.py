# SPDX-License-Identifier: GPL-2.0-or-later
"""Walks kconfiglib's expressions without recursion: a stranger's tree can nest them ten thousand deep.

An expression is a symbol or choice, or a tuple of an operator and its operands. Expressions share parts: an
``if`` around a thousand symbols is one tuple in the conditions of all of them.

kconfiglib's own functions are recursive. They are replaced by those of this module.
"""

from collections.abc import Callable, Iterator
from typing import Any

import kconfiglib

from explorer.errors import LimitError

__all__ = [
    "ExpressionShapes",
    "conjuncts",
    "disjuncts",
    "expression_text",
    "has_prompt_elsewhere",
    "is_comparison",
    "operands",
    "requires",
]

_CONNECTIVES = frozenset({kconfiglib.AND, kconfiglib.OR, kconfiglib.NOT})
_MOST_DEPENDENTS = 4_000_000  # 6.12 has 81,000; each takes 140 bytes


def conjuncts(expression: Any) -> Iterator[Any]:
    """The operands of ``&&``, in order."""
    return _parts(expression, kconfiglib.AND)


def disjuncts(expression: Any) -> Iterator[Any]:
    """The operands of ``||``, in order."""
    return _parts(expression, kconfiglib.OR)


def _parts(expression: Any, operator: Any) -> Iterator[Any]:
    pending = [expression]
    while pending:
        part = pending.pop()
        if part.__class__ is tuple and part[0] is operator:
            pending += (part[2], part[1])
        else:
            yield part


def requires(condition: Any, choice: Any) -> bool:
    """Whether a choice is an operand of the ``&&`` of a condition: that of a definition inside the choice."""
    return any(part is choice for part in conjuncts(condition))


def has_prompt_elsewhere(member: Any) -> bool:
    """Whether a member of a choice has a prompt outside its choice."""
    prompts = (node.prompt for node in member.nodes if node.prompt)
    return not all(requires(condition, member.choice) for _, condition in prompts)


def is_comparison(expression: Any) -> bool:
    """Whether an expression compares two symbols."""
    return expression.__class__ is tuple and expression[0] not in _CONNECTIVES


def operands(expression: Any) -> set[Any]:
    """The symbols, choices and constants in an expression (``expr_items()``)."""
    found: set[Any] = set()
    pending = [expression]
    while pending:
        part = pending.pop()
        if part.__class__ is tuple:
            pending += part[1:]
        else:
            found.add(part)
    return found


def expression_text(
    expression: Any, operand_text: Callable[[Any], str] = kconfiglib.standard_sc_expr_str
) -> str:
    """An expression as Kconfig writes it (``expr_str()``).

    Args:
        expression: the expression.
        operand_text: writes a symbol, choice or constant.
    """
    written: list[str] = []
    pending = [expression]
    while pending:
        part = pending.pop()
        if part.__class__ is str:
            written.append(part)
        elif part.__class__ is tuple:
            pending += _written_parts(*part)
        else:
            written.append(operand_text(part))
    return "".join(written)


def _written_parts(operator: Any, left: Any, right: Any = None) -> tuple[Any, ...]:
    """The texts and operands of an expression, the last one first."""
    if operator is kconfiglib.AND or operator is kconfiglib.OR:
        sign, other = (" && ", kconfiglib.OR) if operator is kconfiglib.AND else (" || ", kconfiglib.AND)
        return (*_in_parentheses(right, other), sign, *_in_parentheses(left, other))
    if operator is kconfiglib.NOT:
        return (")", left, "!(") if left.__class__ is tuple else (left, "!")
    return (right, f" {kconfiglib.REL_TO_STR[operator]} ", left)


def _in_parentheses(expression: Any, operator: Any) -> tuple[Any, ...]:
    """An expression, in parentheses if it has an operator."""
    has_operator = expression.__class__ is tuple and expression[0] is operator
    return (")", expression, "(") if has_operator else (expression,)


class ExpressionShapes:
    """Numbers expressions: equal ones have the same number. Comparing tuples is recursive.

    The expressions must live as long as this object.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._known: dict[int, int] = {}

    def of(self, expression: Any) -> Any:
        """The number of an expression; a symbol or choice itself."""
        known, pending = self._known, [expression]
        while pending:
            part = pending[-1]
            nested = self._nested(part)
            pending += nested
            if not nested:
                pending.pop()
                if part.__class__ is tuple and id(part) not in known:
                    shape = (part[0], *map(self._shape, part[1:]))
                    known[id(part)] = self._numbers.setdefault(shape, len(self._numbers))
        return self._shape(expression)

    def _nested(self, part: Any) -> list[Any]:
        """The operands of an expression that have no number yet."""
        if part.__class__ is not tuple or id(part) in self._known:
            return []
        return [side for side in part[1:] if side.__class__ is tuple and id(side) not in self._known]

    def _shape(self, part: Any) -> Any:
        return self._known[id(part)] if part.__class__ is tuple else part


def _add_dependent(item: Any, expression: Any) -> None:
    """Register an item as a dependent of every symbol and choice in an expression (``_depend_on()``)."""
    pending = [expression]
    while pending:
        part = pending.pop()
        if part.__class__ is tuple:
            pending += part[1:]
        elif not part.is_constant and item not in part._dependents:  # noqa: SLF001 # as kconfiglib does
            part._dependents.add(item)  # noqa: SLF001 # as above
            _count_dependent(item.kconfig)


def _count_dependent(kconfig: Any) -> None:
    """Count a symbol in a condition; a thousand blocks inside each other multiply their conditions.

    Raises:
        LimitError: there are too many.
    """
    count = getattr(kconfig, "dependents", None)  # a tree that this program did not parse has no limit
    if count is None:
        return
    if count >= _MOST_DEPENDENTS:
        what = f"symbols depend on more than {_MOST_DEPENDENTS} others in all, with the blocks around them"
        raise LimitError(what, most=_MOST_DEPENDENTS, where=kconfig.filename, hint="nest fewer blocks")
    kconfig.dependents = count + 1


def _limits(expression: Any, symbol: Any) -> bool:
    """Whether an operand of a conjunction is a symbol, or says that it is not n (``_expr_depends_on()``)."""
    pending = [expression]
    while pending:
        part = pending.pop()
        if part is symbol:
            return True
        if part.__class__ is tuple:
            if part[0] is kconfiglib.AND:
                pending += (part[2], part[1])
            elif _excludes_n(part, symbol):
                return True
    return False


def _excludes_n(comparison: Any, symbol: Any) -> bool:
    """Whether an expression is ``symbol = m``, ``symbol = y`` or ``symbol != n``, in any order.

    kconfiglib also takes ``symbol != y``, by the precedence of its ``and`` and ``or``.
    """
    operator, first, *second = comparison
    if operator not in {kconfiglib.EQUAL, kconfiglib.UNEQUAL} or symbol not in (first, *second):
        return False
    other = first if second[0] is symbol else second[0]
    constants = symbol.kconfig
    return other is constants.y or other is (constants.m if operator is kconfiglib.EQUAL else constants.n)


kconfiglib.expr_str = expression_text
kconfiglib.expr_items = operands
kconfiglib.split_expr = lambda expression, operator: list(_parts(expression, operator))
kconfiglib._depend_on = _add_dependent  # noqa: SLF001 # the functions below are private
kconfiglib._expr_depends_on = _limits  # noqa: SLF001 # as above
