# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a dependency graph in the formats of other tools: DOT, GraphML, JSON (node-link data) or Mermaid.

networkx reads the GraphML and the JSON back (``read_graphml()``, ``node_link_graph()``). Its own writers take
ten seconds for a whole kernel, so the few lines that these formats need are written here.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from explorer.configuration.queries.dependency_graph import DependencyGraph, GraphEdge, GraphNode
from explorer.errors import printable

__all__ = ["GRAPH_FORMATS", "write_graph"]

_STYLE = {"depends": "solid", "select": "bold", "imply": "dashed", "default": "dotted"}
_GRAPHML = """<?xml version="1.0" encoding="utf-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns \
http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">"""
_NODE_KEYS = {"type": "string", "prompt": "boolean", "file": "string", "line": "long"}
_EDGE_KEYS = {"kind": "string", "condition": "string", "file": "string", "line": "long"}


def write_graph(graph: DependencyGraph, form: str) -> str:
    """A graph in one of ``GRAPH_FORMATS``, in stable order."""
    return "\n".join((*_WRITERS[form](graph), ""))


def _numbered(edges: Iterable[GraphEdge]) -> Iterator[tuple[GraphEdge, int]]:
    """Each edge with its number among those that join the same two symbols."""
    for _, parallel in groupby(edges, key=lambda edge: edge[:2]):
        yield from ((edge, number) for number, edge in enumerate(parallel))


# --- JSON -------------------------------------------------------------------------------------------------


def _json(graph: DependencyGraph) -> Iterator[str]:
    """Node-link data as networkx reads it, one node or edge a line."""
    yield "{"
    yield ' "directed": true,'
    yield ' "edges": ['
    yield from _joined(_json_text(_edge_data(edge, key)) for edge, key in _numbered(graph.edges))
    yield " ],"
    yield f' "graph": {_json_text(graph.compiler)},'
    yield ' "multigraph": true,'
    yield ' "nodes": ['
    yield from _joined(_json_text(_node_data(node)) for node in graph.nodes)
    yield " ]"
    yield "}"


def _joined(texts: Iterable[str]) -> Iterator[str]:
    """Lines of an array: a comma ends each but the last."""
    before = None
    for text in texts:
        if before is not None:
            yield f"  {before},"
        before = text
    if before is not None:
        yield f"  {before}"


def _edge_data(edge: GraphEdge, key: int) -> dict[str, object]:
    return {**edge._asdict(), "key": key}


def _node_data(node: GraphNode) -> dict[str, object]:
    data = node._asdict()
    return {"id": data.pop("name"), **data}


def _json_text(values: Mapping[str, object]) -> str:
    """Values as JSON in ASCII; DEL is the one control character that ``json`` leaves as it is."""
    return json.dumps(values, sort_keys=True).replace("\x7f", "\\u007f")


# --- GraphML ----------------------------------------------------------------------------------------------


def _graphml(graph: DependencyGraph) -> Iterator[str]:
    yield _GRAPHML
    keys = {"graph": dict.fromkeys(graph.compiler, "string"), "node": _NODE_KEYS, "edge": _EDGE_KEYS}
    ids: dict[str, dict[str, str]] = {}
    for domain, types in keys.items():
        for name, kind in types.items():
            key = ids.setdefault(domain, {})[name] = f"{domain}-{name}"
            yield f'  <key id="{key}" for="{domain}" attr.name="{name}" attr.type="{kind}" />'
    yield '  <graph edgedefault="directed">'
    for name, text in graph.compiler.items():
        yield _datum(ids["graph"][name], text, 4)
    for node in graph.nodes:
        data: dict[str, Any] = {**node._asdict(), "prompt": str(node.prompt).lower()}
        yield f'    <node id="{_xml(data.pop("name"))}">'
        yield from _data(ids["node"], data)
        yield "    </node>"
    for edge, number in _numbered(graph.edges):
        data = edge._asdict()
        source, target = (_xml(data.pop(side)) for side in ("source", "target"))
        yield f'    <edge source="{source}" target="{target}" id="{number}">'
        yield from _data(ids["edge"], data)
        yield "    </edge>"
    yield "  </graph>"
    yield "</graphml>"


def _data(ids: dict[str, str], values: dict[str, object]) -> Iterator[str]:
    return (_datum(ids[name], str(value), 6) for name, value in values.items())


def _datum(key: str, text: str, indent: int) -> str:
    return f'{"":<{indent}}<data key="{key}">{_xml(text)}</data>'


def _xml(text: str) -> str:
    """A text for XML, with control characters replaced: XML 1.0 cannot hold most of them."""
    return escape(printable(text), {'"': "&quot;"})


# --- DOT --------------------------------------------------------------------------------------------------


def _dot(graph: DependencyGraph) -> Iterator[str]:
    """The graph for Graphviz, with its own escapes in strings."""
    yield from ("digraph kconfig {", "  rankdir=LR;", '  node [shape=box, fontname="monospace"];')
    yield from _comments(graph, "//")
    names = {node.name: _quoted(node.name) for node in graph.nodes}
    for node in graph.nodes:
        shape = "box" if node.prompt else "ellipse"
        place = f"{node.file}:{node.line}" if node.file else "not defined"
        yield f"  {names[node.name]} [shape={shape}, tooltip={_quoted(place)}];"
    for source, target, kind, condition, file, line in graph.edges:
        label = kind if condition in {"y", ""} else f"{kind}: {condition}"
        style = _STYLE.get(kind, "solid")
        yield (
            f"  {names[source]} -> {names[target]} "
            f"[label={_quoted(label)}, style={style}, tooltip={_quoted(f'{file}:{line}')}];"
        )
    yield "}"


def _quoted(text: str) -> str:
    escaped = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# --- Mermaid ----------------------------------------------------------------------------------------------


def _mermaid(graph: DependencyGraph) -> Iterator[str]:
    """The graph as a Mermaid flowchart; nodes are numbered, because an id must be a word."""
    ids = {node.name: f"n{index}" for index, node in enumerate(graph.nodes)}
    yield "flowchart LR"
    yield from _comments(graph, "%%")
    yield from (f'  {ids[node.name]}["{_entities(node.name)}"]' for node in graph.nodes)
    for edge in graph.edges:
        yield f'  {ids[edge.source]} -->|"{_entities(edge.kind)}"| {ids[edge.target]}'


def _entities(text: str) -> str:
    """A text with numeric entities as Mermaid reads them, with # instead of &#."""
    return "".join(
        char if char.isalnum() or char in "_ -.=" else f"#{ord(char)};" for char in printable(text)
    )


def _comments(graph: DependencyGraph, mark: str) -> Iterator[str]:
    return (f"  {mark} {name}: {printable(' '.join(text.split()))}" for name, text in graph.compiler.items())


_WRITERS: dict[str, Callable[[DependencyGraph], Iterator[str]]] = {
    "dot": _dot,
    "graphml": _graphml,
    "json": _json,
    "mermaid": _mermaid,
}
GRAPH_FORMATS = tuple(_WRITERS)
