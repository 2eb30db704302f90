# SPDX-License-Identifier: GPL-2.0-or-later
"""The two scanners of compaction over the pageblocks of a zone, and its fast search (mm/compaction.c).

The migration scanner begins at the start of the zone, the free scanner at its end. A scanner enters a block
where __pageblock_pfn_to_page() accepts it, or any block once every block of the zone has passed that test at
boot (``zone->contiguous``).
"""

from collections.abc import Iterator

from explorer.boot.memmap import PageRun, StructPage
from explorer.boot.memmap_rules import PageContent
from explorer.boot.memory_state import MemoryState, Pageblock
from explorer.boot.sections import MemoryKind
from explorer.boot.struct_page_access import AccessResult, FaultEffect, StructPageAccess
from explorer.boot.walkers.walker import (
    Circumstance,
    FatalAccess,
    Fault,
    PfnGuard,
    Walker,
    first_fatal_access,
)
from explorer.boot.zones import Zone

__all__ = ["FAST_ISOLATE_FREEPAGES", "ISOLATE_FREEPAGES_BLOCK", "ISOLATE_MIGRATEPAGES_BLOCK"]

# Compaction on request, and what makes an allocation compact directly.
_TRIGGERS: tuple[tuple[str, tuple[Circumstance, ...]], ...] = (
    ("compact", ()),
    ("fallback", (Circumstance.DIRECT_COMPACTION,)),
    ("hugetlb", (Circumstance.DIRECT_COMPACTION,)),
)


def _over_pageblocks_but_the_last(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """Every pageblock of every zone except the last, where the free scanner begins."""
    for zone in state.zones:
        last_block = (zone.end_pfn - 1) & -state.kernel_config.pageblock_nr_pages
        for block, access in _fatal_blocks(walker, state, zone):
            if block.start != last_block:
                yield from _faults(walker, state, zone, block, access)


def _over_pageblocks(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """Every pageblock of every zone."""
    for zone in state.zones:
        for block, access in _fatal_blocks(walker, state, zone):
            yield from _faults(walker, state, zone, block, access)


def _fatal_blocks(walker: Walker, state: MemoryState, zone: Zone) -> Iterator[tuple[Pageblock, FatalAccess]]:
    """Yield the pageblocks that a scanner enters and does not survive."""
    contiguous: bool | None = None
    for block in state.irregular_blocks(zone):
        contiguous = state.contiguous(zone) if contiguous is None else contiguous
        if contiguous or state.pageblock_pfn_to_page(block.start, zone):
            access = _first_in_block(walker, state, zone, block)
            if access and access.pfn < min(block.end, zone.end_pfn):
                yield block, access


def _first_in_block(walker: Walker, state: MemoryState, zone: Zone, block: Pageblock) -> FatalAccess | None:
    """Return the first fatal access in a block: the pageblock's flags first, then page by page.

    A page of ones is taken for a compound page and skipped before PageLRU() is read.
    """
    config = state.kernel_config
    start = max(block.start, zone.start_pfn)
    flags, *of_page = walker.accesses
    access = first_fatal_access(walker, (state.run_at(start),), start, zone, config, (flags,), guarded=False)
    if access:
        return access
    for run in block.page_runs:
        skips = run.page.content is PageContent.FF
        accesses = [read for read in of_page if not (skips and read is StructPageAccess.PAGE_LRU)]
        access = first_fatal_access(walker, (run,), start, zone, config, accesses)
        if access:
            return access
    return None


def _faults(
    walker: Walker, state: MemoryState, zone: Zone, block: Pageblock, access: FatalAccess
) -> Iterator[Fault]:
    for trigger, circumstances in _TRIGGERS:
        yield Fault.of(
            walker,
            access,
            zone,
            state.kernel_config,
            trigger=trigger,
            pageblocks=block.repeats,
            circumstances=circumstances,
        )


_ACCESSES = (
    StructPageAccess.PAGEBLOCK_FLAGS,
    StructPageAccess.PAGE_BUDDY,
    StructPageAccess.COMPOUND_ORDER,
    StructPageAccess.PAGE_LRU,
)

ISOLATE_MIGRATEPAGES_BLOCK = Walker(
    "isolate_migratepages_block",
    ("compact_zone", "compact_zone_order", "compact_node", "isolate_migratepages"),
    source="mm/compaction.c",
    trigger="compact",
    walk=_over_pageblocks_but_the_last,
    guards=(PfnGuard.PAGEBLOCK_PFN_TO_PAGE, PfnGuard.PFN_VALID_WITHIN),
    accesses=_ACCESSES,
    does="scans the pageblock for pages to migrate",
    symbols=("COMPACTION",),
)

ISOLATE_FREEPAGES_BLOCK = Walker(
    "isolate_freepages_block",
    ("compaction_alloc", "migrate_pages", "isolate_freepages", "compact_zone", "compact_zone_order"),
    source="mm/compaction.c",
    trigger="compact",
    walk=_over_pageblocks,
    guards=(PfnGuard.PAGEBLOCK_PFN_TO_PAGE, PfnGuard.PFN_VALID_WITHIN),
    accesses=_ACCESSES,
    does="scans the pageblock for free pages",
    symbols=("COMPACTION",),
    depends_on=(Circumstance.SCANNER_REACHES,),
)


def _over_pfns_between_scanners(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """The pageblocks of the upper half of each zone that begin without a section, or with a wild struct page.

    Where no free page is found, the fast search takes the middle between both scanners. The migration scanner
    begins at the start of the zone, so this is the middle of the zone or any later pageblock.
    """
    config = state.kernel_config
    size = config.pageblock_nr_pages
    for zone in state.zones:
        last = (zone.end_pfn - 1) & -size
        lowest = (last - (last - zone.start_pfn >> 1)) & -size
        for start, end in _gaps(state, lowest, last):
            absent = FatalAccess(start, _absent(start, end), _NO_SECTION)
            yield from _of_fast_search(walker, state, zone, absent, (end - start) // size)
        for block in state.irregular_blocks(zone):
            run = block.page_runs[0]
            if lowest <= block.start <= last and run.start == block.start:
                flags = (StructPageAccess.PAGEBLOCK_FLAGS,)
                access = first_fatal_access(walker, (run,), run.start, zone, config, flags)
                if access:
                    yield from _of_fast_search(walker, state, zone, access, block.repeats)


_NO_SECTION = AccessResult(StructPageAccess.SET_PAGEBLOCK_SKIP, FaultEffect.OOPS, certain=True)


def _absent(start: int, end: int) -> PageRun:
    """Pfns without section as a page run."""
    absent = StructPage(PageContent.ABSENT)
    return PageRun(start, end, MemoryKind.HOLE, valid=False, page=absent, visited=False, movable=False)


def _gaps(state: MemoryState, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of pfns between two that have no section."""
    at = low
    for run in state.runs_between(low, high):
        if run.start > at:
            yield at, run.start
        at = run.end
    if at < high:
        yield at, high


def _of_fast_search(
    walker: Walker, state: MemoryState, zone: Zone, access: FatalAccess, pageblocks: int
) -> Iterator[Fault]:
    for trigger in ("fallback", "hugetlb"):
        config = state.kernel_config
        yield Fault.of(walker, access, zone, config, trigger=trigger, pageblocks=pageblocks)


FAST_ISOLATE_FREEPAGES = Walker(
    "fast_isolate_freepages",
    ("set_pfnblock_flags_mask", "compaction_alloc", "fast_isolate_around", "migrate_pages"),
    source="mm/compaction.c",
    trigger="fallback",
    walk=_over_pfns_between_scanners,
    guards=(),
    accesses=(StructPageAccess.SET_PAGEBLOCK_SKIP, StructPageAccess.PAGEBLOCK_FLAGS),
    does="takes a pfn between both scanners where the free lists hold no page to move to",
    symbols=("COMPACTION",),
    since="compaction_fast_search",
    until="fast_search_asks_pfn_valid",
    depends_on=(Circumstance.DIRECT_COMPACTION, Circumstance.FAST_SEARCH),
)
