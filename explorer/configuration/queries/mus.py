# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds the lines of Kconfig behind the guards of an unsat core, ordered from the required symbols outwards.

A condition may be written at the symbol, at an ``if`` or ``menu`` around it, or around the ``source`` of its
file. kconfiglib merges all of them, so the line is found by the text of the condition. Defaults and ranges
are found by their order.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import kconfiglib

from explorer.configuration.encoding.guard import Guard, GuardKind
from explorer.configuration.tree.expressions import conjuncts
from explorer.configuration.tree.probe_operands import ProbeOperand
from explorer.configuration.tree.source_locations import lines_of_condition
from explorer.configuration.tree.tree import Statement, Tree

__all__ = ["ConflictStatement", "conflict_statements", "minimal_part"]

_NAME = re.compile(r"[A-Za-z0-9_]+")
_DEFAULTS: tuple[str, ...] = ("def_bool", "def_tristate", "default")
_PROMPTS: tuple[str, ...] = ("prompt", "bool", "tristate", "int", "hex", "string", "visible")
_DEPENDENCIES: tuple[str, ...] = ("depends", "if")


@dataclass(frozen=True, slots=True)
class ConflictStatement:
    """A statement that belongs to an unsat core.

    Attributes:
        symbol: the symbol that is defined.
        kind: what the statement does to the symbol.
        operand: the condition, or the symbol that selects or implies; otherwise empty.
        lines: where it is written, the ``config`` line of the definition first.
        has_prompt: the symbol has a prompt.
        of_choice: it is a condition of the choice of the symbol.
        probes: the compiler probes in its conditions and defaults.
        others: further symbols that the same line limits, an ``if`` or ``menu`` around them.
    """

    symbol: str
    kind: GuardKind
    operand: str
    lines: tuple[Statement, ...]
    has_prompt: bool = False
    of_choice: bool = False
    probes: tuple[ProbeOperand, ...] = ()
    others: tuple[str, ...] = ()


def minimal_part(
    values: Mapping[str, str], is_excluded: Callable[[Mapping[str, str]], bool]
) -> dict[str, str]:
    """A part of excluded values that is excluded, and of which no value can be left out."""
    part = dict(values)
    for name in values:
        rest = {other: value for other, value in part.items() if other != name}
        if rest and is_excluded(rest):
            part = rest
    return part


def conflict_statements(
    tree: Tree, guards: Iterable[Guard], required: Mapping[str, str]
) -> tuple[ConflictStatement, ...]:
    """The statements of an unsat core with their lines, breadth first from the required symbols.

    A symbol without a prompt whose default is in the core has no statement of its own that says so: that of
    the default does.
    """
    core = tuple(guards)
    names = {guard.symbol for guard in core} | set(required)
    selectors = _selectors(tree, sorted(names))
    with_default = {guard.symbol for guard in core if guard.kind is GuardKind.DEFAULT}
    closed = {GuardKind.ONLY, GuardKind.NUMBER}
    statements: dict[Guard, ConflictStatement] = {}
    for guard in core:
        if guard.kind in closed and guard.symbol in with_default and not tree.has_prompt(guard.symbol):
            continue
        key = guard._replace(definition=0) if guard.operand else guard  # repeated by another definition
        statements[key] = _joined(statements.get(key), _statement(tree, guard, names, selectors))
    return tuple(_grouped(_ordered(list(statements.values()), required)))


def _grouped(statements: Iterable[ConflictStatement]) -> Iterator[ConflictStatement]:
    """The statements, those of one line around several symbols as one."""
    groups: dict[Any, list[ConflictStatement]] = {}
    for statement in statements:
        condition = statement.lines[1:] if statement.kind is GuardKind.DEPENDS else ()
        places = tuple((line.file, line.line) for line in condition)
        groups.setdefault((statement.operand, places) if places else statement, []).append(statement)
    for first, *others in groups.values():
        yield replace(first, others=tuple(other.symbol for other in others)) if others else first


def _selectors(tree: Tree, names: Iterable[str]) -> dict[str, list[str]]:
    """Symbol to those of some symbols that select it."""
    selectors: dict[str, list[str]] = {}
    for name in filter(tree.defines, names):
        for target in dict.fromkeys(
            target.name for node in tree.kconfig.syms[name].nodes for target, _ in node.selects
        ):
            selectors.setdefault(target, []).append(name)
    return selectors


def _statement(
    tree: Tree, guard: Guard, names: Collection[str], selectors: Mapping[str, Sequence[str]]
) -> ConflictStatement:
    symbol = guard.symbol
    if guard.of_choice or guard.kind is GuardKind.CHOICE:
        members = [member.name for member in tree.kconfig.syms[symbol].choice.syms]
        symbol = next((name for name in members if name in names), symbol)
    return ConflictStatement(
        symbol,
        guard.kind,
        guard.operand,
        tuple(dict.fromkeys(_lines(tree, guard, symbol, selectors))),
        tree.has_prompt(symbol),
        guard.of_choice,
        tuple(dict.fromkeys(_probes(tree, guard))),
    )


def _joined(first: ConflictStatement | None, second: ConflictStatement) -> ConflictStatement:
    """One statement of two that several definitions of a symbol repeat."""
    if first is None:
        return second
    return ConflictStatement(
        second.symbol,
        second.kind,
        second.operand,
        tuple(dict.fromkeys((*first.lines, *second.lines))),
        second.has_prompt,
        second.of_choice,
        second.probes,
    )


def _ordered(
    statements: Sequence[ConflictStatement], required: Mapping[str, str]
) -> Iterator[ConflictStatement]:
    """Breadth first from the required symbols."""
    rest: dict[str, list[ConflictStatement]] = {}
    for statement in statements:
        rest.setdefault(statement.symbol, []).append(statement)
    names = dict.fromkeys(required)
    while rest:
        name = next(iter(names or rest))
        names.pop(name, None)
        of_symbol = rest.pop(name, [])
        yield from of_symbol
        for statement in of_symbol:
            text = " ".join((statement.operand, *(line.text for line in statement.lines)))
            names |= dict.fromkeys(word for word in _NAME.findall(text) if word in rest)


def _lines(
    tree: Tree, guard: Guard, symbol: str, selectors: Mapping[str, Sequence[str]]
) -> Iterator[Statement]:
    """The lines of the statement that a guard names.

    For ONLY these are also the selects by other symbols of the conflict.
    """
    if not tree.defines(symbol):
        return
    if guard.kind in {GuardKind.SELECT, GuardKind.IMPLY}:
        yield from _reverse_lines(tree, guard.operand, symbol, str(guard.kind))
        return
    nodes = tree.kconfig.syms[symbol].nodes
    if guard.of_choice or guard.kind is GuardKind.CHOICE:
        yield from _choice_lines(tree, nodes, symbol, guard)
    elif guard.kind in {GuardKind.ONLY, GuardKind.NUMBER, GuardKind.MODULES}:
        words = _DEFAULTS if guard.kind is not GuardKind.MODULES else ("modules", "option")
        for node in nodes:
            own = list(tree.node_statements(node, symbol))
            yield own[0]
            yield from (line for line in own if _word(line) in words)
        for name in selectors.get(symbol, ()) if guard.kind is GuardKind.ONLY else ():
            yield from _reverse_lines(tree, name, symbol, "select")
    else:
        yield from _property_lines(tree, nodes[guard.definition], symbol, guard)


def _property_lines(tree: Tree, node: Any, symbol: str, guard: Guard) -> Iterator[Statement]:
    """The lines of a condition, default or range of one definition."""
    own = list(tree.node_statements(node, symbol))
    yield own[0]
    if guard.kind in {GuardKind.DEFAULT, GuardKind.RANGE}:
        words = _DEFAULTS if guard.kind is GuardKind.DEFAULT else ("range",)
        lines = [line for line in own[1:] if _word(line) in words]
        yield from lines[guard.entry : guard.entry + 1]
        return
    words = _DEPENDENCIES if guard.kind is GuardKind.DEPENDS else _PROMPTS
    candidates = [line for line in (*own[1:], *tree.enclosing(node, symbol)) if _word(line) in words]
    found = lines_of_condition(candidates, guard.operand)
    if not found and guard.operand == tree.modules_symbol:
        found = lines_of_condition(candidates, "m")  # Kconfig reads "m" as "m && MODULES"
    yield from found


def _choice_lines(tree: Tree, nodes: Iterable[Any], symbol: str, guard: Guard) -> Iterator[Statement]:
    """The lines of a choice around a symbol: ``choice`` and its prompt, or those of one of its conditions."""
    for node in nodes:
        lines = list(tree.enclosing(node, symbol, kind="choice"))
        yield from (line for line in lines if _word(line) in {"choice", "prompt"})
        if guard.of_choice:
            around = (*lines, *tree.enclosing(node, symbol))
            words = _DEPENDENCIES if guard.kind is GuardKind.DEPENDS else _PROMPTS
            yield from lines_of_condition([line for line in around if _word(line) in words], guard.operand)


def _reverse_lines(tree: Tree, name: str, target: str, word: str) -> Iterator[Statement]:
    """The lines by which one symbol selects or implies another."""
    if tree.defines(name):
        matches = re.compile(rf"{word}\s+{re.escape(target)}\b").match
        yield from (line for line in tree.statements(name) if matches(line.text))


def _probes(tree: Tree, guard: Guard) -> Iterator[ProbeOperand]:
    """The compiler probes in the condition or in the defaults that a guard is about."""
    if not tree.defines(guard.symbol):
        return
    symbol = tree.kconfig.syms[guard.symbol]
    item = symbol.choice if guard.of_choice else symbol
    if guard.kind in {GuardKind.DEPENDS, GuardKind.PROMPT}:
        conditions = (part for node in item.nodes for part in _conditions(node, guard.kind))
        expressions = [part for part in conditions if tree.expression_text(part) == guard.operand]
    elif guard.kind in {GuardKind.ONLY, GuardKind.DEFAULT, GuardKind.NUMBER}:
        expressions = [part for node in symbol.nodes for entry in node.orig_defaults for part in entry]
    else:
        expressions = []
    for expression in expressions:
        for operand in sorted(kconfiglib.expr_items(expression), key=lambda operand: str(operand.name)):
            if probe := tree.probe_operand(operand):
                yield probe


def _conditions(node: Any, kind: GuardKind) -> Iterator[Any]:
    if kind is GuardKind.DEPENDS:
        yield from conjuncts(node.dep)
    elif node.prompt:
        yield from conjuncts(node.prompt[1])


def _word(line: Statement) -> str:
    match = _NAME.match(line.text)
    return match[0] if match else ""
