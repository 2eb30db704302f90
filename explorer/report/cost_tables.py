# SPDX-License-Identifier: GPL-2.0-only
"""The contract's numbers as a table for each page size: map by map, kernels with equal numbers joined."""

import json
from typing import NamedTuple

from explorer.report.words import Json, number, size, spans

__all__ = ["CostRow", "CostTable", "cost_tables_of"]


class CostRow(NamedTuple):
    """A map in the kernels named, with its numbers."""

    memory_map: str
    kernels: str
    numbers: Json


class CostTable(NamedTuple):
    """One page size, with what its lines come to in a sentence."""

    page_size: int
    lines: list[CostRow]
    sentence: str


def cost_tables_of(document: Json) -> list[CostTable]:
    """The tables, smallest page size first; with vmemmap and DEBUG_VM=n where there is a choice."""
    chosen: dict[tuple[int, str], Json] = {}
    for view in document["views"]:
        context = view["context"]
        key = (context["page_size"], view["kernel"])
        if key not in chosen or _rank(view) < _rank(chosen[key]):
            chosen[key] = view
    order = list(dict.fromkeys(view["kernel"] for view in document["views"]))
    found = []
    names = [memory_map["name"] for memory_map in document["memory_maps"]]
    for page_size in sorted({of_page for of_page, _ in chosen}):
        views = [view for (of_page, _), view in chosen.items() if of_page == page_size]
        lines = [line for name in names for line in _lines(name, views, order)]
        found.append(CostTable(page_size, lines, _sentence(lines)))
    return found


def _rank(view: Json) -> tuple[bool, bool]:
    context = view["context"]
    return context["memory_model"] != "SPARSEMEM_VMEMMAP", context["DEBUG_VM"] == "y"


def _lines(name: str, views: list[Json], order: list[str]) -> list[CostRow]:
    kernels: dict[str, list[str]] = {}
    for view in views:
        numbers = json.dumps(view["boots"][name]["contract"])
        kernels.setdefault(numbers, []).append(view["kernel"])
    return [CostRow(name, spans(found, order), json.loads(numbers)) for numbers, found in kernels.items()]


def _sentence(lines: list[CostRow]) -> str:
    """What the contract costs and what the other way could save, at most."""
    writes = max(line.numbers["to_initialise"] for line in lines)
    blocks = max(line.numbers["freeable_by_blocks"] for line in lines)
    pages = max(line.numbers["freeable_by_pages"] for line in lines)
    text = (
        "On these maps the contract allocates nothing more, and initialises at most "
        f"{number(writes)} more struct pages ({size(writes * 64)}) once, at boot. "
    )
    if not pages:
        return f"{text}Unmapping the memmap of gaps would save nothing."
    text += f"Giving the memmap of gaps back instead would save at most {size(pages)}"
    if blocks == pages:
        return f"{text}."
    return f"{text}, of which {size(blocks) if blocks else 'nothing'} without splitting a block."
