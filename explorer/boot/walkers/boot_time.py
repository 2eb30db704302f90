# SPDX-License-Identifier: GPL-2.0-or-later
"""Walkers of booting itself: reserving pages and freeing pages."""

from collections.abc import Iterator

from explorer.boot.memmap_rules import PageContent
from explorer.boot.memory_state import MemoryState
from explorer.boot.sections import MemoryKind, PfnRange
from explorer.boot.struct_page_access import AccessResult, FaultEffect, StructPageAccess
from explorer.boot.walkers.walker import FatalAccess, Fault, PfnGuard, Stage, Walker, first_fatal_access
from explorer.boot.zones import Zone

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


def _over_free_pages_and_their_buddies(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """Every block that boot frees, and its buddy, which may be a page that was never initialised.

    The buddy is in the same block of the largest order (mm/page_alloc.c, page_is_buddy()).
    """
    config = state.kernel_config
    outside = _first_outside_its_zone(state) if config.has("DEBUG_VM") else None
    if outside:
        yield Fault.of(walker, *outside, config)
    for run in state.page_runs:
        if run.page.content not in {PageContent.STALE, PageContent.FREED} or not state.pfn_valid_within(run):
            continue
        for zone in state.zones:
            buddy = next(state.buddies_of_free_pages(run, zone), None)
            if buddy is None:
                continue
            access = first_fatal_access(walker, (run,), buddy, zone, config, (StructPageAccess.PAGE_BUDDY,))
            if access:
                yield Fault.of(walker, access, zone, config)


def _first_outside_its_zone(state: MemoryState) -> tuple[FatalAccess, Zone] | None:
    """The first free page whose struct page names a zone that does not span it; ``None`` if there is none.

    It begins a region, or follows reserved memory: boot frees a block that begins with it.
    """
    zones = {(zone.node, zone.index): zone for zone in state.zones}
    for run in state.page_runs:
        zone = zones.get(run.page[1:3])
        is_free = run.kind is MemoryKind.MAP and run.page.content is PageContent.INITIALISED
        if zone is None or not is_free or run.page.reserved:
            continue
        for start, end in (
            (run.start, min(run.end, zone.start_pfn)),
            (max(run.start, zone.end_pfn), run.end),
        ):
            free = next(state.unreserved(PfnRange(start, end)), None) if start < end else None
            if free:
                result = AccessResult(StructPageAccess.BAD_RANGE, FaultEffect.BUG, certain=True)
                return FatalAccess(free.start, run, result), zone
    return None


FREE_ONE_PAGE = Walker(
    "__free_one_page",
    ("__free_pages_ok", "__free_pages_core", "free_one_page"),
    source="mm/page_alloc.c",
    trigger="boot",
    stage=Stage.BOOT,
    walk=_over_free_pages_and_their_buddies,
    guards=(PfnGuard.PFN_VALID_WITHIN,),
    accesses=(StructPageAccess.BAD_RANGE, StructPageAccess.PAGE_BUDDY),
    does="checks that the zone of a page that it frees spans it, and whether its buddy is also free",
)
