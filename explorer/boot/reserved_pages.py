# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages that boot marks reserved: memblock.reserved, and early allocations at known places."""

from collections.abc import Iterable, Sequence

from explorer.boot.kernel_config import KernelConfig, MemoryModel
from explorer.boot.memmap_rules import MemmapRules
from explorer.boot.sections import MemoryKind, PfnRange
from explorer.machine.memory_map import Region

__all__ = ["reserved_pfns"]

_PAGEBLOCK_BITS = 4  # NR_PAGEBLOCK_BITS (include/linux/pageblock-flags.h)
_BITS_PER_LONG = 64


def reserved_pfns(
    memory: Sequence[Region], reserved: Sequence[Region], config: KernelConfig
) -> tuple[PfnRange, ...]:
    """Return the pfns that reserve_bootmem_region() gets, rounded out to whole pages, merged and in order.

    Since 5.14 it gets NOMAP regions, too (memmap_init_reserved_pages(), ``nomap_reserved``).

    Args:
        memory: ``memblock.memory``.
        reserved: ``memblock.reserved`` at the end of early set-up.
        config: the kernel and its configuration.
    """
    regions = [*reserved, *_at_tops_of_nodes(memory, config)]
    if config.kernel.has("nomap_reserved") and MemoryKind.NOMAP in MemmapRules.of(config).pfn_valid.accepts:
        regions += [region for region in memory if region.nomap]
    return _rounded_out(sorted(regions, key=lambda region: region.base), config.page_shift)


def _at_tops_of_nodes(memory: Sequence[Region], config: KernelConfig) -> Iterable[Region]:
    """The last bytes of nodes that end inside a page.

    The node's own data and the usemaps of its sections are allocated there, from the top of the node down
    (arm64 setup_node_data(); mm/sparse.c), where they fit. What does not fit is smaller than a usemap.
    """
    if not config.has("NUMA") or any(region.node is None for region in memory):
        return
    tops = {region.node: region for region in memory if not region.nomap}
    page = 1 << config.page_shift
    for region in tops.values():
        size = min(region.end % page, region.size)
        if size >= _usemap_bytes(config):
            yield Region(region.end - size, size)


def _usemap_bytes(config: KernelConfig) -> int:
    """Bytes of a section's pageblock flags (usemap_size() of mm/sparse.c)."""
    if config.memory_model is MemoryModel.FLATMEM:
        return _BITS_PER_LONG // 8
    blocks = config.pages_per_section >> config.pageblock_order
    return -(-blocks * _PAGEBLOCK_BITS // _BITS_PER_LONG) * _BITS_PER_LONG // 8


def _rounded_out(regions: Iterable[Region], shift: int) -> tuple[PfnRange, ...]:
    spans: list[PfnRange] = []
    for region in regions:
        start = region.base >> shift
        end = -(-region.end >> shift)
        if spans and start <= spans[-1].end:
            spans[-1] = PfnRange(spans[-1].start, max(end, spans[-1].end))
        else:
            spans.append(PfnRange(start, end))
    return tuple(spans)
