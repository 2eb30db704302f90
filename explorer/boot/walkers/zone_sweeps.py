# SPDX-License-Identifier: GPL-2.0-or-later
"""Walkers over many pages, one by one or one for each pageblock: /proc, kmemleak, gigantic pages."""

from collections.abc import Iterator

from explorer.boot.memmap import PageRun
from explorer.boot.memory_state import MemoryState
from explorer.boot.struct_page_access import StructPageAccess
from explorer.boot.walkers.walker import Circumstance, Fault, PfnGuard, Walker, first_fatal_access

__all__ = [
    "ALLOC_CONTIG_RANGE",
    "KMEMLEAK_SCAN",
    "KPAGECOUNT_READ",
    "MEMMAP_VALID_WITHIN",
    "PAGETYPEINFO_SHOWBLOCKCOUNT_PRINT",
    "STABLE_PAGE_FLAGS",
]


def _over_pageblock_starts(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """One page every pageblock_nr_pages, from the start of each zone."""
    config = state.kernel_config
    for zone in state.zones:
        for run in state.irregular_runs(zone):
            if not state.pfn_to_online_page(run):
                continue
            step = config.pageblock_nr_pages
            pfn = zone.start_pfn + -(-(run.start - zone.start_pfn) // step) * step
            if pfn >= run.end:
                continue
            access = first_fatal_access(walker, (run,), pfn, zone, config)
            if access:
                yield Fault.of(walker, access, zone, config)


MEMMAP_VALID_WITHIN = Walker(
    "memmap_valid_within",
    ("seq_read", "pagetypeinfo_show"),
    source="mm/mmzone.c, called by pagetypeinfo_showblockcount_print() of mm/vmstat.c",
    trigger="pagetypeinfo",
    walk=_over_pageblock_starts,
    guards=(PfnGuard.PFN_TO_ONLINE_PAGE,),
    accesses=(StructPageAccess.PAGE_TO_PFN, StructPageAccess.PAGE_ZONE, StructPageAccess.PAGEBLOCK_FLAGS),
    does="checks the first page of every pageblock of the zone",
    symbols=("ARCH_HAS_HOLES_MEMORYMODEL",),
    until="no_memmap_valid_within",
)


def _over_pageblock_starts_unchecked(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """As above, where no memmap_valid_within() looks at the page first."""
    if not MEMMAP_VALID_WITHIN.is_built(state.kernel_config):
        yield from _over_pageblock_starts(walker, state)


PAGETYPEINFO_SHOWBLOCKCOUNT_PRINT = Walker(
    "pagetypeinfo_showblockcount_print",
    ("pagetypeinfo_show", "seq_read"),
    source="mm/vmstat.c",
    trigger="pagetypeinfo",
    walk=_over_pageblock_starts_unchecked,
    guards=(PfnGuard.PFN_TO_ONLINE_PAGE,),
    accesses=(StructPageAccess.PAGE_ZONE, StructPageAccess.PAGEBLOCK_FLAGS),
    does="reads the first page of every pageblock of the zone",
)


def _is_taken(state: MemoryState, run: PageRun) -> bool:
    """Whether the guard takes the page: pfn_valid(), or pfn_to_online_page() (``proc_pages_ask_online``)."""
    online = state.kernel_config.kernel.has("proc_pages_ask_online")
    return state.pfn_to_online_page(run) if online else run.valid


def _over_all_pfns(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """Every pfn below max_pfn, in any zone, up to the first access that certainly fails."""
    config = state.kernel_config
    zone = state.zones[0]
    for run in state.page_runs:
        if run.start >= state.max_pfn or not _is_taken(state, run):
            continue
        access = first_fatal_access(walker, (run,), run.start, zone, config)
        if access:
            yield Fault.of(walker, access, zone, config)
            if access.result.certain:
                return


STABLE_PAGE_FLAGS = Walker(
    "stable_page_flags",
    ("kpageflags_read",),
    source="fs/proc/page.c",
    trigger="kpageflags",
    walk=_over_all_pfns,
    guards=(PfnGuard.PFN_TO_ONLINE_PAGE,),
    accesses=(StructPageAccess.PAGE_SLAB,),
    does="reads every page that its guard accepts",
    symbols=("PROC_PAGE_MONITOR",),
)

KPAGECOUNT_READ = Walker(
    "kpagecount_read",
    (),
    source="fs/proc/page.c",
    trigger="kpagecount",
    walk=_over_all_pfns,
    guards=(PfnGuard.PFN_TO_ONLINE_PAGE,),
    accesses=(StructPageAccess.PAGE_SLAB,),
    does="reads every page that its guard accepts",
    symbols=("PROC_PAGE_MONITOR",),
)


def _over_zones(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """Every page of every zone."""
    config = state.kernel_config
    for zone in state.zones:
        for run in state.irregular_runs(zone):
            if not _is_taken(state, run):
                continue
            access = first_fatal_access(walker, (run,), run.start, zone, config)
            if access:
                yield Fault.of(walker, access, zone, config)


ALLOC_CONTIG_RANGE = Walker(
    "alloc_contig_range",
    ("alloc_fresh_huge_page", "alloc_gigantic_page", "pfn_range_valid_gigantic"),
    source="mm/page_alloc.c; the search in pfn_range_valid_gigantic() of 4.17 mm/hugetlb.c",
    trigger="gigantic",
    walk=_over_zones,
    guards=(PfnGuard.PFN_TO_ONLINE_PAGE,),
    accesses=(StructPageAccess.PAGE_ZONE, StructPageAccess.PAGEBLOCK_FLAGS),
    does="searches for a run of free pages, page by page",
    symbols=("HUGETLB_PAGE",),
    depends_on=(Circumstance.MEMORY_FULL_OF_BUDDIES,),
)


def _over_online_pages(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """Every online page of every node, in the zones that it spans."""
    config = state.kernel_config
    if not config.kmemleak_enabled:
        return
    for zone in state.zones:
        for run in state.irregular_runs(zone):
            if not state.pfn_to_online_page(run):
                continue
            access = first_fatal_access(walker, (run,), run.start, zone, config)
            if access:
                yield Fault.of(walker, access, zone, config)


KMEMLEAK_SCAN = Walker(
    "kmemleak_scan",
    ("kmemleak_scan_thread", "kmemleak_write"),
    source="mm/kmemleak.c",
    trigger="kmemleak",
    walk=_over_online_pages,
    guards=(PfnGuard.PFN_TO_ONLINE_PAGE,),
    accesses=(StructPageAccess.PAGE_TO_NID,),
    does="scans the struct page of every page of the node that is in use",
    symbols=("DEBUG_KMEMLEAK",),
    since="kmemleak_asks_online",
)
