# SPDX-License-Identifier: GPL-2.0-only
"""A boot told stage by stage: what was decided, in numbers, and by which rule of this version."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from explorer.boot.kernel_config import MemoryModel
from explorer.boot.memmap import PageContent, PageRun
from explorer.boot.sections import STRUCT_PAGE_SIZE, MemoryKind
from explorer.boot.simulation import Boot

__all__ = ["StageNarrative", "boot_stages"]


class StageNarrative(NamedTuple):
    """One stage of memory initialisation.

    Attributes:
        name: of the stage.
        decided: what came out, in one sentence.
        rule: the functions that decide it in this version.
    """

    name: str
    decided: str
    rule: str


def boot_stages(boot: Boot) -> tuple[StageNarrative, ...]:
    """All stages, in the order in which the kernel takes them."""
    return (
        _memblock(boot),
        _sections(boot),
        _fresh(boot),
        _zones(boot),
        *_memmap_init(boot),
        _pfn_valid(boot),
    )


def _memblock(boot: Boot) -> StageNarrative:
    memory = boot.memory_map.memory
    total = sum(region.size for region in memory)
    nomap = sum(region.size for region in memory if region.nomap)
    reserved = sum(region.size for region in boot.memory_map.reserved)
    return StageNarrative(
        "memblock",
        f"{len(memory)} regions of memory, {total} bytes, {nomap} of them nomap; {reserved} bytes reserved",
        "mm/memblock.c; arch/arm64/mm/init.c, arm64_memblock_init()",
    )


def _sections(boot: Boot) -> StageNarrative:
    config = boot.kernel_config
    pages = _count(boot.present)
    freed = f"; the memmap of {_count(boot.freed)} pages is given back" if boot.freed else ""
    if config.memory_model is MemoryModel.FLATMEM:
        ground, rule = "one memmap over the node", "mm/page_alloc.c, alloc_node_mem_map()"
    else:
        ground = f"{pages // config.pages_per_section} sections of {1 << config.section_size_bits - 20} MiB"
        by = "memblocks_present()" if config.kernel.has("memmap_by_regions") else "arm64_memory_present()"
        rule = f"{by}; mm/sparse.c, sparse_init()"
    if boot.freed:
        rule += "; free_unused_memmap()"
    return StageNarrative(
        "sections",
        f"{ground}: {pages} struct pages, {pages * STRUCT_PAGE_SIZE} bytes of memmap{freed}",
        rule,
    )


def _fresh(boot: Boot) -> StageNarrative:
    config = boot.kernel_config
    content = boot.fresh
    cause = {
        PageContent.ZERO: "it is allocated zeroed, or RAM held zeros",
        PageContent.FF: "DEBUG_VM poisons it, or RAM held 0xff",
        PageContent.STALE: "it is not cleared, and nobody knows what RAM held",
    }[content]
    return StageNarrative(
        "memmap",
        f"fresh struct pages are {content}: {cause}",
        f"mm/sparse.c and mm/sparse-vmemmap.c with {config.memory_model}; mm/memblock.c",
    )


def _zones(boot: Boot) -> StageNarrative:
    spans = (
        f"node {zone.node} {zone.name} pfns {zone.start_pfn:#x}-{zone.end_pfn - 1:#x} "
        f"({zone.present} of {zone.spanned} present)"
        for zone in boot.zones
    )
    return StageNarrative(
        "zones", "; ".join(spans), "arch/arm64/mm/init.c, zone_sizes_init(); free_area_init()"
    )


def _memmap_init(boot: Boot) -> Iterator[StageNarrative]:
    """The loop over memory, then what happens to the pages that it left out."""
    kernel = boot.kernel_config.kernel
    loop = (
        "memmap_init() over memory regions"
        if kernel.has("memmap_by_regions")
        else ("memmap_init_zone() over the zone, asking early_pfn_valid()")
    )
    visited = _by_kind(run for run in boot.page_runs if run.visited)
    yield StageNarrative("struct pages", f"initialised for their zone: {visited}", loop)
    rest = [run for run in boot.page_runs if not run.visited]
    if rest:
        states = Counter(_state(run) for run in rest)
        pages = Counter[str]()
        for run in rest:
            pages[_state(run)] += run.end - run.start
        yield StageNarrative(
            "left out",
            f"{_by_kind(rest)}; they end as "
            + ", ".join(f"{state}: {pages[state]}" for state in sorted(states)),
            _second_pass(boot),
        )
    block = boot.kernel_config.pageblock_nr_pages
    unmovable = sum(
        -(-run.end // block) - -(-run.start // block) for run in boot.page_runs if not run.visited
    )
    yield StageNarrative(
        "pageblocks",
        f"{block} pages each; {unmovable} begin with a page that the loop left out and stay UNMOVABLE",
        "set_pageblock_migratetype() in the loop above",
    )


def _second_pass(boot: Boot) -> str:
    """The function that looks after pages outside the loop, where this version has one."""
    kernel = boot.kernel_config.kernel
    if kernel.has("holes_like_neighbours"):
        return "init_unavailable_range()"
    if kernel.has("init_unavailable_mem"):
        return "init_unavailable_mem()"
    if kernel.has("zero_resv_unavail"):
        return (
            "zero_resv_unavail()"
            if boot.kernel_config.has("NUMA")
            else "zero_resv_unavail() runs with NUMA only"
        )
    return "no second pass in this version"


def _pfn_valid(boot: Boot) -> StageNarrative:
    config = boot.kernel_config
    accepted = sorted({str(run.kind) for run in boot.page_runs if run.valid})
    within = "asks it" if config.within_is_checked else "is always true"
    if config.kernel.has("no_pfn_valid_within"):
        within = "does not exist"
    whose = "arm64's own" if config.has("HAVE_ARCH_PFN_VALID") else "the generic one"
    return StageNarrative(
        "pfn_valid",
        f"{whose} accepts {', '.join(accepted)}; pfn_valid_within() {within}",
        "arch/arm64/mm/init.c" if config.has("HAVE_ARCH_PFN_VALID") else "include/linux/mmzone.h",
    )


def _state(run: PageRun) -> str:
    page = run.page
    if page.content is PageContent.INITIALISED:
        return f"node {page.node} zone {page.zone} reserved"
    return str(page.content)


def _by_kind(page_runs: Iterator[PageRun] | list[PageRun]) -> str:
    pages = Counter[MemoryKind]()
    for run in page_runs:
        pages[run.kind] += run.end - run.start
    return ", ".join(f"{pages[kind]} {kind}" for kind in MemoryKind if pages[kind]) or "none"


def _count(spans: tuple[tuple[int, int], ...]) -> int:
    return sum(end - start for start, end in spans)
