# SPDX-License-Identifier: GPL-2.0-only
"""Walks over many pages, singly or one for each pageblock: /proc, hibernation, gigantic pages."""

from collections.abc import Iterator, Sequence

from explorer.boot.memory_state import MemoryState
from explorer.boot.struct_page_access import StructPageAccess
from explorer.boot.walkers.fault import Circumstance, Fault, Name, fault_of, first_hit

__all__ = ["contig", "hibernate", "proc_pages", "showblockcount", "showmixedcount"]

_SHOWBLOCKCOUNT = Name("pagetypeinfo_showblockcount_print", ("pagetypeinfo_show", "seq_read"))
_MEMMAP_VALID_WITHIN = Name("memmap_valid_within", ("seq_read", "pagetypeinfo_show"))


def showblockcount(state: MemoryState) -> Iterator[Fault]:
    """/proc/pagetypeinfo: a page every pageblock_nr_pages from the zone's start (mm/vmstat.c)."""
    config = state.kernel_config
    compares = config.has("ARCH_HAS_HOLES_MEMORYMODEL") and not config.kernel.has("no_memmap_valid_within")
    reads = [StructPageAccess.PAGE_ZONE, StructPageAccess.PAGEBLOCK_FLAGS]
    if compares:
        reads = [StructPageAccess.PAGE_TO_PFN, *reads]
    name = _MEMMAP_VALID_WITHIN if compares else _SHOWBLOCKCOUNT
    for zone in state.zones:
        for run in state.irregular_runs(zone):
            if not state.online(run):
                continue
            pfn = _grid_point(run.start, zone.start_pfn, config.pageblock_nr_pages)
            if pfn >= run.end:
                continue
            hit = first_hit((run,), pfn, zone, reads, config, checked=False)
            if hit:
                yield fault_of(name, "pagetypeinfo", hit, zone, config)


def _grid_point(pfn: int, origin: int, step: int) -> int:
    """The first point of the grid at or after a pfn."""
    return origin + -(-(pfn - origin) // step) * step


_KPAGEFLAGS = Name("stable_page_flags", ("kpageflags_read",))
_KPAGECOUNT = Name("kpagecount_read")


def proc_pages(state: MemoryState) -> Iterator[Fault]:
    """/proc/kpageflags and /proc/kpagecount: every valid pfn below max_pfn, zone or not (fs/proc/page.c)."""
    config = state.kernel_config
    if not config.has("PROC_PAGE_MONITOR"):
        return
    home = state.zones[0]
    for name, trigger in ((_KPAGEFLAGS, "kpageflags"), (_KPAGECOUNT, "kpagecount")):
        for run in state.page_runs:
            if run.start >= state.max_pfn or not state.online(run):
                continue
            hit = first_hit((run,), run.start, home, [StructPageAccess.PAGE_SLAB], config, checked=False)
            if hit:
                yield fault_of(name, trigger, hit, home, config)
                if hit.reaction.certain:
                    break


_CONTIG = Name(
    "alloc_contig_range", ("alloc_fresh_huge_page", "alloc_gigantic_page", "pfn_range_valid_gigantic")
)


def contig(state: MemoryState) -> Iterator[Fault]:
    """A gigantic page is looked for page by page (4.17 mm/hugetlb.c, pfn_range_valid_gigantic())."""
    if not state.kernel_config.has("HUGETLB_PAGE"):
        return
    reads = [StructPageAccess.PAGE_ZONE, StructPageAccess.PAGEBLOCK_FLAGS]
    yield from _zone_sweep(state, _CONTIG, "gigantic", reads, needs=(Circumstance.MEMORY_FULL_OF_BUDDIES,))


_SAVEABLE = Name("saveable_page", ("count_data_pages", "copy_data_pages", "mark_free_pages"))


def hibernate(state: MemoryState) -> Iterator[Fault]:
    """Hibernation asks the zone of every valid page (kernel/power/snapshot.c, saveable_page())."""
    if state.kernel_config.has("HIBERNATION"):
        yield from _zone_sweep(
            state,
            _SAVEABLE,
            "hibernate",
            [StructPageAccess.PAGE_ZONE],
            checked=state.kernel_config.within_is_checked,
        )


_SHOWMIXEDCOUNT = Name("pagetypeinfo_showmixedcount_print", ("pagetypeinfo_show", "seq_read"))


def showmixedcount(state: MemoryState) -> Iterator[Fault]:
    """/proc/pagetypeinfo with page_owner=on: every page that is accepted (mm/page_owner.c)."""
    config = state.kernel_config
    if config.has("PAGE_OWNER"):
        needs = (Circumstance.PAGE_OWNER,)
        reads = [StructPageAccess.PAGE_ZONE]
        checked = config.within_is_checked
        yield from _zone_sweep(state, _SHOWMIXEDCOUNT, "pagetypeinfo", reads, needs=needs, checked=checked)


def _zone_sweep(  # noqa: PLR0913 # who walks, why, what is read, under which guard, and what else it needs
    state: MemoryState,
    name: Name,
    trigger: str,
    reads: Sequence[StructPageAccess],
    *,
    needs: tuple[Circumstance, ...] = (),
    checked: bool = False,
) -> Iterator[Fault]:
    """Every page of every zone that pfn_to_online_page() gives."""
    for zone in state.zones:
        for run in state.irregular_runs(zone):
            if not state.online(run):
                continue
            hit = first_hit((run,), run.start, zone, reads, state.kernel_config, checked=checked)
            if hit:
                yield fault_of(name, trigger, hit, zone, state.kernel_config, needs=needs, certain=not needs)
