# SPDX-License-Identifier: GPL-2.0-only
"""Conditions on memory maps: the vocabulary in which it is said where a kernel is safe.

A condition is a predicate on ``memblock.memory`` and ``memblock.reserved`` at the end of early set-up. Most
say on which grid regions begin and end: pages, pageblocks, blocks of the buddy allocator's largest order
(MAX_ORDER blocks), sections. Without NUMA all memory is on one node.

The pieces of a map are its regions and the holes between them. What lies below the first region and above
the last one is no hole; conditions of their own say where memory begins and ends.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple, Self

from explorer.boot import KernelConfig
from explorer.boot.linear_map import memstart_align
from explorer.boot.sections import memory_runs
from explorer.boot.zones import populated_zones
from explorer.machine import MemoryMap, Region

__all__ = ["Condition", "Grids", "Implications", "conditions_met", "violated"]


class Condition(StrEnum):
    """A predicate on memory maps.

    "A begins on B" means that the first byte of every A is a multiple of the size of a B, "A ends on B" that
    the byte after its last one is.

    Attributes of the machine that are no edges:

    * ``PAGES_UNSHARED``: no page holds bytes of two regions.
    * ``MAPPED_PAGES_UNSHARED``: no page holds bytes of two mapped regions that do not adjoin.
    * ``PAGEBLOCKS_BEGIN_WITH_MEMORY``: the first byte of every pageblock that holds memory is memory, nomap
      or not; ``SECTIONS_BEGIN_WITH_MEMORY`` says it of sections.
    * ``NODES_ON_PAGES``: no page holds memory of two nodes; likewise for pageblocks, MAX_ORDER blocks and
      sections.
    * ``NODES_NOT_INTERLEAVED``: the spans of nodes do not overlap.
    * ``ZONES_LARGE``: the highest zone of each node holds more than ``LARGE_ZONE`` bytes of mapped memory
      that is not reserved.
    * ``RESERVED_IN_MEMORY``: every byte that is reserved is memory.
    """

    NO_NOMAP = "no nomap"
    NOMAP_BEGINS_ON_PAGES = "nomap begins on pages"
    NOMAP_BEGINS_ON_PAGEBLOCKS = "nomap begins on pageblocks"
    NOMAP_BEGINS_ON_MAX_ORDER_BLOCKS = "nomap begins on max-order blocks"
    NOMAP_BEGINS_ON_SECTIONS = "nomap begins on sections"
    NOMAP_ENDS_ON_PAGES = "nomap ends on pages"
    NOMAP_ENDS_ON_PAGEBLOCKS = "nomap ends on pageblocks"
    NOMAP_ENDS_ON_MAX_ORDER_BLOCKS = "nomap ends on max-order blocks"
    NOMAP_ENDS_ON_SECTIONS = "nomap ends on sections"

    NO_HOLES = "no holes"
    HOLES_BEGIN_ON_PAGES = "holes begin on pages"
    HOLES_BEGIN_ON_PAGEBLOCKS = "holes begin on pageblocks"
    HOLES_BEGIN_ON_MAX_ORDER_BLOCKS = "holes begin on max-order blocks"
    HOLES_BEGIN_ON_SECTIONS = "holes begin on sections"
    HOLES_END_ON_PAGES = "holes end on pages"
    HOLES_END_ON_PAGEBLOCKS = "holes end on pageblocks"
    HOLES_END_ON_MAX_ORDER_BLOCKS = "holes end on max-order blocks"
    HOLES_END_ON_SECTIONS = "holes end on sections"

    MEMORY_BEGINS_ON_PAGES = "memory begins on pages"
    MEMORY_BEGINS_ON_PAGEBLOCKS = "memory begins on pageblocks"
    MEMORY_BEGINS_ON_MAX_ORDER_BLOCKS = "memory begins on max-order blocks"
    MEMORY_BEGINS_ON_SECTIONS = "memory begins on sections"
    MEMORY_BEGINS_ON_MEMSTART_ALIGN = "memory begins on ARM64_MEMSTART_ALIGN"
    MEMORY_ENDS_ON_PAGES = "memory ends on pages"
    MEMORY_ENDS_ON_PAGEBLOCKS = "memory ends on pageblocks"
    MEMORY_ENDS_ON_MAX_ORDER_BLOCKS = "memory ends on max-order blocks"
    MEMORY_ENDS_ON_SECTIONS = "memory ends on sections"

    PAGES_UNSHARED = "pages unshared"
    MAPPED_PAGES_UNSHARED = "mapped pages unshared"
    PAGEBLOCKS_BEGIN_WITH_MEMORY = "pageblocks begin with memory"
    SECTIONS_BEGIN_WITH_MEMORY = "sections begin with memory"

    ONE_NODE = "one node"
    NODES_NOT_INTERLEAVED = "nodes not interleaved"
    NODES_ON_PAGES = "nodes on pages"
    NODES_ON_PAGEBLOCKS = "nodes on pageblocks"
    NODES_ON_MAX_ORDER_BLOCKS = "nodes on max-order blocks"
    NODES_ON_SECTIONS = "nodes on sections"

    ZONES_LARGE = "zones large"
    RESERVED_IN_MEMORY = "reserved in memory"


LARGE_ZONE = 16 << 20
"""Bytes that booting itself may allocate (``boot/walkers/pageblock_steal``); a large zone has more."""


class Grids(NamedTuple):
    """What regions can be aligned to in one build, in bytes; powers of two.

    Attributes:
        pages: a page.
        pageblocks: a pageblock.
        max_order_blocks: the largest block of the buddy allocator.
        sections: a section of SPARSEMEM; with FLATMEM the same size, which means nothing there.
    """

    pages: int
    pageblocks: int
    max_order_blocks: int
    sections: int

    @classmethod
    def of(cls, config: KernelConfig) -> Self:
        """The sizes of a build."""
        page = 1 << config.page_shift
        largest = page << config.largest_order
        return cls(page, page << config.pageblock_order, largest, 1 << config.section_size_bits)


def conditions_met(memory_map: MemoryMap, config: KernelConfig) -> frozenset[Condition]:
    """The conditions that a memory map meets; see ``violated``."""
    return frozenset(Condition) - violated(memory_map, config)


def violated(memory_map: MemoryMap, config: KernelConfig) -> frozenset[Condition]:
    """The conditions that a memory map does not meet.

    Args:
        memory_map: memblock as ``from_map`` and ``from_firmware`` return it: sorted, disjoint, merged.
        config: the build, whose grids and zones count.
    """
    return frozenset(_violated(memory_map, config))


_GRIDS = tuple(name.upper() for name in Grids._fields)
_NOMAP_BEGINS, _NOMAP_ENDS, _HOLES_BEGIN, _HOLES_END, _MEMORY_BEGINS, _MEMORY_ENDS, _NODES = (
    tuple(Condition[f"{subject}_ON_{grid}"] for grid in _GRIDS)
    for subject in (
        *("NOMAP_BEGINS", "NOMAP_ENDS", "HOLES_BEGIN", "HOLES_END"),
        *("MEMORY_BEGINS", "MEMORY_ENDS", "NODES"),
    )
)


def _violated(memory_map: MemoryMap, config: KernelConfig) -> Iterator[Condition]:
    """The conditions that a map does not meet; some may come more than once."""
    grids, memory = Grids.of(config), memory_map.memory
    yield from _off(memory[0].base, grids, _MEMORY_BEGINS)
    yield from _off(memory[-1].end, grids, _MEMORY_ENDS)
    if memory[0].base % memstart_align(config):
        yield Condition.MEMORY_BEGINS_ON_MEMSTART_ALIGN
    for lower, upper in pairwise(memory):
        yield from _between(lower, upper, grids)
    for start, end in _merged((region.base, region.end) for region in memory if region.nomap):
        yield Condition.NO_NOMAP
        yield from _off(start, grids, _NOMAP_BEGINS)
        yield from _off(end, grids, _NOMAP_ENDS)
    if _share_a_page([(region.base, region.end) for region in memory if not region.nomap], grids):
        yield Condition.MAPPED_PAGES_UNSHARED
    yield from _of_beginnings(list(_merged((region.base, region.end) for region in memory)), grids)
    if _has_nodes(memory, config):
        yield from _of_nodes(memory, grids)
    if not all(free > LARGE_ZONE for free in _free_bytes_of_highest_zones(memory_map, config)):
        yield Condition.ZONES_LARGE
    if not _is_within(memory_map.reserved, memory):
        yield Condition.RESERVED_IN_MEMORY


def _off(address: int, grids: Grids, conditions: Sequence[Condition]) -> Iterator[Condition]:
    """Those of the conditions, one a grid, whose grid an address is not on."""
    for size, condition in zip(grids, conditions, strict=True):
        if address % size:
            yield condition


def _between(lower: Region, upper: Region, grids: Grids) -> Iterator[Condition]:
    """What two neighbouring regions do not meet."""
    if (lower.end - 1) // grids.pages == upper.base // grids.pages:
        yield Condition.PAGES_UNSHARED
    if lower.end < upper.base:
        yield Condition.NO_HOLES
        yield from _off(lower.end, grids, _HOLES_BEGIN)
        yield from _off(upper.base, grids, _HOLES_END)


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Sorted spans with those merged that adjoin."""
    start = end = -1
    for low, high in spans:
        if low != end:
            if end > start:
                yield start, end
            start = low
        end = high
    if end > start:
        yield start, end


def _share_a_page(spans: Iterable[tuple[int, int]], grids: Grids) -> bool:
    """Whether two spans that do not adjoin have bytes in one page."""
    return any(low[1] > high[0] // grids.pages * grids.pages for low, high in pairwise(_merged(spans)))


def _of_beginnings(spans: Sequence[tuple[int, int]], grids: Grids) -> Iterator[Condition]:
    """What the beginnings of memory do not meet."""
    for size, condition in (
        (grids.pageblocks, Condition.PAGEBLOCKS_BEGIN_WITH_MEMORY),
        (grids.sections, Condition.SECTIONS_BEGIN_WITH_MEMORY),
    ):
        below = 0
        for start, end in spans:
            if start % size and below <= start // size * size:
                yield condition
                break
            below = end


def _has_nodes(memory: Sequence[Region], config: KernelConfig) -> bool:
    """Whether nodes count: without NUMA, and where a region has none, all memory is on node 0."""
    return config.has("NUMA") and all(region.node is not None for region in memory)


def _of_nodes(memory: Sequence[Region], grids: Grids) -> Iterator[Condition]:
    """What the nodes do not meet."""
    seen = [memory[0].node]
    for lower, upper in pairwise(memory):
        if lower.node == upper.node:
            continue
        yield Condition.ONE_NODE
        for size, condition in zip(grids, _NODES, strict=True):
            if (lower.end - 1) // size == upper.base // size:
                yield condition
        if upper.node in seen:
            yield Condition.NODES_NOT_INTERLEAVED
        seen.append(upper.node)


def _free_bytes_of_highest_zones(memory_map: MemoryMap, config: KernelConfig) -> Iterator[int]:
    """Bytes of mapped memory, less what is reserved, in the highest zone of each node."""
    zones = populated_zones(memory_map.memory, memory_runs(memory_map.memory, config), config)
    for zone in {zone.node: zone for zone in zones}.values():
        low, high = zone.start_pfn << config.page_shift, zone.end_pfn << config.page_shift
        own = [region for region in memory_map.memory if not region.nomap]
        if _has_nodes(memory_map.memory, config):
            own = [region for region in own if (region.node or 0) == zone.node]
        spans = [(max(region.base, low), min(region.end, high)) for region in own]
        total = sum(max(0, end - start) for start, end in spans)
        taken = sum(
            max(0, min(end, region.end) - max(start, region.base))
            for start, end in spans
            for region in memory_map.reserved
        )
        yield total - taken


def _is_within(reserved: Sequence[Region], memory: Sequence[Region]) -> bool:
    """Whether every byte of sorted, disjoint regions is memory."""
    spans = list(_merged((region.base, region.end) for region in memory))
    return all(any(start <= region.base and region.end <= end for start, end in spans) for region in reserved)


class Implications:
    """Which conditions follow from others in one build; the order of its grids decides."""

    def __init__(self, config: KernelConfig) -> None:
        rules = [(frozenset({given}), follows) for given, follows in _SINGLE]
        grids = Grids.of(config)
        for family in (
            *(_NOMAP_BEGINS, _NOMAP_ENDS, _HOLES_BEGIN, _HOLES_END),
            *(_MEMORY_BEGINS, _MEMORY_ENDS, _NODES),
        ):
            rules += [
                (frozenset({coarse}), fine)
                for coarse, large in zip(family, grids, strict=True)
                for fine, small in zip(family, grids, strict=True)
                if coarse is not fine and large >= small
            ]
        self._rules = [*rules, *_DOUBLE]

    def closure(self, conditions: frozenset[Condition]) -> frozenset[Condition]:
        """The conditions with all that follow from them."""
        known = set(conditions)
        size = -1
        while size != len(known):
            size = len(known)
            known |= {follows for given, follows in self._rules if given <= known}
        return frozenset(known)

    def weakest(self, conditions: frozenset[Condition]) -> frozenset[Condition]:
        """Those of the conditions that imply no other one of them; of equal ones the first."""
        kept: list[Condition] = []
        for one in sorted(conditions, key=_ORDER.__getitem__):
            follows = self.closure(frozenset({one}))
            weaker = [other for other in follows & conditions if not self._implies(other, one)]
            if not weaker and not any(other in follows for other in kept):
                kept.append(one)
        return frozenset(kept)

    def reduced(self, conditions: frozenset[Condition]) -> frozenset[Condition]:
        """The conditions less those that follow from the others."""
        for one in sorted(conditions, key=_ORDER.__getitem__):
            if one in self.closure(conditions - {one}):
                conditions -= {one}
        return conditions

    def _implies(self, one: Condition, other: Condition) -> bool:
        return other in self.closure(frozenset({one}))


_ORDER = {condition: number for number, condition in enumerate(Condition)}
_SINGLE = (
    *((Condition.NO_NOMAP, follows) for follows in (*_NOMAP_BEGINS, *_NOMAP_ENDS)),
    *((Condition.NO_HOLES, follows) for follows in (*_HOLES_BEGIN, *_HOLES_END)),
    *((Condition.ONE_NODE, follows) for follows in (*_NODES, Condition.NODES_NOT_INTERLEAVED)),
    (Condition.PAGES_UNSHARED, Condition.MAPPED_PAGES_UNSHARED),
    (Condition.PAGES_UNSHARED, Condition.NODES_ON_PAGES),
    (Condition.SECTIONS_BEGIN_WITH_MEMORY, Condition.PAGEBLOCKS_BEGIN_WITH_MEMORY),
    (Condition.MEMORY_BEGINS_ON_MEMSTART_ALIGN, Condition.MEMORY_BEGINS_ON_SECTIONS),
)
_DOUBLE = (
    (
        frozenset({Condition.MEMORY_BEGINS_ON_SECTIONS, Condition.HOLES_END_ON_SECTIONS}),
        Condition.SECTIONS_BEGIN_WITH_MEMORY,
    ),
    (
        frozenset({Condition.MEMORY_BEGINS_ON_PAGEBLOCKS, Condition.HOLES_END_ON_PAGEBLOCKS}),
        Condition.PAGEBLOCKS_BEGIN_WITH_MEMORY,
    ),
    *(
        (frozenset({nomap, hole}), Condition.MAPPED_PAGES_UNSHARED)
        for nomap in (Condition.NOMAP_BEGINS_ON_PAGES, Condition.NOMAP_ENDS_ON_PAGES)
        for hole in (Condition.HOLES_BEGIN_ON_PAGES, Condition.HOLES_END_ON_PAGES)
    ),
)
