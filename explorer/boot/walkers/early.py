# SPDX-License-Identifier: GPL-2.0-only
"""Walks of boot itself: reserving, freeing, and what page_owner looks at."""

from collections.abc import Iterator

from explorer.boot.memmap import PageContent
from explorer.boot.memory_state import MemoryState
from explorer.boot.struct_page_access import StructPageAccess
from explorer.boot.walkers.fault import Circumstance, Fault, Name, Stage, fault_of, first_hit

__all__ = ["free_one_page", "init_pages_in_zone", "reserve_bootmem_region"]

_RESERVE = Name("reserve_bootmem_region", ("free_all_bootmem", "memblock_free_all", "mem_init"))


def reserve_bootmem_region(state: MemoryState) -> Iterator[Fault]:
    """Boot marks every valid page of a reserved region (4.17 mm/page_alloc.c)."""
    config = state.kernel_config
    for span in state.reserved:
        for run in state.runs_between(span.start, span.end):
            if not run.valid or run.page.content is PageContent.INITIALISED:
                continue
            hit = first_hit(
                (run,), span.start, state.zones[0], [StructPageAccess.SET_RESERVED], config, checked=False
            )
            if hit:
                yield fault_of(_RESERVE, "boot", hit, state.zones[0], config, stage=Stage.BOOT)


_PAGE_OWNER = Name("init_pages_in_zone", ("init_early_allocated_pages", "init_page_owner"))


def init_pages_in_zone(state: MemoryState) -> Iterator[Fault]:
    """With page_owner=on boot looks at every page of a zone (mm/page_owner.c)."""
    config = state.kernel_config
    if not config.has("PAGE_OWNER"):
        return
    for zone in state.zones:
        for run in state.irregular_runs(zone):
            if not state.run_at(max(zone.start_pfn, run.start & -config.pageblock_nr_pages)).valid:
                continue
            checked = config.within_is_checked
            hit = first_hit((run,), run.start, zone, [StructPageAccess.PAGE_ZONE], config, checked=checked)
            if hit:
                needs = (Circumstance.PAGE_OWNER,)
                yield fault_of(_PAGE_OWNER, "page_owner", hit, zone, config, stage=Stage.BOOT, needs=needs)


_FREE_ONE_PAGE = Name("__free_one_page", ("__free_pages_ok", "__free_pages_core", "free_one_page"))


def free_one_page(state: MemoryState) -> Iterator[Fault]:
    """A page that is freed is merged with its buddy, if that looks free (mm/page_alloc.c, page_is_buddy()).

    The buddy lies in the same block of the largest order and may be a page that nobody initialised. Until
    5.14 pfn_valid_within() asks about it; later nothing does.
    """
    config = state.kernel_config
    for run in state.page_runs:
        if not state.within(run) or run.page.content not in {PageContent.STALE, PageContent.FREED}:
            continue
        for zone in state.zones:
            buddy = next(state.buddies_of_free_pages(run, zone), None)
            if buddy is None:
                continue
            hit = first_hit((run,), buddy, zone, [StructPageAccess.PAGE_BUDDY], config, checked=False)
            if hit:
                yield fault_of(_FREE_ONE_PAGE, "boot", hit, zone, config, stage=Stage.BOOT)
