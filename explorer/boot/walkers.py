# SPDX-License-Identifier: GPL-2.0-only
"""Walkers: mm code that steps over pfns and touches struct pages (SEMANTICS 6).

A walker is described by what it asks before it touches a page and by what it then reads, in order. Verdicts
are not written here: they emerge from the state of the pages that a walk reaches. Four kinds of walk exist:

* *steal*: ``move_freepages_block()`` over the pageblock of a free page that changes its migratetype;
* *scan*: the two compaction scanners over the pageblocks of a zone, guarded by the block's ends;
* *grid*: one page per pageblock of a zone;
* *sweep*: every pfn below ``max_pfn``, or of the reserved regions.

A walk is only worth following where it could meet a page that is not initialised for its zone: everything
else survives every reading. So a boot costs what its irregular places cost.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from explorer.boot.build import Build
from explorer.boot.land import Block, Land
from explorer.boot.memmap import Content, Frame, StructPage
from explorer.boot.reading import Effect, Reaction, Read, reaction
from explorer.boot.sections import Kind
from explorer.boot.zones import Zone

__all__ = ["Circumstance", "Fault", "Stage", "faults"]


class Stage(StrEnum):
    """When a walker runs."""

    BOOT = "boot"
    RUN = "run"


class Circumstance(StrEnum):
    """What a fault needs besides its trigger."""

    NO_HUGE_FREE_PAGE = "no free page of pageblock_order or more is left in the zone"
    SMALL_FREE_PAGES = "the block's free pages are small and may be used up before a steal comes by"
    BORN_UNMOVABLE = "the block was born UNMOVABLE: boot-time slab may fill it before anything steals it"
    BEFORE_THE_HOLE = "the stolen page lies before the bad page in the block"
    GROUPING_OFF = "grouping by mobility is off: the machine has too few pageblocks"
    TINY_ZONE = "the zone is so small that booting itself exhausts it"
    STALE_RAM = "what RAM held before decides what the struct page looks like"
    FREED_MEMMAP = "the struct page's memory was given away: whoever owns it decides what it looks like"
    DIRECT_COMPACTION = "an allocation of several pages finds none and compacts directly"
    SCANNER_REACHES = "the scanner reaches the block before it has found what it wants"
    MEMORY_FULL_OF_BUDDIES = "a long run of free pages is looked for near the bad page"
    PAGE_OWNER = "the kernel was booted with page_owner=on"


@dataclass(frozen=True, slots=True)
class Fault:
    """A walker touches a struct page in a state that it cannot survive.

    Attributes:
        walker: the kernel function.
        seen_in: functions that the console may name instead, where the compiler inlined the walker.
        trigger: what makes it run, by the names of the recordings; ``boot`` for boot itself.
        stage: boot or run.
        pfn: the first page of the walk that cannot be survived.
        pageblock_start_pfn: first pfn of its pageblock.
        pageblocks: how many pageblocks in a row, from this one on, are in the same state.
        zone: the zone being walked.
        kind: what memory lies behind the page.
        page: the state of its struct page.
        read: what the walker did with it.
        effect: what follows.
        poison: an assertion against poison fired, not the expression itself.
        certain: the trigger alone suffices.
        circumstances: what else it needs; never empty where it is not certain.
    """

    walker: str
    seen_in: tuple[str, ...]
    trigger: str
    stage: Stage
    pfn: int
    pageblock_start_pfn: int
    pageblocks: int
    zone: Zone
    kind: Kind
    page: StructPage
    read: Read
    effect: Effect
    poison: bool
    certain: bool
    circumstances: tuple[Circumstance, ...]


class _Hit(NamedTuple):
    """The first page of a walk that it does not survive."""

    pfn: int
    frame: Frame
    reaction: Reaction


def faults(land: Land) -> tuple[Fault, ...]:
    """Every fault that some walker can run into: boot first, what is certain first, then by pfn."""
    found = [fault for walk in _WALKS for fault in walk(land)]
    return tuple(sorted(found, key=_order))


def _order(fault: Fault) -> tuple[bool, bool, int, str, int, str]:
    """The nearest danger first."""
    needs = len(fault.circumstances)
    late = fault.stage is not Stage.BOOT
    return (late, not fault.certain, needs, fault.trigger, fault.pfn, fault.walker)


def _first_hit(  # noqa: PLR0913 # where, in which zone, what and under which guard: all independent
    frames: Sequence[Frame], start: int, zone: Zone, reads: Sequence[Read], build: Build, *, checked: bool
) -> _Hit | None:
    """Walk frames from a pfn on; ``checked`` leaves out pages that pfn_valid() refuses."""
    for frame in frames:
        if frame.end <= start or (checked and not frame.valid):
            continue
        for read in reads:
            reacted = reaction(read, frame.page, zone, build)
            if reacted:
                return _Hit(max(frame.start, start), frame, reacted)
    return None


def _content_circumstances(hit: _Hit) -> tuple[Circumstance, ...]:
    """Why a reading that may go wrong need not."""
    if hit.reaction.certain:
        return ()
    return (Circumstance.FREED_MEMMAP if hit.frame.page.content is Content.FREED else Circumstance.STALE_RAM,)


class _Name(NamedTuple):
    """What a walker is called, and what the console may call it."""

    walker: str
    seen_in: tuple[str, ...] = ()


def _fault(  # noqa: PLR0913 # a fault has this many independent parts; each caller names them
    name: _Name,
    trigger: str,
    hit: _Hit,
    zone: Zone,
    build: Build,
    *,
    stage: Stage = Stage.RUN,
    pageblocks: int = 1,
    needs: tuple[Circumstance, ...] = (),
    certain: bool = True,
) -> Fault:
    circumstances = needs + _content_circumstances(hit)
    return Fault(
        walker=name.walker,
        seen_in=name.seen_in,
        trigger=trigger,
        stage=stage,
        pfn=hit.pfn,
        pageblock_start_pfn=hit.pfn & -build.pageblock_nr_pages,
        pageblocks=pageblocks,
        zone=zone,
        kind=hit.frame.kind,
        page=hit.frame.page,
        read=hit.reaction.read,
        effect=hit.reaction.effect,
        poison=hit.reaction.poison,
        certain=certain and hit.reaction.certain,
        circumstances=circumstances,
    )


# --- steal: mm/page_alloc.c, move_freepages_block() and move_freepages() --------------------------------

_STEAL = _Name("move_freepages", ("move_freepages_block", "steal_suitable_fallback", "__dump_page"))

# With one or two blocks that are born UNMOVABLE boot-time slab fills them; a third is reached by a steal.
_BORN_UNMOVABLE_ENOUGH = 3

# A zone with less free memory than this is exhausted by booting alone: every recorded boot of such a machine
# died in the boot's own allocations, before any trigger.
_BOOT_ALLOCATES = 16 << 20


def _steal(land: Land) -> Iterator[Fault]:
    """A fallback allocation takes over a pageblock: every page of it is looked at.

    A block whose last page leaves the zone is skipped; one whose first page does is walked from the stolen
    page on (4.17 move_freepages_block()).
    """
    for zone in land.zones:
        struck: list[tuple[Block, _Hit]] = []
        for block in land.irregular_blocks(zone):
            hit = _steal_hit(land, zone, block)
            if hit:
                struck.append((block, hit))
        born = sum(not land.born_movable(block) for block, _ in struck)
        for block, hit in struck:
            yield from _steal_faults(land, zone, block, hit, born)


def _steal_hit(land: Land, zone: Zone, block: Block) -> _Hit | None:
    """The first page of the block that a steal does not survive."""
    build = land.build
    free = land.free_pages(block, zone)
    if not free or block.end > zone.end_pfn:
        return None
    start = block.start if block.start >= zone.start_pfn else free[0].start
    ends = _ends_assertion(land, zone, block, start)
    if ends:
        return ends
    checked = build.within_is_checked
    reads: list[Read] = [Read.PAGE_BUDDY, Read.PAGE_LRU]
    if not build.kernel.has("asserts_on_buddy_only"):
        reads.insert(0, Read.NID_ASSERT)
    if checked and not build.kernel.has("move_freepages_by_pfn"):
        # The argument of pfn_valid_within() is evaluated for pages that it will refuse, too.
        hit = _first_hit(block.frames, start, zone, [Read.PAGE_TO_PFN], build, checked=False)
        if hit:
            return hit
    return _first_hit(block.frames, start, zone, reads, build, checked=checked)


def _ends_assertion(land: Land, zone: Zone, block: Block, start: int) -> _Hit | None:
    """VM_BUG_ON(page_zone(start_page) != page_zone(end_page)), compiled in where HOLES_IN_ZONE is n.

    Until 4.15 nothing asks whether the ends are valid (3e04040df6d4).
    """
    build = land.build
    kernel = build.kernel
    if not build.has("DEBUG_VM") or build.has("HOLES_IN_ZONE") or kernel.has("asserts_on_buddy_only"):
        return None
    first, last = land.frame_at(start), block.frames[-1]
    if kernel.has("guarded_block_ends") and not (first.valid and last.valid):
        return None
    for pfn, frame in ((start, first), (block.end - 1, last)):
        reacted = reaction(Read.PAGE_ZONE, frame.page, zone, build)
        if reacted:
            return _Hit(pfn, frame, reacted)
    if _zone_identity(first.page) == _zone_identity(last.page):
        return None
    odd = last if _zone_identity(first.page) == (zone.node, zone.index) else first
    pfn = block.end - 1 if odd is last else start
    return _Hit(pfn, odd, Reaction(Read.PAGE_ZONE, Effect.BUG, certain=odd.page.content is not Content.STALE))


def _zone_identity(page: StructPage) -> tuple[int, int] | Content:
    """What page_zone() gives: node and zone when initialised, zone 0 of node 0 for zero, else a riddle."""
    if page.content is Content.INITIALISED:
        return page.node, page.zone
    return (0, 0) if page.content is Content.ZERO else page.content


def _steal_faults(land: Land, zone: Zone, block: Block, hit: _Hit, born: int) -> Iterator[Fault]:
    """The faults of one block: under memory pressure, and at boot where the zone is tiny."""
    needs = _steal_needs(land, zone, block, hit, born)
    certain = not needs
    yield _fault(
        _STEAL,
        "fallback",
        hit,
        zone,
        land.build,
        pageblocks=block.repeats,
        needs=(Circumstance.NO_HUGE_FREE_PAGE, *needs),
        certain=certain,
    )
    highest = max(other.end_pfn for other in land.zones if other.node == zone.node) == zone.end_pfn
    if highest and land.free_bytes(zone) <= _BOOT_ALLOCATES:
        yield _fault(
            _STEAL,
            "boot",
            hit,
            zone,
            land.build,
            stage=Stage.BOOT,
            pageblocks=block.repeats,
            needs=(Circumstance.TINY_ZONE,),
        )


def _steal_needs(land: Land, zone: Zone, block: Block, hit: _Hit, born: int) -> tuple[Circumstance, ...]:
    """What keeps memory pressure alone from bringing the steal about."""
    needs: list[Circumstance] = []
    if land.grouping_off:
        needs.append(Circumstance.GROUPING_OFF)
    if not land.born_movable(block):
        if born < _BORN_UNMOVABLE_ENOUGH:
            needs.append(Circumstance.BORN_UNMOVABLE)
    elif land.largest_free_order(block, zone) < land.build.pageblock_order - 1:
        needs.append(Circumstance.SMALL_FREE_PAGES)
    if block.start < zone.start_pfn and hit.pfn < land.free_pages(block, zone)[-1].start:
        needs.append(Circumstance.BEFORE_THE_HOLE)
    return tuple(needs)


# --- scan: mm/compaction.c ------------------------------------------------------------------------------

_MIGRATE_SCANNER = _Name(
    "isolate_migratepages_block",
    ("compact_zone", "compact_zone_order", "compact_node", "isolate_migratepages"),
)
_FREE_SCANNER = _Name(
    "isolate_freepages_block",
    ("compaction_alloc", "migrate_pages", "isolate_freepages", "compact_zone", "compact_zone_order"),
)


def _scan(land: Land) -> Iterator[Fault]:
    """Compaction: the migration scanner from the zone's start, the free scanner from its end.

    A block is entered when both ends are valid and in the zone, or unasked once every block of the zone has
    passed that test at boot (``zone->contiguous``).
    """
    build = land.build
    if not build.has("COMPACTION"):
        return
    reads = [Read.PAGE_BUDDY, Read.COMPOUND_ORDER, Read.PAGE_LRU]
    bitmap = [Read.PAGEBLOCK_FLAGS]
    for zone in land.zones:
        last_block = (zone.end_pfn - 1) & -build.pageblock_nr_pages
        for block in land.irregular_blocks(zone):
            if not land.pageblock_pfn_to_page(block, zone):
                continue
            start, end = max(block.start, zone.start_pfn), min(block.end, zone.end_pfn)
            hit = _first_hit(block.frames[:1], start, zone, bitmap, build, checked=False) or _first_compound(
                block.frames, start, zone, reads, build
            )
            if hit and hit.pfn < end:
                yield from _scan_faults(hit, zone, block, build, last=block.start == last_block)


def _first_compound(
    frames: Sequence[Frame], start: int, zone: Zone, reads: Sequence[Read], build: Build
) -> _Hit | None:
    """As ``_first_hit``, but a page of ones is taken for a compound page and skipped before PageLRU."""
    for frame in frames:
        skips = frame.page.content is Content.FF
        own = [read for read in reads if not (skips and read is Read.PAGE_LRU)]
        hit = _first_hit((frame,), start, zone, own, build, checked=build.within_is_checked)
        if hit:
            return hit
    return None


def _scan_faults(hit: _Hit, zone: Zone, block: Block, build: Build, *, last: bool) -> Iterator[Fault]:
    """Who meets the page: the migration scanner everywhere but in the last block."""
    reaches = (Circumstance.SCANNER_REACHES,)
    direct = (Circumstance.DIRECT_COMPACTION,)
    for trigger, needs in (("compact", ()), ("fallback", direct), ("hugetlb", direct)):
        if not last:
            yield _fault(
                _MIGRATE_SCANNER,
                trigger,
                hit,
                zone,
                build,
                pageblocks=block.repeats,
                needs=needs,
                certain=not needs,
            )
        yield _fault(
            _FREE_SCANNER,
            trigger,
            hit,
            zone,
            build,
            pageblocks=block.repeats,
            needs=needs + reaches,
            certain=False,
        )


# --- grid: one page per pageblock -----------------------------------------------------------------------

_SHOWBLOCKCOUNT = _Name("pagetypeinfo_showblockcount_print", ("pagetypeinfo_show", "seq_read"))
_MEMMAP_VALID_WITHIN = _Name("memmap_valid_within", ("seq_read", "pagetypeinfo_show"))


def _showblockcount(land: Land) -> Iterator[Fault]:
    """/proc/pagetypeinfo: a page every pageblock_nr_pages from the zone's start (mm/vmstat.c)."""
    build = land.build
    compares = build.has("ARCH_HAS_HOLES_MEMORYMODEL") and not build.kernel.has("no_memmap_valid_within")
    reads = [Read.PAGE_ZONE, Read.PAGEBLOCK_FLAGS]
    if compares:
        reads = [Read.PAGE_TO_PFN, *reads]
    name = _MEMMAP_VALID_WITHIN if compares else _SHOWBLOCKCOUNT
    for zone in land.zones:
        for frame in land.irregular_frames(zone):
            if not land.online(frame):
                continue
            pfn = _grid_point(max(frame.start, zone.start_pfn), zone.start_pfn, build.pageblock_nr_pages)
            if pfn >= min(frame.end, zone.end_pfn):
                continue
            hit = _first_hit((frame,), pfn, zone, reads, build, checked=False)
            if hit:
                yield _fault(name, "pagetypeinfo", hit, zone, build)


def _grid_point(pfn: int, origin: int, step: int) -> int:
    """The first point of the grid at or after a pfn."""
    return origin + -(-(pfn - origin) // step) * step


# --- sweep: every pfn -----------------------------------------------------------------------------------

_KPAGEFLAGS = _Name("stable_page_flags", ("kpageflags_read",))
_KPAGECOUNT = _Name("kpagecount_read")


def _proc_pages(land: Land) -> Iterator[Fault]:
    """/proc/kpageflags and /proc/kpagecount: every valid pfn below max_pfn, zone or not (fs/proc/page.c)."""
    build = land.build
    if not build.has("PROC_PAGE_MONITOR"):
        return
    home = land.zones[0]
    for name, trigger in ((_KPAGEFLAGS, "kpageflags"), (_KPAGECOUNT, "kpagecount")):
        for frame in land.frames:
            if frame.start >= land.max_pfn or not land.online(frame):
                continue
            hit = _first_hit((frame,), frame.start, home, [Read.PAGE_SLAB], build, checked=False)
            if hit:
                yield _fault(name, trigger, hit, home, build)
                if hit.reaction.certain:
                    break


_RESERVE = _Name("reserve_bootmem_region", ("free_all_bootmem", "memblock_free_all", "mem_init"))


def _reserve_bootmem(land: Land) -> Iterator[Fault]:
    """Boot marks every valid page of a reserved region (mm/page_alloc.c, reserve_bootmem_region())."""
    build = land.build
    for span in land.reserved:
        for frame in land.frames_between(span.start, span.end):
            if not frame.valid or frame.page.content is Content.INITIALISED:
                continue
            hit = _first_hit((frame,), span.start, land.zones[0], [Read.SET_RESERVED], build, checked=False)
            if hit:
                yield _fault(_RESERVE, "boot", hit, land.zones[0], build, stage=Stage.BOOT)


# --- ranges of free pages -------------------------------------------------------------------------------

_CONTIG = _Name(
    "alloc_contig_range", ("alloc_fresh_huge_page", "alloc_gigantic_page", "pfn_range_valid_gigantic")
)


def _contig(land: Land) -> Iterator[Fault]:
    """A gigantic page is looked for page by page (4.17 mm/hugetlb.c, pfn_range_valid_gigantic())."""
    build = land.build
    if not build.has("HUGETLB_PAGE"):
        return
    reads = [Read.PAGE_ZONE, Read.PAGEBLOCK_FLAGS]
    for zone in land.zones:
        for frame in land.irregular_frames(zone):
            if not land.online(frame):
                continue
            hit = _first_hit((frame,), max(frame.start, zone.start_pfn), zone, reads, build, checked=False)
            if hit:
                needs = (Circumstance.MEMORY_FULL_OF_BUDDIES,)
                yield _fault(_CONTIG, "gigantic", hit, zone, build, needs=needs, certain=False)


_PAGE_OWNER = _Name("init_pages_in_zone", ("init_early_allocated_pages", "init_page_owner"))


def _page_owner(land: Land) -> Iterator[Fault]:
    """page_owner=on looks at every page of a zone at boot (mm/page_owner.c, init_pages_in_zone())."""
    build = land.build
    if not build.has("PAGE_OWNER"):
        return
    for zone in land.zones:
        for frame in land.irregular_frames(zone):
            if not land.frame_at(max(zone.start_pfn, frame.start & -build.pageblock_nr_pages)).valid:
                continue
            start = max(frame.start, zone.start_pfn)
            checked = build.within_is_checked
            hit = _first_hit((frame,), start, zone, [Read.PAGE_ZONE], build, checked=checked)
            if hit:
                needs = (Circumstance.PAGE_OWNER,)
                yield _fault(_PAGE_OWNER, "page_owner", hit, zone, build, stage=Stage.BOOT, needs=needs)


_WALKS: tuple[Callable[[Land], Iterator[Fault]], ...] = (
    _reserve_bootmem,
    _page_owner,
    _steal,
    _scan,
    _showblockcount,
    _proc_pages,
    _contig,
)
