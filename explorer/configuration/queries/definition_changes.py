# SPDX-License-Identifier: GPL-2.0-only
"""What the definition of a symbol says, property by property, and what differs between two trees.

1. A property is compared as Kconfig understands it: expressions are written out anew, and what a menu or an
   ``if`` around the symbol demands belongs to what it depends on. Where a line stands does not matter.
2. All definitions of a symbol count together; their order matters for ``default`` alone.
3. ``select`` and ``imply`` belong to the symbol that says them, not to the one at which they aim.
4. A member of a choice shares the properties of the choice.
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
]

_KINDS = ("type", "prompt", "depends", "default", "select", "imply", "range", "choice")
_TYPES = frozenset({"bool", "tristate", "int", "hex", "string", "def_bool", "def_tristate"})
_CHOICE = re.compile(r"(?: && )?<choice[^>]*>$")  # what kconfiglib adds to what a member depends on
_OPENS = {
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
        kind: ``type``, ``prompt``, ``depends``, ``default``, ``select``, ``imply``, ``range`` or ``choice``.
        text: what it says, without the word that names it.
        where: its line; the ``config`` line where it has none of its own.
    """

    kind: str
    text: str
    where: Statement


@dataclass(frozen=True, slots=True)
class Definition:
    """All that the definitions of a symbol say, in order."""

    symbol: str
    properties: tuple[DefinitionProperty, ...]


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """A property that differs: one side is ``None`` where it is new or gone."""

    kind: str
    before: DefinitionProperty | None
    after: DefinitionProperty | None


@dataclass(frozen=True, slots=True)
class SymbolChange:
    """A symbol that both trees define, and the properties in which they differ."""

    symbol: str
    properties: tuple[PropertyChange, ...]


@dataclass(frozen=True, slots=True)
class DefinitionChanges:
    """The symbols that differ between two trees, those asked for in full and the others by name.

    Attributes:
        added: defined after only.
        removed: defined before only.
        changed: defined on both sides, differently.
        elsewhere: names of the symbols that were not asked for: added, removed, changed.
    """

    added: tuple[Definition, ...]
    removed: tuple[Definition, ...]
    changed: tuple[SymbolChange, ...]
    elsewhere: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def definition_changes_between(
    before: Tree, after: Tree, scope: Collection[str] | None = None
) -> DefinitionChanges:
    """What differs between the definitions of two trees.

    Args:
        before: one tree.
        after: the other.
        scope: the symbols to tell in full; all of them where it is ``None``.
    """
    old, new = set(before.symbols), set(after.symbols)
    changed = [name for name in before.symbols if name in new and _says(before, name) != _says(after, name)]
    lists = ([n for n in after.symbols if n not in old], [n for n in before.symbols if n not in new], changed)
    told = [[name for name in names if scope is None or name in scope] for names in lists]
    rest = [tuple(name for name in names if scope is not None and name not in scope) for names in lists]
    return DefinitionChanges(
        tuple(_definition(after, name) for name in told[0]),
        tuple(_definition(before, name) for name in told[1]),
        tuple(SymbolChange(name, tuple(_differences(before, after, name))) for name in told[2]),
        (rest[0], rest[1], rest[2]),
    )


def deciding_symbols(tree: Tree, names: Iterable[str]) -> frozenset[str]:
    """The symbols that can decide the named ones, they included; what the tree lacks is passed over."""
    start = [tree.kconfig.syms[name] for name in names if tree.defines(name)]
    items = cone_of(tree.kconfig, start).distance
    return frozenset(item.name for item in items if isinstance(item, kconfiglib.Symbol))


# --- what a definition says --------------------------------------------------------------------------------


def _says(tree: Tree, name: str) -> tuple[tuple[str, str], ...]:
    """The properties of a symbol without their places; only defaults keep their order."""
    found = [said for node in tree.kconfig.syms[name].nodes for said in _node(node)]
    defaults = [said for said in found if said[0] == "default"]
    return (*sorted({said for said in found if said[0] == "type"}), *_unordered(found), *defaults)


def _unordered(found: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(said for said in found if said[0] not in {"type", "default"})


def _node(node: Any) -> Iterator[tuple[str, str]]:
    """Kind and text of what one definition says, in the order of ``_KINDS``."""
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
    """The properties of a choice in a line."""
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
    """An operand as people write it: kconfiglib quotes every constant, numbers too."""
    number = isinstance(item, kconfiglib.Symbol) and item.is_constant and item.name[:1].isdigit()
    return str(item.name if number else kconfiglib.standard_sc_expr_str(item))


# --- where it says it --------------------------------------------------------------------------------------


def _definition(tree: Tree, name: str) -> Definition:
    return Definition(name, tuple(_properties(tree, name)))


def _properties(tree: Tree, name: str) -> Iterator[DefinitionProperty]:
    """The properties of a symbol with their lines; a type that several definitions repeat counts once."""
    types: set[str] = set()
    for node in tree.kconfig.syms[name].nodes:
        lines = list(tree.node_statements(node, name))
        places = {kind: _opened(lines, kind) for kind in _OPENS}
        for kind, text in _node(node):
            where = next(places.get(kind, iter(())), lines[0])
            if kind != "type" or text not in types:
                yield DefinitionProperty(kind, text, where)
            types |= {text} if kind == "type" else set()


def _opened(lines: Sequence[Statement], kind: str) -> Iterator[Statement]:
    """The lines that say properties of a kind, in order."""
    return (line for line in lines[1:] if line.text.split()[0] in _OPENS[kind])


def _differences(before: Tree, after: Tree, name: str) -> Iterator[PropertyChange]:
    """The properties that one side lacks, paired by kind as far as that goes."""
    old, new = list(_properties(before, name)), list(_properties(after, name))
    for kind in _KINDS:
        sides = [[item for item in side if item.kind == kind] for side in (old, new)]
        gone, come = _without(sides[0], sides[1]), _without(sides[1], sides[0])
        if kind == "default" and not gone and not come and _texts(sides[0]) != _texts(sides[1]):
            gone, come = sides
        yield from (PropertyChange(kind, *pair) for pair in zip_longest(gone, come))


def _without(
    side: Sequence[DefinitionProperty], other: Sequence[DefinitionProperty]
) -> list[DefinitionProperty]:
    """The properties of one side that the other has not, or not as often."""
    there = Counter(_texts(other))
    kept = []
    for item in side:
        if there[item.text]:
            there[item.text] -= 1
        else:
            kept.append(item)
    return kept


def _texts(side: Sequence[DefinitionProperty]) -> list[str]:
    return [item.text for item in side]
