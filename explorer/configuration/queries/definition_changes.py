# SPDX-License-Identifier: GPL-2.0-or-later
"""The properties of definitions, and how they differ between two trees.

1. Properties are compared as Kconfig parses them: expressions are printed again, and the conditions of a menu
   or ``if`` around a symbol are dependencies of the symbol. The place of a line does not matter.
2. All definitions of a symbol are compared together. Only the order of ``default`` matters.
3. ``select`` and ``imply`` belong to the symbol that selects or implies, not to the target.
4. A member of a choice has the properties of the choice.
5. What a patch touches is listed whatever depends on it, with changed help texts.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import kconfiglib

from explorer.configuration.encoding.cone_of_influence import cone_of
from explorer.configuration.tree.tree import Statement, Tree, symbol_type

__all__ = [
    "Definition",
    "DefinitionChanges",
    "DefinitionProperty",
    "PropertyChange",
    "SymbolChange",
    "deciding_symbols",
    "definition_changes_between",
    "differs_in_texts_only",
    "touched_symbols",
]

_KINDS = ("type", "prompt", "depends", "default", "select", "imply", "range", "choice", "help")
_TYPES = frozenset({"bool", "tristate", "int", "hex", "string", "def_bool", "def_tristate"})
_CHOICE = re.compile(r"(?: && )?<choice[^>]*>$")  # kconfiglib adds the choice to the dependencies of a member
_PROMPT_TEXT = re.compile(r'^"(?:[^"\\]|\\.)*"')
_KEYWORDS = {
    "type": _TYPES,
    "prompt": frozenset({"prompt", "bool", "tristate", "int", "hex", "string"}),
    "depends": frozenset({"depends"}),
    "default": frozenset({"default", "def_bool", "def_tristate"}),
    "select": frozenset({"select"}),
    "imply": frozenset({"imply"}),
    "range": frozenset({"range"}),
}


@dataclass(frozen=True, slots=True)
class DefinitionProperty:
    """One property of a definition.

    Attributes:
        kind: ``type``, ``prompt``, ``depends``, ``default``, ``select``, ``imply``, ``range``, ``choice`` or
            ``help``.
        text: its text without the keyword; of a help text the first line that differs.
        where: its line, or the ``config`` line if it has no line of its own.
    """

    kind: str
    text: str
    where: Statement


@dataclass(frozen=True, slots=True)
class Definition:
    """The properties of all definitions of a symbol, in order."""

    symbol: str
    properties: tuple[DefinitionProperty, ...]


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """A property that differs; ``before`` is ``None`` if it was added, ``after`` if it was removed."""

    kind: str
    before: DefinitionProperty | None
    after: DefinitionProperty | None


@dataclass(frozen=True, slots=True)
class SymbolChange:
    """A symbol that both trees define, and the properties that differ."""

    symbol: str
    properties: tuple[PropertyChange, ...]


@dataclass(frozen=True, slots=True)
class DefinitionChanges:
    """The symbols that differ between two trees: those in scope with their properties, the others by name.

    Attributes:
        added: symbols that only the second tree defines.
        removed: symbols that only the first tree defines.
        changed: symbols that both trees define differently.
        elsewhere: names of the symbols out of scope: added, removed, changed.
    """

    added: tuple[Definition, ...]
    removed: tuple[Definition, ...]
    changed: tuple[SymbolChange, ...]
    elsewhere: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def definition_changes_between(
    before: Tree, after: Tree, scope: Collection[str] | None = None, helps: Collection[str] = ()
) -> DefinitionChanges:
    """The differences between the definitions of two trees.

    Args:
        before: the first tree.
        after: the second tree.
        scope: the symbols whose properties are compared in full; ``None`` for all.
        helps: the symbols whose help texts are compared, too.
    """
    old, new = set(before.symbols), set(after.symbols)
    changed = [
        name
        for name in before.symbols
        if name in new
        and (
            _comparable(before, name) != _comparable(after, name)
            or (name in helps and _help(before, name) != _help(after, name))
        )
    ]
    lists = ([n for n in after.symbols if n not in old], [n for n in before.symbols if n not in new], changed)
    in_scope = [[name for name in names if scope is None or name in scope] for names in lists]
    rest = [tuple(name for name in names if scope is not None and name not in scope) for names in lists]
    return DefinitionChanges(
        tuple(_definition(after, name) for name in in_scope[0]),
        tuple(_definition(before, name) for name in in_scope[1]),
        tuple(SymbolChange(name, tuple(_differences(before, after, name))) for name in in_scope[2]),
        (rest[0], rest[1], rest[2]),
    )


def touched_symbols(before: Tree, after: Tree) -> tuple[str, ...]:
    """The symbols whose definitions a patch touches: their own lines, those of their choice, and help texts.

    Where a patch changes only what is around definitions, such as an ``if``, these are all that differ.

    Args:
        before: the tree.
        after: the same tree with a patch.
    """
    files = set(after.parse_input.replaced) | set(before.parse_input.replaced)
    there = [
        name
        for name in dict.fromkeys([*before.symbols, *after.symbols])
        if any(
            node.filename in files
            for tree in (before, after)
            if tree.defines(name)
            for node in tree.kconfig.syms[name].nodes
        )
    ]
    own = tuple(name for name in there if _own_lines(before, name) != _own_lines(after, name))
    return own or tuple(name for name in there if _all_of(before, name) != _all_of(after, name))


def _own_lines(tree: Tree, name: str) -> list[str]:
    """The lines of the definitions of a symbol and its choice, and the help texts."""
    if not tree.defines(name):
        return []
    symbol = tree.kconfig.syms[name]
    nodes = [*symbol.nodes, *(symbol.choice.nodes if symbol.choice else ())]
    return [*(line.text for node in nodes for line in tree.node_statements(node, name)), *_help(tree, name)]


def _all_of(tree: Tree, name: str) -> tuple[tuple[str, str], ...]:
    return _comparable(tree, name) if tree.defines(name) else ()


def differs_in_texts_only(before: Tree, after: Tree) -> bool:
    """Whether all definitions of two trees are equal but for the texts of prompts and helps."""
    if set(before.symbols) != set(after.symbols):
        return False
    return all(_without_texts(before, name) == _without_texts(after, name) for name in before.symbols)


def _without_texts(tree: Tree, name: str) -> list[tuple[str, str]]:
    """The properties of a symbol in order, without the texts of prompts, and the members of its choice."""
    symbol = tree.kconfig.syms[name]
    members = [("member", member.name) for member in symbol.choice.syms] if symbol.choice else []
    properties = (
        (kind, _PROMPT_TEXT.sub("", text) if kind in {"prompt", "choice"} else text)
        for node in symbol.nodes
        for kind, text in _node(node)
    )
    return [*properties, *members]


def deciding_symbols(tree: Tree, names: Iterable[str]) -> frozenset[str]:
    """The symbols that some symbols depend on, including themselves; undefined ones are ignored."""
    start = [tree.kconfig.syms[name] for name in names if tree.defines(name)]
    items = cone_of(tree.kconfig, start).distance
    return frozenset(item.name for item in items if isinstance(item, kconfiglib.Symbol))


def _help(tree: Tree, name: str) -> list[str]:
    """The lines of the help texts of a symbol."""
    nodes = tree.kconfig.syms[name].nodes
    return [line for node in nodes for line in (node.help or "").split("\n")]


# --- properties without lines ------------------------------------------------------------------------------


def _comparable(tree: Tree, name: str) -> tuple[tuple[str, str], ...]:
    """The properties of a symbol without lines, in an order in which only that of defaults matters."""
    pairs = [pair for node in tree.kconfig.syms[name].nodes for pair in _node(node)]
    types = sorted({pair for pair in pairs if pair[0] == "type"})
    others = sorted(pair for pair in pairs if pair[0] not in {"type", "default"})
    return (*types, *others, *(pair for pair in pairs if pair[0] == "default"))


def _node(node: Any) -> Iterator[tuple[str, str]]:
    """Kind and text of the properties of one definition, in the order of ``_KINDS``."""
    symbol = node.item
    yield "type", symbol_type(symbol)
    if node.prompt:
        text, condition = node.orig_prompt
        yield "prompt", _conditional(f'"{kconfiglib.escape(text)}"', condition)
    depends = _CHOICE.sub("", _text(node.dep))
    if depends not in {"", "y"}:
        yield "depends", depends
    for value, condition in node.orig_defaults:
        yield "default", _conditional(_text(value), condition)
    for target, condition in node.orig_selects:
        yield "select", _conditional(target.name, condition)
    for target, condition in node.orig_implies:
        yield "imply", _conditional(target.name, condition)
    for low, high, condition in node.orig_ranges:
        yield "range", _conditional(f"{_text(low)} {_text(high)}", condition)
    if symbol.choice:
        yield "choice", _choice(symbol.choice)


def _choice(choice: Any) -> str:
    """The properties of a choice on one line."""
    node = choice.nodes[0]
    title = f'"{kconfiglib.escape(node.prompt[0])}"' if node.prompt else choice.name or "choice"
    parts = [f"default {_conditional(_text(value), condition)}" for value, condition in node.orig_defaults]
    if node.dep is not node.kconfig.y:
        parts.append(f"depends on {_text(node.dep)}")
    if choice.is_optional:
        parts.append("optional")
    return ", ".join([title, *parts])


def _conditional(text: str, condition: Any) -> str:
    words = _text(condition)
    return text if words == "y" else f"{text} if {words}"


def _text(expression: Any) -> str:
    return str(kconfiglib.expr_str(expression, _item))


def _item(item: Any) -> str:
    """An operand as it is written in Kconfig: kconfiglib puts numbers in quotes, too."""
    number = isinstance(item, kconfiglib.Symbol) and item.is_constant and item.name[:1].isdigit()
    return str(item.name if number else kconfiglib.standard_sc_expr_str(item))


# --- properties with lines ---------------------------------------------------------------------------------


def _definition(tree: Tree, name: str) -> Definition:
    return Definition(name, tuple(_properties(tree, name)))


def _properties(tree: Tree, name: str) -> Iterator[DefinitionProperty]:
    """The properties of a symbol with their lines; a type occurs once, even if definitions repeat it."""
    types: set[str] = set()
    for node in tree.kconfig.syms[name].nodes:
        lines = list(tree.node_statements(node, name))
        of_kind = {kind: _lines_of(lines, kind) for kind in _KEYWORDS}
        for kind, text in _node(node):
            where = next(of_kind.get(kind, iter(())), lines[0])
            if kind != "type" or text not in types:
                yield DefinitionProperty(kind, text, where)
            types |= {text} if kind == "type" else set()


def _lines_of(lines: Sequence[Statement], kind: str) -> Iterator[Statement]:
    """The lines of the properties of a kind, in order."""
    return (line for line in lines[1:] if line.text.split()[0] in _KEYWORDS[kind])


def _differences(before: Tree, after: Tree, name: str) -> Iterator[PropertyChange]:
    """The properties that one tree lacks, in pairs of the same kind."""
    old, new = list(_properties(before, name)), list(_properties(after, name))
    for kind in _KINDS:
        sides = [[item for item in side if item.kind == kind] for side in (old, new)]
        removed, added = _without(sides[0], sides[1]), _without(sides[1], sides[0])
        if kind == "default" and not removed and not added and _texts(sides[0]) != _texts(sides[1]):
            removed, added = sides
        yield from (PropertyChange(kind, *pair) for pair in zip_longest(removed, added))
    if _comparable(before, name) == _comparable(after, name):
        yield _help_change(before, after, name)


def _help_change(before: Tree, after: Tree, name: str) -> PropertyChange:
    """The first line that differs of the help texts; a line that the other lacks is empty."""
    pairs = zip_longest(_help(before, name), _help(after, name), fillvalue="")
    lines = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
    sides = (
        DefinitionProperty("help", line.strip(), next(tree.statements(name)))
        for tree, line in zip((before, after), lines, strict=True)
    )
    return PropertyChange("help", *sides)


def _without(
    side: Sequence[DefinitionProperty], other: Sequence[DefinitionProperty]
) -> list[DefinitionProperty]:
    """The properties of one tree that the other lacks, or has less often."""
    counts = Counter(_texts(other))
    lacking = []
    for item in side:
        if counts[item.text]:
            counts[item.text] -= 1
        else:
            lacking.append(item)
    return lacking


def _texts(side: Sequence[DefinitionProperty]) -> list[str]:
    return [item.text for item in side]
