# SPDX-License-Identifier: GPL-2.0-only
import json
from io import BytesIO
from pathlib import Path

import networkx as nx
import pytest

from explorer.configuration import load_fragment, load_tree
from explorer.configuration.queries.dependency_graph import (
    GRAPH_FORMATS,
    graph_of,
    subgraph_of,
    write_graph,
)
from explorer.errors import InputError
from explorer.study.matrix import FOUR
from explorer.version import KernelVersion

EVERYTHING = """
config A
	bool "a" if B
	depends on C
	select D if B
	imply E
	default B if C

config B
	bool "b"
config C
	bool "c"
config D
	bool
config E
	bool "e"
config N
	int "n"
	range 1 B_NUM
config B_NUM
	int
	default 4
choice
	bool "pick" if C
config P
	bool "p"
config Q
	bool "q"
endchoice
"""


def edges(text: str, tmp_path: Path) -> set[tuple[str, str, str, str, int]]:
    (tmp_path / "Kconfig").write_text(text)
    graph = graph_of(load_tree(tmp_path))
    return {
        (source, target, data["kind"], data["condition"], data["line"])
        for source, target, data in graph.edges(data=True)
    }


def test_every_kind_of_edge_is_there_with_condition_and_line(tmp_path: Path) -> None:
    found = edges(EVERYTHING, tmp_path)
    assert ("C", "A", "depends", "C", 4) in found
    assert ("A", "D", "select", "B && C", 5) in found
    assert ("A", "E", "imply", "C", 6) in found
    assert ("B", "A", "default", "B if C && C", 7) in found
    assert ("B", "A", "visible-if", "B && C", 3) in found
    assert ("B_NUM", "N", "range", "y", 19) in found
    assert ("P", "Q", "choice", "y", 27) in found
    assert {edge[2] for edge in found} == {
        "depends", "select", "imply", "default", "visible-if", "range", "choice",
    }  # fmt: skip


def test_ancestors_of_the_four_hold_the_prompt_that_decides_them() -> None:
    graph = graph_of(load_fragment(KernelVersion.parse("4.17")))
    part = subgraph_of(graph, FOUR)
    assert {"NUMA", "SPARSEMEM", "SPARSEMEM_MANUAL", *FOUR} <= set(part.nodes)
    assert "CMA" not in part
    with pytest.raises(InputError, match="NO_SUCH is not in this tree"):
        subgraph_of(graph, ["NO_SUCH"])


@pytest.mark.parametrize("form", GRAPH_FORMATS)
def test_written_graphs_are_equal_from_run_to_run_and_read_back(form: str) -> None:
    graph = graph_of(load_fragment(KernelVersion.parse("6.1")))
    text = write_graph(graph, form)
    assert text == write_graph(graph_of(load_fragment(KernelVersion.parse("6.1"))), form)
    if form == "json":
        back = nx.node_link_graph(json.loads(text), edges="edges")
    elif form == "graphml":
        back = nx.read_graphml(BytesIO(text.encode()), force_multigraph=True)
    else:
        assert text.count("->") + text.count("-->") >= graph.number_of_edges()
        return
    assert back.number_of_edges() == graph.number_of_edges()
    assert set(back.nodes) == set(graph.nodes)


def test_names_from_strangers_are_quoted(tmp_path: Path) -> None:
    (tmp_path / "Kconfig").write_text(
        'config A\n\tbool "a"\n\tdepends on B = "x\\"];evil"\nconfig B\n\tstring "b"\n'
    )
    graph = graph_of(load_tree(tmp_path))
    assert '\\"];evil' in write_graph(graph, "dot")
    assert '"];evil' not in write_graph(graph, "mermaid")


@pytest.mark.parametrize("form", ["dot", "graphml", "json", "mermaid"])
def test_a_graph_tells_the_compiler_that_its_tree_asked(form: str, tmp_path: Path) -> None:
    (tmp_path / "Kconfig").write_text("A := $(shell,unknown)\nconfig A\n\tdef_bool $(A)\n")
    text = write_graph(graph_of(load_tree(tmp_path)), form)
    assert "gcc 12.2.0" in text
    assert "0 recorded, 0 run, 1 unanswered" in text
