# SPDX-License-Identifier: GPL-2.0-only
"""Steals: a pageblock changes its migratetype, and every page of it is looked at.

mm/page_alloc.c, move_freepages_block() and move_freepages(). A fallback takes the largest free page of
another migratetype: while a zone has one of pageblock_order or more, whole blocks change hands and nothing
walks.
"""

from collections.abc import Iterator

from explorer.boot.memmap import PageContent, StructPage
from explorer.boot.memory_state import MemoryState, Pageblock
from explorer.boot.struct_page_access import AccessResult, FaultEffect, StructPageAccess, access_result
from explorer.boot.walkers.fault import Circumstance, Fault, Hit, Name, Stage, fault_of, first_hit
from explorer.boot.zones import Zone

__all__ = ["reserve_highatomic", "steal_walks"]

_STEAL = Name("move_freepages", ("move_freepages_block", "steal_suitable_fallback", "__dump_page"))

# With one or two blocks that are born UNMOVABLE boot-time slab fills them; a third is reached by a steal.
_BORN_UNMOVABLE_ENOUGH = 3

# A zone with less free memory than this is exhausted by booting alone: every recorded boot of such a machine
# died in the boot's own allocations, before any trigger.
_BOOT_ALLOCATES = 16 << 20


def steal_walks(state: MemoryState) -> Iterator[Fault]:
    """A fallback allocation takes over a pageblock: every page of it is looked at.

    A block whose last page leaves the zone is skipped; one whose first page does is walked from the stolen
    page on (4.17 move_freepages_block()).
    """
    for zone in state.zones:
        struck: list[tuple[Pageblock, Hit]] = []
        for block in state.irregular_blocks(zone):
            hit = _walk_hit(state, zone, block, counts_movable=True)
            if hit:
                struck.append((block, hit))
        born = sum(not state.born_movable(block) for block, _ in struck)
        tiny = bool(struck) and _is_tiny(state, zone)
        for block, hit in struck:
            yield from _steal_faults(state, zone, block, hit, born, tiny=tiny)


def _is_tiny(state: MemoryState, zone: Zone) -> bool:
    """Whether booting alone exhausts the zone: allocations begin in a node's highest zone."""
    highest = max(other.end_pfn for other in state.zones if other.node == zone.node) == zone.end_pfn
    return highest and state.free_bytes(zone) <= _BOOT_ALLOCATES


_HIGHATOMIC = Name("move_freepages", ("move_freepages_block", "reserve_highatomic_pageblock"))


def reserve_highatomic(state: MemoryState) -> Iterator[Fault]:
    """A high-order atomic allocation keeps its whole pageblock.

    The walk is that of a steal, but it does not count movable pages, so that PageLRU() is not read.
    """
    for zone in state.zones:
        for block in state.irregular_blocks(zone):
            hit = _walk_hit(state, zone, block, counts_movable=False)
            if hit:
                needs = (Circumstance.HIGH_ORDER_ATOMIC,)
                yield fault_of(
                    _HIGHATOMIC,
                    "highatomic",
                    hit,
                    zone,
                    state.kernel_config,
                    pageblocks=block.repeats,
                    needs=needs,
                    certain=False,
                )


def _walk_hit(state: MemoryState, zone: Zone, block: Pageblock, *, counts_movable: bool) -> Hit | None:
    """The first page of the block that move_freepages_block() does not survive."""
    config = state.kernel_config
    free = state.free_pages(block, zone)
    if not free or block.end > zone.end_pfn:
        return None
    start = block.start if block.start >= zone.start_pfn else free[0].start
    ends = _ends_assertion(state, zone, block, start)
    if ends:
        return ends
    checked = config.within_is_checked
    reads = [StructPageAccess.PAGE_BUDDY, *([StructPageAccess.PAGE_LRU] if counts_movable else [])]
    if not config.kernel.has("asserts_on_buddy_only"):
        reads.insert(0, StructPageAccess.NID_ASSERT)
    if checked and not config.kernel.has("move_freepages_by_pfn"):
        # The argument of pfn_valid_within() is evaluated for pages that it will refuse, too.
        hit = first_hit(block.page_runs, start, zone, [StructPageAccess.PAGE_TO_PFN], config, checked=False)
        if hit:
            return hit
    return first_hit(block.page_runs, start, zone, reads, config, checked=checked)


def _ends_assertion(state: MemoryState, zone: Zone, block: Pageblock, start: int) -> Hit | None:
    """VM_BUG_ON(page_zone(start_page) != page_zone(end_page)), compiled in where HOLES_IN_ZONE is n.

    Until 4.15 nothing asks whether the ends are valid (3e04040df6d4).
    """
    config = state.kernel_config
    kernel = config.kernel
    if not config.has("DEBUG_VM") or config.has("HOLES_IN_ZONE") or kernel.has("asserts_on_buddy_only"):
        return None
    first, last = state.run_at(start), block.page_runs[-1]
    if kernel.has("guarded_block_ends") and not (first.valid and last.valid):
        return None
    for pfn, run in ((start, first), (block.end - 1, last)):
        reacted = access_result(StructPageAccess.PAGE_ZONE, run.page, zone, config)
        if reacted:
            return Hit(pfn, run, reacted)
    if _zone_identity(first.page) == _zone_identity(last.page):
        return None
    odd = last if _zone_identity(first.page) == (zone.node, zone.index) else first
    pfn = block.end - 1 if odd is last else start
    return Hit(
        pfn,
        odd,
        AccessResult(
            StructPageAccess.PAGE_ZONE, FaultEffect.BUG, certain=odd.page.content is not PageContent.STALE
        ),
    )


def _zone_identity(page: StructPage) -> tuple[int, int] | PageContent:
    """What page_zone() gives: node and zone when initialised, zone 0 of node 0 for zero, else a riddle."""
    if page.content is PageContent.INITIALISED:
        return page.node, page.zone
    return (0, 0) if page.content is PageContent.ZERO else page.content


def _steal_faults(  # noqa: PLR0913 # a block, where it lies, what is wrong, and two facts of its zone
    state: MemoryState, zone: Zone, block: Pageblock, hit: Hit, born: int, *, tiny: bool
) -> Iterator[Fault]:
    """The faults of one block: under memory pressure, and at boot where the zone is tiny."""
    needs = _steal_needs(state, zone, block, hit, born)
    certain = not needs
    yield fault_of(
        _STEAL,
        "fallback",
        hit,
        zone,
        state.kernel_config,
        pageblocks=block.repeats,
        needs=(Circumstance.NO_HUGE_FREE_PAGE, *needs),
        certain=certain,
    )
    if tiny:
        yield fault_of(
            _STEAL,
            "boot",
            hit,
            zone,
            state.kernel_config,
            stage=Stage.BOOT,
            pageblocks=block.repeats,
            needs=(Circumstance.TINY_ZONE,),
        )


def _steal_needs(
    state: MemoryState, zone: Zone, block: Pageblock, hit: Hit, born: int
) -> tuple[Circumstance, ...]:
    """What keeps memory pressure alone from bringing the steal about."""
    needs: list[Circumstance] = []
    if state.grouping_off:
        needs.append(Circumstance.GROUPING_OFF)
    if not state.born_movable(block):
        if born < _BORN_UNMOVABLE_ENOUGH:
            needs.append(Circumstance.BORN_UNMOVABLE)
    elif state.largest_free_order(block, zone) < state.kernel_config.pageblock_order - 1:
        needs.append(Circumstance.SMALL_FREE_PAGES)
    if block.start < zone.start_pfn and hit.pfn < state.free_pages(block, zone)[-1].start:
        needs.append(Circumstance.BEFORE_THE_HOLE)
    return tuple(needs)
