# SPDX-License-Identifier: GPL-2.0-or-later
"""The dependency graph laid out in columns, from the symbols that decide to those that are decided.

networkx gives the columns: topological generations, in which symbols that decide each other share a column.
Inside a column symbols are ordered by the mean place of their neighbours, which removes most crossings; ties
are ordered by name, so equal graphs give equal layouts.
"""

from statistics import fmean
from typing import NamedTuple

import networkx as nx

from explorer.report.words import Json

__all__ = ["Edge", "Layout", "Node", "layout"]

_COLUMN_GAP = 58
_ROW = 44
_HEIGHT = 26
_CHARACTER = 7.4
_MOST_NODES = 120
_SWEEPS = 4
_STRENGTH = ("select", "default", "depends", "imply", "choice", "range", "visible-if")


class Node(NamedTuple):
    """A symbol as a box."""

    name: str
    x: float
    y: float
    width: float
    kind: str
    place: str


class Edge(NamedTuple):
    """All statements by which one symbol decides another, as one line."""

    source: str
    target: str
    kind: str
    path: str
    title: str


class Layout(NamedTuple):
    """Boxes and lines with the size of the drawing; ``left_out`` symbols are not drawn."""

    width: float
    height: float
    nodes: list[Node]
    edges: list[Edge]
    left_out: int


def layout(graph: Json, studied: set[str]) -> Layout | None:
    """The layout of a graph; ``None`` for a graph without edges."""
    if not graph["edges"]:
        return None
    shown, left_out = _nearest(graph, studied)
    edges = [edge for edge in graph["edges"] if {edge["source"], edge["target"]} <= shown]
    columns = _columns(sorted(shown), edges)
    facts = {node["name"]: node for node in graph["nodes"]}
    nodes: dict[str, Node] = {}
    x, tallest = 10.0, max(len(column) for column in columns)
    for column in columns:
        width = max(len(name) for name in column) * _CHARACTER + 18
        offset = (tallest - len(column)) * _ROW / 2
        for at, name in enumerate(column):
            nodes[name] = _node(facts[name], x, 12 + offset + at * _ROW, width, name in studied)
        x += width + _COLUMN_GAP
    drawn = [_edge(nodes[source], nodes[target], bundle) for (source, target), bundle in _bundles(edges)]
    return Layout(x - _COLUMN_GAP + 10, tallest * _ROW + 12, list(nodes.values()), drawn, left_out)


def _nearest(graph: Json, studied: set[str]) -> tuple[set[str], int]:
    """The symbols closest to those under study, at most 120, and how many are left out."""
    names = [node["name"] for node in graph["nodes"]]
    upwards: nx.DiGraph[str] = nx.DiGraph()
    upwards.add_nodes_from(names)
    upwards.add_edges_from((edge["target"], edge["source"]) for edge in graph["edges"])
    sources = sorted(studied & set(names))
    distance = dict.fromkeys(names, len(names))
    for source in sources:
        for name, steps in nx.single_source_shortest_path_length(upwards, source).items():
            distance[name] = min(distance[name], steps)
    nearest = sorted(names, key=lambda name: (distance[name], name))[:_MOST_NODES]
    return set(nearest), len(names) - len(nearest)


def _columns(names: list[str], edges: list[Json]) -> list[list[str]]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from((edge["source"], edge["target"]) for edge in edges)
    condensed = nx.condensation(graph)
    columns = [
        sorted(name for group in generation for name in condensed.nodes[group]["members"])
        for generation in nx.topological_generations(condensed)
    ]
    for sweep in range(_SWEEPS):
        order = columns if sweep % 2 == 0 else columns[::-1]
        neighbours = graph.pred if sweep % 2 == 0 else graph.succ
        place = {name: at / len(column) for column in columns for at, name in enumerate(column)}
        for column in order:
            column[:] = [
                name
                for _, name in sorted(
                    (fmean([place[other] for other in neighbours[name]] or [place[name]]), name)
                    for name in column
                )
            ]
            place.update({name: at / len(column) for at, name in enumerate(column)})
    return columns


def _node(fact: Json, x: float, y: float, width: float, is_studied: bool) -> Node:  # noqa: FBT001 # drawn like the other facts
    kind = "prompt" if fact["prompt"] else "computed"
    if fact["type"] == "undefined":
        kind = "undefined"
    place = f"{fact['file']}:{fact['line']}" if fact["file"] else "not defined"
    return Node(
        fact["name"], round(x, 1), y, round(width, 1), f"{kind} studied" if is_studied else kind, place
    )


def _bundles(edges: list[Json]) -> list[tuple[tuple[str, str], list[Json]]]:
    bundles: dict[tuple[str, str], list[Json]] = {}
    for edge in edges:
        bundles.setdefault((edge["source"], edge["target"]), []).append(edge)
    return sorted(bundles.items(), key=lambda entry: entry[0])


def _edge(source: Node, target: Node, bundle: list[Json]) -> Edge:
    kinds = {edge["kind"] for edge in bundle}
    kind = next((kind for kind in _STRENGTH if kind in kinds), "depends")
    title = "; ".join(
        f"{edge['kind']} {edge['condition']} ({edge['file']}:{edge['line']})" for edge in bundle
    )
    y1, y2 = source.y + _HEIGHT / 2, target.y + _HEIGHT / 2
    if source.x == target.x:
        right = source.x + source.width
        path = f"M{right} {y1}C{right + 46} {y1} {right + 46} {y2} {right} {y2}"
    else:
        x1, x2 = source.x + source.width, target.x
        bend = min(80.0, (x2 - x1) / 2)
        path = f"M{round(x1, 1)} {y1}C{round(x1 + bend, 1)} {y1} {round(x2 - bend, 1)} {y2} {x2} {y2}"
    return Edge(source.name, target.name, kind, path, f"{source.name} → {target.name}: {title}")
