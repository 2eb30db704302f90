# SPDX-License-Identifier: GPL-2.0-or-later
"""The cost of the memmap contract, a table for each page size: kernels with equal numbers share a line."""

import json
from typing import NamedTuple

from explorer.boot.sections import STRUCT_PAGE_SIZE
from explorer.narrative.verdict_narrative import memmap_cost_sentence
from explorer.report.words import Json, number, ranges_of, size

__all__ = ["CostRow", "CostTable", "cost_tables_of"]


class CostRow(NamedTuple):
    """The numbers of a memory map, and the kernels that have them."""

    memory_map: str
    kernels: str
    numbers: Json


class CostTable(NamedTuple):
    """The lines of one page size, and a sentence with their maxima."""

    page_size: int
    lines: list[CostRow]
    sentence: str


def cost_tables_of(document: Json) -> list[CostTable]:
    """The tables, smallest page size first; with vmemmap and DEBUG_VM=n where there is a choice."""
    chosen: dict[tuple[int, str], Json] = {}
    for view in document["views"]:
        key = (view["context"]["page_size"], view["kernel"])
        if key not in chosen or _preference(view) < _preference(chosen[key]):
            chosen[key] = view
    kernels = list(dict.fromkeys(view["kernel"] for view in document["views"]))
    names = [memory_map["name"] for memory_map in document["memory_maps"]]
    tables = []
    for page_size in sorted({page_size for page_size, _ in chosen}):
        views = [view for (of_view, _), view in chosen.items() if of_view == page_size]
        lines = [line for name in names for line in _lines(name, views, kernels)]
        tables.append(CostTable(page_size, lines, _sentence(lines)))
    return tables


def _preference(view: Json) -> tuple[bool, bool]:
    context = view["context"]
    return context["memory_model"] != "SPARSEMEM_VMEMMAP", context["DEBUG_VM"] == "y"


def _lines(memory_map: str, views: list[Json], ordered_kernels: list[str]) -> list[CostRow]:
    kernels: dict[str, list[str]] = {}
    for view in views:
        numbers = json.dumps(view["boots"][memory_map]["contract"])
        kernels.setdefault(numbers, []).append(view["kernel"])
    return [
        CostRow(memory_map, ranges_of(names, ordered_kernels), json.loads(numbers))
        for numbers, names in kernels.items()
    ]


def _sentence(lines: list[CostRow]) -> str:
    writes = max(line.numbers["to_initialise"] for line in lines)
    blocks = max(line.numbers["freeable_by_blocks"] for line in lines)
    pages = max(line.numbers["freeable_by_pages"] for line in lines)
    return memmap_cost_sentence(
        number(writes),
        size(writes * STRUCT_PAGE_SIZE),
        size(blocks) if blocks else "",
        size(pages) if pages else "",
    )
