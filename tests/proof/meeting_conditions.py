# SPDX-License-Identifier: GPL-2.0-or-later
"""Maps changed until they meet conditions: an attack on a claim aims at the edge of what it covers."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from random import Random

from explorer.boot import KernelConfig
from explorer.boot.linear_map import memstart_align
from explorer.boot.memblock import Memblock
from explorer.machine import MemoryMap, Region
from explorer.proof.conditions import LARGE_ZONE, Condition, Grids, violated
from tests.proof.pieces import Piece, paint, pieces_of, regions_of, stretched

__all__ = ["meeting"]

MOST_STEPS = 16
MOST_REGIONS = 300


def meeting(
    rng: Random, config: KernelConfig, memory_map: MemoryMap, term: frozenset[Condition]
) -> MemoryMap | None:
    """The map changed step by step until it meets a term; ``None`` if that fails."""
    for _ in range(MOST_STEPS if len(memory_map.memory) < MOST_REGIONS else 0):
        memory_map = _as_memblock(memory_map, config)
        if not memory_map.memory or not any(not region.nomap for region in memory_map.memory):
            return None
        missing = sorted(violated(memory_map, config) & term)
        if not missing:
            return memory_map
        memory_map = _mended(rng, config, memory_map, rng.choice(missing))
    return None


def _as_memblock(memory_map: MemoryMap, config: KernelConfig) -> MemoryMap:
    memory = memory_map.memory
    if not config.has("NUMA"):
        memory = tuple(replace(region, node=None) for region in memory)
    lists = Memblock.of(memory, memory_map.reserved)
    return replace(memory_map, memory=lists.memory, reserved=lists.reserved)


def _mended(rng: Random, config: KernelConfig, memory_map: MemoryMap, condition: Condition) -> MemoryMap:
    """The map closer to one condition."""
    if condition is Condition.RESERVED_IN_MEMORY:
        return replace(memory_map, reserved=tuple(_inside(rng, memory_map)))
    if condition is Condition.ZONES_LARGE:
        return _with_large_zones(rng, config, memory_map)
    pieces = pieces_of(memory_map.memory)
    for start, end, piece in list(_repainted(rng, config, pieces, condition)):
        pieces = paint(pieces, start, end, piece.kind if piece else None)
    return replace(memory_map, memory=regions_of(pieces))


_Painted = tuple[int, int, Piece | None]


def _repainted(
    rng: Random, config: KernelConfig, pieces: list[Piece], condition: Condition
) -> Iterator[_Painted]:
    """What to paint over so that a condition is met: a range and the piece whose kind it gets."""
    grids = Grids.of(config)
    subject, _, grid_name = condition.name.partition("_ON_")
    if condition is Condition.MEMORY_BEGINS_ON_MEMSTART_ALIGN:
        yield from _rounded(rng, pieces[0].start, memstart_align(config), None, pieces[0])
    elif "NODE" in subject:
        yield from _on_nodes(pieces, getattr(grids, grid_name.lower(), None))
    elif grid_name:
        for at, lower, upper in _edges(pieces, subject):
            yield from _rounded(rng, at, getattr(grids, grid_name.lower()), lower, upper)
    elif subject.endswith("BEGIN_WITH_MEMORY"):
        grid = grids.sections if subject.startswith("SECTIONS") else grids.pageblocks
        yield from ((piece.start // grid * grid, piece.start, piece) for piece in pieces)
    elif subject.endswith("UNSHARED"):
        yield from _unshared(rng, pieces, grids.pages)
    elif condition is Condition.NO_HOLES:
        yield from ((lower.end, upper.start, rng.choice((lower, upper))) for lower, upper in pairwise(pieces))
    else:
        yield from _without_nomap(rng, pieces)


def _unshared(rng: Random, pieces: list[Piece], page: int) -> Iterator[_Painted]:
    """A page that two pieces share goes to one of them, or to none."""
    for lower, upper in pairwise(pieces):
        start, end = lower.end // page * page, -(-lower.end // page) * page
        if upper.start < end:
            yield rng.choice(((start, end, upper), (lower.end, end, lower), (start, end, None)))


def _without_nomap(rng: Random, pieces: list[Piece]) -> Iterator[_Painted]:
    """Nomap pieces become mapped memory or holes."""
    for piece in pieces:
        if piece.kind.nomap:
            mapped = piece._replace(kind=piece.kind._replace(nomap=False))
            yield piece.start, piece.end, rng.choice((None, mapped))


def _edges(pieces: list[Piece], subject: str) -> Iterator[tuple[int, Piece | None, Piece | None]]:
    """The edges that conditions of a subject speak of, with what lies on both sides."""
    if subject == "MEMORY_BEGINS":
        yield pieces[0].start, None, pieces[0]
    elif subject == "MEMORY_ENDS":
        yield pieces[-1].end, pieces[-1], None
    elif subject.startswith("HOLES"):
        for lower, upper in pairwise(pieces):
            if lower.end < upper.start:
                yield (lower.end, lower, None) if subject == "HOLES_BEGIN" else (upper.start, None, upper)
    else:
        ends, starts = {one.end: one for one in pieces}, {one.start: one for one in pieces}
        for piece in pieces:
            if piece.kind.nomap and subject == "NOMAP_BEGINS":
                yield piece.start, ends.get(piece.start), piece
            elif piece.kind.nomap:
                yield piece.end, piece, starts.get(piece.end)


def _rounded(rng: Random, at: int, grid: int, lower: Piece | None, upper: Piece | None) -> Iterator[_Painted]:
    """An edge moved onto a grid, down or up."""
    if at % grid:
        down = at // grid * grid
        yield rng.choice(((down, at, upper), (at, down + grid, lower)))


def _on_nodes(pieces: list[Piece], grid: int | None) -> Iterator[_Painted]:
    """Without a grid all memory gets one node; with one, memory that shares a block with the node below."""
    for lower, upper in pairwise(pieces):
        kind = upper.kind._replace(node=pieces[0].kind.node)
        if grid is None:
            yield upper.start, upper.end, upper._replace(kind=kind)
        elif lower.kind.node != upper.kind.node and (lower.end - 1) // grid == upper.start // grid:
            end = min(upper.end, (upper.start // grid + 1) * grid)
            yield upper.start, end, upper._replace(kind=upper.kind._replace(node=lower.kind.node))


def _inside(rng: Random, memory_map: MemoryMap) -> Iterator[Region]:
    """Reserved regions cut to memory, or left out."""
    for region in memory_map.reserved:
        held = [one for one in memory_map.memory if one.base < region.end and region.base < one.end]
        if held and rng.randrange(4):
            base, end = max(held[0].base, region.base), min(held[0].end, region.end)
            yield Region(base, end - base)


def _with_large_zones(rng: Random, config: KernelConfig, memory_map: MemoryMap) -> MemoryMap:
    """The map with the last mapped region of each node grown, and all that lies above moved up."""
    sections = Grids.of(config).sections
    for node in {region.node for region in memory_map.memory}:
        own = [region for region in memory_map.memory if region.node == node and not region.nomap]
        if own:
            at = own[-1].base + own[-1].size // 2 // sections * sections + 1
            more = rng.randint(1, 3) * max(sections, 2 * LARGE_ZONE)
            memory, reserved = (
                stretched(regions, at, more) for regions in (memory_map.memory, memory_map.reserved)
            )
            memory_map = replace(memory_map, memory=memory, reserved=reserved)
    return memory_map
