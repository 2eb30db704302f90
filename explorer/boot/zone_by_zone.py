# SPDX-License-Identifier: GPL-2.0-or-later
"""memmap_init_zone() of 5.11.7 to 5.13.1: one zone after the other, with one ``hole_pfn`` for all of them.

Rules (5.12 mm/page_alloc.c, memmap_init_zone(); ``holes_like_neighbours`` without
``memmap_in_order_of_memory``):

1. Zones are initialised in order of node and zone number, whatever their addresses.
2. For each region of its node, cut to the zone, a zone initialises the pages of the region, and then those
   from ``hole_pfn`` to its start as a hole: init_unavailable_range() writes every struct page of a pageblock
   whose first pfn is valid, and marks it reserved. ``hole_pfn`` becomes the end of the region.
3. With SPARSEMEM the zone then initialises the rest of its last section as a hole.
4. What is written last stays. Where nodes are not in order of address inside a section, rule 3 overwrites
   struct pages of memory.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from explorer.boot.kernel_config import KernelConfig, MemoryModel
from explorer.boot.sections import MemoryRange, round_up
from explorer.boot.zones import Zone

__all__ = ["ZoneByZone"]


class _Write(NamedTuple):
    """A loop over struct pages.

    Attributes:
        start: first pfn.
        end: first pfn after the range.
        zone: the zone that they get.
        is_hole: by init_unavailable_range(), where the pageblock begins valid.
    """

    start: int
    end: int
    zone: Zone
    is_hole: bool


class ZoneByZone:
    """Which zone writes a struct page last."""

    def __init__(
        self,
        runs: Sequence[MemoryRange],
        zones: Sequence[Zone],
        loop_ends: Mapping[Zone, int],
        config: KernelConfig,
    ) -> None:
        """Replay the loops.

        Args:
            runs: the whole pages of memory, in order.
            zones: the populated zones, in the order in which they are initialised.
            loop_ends: where the loop of each zone breaks (DEFERRED_STRUCT_PAGE_INIT).
            config: the kernel and its configuration.
        """
        kept = [
            write if write.is_hole else write._replace(end=min(write.end, loop_ends[write.zone]))
            for write in _writes(runs, zones, config)
            if write.is_hole or write.start < loop_ends[write.zone]
        ]
        self.cuts = sorted({edge for write in kept for edge in (write.start, write.end)})
        self._last = _painted(kept, self.cuts)
        self._last_region = _painted([write for write in kept if not write.is_hole], self.cuts)

    def written_by(self, pfn: int, *, block_begins_valid: bool) -> tuple[Zone | None, bool, bool]:
        """Return the zone that a struct page gets, whether as a hole, and whether a region's loop visits it.

        Args:
            pfn: the pfn.
            block_begins_valid: the first pfn of its pageblock is valid.
        """
        index = bisect_right(self.cuts, pfn) - 1
        if not 0 <= index < len(self._last):
            return None, False, False
        region = self._last_region[index]
        write = self._last[index] if block_begins_valid else region
        return (write.zone if write else None), bool(write and write.is_hole), region is not None


def _writes(runs: Sequence[MemoryRange], zones: Sequence[Zone], config: KernelConfig) -> Iterator[_Write]:
    """Every loop, in order of time."""
    hole = 0
    for zone in zones:
        for run in runs:
            if run.node != zone.node:
                continue
            start, end = (min(max(edge, zone.start_pfn), zone.end_pfn) for edge in (run.start, run.end))
            if start < end:
                yield _Write(start, end, zone, is_hole=False)
            if hole < start:
                yield _Write(hole, start, zone, is_hole=True)
            hole = end
        if config.memory_model is not MemoryModel.FLATMEM:
            section_end = round_up(zone.end_pfn, config.pages_per_section)
            if hole < section_end:
                yield _Write(hole, section_end, zone, is_hole=True)


def _painted(writes: Sequence[_Write], cuts: Sequence[int]) -> list[_Write | None]:
    """For each range between two cuts the last write that covers it."""
    cells: list[_Write | None] = [None] * max(0, len(cuts) - 1)
    unpainted = list(range(len(cells) + 1))  # the next cell from each one on that nothing has covered

    def first_from(cell: int) -> int:
        while unpainted[cell] != cell:
            unpainted[cell] = unpainted[unpainted[cell]]
            cell = unpainted[cell]
        return cell

    position = {cut: index for index, cut in enumerate(cuts)}
    for write in reversed(writes):
        cell, end = first_from(position[write.start]), position[write.end]
        while cell < end:
            cells[cell] = write
            unpainted[cell] = cell + 1
            cell = first_from(cell)
    return cells
