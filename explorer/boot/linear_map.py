# SPDX-License-Identifier: GPL-2.0-or-later
"""The linear map of physical memory: where it begins, and how its page tables are made.

``memstart_addr`` is the physical address at the start of the linear map. With FLATMEM it also decides which
struct page a pfn has. ``map_mem()`` maps every region of memory that is not NOMAP, in whole pages; a page
that two regions share is mapped twice.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, Self

from explorer.boot.kernel_config import KernelConfig
from explorer.machine.memory_map import Region

__all__ = [
    "SEED_BITS",
    "Granularity",
    "SecondMapping",
    "can_set_direct_map",
    "least_moving_seed",
    "memstart_addr",
    "memstart_align",
    "pages_mapped_twice",
    "seed_steps",
    "unmapped_parts",
]

SEED_BITS = 16
"""The top bits of the KASLR seed move the linear map (arch/arm64/kernel/kaslr.c)."""
_PARANGE_BITS = (32, 36, 40, 42, 44, 48, 52)  # what ID_AA64MMFR0_EL1.PARange can say
_MEMSTART_SHIFT = {12: 30, 14: 30, 16: 29}
"""log2 of ARM64_MEMSTART_ALIGN by PAGE_SHIFT: PUD_SHIFT, CONT_PMD_SHIFT, PMD_SHIFT.

With SPARSEMEM_VMEMMAP it is at least a section, which is never more (4.17 to 5.12
arch/arm64/include/asm/kernel-pgtable.h).
"""
_CONT_PTES = {12: 16, 14: 128, 16: 32}
"""Pages in a group of contiguous entries by PAGE_SHIFT (arch/arm64/include/asm/pgtable-hwdef.h)."""


def memstart_align(config: KernelConfig) -> int:
    """ARM64_MEMSTART_ALIGN, in bytes."""
    return 1 << _MEMSTART_SHIFT[config.page_shift]


def memstart_addr(config: KernelConfig, memory: Sequence[Region], moved: int) -> int:
    """The physical address at the start of the linear map (arm64_memblock_init(), arch/arm64/mm/init.c).

    Args:
        config: the kernel and its configuration.
        memory: ``memblock.memory``.
        moved: by how many steps the KASLR seed moves it down.

    Returns:
        An address; it may be negative, as the kernel's arithmetic wraps.
    """
    align = memstart_align(config)
    return (memory[0].base & -align) - moved * align


def seed_steps(config: KernelConfig, memory: Sequence[Region]) -> tuple[int, ...]:
    """How many steps of ARM64_MEMSTART_ALIGN a KASLR seed chooses from; 0 if it moves nothing.

    It moves the linear map by ``steps * (seed >> 48) >> 16``. The room is the linear region less the span of
    memory; since 5.11 less what the CPU can address, so that there are several answers.

    Args:
        config: the kernel and its configuration.
        memory: ``memblock.memory``.
    """
    if not config.has("RANDOMIZE_BASE"):
        return (0,)
    region = 1 << (config.va_bits - 1)
    taken = [memory[-1].end - memory[0].base]
    if config.kernel.has("memstart_range_of_cpu"):
        taken = [1 << bits for bits in _PARANGE_BITS]
    return tuple(dict.fromkeys(_steps(config, region - bytes_taken) for bytes_taken in taken))


def _steps(config: KernelConfig, room: int) -> int:
    align = memstart_align(config)
    if room < align:
        return 0
    return room // align + (not config.kernel.has("memstart_range_less_one"))


def least_moving_seed(steps: int) -> int:
    """The smallest top 16 bits of a seed that move the linear map; ``steps`` must not be 0."""
    return -(-(1 << SEED_BITS) // steps)


class Granularity(StrEnum):
    """How map_mem() maps memory (arch/arm64/mm/mmu.c; can_set_direct_map() of pageattr.c).

    Where permissions of single pages can change it maps pages. Since 6.18 it maps blocks then, too, on a CPU
    that can split them.
    """

    PAGES = "every page by an entry of its own"
    BLOCKS = "blocks and contiguous groups where they fit"
    CPU_DECIDES = "blocks and contiguous groups where the CPU can split them"

    @classmethod
    def of(cls, config: KernelConfig) -> Self:
        """How the kernel maps memory."""
        kernel = config.kernel
        if config.debug_pagealloc_enabled or _crashkernel_in_pages(config):
            return cls.PAGES
        kfence = (
            config.has("KFENCE") and kernel.has("kfence_in_pages") and not kernel.has("kfence_pool_in_pages")
        )
        if not (kfence or (kernel.has("rodata_full") and config.rodata_full)):
            return cls.BLOCKS
        return cls.CPU_DECIDES if kernel.has("blocks_that_split") else cls.PAGES


def _crashkernel_in_pages(config: KernelConfig) -> bool:
    """Whether crashkernel= has the linear map in pages (arch/arm64/mm/mmu.c, enable_crash_mem_map())."""
    kernel = config.kernel
    if kernel.has("crashkernel_in_blocks") or not kernel.has("crashkernel_in_pages"):
        return False
    if not config.parameters.values("crashkernel"):
        return False
    if not kernel.has("crashkernel_reserved_early"):
        return True
    return config.has("KEXEC_CORE") and (config.has("ZONE_DMA") or config.has("ZONE_DMA32"))


@lru_cache(maxsize=256)
def can_set_direct_map(config: KernelConfig) -> bool:
    """Whether the kernel can change the linear map page by page (arch/arm64/mm/pageattr.c).

    KFENCE counts from 6.1 to 6.3: since 6.4 arm64_kfence_can_set_direct_map() is true only where its pool is
    made late.
    """
    kernel = config.kernel
    kfence = (
        config.has("KFENCE")
        and kernel.has("kfence_sets_direct_map")
        and not kernel.has("kfence_pool_in_pages")
    )
    return config.rodata_full or config.debug_pagealloc_enabled or kfence


class SecondMapping(NamedTuple):
    """A page that map_mem() maps a second time, with a fatal result.

    Attributes:
        pfn: the page.
        is_bug: a BUG_ON() of mmu.c fires; otherwise the rest of the block stays unmapped, and its first
            access oopses.
    """

    pfn: int
    is_bug: bool


def pages_mapped_twice(memory: Sequence[Region], config: KernelConfig) -> Iterator[SecondMapping]:
    """The pages whose second mapping is fatal, in order of pfn.

    The lower region maps the page last, the upper one first. The page is part of a contiguous group where a
    region maps the whole group, and part of a block where it maps the whole block. Entries of a group must
    not change (``pgattr_change_is_safe()``), a block must not be split (alloc_init_cont_pte()), and
    ``pmd_set_huge()`` refuses to replace a table.

    Args:
        memory: ``memblock.memory``; at this time the kernel knows no nodes.
        config: the kernel and its configuration.
    """
    if config.kernel.has("whole_pages_mapped"):
        return
    shift, table = config.page_shift, 1 << (config.page_shift - 3)
    unmapped = -1  # the number of the block that the lower region has left unmapped
    for lower, upper in pairwise(_mapped_spans(memory)):
        page, block = upper[0] >> shift, unmapped
        unmapped = -1
        if lower[1] <= page << shift or page // table == block:
            continue
        low, high = lower[0] >> shift, -(-upper[1] >> shift)
        is_bug = _is_bug(page, low, high, config)
        if is_bug is not None:
            yield SecondMapping(page, is_bug)
        if is_bug is False:
            unmapped = page // table


def unmapped_parts(memory: Sequence[Region], config: KernelConfig) -> list[tuple[int, int]]:
    """First byte and end of the parts of pages at the ends of regions that map_mem() leaves out, in order.

    Args:
        memory: ``memblock.memory``; at this time the kernel knows no nodes.
        config: the kernel and its configuration.
    """
    if not config.kernel.has("whole_pages_mapped"):
        return []
    page = 1 << config.page_shift
    parts: list[tuple[int, int]] = []
    for low, high in _mapped_spans(memory):
        first, last = -(-low // page) * page, high // page * page
        ends = ((low, min(first, high)), (max(last, low), high)) if first <= last else ((low, high),)
        parts += [(start, end) for start, end in ends if start < end]
    return parts


def _mapped_spans(memory: Sequence[Region]) -> list[tuple[int, int]]:
    """First byte and end of the regions that are mapped; neighbours on other nodes are one region."""
    spans: list[tuple[int, int]] = []
    for region in memory:
        if region.nomap:
            continue
        if spans and spans[-1][1] == region.base:
            spans[-1] = (spans[-1][0], region.end)
        else:
            spans.append((region.base, region.end))
    return spans


def _is_bug(page: int, low: int, high: int, config: KernelConfig) -> bool | None:
    """Whether mapping ``[page, high)`` after ``[low, page]`` is a BUG or an oops; ``None`` if all is well."""
    group = _CONT_PTES[config.page_shift]
    table = 1 << (config.page_shift - 3)  # entries of a table, of 8 bytes each
    if page % table == 0 and high - page >= table:
        return not config.kernel.has("pmd_set_huge_refuses")
    ends_group = (page + 1) % group == 0 and page + 1 - low >= group
    begins_group = page % group == 0 and high - page >= group
    return True if ends_group or begins_group else None
