# SPDX-License-Identifier: GPL-2.0-or-later
"""Walkers: mm code that steps over pfns and touches struct pages.

A walker is a record: its trigger, its guards before it touches a struct page, and its accesses, in order. No
verdict is written here: verdicts follow from the states of the pages that a walk reaches.

Only a page that is not initialised for the zone of the walk can make a walker fault, so only such pages are
walked, and the cost of a boot is that of its irregular places.

docs/walkers.md lists every loop over pfns of the kernel, and why those that are not records here cannot fail.
"""

from functools import lru_cache

from explorer.boot.kernel_config import KernelConfig
from explorer.boot.memory_state import MemoryState
from explorer.boot.walkers.boot_time import FREE_ONE_PAGE, RESERVE_BOOTMEM_REGION
from explorer.boot.walkers.compaction import (
    FAST_ISOLATE_FREEPAGES,
    ISOLATE_FREEPAGES_BLOCK,
    ISOLATE_MIGRATEPAGES_BLOCK,
)
from explorer.boot.walkers.early_allocation import MEMBLOCK_ALLOC
from explorer.boot.walkers.hibernation import SAFE_COPY_PAGE, SAVEABLE_PAGE
from explorer.boot.walkers.linear_mapping import CREATE_PGD_MAPPING, MEMMAP_INIT_ZONE
from explorer.boot.walkers.memory_blocks import REGISTER_MEM_BLOCK_UNDER_NODE_EARLY, TEST_PAGES_IN_A_ZONE
from explorer.boot.walkers.page_owner import (
    INIT_PAGES_IN_ZONE,
    PAGETYPEINFO_SHOWMIXEDCOUNT_PRINT,
    READ_PAGE_OWNER,
    RESET_PAGE_OWNER,
    SET_PAGE_OWNER,
)
from explorer.boot.walkers.pageblock_steal import MOVE_FREEPAGES, MOVE_FREEPAGES_HIGHATOMIC
from explorer.boot.walkers.walker import Circumstance, Fault, PfnGuard, Stage, Walker
from explorer.boot.walkers.zone_sweeps import (
    ALLOC_CONTIG_RANGE,
    KMEMLEAK_SCAN,
    KPAGECOUNT_READ,
    MEMMAP_VALID_WITHIN,
    PAGETYPEINFO_SHOWBLOCKCOUNT_PRINT,
    STABLE_PAGE_FLAGS,
)

__all__ = ["WALKERS", "Circumstance", "Fault", "PfnGuard", "Stage", "Walker", "faults"]

SETUP_WALKERS: tuple[Walker, ...] = (CREATE_PGD_MAPPING, MEMBLOCK_ALLOC, MEMMAP_INIT_ZONE)
"""What runs before struct pages are initialised, and can fail where all of them would be."""

WALKERS: tuple[Walker, ...] = (
    # while booting
    *SETUP_WALKERS,
    RESERVE_BOOTMEM_REGION,
    FREE_ONE_PAGE,
    REGISTER_MEM_BLOCK_UNDER_NODE_EARLY,
    INIT_PAGES_IN_ZONE,
    RESET_PAGE_OWNER,
    # on a trigger
    MOVE_FREEPAGES,
    MOVE_FREEPAGES_HIGHATOMIC,
    ISOLATE_MIGRATEPAGES_BLOCK,
    ISOLATE_FREEPAGES_BLOCK,
    FAST_ISOLATE_FREEPAGES,
    MEMMAP_VALID_WITHIN,
    PAGETYPEINFO_SHOWBLOCKCOUNT_PRINT,
    PAGETYPEINFO_SHOWMIXEDCOUNT_PRINT,
    STABLE_PAGE_FLAGS,
    KPAGECOUNT_READ,
    KMEMLEAK_SCAN,
    SET_PAGE_OWNER,
    READ_PAGE_OWNER,
    SAVEABLE_PAGE,
    SAFE_COPY_PAGE,
    ALLOC_CONTIG_RANGE,
    TEST_PAGES_IN_A_ZONE,
)
"""Every walker that is modelled."""


WALKERS_OF_REGULAR_MEMORY: tuple[Walker, ...] = (
    *SETUP_WALKERS,
    SAFE_COPY_PAGE,
    FAST_ISOLATE_FREEPAGES,
)
"""What can fail where every struct page is initialised for each zone that spans it."""


def faults(state: MemoryState) -> tuple[Fault, ...]:
    """Return every fault of every walker: those of boot first, then the certain ones, then by pfn."""
    earlier = state.at_page_ext_init
    is_regular = state.is_regular and (earlier is state or earlier.is_regular)
    walkers = _built(state.kernel_config, is_regular=is_regular)
    return tuple(sorted((fault for walker in walkers for fault in walker.walk(walker, state)), key=_order))


@lru_cache(maxsize=256)
def _built(config: KernelConfig, *, is_regular: bool) -> tuple[Walker, ...]:
    """The walkers that a kernel contains; one kernel is booted on many machines."""
    candidates = WALKERS_OF_REGULAR_MEMORY if is_regular else WALKERS
    return tuple(walker for walker in candidates if walker.is_built(config))


def _order(fault: Fault) -> tuple[bool, bool, int, str, int, str]:
    """Sort by stage, certainty, number of conditions, trigger, pfn and walker."""
    conditions = len(fault.presupposes) + len(fault.circumstances)
    is_late = fault.stage is not Stage.BOOT
    return (is_late, not fault.certain, conditions, fault.trigger, fault.pfn, fault.walker)
