# SPDX-License-Identifier: GPL-2.0-only
"""Walkers: mm code that steps over pfns and touches struct pages.

A walker is described by what it asks before it touches a page and by what it then reads, in order. Verdicts
are not written here: they emerge from the state of the pages that a walk reaches.

A walk is only worth following where it could meet a page that is not initialised for its zone: everything
else survives every reading. So a boot costs what its irregular places cost.

Walkers of the kernel that are not here cannot meet such a page on arm64, whatever the four symbols: they
look at one page that somebody uses (soft_offline_page, page_idle), at mapped memory alone (kcore, CMA's own
ranges), or compare what they read without following it (kmemleak, read_page_owner).
"""

from collections.abc import Callable, Iterator

from explorer.boot.memory_state import MemoryState
from explorer.boot.walkers.compaction import scan
from explorer.boot.walkers.early import free_one_page, init_pages_in_zone, reserve_bootmem_region
from explorer.boot.walkers.fault import Circumstance, Fault, Stage
from explorer.boot.walkers.hotplug import register_mem_block_under_node_early, test_pages_in_a_zone
from explorer.boot.walkers.steal import reserve_highatomic, steal_walks
from explorer.boot.walkers.sweeps import (
    contig,
    hibernate,
    proc_pages,
    showblockcount,
    showmixedcount,
)

__all__ = ["Circumstance", "Fault", "Stage", "faults"]

_WALKS: tuple[Callable[[MemoryState], Iterator[Fault]], ...] = (
    reserve_bootmem_region,
    free_one_page,
    register_mem_block_under_node_early,
    init_pages_in_zone,
    steal_walks,
    reserve_highatomic,
    scan,
    showblockcount,
    showmixedcount,
    proc_pages,
    hibernate,
    contig,
    test_pages_in_a_zone,
)


def faults(state: MemoryState) -> tuple[Fault, ...]:
    """Every fault that some walker can run into: boot first, what is certain first, then by pfn."""
    if state.is_regular:
        return ()
    found = [fault for walk in _WALKS for fault in walk(state)]
    return tuple(sorted(found, key=_order))


def _order(fault: Fault) -> tuple[bool, bool, int, str, int, str]:
    """The nearest danger first."""
    needs = len(fault.circumstances)
    late = fault.stage is not Stage.BOOT
    return (late, not fault.certain, needs, fault.trigger, fault.pfn, fault.walker)
