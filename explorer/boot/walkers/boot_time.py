# SPDX-License-Identifier: GPL-2.0-only
"""Walkers of booting itself: reserving pages and freeing pages."""

from collections.abc import Iterator

from explorer.boot.memmap_rules import PageContent
from explorer.boot.memory_state import MemoryState
from explorer.boot.struct_page_access import StructPageAccess
from explorer.boot.walkers.walker import Fault, PfnGuard, Stage, Walker, first_fatal_access

__all__ = ["FREE_ONE_PAGE", "RESERVE_BOOTMEM_REGION"]


def _over_reserved_regions(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """Every valid page of every region of ``memblock.reserved``, in any zone."""
    config = state.kernel_config
    for span in state.reserved:
        for run in state.runs_between(span.start, span.end):
            if not run.valid or run.page.content is PageContent.INITIALISED:
                continue
            access = first_fatal_access(walker, (run,), span.start, state.zones[0], config)
            if access:
                yield Fault.of(walker, access, state.zones[0], config)


RESERVE_BOOTMEM_REGION = Walker(
    "reserve_bootmem_region",
    ("free_all_bootmem", "memblock_free_all", "mem_init"),
    source="mm/page_alloc.c; since 6.4 mm/mm_init.c",
    trigger="boot",
    stage=Stage.BOOT,
    walk=_over_reserved_regions,
    guards=(PfnGuard.PFN_VALID,),
    accesses=(StructPageAccess.SET_RESERVED,),
    does="marks every valid page of a reserved region",
)


def _over_buddies_of_free_pages(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """The buddy of every block that boot frees, which may be a page that was never initialised.

    The buddy is in the same block of the largest order (mm/page_alloc.c, page_is_buddy()).
    """
    config = state.kernel_config
    for run in state.page_runs:
        if run.page.content not in {PageContent.STALE, PageContent.FREED} or not state.pfn_valid_within(run):
            continue
        for zone in state.zones:
            buddy = next(state.buddies_of_free_pages(run, zone), None)
            if buddy is None:
                continue
            access = first_fatal_access(walker, (run,), buddy, zone, config)
            if access:
                yield Fault.of(walker, access, zone, config)


FREE_ONE_PAGE = Walker(
    "__free_one_page",
    ("__free_pages_ok", "__free_pages_core", "free_one_page"),
    source="mm/page_alloc.c",
    trigger="boot",
    stage=Stage.BOOT,
    walk=_over_buddies_of_free_pages,
    guards=(PfnGuard.PFN_VALID_WITHIN,),
    accesses=(StructPageAccess.PAGE_BUDDY,),
    does="checks whether the buddy of a page that it frees is also free",
)
