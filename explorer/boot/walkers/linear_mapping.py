# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults of booting that follow from the linear map: page tables made twice, and a misplaced mem_map."""

from collections.abc import Iterator

from explorer.boot.kernel_config import MemoryModel
from explorer.boot.linear_map import SEED_BITS, Granularity, memstart_addr, pages_mapped_twice, seed_steps
from explorer.boot.memmap import PageRun, StructPage
from explorer.boot.memmap_rules import PageContent
from explorer.boot.memory_state import MemoryState
from explorer.boot.sections import STRUCT_PAGE_SIZE
from explorer.boot.struct_page_access import AccessResult, FaultEffect, StructPageAccess
from explorer.boot.walkers.walker import Circumstance, FatalAccess, Fault, Stage, Walker

__all__ = ["CREATE_PGD_MAPPING", "MEMMAP_INIT_ZONE"]

_LARGEST_SEED = (1 << SEED_BITS) - 1
_FATAL_BYTES = 32 << 10
"""An overrun of this size certainly hits what boot put above mem_map: the device tree, then page tables.

Every recorded overrun was larger and died; how far the page tables are depends on the machine.
"""


def _over_pages_mapped_twice(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """Every page that two regions share."""
    config = state.kernel_config
    for page in pages_mapped_twice(state.memory, config):
        granularity = Granularity.of(config)
        if granularity is Granularity.PAGES:
            return
        depends = (Circumstance.CPU_SPLITS_BLOCKS,) if granularity is Granularity.CPU_DECIDES else ()
        effect = FaultEffect.BUG if page.is_bug else FaultEffect.OOPS
        result = AccessResult(StructPageAccess.SET_PTE, effect, certain=True)
        access = FatalAccess(page.pfn, state.run_at(page.pfn), result)
        yield Fault.of(walker, access, state.zones[0], config, circumstances=depends)


CREATE_PGD_MAPPING = Walker(
    "__create_pgd_mapping",
    ("__create_pgd_mapping_locked", "alloc_init_pud", "paging_init", "setup_arch", "memblock_alloc"),
    source="arch/arm64/mm/mmu.c",
    trigger="boot",
    stage=Stage.BOOT,
    walk=_over_pages_mapped_twice,
    guards=(),
    accesses=(StructPageAccess.SET_PTE,),
    does="maps a page that two regions of memory share a second time",
)


def _over_pages_outside_mem_map(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """The pages that pfn_to_page() of FLATMEM puts outside mem_map.

    ``pfn_to_page()`` counts from ``memstart_addr``, but mem_map begins at the first pfn of the node, rounded
    down to the largest block of the allocator (mm/page_alloc.c, alloc_node_mem_map()).
    """
    config = state.kernel_config
    if config.memory_model is not MemoryModel.FLATMEM:
        return
    certain, possible = _moves(state)
    run = _first_outside(state, certain)
    circumstances = _overrun_survived(state, run) if run else (Circumstance.KASLR_SEED,)
    run = run or _first_outside(state, possible)
    if run is None and config.has("ARM64_VA_BITS_52") and config.kernel.has("memstart_moved_for_52_bits"):
        run, circumstances = _outside(state.page_runs[0], 0), (Circumstance.CPU_WITHOUT_52_BITS,)
    if run is None:
        return
    result = AccessResult(StructPageAccess.INIT_SINGLE_PAGE, FaultEffect.OOPS, certain=True)
    access = FatalAccess(run.start, run, result)
    zone = next(zone for zone in state.zones if run.start < zone.end_pfn)
    yield Fault.of(walker, access, zone, config, circumstances=circumstances)


def _moves(state: MemoryState) -> tuple[int, int]:
    """By how many steps the seed moves the linear map down at least, and at most."""
    config, memory = state.kernel_config, state.memory
    seeds = (config.memstart_offset_seed,) if config.is_seed_known else (0, _LARGEST_SEED)
    moves = [count * seed >> SEED_BITS for count in seed_steps(config, memory) for seed in seeds]
    return min(moves), max(moves)


def _first_outside(state: MemoryState, moved: int) -> PageRun | None:
    """The first pages that the loop of memmap_init visits and that have no place in mem_map."""
    config = state.kernel_config
    block = config.max_order_nr_pages
    first = state.zones[0].start_pfn & -block
    end = -(-state.zones[-1].end_pfn // block) * block
    last = (memstart_addr(config, state.memory, moved) >> config.page_shift) + end - first
    return next((_outside(run, last) for run in state.page_runs if run.visited and run.end > last), None)


def _outside(run: PageRun, start: int) -> PageRun:
    return run._replace(start=max(run.start, start), page=StructPage(PageContent.OUTSIDE))


def _overrun_survived(state: MemoryState, first: PageRun) -> tuple[Circumstance, ...]:
    """Where few bytes are written outside mem_map, what is there decides."""
    later = (run for run in state.page_runs if run.visited and run.end > first.start)
    written = sum(run.end - max(run.start, first.start) for run in later)
    return () if written * STRUCT_PAGE_SIZE >= _FATAL_BYTES else (Circumstance.SMALL_OVERRUN,)


MEMMAP_INIT_ZONE = Walker(
    "memmap_init_zone",
    ("__memset", "memmap_init", "memmap_init_range", "free_area_init_node", "__init_single_page"),
    source="mm/page_alloc.c",
    trigger="boot",
    stage=Stage.BOOT,
    walk=_over_pages_outside_mem_map,
    guards=(),
    accesses=(StructPageAccess.INIT_SINGLE_PAGE,),
    does="initialises the struct page of every pfn of the zone, where pfn_to_page() says it is",
    symbols=("FLATMEM",),
)
