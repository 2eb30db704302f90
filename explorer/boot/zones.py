# SPDX-License-Identifier: GPL-2.0-or-later
"""The zones of each node: where they begin and end, and how many pages are present.

Rules (4.17 arch/arm64/mm/init.c, zone_sizes_init(); 6.12 the same function; mm/mm_init.c,
calculate_node_totalpages()):

1. The zone types that exist, and so their numbers, follow ``ZONE_DMA`` and ``ZONE_DMA32``.
2. Until 5.4 one DMA zone reaches 4 GiB above the 4 GiB boundary below the start of DRAM. Since 5.5 ZONE_DMA
   comes first, at 1 GiB; since 5.11 firmware decides: 4 GiB on a ``virt`` machine or a server.
3. A zone of a node spans from the later of both starts to the earlier of both ends. NOMAP counts as memory
   of the node, and holes inside are not trimmed.
4. Present pages are the whole pages of memory regions inside the span.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.boot.kernel_config import KernelConfig
from explorer.boot.sections import MemoryRange
from explorer.machine.memory_map import Region

__all__ = ["Zone", "populated_zones"]

_4_GIB = 1 << 32
_PHYS_ADDR_MAX = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Zone:
    """A populated zone of a node.

    Attributes:
        node: node id.
        index: number of the zone type in this kernel (``page_zonenum``).
        name: as /proc/zoneinfo prints it.
        start_pfn: ``zone_start_pfn``.
        end_pfn: ``zone_end_pfn()``, the first pfn after the span.
        present: ``present_pages``.
    """

    node: int
    index: int
    name: str
    start_pfn: int
    end_pfn: int
    present: int

    @property
    def spanned(self) -> int:
        """``spanned_pages``."""
        return self.end_pfn - self.start_pfn


def populated_zones(
    memory: Sequence[Region], runs: Sequence[MemoryRange], config: KernelConfig
) -> tuple[Zone, ...]:
    """Return the populated zones of every node, in the order in which the kernel sets them up.

    Args:
        memory: memblock's memory, in bytes.
        runs: the same as ranges of pfns; holes among them do not count.
        config: the kernel and its configuration.
    """
    limits = _limits(memory, config)
    nodes: dict[int, list[MemoryRange]] = {}
    for run in runs:
        if run.whole:
            nodes.setdefault(run.node, []).append(run)
    zones: list[Zone] = []
    for node, runs_of_node in sorted(nodes.items()):
        low = 0
        first, last = runs_of_node[0].start, runs_of_node[-1].end
        for index, (name, high) in enumerate(limits):
            start, end = max(low, first), min(high, last)
            present = _present(start, end, runs_of_node) if start < end else 0
            if present:
                zones.append(Zone(node, index, name, start, end, present))
            low = max(low, high)
    return tuple(zones)


def _present(start: int, end: int, runs: Sequence[MemoryRange]) -> int:
    """Return how many pages of the ranges lie in ``[start, end)``."""
    if start <= runs[0].start and runs[-1].end <= end:
        return sum([run.end - run.start for run in runs])
    return sum([max(0, min(end, run.end) - max(start, run.start)) for run in runs])


def _limits(memory: Sequence[Region], config: KernelConfig) -> list[tuple[str, int]]:
    """Return the name of each zone type and the first pfn after it, lowest first."""
    start, end = memory[0].base, memory[-1].end
    limits: list[tuple[str, int]] = []
    if config.has("ZONE_DMA"):
        limits.append(("DMA", _dma_limit(start, end, config)))
    if config.has("ZONE_DMA32"):
        limits.append(("DMA32", _zone_limit(start, end, 32, config)))
    limits.append(("Normal", end))
    return [(name, limit >> config.page_shift) for name, limit in limits]


def _dma_limit(start: int, end: int, config: KernelConfig) -> int:
    """Return the address after ZONE_DMA."""
    if config.kernel.has("two_dma_zones") and not config.kernel.has("dma_zone_from_firmware"):
        return _zone_limit(start, end, 30, config)
    if config.kernel.has("dma32_stays_low") and start >= _4_GIB - 1:
        return end
    return _zone_limit(start, end, 32, config)


def _zone_limit(start: int, end: int, bits: int, config: KernelConfig) -> int:
    """Return the address after a zone that devices reach with so many address bits (max_zone_phys())."""
    if not config.kernel.has("dma_offset_ignored"):
        offset = start & -(1 << bits)
        return min(offset + (1 << bits), end)
    mask = (1 << bits) - 1
    if start >= _4_GIB and not config.kernel.has("dma32_stays_low"):
        mask = _PHYS_ADDR_MAX
    elif start > mask:
        mask = _4_GIB - 1
    return min(mask, end - 1) + 1
