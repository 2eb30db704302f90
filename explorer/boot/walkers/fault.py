# SPDX-License-Identifier: GPL-2.0-only
"""What a fault is, and the one step that every walk shares: the first page that it does not survive."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from explorer.boot.kernel_config import KernelConfig
from explorer.boot.memmap import PageContent, PageRun, StructPage
from explorer.boot.sections import MemoryKind
from explorer.boot.struct_page_access import AccessResult, FaultEffect, StructPageAccess, access_result
from explorer.boot.zones import Zone

__all__ = ["Circumstance", "Fault", "Hit", "Name", "Stage", "fault_of", "first_hit"]


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
    HIGH_ORDER_ATOMIC = "an atomic allocation of several pages takes its page from this block"


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
    kind: MemoryKind
    page: StructPage
    read: StructPageAccess
    effect: FaultEffect
    poison: bool
    certain: bool
    circumstances: tuple[Circumstance, ...]


class Hit(NamedTuple):
    """The first page of a walk that it does not survive."""

    pfn: int
    run: PageRun
    reaction: AccessResult


def first_hit(  # noqa: PLR0913 # where, in which zone, what and under which guard: all independent
    page_runs: Sequence[PageRun],
    start: int,
    zone: Zone,
    reads: Sequence[StructPageAccess],
    config: KernelConfig,
    *,
    checked: bool,
) -> Hit | None:
    """Walk frames from a pfn on; ``checked`` leaves out pages that pfn_valid() refuses."""
    for run in page_runs:
        if run.end <= start or (checked and not run.valid):
            continue
        for read in reads:
            reacted = access_result(read, run.page, zone, config)
            if reacted:
                return Hit(max(run.start, start), run, reacted)
    return None


def _content_circumstances(hit: Hit) -> tuple[Circumstance, ...]:
    """Why a reading that may go wrong need not."""
    if hit.reaction.certain:
        return ()
    return (
        Circumstance.FREED_MEMMAP if hit.run.page.content is PageContent.FREED else Circumstance.STALE_RAM,
    )


class Name(NamedTuple):
    """What a walker is called, and what the console may call it."""

    walker: str
    seen_in: tuple[str, ...] = ()


def fault_of(  # noqa: PLR0913 # a fault has this many independent parts; each caller names them
    name: Name,
    trigger: str,
    hit: Hit,
    zone: Zone,
    config: KernelConfig,
    *,
    stage: Stage = Stage.RUN,
    pageblocks: int = 1,
    needs: tuple[Circumstance, ...] = (),
    certain: bool = True,
) -> Fault:
    """The fault of a hit; what the page may or may not hold joins the circumstances."""
    circumstances = needs + _content_circumstances(hit)
    return Fault(
        walker=name.walker,
        seen_in=name.seen_in,
        trigger=trigger,
        stage=stage,
        pfn=hit.pfn,
        pageblock_start_pfn=hit.pfn & -config.pageblock_nr_pages,
        pageblocks=pageblocks,
        zone=zone,
        kind=hit.run.kind,
        page=hit.run.page,
        read=hit.reaction.read,
        effect=hit.reaction.effect,
        poison=hit.reaction.poison,
        certain=certain and hit.reaction.certain,
        circumstances=circumstances,
    )
