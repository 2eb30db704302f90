# SPDX-License-Identifier: GPL-2.0-or-later
"""The provenance of a value: the statements of Kconfig that decide it, with the values that make them decide.

1. Of a condition the operands that are not met are named, or the first operand that suffices. A change of
   the others alone would not change the condition.
2. The level m suffices for a bool and for a prompt; a tristate that shall be y needs y.
3. A statement is named at its own line: at the symbol, at a block around it, or around the ``source`` of its
   file. kconfiglib has merged all of these.
4. If a dependency is not met because of a symbol without a visible prompt, the statements that decide that
   symbol follow, at most three symbols deep.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import kconfiglib

from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.source_locations import line_of_term, properties_of, reverse_dependencies
from explorer.configuration.tree.tree import Statement, Tree

__all__ = [
    "Cause",
    "SymbolValue",
    "defaults",
    "hidden",
    "implied_by",
    "lines",
    "modules",
    "selects",
    "unmet",
    "unmet_dependencies",
    "unselected",
    "value_of",
]

_MAX_DEPTH = 3
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
        values: the values; may be empty.
        exclusive: the statement is a choice, and ``values`` holds the member that is set.
    """

    statement: Statement
    values: tuple[SymbolValue, ...] = ()
    exclusive: bool = False


def lines(evaluation: Evaluation, symbol: Any, *words: str) -> list[Cause]:
    """The lines of a symbol that begin with one of some words."""
    return [Cause(line) for line in evaluation.tree.statements(symbol.name) if line.text.startswith(words)]


def unmet(evaluation: Evaluation, symbol: Any, level: int, depth: int = _MAX_DEPTH) -> Iterator[Cause]:
    """Why the visibility of a symbol is below a level, so that an answer of this level has no effect.

    Args:
        evaluation: the values.
        symbol: a symbol with a prompt.
        level: 1 for m, 2 for y.
        depth: how many further symbols to follow.
    """
    level = _sufficient(symbol, level)
    prompts = [node.prompt[1] for node in symbol.nodes if node.prompt]
    best = max(prompts, key=evaluation.level, default=symbol.direct_dep)
    causes = list(_unmet_operands(evaluation, symbol, best, level, depth))
    if not causes and symbol.choice:
        causes = list(_unmet_choice(evaluation, symbol.choice, symbol.name, level, depth))
    yield from causes or lines(evaluation, symbol, "config", "menuconfig")


def hidden(evaluation: Evaluation, symbol: Any) -> bool:
    """Whether all dependencies of a symbol are met and only the condition of its prompt is not."""
    return not evaluation.visibility(symbol) and bool(evaluation.level(symbol.direct_dep))


def defaults(evaluation: Evaluation, symbol: Any, level: int, depth: int = _MAX_DEPTH) -> Iterator[Cause]:
    """The default that is in force, or why none is.

    Args:
        evaluation: the values.
        symbol: a symbol without a visible prompt.
        level: the level that a bool or tristate does not reach; 0 if its value is above the requested one.
        depth: how many further symbols to follow.
    """
    with_lines = [
        entry
        for node in symbol.nodes
        for entry in properties_of(evaluation.tree, node, symbol.name, "defaults")
    ]
    for default, condition, own, line in with_lines:
        if evaluation.level(condition):
            names = _unique(
                _operands(evaluation, symbol, default, level), _operands(evaluation, symbol, own, level)
            )
            yield Cause(line, _values(evaluation, names))
            for name in names:
                yield from _behind(evaluation, evaluation.symbol(name), level, depth - 1)
            return
    for _, _, own, line in with_lines:
        if not evaluation.level(own):
            yield Cause(line, _values(evaluation, _deciding(evaluation, own, 1, below=True)))
    for node in symbol.nodes:
        yield from _unmet_operands(evaluation, symbol, node.dep, max(_sufficient(symbol, level), 1), depth)


def selects(evaluation: Evaluation, symbol: Any, above: int) -> Iterator[Cause]:
    """The select lines that raise a symbol above a level."""
    yield from _reverse(evaluation, symbol, "selects", symbol.rev_dep, above)


def implied_by(evaluation: Evaluation, symbol: Any, above: int) -> Iterator[Cause]:
    """The imply lines that raise a symbol above a level."""
    yield from _reverse(evaluation, symbol, "implies", symbol.weak_rev_dep, above)


def unselected(evaluation: Evaluation, symbol: Any, level: int) -> Iterator[Cause]:
    """The select lines that could raise a symbol to a level and do not."""
    level = _sufficient(symbol, level)
    for selector, condition, own, line in reverse_dependencies(
        evaluation.tree, symbol, "selects", symbol.rev_dep
    ):
        if min(evaluation.level(selector), evaluation.level(condition)) >= level:
            continue
        names = (
            [selector.name]
            if evaluation.level(selector) < level
            else _deciding(evaluation, own, level, below=True)
        )
        yield Cause(line, _values(evaluation, names))


def unmet_dependencies(evaluation: Evaluation, symbol: Any, level: int) -> Iterator[Cause]:
    """The dependencies of all definitions of a symbol that are below a level."""
    for node in symbol.nodes:
        yield from _unmet_operands(evaluation, symbol, node.dep, level, 1)


def modules(evaluation: Evaluation) -> list[Cause]:
    """The definition of the symbol that allows modules; if it is n, every m becomes y."""
    symbol = evaluation.symbol(evaluation.tree.modules_symbol)
    causes = lines(evaluation, symbol, "config", "menuconfig") if symbol.nodes else []
    return [Cause(cause.statement, _values(evaluation, [symbol.name])) for cause in causes]


# --- conditions -------------------------------------------------------------------------------------------


def _unmet_operands(
    evaluation: Evaluation, symbol: Any, expression: Any, level: int, depth: int
) -> Iterator[Cause]:
    """Each operand of a conjunction that is below a level, with its line and the causes behind it."""
    for term in kconfiglib.split_expr(expression, _AND):
        if evaluation.level(term) >= level:
            continue
        if isinstance(term, kconfiglib.Choice):
            yield from _unmet_choice(evaluation, term, symbol.name, level, depth)
            continue
        line = line_of_term(evaluation.tree, symbol.nodes, symbol.name, term)
        if line is not None:
            yield Cause(line, _values(evaluation, _deciding(evaluation, term, level, below=True)))
        yield from _behind(evaluation, term, level, depth - 1)


def _unmet_choice(evaluation: Evaluation, choice: Any, name: str, level: int, depth: int) -> Iterator[Cause]:
    """Why the visibility of a choice is below a level; if it is not, the choice itself."""
    prompts = [node.prompt[1] for node in choice.nodes if node.prompt]
    best = max(prompts, key=evaluation.level, default=choice.direct_dep)
    located = False
    for term in kconfiglib.split_expr(best, _AND):
        if evaluation.level(term) < level:
            line = line_of_term(evaluation.tree, choice.nodes, name, term)
            located = located or line is not None
            if line is not None:
                yield Cause(line, _values(evaluation, _deciding(evaluation, term, level, below=True)))
            yield from _behind(evaluation, term, level, depth - 1)
    if not located:
        yield from (Cause(line) for node in choice.nodes for line in _first(evaluation.tree, node, name))


def _first(tree: Tree, node: Any, name: str) -> list[Statement]:
    return list(tree.node_statements(node, name))[:1]


def _behind(evaluation: Evaluation, item: Any, level: int, depth: int) -> Iterator[Cause]:
    """Why a symbol in a dependency is below a level, unless its own answer is the cause."""
    if depth <= 0 or not isinstance(item, kconfiglib.Symbol) or not item.nodes:
        return
    if item.orig_type not in _LOGICAL or evaluation.level(item) >= level:
        return
    level = _sufficient(item, level)
    if any(node.prompt for node in item.nodes):
        causes = unmet(evaluation, item, level, depth) if evaluation.visibility(item) < level else iter(())
    elif item.defaults:
        causes = defaults(evaluation, item, level, depth)
    else:
        causes = iter(
            [*lines(evaluation, item, "config"), *islice(unselected(evaluation, item, level), _MAX_DEPTH)]
        )
    yield from causes


def _sufficient(symbol: Any, level: int) -> int:
    """The level that suffices: a bool is y from m on."""
    return min(level, 1) if symbol.type is kconfiglib.BOOL else level


def _operands(evaluation: Evaluation, symbol: Any, expression: Any, level: int) -> list[str]:
    """The symbols that keep an expression below a level, or those that make it true."""
    level = _sufficient(symbol, level)
    if symbol.orig_type not in _LOGICAL and isinstance(expression, kconfiglib.Symbol):
        return [expression.name] if _is_symbol(expression) else []
    if evaluation.level(expression) < level:
        return _deciding(evaluation, expression, level, below=True)
    return _deciding(evaluation, expression, 1, below=False)


def _unique(*parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for part in parts for name in part))


def _deciding(evaluation: Evaluation, expression: Any, level: int, *, below: bool) -> list[str]:
    """Symbols whose values suffice to keep an expression below a level, or at least at it."""
    operator = expression[0] if isinstance(expression, tuple) else None
    if operator in {_AND, _OR}:
        if (operator is _OR) == below:  # every operand is needed
            return _unique(*(_deciding(evaluation, part, level, below=below) for part in expression[1:]))
        enough = [part for part in expression[1:] if (evaluation.level(part) < level) == below]
        if not below:
            del enough[1:]
        return _unique(*(_deciding(evaluation, part, level, below=below) for part in enough))
    if operator is _NOT:
        return _deciding(evaluation, expression[1], 3 - level, below=not below)
    items = expression[1:] if operator is not None else (expression,)
    return [item.name for item in items if _is_symbol(item)]


def _is_symbol(item: Any) -> bool:
    """Whether an operand is a symbol and not a constant; kconfiglib creates symbols for numbers, too."""
    return isinstance(item, kconfiglib.Symbol) and not item.is_constant and not _NUMBER.fullmatch(item.name)


def _values(evaluation: Evaluation, names: Iterable[str]) -> tuple[SymbolValue, ...]:
    """The values of symbols."""
    return tuple(value_of(evaluation, name) for name in names)


def value_of(evaluation: Evaluation, name: str) -> SymbolValue:
    """The value of a symbol with its type."""
    return SymbolValue(name, evaluation.value(name), evaluation.tree.type_of(name))


def _reverse(evaluation: Evaluation, symbol: Any, kind: str, aimed: Any, above: int) -> Iterator[Cause]:
    for selector, condition, own, line in reverse_dependencies(evaluation.tree, symbol, kind, aimed):
        if min(evaluation.level(selector), evaluation.level(condition)) > above:
            names = _unique([selector.name], _deciding(evaluation, own, above + 1, below=False))
            yield Cause(line, _values(evaluation, names))
