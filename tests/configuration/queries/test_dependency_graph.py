# SPDX-License-Identifier: GPL-2.0-or-later
from pathlib import Path

import networkx as nx
import pytest

from explorer.configuration import load_fragment, load_tree
from explorer.configuration.queries.dependency_graph import graph_of
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
    return {(edge.source, edge.target, edge.kind, edge.condition, edge.line) for edge in graph.edges}


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


def test_the_graph_of_the_four_holds_the_prompt_that_decides_them() -> None:
    tree = load_fragment(KernelVersion.parse("4.17"))
    names = {node.name for node in graph_of(tree, FOUR).nodes}
    assert {"NUMA", "SPARSEMEM", "SPARSEMEM_MANUAL", *FOUR} <= names
    assert "CMA" not in names
    with pytest.raises(InputError, match="neither defines nor names a symbol NO_SUCH"):
        graph_of(tree, ["NO_SUCH"])


@pytest.mark.parametrize("release", ["4.17", "5.11", "6.12"])
def test_the_graph_of_a_symbol_is_what_the_whole_graph_holds_of_its_ancestors(release: str) -> None:
    tree = load_fragment(KernelVersion.parse(release))
    whole = graph_of(tree)
    reference: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    reference.add_nodes_from(node.name for node in whole.nodes)
    reference.add_edges_from((edge.source, edge.target) for edge in whole.edges)
    for name in (name for name in [*FOUR, "MEMORY_HOTPLUG"] if name in reference):
        wanted = {name} | nx.ancestors(reference, name)
        part = graph_of(tree, [name])
        assert part.nodes == tuple(node for node in whole.nodes if node.name in wanted)
        assert part.edges == tuple(edge for edge in whole.edges if edge.target in wanted)


UNDEFINED = """
config A
	bool "a" if NEVER
	select GONE if B
	imply LOST
config B
	bool "b"
	depends on ABSENT || A
"""


def test_symbols_that_no_file_defines_are_nodes_without_a_place(tmp_path: Path) -> None:
    (tmp_path / "Kconfig").write_text(UNDEFINED)
    graph = graph_of(load_tree(tmp_path))
    missing = {node.name: node for node in graph.nodes if node.type == "undefined"}
    assert set(missing) == {"GONE", "LOST", "NEVER", "ABSENT"}
    assert {(node.file, node.line, node.prompt) for node in missing.values()} == {("", 0, False)}
    assert ("A", "GONE") in {edge[:2] for edge in graph.edges}
    only = graph_of(load_tree(tmp_path), ["GONE"])
    assert {node.name for node in only.nodes} == {"GONE", "A", "NEVER"}


def test_a_symbol_without_edges_is_a_graph(tmp_path: Path) -> None:
    (tmp_path / "Kconfig").write_text('config A\n\tbool "a"\n')
    graph = graph_of(load_tree(tmp_path), ["A"])
    assert (len(graph.nodes), graph.edges) == (1, ())
