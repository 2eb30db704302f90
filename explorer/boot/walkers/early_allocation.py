# SPDX-License-Identifier: GPL-2.0-or-later
"""Early allocations of memblock from a part of a page that the linear map leaves out.

Rules (mm/memblock.c; arch/arm64/mm/mmu.c of 6.12.117, map_mem(); mm/numa.c, alloc_node_data()):

1. map_mem() rounds each region inwards to pages. memblock knows nothing of this, and gives away every byte.
2. It takes the highest free memory first. With NUMA, the data of each node is taken from the top of the node.
3. An allocation is a multiple of its alignment below the end of what is free, so it reaches into the last 64
   bytes: alignments of small allocations are at most SMP_CACHE_BYTES.
4. What lies lower is reached if everything above it is used up.

Seen in boots of Debian's 6.12.117 on memory that ends inside a page before nomap memory.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from explorer.boot.linear_map import unmapped_parts
from explorer.boot.memmap import PageRun, StructPage
from explorer.boot.memmap_rules import PageContent
from explorer.boot.memory_state import MemoryState
from explorer.boot.sections import MemoryKind, has_nodes
from explorer.boot.struct_page_access import AccessResult, FaultEffect, StructPageAccess
from explorer.boot.walkers.walker import Circumstance, FatalAccess, Fault, Stage, Walker

__all__ = ["MEMBLOCK_ALLOC"]

_SMP_CACHE_BYTES = 64
_LEFT_OUT = 4 << 10
"""Bytes: the unflattened device tree and the data of a node are larger, many allocations are smaller."""
_DATA_OF_NODE = 64 << 10
"""Bytes: the data of a node is smaller."""
_MEMMAP_SHARE = 32
_BESIDE_MEMMAP = 96 << 20
"""What boot allocates early is less than 1/32 of memory (memmap, hash tables) and this (CMA, page tables)."""


class _Free(NamedTuple):
    """Bytes that memblock can give away, and how many of its free bytes lie above."""

    low: int
    high: int
    above: int
    is_first: bool


def _over_unmapped_parts(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """The parts at the top of all memory and of each node, and those below that may be reached."""
    config = state.kernel_config
    parts = unmapped_parts(state.memory, config)
    if not parts:
        return
    nodes: list[int | None] = [None]
    if has_nodes(state.memory, config):
        nodes += sorted({region.node for region in state.memory if region.node is not None})
    found: dict[int, bool] = {}
    for node in nodes:
        for pfn, certain in _reached(state, parts, node):
            found[pfn] = found.get(pfn, False) or certain
    if not found:
        return
    pfn = max(found, key=lambda pfn: (found[pfn], pfn))
    result = AccessResult(StructPageAccess.CLEAR_EARLY, FaultEffect.OOPS, certain=True)
    access = FatalAccess(pfn, _run_at(state, pfn), result)
    depends = () if found[pfn] else (Circumstance.EARLY_MEMORY_USED_UP,)
    yield Fault.of(walker, access, state.zones[0], config, circumstances=depends)


def _reached(
    state: MemoryState, parts: Sequence[tuple[int, int]], node: int | None
) -> Iterator[tuple[int, bool]]:
    """The pages of parts that allocations reach, from the top, and whether they do for certain."""
    shift = state.kernel_config.page_shift
    size = sum(region.size for region in state.memory)
    most = size // _MEMMAP_SHARE + _BESIDE_MEMMAP
    for free in _free(state, node):
        if free.above > most:
            return
        for low, high in parts:
            start, end = max(low, free.low), min(high, free.high)
            if start >= end:
                continue
            is_top = end == free.high
            if is_top or free.above + free.high - free.low <= most:
                least = _LEFT_OUT if node is None else _DATA_OF_NODE
                wide = end - start >= _SMP_CACHE_BYTES and free.high - free.low >= least
                yield start >> shift, is_top and wide and free.is_first


def _free(state: MemoryState, node: int | None) -> Iterator[_Free]:
    """Free mapped memory of a node, or of all, in bytes and from the top."""
    taken = sorted((region.base, region.end) for region in state.reserved_regions)
    above, is_first = 0, True
    for region in reversed(state.memory):
        if region.nomap or (node is not None and region.node != node):
            continue
        pieces, at = [], region.base
        for low, high in taken:
            if at < min(low, region.end):
                pieces.append((at, min(low, region.end)))
            at = max(at, high)
        if at < region.end:
            pieces.append((at, region.end))
        for low, high in reversed(pieces):
            yield _Free(low, high, above, is_first)
            above += high - low
            is_first = is_first and high - low <= _LEFT_OUT


def _run_at(state: MemoryState, pfn: int) -> PageRun:
    """The run of a page; the page need not have a struct page."""
    run = next(state.runs_between(pfn, pfn + 1), None)
    absent = StructPage(PageContent.ABSENT)
    return run or PageRun(pfn, pfn + 1, MemoryKind.MAP, False, absent, False, False)  # noqa: FBT003 # its fields


MEMBLOCK_ALLOC = Walker(
    "memblock_alloc_try_nid",
    ("__memset", "alloc_node_data", "numa_init", "memblock_alloc_internal", "unflatten_device_tree"),
    source="mm/memblock.c",
    trigger="boot",
    stage=Stage.BOOT,
    walk=_over_unmapped_parts,
    guards=(),
    accesses=(StructPageAccess.CLEAR_EARLY,),
    does="clears memory that memblock gives to an early allocation",
    since="whole_pages_mapped",
)
