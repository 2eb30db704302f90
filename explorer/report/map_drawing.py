# SPDX-License-Identifier: GPL-2.0-or-later
"""A memory map drawn to scale, with a lens that magnifies one pageblock.

The overview spans all regions. The lens shows a pageblock and half of each neighbour: the pageblock of the
first fault, or the first one that an edge of memory cuts. Zones, sections and pageblocks are those of one
named kernel. The drawing is ``WIDTH`` units wide.
"""

from collections.abc import Iterator
from typing import NamedTuple

from explorer.report.words import Json, page_size

__all__ = ["WIDTH", "Drawing", "Lens", "RegionBar", "drawing", "drawings"]

WIDTH = 1000
_NARROWEST = 2
_MOST_TICKS = 80


class RegionBar(NamedTuple):
    """A range of addresses as drawn; ``base`` and ``end`` are bytes."""

    kind: str
    x: float
    width: float
    base: int
    end: int
    node: int | None
    label: str = ""


class Lens(NamedTuple):
    """The magnified part.

    Attributes:
        x: where it begins in the overview.
        width: how wide it is in the overview.
        base: its first address.
        end: the address after its last.
        bars: the regions in it.
        ticks: the starts of pageblocks: where they are drawn, and their addresses.
        pfn: the faulting page; ``None`` where no fault is shown.
        mark: where the faulting page, or the edge of memory, is drawn.
    """

    x: float
    width: float
    base: int
    end: int
    bars: list[RegionBar]
    ticks: list[tuple[float, int]]
    pfn: int | None
    mark: float


class Drawing(NamedTuple):
    """A memory map with the zones and sections of one kernel; ``x`` positions are in ``sections``."""

    kernel: str
    base: int
    end: int
    bars: list[RegionBar]
    zones: list[RegionBar]
    nodes: list[RegionBar]
    sections: list[float]
    lens: Lens | None


def drawing(memory_map: Json, view: Json, fault: Json | None) -> Drawing:
    """The drawing of a memory map.

    Args:
        memory_map: the document's memory map.
        view: the kernel whose zones, sections and pageblocks are shown.
        fault: the first fault on it in that view, if there is one.
    """
    regions = list(_regions(memory_map))
    low, high = min(base for _, base, _, _ in regions), max(end for _, _, end, _ in regions)
    context = view["context"]
    page = context["page_size"]
    zones = view["boots"][memory_map["name"]]["zones"]
    scale = WIDTH / max(1, high - low)
    return Drawing(
        f"Linux {view['kernel']}, {page_size(page)} pages",
        low,
        high,
        [_bar(kind, base, end, low, scale, node) for kind, base, end, node in regions],
        [
            _bar("zone", zone["start_pfn"] * page, zone["end_pfn"] * page, low, scale, zone["node"])._replace(
                label=f"node {zone['node']} {zone['name']}"
            )
            for zone in zones
        ],
        [_bar("node", base, end, low, scale, node) for _, base, end, node in regions if node is not None],
        _ticks(low, high, 1 << context["section_size_bits"], scale),
        _lens(regions, low, high, context, fault),
    )


def _regions(memory_map: Json) -> Iterator[tuple[str, int, int, int | None]]:
    for kind in ("memory", "reserved"):
        for entry in memory_map[kind]:
            base = int(entry["base"], 16)
            flags = entry.get("flags", ())
            is_nomap = kind == "memory" and "nomap" in flags
            yield "nomap" if is_nomap else kind, base, base + int(entry["size"], 16), entry.get("node")


def _bar(kind: str, base: int, end: int, low: int, scale: float, node: int | None) -> RegionBar:  # noqa: PLR0913, PLR0917 # a range, a scale and two facts
    width = max(_NARROWEST, (end - base) * scale)
    return RegionBar(
        kind, round(min((base - low) * scale, WIDTH - width), 1), round(width, 1), base, end, node
    )


def _ticks(low: int, high: int, step: int, scale: float) -> list[float]:
    first = -(-low // step) * step
    if (high - first) // step > _MOST_TICKS:
        return []
    return [round((at - low) * scale, 1) for at in range(first, high + 1, step)]


def _lens(
    regions: list[tuple[str, int, int, int | None]], low: int, high: int, context: Json, fault: Json | None
) -> Lens | None:
    block = context["page_size"] << context["pageblock_order"]
    focus = fault["pfn"] * context["page_size"] if fault else _first_edge(regions, block)
    if focus is None:
        return None
    start = max(0, (focus & -block) - block // 2)
    end = start + 2 * block
    scale = WIDTH / (end - start)
    inside = [entry for entry in regions if entry[1] < end and entry[2] > start]
    bars = [
        _bar(kind, max(base, start), min(top, end), start, scale, node) for kind, base, top, node in inside
    ]
    over = WIDTH / max(1, high - low)
    first = -(-start // block) * block
    ticks = [(round((at - start) * scale, 1), at) for at in range(first, end + 1, block)]
    pfn = fault["pfn"] if fault else None
    x = max(0.0, min((start - low) * over, WIDTH - 1))
    return Lens(
        round(x, 1),
        round(max(1.0, min(2 * block * over, WIDTH - x)), 1),
        start,
        end,
        bars,
        ticks,
        pfn,
        round((focus - start) * scale, 1),
    )


def _first_edge(regions: list[tuple[str, int, int, int | None]], block: int) -> int | None:
    """The first edge of memory inside a pageblock, or else the start of the first nomap region."""
    memory = [entry for entry in regions if entry[0] != "reserved"]
    edges = [edge for _, base, end, _ in memory for edge in (base, end)]
    cut = next((edge for edge in edges if edge & (block - 1)), None)
    if cut is not None:
        return cut
    return next((base for kind, base, _, _ in memory if kind == "nomap"), None)


def drawings(document: Json, kernels: list[Json]) -> list[Drawing]:
    """Each memory map as the first kernel that is unsafe on it sees it, or else as the first kernel does."""
    drawn = []
    for at, memory_map in enumerate(document["memory_maps"]):
        view, fault = next(_first_faults(document["views"], at), (kernels[0], None))
        drawn.append(drawing(memory_map, view, fault))
    return drawn


def _first_faults(views: list[Json], memory_map: int) -> Iterator[tuple[Json, Json]]:
    for view in views:
        for combination in view["combinations"]:
            cell = combination["cells"][memory_map]
            if combination["reachable"] and cell["faults"]:
                yield view, view["faults"][cell["faults"][0]]
