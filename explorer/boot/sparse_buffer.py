# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the memmap of sections comes from: the sparse buffer, or a fallback with other contents.

sparse_init() takes the consecutive sections of a node together (mm/sparse.c, sparse_init_nid()):

1. It allocates one buffer for the memmap of all of them, from the top of the node's free memory.
2. Each section takes its part. Until 5.5 the buffer begins at any page, but a part is aligned to its size, so
   that the last section gets none, unless the buffer happens to be aligned.
3. A section without a part allocates its own memmap: zeroed until 5.4; since 5.15, with SPARSEMEM_VMEMMAP,
   not filled with 0xff.

Where boot put its earlier allocations is known only in part, so ``Supply`` has three answers.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from explorer.boot.kernel_config import KernelConfig, MemoryModel
from explorer.boot.sections import STRUCT_PAGE_SIZE, has_nodes, present_sections, round_down, round_up
from explorer.boot.spans import uncovered
from explorer.machine.memory_map import Region

__all__ = ["SectionSupply", "Supply", "section_supplies"]

_EARLY_BYTES = 8 << 20
"""More than boot allocates before sparse_init() besides page tables: the device tree, nodes, usemaps.

A small machine has small ones: a 32nd of memory at most.
"""
_UNKNOWN_IMAGE = 128 << 20
"""Where a map does not tell what is reserved, a kernel and an initrd of up to this size lie somewhere.

On a small machine they take a quarter of memory at most.
"""
_PAGE_TABLE_SHARE = 512
"""Page tables that map every page take a 512th of memory with 4K pages, and less with larger ones."""


class Supply(StrEnum):
    """Where a section's memmap comes from."""

    BUFFER = "the sparse buffer"
    FALLBACK = "an allocation of its own"
    EITHER = "the sparse buffer or an allocation of its own"


class SectionSupply(NamedTuple):
    """Pfns ``[start, end)`` of sections whose memmap comes from the same source.

    Attributes:
        start: first pfn.
        end: first pfn after.
        supply: the source.
    """

    start: int
    end: int
    supply: Supply


class _FreeRange(NamedTuple):
    """Free bytes ``[start, end)``.

    Attributes:
        start: first byte.
        end: end, before boot's earlier allocations were taken off.
        node: the node.
        is_top: earlier allocations took unknown bytes off its end.
    """

    start: int
    end: int
    node: int
    is_top: bool


def section_supplies(
    memory: Sequence[Region], reserved: Sequence[Region], config: KernelConfig
) -> tuple[SectionSupply, ...]:
    """Where each present section's memmap comes from, in order of pfn; FLATMEM has no sections.

    Args:
        memory: ``memblock.memory``.
        reserved: ``memblock.reserved`` at the end of early set-up; empty if it is not known.
        config: the kernel and its configuration.
    """
    if config.memory_model is MemoryModel.FLATMEM:
        return ()
    nodes = _nodes_of_sections(memory, config)
    free = _free_ranges(memory, reserved, config)
    supplies: list[SectionSupply] = []
    for node, group in groupby(sorted(nodes), key=lambda section: nodes[section]):
        sections = list(group)
        for section, supply in zip(
            sections, _supplies(len(sections), node, free, reserved, config), strict=True
        ):
            start = section * config.pages_per_section
            supplies.append(SectionSupply(start, start + config.pages_per_section, supply))
    return tuple(supplies)


def _section_map_size(config: KernelConfig) -> int:
    """How many bytes of the sparse buffer are for one section (function of this name in mm/sparse.c)."""
    grain = 1 << config.page_shift
    if config.memory_model is MemoryModel.SPARSEMEM_VMEMMAP:
        grain = 1 << (2 * config.page_shift - 3)  # PMD_SIZE
    return round_up(config.pages_per_section * STRUCT_PAGE_SIZE, grain)


def _nodes_of_sections(memory: Sequence[Region], config: KernelConfig) -> dict[int, int]:
    """The node of each present section: that of the first region in it (memory_present())."""
    nodes: dict[int, int] = {}
    for (start, end), node in present_sections(memory, config):
        for section in range(start // config.pages_per_section, end // config.pages_per_section):
            nodes.setdefault(section, node)
    return nodes


def _free_ranges(
    memory: Sequence[Region], reserved: Sequence[Region], config: KernelConfig
) -> list[_FreeRange]:
    """Free memory of all nodes, the highest first."""
    knows_nodes = has_nodes(memory, config)
    taken = [(region.base, region.end) for region in reserved]
    ranges: list[_FreeRange] = []
    tops: set[int] = set()
    for region in reversed(memory):
        if region.nomap:
            continue
        node = (region.node or 0) if knows_nodes else 0
        for start, end in reversed(list(uncovered(region.base, region.end, taken))):
            ranges.append(_FreeRange(start, end, node, node not in tops))
            tops.add(node)
    return ranges


def _supplies(
    count: int, node: int, free: list[_FreeRange], reserved: Sequence[Region], config: KernelConfig
) -> list[Supply]:
    """Where the memmaps of so many sections of a node come from; takes the buffer off the free memory."""
    size = _section_map_size(config)
    aligned = config.kernel.has("sparse_buffer_aligned")
    home = _home(count * size, size if aligned else 1 << config.page_shift, node, free, reserved)
    if home is None and not aligned:  # then other nodes will do
        home = _home(count * size, 1 << config.page_shift, None, free, reserved)
    if home is None:
        return [Supply.FALLBACK] * count
    place, certain = home
    found = free[place]
    end = round_down(found.end, size if aligned else 1 << config.page_shift)
    free[place] = found._replace(end=end - count * size)
    if not certain:
        return [Supply.EITHER] * count
    if aligned:
        return [Supply.BUFFER] * count
    last = Supply.FALLBACK
    if not found.is_top and (end - count * size) % size == 0:
        last = Supply.BUFFER if reserved else Supply.EITHER
    return [Supply.BUFFER] * (count - 1) + [last]


def _home(
    size: int, align: int, node: int | None, free: Sequence[_FreeRange], reserved: Sequence[Region]
) -> tuple[int, bool] | None:
    """The free range that holds the buffer, and whether it certainly does; ``None`` if none can hold it."""
    total = sum(found.end - found.start for found in free)
    slack = min(_EARLY_BYTES, total // 32) + total // _PAGE_TABLE_SHARE
    own = [(place, found) for place, found in enumerate(free) if node in {None, found.node}]
    fitting = [place for place, found in own if _fits(found.start, found.end, size, align)]
    if reserved:
        certain = any(_fits(found.start, found.end - slack, size, align) for _, found in own)
    else:
        image = min(_UNKNOWN_IMAGE, total // 4)
        certain = any(found.end - found.start >= 2 * (size + slack + align) + image for _, found in own)
    return (fitting[0], certain) if fitting else None


def _fits(start: int, end: int, size: int, align: int) -> bool:
    return round_down(end, align) - round_up(start, align) >= size
