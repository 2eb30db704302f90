# SPDX-License-Identifier: GPL-2.0-or-later
"""Walkers over a pageblock that changes its migratetype (mm/page_alloc.c, move_freepages_block()).

A fallback allocation takes the largest free page of another migratetype. While a zone has a free page of
pageblock_order or more, whole blocks change hands and no walker runs. Otherwise move_freepages() reads
every page of the block. A high-order atomic allocation, which reserves its block, does the same.
"""

from collections.abc import Iterator

from explorer.boot.kernel_config import MemoryModel
from explorer.boot.memmap import StructPage
from explorer.boot.memmap_rules import PageContent
from explorer.boot.memory_state import MemoryState, Pageblock
from explorer.boot.struct_page_access import AccessResult, FaultEffect, StructPageAccess, access_result
from explorer.boot.walkers.walker import (
    Circumstance,
    FatalAccess,
    Fault,
    PfnGuard,
    Walker,
    first_fatal_access,
)
from explorer.boot.zones import Zone

__all__ = ["MOVE_FREEPAGES", "MOVE_FREEPAGES_HIGHATOMIC"]

_BORN_UNMOVABLE_ENOUGH = 5
"""How many bad pageblocks of a zone must be UNMOVABLE since boot for a steal to reach one for certain.

Fitted to recordings: boot-time slab fills a few such blocks and leaves nothing to steal. Boots of 5.4.59 and
5.6.4 with classic SPARSEMEM survived with four; no recording asks for less than five.
"""

_BOOT_ALLOCATES = 16 << 20
"""How many bytes of free memory booting itself allocates: a zone that has no more is exhausted by it.

Fitted to tests/data/boots/4.17-sparsemem-vmemmap-4k.jsonl: with 15 MiB, six boots that died while booting
would be missed. The recordings do not distinguish 16 MiB from values up to 64 MiB.
"""


def _over_stolen_pageblocks(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """Every page of a pageblock that a fallback allocation steals.

    A block whose last page is outside the zone is skipped. A block whose first page is outside is walked from
    the stolen page on (4.17 move_freepages_block()).
    """
    for zone in state.zones:
        bad_blocks = [
            (block, access)
            for block in state.irregular_blocks(zone)
            if (access := _first_in_block(walker, state, zone, block))
        ]
        born_unmovable = sum(not state.born_movable(block) for block, _ in bad_blocks)
        tiny = bool(bad_blocks) and _is_tiny(state, zone)
        for block, access in bad_blocks:
            yield Fault.of(
                walker,
                access,
                zone,
                state.kernel_config,
                pageblocks=block.repeats,
                presupposes=(Circumstance.NO_HUGE_FREE_PAGE,),
                circumstances=_steal_circumstances(state, zone, block, access, born_unmovable),
            )
            if tiny:
                yield Fault.of(
                    walker,
                    access,
                    zone,
                    state.kernel_config,
                    trigger="boot",
                    pageblocks=block.repeats,
                    presupposes=(Circumstance.TINY_ZONE,),
                )
            elif _boot_can_steal(state, zone, block):
                first = block == _stolen_first(state, zone)
                yield Fault.of(
                    walker,
                    access,
                    zone,
                    state.kernel_config,
                    trigger="boot",
                    circumstances=() if first else (Circumstance.STOLEN_WHILE_BOOTING,),
                )


def _over_reserved_pageblocks(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """Every page of the pageblock from which a high-order atomic allocation takes its page."""
    for zone in state.zones:
        for block in state.irregular_blocks(zone):
            access = _first_in_block(walker, state, zone, block)
            if access:
                yield Fault.of(walker, access, zone, state.kernel_config, pageblocks=block.repeats)


MOVE_FREEPAGES = Walker(
    "move_freepages",
    ("move_freepages_block", "steal_suitable_fallback", "__dump_page"),
    source="mm/page_alloc.c",
    trigger="fallback",
    walk=_over_stolen_pageblocks,
    guards=(PfnGuard.PFN_VALID_WITHIN,),
    accesses=(StructPageAccess.NID_ASSERT, StructPageAccess.PAGE_BUDDY, StructPageAccess.PAGE_LRU),
    does="reads every page of the pageblock that it steals",
)

# Called without a counter of movable pages, move_freepages() does not read PageLRU().
MOVE_FREEPAGES_HIGHATOMIC = Walker(
    "move_freepages",
    ("move_freepages_block", "reserve_highatomic_pageblock"),
    source="mm/page_alloc.c",
    trigger="highatomic",
    walk=_over_reserved_pageblocks,
    guards=(PfnGuard.PFN_VALID_WITHIN,),
    accesses=(StructPageAccess.NID_ASSERT, StructPageAccess.PAGE_BUDDY),
    does="reads every page of the pageblock that it steals",
    depends_on=(Circumstance.HIGH_ORDER_ATOMIC,),
)


def _is_tiny(state: MemoryState, zone: Zone) -> bool:
    """Whether booting itself exhausts the zone: allocations begin in a node's highest zone."""
    highest = max(other.end_pfn for other in state.zones if other.node == zone.node) == zone.end_pfn
    return highest and state.free_bytes(zone) <= _BOOT_ALLOCATES


def _boot_can_steal(state: MemoryState, zone: Zone, block: Pageblock) -> bool:
    """Whether booting may steal from the block: every steal walks one where no free page is a whole block.

    pageblock_order can exceed the largest order until 5.17 (``pageblock_below_max_order``).
    """
    config = state.kernel_config
    return (
        config.pageblock_order > config.largest_order
        and not state.page_group_by_mobility_disabled
        and state.largest_free_order(block, zone) == config.largest_order
    )


def _stolen_first(state: MemoryState, zone: Zone) -> Pageblock | None:
    """The block of the first steal of a boot: that of the topmost largest free page on the UNMOVABLE list.

    The first reclaimable allocation takes it (mm/page_alloc.c, fallbacks[] and __rmqueue_fallback()): boot
    frees pages in order of address, and the page that was freed last is the first of its list.
    """
    blocks = reversed(state.irregular_blocks(zone))
    unmovable = (block for block in blocks if not state.born_movable(block))
    return next((block for block in unmovable if _boot_can_steal(state, zone, block)), None)


def _first_in_block(walker: Walker, state: MemoryState, zone: Zone, block: Pageblock) -> FatalAccess | None:
    """Return the first access of move_freepages_block() that is fatal."""
    config = state.kernel_config
    free = state.free_pages(block, zone)
    if not free or block.end > zone.end_pfn:
        return None
    start = block.start if block.start >= zone.start_pfn else free[0].start
    access = _ends_assertion(state, zone, block, start)
    if not access and config.within_is_checked and not config.kernel.has("move_freepages_by_pfn"):
        # The argument of pfn_valid_within(page_to_pfn(page)) is evaluated for pages that it refuses, too.
        page_to_pfn = (StructPageAccess.PAGE_TO_PFN,)
        access = first_fatal_access(walker, block.page_runs, start, zone, config, page_to_pfn, guarded=False)
        found = [fatal for fatal in (access, _zero_page_without_root(state, block, start)) if fatal]
        access = min(found, key=lambda fatal: fatal.pfn, default=None)
    if access:
        return access
    accesses = walker.accesses
    if config.kernel.has("asserts_on_buddy_only"):
        accesses = tuple(read for read in accesses if read is not StructPageAccess.NID_ASSERT)
    return first_fatal_access(walker, block.page_runs, start, zone, config, accesses)


def _zero_page_without_root(state: MemoryState, block: Pageblock, start: int) -> FatalAccess | None:
    """The first zero page: it names section 0, and without its root page_to_pfn() follows a null pointer."""
    if state.kernel_config.memory_model is not MemoryModel.SPARSEMEM or state.has_root_of_section_0:
        return None
    zero = (run for run in block.page_runs if run.end > start and run.page.content is PageContent.ZERO)
    result = AccessResult(StructPageAccess.PAGE_TO_PFN, FaultEffect.OOPS, certain=True)
    return next((FatalAccess(max(run.start, start), run, result) for run in zero), None)


def _ends_assertion(state: MemoryState, zone: Zone, block: Pageblock, start: int) -> FatalAccess | None:
    """VM_BUG_ON(page_zone(start_page) != page_zone(end_page)), compiled in where HOLES_IN_ZONE is n.

    Until 4.15 it does not check whether the ends are valid (``guarded_block_ends``).
    """
    config = state.kernel_config
    kernel = config.kernel
    if not config.has("DEBUG_VM") or config.has("HOLES_IN_ZONE") or kernel.has("asserts_on_buddy_only"):
        return None
    first, last = state.run_at(start), block.page_runs[-1]
    if kernel.has("guarded_block_ends") and not (first.valid and last.valid):
        return None
    for pfn, run in ((start, first), (block.end - 1, last)):
        result = access_result(StructPageAccess.PAGE_ZONE, run.page, zone, config)
        if result:
            return FatalAccess(pfn, run, result)
    if _page_zone(first.page) == _page_zone(last.page):
        return None
    wrong = last if _page_zone(first.page) == (zone.node, zone.index) else first
    certain = wrong.page.content is not PageContent.STALE
    result = AccessResult(StructPageAccess.PAGE_ZONE, FaultEffect.BUG, certain=certain)
    return FatalAccess(block.end - 1 if wrong is last else start, wrong, result)


def _page_zone(page: StructPage) -> tuple[int, int] | PageContent:
    """page_zone(): node and zone number where they are known, otherwise the content; zero names 0 and 0."""
    if page.content is PageContent.INITIALISED:
        return page.node, page.zone
    return (0, 0) if page.content is PageContent.ZERO else page.content


def _steal_circumstances(
    state: MemoryState, zone: Zone, block: Pageblock, access: FatalAccess, born_unmovable: int
) -> tuple[Circumstance, ...]:
    """Return what else must happen for memory pressure to steal the block and reach the page."""
    circumstances: list[Circumstance] = []
    if state.page_group_by_mobility_disabled:
        circumstances.append(Circumstance.GROUPING_OFF)
    if not state.born_movable(block):
        if born_unmovable < _BORN_UNMOVABLE_ENOUGH:
            circumstances.append(Circumstance.BORN_UNMOVABLE)
    elif state.largest_free_order(block, zone) < state.kernel_config.pageblock_order - 1:
        circumstances.append(Circumstance.SMALL_FREE_PAGES)
    if block.start < zone.start_pfn and access.pfn < state.free_pages(block, zone)[-1].start:
        circumstances.append(Circumstance.BEFORE_THE_HOLE)
    return tuple(circumstances)
