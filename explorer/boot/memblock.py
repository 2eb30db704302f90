# SPDX-License-Identifier: GPL-2.0-or-later
"""memblock: the kernel's lists of memory before there are struct pages (mm/memblock.c).

``Memblock`` holds two lists of regions, ``memory`` and ``reserved``. Each list is sorted and without overlap,
and adjacent regions with equal node and flags are merged. Its methods have the kernel's names and follow its
rules: bytes that are already there keep their attributes when a range is added, marking splits regions, and
removing leaves holes.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

from explorer.machine.memory_map import Region

__all__ = ["PHYS_ADDR_MAX", "Memblock", "merge_regions"]

PHYS_ADDR_MAX = (1 << 64) - 1
"""The last address; it is never inside a region."""


@dataclass(slots=True)
class _List:
    """One region list; ``regions`` stays sorted, disjoint and merged after every operation."""

    regions: list[Region]

    def add(self, new: Region) -> None:
        """memblock_add_range: add the parts of a range that are not there yet."""
        first, last = self._overlapping(new.base, new.end)
        pieces: list[Region] = []
        at = new.base
        for old in self.regions[first:last]:
            if at < old.base:
                pieces.append(replace(new, base=at, size=old.base - at))
            pieces.append(old)
            at = max(at, old.end)
        if at < new.end:
            pieces.append(replace(new, base=at, size=new.end - at))
        self._put(first, last, pieces)

    def remove(self, base: int, end: int) -> None:
        """memblock_remove_range: cut ``[base, end)`` out."""
        first, last = self._isolate(base, end)
        self.regions[first:last] = []

    def change(self, base: int, end: int, **attributes: int | bool | None) -> None:
        """memblock_setclr_flag and memblock_set_node: change attributes inside ``[base, end)``."""
        first, last = self._isolate(base, end)
        if first == last:
            return
        self._put(first, last, [replace(old, **attributes) for old in self.regions[first:last]])  # type: ignore[arg-type] # dataclasses.replace cannot be typed by keyword

    def intersects(self, base: int, end: int) -> bool:
        """memblock_overlaps_region."""
        first, last = self._overlapping(base, end)
        return first < last

    def pieces(self, base: int, end: int) -> list[Region]:
        """The parts of regions inside ``[base, end)``."""
        first, last = self._overlapping(base, end)
        return [
            replace(old, base=max(old.base, base), size=min(old.end, end) - max(old.base, base))
            for old in self.regions[first:last]
        ]

    def _overlapping(self, base: int, end: int) -> tuple[int, int]:
        """Return the index range of the regions that share a byte with ``[base, end)``."""
        first = bisect_left(self.regions, base + 1, key=lambda region: region.end)
        last = bisect_left(self.regions, end, lo=first, key=lambda region: region.base)
        return first, max(first, last)

    def _isolate(self, base: int, end: int) -> tuple[int, int]:
        """memblock_isolate_range: split regions at both ends, and return the index range of those inside."""
        if base == end:
            return 0, 0  # an empty range touches nothing
        first, last = self._overlapping(base, end)
        pieces = [piece for old in self.regions[first:last] for piece in _split(old, base, end)]
        self.regions[first:last] = pieces
        inside = [index for index, piece in enumerate(pieces) if base <= piece.base and piece.end <= end]
        return (first + inside[0], first + inside[-1] + 1) if inside else (first, first)

    def _put(self, first: int, last: int, pieces: list[Region]) -> None:
        """Replace regions, then merge the new ones with each other and with both neighbours."""
        low, high = max(0, first - 1), min(len(self.regions), last + 1)
        around = self.regions[low:first] + pieces + self.regions[last:high]
        self.regions[low:high] = merge_regions(around)


def _split(region: Region, base: int, end: int) -> Iterable[Region]:
    """Yield the parts of a region that is cut at two addresses."""
    cuts = [region.base, *(cut for cut in (base, end) if region.base < cut < region.end), region.end]
    for low, high in pairwise(cuts):
        yield replace(region, base=low, size=high - low)


def merge_regions(regions: Iterable[Region]) -> list[Region]:
    """memblock_merge_regions: merge adjacent regions with equal node and flags; they are in order."""
    merged: list[Region] = []
    for region in regions:
        last = merged[-1] if merged else None
        if last and last.end == region.base and (last.nomap, last.node) == (region.nomap, region.node):
            merged[-1] = replace(last, size=region.end - last.base)
        else:
            merged.append(region)
    return merged


class Memblock:
    """The two lists, and the operations of early set-up on them. Addresses and sizes are in bytes."""

    def __init__(self) -> None:
        self._memory = _List([])
        self._reserved = _List([])

    @property
    def memory(self) -> tuple[Region, ...]:
        """``memblock.memory``, in order of address."""
        return tuple(self._memory.regions)

    @property
    def reserved(self) -> tuple[Region, ...]:
        """``memblock.reserved``, in order of address."""
        return tuple(self._reserved.regions)

    def memblock_add(self, base: int, size: int, node: int | None = None) -> None:
        """Add memory; bytes that are already there keep their node and flags."""
        if size:
            self._memory.add(Region(base, _capped(base, size), node=node))

    def memblock_remove(self, base: int, size: int) -> None:
        """Remove memory with any flags."""
        self._memory.remove(base, base + _capped(base, size))

    def memblock_reserve(self, base: int, size: int) -> None:
        """Reserve a range; it need not be memory."""
        if size:
            self._reserved.add(Region(base, _capped(base, size)))

    def memblock_mark_nomap(self, base: int, size: int) -> None:
        """Set MEMBLOCK_NOMAP on the memory inside the range."""
        self._memory.change(base, base + _capped(base, size), nomap=True)

    def memblock_clear_nomap(self, base: int, size: int) -> None:
        """Clear MEMBLOCK_NOMAP on the memory inside the range."""
        self._memory.change(base, base + _capped(base, size), nomap=False)

    def memblock_set_node(self, base: int, size: int, node: int) -> None:
        """Give the memory inside the range a node."""
        self._memory.change(base, base + _capped(base, size), node=node)

    def memblock_cap_memory_range(self, base: int, size: int) -> None:
        """Remove mapped memory outside the range, and reserved regions there; NOMAP stays."""
        if not (size and self._memory.regions):
            return
        end = base + _capped(base, size)
        for low, high in ((0, base), (end, PHYS_ADDR_MAX)):
            for region in self._memory.pieces(low, high):
                if not region.nomap:
                    self._memory.remove(region.base, region.end)
            self._reserved.remove(low, high)

    def memblock_mem_limit_remove_map(self, limit: int) -> None:
        """Keep the first ``limit`` bytes of memory, NOMAP counted; 0 and more than all memory do nothing."""
        for region in self.memory if limit else ():
            if limit <= region.size:
                self.memblock_cap_memory_range(0, region.base + limit)
                return
            limit -= region.size

    def memblock_overlaps_memory(self, base: int, size: int) -> bool:
        """Whether the range shares a byte with memory."""
        return self._memory.intersects(base, base + size)

    def memblock_is_region_reserved(self, base: int, size: int) -> bool:
        """Whether the range shares a byte with a reserved region."""
        return self._reserved.intersects(base, base + size)

    @classmethod
    def of(cls, memory: Iterable[Region], reserved: Iterable[Region]) -> Self:
        """Return the lists of regions in any order, which may overlap: they are added one by one."""
        lists = cls()
        for region in _in_order(memory, lists._memory):
            lists.memblock_add(region.base, region.size, region.node)
            if region.nomap:
                lists.memblock_mark_nomap(region.base, region.size)
        for region in _in_order(reserved, lists._reserved):
            lists.memblock_reserve(region.base, region.size)
        return lists


def _in_order(regions: Iterable[Region], empty: _List) -> Iterable[Region]:
    """Fill a list with regions that are sorted and disjoint; else return those to be added singly."""
    filled = [region for region in regions if region.size]
    if _is_merged(filled):
        empty.regions = filled
        return ()
    if all(low.end <= high.base for low, high in pairwise(filled)):
        empty.regions = merge_regions(filled)
        return ()
    return filled


def _is_merged(regions: Iterable[Region]) -> bool:
    """Whether regions are sorted and disjoint, and no two of them can be merged."""
    end, attributes = 0, None
    for region in regions:
        own = (region.nomap, region.node)
        if region.base < end or (region.base == end and own == attributes):
            return False
        end, attributes = region.base + region.size, own
    return True


def _capped(base: int, size: int) -> int:
    """memblock_cap_size: return the size of a range, cut at the end of the address space."""
    return min(size, PHYS_ADDR_MAX - base)
