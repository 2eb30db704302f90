# SPDX-License-Identifier: GPL-2.0-or-later
"""Conditions on memory maps: the vocabulary in which it is said where a kernel is safe.

A condition is a predicate on ``memblock.memory`` and ``memblock.reserved`` at the end of early set-up. Most
say on which grid regions begin and end: pages, pageblocks, blocks of the buddy allocator's largest order
(MAX_ORDER blocks), sections. Without NUMA all memory is on one node.

The pieces of a map are its regions and the holes between them. What lies below the first region and above
the last one is no hole; conditions of their own say where memory begins and ends.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple, Self

from explorer.boot import KernelConfig
from explorer.boot.linear_map import memstart_align
from explorer.boot.sections import bytes_of_section_root, has_nodes, memory_runs
from explorer.boot.spans import merged_spans
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
    * ``ZONES_LARGE``: the highest zone of each node holds more than ``LARGE_ZONE`` bytes of pages that are
      wholly mapped memory, and of which no byte is reserved.
    * ``RESERVED_IN_MEMORY``: every byte that is reserved is memory.
    * ``MEMORY_IN_FIRST_ROOT``: memory begins in a section of the first root of ``mem_section``.
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
    MEMORY_IN_FIRST_ROOT = "memory in the first root of sections"


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
    grids, memory, reserved = Grids.of(config), memory_map.memory, memory_map.reserved
    found = set(_off(memory[0].base, grids, _MEMORY_BEGINS) | _off(memory[-1].end, grids, _MEMORY_ENDS))
    if memory[0].base % memstart_align(config):
        found.add(Condition.MEMORY_BEGINS_ON_MEMSTART_ALIGN)
    spans = merged_spans((region.base, region.end) for region in memory)
    found |= _of_holes(spans, grids)
    if any(region.nomap for region in memory):
        found |= _of_nomap(memory, grids)
    if any(upper.base // grids.pages < -(-lower.end // grids.pages) for lower, upper in pairwise(memory)):
        found.add(Condition.PAGES_UNSHARED)
    mapped = merged_spans((region.base, region.end) for region in memory if not region.nomap)
    if any(upper[0] // grids.pages < -(-lower[1] // grids.pages) for lower, upper in pairwise(mapped)):
        found.add(Condition.MAPPED_PAGES_UNSHARED)
    if has_nodes(memory, config):
        found |= _of_nodes(memory, grids)
    if any(free <= LARGE_ZONE for free in _free_bytes_of_highest_zones(memory, reserved, config)):
        found.add(Condition.ZONES_LARGE)
    if reserved and not _is_within(reserved, spans):
        found.add(Condition.RESERVED_IN_MEMORY)
    if memory[0].base >= bytes_of_section_root(config):
        found.add(Condition.MEMORY_IN_FIRST_ROOT)
    return frozenset(found)


_Span = tuple[int, int]

_NOMAP_BEGINS, _NOMAP_ENDS, _HOLES_BEGIN, _HOLES_END, _MEMORY_BEGINS, _MEMORY_ENDS, _NODES = (
    tuple(Condition[f"{subject}_ON_{grid.upper()}"] for grid in Grids._fields)
    for subject in (
        *("NOMAP_BEGINS", "NOMAP_ENDS", "HOLES_BEGIN", "HOLES_END"),
        *("MEMORY_BEGINS", "MEMORY_ENDS", "NODES"),
    )
)
"""Each holds the conditions of one subject, one for each field of ``Grids``."""


@lru_cache(maxsize=4096)
def _off(address: int, grids: Grids, conditions: Sequence[Condition]) -> frozenset[Condition]:
    """Those of the conditions, one a grid, whose grid an address is not on."""
    return frozenset(condition for size, condition in zip(grids, conditions, strict=True) if address % size)


def _of_holes(spans: Sequence[_Span], grids: Grids) -> set[Condition]:
    """What holes, and the beginnings of memory, do not meet."""
    found: set[Condition] = set()
    below = 0
    for start, end in spans:
        if start % grids.pageblocks and below <= start // grids.pageblocks * grids.pageblocks:
            found.add(Condition.PAGEBLOCKS_BEGIN_WITH_MEMORY)
        if start % grids.sections and below <= start // grids.sections * grids.sections:
            found.add(Condition.SECTIONS_BEGIN_WITH_MEMORY)
        below = end
    for lower, upper in pairwise(spans):
        found.add(Condition.NO_HOLES)
        found |= _off(lower[1], grids, _HOLES_BEGIN)
        found |= _off(upper[0], grids, _HOLES_END)
    return found


def _of_nomap(memory: Sequence[Region], grids: Grids) -> set[Condition]:
    """What nomap memory does not meet."""
    found = {Condition.NO_NOMAP}
    for start, end in merged_spans((region.base, region.end) for region in memory if region.nomap):
        found |= _off(start, grids, _NOMAP_BEGINS)
        found |= _off(end, grids, _NOMAP_ENDS)
    return found


def _of_nodes(memory: Sequence[Region], grids: Grids) -> set[Condition]:
    """What the nodes do not meet."""
    found: set[Condition] = set()
    seen = {memory[0].node}
    for lower, upper in pairwise(memory):
        if lower.node == upper.node:
            continue
        found.add(Condition.ONE_NODE)
        for size, condition in zip(grids, _NODES, strict=True):
            if (lower.end - 1) // size == upper.base // size:
                found.add(condition)
        if upper.node in seen:
            found.add(Condition.NODES_NOT_INTERLEAVED)
        seen.add(upper.node)
    return found


def _free_bytes_of_highest_zones(
    memory: Sequence[Region], reserved: Sequence[Region], config: KernelConfig
) -> Iterator[int]:
    """Bytes of the pages of mapped memory that hold nothing reserved, in the highest zone of each node."""
    shift, page = config.page_shift, 1 << config.page_shift
    knows_nodes = has_nodes(memory, config)
    taken = [(region.base >> shift, -(-region.end // page)) for region in reserved]
    zones = populated_zones(memory, memory_runs(memory, config), config)
    for zone in {zone.node: zone for zone in zones}.values():
        own = [
            (max(-(-region.base // page), zone.start_pfn), min(region.end >> shift, zone.end_pfn))
            for region in memory
            if not region.nomap and (region.node == zone.node or not knows_nodes)
        ]
        pages = sum(max(0, end - start) for start, end in own) - _shared(own, taken)
        yield pages << shift


def _shared(spans: Sequence[_Span], taken: Sequence[_Span]) -> int:
    """How much of sorted, disjoint spans is taken, at most; of two that share a page both count it."""
    total = index = 0
    for start, end in spans:
        while index < len(taken) and taken[index][1] <= start:
            index += 1
        at = index
        while at < len(taken) and taken[at][0] < end:
            total += max(0, min(end, taken[at][1]) - max(start, taken[at][0]))
            at += 1
    return total


def _is_within(reserved: Sequence[Region], spans: Sequence[_Span]) -> bool:
    """Whether every byte of some regions lies in sorted, disjoint spans that do not adjoin."""
    places = ((bisect_right(spans, region.base, key=itemgetter(0)) - 1, region) for region in reserved)
    return all(index >= 0 and region.end <= spans[index][1] for index, region in places)


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
