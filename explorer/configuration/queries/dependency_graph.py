# SPDX-License-Identifier: GPL-2.0-only
"""The dependency graph of a tree, with the statement behind every edge.

An edge points from a symbol to one that depends on it. Its ``kind`` is ``depends``,
``select``, ``imply``, ``default``, ``choice``, ``range`` or ``visible-if``; ``condition`` is the expression
as Kconfig writes it, ``file`` and ``line`` the statement. Several edges may join the same two symbols.
"""

import json
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any, NamedTuple

import kconfiglib
import networkx as nx

from explorer.configuration.toolchain.probes import AnswerOrigin, Compiler
from explorer.configuration.tree.tree import Statement, Tree, symbol_type
from explorer.errors import UnknownNameError

__all__ = ["GRAPH_FORMATS", "graph_of", "subgraph_of", "write_graph"]

GRAPH_FORMATS = ("dot", "graphml", "json", "mermaid")

_STYLE = {"depends": "solid", "select": "bold", "imply": "dashed", "default": "dotted"}


class _Edge(NamedTuple):
    source: str
    target: str
    kind: str
    condition: str
    where: Statement


def graph_of(tree: Tree) -> "nx.MultiDiGraph[str]":
    """The typed multigraph of all symbols that the tree defines or names.

    If the tree has compiler checks, attributes of the graph name the compiler.
    """
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.graph.update(_compiler_attributes(tree.compiler))
    for name in tree.symbols:
        symbol = tree.kconfig.syms[name]
        first = symbol.nodes[0]
        graph.add_node(
            name,
            type=symbol_type(symbol),
            prompt=tree.has_prompt(name),
            file=f"{tree.label}/{first.filename}",
            line=first.linenr,
        )
    for name in tree.symbols:
        for edge in _edges(tree, name):
            if edge.source not in graph:
                graph.add_node(edge.source, type="undefined", prompt=False, file="", line=0)
            graph.add_edge(
                edge.source,
                edge.target,
                kind=edge.kind,
                condition=edge.condition,
                file=edge.where.file,
                line=edge.where.line,
            )
    return graph


def subgraph_of(graph: "nx.MultiDiGraph[str]", names: Iterable[str]) -> "nx.MultiDiGraph[str]":
    """The part of the graph that some symbols depend on, including themselves.

    Raises:
        UnknownNameError: the graph has no such symbol.
    """
    wanted: set[str] = set()
    for name in names:
        if name not in graph:
            raise UnknownNameError(
                f"{name} is not in this tree",
                name=name,
                known=graph.nodes,
                parameter="names",
                hint="check the spelling",
            )
        wanted |= {name} | nx.ancestors(graph, name)
    part: nx.MultiDiGraph[str] = nx.MultiDiGraph(graph.subgraph(wanted))
    return part


def write_graph(graph: "nx.MultiDiGraph[str]", form: str) -> str:
    """The graph as dot, graphml, json (networkx node-link data) or mermaid, in stable order."""
    writers = {"dot": _dot, "graphml": _graphml, "json": _json, "mermaid": _mermaid}
    return writers[form](_sorted(graph))


def _edges(tree: Tree, name: str) -> Iterator[_Edge]:
    for node in tree.kconfig.syms[name].nodes:
        lines = list(tree.node_statements(node, name))
        head = lines[0]
        yield from _named(name, "depends", node.dep, _line(lines, ("depends",), "") or head)
        for default, condition in node.defaults:
            where = _line(lines, ("default", "def_bool", "def_tristate"), _text(default)) or head
            yield from _named(name, "default", (default, condition), where)
        if node.prompt:
            yield from _named(
                name, "visible-if", node.prompt[1], _line(lines, ("bool", "tristate", "prompt"), "") or head
            )
        for low, high, condition in node.ranges:
            yield from _named(name, "range", (low, high, condition), _line(lines, ("range",), "") or head)
        for kind, targets in (("select", node.selects), ("imply", node.implies)):
            for target, condition in targets:
                where = _line(lines, (kind,), target.name) or head
                yield _Edge(name, target.name, kind, _text(condition), where)
    yield from _choice_edges(tree, name)


def _choice_edges(tree: Tree, name: str) -> Iterator[_Edge]:
    """Members of a choice exclude each other, and depend on what the choice depends on."""
    symbol = tree.kconfig.syms[name]
    if not symbol.choice:
        return
    where = next(iter(tree.statements(name)))
    for other in symbol.choice.syms:
        if other is not symbol:
            yield _Edge(other.name, name, "choice", "y", where)
    for node in symbol.choice.nodes:
        if node.prompt:
            yield from _named(name, "choice", node.prompt[1], where)


def _named(name: str, kind: str, expression: Any, where: Statement) -> Iterator[_Edge]:
    """An edge from every symbol in an expression."""
    parts = expression if isinstance(expression, tuple) and kind in {"default", "range"} else (expression,)
    text = " if ".join(_text(part) for part in parts) if kind == "default" else _text(parts[-1])
    sources = {item.name for part in parts for item in kconfiglib.expr_items(part) if _is_symbol(item)}
    for source in sorted(sources):
        yield _Edge(source, name, kind, text, where)


def _is_symbol(item: Any) -> bool:
    """Whether an operand is a symbol, defined or not, and not a constant or a number."""
    return isinstance(item, kconfiglib.Symbol) and not item.is_constant and not item.name[:1].isdigit()


def _text(expression: Any) -> str:
    return str(kconfiglib.expr_str(expression))


def _line(lines: Iterable[Statement], words: tuple[str, ...], mention: str) -> Statement | None:
    """The first property line that begins with one of some words and contains a text."""
    return next((line for line in lines if line.text.split()[0] in words and mention in line.text), None)


def _compiler_attributes(compiler: Compiler) -> dict[str, str]:
    """The compiler and its answers, as texts that every format can hold."""
    if not compiler.probes:
        return {}
    counts = ", ".join(f"{compiler.count(how)} {how}" for how in AnswerOrigin)
    return {"compiler": compiler.version, "toolchain": compiler.toolchain, "probes": counts}


def _comments(graph: "nx.MultiDiGraph[str]", mark: str) -> list[str]:
    return [f"  {mark} {name}: {' '.join(str(text).split())}" for name, text in graph.graph.items()]


def _sorted(graph: "nx.MultiDiGraph[str]") -> "nx.MultiDiGraph[str]":
    ordered: nx.MultiDiGraph[str] = nx.MultiDiGraph(**graph.graph)
    ordered.add_nodes_from(sorted(graph.nodes(data=True), key=lambda entry: entry[0]))
    edges = sorted(
        graph.edges(data=True), key=lambda edge: (edge[0], edge[1], sorted(map(str, edge[2].items())))
    )
    ordered.add_edges_from(edges)
    return ordered


def _json(graph: "nx.MultiDiGraph[str]") -> str:
    return json.dumps(nx.node_link_data(graph, edges="edges"), indent=1, sort_keys=True) + "\n"


def _graphml(graph: "nx.MultiDiGraph[str]") -> str:
    buffer = BytesIO()
    nx.write_graphml(graph, buffer)
    return buffer.getvalue().decode() + "\n"


def _dot(graph: "nx.MultiDiGraph[str]") -> str:
    """The graph for Graphviz, with its own escapes in strings."""
    lines = ["digraph kconfig {", "  rankdir=LR;", '  node [shape=box, fontname="monospace"];']
    lines += _comments(graph, "//")
    for name, data in graph.nodes(data=True):
        shape = "box" if data["prompt"] else "ellipse"
        lines.append(f"  {_quoted(name)} [shape={shape}, tooltip={_quoted(_place(data))}];")
    for source, target, data in graph.edges(data=True):
        label = data["kind"] if data["condition"] in {"y", ""} else f"{data['kind']}: {data['condition']}"
        style = _STYLE.get(data["kind"], "solid")
        lines.append(
            f"  {_quoted(source)} -> {_quoted(target)} "
            f"[label={_quoted(label)}, style={style}, tooltip={_quoted(_place(data))}];"
        )
    return "\n".join([*lines, "}"]) + "\n"


def _mermaid(graph: "nx.MultiDiGraph[str]") -> str:
    """The graph as a Mermaid flowchart; nodes are numbered, because an id must be a word."""
    ids = {name: f"n{index}" for index, name in enumerate(graph.nodes)}
    lines = ["flowchart LR", *_comments(graph, "%%")]
    lines += [f'  {ids[name]}["{_entities(name)}"]' for name in graph.nodes]
    lines += [
        f'  {ids[source]} -->|"{_entities(data["kind"])}"| {ids[target]}'
        for source, target, data in graph.edges(data=True)
    ]
    return "\n".join(lines) + "\n"


def _place(data: dict[str, Any]) -> str:
    return f"{data['file']}:{data['line']}" if data["file"] else "not defined"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _entities(text: str) -> str:
    """A text with numeric entities as Mermaid reads them, with # instead of &#."""
    return "".join(char if char.isalnum() or char in "_ -.=" else f"#{ord(char)};" for char in text)
