# SPDX-License-Identifier: GPL-2.0-only
"""Walks of boot itself: reserving, freeing, and what page_owner looks at."""

from collections.abc import Iterator

from explorer.boot.memmap import PageContent
from explorer.boot.memory_state import MemoryState
from explorer.boot.struct_page_access import StructPageAccess
from explorer.boot.walkers.fault import Circumstance, Fault, Name, Stage, fault_of, first_hit

__all__ = ["free_one_page", "init_pages_in_zone", "reserve_bootmem_region"]

_RESERVE = Name("reserve_bootmem_region", ("free_all_bootmem", "memblock_free_all", "mem_init"))


def reserve_bootmem_region(land: MemoryState) -> Iterator[Fault]:
    """Boot marks every valid page of a reserved region (4.17 mm/page_alloc.c)."""
    build = land.build
    for span in land.reserved:
        for frame in land.frames_between(span.start, span.end):
            if not frame.valid or frame.page.content is PageContent.INITIALISED:
                continue
            hit = first_hit(
                (frame,), span.start, land.zones[0], [StructPageAccess.SET_RESERVED], build, checked=False
            )
            if hit:
                yield fault_of(_RESERVE, "boot", hit, land.zones[0], build, stage=Stage.BOOT)


_PAGE_OWNER = Name("init_pages_in_zone", ("init_early_allocated_pages", "init_page_owner"))


def init_pages_in_zone(land: MemoryState) -> Iterator[Fault]:
    """With page_owner=on boot looks at every page of a zone (mm/page_owner.c)."""
    build = land.build
    if not build.has("PAGE_OWNER"):
        return
    for zone in land.zones:
        for frame in land.irregular_frames(zone):
            if not land.frame_at(max(zone.start_pfn, frame.start & -build.pageblock_nr_pages)).valid:
                continue
            checked = build.within_is_checked
            hit = first_hit((frame,), frame.start, zone, [StructPageAccess.PAGE_ZONE], build, checked=checked)
            if hit:
                needs = (Circumstance.PAGE_OWNER,)
                yield fault_of(_PAGE_OWNER, "page_owner", hit, zone, build, stage=Stage.BOOT, needs=needs)


_FREE_ONE_PAGE = Name("__free_one_page", ("__free_pages_ok", "__free_pages_core", "free_one_page"))


def free_one_page(land: MemoryState) -> Iterator[Fault]:
    """A page that is freed is merged with its buddy, if that looks free (mm/page_alloc.c, page_is_buddy()).

    The buddy lies in the same block of the largest order and may be a page that nobody initialised. Until
    5.14 pfn_valid_within() asks about it; later nothing does.
    """
    build = land.build
    for frame in land.frames:
        if not land.within(frame) or frame.page.content not in {PageContent.STALE, PageContent.FREED}:
            continue
        for zone in land.zones:
            buddy = next(land.buddies_of_free_pages(frame, zone), None)
            if buddy is None:
                continue
            hit = first_hit((frame,), buddy, zone, [StructPageAccess.PAGE_BUDDY], build, checked=False)
            if hit:
                yield fault_of(_FREE_ONE_PAGE, "boot", hit, zone, build, stage=Stage.BOOT)
