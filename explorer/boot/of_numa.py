# SPDX-License-Identifier: GPL-2.0-or-later
"""The nodes that the memory nodes of a device tree give to memory (drivers/of/of_numa.c, arch_numa.c).

All memory is on node 0 (dummy_numa_init()) if

1. no memory node has an id, or one has an id beyond ``NODES_SHIFT``;
2. some memory is in no range with an id;
3. since 6.12 (mm/numa_memblks.c): the last memory node has no id, ranges of different nodes overlap, or there
   are more than ``NR_NODE_MEMBLKS``, which is two for each possible node.

Otherwise later ranges win. Since 6.12 ranges of one node are joined where no range of another node lies
between them: memory there gets the node.
"""

from collections.abc import Sequence
from itertools import combinations

from explorer.boot.kernel_config import KernelConfig
from explorer.boot.memblock import PHYS_ADDR_MAX, Memblock
from explorer.machine.memory_map import Region

__all__ = ["set_nodes"]


def set_nodes(lists: Memblock, banks: Sequence[Region], config: KernelConfig) -> None:
    """Set the node of all memory.

    Args:
        lists: memblock, which holds memory; the kernel has read all of the device tree.
        banks: the ranges of the memory nodes with their ids, in the order of the tree.
        config: the kernel and its configuration.
    """
    ranges = [bank for bank in banks if bank.node is not None]
    for bank in () if _is_refused(banks, lists.memory, config) else _joined(ranges, lists.memory, config):
        lists.memblock_set_node(bank.base, bank.size, bank.node or 0)
    if any(region.node is None for region in lists.memory):
        lists.memblock_set_node(0, PHYS_ADDR_MAX, 0)


def _is_refused(banks: Sequence[Region], memory: Sequence[Region], config: KernelConfig) -> bool:
    """Rules 1 and 3."""
    ranges = [bank for bank in banks if bank.node is not None]
    most = 1 << config.nodes_shift
    if not ranges or any((bank.node or 0) >= most for bank in ranges):
        return True
    if not config.kernel.has("numa_memblks"):
        return False
    pairs = combinations(_trimmed(ranges, memory), 2)
    return (
        banks[-1].node is None
        or len(ranges) > 2 * most
        or any(one.node != other.node and _overlap(one, other) for one, other in pairs)
    )


def _overlap(one: Region, other: Region) -> bool:
    return one.base < other.end and other.base < one.end


def _trimmed(ranges: Sequence[Region], memory: Sequence[Region]) -> list[Region]:
    """The ranges that hold memory, cut at the ends of all memory (numa_cleanup_meminfo())."""
    low, high = memory[0].base, memory[-1].end
    cut = (
        Region(max(bank.base, low), min(bank.end, high) - max(bank.base, low), node=bank.node)
        for bank in ranges
        if any(_overlap(bank, region) for region in memory)
    )
    return list(cut)


def _joined(ranges: Sequence[Region], memory: Sequence[Region], config: KernelConfig) -> list[Region]:
    """The ranges, since 6.12 with those of one node joined over gaps that no other node touches."""
    if not config.kernel.has("numa_memblks"):
        return list(ranges)
    joined: list[Region] = []
    blocks = sorted(_trimmed(ranges, memory), key=lambda bank: bank.base)
    for bank in blocks:
        last = joined[-1] if joined else None
        if last and last.node == bank.node:
            joined[-1] = Region(last.base, max(last.end, bank.end) - last.base, node=bank.node)
        else:
            joined.append(bank)
    return joined
