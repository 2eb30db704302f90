# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the kernel may put reserved memory that a device tree gives a size and no address.

``early_init_dt_alloc_reserved_memory_arch()`` (drivers/of/of_reserved_mem.c, 4.10 to 7.1) takes the highest
free and aligned place in the first range of ``alloc-ranges`` that has room, and the lowest since 6.6 if the
range begins at other reserved memory. The kernel image, the initrd and what else a boot loader leaves in
memory are taken then, and firmware does not report them, so any place in the ranges is possible. Rules:

1. The first choice is the kernel's own if nothing else is in the way. The second takes the nodes in reverse
   order: before 6.6 their order is that of an unstable sort.
2. The others are places that differ in what struct pages depend on: at the ends of free memory, and with
   either end on, before and behind a boundary of a section, a pageblock and the largest free page.
3. A node that fits nowhere is not placed, as by the kernel.
4. Without ``alignment`` only the first choice may begin inside a page: what a boot loader leaves in memory
   begins and ends with pages.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from explorer.boot.kernel_config import KernelConfig
from explorer.boot.spans import uncovered
from explorer.machine.memory_map import Region, ReservedNode, UnplacedNode

__all__ = ["MOST_PLACEMENTS", "placed_nodes"]

MOST_PLACEMENTS = 24
"""The most choices that differ: a bound on the boots of one device tree."""
_SMP_CACHE_BYTES = 64  # arch/arm64/include/asm/cache.h; the default alignment
_PIECES = 3  # parts of free memory in which places are tried
_Span = tuple[int, int]


class _Lists(Protocol):
    """What this module needs of memblock."""

    @property
    def memory(self) -> tuple[Region, ...]: ...

    @property
    def reserved(self) -> tuple[Region, ...]: ...


def placed_nodes(
    lists: _Lists, nodes: Sequence[UnplacedNode], config: KernelConfig, choice: int
) -> tuple[ReservedNode, ...]:
    """The nodes with an address, in the order in which the kernel places them.

    Args:
        lists: memblock after the nodes with an address.
        nodes: the nodes, in the order of the device tree.
        config: the kernel and its configuration.
        choice: which of the places, from 0 to ``MOST_PLACEMENTS`` - 1; several choices can be equal.
    """
    free = _free_spans(lists.memory, lists.reserved, 1 << config.page_shift)
    placed: list[ReservedNode] = []
    for node in reversed(nodes) if choice == 1 else nodes:
        places = list(dict.fromkeys(_places(free, node, config)))
        if places:
            base = places[min(max(0, choice - 1), len(places) - 1)]
            placed.append(ReservedNode(node.name, base, node.size, no_map=True))
            taken = [(base, base + node.size)]
            free = [left for low, high in free for left in uncovered(low, high, taken)]
    return tuple(placed)


def _free_spans(memory: Iterable[Region], reserved: Iterable[Region], page: int) -> Sequence[_Span]:
    """for_each_free_mem_range: mapped memory that is not reserved, without page 0."""
    taken = [(region.base, region.end) for region in reserved]
    mapped = (region for region in memory if not region.nomap)
    return [free for region in mapped for free in uncovered(max(region.base, page), region.end, taken)]


def _places(free: Sequence[_Span], node: UnplacedNode, config: KernelConfig) -> Iterator[int]:
    """Places of a node, the kernel's own choice first (rules 1, 2 and 4)."""
    align = node.alignment or _SMP_CACHE_BYTES
    pieces = [
        (low, high)
        for start, end in node.ranges or ((0, 1 << 64),)
        for low, high in reversed([(max(low, start), min(high, end)) for low, high in free])
        if high - low >= node.size and _down(high - node.size, align) >= low
    ]
    if not pieces:
        return
    yield _down(pieces[0][1] - node.size, align)
    align = max(align, 1 << config.page_shift) if not node.alignment else align
    for low, high in dict.fromkeys((*pieces[: _PIECES - 1], pieces[-1])):
        bottom, top = _up(low, align), _down(high - node.size, align)
        for place in (bottom, top, *_at_boundaries(top, node.size, align, config)):
            if bottom <= place <= top and place == _down(place, align):
                yield place


def _at_boundaries(top: int, size: int, align: int, config: KernelConfig) -> Iterator[int]:
    """Places near ``top`` with an end on, before or behind a boundary, or a boundary inside (rule 2)."""
    page = 1 << config.page_shift
    grains = (
        config.pages_per_section * page,
        config.max_order_nr_pages * page,
        config.pageblock_nr_pages * page,
    )
    for grain in dict.fromkeys(grains):
        line, last = _down(top, grain), _down(top + size, grain)
        yield from (line, line - align, line + align)
        yield from (last - size, last - size - align, last - size + align)
        yield _down(last - size // 2, align)


def _down(address: int, align: int) -> int:
    """round_down of include/linux/kernel.h: for powers of two."""
    return address & ~(align - 1)


def _up(address: int, align: int) -> int:
    return _down(address + align - 1, align)
