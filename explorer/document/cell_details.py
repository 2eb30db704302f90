# SPDX-License-Identifier: GPL-2.0-or-later
"""The details of a cell: struct pages around a fault, cures, recorded boots; and the dependency graph."""

from bisect import bisect_right
from dataclasses import asdict

from explorer.boot import Boot, Fault
from explorer.boot.memmap import PageRun
from explorer.boot.memmap_rules import PageContent
from explorer.configuration import Tree, config_fragment
from explorer.configuration.queries.dependency_graph import graph_of
from explorer.document.elements import Json, zones_json
from explorer.evidence.boot_evidence import evidence_for
from explorer.study.cure_search import Cure
from explorer.study.matrix import Matrix
from explorer.study.memmap_cost import memmap_cost_of
from explorer.study.release_search import FirstSafeRelease

__all__ = ["block_json", "boot_facts", "cure_json", "graph_json", "later_json", "recorded_json"]


def block_json(fault: Fault, boot: Boot) -> list[Json]:
    """The page runs of the fault's pageblock after initialisation."""
    start = fault.pageblock_start_pfn
    end = start + boot.kernel_config.pageblock_nr_pages
    first = max(0, bisect_right(boot.page_runs, start, key=lambda run: run.start) - 1)
    inside = (run for run in boot.page_runs[first:] if run.end > start)
    runs = []
    for run in inside:
        if run.start >= end:
            break
        runs.append(_page_run(run, max(run.start, start), min(run.end, end), boot))
    return runs


def _page_run(run: PageRun, start: int, end: int, boot: Boot) -> Json:
    page = run.page
    initialised = page.content is PageContent.INITIALISED
    return {
        "start_pfn": start,
        "end_pfn": end,
        "kind": str(run.kind),
        "pfn_valid": run.valid,
        "fresh": str(boot.fresh_at(start).content),
        "visited": run.visited,
        "content": str(page.content),
        "node": page.node if initialised else None,
        "zone": page.zone if initialised else None,
        "reserved": page.reserved,
    }


def boot_facts(boot: Boot) -> Json:
    """The zones and sections of a boot, and the cost of the memmap contract in it."""
    return {
        "zones": zones_json(boot),
        "present": [{"start_pfn": span.start, "end_pfn": span.end} for span in boot.present],
        "contract": memmap_cost_of(boot)._asdict(),
    }


def cure_json(cure: Cure | None, tree: Tree, *, is_whole: bool = True) -> Json | None:
    """The fewest answers that make a cell safe; ``None`` where none are known.

    Args:
        cure: the answers.
        tree: the Kconfig of the kernel.
        is_whole: the fragment has all answers; otherwise only those to merge into the ``.config``.
    """
    if cure is None:
        return None
    return {
        "changes": dict(cure.changes),
        "values": dict(cure.values),
        "config": config_fragment(tree, cure.answers if is_whole else cure.changes),
    }


def later_json(later: FirstSafeRelease | None) -> Json | None:
    """The first later release in which the same answers are safe; ``None`` where there is none."""
    if later is None:
        return None
    return {
        "release": str(later.release),
        "before": str(later.before),
        "cause": None if later.cause is None else asdict(later.cause),
    }


def recorded_json(boot: Boot) -> list[Json]:
    """Recorded boots of the same kernel, configuration and memory map."""
    return [{**entry._asdict(), "where": list(entry.where)} for entry in evidence_for(boot)]


def graph_json(matrix: Matrix) -> Json:
    """The symbols that decide those under study, and the statements by which they do, in order of name."""
    tree = matrix.tree
    graph = graph_of(tree, [name.name for name in matrix.projection.studied if tree.defines(name.name)])
    return {
        "nodes": [
            {"name": node.name, **{key: getattr(node, key) for key in ("prompt", "type", "file", "line")}}
            for node in graph.nodes
        ],
        "edges": sorted(
            (edge._asdict() for edge in graph.edges),
            key=lambda edge: [str(value) for value in edge.values()],
        ),
    }
