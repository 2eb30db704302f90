# SPDX-License-Identifier: GPL-2.0-or-later
"""What memmap holds before anything is initialised, and why (mm/sparse-vmemmap.c, mm/sparse.c).

It depends on the version, the memory model and DEBUG_VM, and on where the memmap of a section comes from
(``sparse_buffer``).
"""

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Self

from explorer.boot.kernel_config import KernelConfig, MemoryModel, RamFill
from explorer.boot.memmap_rules import PageContent
from explorer.boot.sparse_buffer import Supply, section_supplies
from explorer.machine.memory_map import Region

__all__ = ["FreshCause", "FreshMemmap", "FreshSpan", "fresh_spans"]


class FreshCause(StrEnum):
    """Why fresh memmap holds what it holds."""

    ALLOCATED_ZEROED = "allocated zeroed"
    POISONED = "poisoned"
    RAM = "ram"
    UNKNOWN_SUPPLY = "unknown supply"


class FreshMemmap(NamedTuple):
    """What struct pages hold at first.

    Attributes:
        content: what they hold.
        cause: why.
    """

    content: PageContent
    cause: FreshCause

    @classmethod
    def of(cls, config: KernelConfig, supply: Supply) -> Self:
        """Return the fresh memmap of a kernel, where it comes from the sparse buffer or from elsewhere."""
        return cls(*_fresh(config, supply))


@lru_cache(maxsize=1024)
def _fresh(config: KernelConfig, supply: Supply) -> tuple[PageContent, FreshCause]:
    """What fresh memmap holds, and why: one kernel is booted on many machines."""
    if supply is Supply.EITHER:
        buffer, fallback = _fresh(config, Supply.BUFFER), _fresh(config, Supply.FALLBACK)
        if buffer[0] is fallback[0]:
            return buffer
        return (PageContent.EITHER, FreshCause.UNKNOWN_SUPPLY)
    if _is_zeroed(config, supply):
        return (PageContent.ZERO, FreshCause.ALLOCATED_ZEROED)
    if config.has("DEBUG_VM") and not _escapes_poison(config, supply):
        return (PageContent.FF, FreshCause.POISONED)
    return (_RAM_CONTENT[config.ram_fill], FreshCause.RAM)


def _is_zeroed(config: KernelConfig, supply: Supply) -> bool:
    """Whether memmap is allocated zeroed."""
    kernel = config.kernel
    if config.memory_model is MemoryModel.SPARSEMEM_VMEMMAP:
        return not kernel.has("vmemmap_not_zeroed")
    if config.memory_model is MemoryModel.FLATMEM:
        return not kernel.has("flatmem_holes_initialised")
    if not kernel.has("sparse_memmap_not_zeroed"):
        return True
    return supply is Supply.FALLBACK and not kernel.has("sparse_fallback_not_zeroed")


def _escapes_poison(config: KernelConfig, supply: Supply) -> bool:
    """Whether DEBUG_VM does not fill memmap with 0xff: 5.15 to 6.13, in vmemmap_alloc_block()."""
    kernel = config.kernel
    is_block = supply is Supply.FALLBACK and config.memory_model is MemoryModel.SPARSEMEM_VMEMMAP
    return is_block and kernel.has("poison_in_memmap_alloc") and not kernel.has("poison_in_vmemmap_blocks")


_RAM_CONTENT = {
    RamFill.ZERO: PageContent.ZERO,
    RamFill.FF: PageContent.FF,
    RamFill.STALE: PageContent.STALE,
}


class FreshSpan(NamedTuple):
    """Pfns ``[start, end)`` with the same fresh memmap; between two spans no pfn has a memmap.

    Attributes:
        start: first pfn.
        end: first pfn after.
        memmap: what it holds.
    """

    start: int
    end: int
    memmap: FreshMemmap


def fresh_spans(
    memory: Sequence[Region], reserved: Sequence[Region], config: KernelConfig
) -> tuple[FreshSpan, ...]:
    """Return the fresh memmap of all pfns, in order; a single span where all of it is alike.

    Args:
        memory: ``memblock.memory``.
        reserved: ``memblock.reserved`` at the end of early set-up; empty if it is not known.
        config: the kernel and its configuration.
    """
    buffer = FreshMemmap.of(config, Supply.BUFFER)
    if buffer == FreshMemmap.of(config, Supply.FALLBACK):
        return (FreshSpan(0, memory[-1].end, buffer),)
    spans: list[FreshSpan] = []
    for start, end, supply in section_supplies(memory, reserved, config):
        memmap = FreshMemmap.of(config, supply)
        if spans and spans[-1].memmap == memmap:
            spans[-1] = spans[-1]._replace(end=end)
        else:
            spans.append(FreshSpan(start, end, memmap))
    return tuple(spans)
