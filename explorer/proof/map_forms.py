# SPDX-License-Identifier: GPL-2.0-only
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
from functools import lru_cache
from itertools import combinations, pairwise, product
from typing import NamedTuple

from explorer.boot import KernelConfig
from explorer.machine import MemoryMap, Region
from explorer.proof.conditions import Grids

__all__ = ["Ruler", "forms_of", "rulers"]

_GIB = 1 << 30
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
_TWO_NODES = (
    *_ONE_NODE,
    _Kind(is_memory=True, node=1),
    _Kind(is_memory=True, nomap=True, node=1),
)


class Ruler(NamedTuple):
    """Marks, and how many edges a form has on them.

    Attributes:
        marks: addresses in bytes, in order.
        edges: the most edges of a form on one node.
        edges_of_two_nodes: the most edges of a form on two nodes.
        edges_beside_reserved: the most edges of a form with a reserved region.
    """

    marks: tuple[int, ...]
    edges: int
    edges_of_two_nodes: int
    edges_beside_reserved: int


def forms_of(config: KernelConfig) -> Iterator[MemoryMap]:
    """Every form of the geometry of a build, on one node first; with NUMA also on two nodes."""
    seen: set[tuple[Region, ...]] = set()
    scales = rulers(config)
    for ruler in scales:
        for memory in _maps_on(ruler.marks, ruler.edges, _ONE_NODE, seen):
            yield MemoryMap(_NAME, memory)
    for ruler in scales:
        for memory in _maps_on(ruler.marks, ruler.edges_beside_reserved, _ONE_NODE, set()):
            for reserved in _reserved_beside(memory):
                yield MemoryMap(_NAME, memory, (reserved,))
    if config.has("NUMA"):
        for ruler in scales:
            for memory in _maps_on(ruler.marks, ruler.edges_of_two_nodes, _TWO_NODES, seen):
                yield MemoryMap(_NAME, memory)


def rulers(config: KernelConfig) -> tuple[Ruler, ...]:
    """The rulers of a build, in the order in which their forms are booted.

    A wide ruler has many marks and few edges, a narrow one has few marks and more edges.
    """
    grids = Grids.of(config)
    block, section = max(grids.pageblocks, grids.max_order_blocks), grids.sections
    start = 2 * _GIB
    middle = start + max(block, section // 2 // block * block)
    zone_end = 4 * _GIB  # of ZONE_DMA or ZONE_DMA32; all other zones end on sections, too
    around = (start - section, start, start + section, start + 2 * section)
    return (
        Ruler(tuple(range(start - section, start + 4 * section + 1, section)), 6, 5, 3),
        *_of_block(start, around, grids),
        *_of_block(middle, around, grids),
        *_of_block(start + section - block, around, grids),
        Ruler(_marks_of_zone_end(zone_end, grids), 5, 4, 3),
    )


def _of_block(at: int, around: tuple[int, ...], grids: Grids) -> Iterator[Ruler]:
    """The rulers that look closely at one block, and at those beside it."""
    page = grids.pages
    block = max(grids.pageblocks, grids.max_order_blocks)
    small = min(grids.pageblocks, grids.max_order_blocks)
    if small == block:
        small = block // 2
    end = at + block
    tight = {around[1], at, at + page // 2, at + small, end, around[2]}
    narrow = {*around, at, at + page // 2, at + page, at + small, end - page, end}
    wide = narrow | {at - block, at - small, at + page // 4, end - page // 2}
    wide |= {end + block - page, end + block}
    yield Ruler(tuple(sorted(wide)), 4, 3, 0)
    yield Ruler(tuple(sorted(narrow)), 5, 4, 3)
    yield Ruler(tuple(sorted(tight)), 0, 0, 4)


def _marks_of_zone_end(at: int, grids: Grids) -> tuple[int, ...]:
    page, block = grids.pages, max(grids.pageblocks, grids.max_order_blocks)
    steps = (page // 2, page, block, grids.sections)
    return (*(at - step for step in reversed(steps)), at, *(at + step for step in steps))


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


_LINE = 64
"""Bytes of the smallest thing that memblock reserves (SMP_CACHE_BYTES of arm64)."""


def _reserved_beside(memory: Sequence[Region]) -> Iterator[Region]:
    """Reserved regions: a whole piece, all memory, or a few bytes on either side of an edge."""
    edges = sorted({edge for region in memory for edge in (region.base, region.end)})
    spans = {(edges[0], edges[-1]), *pairwise(edges)}
    spans |= {span for edge in edges for span in ((edge, edge + _LINE), (edge - _LINE, edge))}
    for start, end in sorted(spans):
        yield Region(start, end - start)
