# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory maps changed so that they meet a condition that they violate, in each of a few ways.

A form that dies may violate conditions that have nothing to do with its death: a hole may end inside a page
only because no ruler has the mark that would keep it from doing so. What is left of a form after such
conditions were repaired, one after the other, says more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from explorer.boot import KernelConfig
from explorer.boot.linear_map import memstart_align
from explorer.machine import MemoryMap, Region
from explorer.proof.conditions import LARGE_ZONE, Condition, Grids

__all__ = ["repaired", "with_other_nodes", "with_reserved"]


_GIB = 1 << 30
_LINE = 64
"""Bytes of the smallest thing that memblock reserves (SMP_CACHE_BYTES of arm64)."""


class _Paint(NamedTuple):
    """A range, and the region whose flag and node it gets; ``None``: it becomes a hole."""

    start: int
    end: int
    like: Region | None


def repaired(memory_map: MemoryMap, config: KernelConfig, condition: Condition) -> Iterator[MemoryMap]:
    """The map closer to a condition that it violates, in each way that is known; some ways may fail."""
    memory = memory_map.memory
    if condition is Condition.RESERVED_IN_MEMORY:
        yield replace(memory_map, reserved=tuple(_inside(memory_map)))
    elif condition is Condition.MEMORY_IN_FIRST_ROOT:
        yield _moved_up(memory_map, 0, 2 * _GIB - memory[0].base // _GIB * _GIB)
    elif condition is Condition.ZONES_LARGE:
        large = max(Grids.of(config).sections, 2 * LARGE_ZONE)
        yield _grown(memory_map, large)
        yield from (_moved_up(memory_map, region.base + 1, large) for region in memory if not region.nomap)
        yield _with_bank_above(memory_map, large)
    else:
        yield from _shifted(memory_map, config, condition)
        if condition.name.startswith("MEMORY_"):
            yield from _with_other_banks(memory_map, memstart_align(config))
        ways = list(_ways(memory, config, condition))
        single = [(paint,) for paints in ways for paint in paints] if len(ways) > 1 else []
        for paints in (*zip(*ways, strict=False), *single):
            painted = memory
            for paint in paints:
                painted = _painted(painted, paint)
            if painted != memory:
                yield replace(memory_map, memory=painted)


def with_other_nodes(memory_map: MemoryMap) -> Iterator[MemoryMap]:
    """The map without node 0, which zeroed struct pages name, and with its nodes in the other order."""
    nodes = {region.node for region in memory_map.memory if region.node is not None}
    if not all(region.node in nodes for region in memory_map.memory):
        return
    for renamed in ({node: node + 1 for node in nodes}, {node: max(nodes) - node for node in nodes}):
        memory = (replace(region, node=renamed[region.node or 0]) for region in memory_map.memory)
        yield replace(memory_map, memory=tuple(memory))


def with_reserved(memory_map: MemoryMap) -> Iterator[MemoryMap]:
    """The map with a few bytes reserved beside an edge, or with a nomap region reserved instead."""
    memory = memory_map.memory
    if memory_map.reserved:
        return
    for region in memory:
        if region.nomap:
            others = tuple(other for other in memory if other is not region)
            yield replace(memory_map, memory=others, reserved=(Region(region.base, region.size),))
        for base in (region.base, region.end - _LINE, region.base - _LINE, region.end):
            if base >= 0:
                yield replace(memory_map, reserved=(Region(base, _LINE),))


def _shifted(memory_map: MemoryMap, config: KernelConfig, condition: Condition) -> Iterator[MemoryMap]:
    """The map, or what lies above an edge, moved up until the edge is on the grid of a condition."""
    subject, _, name = condition.name.partition("_ON_")
    grid = getattr(Grids.of(config), name.lower(), 0)
    edges = _edges(memory_map.memory, subject) if grid and "NODE" not in subject else ()
    for at, _lower, _upper in edges:
        if at % grid:
            yield _moved_up(memory_map, at, -at % grid)
            yield _moved_up(memory_map, 0, -at % grid)


def _ways(
    memory: Sequence[Region], config: KernelConfig, condition: Condition
) -> Iterator[tuple[_Paint, ...]]:
    """For each place where a condition is violated, the same number of ways to paint over it."""
    grids = Grids.of(config)
    subject, _, name = condition.name.partition("_ON_")
    grid = getattr(grids, name.lower(), 0)
    if condition is Condition.MEMORY_BEGINS_ON_MEMSTART_ALIGN:
        yield from _rounded(memory[0].base, memstart_align(config), grids, None, memory[0])
    elif "NODE" in subject:
        yield from _on_nodes(memory, grid)
    elif name:
        for at, lower, upper in _edges(memory, subject):
            yield from _rounded(at, grid, grids, lower, upper)
    elif subject.endswith("UNSHARED"):
        yield from _unshared(memory, grids.pages)
    else:
        yield from _filled(memory, grids, condition)


def _filled(memory: Sequence[Region], grids: Grids, condition: Condition) -> Iterator[tuple[_Paint, ...]]:
    """Holes that get memory, and nomap that becomes mapped or a hole."""
    if condition is Condition.NO_NOMAP:
        for region in memory:
            ways = (_flipped(region), _of_other_node(_flipped(region)), None)
            if region.nomap:
                yield tuple(_Paint(region.base, region.end, way) for way in ways)
    elif condition is Condition.NO_HOLES:
        for lower, upper in pairwise(memory):
            likes = (lower, upper, _flipped(lower), _flipped(upper), _of_other_node(lower))
            yield tuple(_Paint(lower.end, upper.base, like) for like in likes)
    else:
        grid = grids.sections if condition is Condition.SECTIONS_BEGIN_WITH_MEMORY else grids.pageblocks
        for region in memory:
            start = region.base // grid * grid
            yield tuple(_Paint(start, region.base, like) for like in (region, _flipped(region)))


def _edges(memory: Sequence[Region], subject: str) -> Iterator[tuple[int, Region | None, Region | None]]:
    """The edges that conditions of a subject speak of, with what lies on both sides."""
    ends, bases = {region.end: region for region in memory}, {region.base: region for region in memory}
    if subject == "MEMORY_BEGINS":
        yield memory[0].base, None, memory[0]
    elif subject == "MEMORY_ENDS":
        yield memory[-1].end, memory[-1], None
    elif subject in {"HOLES_BEGIN", "HOLES_END"}:
        for lower, upper in pairwise(memory):
            if lower.end < upper.base:
                yield (lower.end, lower, None) if subject == "HOLES_BEGIN" else (upper.base, None, upper)
    else:
        for region in memory:
            if region.nomap and subject == "NOMAP_BEGINS":
                yield region.base, ends.get(region.base), region
            elif region.nomap:
                yield region.end, region, bases.get(region.end)


def _rounded(
    at: int, grid: int, grids: Grids, lower: Region | None, upper: Region | None
) -> Iterator[tuple[_Paint, ...]]:
    """An edge moved onto a grid, down or up, or memory added between it and the line of the grid."""
    if not at % grid:
        return
    down = at // grid * grid
    up = down + grid
    ways = [_Paint(down, at, upper), _Paint(at, up, lower)]
    ways += [_Paint(down, at, upper and _flipped(upper)), _Paint(at, up, lower and _flipped(lower))]
    block = min(grid, grids.max_order_blocks) // 2
    if lower is None:  # a hole lies below the edge
        ways += [_Paint(down, min(at, down + size), upper) for size in (block, grids.pages // 2)]
    if upper is None:
        ways += [_Paint(max(at, up - size), up, lower) for size in (block, grids.pages // 2)]
    yield tuple(ways)


def _flipped(region: Region) -> Region:
    """The region with the other flag."""
    return replace(region, nomap=not region.nomap)


def _of_other_node(region: Region) -> Region:
    """The region on another node, if it has one."""
    return region if region.node is None else replace(region, node=int(not region.node))


def _on_nodes(memory: Sequence[Region], grid: int) -> Iterator[tuple[_Paint, ...]]:
    """Without a grid one node; with one, a block that two nodes share goes to the lower or the upper one."""
    for lower, upper in pairwise(memory):
        others = [replace(upper, node=node) for node in (memory[0].node, None)]
        if not grid:
            ways = (*others, replace(others[0], nomap=True), None)
            yield tuple(_Paint(upper.base, upper.end, way) for way in ways)
        elif lower.node != upper.node and (lower.end - 1) // grid == upper.base // grid:
            down = upper.base // grid * grid
            as_lower, as_upper = replace(upper, node=lower.node), replace(lower, node=upper.node)
            yield (
                _Paint(upper.base, min(upper.end, down + grid), as_lower),
                _Paint(max(lower.base, down), lower.end, as_upper),
                _Paint(upper.base, upper.end, as_lower),
                _Paint(lower.base, lower.end, as_upper),
            )


def _unshared(memory: Sequence[Region], page: int) -> Iterator[tuple[_Paint, ...]]:
    """A page that two regions share goes to the upper one, to the lower one, or to none."""
    for lower, upper in pairwise(memory):
        start, end = (lower.end - 1) // page * page, -(-lower.end // page) * page
        if upper.base < end:
            yield _Paint(start, end, upper), _Paint(lower.end, end, lower), _Paint(start, end, None)


def _painted(memory: Sequence[Region], paint: _Paint) -> tuple[Region, ...]:
    """The regions with a range painted over."""
    start, end, like = paint
    if start >= end:
        return tuple(memory)
    painted = [] if like is None else [replace(like, base=start, size=end - start)]
    for region in memory:
        lower, upper = min(region.end, start), max(region.base, end)
        if region.base < lower:
            painted.append(replace(region, size=lower - region.base))
        if upper < region.end:
            painted.append(replace(region, base=upper, size=region.end - upper))
    return tuple(sorted(painted, key=lambda region: region.base))


def _inside(memory_map: MemoryMap) -> Iterator[Region]:
    """Reserved regions cut to the first region of memory that they touch; others are left out."""
    for region in memory_map.reserved:
        held = [one for one in memory_map.memory if one.base < region.end and region.base < one.end]
        if held:
            base, end = max(held[0].base, region.base), min(held[0].end, region.end)
            yield Region(base, end - base)


def _grown(memory_map: MemoryMap, more: int) -> MemoryMap:
    """The map with the last mapped region of each node larger, and all that lies above moved up."""
    for node in {region.node for region in memory_map.memory}:
        own = [region for region in memory_map.memory if region.node == node and not region.nomap]
        if own:
            memory_map = _moved_up(memory_map, own[-1].base + 1, more)
    return memory_map


def _moved_up(memory_map: MemoryMap, at: int, more: int) -> MemoryMap:
    """The map with everything above an address moved up; what holds the address grows."""
    memory, reserved = (
        tuple(_stretched(region, at, more) for region in regions)
        for regions in (memory_map.memory, memory_map.reserved)
    )
    return replace(memory_map, memory=memory, reserved=reserved)


def _with_bank_above(memory_map: MemoryMap, size: int) -> MemoryMap:
    """The map with memory of the node of the last region above it, a hole between them."""
    last = memory_map.memory[-1]
    bank = replace(last, base=(last.end // size + 2) * size, size=size, nomap=False)
    return replace(memory_map, memory=(*memory_map.memory, bank))


def _with_other_banks(memory_map: MemoryMap, size: int) -> Iterator[MemoryMap]:
    """The map with memory far below or far above, of the same node or of another one."""
    memory = memory_map.memory
    first = replace(memory[0], base=max(0, memory[0].base // size - 1) * size, size=size, nomap=False)
    last = replace(memory[-1], base=(memory[-1].end // size + 2) * size, size=size, nomap=False)
    other = 1 + max(region.node or 0 for region in memory)
    for bank in (last, replace(last, node=other)):
        yield replace(memory_map, memory=(*memory, bank))
    for bank in (first, replace(first, node=other)):
        if bank.end <= memory[0].base:
            yield replace(memory_map, memory=(bank, *memory))


def _stretched(region: Region, at: int, more: int) -> Region:
    """A region above an address moved up; one that holds the address grows."""
    if region.base >= at:
        return replace(region, base=region.base + more)
    return replace(region, size=region.size + more) if region.end > at else region
