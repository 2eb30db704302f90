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
    build = boot.build
    pages = _count(boot.present)
    freed = f"; the memmap of {_count(boot.freed)} pages is given back" if boot.freed else ""
    if build.memory_model is MemoryModel.FLATMEM:
        ground, rule = "one memmap over the node", "mm/page_alloc.c, alloc_node_mem_map()"
    else:
        ground = f"{pages // build.pages_per_section} sections of {1 << build.section_size_bits - 20} MiB"
        by = "memblocks_present()" if build.kernel.has("memmap_by_regions") else "arm64_memory_present()"
        rule = f"{by}; mm/sparse.c, sparse_init()"
    if boot.freed:
        rule += "; free_unused_memmap()"
    return StageNarrative(
        "sections",
        f"{ground}: {pages} struct pages, {pages * STRUCT_PAGE_SIZE} bytes of memmap{freed}",
        rule,
    )


def _fresh(boot: Boot) -> StageNarrative:
    build = boot.build
    content = boot.fresh
    cause = {
        PageContent.ZERO: "it is allocated zeroed, or RAM held zeros",
        PageContent.FF: "DEBUG_VM poisons it, or RAM held 0xff",
        PageContent.STALE: "it is not cleared, and nobody knows what RAM held",
    }[content]
    return StageNarrative(
        "memmap",
        f"fresh struct pages are {content}: {cause}",
        f"mm/sparse.c and mm/sparse-vmemmap.c with {build.memory_model}; mm/memblock.c",
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
    kernel = boot.build.kernel
    loop = (
        "memmap_init() over memory regions"
        if kernel.has("memmap_by_regions")
        else ("memmap_init_zone() over the zone, asking early_pfn_valid()")
    )
    visited = _by_kind(frame for frame in boot.frames if frame.visited)
    yield StageNarrative("struct pages", f"initialised for their zone: {visited}", loop)
    rest = [frame for frame in boot.frames if not frame.visited]
    if rest:
        states = Counter(_state(frame) for frame in rest)
        pages = Counter[str]()
        for frame in rest:
            pages[_state(frame)] += frame.end - frame.start
        yield StageNarrative(
            "left out",
            f"{_by_kind(rest)}; they end as "
            + ", ".join(f"{state}: {pages[state]}" for state in sorted(states)),
            _second_pass(boot),
        )
    block = boot.build.pageblock_nr_pages
    unmovable = sum(
        -(-frame.end // block) - -(-frame.start // block) for frame in boot.frames if not frame.visited
    )
    yield StageNarrative(
        "pageblocks",
        f"{block} pages each; {unmovable} begin with a page that the loop left out and stay UNMOVABLE",
        "set_pageblock_migratetype() in the loop above",
    )


def _second_pass(boot: Boot) -> str:
    """The function that looks after pages outside the loop, where this version has one."""
    kernel = boot.build.kernel
    if kernel.has("holes_like_neighbours"):
        return "init_unavailable_range()"
    if kernel.has("init_unavailable_mem"):
        return "init_unavailable_mem()"
    if kernel.has("zero_resv_unavail"):
        return "zero_resv_unavail()" if boot.build.has("NUMA") else "zero_resv_unavail() runs with NUMA only"
    return "no second pass in this version"


def _pfn_valid(boot: Boot) -> StageNarrative:
    build = boot.build
    accepted = sorted({str(frame.kind) for frame in boot.frames if frame.valid})
    within = "asks it" if build.within_is_checked else "is always true"
    if build.kernel.has("no_pfn_valid_within"):
        within = "does not exist"
    whose = "arm64's own" if build.has("HAVE_ARCH_PFN_VALID") else "the generic one"
    return StageNarrative(
        "pfn_valid",
        f"{whose} accepts {', '.join(accepted)}; pfn_valid_within() {within}",
        "arch/arm64/mm/init.c" if build.has("HAVE_ARCH_PFN_VALID") else "include/linux/mmzone.h",
    )


def _state(frame: PageRun) -> str:
    page = frame.page
    if page.content is PageContent.INITIALISED:
        return f"node {page.node} zone {page.zone} reserved"
    return str(page.content)


def _by_kind(frames: Iterator[PageRun] | list[PageRun]) -> str:
    pages = Counter[MemoryKind]()
    for frame in frames:
        pages[frame.kind] += frame.end - frame.start
    return ", ".join(f"{pages[kind]} {kind}" for kind in MemoryKind if pages[kind]) or "none"


def _count(spans: tuple[tuple[int, int], ...]) -> int:
    return sum(end - start for start, end in spans)
