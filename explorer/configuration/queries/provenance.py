# SPDX-License-Identifier: GPL-2.0-only
"""The statements of Kconfig that decide a value, each with the values that make it decide.

All is asked of the answers that the tree has been given. Four rules:

1. A condition decides by the part of it that fails, or by the first part that holds: the other parts are not
   named, for changing them would change nothing.
2. A bool or a hidden prompt is content with m where a tristate that shall be y is not.
3. A statement is found where it was written: at the symbol, at a block around it, or around the source of its
   file. kconfiglib has folded all of these together.
4. Where a dependency fails because of a symbol that has no say itself (no prompt, or a hidden one), the
   statements behind that symbol follow, a few steps deep.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import kconfiglib

from explorer.configuration.tree.source_locations import aiming, entries, place
from explorer.configuration.tree.tree import Statement, Tree

__all__ = [
    "Cause",
    "defaults",
    "failing",
    "hidden",
    "imposed",
    "lines",
    "modules",
    "selects",
    "unmet",
    "unselected",
]

_DEEPEST = 3
_NUMBER = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|[0-9]+)")
_AND, _OR, _NOT = kconfiglib.AND, kconfiglib.OR, kconfiglib.NOT
_LOGICAL = frozenset({kconfiglib.BOOL, kconfiglib.TRISTATE})


@dataclass(frozen=True, slots=True)
class Cause:
    """A statement of Kconfig, and the values that make it decide.

    Attributes:
        statement: the line.
        because: values in the configuration at hand, such as ``DEBUG_KERNEL=n``; may be empty.
    """

    statement: Statement
    because: str = ""


def lines(tree: Tree, symbol: Any, *words: str) -> list[Cause]:
    """The lines of a symbol that begin with one of some words."""
    return [Cause(line) for line in tree.statements(symbol.name) if line.text.startswith(words)]


def unmet(tree: Tree, symbol: Any, wanted: int, depth: int = _DEEPEST) -> Iterator[Cause]:
    """What hides or caps the prompt of a symbol, so that an answer of this level does not count.

    Args:
        tree: the tree.
        symbol: one that has a prompt.
        wanted: 1 for m, 2 for y.
        depth: how many further symbols to follow.
    """
    wanted = _enough(symbol, wanted)
    prompts = [node.prompt[1] for node in symbol.nodes if node.prompt]
    best = max(prompts, key=kconfiglib.expr_value, default=symbol.direct_dep)
    found = list(_failing(tree, symbol, best, wanted, depth))
    if not found and symbol.choice:
        found = list(_unmet_choice(tree, symbol.choice, symbol.name, wanted, depth))
    yield from found or lines(tree, symbol, "config", "menuconfig")


def hidden(symbol: Any) -> bool:
    """Whether all that a symbol depends on is met and only the condition of its prompt is not."""
    return not symbol.visibility and bool(kconfiglib.expr_value(symbol.direct_dep))


def defaults(tree: Tree, symbol: Any, wanted: int, depth: int = _DEEPEST) -> Iterator[Cause]:
    """The default that decides with what makes it decide, or else why none does.

    Args:
        tree: the tree.
        symbol: one that nobody is asked for.
        wanted: the level that a bool or tristate does not reach; 0 where it is larger than it should be.
        depth: how many further symbols to follow.
    """
    given = [entry for node in symbol.nodes for entry in entries(tree, node, symbol.name, "defaults")]
    for default, condition, own, line in given:
        if kconfiglib.expr_value(condition):
            names = _names_of(_content(symbol, default, wanted), _content(symbol, own, wanted))
            yield Cause(line, _values(tree, names))
            for name in names:
                yield from _deeper(tree, tree.kconfig.syms.get(name), wanted, depth - 1)
            return
    for _, _, own, line in given:
        if not kconfiglib.expr_value(own):
            yield Cause(line, _values(tree, _deciding(own, 1, below=True)))
    for node in symbol.nodes:
        yield from _failing(tree, symbol, node.dep, max(_enough(symbol, wanted), 1), depth)


def selects(tree: Tree, symbol: Any, above: int) -> Iterator[Cause]:
    """The select lines that make a symbol larger than a level."""
    yield from _reverse(tree, symbol, "selects", symbol.rev_dep, above)


def imposed(tree: Tree, symbol: Any, above: int) -> Iterator[Cause]:
    """The imply lines that make a symbol larger than a level."""
    yield from _reverse(tree, symbol, "implies", symbol.weak_rev_dep, above)


def unselected(tree: Tree, symbol: Any, wanted: int) -> Iterator[Cause]:
    """The select lines that could make a symbol this large and do not."""
    wanted = _enough(symbol, wanted)
    for selector, condition, own, line in aiming(tree, symbol, "selects", symbol.rev_dep):
        if min(selector.tri_value, kconfiglib.expr_value(condition)) >= wanted:
            continue
        names = [selector.name] if selector.tri_value < wanted else _deciding(own, wanted, below=True)
        yield Cause(line, _values(tree, names))


def failing(tree: Tree, symbol: Any, wanted: int) -> Iterator[Cause]:
    """The dependencies of a symbol that are less than wanted, wherever it is defined."""
    for node in symbol.nodes:
        yield from _failing(tree, symbol, node.dep, wanted, 1)


def modules(tree: Tree) -> list[Cause]:
    """The symbol that lets there be modules: without it every m is a y."""
    symbol = tree.kconfig.modules
    found = lines(tree, symbol, "config", "menuconfig") if symbol.nodes else []
    return [Cause(each.statement, _values(tree, [symbol.name])) for each in found]


# --- conditions -------------------------------------------------------------------------------------------


def _failing(tree: Tree, symbol: Any, expression: Any, wanted: int, depth: int) -> Iterator[Cause]:
    """Each term of a conjunction that is less than wanted, with its line, and why that is so."""
    for term in kconfiglib.split_expr(expression, _AND):
        if kconfiglib.expr_value(term) >= wanted:
            continue
        if isinstance(term, kconfiglib.Choice):
            yield from _unmet_choice(tree, term, symbol.name, wanted, depth)
            continue
        line = place(tree, symbol.nodes, symbol.name, term)
        if line is not None:
            yield Cause(line, _values(tree, _deciding(term, wanted, below=True)))
        yield from _deeper(tree, term, wanted, depth - 1)


def _unmet_choice(tree: Tree, choice: Any, name: str, wanted: int, depth: int) -> Iterator[Cause]:
    """What hides or caps a choice; where nothing does, it was not answered so far."""
    prompts = [node.prompt[1] for node in choice.nodes if node.prompt]
    best = max(prompts, key=kconfiglib.expr_value, default=choice.direct_dep)
    found = False
    for term in kconfiglib.split_expr(best, _AND):
        if kconfiglib.expr_value(term) < wanted:
            line = place(tree, choice.nodes, name, term)
            found = found or line is not None
            if line is not None:
                yield Cause(line, _values(tree, _deciding(term, wanted, below=True)))
            yield from _deeper(tree, term, wanted, depth - 1)
    if not found:
        yield from (Cause(line) for node in choice.nodes for line in _first(tree, node, name))


def _first(tree: Tree, node: Any, name: str) -> list[Statement]:
    return list(tree.node_statements(node, name))[:1]


def _deeper(tree: Tree, item: Any, wanted: int, depth: int) -> Iterator[Cause]:
    """Why a symbol that a dependency needs is less than wanted, where it is not simply answered so."""
    if depth <= 0 or not isinstance(item, kconfiglib.Symbol) or not item.nodes:
        return
    if item.orig_type not in _LOGICAL or item.tri_value >= wanted:
        return
    wanted = _enough(item, wanted)
    if any(node.prompt for node in item.nodes):
        found = unmet(tree, item, wanted, depth) if item.visibility < wanted else iter(())
    elif item.defaults:
        found = defaults(tree, item, wanted, depth)
    else:
        found = iter([*lines(tree, item, "config"), *islice(unselected(tree, item, wanted), _DEEPEST)])
    yield from found


def _enough(symbol: Any, wanted: int) -> int:
    """A bool is y as soon as it is more than n."""
    return min(wanted, 1) if symbol.type is kconfiglib.BOOL else wanted


def _content(symbol: Any, expression: Any, wanted: int) -> list[str]:
    """The names that keep an expression below what is wanted, or else those that make it hold."""
    wanted = _enough(symbol, wanted)
    if symbol.orig_type not in _LOGICAL and isinstance(expression, kconfiglib.Symbol):
        return [expression.name] if _has_say(expression) else []
    if kconfiglib.expr_value(expression) < wanted:
        return _deciding(expression, wanted, below=True)
    return _deciding(expression, 1, below=False)


def _names_of(*parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for part in parts for name in part))


def _deciding(expression: Any, level: int, *, below: bool) -> list[str]:
    """The names whose values suffice to keep an expression below a level, or not below it."""
    operator = expression[0] if isinstance(expression, tuple) else None
    if operator in {_AND, _OR}:
        if (operator is _OR) == below:  # every part is needed
            return _names_of(*(_deciding(part, level, below=below) for part in expression[1:]))
        enough = [part for part in expression[1:] if (kconfiglib.expr_value(part) < level) == below]
        if not below:
            del enough[1:]
        return _names_of(*(_deciding(part, level, below=below) for part in enough))
    if operator is _NOT:
        return _deciding(expression[1], 3 - level, below=not below)
    items = expression[1:] if operator is not None else (expression,)
    return [item.name for item in items if _has_say(item)]


def _has_say(item: Any) -> bool:
    """Whether something is a symbol; kconfiglib makes one of every number, too."""
    return isinstance(item, kconfiglib.Symbol) and not item.is_constant and not _NUMBER.fullmatch(item.name)


def _values(tree: Tree, names: Iterable[str]) -> str:
    """The values of symbols; what the tree does not define is n, strings stand in quotes."""
    told = []
    for name in names:
        value = tree.value(name)
        told.append(f'{name}="{value}"' if tree.type_of(name) == "string" else f"{name}={value}")
    return ", ".join(told)


def _reverse(tree: Tree, symbol: Any, kind: str, aimed: Any, above: int) -> Iterator[Cause]:
    for selector, condition, own, line in aiming(tree, symbol, kind, aimed):
        if min(selector.tri_value, kconfiglib.expr_value(condition)) > above:
            names = _names_of([selector.name], _deciding(own, above + 1, below=False))
            yield Cause(line, _values(tree, names))
