# SPDX-License-Identifier: GPL-2.0-or-later
"""The smallest memory map that still does something: fewest regions, then edges on grids, then memory.

``shrunk`` removes and shortens pieces of a map, one after the other, as long as a predicate holds.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

from explorer.boot import KernelConfig
from explorer.machine import MemoryMap, Region
from explorer.proof.conditions import Grids

__all__ = ["shrunk", "size_key"]

_GIB = 1 << 30
_MOST_STEPS = 100

_SizeKey = tuple[int, int, int, int]


def size_key(memory_map: MemoryMap, config: KernelConfig) -> _SizeKey:
    """A key that sorts smaller maps first.

    Returns:
        The number of regions; how often an edge is off a grid; bytes of memory; the first address.
    """
    regions = (*memory_map.memory, *memory_map.reserved)
    edges = [edge for region in regions for edge in (region.base, region.end)]
    off = sum(edge % size != 0 for edge in edges for size in Grids.of(config))
    return len(regions), off, sum(region.size for region in memory_map.memory), memory_map.memory[0].base


def shrunk(memory_map: MemoryMap, config: KernelConfig, holds: Callable[[MemoryMap], bool]) -> MemoryMap:
    """The map made smaller in steps for as long as a predicate holds.

    Args:
        memory_map: a map for which the predicate holds.
        config: the build whose grids count.
        holds: the predicate.
    """
    for _ in range(_MOST_STEPS):
        key = size_key(memory_map, config)
        smaller = (other for other in _changed(memory_map, config) if size_key(other, config) < key)
        found = next(filter(holds, smaller), None)
        if found is None:
            break
        memory_map = found
    return memory_map


def _changed(memory_map: MemoryMap, config: KernelConfig) -> Iterator[MemoryMap]:
    """Maps with one thing less, the largest differences first."""
    memory, reserved = memory_map.memory, memory_map.reserved
    for index in range(len(reserved)):
        yield replace(memory_map, reserved=(*reserved[:index], *reserved[index + 1 :]))
    for index in range(len(memory) if len(memory) > 1 else 0):
        yield replace(memory_map, memory=(*memory[:index], *memory[index + 1 :]))
    for steps in range(memory[0].base // _GIB - 1, 0, -1):
        yield _with_edges(memory_map, lambda address, by=steps * _GIB: address - by)  # type: ignore[misc]
    edges = sorted({edge for region in memory for edge in (region.base, region.end)})
    for start, end in pairwise(edges):
        for size in _smaller_sizes(end - start, config):
            yield from _shortened(memory_map, start, end, end - start - size)


def _smaller_sizes(size: int, config: KernelConfig) -> list[int]:
    """Sizes below a size, smallest first: powers of two, with what the size has beyond each grid."""
    rests = {0, *(size % grid for grid in Grids.of(config))}
    powers = [1 << bits for bits in range(config.page_shift, size.bit_length())]
    return sorted({power + rest for power in powers for rest in rests if power + rest < size})


def _shortened(memory_map: MemoryMap, start: int, end: int, less: int) -> Iterator[MemoryMap]:
    """The map with a piece shortened: what lies above moves down, or what lies below moves up."""
    yield _with_edges(memory_map, lambda at: at - less if at >= end else min(at, end - less))
    yield _with_edges(memory_map, lambda at: at + less if at <= start else max(at, start + less))


def _with_edges(memory_map: MemoryMap, moved: Callable[[int], int]) -> MemoryMap:
    """The map with every edge moved; regions that vanish are left out."""

    def regions(before: tuple[Region, ...]) -> tuple[Region, ...]:
        spans = ((region, moved(region.base), moved(region.end)) for region in before)
        return tuple(
            replace(region, base=base, size=end - base) for region, base, end in spans if 0 <= base < end
        )

    return replace(memory_map, memory=regions(memory_map.memory), reserved=regions(memory_map.reserved))
