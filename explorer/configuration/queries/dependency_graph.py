# SPDX-License-Identifier: GPL-2.0-or-later
"""The dependency graph of a tree, or of the symbols that some symbols depend on.

1. An edge points from a symbol to one that depends on it. Several edges may join the same two symbols.
2. ``condition`` is the expression as Kconfig writes it, ``file`` and ``line`` the statement.
3. A symbol that no file defines is a node without a place: other symbols name or select it.
4. Only what is asked for is built: from the symbols in question backwards along the edges.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import kconfiglib

from explorer.configuration.queries.symbol_names import symbols_hint
from explorer.configuration.toolchain.probes import AnswerOrigin, Compiler
from explorer.configuration.tree.tree import Statement, Tree, symbol_type
from explorer.errors import UnknownNameError

__all__ = ["DependencyGraph", "GraphEdge", "GraphNode", "graph_of"]


class GraphNode(NamedTuple):
    """A symbol.

    Attributes:
        name: the symbol.
        type: ``bool``, ``tristate``, ``int``, ``hex``, ``string``, ``unknown``, or ``undefined`` if no file
            defines it.
        prompt: a definition has a prompt.
        file: the file of the first definition; empty if no file defines the symbol.
        line: its line; 0 if no file defines the symbol.
    """

    name: str
    type: str
    prompt: bool
    file: str
    line: int


class GraphEdge(NamedTuple):
    """A symbol that another depends on.

    Attributes:
        source: the symbol that decides.
        target: the symbol that depends on it.
        kind: ``depends``, ``select``, ``imply``, ``default``, ``choice``, ``range`` or ``visible-if``.
        condition: the expression.
        file: the file of the statement.
        line: its line.
    """

    source: str
    target: str
    kind: str
    condition: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class DependencyGraph:
    """A typed multigraph of symbols.

    Attributes:
        nodes: in order of name.
        edges: in order of source, target, kind, condition, file and line.
        compiler: the compiler and its answers, if the tree has compiler checks; texts by name.
    """

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    compiler: Mapping[str, str]


def graph_of(tree: Tree, names: Sequence[str] = ()) -> DependencyGraph:
    """The graph of all symbols that the tree defines or names, or of those that some symbols depend on.

    Args:
        tree: the tree.
        names: the symbols whose graph is wanted; all symbols if empty.

    Raises:
        UnknownNameError: the tree neither defines nor names a symbol.
    """
    edges_of = _EdgesOfTree(tree)
    for name in names:
        if not edges_of.knows(name):
            raise UnknownNameError(
                f"{tree.label} neither defines nor names a symbol {name}",
                name=name,
                known=[*tree.symbols, *edges_of.undefined],
                parameter="names",
                hint=symbols_hint((tree,)),
            )
    wanted = dict.fromkeys(names or (*tree.symbols, *edges_of.undefined))
    edges: list[GraphEdge] = []
    pending = list(wanted)
    while pending:
        into = list(edges_of.into(pending.pop()))
        edges += into
        new = dict.fromkeys(edge.source for edge in into if edge.source not in wanted)
        wanted |= new
        pending += new
    nodes = tuple(_node(tree, name) for name in sorted(wanted))
    return DependencyGraph(nodes, tuple(sorted(edges)), _compiler_attributes(tree.compiler))


def _node(tree: Tree, name: str) -> GraphNode:
    if not tree.defines(name):
        return GraphNode(name, "undefined", prompt=False, file="", line=0)
    symbol = tree.kconfig.syms[name]
    first = symbol.nodes[0]
    file = f"{tree.label}/{first.filename}"
    return GraphNode(name, symbol_type(symbol), tree.has_prompt(name), file, first.linenr)


class _EdgesOfTree:
    """Finds the edges of a tree that lead to a symbol.

    Attributes:
        undefined: symbols without a definition that a ``select`` or ``imply`` names.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._syms = tree.kconfig.syms
        self._texts: dict[int, str] = {}
        self._names: dict[int, frozenset[str]] = {}
        self._lines: dict[int, list[Statement]] = {}
        self._reverse: dict[str, list[tuple[Any, str, Any]]] = defaultdict(list)
        for symbol in tree.kconfig.unique_defined_syms:
            for node in symbol.nodes:
                for kind, targets in (("select", node.selects), ("imply", node.implies)):
                    for target, condition in targets:
                        self._reverse[target.name].append((node, kind, condition))
        self.undefined = tuple(name for name in self._reverse if not tree.defines(name))

    def knows(self, name: str) -> bool:
        """Whether the tree defines or names a symbol."""
        return name in self._syms and _is_symbol(self._syms[name])

    def into(self, name: str) -> Iterator[GraphEdge]:
        """The edges that lead to a symbol."""
        symbol = self._syms[name]
        for node in symbol.nodes:
            yield from self._own(node, name, self._lines_of(node))
        if symbol.nodes and symbol.choice:
            yield from self._choice(symbol)
        for node, kind, condition in self._reverse.get(name, ()):
            lines = self._lines_of(node)
            where = _line(lines, (kind,), name) or lines[0]
            yield GraphEdge(node.item.name, name, kind, self._text(condition), where.file, where.line)

    def _lines_of(self, node: Any) -> list[Statement]:
        """The lines of a definition."""
        lines = self._lines.get(id(node))
        if lines is None:
            lines = self._lines[id(node)] = list(self._tree.node_statements(node, node.item.name))
        return lines

    def _own(self, node: Any, name: str, lines: Sequence[Statement]) -> Iterator[GraphEdge]:
        """The edges of a definition's dependencies, prompt, defaults and ranges."""
        if node.dep is not node.kconfig.y:
            yield from self._named(name, "depends", (node.dep,), _line(lines, ("depends",)) or lines[0])
        for default, condition in node.defaults:
            where = _line(lines, ("default", "def_bool", "def_tristate"), self._text(default)) or lines[0]
            yield from self._named(name, "default", (default, condition), where)
        if node.prompt and node.prompt[1] is not node.kconfig.y:
            where = _line(lines, ("bool", "tristate", "prompt")) or lines[0]
            yield from self._named(name, "visible-if", (node.prompt[1],), where)
        for low, high, condition in node.ranges:
            where = _line(lines, ("range",)) or lines[0]
            yield from self._named(name, "range", (low, high, condition), where)

    def _choice(self, symbol: Any) -> Iterator[GraphEdge]:
        """Members of a choice exclude each other, and depend on what the choice depends on."""
        where = next(iter(self._tree.statements(symbol.name)))
        for other in symbol.choice.syms:
            if other is not symbol:
                yield GraphEdge(other.name, symbol.name, "choice", "y", where.file, where.line)
        for node in symbol.choice.nodes:
            if node.prompt:
                yield from self._named(symbol.name, "choice", (node.prompt[1],), where)

    def _named(self, name: str, kind: str, parts: tuple[Any, ...], where: Statement) -> Iterator[GraphEdge]:
        """An edge from every symbol in some expressions."""
        sources = frozenset[str]().union(*map(self._symbols, parts))
        text = " if ".join(map(self._text, parts)) if kind == "default" else self._text(parts[-1])
        for source in sources:
            yield GraphEdge(source, name, kind, text, where.file, where.line)

    def _symbols(self, expression: Any) -> frozenset[str]:
        """The names of the symbols in an expression."""
        names = self._names.get(id(expression))
        if names is None:
            items = kconfiglib.expr_items(expression)
            names = self._names[id(expression)] = frozenset(item.name for item in items if _is_symbol(item))
        return names

    def _text(self, expression: Any) -> str:
        """An expression as Kconfig writes it; one that is met again is not printed again."""
        text = self._texts.get(id(expression))
        if text is None:
            text = self._texts[id(expression)] = str(kconfiglib.expr_str(expression))
        return text


def _is_symbol(item: Any) -> bool:
    """Whether an operand is a symbol, defined or not, and not a constant or a number."""
    return isinstance(item, kconfiglib.Symbol) and not item.is_constant and not item.name[:1].isdigit()


def _line(lines: Iterable[Statement], words: tuple[str, ...], mention: str = "") -> Statement | None:
    """The first property line that begins with one of some words and contains a text."""
    return next((line for line in lines if line.text.startswith(words) and mention in line.text), None)


def _compiler_attributes(compiler: Compiler) -> dict[str, str]:
    """The compiler and its answers, as texts that every format can hold."""
    if not compiler.probes:
        return {}
    counts = ", ".join(f"{compiler.count(how)} {how}" for how in AnswerOrigin)
    return {"compiler": compiler.version, "toolchain": compiler.toolchain, "probes": counts}
