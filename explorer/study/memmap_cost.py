# SPDX-License-Identifier: GPL-2.0-or-later
"""What it costs to initialise every struct page of a section, compared with unmapping the memmap of gaps.

In 2018 Michal Hocko proposed a contract: every section that has a memmap has *initialised* struct pages, and
those of holes and nomap are reserved, so that no walker needs a guard. Its numbers for one boot follow from:

1. Every version allocates the memmap of whole sections (``sections``): the contract allocates nothing more.
2. The contract also writes the struct pages that this boot does not initialise.
3. The alternative is to unmap the memmap behind holes and nomap, in whole granules. With 4K pages vmemmap is
   mapped by blocks of 2 MiB, and unmapping less splits a block into a table of pages; with 16K and 64K pages
   it is mapped by pages (4.17 arch/arm64/mm/mmu.c, vmemmap_populate();
   arch/arm64/include/asm/kernel-pgtable.h, ARM64_SWAPPER_USES_SECTION_MAPS).
4. A guard costs a binary search in memblock.memory for each page walked.
"""

from collections.abc import Iterator
from typing import NamedTuple

from explorer.boot import Boot, MemoryModel
from explorer.boot.memmap_rules import PageContent
from explorer.boot.sections import STRUCT_PAGE_SIZE, MemoryKind

__all__ = ["MemmapCost", "SectionCost", "memmap_cost_of", "section_cost_of"]

_BLOCK = 2 << 20  # PMD_SIZE with 4K pages


class MemmapCost(NamedTuple):
    """The numbers of one boot. All counts are of pages, all sizes in bytes.

    Attributes:
        memmap_bytes: memmap that sparse_init() or FLATMEM allocates.
        struct_pages: struct pages in it.
        memory: pages of mapped memory.
        nomap: pages of nomap memory.
        holes: struct pages with no memory behind them.
        initialised: struct pages that this boot initialises.
        to_initialise: struct pages that the contract initialises and this boot does not.
        memmap_of_gaps: bytes of memmap behind holes and nomap memory.
        mapped_by: ``blocks`` of 2 MiB, ``pages``, or ``linear map`` where there is no vmemmap.
        mappings: vmemmap entries of that kind; 0 in the linear map.
        freeable_by_blocks: bytes of memmap that could be unmapped without splitting a block.
        freeable_by_pages: bytes that could be unmapped page by page.
        blocks_split: blocks of vmemmap that unmapping by pages splits into 512 pages and a table each.
        regions: entries of memblock.memory.
        search_steps: comparisons of one binary search among them, at most.
        guarded: pfn_valid_within() is compiled in and tests each page.
    """

    memmap_bytes: int
    struct_pages: int
    memory: int
    nomap: int
    holes: int
    initialised: int
    to_initialise: int
    memmap_of_gaps: int
    mapped_by: str
    mappings: int
    freeable_by_blocks: int
    freeable_by_pages: int
    blocks_split: int
    regions: int
    search_steps: int
    guarded: bool


class SectionCost(NamedTuple):
    """What one section costs whose struct pages are all initialised, as the contract of 2018 wants.

    Attributes:
        sections: sections that have a memmap on the map.
        struct_pages: struct pages of one section.
        memmap_bytes: their size in bytes.
        memmap_pages: pages that hold them.
        vmemmap_blocks: blocks of 2 MiB that map them; 0 where pages do, or the linear map.
    """

    sections: int
    struct_pages: int
    memmap_bytes: int
    memmap_pages: int
    vmemmap_blocks: int


def memmap_cost_of(boot: Boot) -> MemmapCost:
    """The numbers of one boot, counted from the states of its struct pages."""
    kernel_config = boot.kernel_config
    kinds = dict.fromkeys(MemoryKind, 0)
    initialised = 0
    for run in boot.page_runs:
        kinds[run.kind] += run.end - run.start
        if run.page.content is PageContent.INITIALISED:
            initialised += run.end - run.start
    pages = sum(kinds.values())
    vmemmap = kernel_config.memory_model is MemoryModel.SPARSEMEM_VMEMMAP
    blocks = vmemmap and kernel_config.page_shift == 12
    granule = _BLOCK if blocks else 1 << kernel_config.page_shift
    gaps = list(_gaps(boot))
    by_pages = sum(_whole(gap, 1 << kernel_config.page_shift) for gap in gaps) if vmemmap else 0
    return MemmapCost(
        memmap_bytes=pages * STRUCT_PAGE_SIZE,
        struct_pages=pages,
        memory=kinds[MemoryKind.MAP],
        nomap=kinds[MemoryKind.NOMAP],
        holes=kinds[MemoryKind.HOLE],
        initialised=initialised,
        to_initialise=pages - initialised,
        memmap_of_gaps=(kinds[MemoryKind.NOMAP] + kinds[MemoryKind.HOLE]) * STRUCT_PAGE_SIZE,
        mapped_by=("blocks" if blocks else "pages") if vmemmap else "linear map",
        mappings=pages * STRUCT_PAGE_SIZE // granule if vmemmap else 0,
        freeable_by_blocks=sum(_whole(gap, granule) for gap in gaps) if blocks else by_pages,
        freeable_by_pages=by_pages,
        blocks_split=len({block for gap in gaps for block in _split(gap)}) if blocks else 0,
        regions=len(boot.memory_map.memory),
        search_steps=len(boot.memory_map.memory).bit_length(),
        guarded=kernel_config.within_is_checked,
    )


def section_cost_of(boot: Boot) -> SectionCost | None:
    """Return what one section costs in a boot; ``None`` with FLATMEM."""
    config = boot.kernel_config
    if config.memory_model is MemoryModel.FLATMEM:
        return None
    present = sum(span.end - span.start for span in boot.present)
    size = config.pages_per_section * STRUCT_PAGE_SIZE
    by_blocks = config.memory_model is MemoryModel.SPARSEMEM_VMEMMAP and config.page_shift == 12
    return SectionCost(
        present // config.pages_per_section,
        config.pages_per_section,
        size,
        size >> config.page_shift,
        -(-size // _BLOCK) if by_blocks else 0,
    )


def _gaps(boot: Boot) -> Iterator[range]:
    """The bytes of memmap behind each run of struct pages that have no mapped memory."""
    start = end = -1
    for run in boot.page_runs:
        if run.kind is MemoryKind.MAP:
            continue
        if run.start != end:
            if end > start:
                yield range(start * STRUCT_PAGE_SIZE, end * STRUCT_PAGE_SIZE)
            start = run.start
        end = run.end
    if end > start:
        yield range(start * STRUCT_PAGE_SIZE, end * STRUCT_PAGE_SIZE)


def _whole(gap: range, granule: int) -> int:
    """Bytes of the whole granules in a gap."""
    return max(0, (gap.stop & -granule) - ((gap.start + granule - 1) & -granule))


def _split(gap: range) -> Iterator[int]:
    """The blocks that unmapping by pages splits: a part of the block lies in the gap."""
    page = 1 << 12
    for edge in (gap.start, gap.stop - 1):
        block = edge & -_BLOCK
        inside = range(max(gap.start, block), min(gap.stop, block + _BLOCK))
        if 0 < _whole(inside, page) < _BLOCK:
            yield block
