# SPDX-License-Identifier: GPL-2.0-or-later
"""Which pfns have a struct page: sections, the one array of FLATMEM, and memmap that is freed.

Rules, in boot order:

1. Every section that a memory region touches, NOMAP included, is present and gets a whole memmap
   (4.17 arch/arm64/mm/init.c, arm64_memory_present(); since 5.8 mm/sparse.c, memblocks_present()).
2. FLATMEM has one memmap over the node, rounded out to the largest buddy block
   (mm/page_alloc.c, alloc_node_mem_map()).
3. Without vmemmap, memmap between regions is freed before other pages are
   (4.17 arch/arm64/mm/init.c, free_unused_memmap(); since 5.11 mm/memblock.c).
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from explorer.boot.kernel_config import KernelConfig, MemoryModel
from explorer.machine.memory_map import Region

__all__ = [
    "STRUCT_PAGE_SIZE",
    "MemoryKind",
    "MemoryRange",
    "PfnRange",
    "bytes_of_section_root",
    "freed_memmap",
    "has_nodes",
    "memory_present_function",
    "memory_runs",
    "present_sections",
    "present_spans",
    "with_holes",
]

STRUCT_PAGE_SIZE = 64
"""sizeof(struct page) in bytes on arm64 (a BUILD_BUG_ON in 4.17 arch/arm64/mm/init.c, mem_init())."""


class MemoryKind(StrEnum):
    """The kind of memory that a pfn addresses, decided by the first byte of its page."""

    MAP = "map"
    NOMAP = "nomap"
    HOLE = "hole"


class PfnRange(NamedTuple):
    """Pfns ``[start, end)``."""

    start: int
    end: int


class MemoryRange(NamedTuple):
    """Pfns ``[start, end)`` with a memmap and one kind of memory.

    Attributes:
        start: first pfn.
        end: first pfn after.
        kind: the kind of memory at the first byte of each page.
        whole: the page lies wholly inside one memory region, so that loops over regions
            (``for_each_mem_pfn_range``) see it. A page that a region's end cuts is not whole.
        node: node of the region; -1 in holes.
        before_gap: mapped memory ends inside the page, and no mapped memory begins where it ends.
    """

    start: int
    end: int
    kind: MemoryKind
    whole: bool
    node: int
    before_gap: bool = False


def present_spans(memory: Sequence[Region], config: KernelConfig) -> list[PfnRange]:
    """Return the pfns that have a memmap after sparse_init(), merged and in order."""
    shift = config.page_shift
    if config.memory_model is MemoryModel.FLATMEM:
        grain = config.max_order_nr_pages
        first = round_up(memory[0].base, 1 << shift) >> shift
        return [PfnRange(round_down(first, grain), round_up(memory[-1].end >> shift, grain))]
    spans: list[PfnRange] = []
    for (start, end), _ in present_sections(memory, config):
        if spans and start <= spans[-1].end:
            spans[-1] = PfnRange(spans[-1].start, max(end, spans[-1].end))
        else:
            spans.append(PfnRange(start, end))
    return spans


def present_sections(memory: Sequence[Region], config: KernelConfig) -> Iterator[tuple[PfnRange, int]]:
    """Yield the whole sections that each region marks present, and the node of the region (memory_present()).

    Before ``present_whole_pages`` a region inside one page marks its section, too, except in the first page.
    """
    shift, grain = config.page_shift, config.pages_per_section
    whole, knows_nodes = config.kernel.has("present_whole_pages"), has_nodes(memory, config)
    for region in memory:
        first = round_up(region.base, 1 << shift) >> shift
        start, end = round_down(first, grain), region.end >> shift
        if (first if whole else start) < end:
            yield PfnRange(start, round_up(end, grain)), (region.node or 0) if knows_nodes else 0


def memory_present_function(config: KernelConfig) -> str:
    """Return the kernel function that marks sections present (5.8 moved it from arm64 to mm/sparse.c)."""
    return "memblocks_present" if config.kernel.has("memmap_by_regions") else "arm64_memory_present"


def bytes_of_section_root(config: KernelConfig) -> int:
    """How much memory the sections of one root of ``mem_section`` span.

    With SPARSEMEM_EXTREME a root is a page of ``struct mem_section``, which PAGE_EXTENSION makes twice as
    large (include/linux/mmzone.h, SECTIONS_PER_ROOT): 256 GiB with 4K pages and sections of 1 GiB.
    """
    sections = (1 << config.page_shift) // (32 if config.has("PAGE_OWNER") else 16)
    return sections << config.section_size_bits


def has_nodes(memory: Sequence[Region], config: KernelConfig) -> bool:
    """Whether regions have nodes; otherwise all memory is on node 0.

    Without NUMA they have none, nor where one lacks a node: numa_register_nodes() gives up, and
    dummy_numa_init() follows (4.17 arch/arm64/mm/numa.c).
    """
    return config.has("NUMA") and None not in [region.node for region in memory]


def memory_runs(memory: Sequence[Region], config: KernelConfig) -> list[MemoryRange]:
    """Return the pfns whose first byte is memory, in order; a page cut by a region end is its own range."""
    nodes = has_nodes(memory, config)
    shift = config.page_shift
    last = (1 << shift) - 1
    starts = {region.base for region in memory if not region.nomap}
    runs: list[MemoryRange] = []
    for region in memory:
        kind = MemoryKind.NOMAP if region.nomap else MemoryKind.MAP
        node = (region.node or 0) if nodes else 0
        region_end = region.base + region.size
        start, whole_end, end = region.base + last >> shift, region_end >> shift, region_end + last >> shift
        if start < whole_end:
            runs.append(MemoryRange(start, whole_end, kind, True, node))  # noqa: FBT003 # many are made
        if start < end and whole_end < end:
            gap = not region.nomap and region_end not in starts
            runs.append(MemoryRange(max(start, whole_end), end, kind, whole=False, node=node, before_gap=gap))
    return runs


def with_holes(runs: Sequence[MemoryRange], spans: Iterable[PfnRange]) -> list[MemoryRange]:
    """Return the ranges of memory with the holes between them, so that they cover the present spans."""
    cut: list[MemoryRange] = []
    index = 0
    for span in spans:
        at = span.start
        while index < len(runs) and runs[index].end <= at:
            index += 1  # a page that a region's end cuts may lie where no section is present
        while index < len(runs) and runs[index].start < span.end:
            run = runs[index]
            if at < run.start:
                cut.append(MemoryRange(at, run.start, MemoryKind.HOLE, whole=False, node=-1))
            cut.append(run)
            at = run.end
            index += 1
        if at < span.end:
            cut.append(MemoryRange(at, span.end, MemoryKind.HOLE, whole=False, node=-1))
    return cut


def freed_memmap(memory: Sequence[Region], config: KernelConfig) -> list[PfnRange]:
    """Return the pfns whose struct pages free_unused_memmap() frees.

    NOMAP regions count as memory here. Only whole pages of memmap are freed, so each span shrinks inwards.
    """
    generic = config.kernel.has("generic_free_unused_memmap")
    if config.memory_model is MemoryModel.SPARSEMEM_VMEMMAP or (
        generic and not config.has("HAVE_ARCH_PFN_VALID")
    ):
        return []
    sparse = config.memory_model is MemoryModel.SPARSEMEM
    freed: list[PfnRange] = []
    previous_end = 0
    for region in memory:
        start = region.base >> config.page_shift
        if sparse:
            start = min(start, round_up(previous_end, config.pages_per_section))
        elif generic:
            start = round_down(start, config.max_order_nr_pages)
        if previous_end:
            freed.append(PfnRange(previous_end, start))
        previous_end = round_up(region.end >> config.page_shift, config.max_order_nr_pages)
    if sparse:
        freed.append(PfnRange(previous_end, round_up(previous_end, config.pages_per_section)))
    per_page = (1 << config.page_shift) // STRUCT_PAGE_SIZE
    shrunk = (PfnRange(round_up(span.start, per_page), round_down(span.end, per_page)) for span in freed)
    return [span for span in shrunk if span.start < span.end]


def round_up(number: int, grain: int) -> int:
    """Round up to a multiple of a power of two."""
    return (number + grain - 1) & -grain


def round_down(number: int, grain: int) -> int:
    """Round down to a multiple of a power of two."""
    return number & -grain
