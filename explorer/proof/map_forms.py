# SPDX-License-Identifier: GPL-2.0-or-later
"""The forms of memory maps: finitely many small maps for the geometry of one build.

A form is a map of few pieces, mapped memory, nomap or hole, whose edges lie on the *marks* of a *ruler*.
Marks are addresses that differ in what struct pages depend on: on which grids they lie, and which page,
pageblock, MAX_ORDER block, section and zone they share with other marks. Each ruler looks closely at one
place:

* whole sections;
* where a section begins, in the middle of one, and where one ends;
* where a zone ends.

docs/proof.md says why these suffice.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, pairwise, product
from typing import NamedTuple, Self

from explorer.boot import KernelConfig, MemoryModel
from explorer.boot.memblock import merge_regions
from explorer.machine import MemoryMap, Region
from explorer.proof.conditions import Grids

__all__ = ["Ruler", "forms_of", "rulers"]

_GIB = 1 << 30
_LINE = 64
"""Bytes of the smallest thing that memblock reserves (SMP_CACHE_BYTES of arm64)."""
_NAME = "form"


class _Kind(NamedTuple):
    """What a piece is.

    Attributes:
        is_memory: it is a region, not a hole.
        nomap: the region is nomap.
        node: the node of the region; 0 in holes.
    """

    is_memory: bool
    nomap: bool = False
    node: int = 0


_HOLE = _Kind(is_memory=False)
_ONE_NODE = (_Kind(is_memory=True), _Kind(is_memory=True, nomap=True), _HOLE)
_TWO_NODES = (*_ONE_NODE, _Kind(is_memory=True, node=1))


class Ruler(NamedTuple):
    """Marks, and how many edges a form has on them.

    Attributes:
        marks: addresses in bytes, in order.
        edges: the most edges of a form on one node.
        edges_of_two_nodes: the most edges of a form on two nodes.
        edges_beside_reserved: the most edges of a form with a reserved region.
        edges_amid_memory: the most edges of a form with and without memory below and above it.
        below: regions of which each is once below the form; they end below the first mark.
        above: the same above.
    """

    marks: tuple[int, ...]
    edges: int = 0
    edges_of_two_nodes: int = 0
    edges_beside_reserved: int = 0
    edges_amid_memory: int = 0
    below: tuple[Region, ...] = ()
    above: tuple[Region, ...] = ()

    def moved(self, distance: int) -> Self:
        """The ruler moved upwards by a distance, in bytes, and with fewer edges."""
        marks = tuple(mark + distance for mark in self.marks)
        return type(self)(
            marks, min(self.edges, 4), min(self.edges_of_two_nodes, 3), min(self.edges_beside_reserved, 4)
        )


_BEYOND_FIRST_ROOT = 1 << 42
"""Where no memory is in the sections of the first root of ``mem_section`` (``has_root_of_section_0``).

A root holds at most 256 sections of 1 GiB with 4K pages, and 4,096 with 64K.
"""


def forms_of(config: KernelConfig) -> Iterator[MemoryMap]:
    """Every form of the geometry of a build, on one node first; with NUMA also on two nodes."""
    scales = rulers(config)
    if config.memory_model is MemoryModel.SPARSEMEM:
        scales += tuple(ruler.moved(_BEYOND_FIRST_ROOT) for ruler in scales)
    for memory in _memories(scales, numa=config.has("NUMA")):
        yield MemoryMap(_NAME, memory)
    for ruler in scales:
        for memory in _maps_on(ruler.marks, ruler.edges_beside_reserved, _ONE_NODE, set()):
            for reserved in _reserved_beside(memory, 1 << config.page_shift):
                yield MemoryMap(_NAME, memory, (reserved,))


def _memories(scales: Sequence[Ruler], *, numa: bool) -> Iterator[tuple[Region, ...]]:
    """The memory of all forms without reserved regions."""
    seen: set[tuple[Region, ...]] = set()
    for ruler in scales:
        yield from _maps_on(ruler.marks, ruler.edges, _ONE_NODE, seen)
        yield from _amid_memory(ruler, numa=numa)
    for ruler in scales if numa else ():
        yield from _maps_on(ruler.marks, ruler.edges_of_two_nodes, _TWO_NODES, seen)


def rulers(config: KernelConfig) -> tuple[Ruler, ...]:
    """The rulers of a build, in the order in which their forms are booted."""
    grids = Grids.of(config)
    block, section = max(grids.pageblocks, grids.max_order_blocks), grids.sections
    start = 2 * _GIB + section % _GIB  # so that start - section is a multiple of ARM64_MEMSTART_ALIGN
    middle = start + max(block, section // 2 // block * block)
    zone_end = 4 * _GIB  # of ZONE_DMA or ZONE_DMA32; all other zones end on sections, too
    return (
        Ruler(tuple(range(start - section, start + 4 * section + 1, section)), 6, 5, 3),
        *_rulers_at(start, start, grids),
        *_rulers_at(middle, start, grids),
        *_rulers_at(start + section - block, start, grids),
        *_rulers_at(zone_end, zone_end, grids),
        _ruler_of_pages(middle, start, grids, (*range(-2, 5), 6, 7)),
        _ruler_of_pages(middle + block // 2, start, grids, range(-4, 5)),
    )


def _rulers_at(at: int, start: int, grids: Grids) -> Iterator[Ruler]:
    """The rulers that look closely at one block, and at the ends of those beside it.

    The wide one has many marks and few edges, the narrow one is for two nodes, and the tight one for more
    edges and for reserved regions.

    Args:
        at: where the block begins.
        start: where its section begins.
        grids: the sizes of the build.
    """
    page, section = grids.pages, grids.sections
    block = max(grids.pageblocks, grids.max_order_blocks)
    small = min(grids.pageblocks, grids.max_order_blocks)
    small = small if small < block else block // 2
    end = at + block
    sections = {start - section, start, start + section, start + 2 * section}
    tight = {start, at, at + page // 2, at + small, end, start + section, start + 2 * section}
    narrow = sections | {at - page, at, at + _LINE, at + page // 2, at + page, at + small, end}
    wide = narrow | {at - block, at + small - page, end - page, end + block}
    yield Ruler(tuple(sorted(wide)), 3, 3)
    yield Ruler(tuple(sorted(narrow)), edges_of_two_nodes=4)
    yield Ruler(tuple(sorted(tight)), 5, edges_beside_reserved=4)


def _ruler_of_pages(at: int, start: int, grids: Grids, halves: Iterable[int]) -> Ruler:
    """Pages and halves of pages around a place.

    Memory below ends with the section before, memory above begins with the next one.

    Args:
        at: the place: the beginning of a block, or a page inside it.
        start: where its section begins.
        grids: the sizes of the build.
        halves: how many halves of a page each mark lies above the place.
    """
    section = grids.sections
    marks = tuple(at + count * grids.pages // 2 for count in halves)
    below, above = (Region(base, section) for base in (start - section, start + section))
    return Ruler(marks, edges_amid_memory=4, below=(below,), above=(above,))


def _amid_memory(ruler: Ruler, *, numa: bool) -> Iterator[tuple[Region, ...]]:
    """The maps on the marks of a ruler, alone and with memory below, above, or both."""
    nodes = (0, 1) if numa else (0,)
    sides = [
        [(), *((replace(region, node=node),) for region in regions for node in nodes)]
        for regions in (ruler.below, ruler.above)
    ]
    for memory in _maps_on(ruler.marks, ruler.edges_amid_memory, _ONE_NODE, set()):
        for low, high in product(*sides):
            if len(memory) == 1 or not any(region.node for region in (*low, *high)):
                yield tuple(merge_regions((*low, *memory, *high)))


def _maps_on(
    marks: Sequence[int], edges: int, kinds: Sequence[_Kind], seen: set[tuple[Region, ...]]
) -> Iterator[tuple[Region, ...]]:
    """The maps with so many edges on marks that are not among those seen; adds them."""
    for count in range(2, edges + 1):
        for places in combinations(marks, count):
            for kinds_of_pieces in _words(tuple(kinds), count - 1):
                memory = _memory(places, kinds_of_pieces)
                if memory not in seen:
                    seen.add(memory)
                    yield memory


@lru_cache(maxsize=32)
def _words(kinds: tuple[_Kind, ...], length: int) -> tuple[tuple[_Kind, ...], ...]:
    """The sequences of kinds that begin and end with memory, and in which neighbours differ."""
    return tuple(
        word
        for word in product(kinds, repeat=length)
        if word[0].is_memory
        and word[-1].is_memory
        and all(lower != upper for lower, upper in pairwise(word))
        and any(kind.is_memory and not kind.nomap for kind in word)
    )


def _memory(places: Sequence[int], kinds: Iterable[_Kind]) -> tuple[Region, ...]:
    """The regions between neighbouring places."""
    return tuple(
        Region(start, end - start, kind.nomap, kind.node)
        for (start, end), kind in zip(pairwise(places), kinds, strict=True)
        if kind.is_memory
    )


def _reserved_beside(memory: Sequence[Region], page: int) -> Iterator[Region]:
    """Reserved regions: from any edge to any other, or a few bytes on either side of one.

    Where an edge lies inside a page, the beginning of the page counts as an edge, too.
    """
    edges = {edge for region in memory for edge in (region.base, region.end)}
    spans = set(combinations(sorted(edges | {edge // page * page for edge in edges}), 2))
    spans |= {span for edge in edges for span in ((edge, edge + _LINE), (edge - _LINE, edge))}
    for start, end in sorted(spans):
        yield Region(start, end - start)
