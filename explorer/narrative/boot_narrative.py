# SPDX-License-Identifier: GPL-2.0-or-later
"""Describes a boot stage by stage: the result of each stage, in numbers, and the kernel functions behind it.

Every decision is read from ``Boot``; nothing is derived from the kernel's changes or the configuration again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from explorer.boot.deferred_init import DeferredInit
from explorer.boot.fresh_memmap import FreshCause, FreshMemmap
from explorer.boot.kernel_config import MemoryModel, PfnValidWithin
from explorer.boot.memmap import PageRun
from explorer.boot.memmap_rules import PageContent, SecondPass, SkipReason
from explorer.boot.sections import STRUCT_PAGE_SIZE, MemoryKind
from explorer.boot.simulation import Boot
from explorer.narrative.plurals import counted

__all__ = ["StageNarrative", "boot_stages"]

_MOST_SPANS = 3


class StageNarrative(NamedTuple):
    """One stage of memory initialisation.

    Attributes:
        name: the stage.
        decided: the result, in one sentence.
        rule: the kernel functions that decide it in this version.
    """

    name: str
    decided: str
    rule: str


def boot_stages(boot: Boot) -> tuple[StageNarrative, ...]:
    """Return all stages, in the order in which the kernel takes them."""
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
        f"{counted(len(memory), 'region')} of memory, {total} bytes, {nomap} of them nomap; "
        f"{reserved} bytes reserved{_cuts(boot)}",
        "mm/memblock.c; arch/arm64/mm/init.c, arm64_memblock_init()",
    )


def _cuts(boot: Boot) -> str:
    """What removed memory."""
    return "".join(f"; {cut.by} removed {cut.removed} bytes" for cut in boot.memory_map.cuts)


def _sections(boot: Boot) -> StageNarrative:
    config = boot.kernel_config
    pages = _count(boot.present)
    freed = f"; the memmap of {counted(_count(boot.freed), 'page')} is freed" if boot.freed else ""
    if config.memory_model is MemoryModel.FLATMEM:
        ground, rule = "one memmap over the node", "mm/page_alloc.c, alloc_node_mem_map()"
    else:
        sections = counted(pages // config.pages_per_section, "section")
        ground = f"{sections} of {1 << config.section_size_bits - 20} MiB"
        rule = f"{boot.present_by}(); mm/sparse.c, sparse_init()"
    if boot.freed:
        rule += "; free_unused_memmap()"
    return StageNarrative(
        "sections",
        f"{ground}: {pages} struct pages, {pages * STRUCT_PAGE_SIZE} bytes of memmap{freed}",
        rule,
    )


def _fresh(boot: Boot) -> StageNarrative:
    kinds = list(dict.fromkeys(span.memmap for span in boot.fresh))
    words = [f"fresh struct pages are {fresh.content}: {_fresh_cause(fresh)}" for fresh in kinds]
    if len(kinds) > 1:
        words = [f"{_spans(boot, fresh)}: {fresh.content}, because {_fresh_cause(fresh)}" for fresh in kinds]
    return StageNarrative(
        "memmap",
        "; ".join(words),
        f"mm/sparse.c and mm/sparse-vmemmap.c with {boot.kernel_config.memory_model}; mm/memblock.c",
    )


def _spans(boot: Boot, fresh: FreshMemmap) -> str:
    """The pfns whose fresh memmap is alike; of many spans the first three."""
    spans = [span for span in boot.fresh if span.memmap == fresh]
    more = f" and {len(spans) - _MOST_SPANS} more" if len(spans) > _MOST_SPANS else ""
    return ", ".join(f"pfns {span.start:#x}-{span.end - 1:#x}" for span in spans[:_MOST_SPANS]) + more


def _fresh_cause(fresh: FreshMemmap) -> str:
    if fresh.cause is FreshCause.ALLOCATED_ZEROED:
        return "they are allocated zeroed"
    if fresh.cause is FreshCause.POISONED:
        return "DEBUG_VM poisons them"
    if fresh.cause is FreshCause.UNKNOWN_SUPPLY:
        return "it depends on the place of earlier allocations whether they come from the sparse buffer"
    held = {PageContent.ZERO: "zeros", PageContent.FF: "0xff", PageContent.STALE: "unknown data"}
    return f"they are not cleared, and RAM held {held[fresh.content]}"


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
    loop = (
        "memmap_init() over memory regions"
        if boot.passes.by_regions
        else "memmap_init_zone() over the pfns of the zone that early_pfn_valid() accepts"
    )
    visited = _by_kind(run for run in boot.page_runs if run.visited)
    yield StageNarrative("struct pages", f"initialised for their zone: {visited}", loop)
    if boot.deferred:
        yield _deferred(boot.deferred)
    left_out = [run for run in boot.page_runs if not run.visited]
    if left_out:
        pages = Counter[str]()
        for run in left_out:
            pages[_state(run)] += run.end - run.start
        yield StageNarrative(
            "left out",
            f"{_by_kind(left_out)}; contents after boot: "
            + ", ".join(f"{state}: {pages[state]}" for state in sorted(pages)),
            _second_pass(boot, left_out),
        )
    yield StageNarrative(
        "pageblocks",
        f"{boot.kernel_config.pageblock_nr_pages} pages each; stay UNMOVABLE, since the "
        f"{'loop and the threads' if boot.deferred else 'loop'} left out the first page: "
        f"{boot.unmovable_pageblocks}",
        "set_pageblock_migratetype() in the functions above"
        if boot.deferred
        else "set_pageblock_migratetype() in the loop above",
    )


def _deferred(deferred: DeferredInit) -> StageNarrative:
    """What the loop leaves to threads."""
    starts = ", ".join(
        f"node {node} from pfn {pfn:#x} on" for node, pfn in sorted(deferred.first_deferred_pfn.items())
    )
    return StageNarrative(
        "deferred",
        f"{starts}: threads initialise free memory, reserve_bootmem_region() reserved pages that pfn_valid() "
        "accepts (counted above); a pageblock becomes MOVABLE if its first page is free"
        + (" or reserved" if deferred.reserved_become_movable else ""),
        "defer_init(), deferred_init_memmap(), init_reserved_page() with DEFERRED_STRUCT_PAGE_INIT",
    )


def _second_pass(boot: Boot, left_out: Iterable[PageRun]) -> str:
    """Return the function that handles the pages left out, and why it handles none or not all of them."""
    passes = boot.passes
    if passes.second is None:
        return "no second pass in this version"
    function = f"{passes.second.function}()"
    if passes.skipped is SkipReason.NUMA_OFF:
        return f"{function} runs only with NUMA"
    if passes.skipped is SkipReason.FLATMEM:
        return f"{function} initialises nothing with FLATMEM"
    if all(run.page.content is not boot.fresh_at(run.start).content for run in left_out):
        return function
    if passes.second is SecondPass.ZERO_RESERVED:
        return f"{function}, which zeroes only reserved ranges outside memory"
    return f"{function}, which skips pageblocks whose first pfn pfn_valid() refuses"


def _pfn_valid(boot: Boot) -> StageNarrative:
    accepted = sorted({str(run.kind) for run in boot.page_runs if run.valid})
    within = {
        PfnValidWithin.ASKS: "calls it",
        PfnValidWithin.TRUE: "is always true",
        PfnValidWithin.REMOVED: "does not exist",
    }[boot.kernel_config.pfn_valid_within]
    function = "arm64's pfn_valid()" if boot.pfn_valid.of_arm64 else "the generic pfn_valid()"
    return StageNarrative(
        "pfn_valid",
        f"{function} accepts {', '.join(accepted)}; pfn_valid_within() {within}",
        "arch/arm64/mm/init.c" if boot.pfn_valid.of_arm64 else "include/linux/mmzone.h",
    )


def _state(run: PageRun) -> str:
    page = run.page
    if page.content is PageContent.INITIALISED:
        return f"node {page.node} zone {page.zone} reserved"
    return str(page.content)


def _by_kind(page_runs: Iterable[PageRun]) -> str:
    pages = Counter[MemoryKind]()
    for run in page_runs:
        pages[run.kind] += run.end - run.start
    return ", ".join(f"{pages[kind]} {kind}" for kind in MemoryKind if pages[kind]) or "none"


def _count(spans: tuple[tuple[int, int], ...]) -> int:
    return sum(end - start for start, end in spans)
