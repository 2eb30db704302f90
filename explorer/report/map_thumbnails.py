# SPDX-License-Identifier: GPL-2.0-or-later
"""A memory map as a thumbnail: what is special about it, ``WIDTH`` by ``HEIGHT`` units.

The thumbnail shows the pageblocks around the holes, nomap regions and borders of nodes of a map, with half a
pageblock on both sides. If these lie far apart, or if there are none, it shows the whole map.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from explorer.report.map_drawing import Drawing, RegionBar

__all__ = ["HEIGHT", "WIDTH", "Thumbnail", "ThumbnailBar", "thumbnail"]

WIDTH, HEIGHT = 72, 12
_NARROWEST = 2
_MOST_BLOCKS = 24
_LAYERS = ("memory", "hole", "nomap")


class ThumbnailBar(NamedTuple):
    """A region as drawn; ``kind`` is ``memory``, ``memory1`` (on an odd node), ``nomap`` or ``hole``."""

    kind: str
    x: float
    width: float


class Thumbnail(NamedTuple):
    """The regions, and the starts of pageblocks."""

    bars: list[ThumbnailBar]
    ticks: list[float]


def thumbnail(drawing: Drawing, block: int) -> Thumbnail:
    """The thumbnail of a drawn memory map.

    Args:
        drawing: its regions.
        block: the size of a pageblock in bytes.
    """
    regions = [bar for bar in drawing.bars if bar.kind != "reserved"]
    edges = sorted(_edges(regions, block))
    whole = not edges or edges[-1] - edges[0] > _MOST_BLOCKS * block
    low = drawing.base if whole else (edges[0] & -block) - block // 2
    high = drawing.end if whole else -(-edges[-1] // block) * block + block // 2
    scale = WIDTH / max(1, high - low)
    drawn = sorted([*regions, *_holes(regions)], key=lambda bar: _LAYERS.index(bar.kind))
    bars = [_bar(bar, low, high, scale) for bar in drawn if bar.base < high and bar.end > low]
    ticks = [] if whole else [round((at - low) * scale, 1) for at in range(low + block // 2, high, block)]
    return Thumbnail(bars, ticks)


def _holes(regions: list[RegionBar]) -> Iterator[RegionBar]:
    """The gaps between regions."""
    for bar, after in pairwise(sorted(regions, key=lambda bar: bar.base)):
        if bar.end < after.base:
            yield RegionBar("hole", 0, 0, bar.end, after.base, None)


def _edges(regions: list[RegionBar], block: int) -> Iterator[int]:
    """Borders of nomap regions, holes and nodes, and the ends of memory that lie inside a pageblock."""
    ordered = sorted(regions, key=lambda bar: bar.base)
    for bar in ordered:
        if bar.kind == "nomap":
            yield from (bar.base, bar.end)
    for bar, after in pairwise(ordered):
        if bar.end != after.base or bar.node != after.node:
            yield from (bar.end, after.base)
    yield from (end for end in (ordered[0].base, ordered[-1].end) if end % block)


def _bar(bar: RegionBar, low: int, high: int, scale: float) -> ThumbnailBar:
    x = (max(bar.base, low) - low) * scale
    width = max(_NARROWEST, (min(bar.end, high) - low) * scale - x)
    kind = "memory1" if bar.kind == "memory" and (bar.node or 0) % 2 else bar.kind
    return ThumbnailBar(kind, round(min(x, WIDTH - width), 1), round(width, 1))
