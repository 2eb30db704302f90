# SPDX-License-Identifier: GPL-2.0-only
"""Walks over many pages, singly or one for each pageblock: /proc, hibernation, gigantic pages."""

from collections.abc import Iterator, Sequence

from explorer.boot.memory_state import MemoryState
from explorer.boot.struct_page_access import StructPageAccess
from explorer.boot.walkers.fault import Circumstance, Fault, Name, fault_of, first_hit

__all__ = ["contig", "hibernate", "proc_pages", "showblockcount", "showmixedcount"]

_SHOWBLOCKCOUNT = Name("pagetypeinfo_showblockcount_print", ("pagetypeinfo_show", "seq_read"))
_MEMMAP_VALID_WITHIN = Name("memmap_valid_within", ("seq_read", "pagetypeinfo_show"))


def showblockcount(land: MemoryState) -> Iterator[Fault]:
    """/proc/pagetypeinfo: a page every pageblock_nr_pages from the zone's start (mm/vmstat.c)."""
    build = land.build
    compares = build.has("ARCH_HAS_HOLES_MEMORYMODEL") and not build.kernel.has("no_memmap_valid_within")
    reads = [StructPageAccess.PAGE_ZONE, StructPageAccess.PAGEBLOCK_FLAGS]
    if compares:
        reads = [StructPageAccess.PAGE_TO_PFN, *reads]
    name = _MEMMAP_VALID_WITHIN if compares else _SHOWBLOCKCOUNT
    for zone in land.zones:
        for frame in land.irregular_frames(zone):
            if not land.online(frame):
                continue
            pfn = _grid_point(frame.start, zone.start_pfn, build.pageblock_nr_pages)
            if pfn >= frame.end:
                continue
            hit = first_hit((frame,), pfn, zone, reads, build, checked=False)
            if hit:
                yield fault_of(name, "pagetypeinfo", hit, zone, build)


def _grid_point(pfn: int, origin: int, step: int) -> int:
    """The first point of the grid at or after a pfn."""
    return origin + -(-(pfn - origin) // step) * step


_KPAGEFLAGS = Name("stable_page_flags", ("kpageflags_read",))
_KPAGECOUNT = Name("kpagecount_read")


def proc_pages(land: MemoryState) -> Iterator[Fault]:
    """/proc/kpageflags and /proc/kpagecount: every valid pfn below max_pfn, zone or not (fs/proc/page.c)."""
    build = land.build
    if not build.has("PROC_PAGE_MONITOR"):
        return
    home = land.zones[0]
    for name, trigger in ((_KPAGEFLAGS, "kpageflags"), (_KPAGECOUNT, "kpagecount")):
        for frame in land.frames:
            if frame.start >= land.max_pfn or not land.online(frame):
                continue
            hit = first_hit((frame,), frame.start, home, [StructPageAccess.PAGE_SLAB], build, checked=False)
            if hit:
                yield fault_of(name, trigger, hit, home, build)
                if hit.reaction.certain:
                    break


_CONTIG = Name(
    "alloc_contig_range", ("alloc_fresh_huge_page", "alloc_gigantic_page", "pfn_range_valid_gigantic")
)


def contig(land: MemoryState) -> Iterator[Fault]:
    """A gigantic page is looked for page by page (4.17 mm/hugetlb.c, pfn_range_valid_gigantic())."""
    if not land.build.has("HUGETLB_PAGE"):
        return
    reads = [StructPageAccess.PAGE_ZONE, StructPageAccess.PAGEBLOCK_FLAGS]
    yield from _zone_sweep(land, _CONTIG, "gigantic", reads, needs=(Circumstance.MEMORY_FULL_OF_BUDDIES,))


_SAVEABLE = Name("saveable_page", ("count_data_pages", "copy_data_pages", "mark_free_pages"))


def hibernate(land: MemoryState) -> Iterator[Fault]:
    """Hibernation asks the zone of every valid page (kernel/power/snapshot.c, saveable_page())."""
    if land.build.has("HIBERNATION"):
        yield from _zone_sweep(
            land, _SAVEABLE, "hibernate", [StructPageAccess.PAGE_ZONE], checked=land.build.within_is_checked
        )


_SHOWMIXEDCOUNT = Name("pagetypeinfo_showmixedcount_print", ("pagetypeinfo_show", "seq_read"))


def showmixedcount(land: MemoryState) -> Iterator[Fault]:
    """/proc/pagetypeinfo with page_owner=on: every page that is accepted (mm/page_owner.c)."""
    build = land.build
    if build.has("PAGE_OWNER"):
        needs = (Circumstance.PAGE_OWNER,)
        reads = [StructPageAccess.PAGE_ZONE]
        checked = build.within_is_checked
        yield from _zone_sweep(land, _SHOWMIXEDCOUNT, "pagetypeinfo", reads, needs=needs, checked=checked)


def _zone_sweep(  # noqa: PLR0913 # who walks, why, what is read, under which guard, and what else it needs
    land: MemoryState,
    name: Name,
    trigger: str,
    reads: Sequence[StructPageAccess],
    *,
    needs: tuple[Circumstance, ...] = (),
    checked: bool = False,
) -> Iterator[Fault]:
    """Every page of every zone that pfn_to_online_page() gives."""
    for zone in land.zones:
        for frame in land.irregular_frames(zone):
            if not land.online(frame):
                continue
            hit = first_hit((frame,), frame.start, zone, reads, land.build, checked=checked)
            if hit:
                yield fault_of(name, trigger, hit, zone, land.build, needs=needs, certain=not needs)
