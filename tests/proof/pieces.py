# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory as pieces that can be painted over, moved and stretched: what random maps are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from explorer.machine import Region

__all__ = ["Kind", "Piece", "paint", "pieces_of", "regions_of", "stretched"]


class Kind(NamedTuple):
    """What a piece is."""

    nomap: bool = False
    node: int | None = None


class Piece(NamedTuple):
    """Memory of one kind, in bytes; the end is the first byte after it."""

    start: int
    end: int
    kind: Kind


def pieces_of(memory: Iterable[Region]) -> list[Piece]:
    """Sorted regions that do not overlap as pieces."""
    return [Piece(region.base, region.end, Kind(region.nomap, region.node)) for region in memory]


def regions_of(pieces: Iterable[Piece]) -> tuple[Region, ...]:
    """The pieces as regions."""
    return tuple(Region(start, end - start, kind.nomap, kind.node) for start, end, kind in pieces)


def paint(pieces: Sequence[Piece], start: int, end: int, kind: Kind | None) -> list[Piece]:
    """The pieces with a range replaced; by a hole where the kind is ``None``."""
    if start >= end:
        return list(pieces)
    painted = [] if kind is None else [Piece(start, end, kind)]
    for piece in pieces:
        lower, upper = min(piece.end, start), max(piece.start, end)
        if piece.start < lower:
            painted.append(piece._replace(end=lower))
        if upper < piece.end:
            painted.append(piece._replace(start=upper))
    return sorted(painted)


def stretched(regions: Iterable[Region], at: int, more: int) -> tuple[Region, ...]:
    """The regions with everything above an address moved up; what holds the address grows."""
    return tuple(
        replace(region, base=region.base + more)
        if region.base >= at
        else replace(region, size=region.size + more)
        if region.end > at
        else region
        for region in regions
    )
