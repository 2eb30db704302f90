# SPDX-License-Identifier: GPL-2.0-only
"""Finds the lines of Kconfig behind the guards of an unsat core, ordered from the required symbols outwards.

A condition may be written at the symbol, at an ``if`` or ``menu`` around it, or around the ``source`` of its
file. kconfiglib merges all of them, so the line is found by the text of the condition.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from explorer.configuration.encoding.encoder import Guard, GuardKind
from explorer.configuration.tree.tree import Statement, Tree

__all__ = ["ConflictStatement", "conflict_statements"]

_NAME = re.compile(r"[A-Za-z0-9_]+")
_PROMPT = re.compile(r"""^(prompt|bool|tristate|int|hex|string)\s*(?:"[^"]*"|'[^']*')""")
_DEFAULTS = ("def_bool", "def_tristate", "default")
_CONDITIONS = ("depends", "if", "visible", "prompt", "bool", "tristate", "int", "hex", "string", *_DEFAULTS)


@dataclass(frozen=True, slots=True)
class ConflictStatement:
    """A part of a definition that belongs to an unsat core.

    Attributes:
        symbol: the symbol that is defined.
        kind: what the part does to the symbol.
        operand: the condition, or the symbol that selects; otherwise empty.
        lines: where it is written.
    """

    symbol: str
    kind: GuardKind
    operand: str
    lines: tuple[Statement, ...]


def conflict_statements(
    tree: Tree, guards: Iterable[Guard], required: Mapping[str, str]
) -> tuple[ConflictStatement, ...]:
    """The statements of an unsat core with their lines, breadth first from the required symbols.

    If conditions of a symbol are in the core, its ONLY and NUMBER parts are left out: the conditions imply
    them, and the ``config`` line is among the lines of the first condition.
    """
    core = tuple(guards)
    symbols = {guard.symbol for guard in core}
    conditioned = {guard.symbol for guard in core if guard.kind is GuardKind.DEPENDS}
    general = {GuardKind.ONLY, GuardKind.NUMBER}
    statements = [
        ConflictStatement(
            guard.symbol, guard.kind, guard.operand, tuple(dict.fromkeys(_lines(tree, guard, symbols)))
        )
        for guard in core
        if guard.kind not in general or guard.symbol not in conditioned
    ]
    return tuple(_ordered(statements, required))


def _ordered(
    statements: Sequence[ConflictStatement], required: Mapping[str, str]
) -> Iterator[ConflictStatement]:
    """Breadth first from the required symbols."""
    rest, names = list(statements), list(required)
    while rest:
        name = names.pop(0) if names else rest[0].symbol
        of_symbol = [statement for statement in rest if statement.symbol == name]
        rest = [statement for statement in rest if statement.symbol != name]
        yield from of_symbol
        for statement in of_symbol:
            text = " ".join((statement.operand, *(line.text for line in statement.lines)))
            names += [word for word in _NAME.findall(text) if word not in names]


def _lines(tree: Tree, guard: Guard, symbols: Collection[str]) -> Iterator[Statement]:
    """The lines of the part that a guard names; for ONLY also the selects by other symbols of the core."""
    if guard.kind is GuardKind.SELECT:
        yield from _select_lines(tree, guard.operand, guard.symbol)
        return
    for node in tree.kconfig.syms[guard.symbol].nodes:
        own = list(tree.node_statements(node, guard.symbol))
        yield own[0]
        if guard.kind is GuardKind.DEPENDS:
            yield from _condition_lines([*own[1:], *tree.enclosing(node, guard.symbol)], guard.operand)
        elif guard.kind is GuardKind.CHOICE:
            enclosing = tree.enclosing(node, guard.symbol, kind="choice")
            yield from (line for line in enclosing if _word(line) in {"choice", "prompt"})
        else:
            keywords = (*_DEFAULTS, "range") if guard.kind is GuardKind.NUMBER else _DEFAULTS
            yield from (line for line in own if _word(line) in keywords)
    for name in sorted(symbols) if guard.kind is GuardKind.ONLY else ():
        yield from _select_lines(tree, name, guard.symbol)


def _select_lines(tree: Tree, name: str, target: str) -> Iterator[Statement]:
    """The lines by which one symbol selects another."""
    select = re.compile(rf"select\s+{re.escape(target)}\b")
    yield from (line for line in tree.statements(name) if select.match(line.text))


def _condition_lines(lines: Sequence[Statement], condition: str) -> Iterator[Statement]:
    """The lines that hold a condition as it is written; without any, those that name its symbols."""
    candidates = [line for line in lines if _word(line) in _CONDITIONS or line.text.startswith("if")]
    plain = _plain(condition)
    exact = [line for line in candidates if plain in _plain(_PROMPT.sub(r"\1", line.text))]
    if exact:
        yield from exact
        return
    if condition.startswith("<choice"):
        yield from (line for line in lines if _word(line) == "choice")
        return
    names = set(_NAME.findall(condition))
    yield from (line for line in candidates if names & set(_NAME.findall(line.text)))


def _plain(text: str) -> str:
    return re.sub(r"[\s\"']", "", text)


def _word(line: Statement) -> str:
    return line.text.split(maxsplit=1)[0]
