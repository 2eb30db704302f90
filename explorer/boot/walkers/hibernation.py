# SPDX-License-Identifier: GPL-2.0-or-later
"""Walkers of hibernation (kernel/power/snapshot.c): the count of the pages to save, and their copy.

``saveable_page()`` takes a page that pfn_valid() accepts, that is online and that is in the zone. It takes a
reserved one where ``kernel_page_present()`` says that the linear map maps it. Where single pages of the map
cannot be changed, ``kernel_page_present()`` says so without looking (``present_asks_page_tables``), and the
copy reads a page that is not mapped.
"""

from bisect import bisect_right
from collections.abc import Iterator

from explorer.boot.kernel_config import MemoryModel
from explorer.boot.linear_map import can_set_direct_map
from explorer.boot.memmap import PageRun
from explorer.boot.memmap_rules import PageContent
from explorer.boot.memory_state import MemoryState
from explorer.boot.sections import MemoryKind
from explorer.boot.struct_page_access import AccessResult, FaultEffect, StructPageAccess
from explorer.boot.walkers.walker import FatalAccess, Fault, PfnGuard, Walker, first_fatal_access
from explorer.boot.zones import Zone

__all__ = ["SAFE_COPY_PAGE", "SAVEABLE_PAGE"]

_SUBSECTION_SHIFT = 21  # include/linux/mmzone.h


def _over_zones(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """Every page of every zone."""
    config = state.kernel_config
    if not config.can_hibernate:
        return
    for zone in state.zones:
        for run in state.irregular_runs(zone):
            if not _is_asked(state, run):
                continue
            access = first_fatal_access(walker, (run,), run.start, zone, config)
            if access:
                yield Fault.of(walker, access, zone, config)


def _is_asked(state: MemoryState, run: PageRun) -> bool:
    """Whether pfn_valid() and, since 5.1, pfn_to_online_page() accept the page."""
    return run.valid and state.pfn_to_online_page(run)


SAVEABLE_PAGE = Walker(
    "saveable_page",
    ("count_data_pages", "copy_data_pages", "mark_free_pages"),
    source="kernel/power/snapshot.c",
    trigger="hibernate",
    walk=_over_zones,
    guards=(PfnGuard.PFN_VALID, PfnGuard.PFN_TO_ONLINE_PAGE),
    accesses=(StructPageAccess.PAGE_ZONE,),
    does="reads every valid page of the zone",
    symbols=("HIBERNATION",),
)


def _over_saved_pages(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """The pages that are saved, up to the first that the linear map leaves out."""
    config = state.kernel_config
    if not config.can_hibernate or can_set_direct_map(config):
        return
    mapped = [(region.base, region.end) for region in state.memory if not region.nomap]
    for zone in state.zones:
        for run in state.runs_between(zone.start_pfn, zone.end_pfn):
            if run.kind is MemoryKind.MAP or not _is_asked(state, run) or not _is_in(zone, run):
                continue
            pfn = _first_unmapped(state, run, mapped)
            if pfn is not None:
                result = AccessResult(StructPageAccess.COPY_PAGE, FaultEffect.OOPS, certain=True)
                yield Fault.of(walker, FatalAccess(pfn, run, result), zone, config)
                return


def _is_in(zone: Zone, run: PageRun) -> bool:
    """``page_zone(page) == zone``; zero names zone 0 of node 0."""
    page = run.page
    if page.content is PageContent.INITIALISED:
        return (page.node, page.zone) == (zone.node, zone.index)
    return page.content is PageContent.ZERO and (zone.node, zone.index) == (0, 0)


def _first_unmapped(state: MemoryState, run: PageRun, mapped: list[tuple[int, int]]) -> int | None:
    """The first online page of a run of which no byte is mapped; map_mem() maps whole pages."""
    shift = state.kernel_config.page_shift
    for pfn in _online(state, run):
        index = bisect_right(mapped, ((pfn + 1) << shift) - 1, key=lambda span: span[0]) - 1
        if index < 0 or mapped[index][1] <= pfn << shift:
            return pfn
    return None


def _online(state: MemoryState, run: PageRun) -> Iterator[int]:
    """The pages of a run that pfn_to_online_page() accepts by their subsection, lowest first.

    Subsections of 2 MiB are marked where a memory region lies (mm/sparse.c, subsection_map_init()). Only the
    generic pfn_valid() lets a hole come so far.
    """
    config = state.kernel_config
    size = max(1, 1 << _SUBSECTION_SHIFT - config.page_shift)
    has_map = config.has("MEMORY_HOTPLUG") and config.memory_model is MemoryModel.SPARSEMEM_VMEMMAP
    if run.kind is not MemoryKind.HOLE or not has_map:
        yield from range(run.start, run.end)
        return
    yield from range(run.start, min(run.end, (run.start + size - 1) & -size))
    last = max(run.end & -size, (run.start + size - 1) & -size)
    yield from range(last, run.end)


SAFE_COPY_PAGE = Walker(
    "safe_copy_page",
    ("swsusp_save", "copy_data_pages", "copy_data_page", "do_copy_page"),
    source="kernel/power/snapshot.c",
    trigger="hibernate",
    walk=_over_saved_pages,
    guards=(PfnGuard.PFN_VALID, PfnGuard.PFN_TO_ONLINE_PAGE),
    accesses=(StructPageAccess.COPY_PAGE,),
    does="copies every page that saveable_page() takes, which asks kernel_page_present() of reserved ones",
    symbols=("HIBERNATION",),
    until="present_asks_page_tables",
)
