# SPDX-License-Identifier: GPL-2.0-or-later
"""Walkers of page_owner (mm/page_owner.c), which run where the kernel was booted with ``page_owner=on``.

Each looks up the page_ext of every page that it does not skip. ``lookup_page_ext()`` calls ``page_to_pfn()``,
which classic SPARSEMEM computes from the section number in the struct page.
"""

from collections.abc import Callable, Iterator

from explorer.boot.kernel_config import MemoryModel
from explorer.boot.memmap import PageRun
from explorer.boot.memmap_rules import PageContent
from explorer.boot.memory_state import MemoryState
from explorer.boot.page_ext import names_wrong_section, unchecked_sections
from explorer.boot.sections import STRUCT_PAGE_SIZE, MemoryKind, PfnRange
from explorer.boot.struct_page_access import AccessResult, FaultEffect, StructPageAccess
from explorer.boot.walkers.walker import (
    Circumstance,
    FatalAccess,
    Fault,
    PfnGuard,
    Stage,
    Walker,
    first_fatal_access,
)
from explorer.boot.zones import Zone

__all__ = [
    "INIT_PAGES_IN_ZONE",
    "PAGETYPEINFO_SHOWMIXEDCOUNT_PRINT",
    "READ_PAGE_OWNER",
    "RESET_PAGE_OWNER",
    "SET_PAGE_OWNER",
]

_EARLY_ALLOCATIONS = 16 << 20
"""Bytes of the topmost section that memblock may have allocated besides memmap; no recording needs more."""

_ANYTHING = frozenset({PageContent.STALE, PageContent.FREED, PageContent.EITHER})


def _over_zones_at_boot(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """Every page of every zone, and the pages that boot allocated in a section without page_ext."""
    if not state.kernel_config.page_owner_enabled:
        return
    state = state.at_page_ext_init
    unchecked = unchecked_sections(state)
    yield from _over_zones(walker, state, unchecked, lambda run: run.valid)
    for section in sorted(unchecked):
        yield from _over_early_allocations(walker, state, section)


def _over_zones_at_run(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """Every page of every zone."""
    if state.kernel_config.page_owner_enabled:
        online = state.kernel_config.kernel.has("proc_pages_ask_online")
        accepts = state.pfn_to_online_page if online else lambda run: run.valid
        yield from _over_zones(walker, state, unchecked_sections(state), accepts)


def _over_zones(
    walker: Walker, state: MemoryState, unchecked: frozenset[int], accepts: Callable[[PageRun], bool]
) -> Iterator[Fault]:
    """Every page that the walk reaches: its zone is compared, and its page_ext looked up where they agree."""
    config = state.kernel_config
    for zone in state.zones:
        for run in state.irregular_runs(zone):
            start = _first_scanned(state, run, zone, accepts)
            if start is None or not state.pfn_valid_within(run):
                continue
            access = first_fatal_access(walker, (run,), start, zone, config, (StructPageAccess.PAGE_ZONE,))
            if access is None and _may_be_of(zone, run):
                access = _lookup_page_ext(state, run, start, unchecked)
            if access:
                yield Fault.of(walker, access, zone, config)


def _first_scanned(
    state: MemoryState, run: PageRun, zone: Zone, accepts: Callable[[PageRun], bool]
) -> int | None:
    """The first pfn of a run that a walk over a zone reaches; ``None`` where it reaches none.

    A walk steps by pageblocks. Where the first pfn of one is refused, the walk goes on at the next block of
    the largest order, ``ALIGN(pfn + 1, MAX_ORDER_NR_PAGES)``, which may skip several pageblocks or the start
    of one.
    """
    config = state.kernel_config
    block, largest = config.pageblock_nr_pages, config.max_order_nr_pages
    pfn = max(zone.start_pfn, run.start & -max(block, largest))
    while pfn < run.end:
        if accepts(state.run_at(pfn)):
            end = (pfn & -block) + block
            if end > run.start:
                return max(pfn, run.start)
            pfn = end
        elif pfn >= run.start:
            return None  # every later pfn of the run is refused, too
        else:
            pfn = (pfn & -largest) + largest
    return None


def _may_be_of(zone: Zone, run: PageRun) -> bool:
    """Whether ``page_zone(page) == zone`` may hold of a page that is not initialised; ones name no zone."""
    is_first = (zone.node, zone.index) == (0, 0)
    return run.page.content in _ANYTHING or (run.page.content is PageContent.ZERO and is_first)


def _lookup_page_ext(
    state: MemoryState, run: PageRun, pfn: int, unchecked: frozenset[int]
) -> FatalAccess | None:
    """The fatal access of ``lookup_page_ext()`` to a page that is not initialised."""
    config, content = state.kernel_config, run.page.content
    is_zero = content is PageContent.ZERO
    if config.memory_model is MemoryModel.SPARSEMEM and (not is_zero or names_wrong_section(state)):
        certain = content not in _ANYTHING
        return _oops(StructPageAccess.PAGE_TO_PFN, run, pfn, certain=certain)
    if is_zero and (pfn & -config.pages_per_section) in unchecked:
        return _oops(StructPageAccess.PAGE_EXT, run, pfn, certain=True)
    return None


def _oops(read: StructPageAccess, run: PageRun, pfn: int, *, certain: bool) -> FatalAccess:
    return FatalAccess(pfn, run, AccessResult(read, FaultEffect.OOPS, certain=certain))


def _over_early_allocations(walker: Walker, state: MemoryState, section: int) -> Iterator[Fault]:
    """A page of a section without page_ext that boot allocated before; free and reserved ones are skipped.

    Boot frees the topmost pages last and allocates them first (mm/page_alloc.c, __free_one_page()).
    """
    config = state.kernel_config
    end = section + config.pages_per_section
    for zone, access, free in _allocations(state, section):
        topmost = zone == _first_to_allocate(state) and zone.end_pfn <= end
        certain = topmost and free << config.page_shift > _allocated_by_memblock(state)
        circumstances = () if certain else (Circumstance.EARLY_ALLOCATION,)
        yield Fault.of(walker, access, zone, config, circumstances=circumstances)


def _allocations(state: MemoryState, section: int) -> Iterator[tuple[Zone, FatalAccess, int]]:
    """Yield each zone with free pages in a section without page_ext, the first page, and how many pages."""
    for zone in state.zones:
        free = state.free_ranges(zone, PfnRange(section, section + state.kernel_config.pages_per_section))
        if free:
            first = free[0].start
            access = _oops(StructPageAccess.PAGE_EXT, state.run_at(first), first, certain=True)
            yield zone, access, sum(span.end - span.start for span in free)


def _over_allocations(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """Every page that is allocated in a section without page_ext, once memory elsewhere is used up."""
    if not state.kernel_config.page_owner_enabled:
        return
    for section in sorted(unchecked_sections(state)):
        for zone, access, _ in _allocations(state, section):
            yield Fault.of(walker, access, zone, state.kernel_config)


def _over_init_memory(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """The pages of the kernel that are freed before init starts.

    The kernel is taken to lie in the section of the lowest mapped memory, for certain if anything is reserved
    there.
    """
    config = state.kernel_config
    if not config.page_owner_enabled:
        return
    pfn = next((run.start for run in state.page_runs if run.kind is MemoryKind.MAP), 0)
    section = pfn & -config.pages_per_section
    if section in unchecked_sections(state):
        access = _oops(StructPageAccess.PAGE_EXT, state.run_at(pfn), pfn, certain=True)
        end = section + config.pages_per_section
        holds_kernel = any(section <= span.start < end for span in state.reserved)
        circumstances = () if holds_kernel else (Circumstance.EARLY_ALLOCATION,)
        yield Fault.of(walker, access, state.zones[0], config, circumstances=circumstances)


def _first_to_allocate(state: MemoryState) -> Zone:
    """The zone of which boot allocates first: the highest one of the first node."""
    node = state.zones[0].node
    return [zone for zone in state.zones if zone.node == node][-1]


def _allocated_by_memblock(state: MemoryState) -> int:
    """How many bytes at the top of memory memblock may have allocated: all memmap, and a little."""
    pages = sum(run.end - run.start for run in state.page_runs)
    return pages * STRUCT_PAGE_SIZE + _EARLY_ALLOCATIONS


INIT_PAGES_IN_ZONE = Walker(
    "init_pages_in_zone",
    ("init_page_owner", "lookup_page_ext", "init_early_allocated_pages", "page_ext_init"),
    source="mm/page_owner.c",
    trigger="boot",
    stage=Stage.BOOT,
    walk=_over_zones_at_boot,
    guards=(PfnGuard.PFN_VALID, PfnGuard.PFN_VALID_WITHIN),
    accesses=(StructPageAccess.PAGE_ZONE, StructPageAccess.PAGE_TO_PFN, StructPageAccess.PAGE_EXT),
    does="looks up the page_ext of every page of the zone that boot allocated",
    symbols=("PAGE_OWNER",),
    presupposes=(Circumstance.PAGE_OWNER,),
)

SET_PAGE_OWNER = Walker(
    "__set_page_owner",
    ("lookup_page_ext", "post_alloc_hook", "get_page_from_freelist"),
    source="mm/page_owner.c",
    trigger="fallback",
    walk=_over_allocations,
    guards=(),
    accesses=(StructPageAccess.PAGE_EXT,),
    does="writes to the page_ext of every page that is allocated",
    symbols=("PAGE_OWNER",),
    until="page_ext_checked",
    presupposes=(Circumstance.PAGE_OWNER,),
    depends_on=(Circumstance.EARLY_ALLOCATION,),
)

RESET_PAGE_OWNER = Walker(
    "__reset_page_owner",
    ("lookup_page_ext", "free_reserved_area", "free_initmem"),
    source="mm/page_owner.c",
    trigger="boot",
    stage=Stage.BOOT,
    walk=_over_init_memory,
    guards=(),
    accesses=(StructPageAccess.PAGE_EXT,),
    does="writes to the page_ext of every page that is freed, first of those of the init code",
    symbols=("PAGE_OWNER",),
    until="page_ext_checked",
    presupposes=(Circumstance.PAGE_OWNER,),
)

PAGETYPEINFO_SHOWMIXEDCOUNT_PRINT = Walker(
    "pagetypeinfo_showmixedcount_print",
    ("lookup_page_ext", "pagetypeinfo_show", "seq_read"),
    source="mm/page_owner.c",
    trigger="pagetypeinfo",
    walk=_over_zones_at_run,
    guards=(PfnGuard.PFN_TO_ONLINE_PAGE, PfnGuard.PFN_VALID_WITHIN),
    accesses=(StructPageAccess.PAGE_ZONE, StructPageAccess.PAGE_TO_PFN, StructPageAccess.PAGE_EXT),
    does="looks up the page_ext of every page of the zone that is allocated",
    symbols=("PAGE_OWNER",),
    presupposes=(Circumstance.PAGE_OWNER,),
)


def _over_max_order_blocks(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """Every page below max_pfn, in any zone; where a block of the largest order begins invalid, none of it.

    A read ends at a page that page_owner lists, and the next one skips the invalid pages that follow it.
    """
    config = state.kernel_config
    if not config.page_owner_enabled:
        return
    unchecked = unchecked_sections(state)
    for run in state.page_runs:
        start = run.start
        block = max(state.zones[0].start_pfn, start & -config.max_order_nr_pages)
        is_skipped = block >= start or not state.run_at(block).valid
        if run.page.content is PageContent.INITIALISED or start >= state.max_pfn:
            continue
        if (is_skipped and not run.valid) or not state.pfn_valid_within(run):
            continue
        access = _lookup_page_ext(state, run, start, unchecked)
        if access:
            zone = next((zone for zone in state.zones if start < zone.end_pfn), state.zones[-1])
            yield Fault.of(walker, access, zone, config)


READ_PAGE_OWNER = Walker(
    "read_page_owner",
    ("lookup_page_ext", "full_proxy_read", "__vfs_read"),
    source="mm/page_owner.c",
    trigger="page_owner",
    walk=_over_max_order_blocks,
    guards=(PfnGuard.PFN_VALID, PfnGuard.PFN_VALID_WITHIN),
    accesses=(StructPageAccess.PAGE_BUDDY, StructPageAccess.PAGE_TO_PFN, StructPageAccess.PAGE_EXT),
    does="looks up the page_ext of every page that is allocated",
    symbols=("PAGE_OWNER",),
    presupposes=(Circumstance.PAGE_OWNER,),
    depends_on=(Circumstance.LISTED_BEFORE,),
)
