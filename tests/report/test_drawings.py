# SPDX-License-Identifier: GPL-2.0-or-later
"""The geometry of the pictures: layers that point one way, pages where they belong."""

from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.configuration import load_fragment
from explorer.document.matrix import document
from explorer.machine import all_shipped_maps
from explorer.report.graph_layout import layout
from explorer.report.matrix_rows import merged_rows
from explorer.report.pageblock_drawing import WIDTH, pageblock_drawing_of
from explorer.study.matrix import study_kernel
from explorer.version import KernelVersion

NAMES = [f"N{number}" for number in range(9)]


def graph(edges: list[tuple[str, str]]) -> dict[str, Any]:
    fact = {"prompt": True, "type": "bool", "file": "Kconfig", "line": 1}
    more = {"kind": "depends", "condition": "y", "file": "Kconfig", "line": 1}
    return {
        "nodes": [{"name": name, **fact} for name in NAMES],
        "edges": [{"source": source, "target": target, **more} for source, target in edges],
    }


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), min_size=1, max_size=20))
def test_what_decides_stands_left_of_what_is_decided(edges: list[tuple[str, str]]) -> None:
    drawn = layout(graph(edges), {NAMES[0]})
    assert drawn is not None
    place = {node.name: node for node in drawn.nodes}
    assert set(place) == set(NAMES)
    whole: nx.DiGraph[str] = nx.DiGraph(edges)
    for source, target in edges:
        together = source == target or nx.has_path(whole, target, source)
        assert (place[source].x == place[target].x) if together else (place[source].x < place[target].x)
    for node in drawn.nodes:
        for other in drawn.nodes:
            apart = node.name == other.name or abs(node.y - other.y) >= 26 or node.x != other.x
            assert apart, f"{node.name} lies on {other.name}"
        assert 0 <= node.x <= node.x + node.width <= drawn.width


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    tree = load_fragment(KernelVersion.parse("4.17"))
    settings: list[dict[str, str]] = [{}, {"ARM64_64K_PAGES": "y"}, {"DEBUG_VM": "y"}]
    views = [
        study_kernel(tree, all_shipped_maps(), settings=values, what_ifs=not values) for values in settings
    ]
    return document(views, all_shipped_maps(), "command")


def test_the_walker_stops_where_the_page_lies(shown: dict[str, Any]) -> None:
    for fault in shown["views"][0]["faults"]:
        drawn = pageblock_drawing_of(fault)
        assert drawn.start_pfn <= fault["pfn"] < drawn.end_pfn
        exact = (fault["pfn"] - drawn.start_pfn) * WIDTH / (drawn.end_pfn - drawn.start_pfn)
        assert abs(drawn.hit - exact) <= 0.5
        for lane in drawn.lanes:
            assert lane.bars[0].x == 0
            assert lane.bars[-1].x + lane.bars[-1].width >= WIDTH - 2
        states = [bar for bar in drawn.lanes[3].bars if bar.x <= drawn.hit]
        assert states[-1].kind != "initialised" or "node" in fault["struct_page"]


def test_merged_rows_are_the_product_of_what_they_list(shown: dict[str, Any]) -> None:
    """Every row of every view is in exactly one merged row, with its own cells."""
    rows = merged_rows(shown)
    for view in shown["views"]:
        context = view["context"]
        for row in view["combinations"]:
            if not row["reachable"]:
                continue
            own = [
                merged
                for merged in rows
                if merged.combination["id"] == row["id"]
                and context["page_size"] in merged.page_sizes
                and row["memory_model"] in merged.models
                and context["DEBUG_VM"] in merged.debug
            ]
            assert len(own) == 1
            kinds = [cell["hazard"] or cell["what_if"] for cell in row["cells"]]
            assert [cell.kind for cell in own[0].cells] == kinds
