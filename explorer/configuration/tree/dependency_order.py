# SPDX-License-Identifier: GPL-2.0-or-later
"""Evaluates symbols in the order of their dependencies, and invalidates values, without recursion.

kconfiglib computes a value from the values that it depends on, on Python's stack. That is fast and fits most
trees: in Linux 6.12 the longest chain of dependencies has 77 symbols. Where values nest deeper than
``MOST_NESTED``, the operands of the innermost are evaluated first, from the end of the chain.
"""

from collections.abc import Iterator
from typing import Any

import kconfiglib

__all__ = ["MOST_NESTED", "evaluate_operands", "invalidate"]

MOST_NESTED = 25
"""Values that may be computed within each other; each takes up to 25 calls of functions."""
_LOGICAL = frozenset({kconfiglib.BOOL, kconfiglib.TRISTATE})
_NOT_CACHED = kconfiglib._NO_CACHED_SELECTION  # noqa: SLF001 # kconfiglib's own mark


def evaluate_operands(symbol: Any) -> None:
    """Compute and cache all values that the value of a symbol depends on.

    The members of a choice depend on the conditions of each other, so a choice is evaluated with its members.
    A part that several expressions share is visited once.
    """
    kconfig = symbol.kconfig
    nested, kconfig.nested_values = kconfig.nested_values, 0
    first = _group(symbol)
    pending: list[Any] = [*map(_group, _operands(first)), kconfig.modules]
    seen = {id(first)}
    while pending:
        item = pending.pop()
        if item.__class__ is list:  # an item whose operands have been evaluated
            _evaluate(*item)
        elif id(item) not in seen:
            seen.add(id(item))
            if item.__class__ is not tuple:
                pending.append([item])
            pending += map(_group, _operands(item))
    kconfig.nested_values = nested


def _group(item: Any) -> Any:
    """The choice of a member; any other item or expression is returned."""
    return item.choice or item if item.__class__ is kconfiglib.Symbol else item


def _operands(item: Any) -> Iterator[Any]:
    """The expressions of an item without a value, or the operands of an expression."""
    if item.__class__ is tuple:
        yield from item[1:]
    elif item.__class__ is kconfiglib.Choice:
        if item._cached_selection is _NOT_CACHED:  # noqa: SLF001 # whether kconfiglib has a value
            yield item.direct_dep
            yield from (node.prompt[1] for node in item.nodes if node.prompt)
            yield from (condition for _, condition in item.defaults)
        for member in item.syms:
            yield from _expressions(member)
    else:
        yield from _expressions(item)


def _expressions(symbol: Any) -> Iterator[Any]:
    """The expressions that the value of a symbol depends on; none if the value is known."""
    known = symbol._cached_tri_val if symbol.orig_type in _LOGICAL else symbol._cached_str_val  # noqa: SLF001 # as above
    if known is not None or not symbol.nodes:
        return
    yield from (node.prompt[1] for node in symbol.nodes if node.prompt)
    for default, condition in symbol.defaults:
        yield default
        yield condition
    for bounds in symbol.ranges:
        yield from bounds
    yield from (symbol.rev_dep, symbol.weak_rev_dep, symbol.direct_dep)


def _evaluate(item: Any) -> None:
    """Compute and cache the value of a symbol, or those of a choice and its members."""
    if item.__class__ is kconfiglib.Choice:
        _ = item.selection
        for member in item.syms:
            _ = member.str_value
    else:
        _ = item.str_value


def invalidate(item: Any) -> None:
    """Forget the value of an item and all values that depend on it (``_rec_invalidate()``).

    An item without a cached visibility has no cached value, and no item that depends on it has one.
    """
    pending = [item]
    modules = item.kconfig.modules
    getattr(item.kconfig, "nested_levels", {}).clear()
    while pending:
        item = pending.pop()
        if item is modules:  # the types of all tristates depend on it
            item.kconfig._invalidate_all()  # noqa: SLF001 # as kconfiglib does
            return
        item._invalidate()  # noqa: SLF001 # as above
        pending += [other for other in item._dependents if other._cached_vis is not None]  # noqa: SLF001 # as above


kconfiglib.Symbol._rec_invalidate = invalidate  # noqa: SLF001 # replaces the recursive methods
kconfiglib.Choice._rec_invalidate = invalidate  # noqa: SLF001 # as above
