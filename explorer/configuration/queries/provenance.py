# SPDX-License-Identifier: GPL-2.0-only
"""The statements of Kconfig that decide a value, each with the values that make it decide.

Four rules:

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
from typing import Any, NamedTuple

import kconfiglib

from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.source_locations import aiming, entries, place
from explorer.configuration.tree.tree import Statement, Tree

__all__ = [
    "Cause",
    "SymbolValue",
    "defaults",
    "failing",
    "hidden",
    "imposed",
    "lines",
    "modules",
    "selects",
    "unmet",
    "unselected",
    "value_of",
]

_DEEPEST = 3
_NUMBER = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|[0-9]+)")
_AND, _OR, _NOT = kconfiglib.AND, kconfiglib.OR, kconfiglib.NOT
_LOGICAL = frozenset({kconfiglib.BOOL, kconfiglib.TRISTATE})


class SymbolValue(NamedTuple):
    """The value of a symbol in an evaluation; ``n`` if the tree does not define it.

    Attributes:
        symbol: its name.
        value: its value, without quotes.
        type: its type, as ``Tree.type_of`` names it.
    """

    symbol: str
    value: str
    type: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A statement of Kconfig, and the values that make it decide.

    Attributes:
        statement: the line.
        values: the values that make it decide; may be empty.
        exclusive: the statement is a choice, and its member that is set is the one in ``values``.
    """

    statement: Statement
    values: tuple[SymbolValue, ...] = ()
    exclusive: bool = False


def lines(evaluation: Evaluation, symbol: Any, *words: str) -> list[Cause]:
    """The lines of a symbol that begin with one of some words."""
    return [Cause(line) for line in evaluation.tree.statements(symbol.name) if line.text.startswith(words)]


def unmet(evaluation: Evaluation, symbol: Any, wanted: int, depth: int = _DEEPEST) -> Iterator[Cause]:
    """What hides or caps the prompt of a symbol, so that an answer of this level does not count.

    Args:
        evaluation: the values.
        symbol: one that has a prompt.
        wanted: 1 for m, 2 for y.
        depth: how many further symbols to follow.
    """
    wanted = _enough(symbol, wanted)
    prompts = [node.prompt[1] for node in symbol.nodes if node.prompt]
    best = max(prompts, key=evaluation.level, default=symbol.direct_dep)
    found = list(_failing(evaluation, symbol, best, wanted, depth))
    if not found and symbol.choice:
        found = list(_unmet_choice(evaluation, symbol.choice, symbol.name, wanted, depth))
    yield from found or lines(evaluation, symbol, "config", "menuconfig")


def hidden(evaluation: Evaluation, symbol: Any) -> bool:
    """Whether all that a symbol depends on is met and only the condition of its prompt is not."""
    return not evaluation.visibility(symbol) and bool(evaluation.level(symbol.direct_dep))


def defaults(evaluation: Evaluation, symbol: Any, wanted: int, depth: int = _DEEPEST) -> Iterator[Cause]:
    """The default that decides with what makes it decide, or else why none does.

    Args:
        evaluation: the values.
        symbol: one that nobody is asked for.
        wanted: the level that a bool or tristate does not reach; 0 where it is larger than it should be.
        depth: how many further symbols to follow.
    """
    given = [
        entry for node in symbol.nodes for entry in entries(evaluation.tree, node, symbol.name, "defaults")
    ]
    for default, condition, own, line in given:
        if evaluation.level(condition):
            names = _names_of(
                _content(evaluation, symbol, default, wanted), _content(evaluation, symbol, own, wanted)
            )
            yield Cause(line, _values(evaluation, names))
            for name in names:
                yield from _deeper(evaluation, evaluation.symbol(name), wanted, depth - 1)
            return
    for _, _, own, line in given:
        if not evaluation.level(own):
            yield Cause(line, _values(evaluation, _deciding(evaluation, own, 1, below=True)))
    for node in symbol.nodes:
        yield from _failing(evaluation, symbol, node.dep, max(_enough(symbol, wanted), 1), depth)


def selects(evaluation: Evaluation, symbol: Any, above: int) -> Iterator[Cause]:
    """The select lines that make a symbol larger than a level."""
    yield from _reverse(evaluation, symbol, "selects", symbol.rev_dep, above)


def imposed(evaluation: Evaluation, symbol: Any, above: int) -> Iterator[Cause]:
    """The imply lines that make a symbol larger than a level."""
    yield from _reverse(evaluation, symbol, "implies", symbol.weak_rev_dep, above)


def unselected(evaluation: Evaluation, symbol: Any, wanted: int) -> Iterator[Cause]:
    """The select lines that could make a symbol this large and do not."""
    wanted = _enough(symbol, wanted)
    for selector, condition, own, line in aiming(evaluation.tree, symbol, "selects", symbol.rev_dep):
        if min(evaluation.level(selector), evaluation.level(condition)) >= wanted:
            continue
        names = (
            [selector.name]
            if evaluation.level(selector) < wanted
            else _deciding(evaluation, own, wanted, below=True)
        )
        yield Cause(line, _values(evaluation, names))


def failing(evaluation: Evaluation, symbol: Any, wanted: int) -> Iterator[Cause]:
    """The dependencies of a symbol that are less than wanted, wherever it is defined."""
    for node in symbol.nodes:
        yield from _failing(evaluation, symbol, node.dep, wanted, 1)


def modules(evaluation: Evaluation) -> list[Cause]:
    """The symbol that lets there be modules: without it every m is a y."""
    symbol = evaluation.symbol(evaluation.tree.modules_symbol)
    found = lines(evaluation, symbol, "config", "menuconfig") if symbol.nodes else []
    return [Cause(each.statement, _values(evaluation, [symbol.name])) for each in found]


# --- conditions -------------------------------------------------------------------------------------------


def _failing(
    evaluation: Evaluation, symbol: Any, expression: Any, wanted: int, depth: int
) -> Iterator[Cause]:
    """Each term of a conjunction that is less than wanted, with its line, and why that is so."""
    for term in kconfiglib.split_expr(expression, _AND):
        if evaluation.level(term) >= wanted:
            continue
        if isinstance(term, kconfiglib.Choice):
            yield from _unmet_choice(evaluation, term, symbol.name, wanted, depth)
            continue
        line = place(evaluation.tree, symbol.nodes, symbol.name, term)
        if line is not None:
            yield Cause(line, _values(evaluation, _deciding(evaluation, term, wanted, below=True)))
        yield from _deeper(evaluation, term, wanted, depth - 1)


def _unmet_choice(evaluation: Evaluation, choice: Any, name: str, wanted: int, depth: int) -> Iterator[Cause]:
    """What hides or caps a choice; where nothing does, it was not answered so far."""
    prompts = [node.prompt[1] for node in choice.nodes if node.prompt]
    best = max(prompts, key=evaluation.level, default=choice.direct_dep)
    found = False
    for term in kconfiglib.split_expr(best, _AND):
        if evaluation.level(term) < wanted:
            line = place(evaluation.tree, choice.nodes, name, term)
            found = found or line is not None
            if line is not None:
                yield Cause(line, _values(evaluation, _deciding(evaluation, term, wanted, below=True)))
            yield from _deeper(evaluation, term, wanted, depth - 1)
    if not found:
        yield from (Cause(line) for node in choice.nodes for line in _first(evaluation.tree, node, name))


def _first(tree: Tree, node: Any, name: str) -> list[Statement]:
    return list(tree.node_statements(node, name))[:1]


def _deeper(evaluation: Evaluation, item: Any, wanted: int, depth: int) -> Iterator[Cause]:
    """Why a symbol that a dependency needs is less than wanted, where it is not simply answered so."""
    if depth <= 0 or not isinstance(item, kconfiglib.Symbol) or not item.nodes:
        return
    if item.orig_type not in _LOGICAL or evaluation.level(item) >= wanted:
        return
    wanted = _enough(item, wanted)
    if any(node.prompt for node in item.nodes):
        found = unmet(evaluation, item, wanted, depth) if evaluation.visibility(item) < wanted else iter(())
    elif item.defaults:
        found = defaults(evaluation, item, wanted, depth)
    else:
        found = iter(
            [*lines(evaluation, item, "config"), *islice(unselected(evaluation, item, wanted), _DEEPEST)]
        )
    yield from found


def _enough(symbol: Any, wanted: int) -> int:
    """A bool is y as soon as it is more than n."""
    return min(wanted, 1) if symbol.type is kconfiglib.BOOL else wanted


def _content(evaluation: Evaluation, symbol: Any, expression: Any, wanted: int) -> list[str]:
    """The names that keep an expression below what is wanted, or else those that make it hold."""
    wanted = _enough(symbol, wanted)
    if symbol.orig_type not in _LOGICAL and isinstance(expression, kconfiglib.Symbol):
        return [expression.name] if _has_say(expression) else []
    if evaluation.level(expression) < wanted:
        return _deciding(evaluation, expression, wanted, below=True)
    return _deciding(evaluation, expression, 1, below=False)


def _names_of(*parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for part in parts for name in part))


def _deciding(evaluation: Evaluation, expression: Any, level: int, *, below: bool) -> list[str]:
    """The names whose values suffice to keep an expression below a level, or not below it."""
    operator = expression[0] if isinstance(expression, tuple) else None
    if operator in {_AND, _OR}:
        if (operator is _OR) == below:  # every part is needed
            return _names_of(*(_deciding(evaluation, part, level, below=below) for part in expression[1:]))
        enough = [part for part in expression[1:] if (evaluation.level(part) < level) == below]
        if not below:
            del enough[1:]
        return _names_of(*(_deciding(evaluation, part, level, below=below) for part in enough))
    if operator is _NOT:
        return _deciding(evaluation, expression[1], 3 - level, below=not below)
    items = expression[1:] if operator is not None else (expression,)
    return [item.name for item in items if _has_say(item)]


def _has_say(item: Any) -> bool:
    """Whether something is a symbol; kconfiglib makes one of every number, too."""
    return isinstance(item, kconfiglib.Symbol) and not item.is_constant and not _NUMBER.fullmatch(item.name)


def _values(evaluation: Evaluation, names: Iterable[str]) -> tuple[SymbolValue, ...]:
    """The values of symbols."""
    return tuple(value_of(evaluation, name) for name in names)


def value_of(evaluation: Evaluation, name: str) -> SymbolValue:
    """The value of a symbol with its type."""
    return SymbolValue(name, evaluation.value(name), evaluation.tree.type_of(name))


def _reverse(evaluation: Evaluation, symbol: Any, kind: str, aimed: Any, above: int) -> Iterator[Cause]:
    for selector, condition, own, line in aiming(evaluation.tree, symbol, kind, aimed):
        if min(evaluation.level(selector), evaluation.level(condition)) > above:
            names = _names_of([selector.name], _deciding(evaluation, own, above + 1, below=False))
            yield Cause(line, _values(evaluation, names))
