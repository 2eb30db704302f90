# SPDX-License-Identifier: GPL-2.0-or-later
"""A walker as a record, a fault, and the step that every walk shares: the first access that is fatal."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from explorer.boot.kernel_config import KernelConfig
from explorer.boot.memmap import PageRun, StructPage
from explorer.boot.memmap_rules import PageContent
from explorer.boot.memory_state import MemoryState
from explorer.boot.sections import MemoryKind
from explorer.boot.struct_page_access import AccessResult, FaultEffect, StructPageAccess, access_result
from explorer.boot.zones import Zone

__all__ = [
    "Circumstance",
    "FatalAccess",
    "Fault",
    "PfnGuard",
    "Stage",
    "Walk",
    "Walker",
    "first_fatal_access",
]


class Stage(StrEnum):
    """When a walker runs."""

    BOOT = "boot"
    RUN = "run"


class PfnGuard(StrEnum):
    """The kernel function that a walker calls for a pfn before it reads the struct page.

    A record names the guard of the newest kernel that has the walker. Before 5.0 arm64 had no hotplug, and
    pfn_to_online_page() was pfn_valid(); some walkers still called pfn_valid() itself.
    """

    PFN_VALID = "pfn_valid"
    PFN_VALID_WITHIN = "pfn_valid_within"
    PFN_TO_ONLINE_PAGE = "pfn_to_online_page"
    PAGEBLOCK_PFN_TO_PAGE = "__pageblock_pfn_to_page"


class Circumstance(StrEnum):
    """What a fault presupposes or depends on besides its trigger."""

    NO_HUGE_FREE_PAGE = "no free page of pageblock_order or more is left in the zone"
    SMALL_FREE_PAGES = "a steal takes a page of the block before its small free pages are used up"
    BORN_UNMOVABLE = "a steal reaches the block, UNMOVABLE since boot, before boot-time slab fills it"
    BEFORE_THE_HOLE = "the stolen page precedes the bad page in the block"
    GROUPING_OFF = "the block is stolen although the machine has too few pageblocks to group by mobility"
    TINY_ZONE = "the zone is so small that booting itself exhausts it"
    STALE_RAM = "what RAM held before boot makes the access fail"
    MEMMAP_SUPPLY = "the memmap of this section is not cleared: that depends on where boot allocates it"
    FREED_MEMMAP = "what the new owner of the memmap wrote there makes the access fail"
    DIRECT_COMPACTION = "an allocation of several pages finds none and compacts directly"
    SCANNER_REACHES = "the scanner reaches the block before it has found enough pages"
    MEMORY_FULL_OF_BUDDIES = "the search for a long run of free pages reaches the bad page"
    PAGE_OWNER = "the kernel was booted with page_owner=on"
    EARLY_ALLOCATION = "an allocation takes a page of the section"
    FAST_SEARCH = "no free MOVABLE page is left, and the fast search takes a pfn between both scanners"
    LISTED_BEFORE = "page_owner does not list the page before it"
    STOLEN_WHILE_BOOTING = "an allocation of booting falls back to this pageblock"
    KASLR_SEED = "the KASLR seed moves the linear map"
    CPU_WITHOUT_52_BITS = "the CPU lacks 52-bit virtual addresses"
    CPU_SPLITS_BLOCKS = "the CPU can split blocks without faults (FEAT_BBM level 2)"
    SMALL_OVERRUN = "what lies above mem_map does not survive the bytes written there"
    PLACE = (
        "the kernel puts the no-map memory of the device tree where this boot has it; elsewhere it survives"
    )
    EARLY_MEMORY_USED_UP = "early allocations use up the free memory above, and end in these bytes"
    HIGH_ORDER_ATOMIC = "an atomic allocation of several pages takes its page from this block"


@dataclass(frozen=True, slots=True)
class Walker:
    """mm code that steps over pfns and touches their struct pages.

    Attributes:
        function: the kernel function, as the console prints it.
        inlined_into: functions that the console may print instead, where the compiler inlined it.
        source: the file of the kernel that holds it.
        trigger: what makes it run, by the names of the recordings; ``boot`` for booting itself.
        walk: steps over the pfns and yields the faults; its name says over which.
        guards: the functions that it calls before it reads a struct page.
        accesses: what it does with the struct page, in order.
        does: what it does, as the end of a sentence that begins with its name.
        stage: when it runs.
        symbols: Kconfig symbols without which it is not built.
        absent_with: Kconfig symbols with which it is not built.
        since: the change that introduced it; empty where every described release has it.
        until: the change that removed it; empty where none did.
        presupposes: what holds whenever the trigger makes it run.
        depends_on: what may or may not hold when the trigger makes it run.
    """

    function: str
    inlined_into: tuple[str, ...]
    source: str
    trigger: str
    walk: "Walk"
    guards: tuple[PfnGuard, ...]
    accesses: tuple[StructPageAccess, ...]
    does: str
    stage: Stage = Stage.RUN
    symbols: tuple[str, ...] = ()
    absent_with: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    presupposes: tuple[Circumstance, ...] = ()
    depends_on: tuple[Circumstance, ...] = ()

    def is_built(self, config: KernelConfig) -> bool:
        """Whether the configured kernel contains the walker."""
        kernel = config.kernel
        return (
            all(map(config.has, self.symbols))
            and not any(map(config.has, self.absent_with))
            and (not self.since or kernel.has(self.since))
            and not (self.until and kernel.has(self.until))
        )


Walk = Callable[[Walker, MemoryState], Iterator["Fault"]]
"""Steps over the struct pages of a machine as a walker does, and yields its faults."""


class FatalAccess(NamedTuple):
    """The first access of a walk that the walker does not survive.

    Attributes:
        pfn: the pfn of the struct page.
        run: the run of pfns that it belongs to.
        result: the access, and what it does.
    """

    pfn: int
    run: PageRun
    result: AccessResult


@dataclass(frozen=True, slots=True)
class Fault:
    """A walker touches a struct page in a state that it cannot survive.

    Attributes:
        by: the walker.
        trigger: what makes it run, by the names of the recordings; ``boot`` for booting itself.
        stage: boot or run.
        pfn: the first page of the walk that the walker does not survive.
        pageblock_start_pfn: first pfn of its pageblock.
        pageblocks: how many consecutive pageblocks, from this one on, are in the same state.
        zone: the zone that the walker walks.
        kind: the kind of memory of the page.
        page: the state of its struct page.
        read: what the walker did with it.
        effect: what follows.
        poison: an assertion against poison fired, not the expression itself.
        presupposes: what holds whenever the trigger makes the walker run.
        circumstances: what may or may not hold when the trigger makes it run: chance, contents of RAM.
    """

    by: Walker
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
    presupposes: tuple[Circumstance, ...]
    circumstances: tuple[Circumstance, ...]

    @classmethod
    def of(  # noqa: PLR0913 # a fault has this many independent parts; each caller names them
        cls,
        walker: Walker,
        access: FatalAccess,
        zone: Zone,
        config: KernelConfig,
        *,
        trigger: str = "",
        pageblocks: int = 1,
        presupposes: tuple[Circumstance, ...] = (),
        circumstances: tuple[Circumstance, ...] = (),
    ) -> "Fault":
        """Return the fault of a fatal access.

        Args:
            walker: the walker.
            access: the access.
            zone: the zone that the walker walks.
            config: the kernel and its configuration.
            trigger: default: that of the walker.
            pageblocks: how many consecutive pageblocks are in the same state.
            presupposes: besides what the walker presupposes.
            circumstances: besides what the walker depends on and what the struct page may hold.
        """
        trigger = trigger or walker.trigger
        return cls(
            by=walker,
            trigger=trigger,
            stage=Stage.BOOT if trigger == "boot" else walker.stage,
            pfn=access.pfn,
            pageblock_start_pfn=access.pfn & -config.pageblock_nr_pages,
            pageblocks=pageblocks,
            zone=zone,
            kind=access.run.kind,
            page=access.run.page,
            read=access.result.read,
            effect=access.result.effect,
            poison=access.result.poison,
            presupposes=walker.presupposes + presupposes,
            circumstances=circumstances + walker.depends_on + _content_circumstances(access),
        )

    @property
    def certain(self) -> bool:
        """Whether the trigger suffices, with what it presupposes."""
        return not self.circumstances

    @property
    def walker(self) -> str:
        """The kernel function."""
        return self.by.function

    @property
    def seen_in(self) -> tuple[str, ...]:
        """Functions that the console may name instead of the walker."""
        return self.by.inlined_into


def first_fatal_access(  # noqa: PLR0913, PLR0917 # who walks where, from which pfn, in which zone, and what it reads
    walker: Walker,
    runs: Iterable[PageRun],
    start: int,
    zone: Zone,
    config: KernelConfig,
    accesses: Iterable[StructPageAccess] | None = None,
    *,
    guarded: bool = True,
) -> FatalAccess | None:
    """Return the access that ends a walk; ``None`` if the walker survives.

    It is the first that is fatal for certain, or else the first that may be fatal: a walk may end on an
    earlier page already, by what that page happens to hold.

    Args:
        walker: the walker.
        runs: the pages, in order of pfn.
        start: the pfn to begin at.
        zone: the zone that the walker walks.
        config: the kernel and its configuration.
        accesses: default: all accesses of the walker.
        guarded: the walker calls ``pfn_valid_within()``, if it is one of its guards.
    """
    accesses = walker.accesses if accesses is None else tuple(accesses)
    checked = guarded and config.within_is_checked and PfnGuard.PFN_VALID_WITHIN in walker.guards
    possible: FatalAccess | None = None
    for run in runs:
        if run.end <= start or (checked and not run.valid):
            continue
        for access in accesses:
            result = access_result(access, run.page, zone, config)
            if result and result.certain:
                return FatalAccess(max(run.start, start), run, result)
            if result and not possible:
                possible = FatalAccess(max(run.start, start), run, result)
    return possible


def _content_circumstances(access: FatalAccess) -> tuple[Circumstance, ...]:
    """Return what decides whether an access to this content fails; empty where it always fails."""
    if access.result.certain:
        return ()
    return (_DECIDES.get(access.run.page.content, Circumstance.STALE_RAM),)


_DECIDES = {
    PageContent.FREED: Circumstance.FREED_MEMMAP,
    PageContent.EITHER: Circumstance.MEMMAP_SUPPLY,
}
