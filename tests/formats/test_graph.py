# SPDX-License-Identifier: GPL-2.0-or-later
"""Graphs in the formats of other tools: networkx reads back what was written."""

import json
from io import BytesIO
from pathlib import Path

import networkx as nx
import pytest

from explorer.configuration import load_fragment, load_tree
from explorer.configuration.queries.dependency_graph import DependencyGraph, graph_of
from explorer.formats.graph import GRAPH_FORMATS, write_graph
from explorer.version import KernelVersion

AWKWARD = """
config A
	bool "a"
	select GONE
	depends on B = "x\\"];<evil>&"
config B
	string "b"
"""


def read_back(text: str, form: str) -> "nx.MultiDiGraph[str]":
    if form == "json":
        return nx.MultiDiGraph(nx.node_link_graph(json.loads(text), edges="edges"))
    return nx.MultiDiGraph(nx.read_graphml(BytesIO(text.encode()), force_multigraph=True))


def edges_of(graph: DependencyGraph) -> list[tuple[object, ...]]:
    return [tuple(edge) for edge in graph.edges]


@pytest.mark.parametrize("form", ["json", "graphml"])
@pytest.mark.parametrize("release", ["6.1", ""])
def test_networkx_reads_back_every_node_and_edge(form: str, release: str, tmp_path: Path) -> None:
    (tmp_path / "Kconfig").write_text(AWKWARD)
    tree = load_fragment(KernelVersion.parse(release)) if release else load_tree(tmp_path)
    graph = graph_of(tree)
    back = read_back(write_graph(graph, form), form)
    assert {name: (d["type"], d["prompt"], d["file"], d["line"]) for name, d in back.nodes(data=True)} == {
        node.name: node[1:] for node in graph.nodes
    }
    assert sorted(
        (source, target, d["kind"], d["condition"], d["file"], d["line"])
        for source, target, d in back.edges(data=True)
    ) == edges_of(graph)


@pytest.mark.parametrize("form", GRAPH_FORMATS)
def test_written_graphs_are_equal_from_run_to_run(form: str) -> None:
    tree = load_fragment(KernelVersion.parse("6.1"))
    graph = graph_of(tree)
    text = write_graph(graph, form)
    assert text == write_graph(graph_of(tree), form)
    if form in {"dot", "mermaid"}:
        assert text.count("->") + text.count("-->") >= len(graph.edges)


def test_names_from_strangers_are_quoted(tmp_path: Path) -> None:
    (tmp_path / "Kconfig").write_text(AWKWARD)
    graph = graph_of(load_tree(tmp_path))
    assert '\\"];<evil>' in write_graph(graph, "dot")
    assert '"];<evil>' not in write_graph(graph, "mermaid")
    assert "<evil>" not in write_graph(graph, "graphml")


@pytest.mark.parametrize("form", GRAPH_FORMATS)
def test_an_undefined_symbol_is_written(form: str, tmp_path: Path) -> None:
    (tmp_path / "Kconfig").write_text(AWKWARD)
    assert "GONE" in write_graph(graph_of(load_tree(tmp_path)), form)


@pytest.mark.parametrize("form", GRAPH_FORMATS)
def test_an_empty_graph_is_written(form: str) -> None:
    text = write_graph(DependencyGraph((), (), {}), form)
    if form in {"json", "graphml"}:
        assert not read_back(text, form).nodes


@pytest.mark.parametrize("form", GRAPH_FORMATS)
def test_a_graph_names_the_compiler_that_its_tree_asked(form: str, tmp_path: Path) -> None:
    (tmp_path / "Kconfig").write_text("A := $(shell,unknown)\nconfig A\n\tdef_bool $(A)\n")
    text = write_graph(graph_of(load_tree(tmp_path)), form)
    assert "gcc 12.2.0" in text
    assert "0 recorded, 0 run, 1 unanswered" in text
