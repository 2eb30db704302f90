# SPDX-License-Identifier: GPL-2.0-or-later
"""Random memory maps of any size and shape, made otherwise than the forms of a proof.

Edges are an anchor plus or minus a few powers of two, or lie anywhere. There are combs of up to thousands of
regions, whole sections with a few edges moved, pages full of bytes, and banks that are far apart; up to four
nodes in any order; reserved regions beside, across and outside memory.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random

from explorer.boot import KernelConfig
from explorer.machine import MemoryMap, Region
from explorer.proof.conditions import Grids
from tests.proof.pieces import Kind, Piece, paint, regions_of, stretched

__all__ = ["changed_map", "random_map"]

GIB = 1 << 30
BASES = (
    0,
    1 << 20,
    GIB // 2,
    GIB,
    GIB,
    2 * GIB,
    3 * GIB,
    4 * GIB,
    4 * GIB,
    5 * GIB,
    8 * GIB,
    512 * GIB,
    1 << 40,
)
MOST_TEETH = 2000


def random_map(rng: Random, config: KernelConfig) -> MemoryMap:
    """A map of a random shape for the grids of a build."""
    grids = Grids.of(config)
    shapes = (_sprinkled, _sprinkled, _jittered, _jittered, _comb, _bytes, _banks)
    pieces = rng.choice(shapes)(rng, grids, _base(rng, grids))
    if not any(not piece.kind.nomap for piece in pieces):
        end = pieces[-1].end if pieces else _base(rng, grids)
        pieces = paint(pieces, end, end + rng.choice(grids) * rng.randint(1, 3), Kind())
    memory = regions_of(_with_nodes(rng, pieces) if config.has("NUMA") else pieces)
    return MemoryMap("random", memory, _reserved(rng, grids, memory))


def changed_map(rng: Random, config: KernelConfig, memory_map: MemoryMap) -> MemoryMap:
    """A map with some edges moved, pieces stretched, nodes changed or other memory added far above."""
    grids = Grids.of(config)
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        memory_map = rng.choice((_moved, _moved, _grown, _renamed, _with_more))(
            rng, config, grids, memory_map
        )
    if rng.random() < 0.3:
        return replace(memory_map, reserved=_reserved(rng, grids, memory_map.memory))
    return memory_map


def _base(rng: Random, grids: Grids) -> int:
    """Where memory begins: mostly on a section, sometimes anywhere."""
    base = rng.choice(BASES) + rng.choice((0, 0, 0, 1, -1, 3)) * grids.sections
    if not rng.randrange(3):
        base += _offset(rng, grids)
    return max(0, base)


def _offset(rng: Random, grids: Grids) -> int:
    """Plus or minus a few powers of two, most of them grids."""
    bits = (6, 9, *(grid.bit_length() - 1 + by for grid in grids for by in (-1, 0, 0, 0, 1)))
    terms = rng.choice((1, 1, 1, 2, 2, 3))
    return sum(rng.choice((1, 1, -1)) << rng.choice(bits) for _ in range(terms))


def _kind(rng: Random, nomap: float = 0.3) -> Kind | None:
    """Mapped memory, nomap or a hole."""
    if not rng.randrange(4):
        return None
    return Kind(nomap=rng.random() < nomap)


def _sprinkled(rng: Random, grids: Grids, base: int) -> list[Piece]:
    """Pieces between edges at offsets from one place, or from the edge before."""
    edges = {base}
    at = base
    for _ in range(rng.choice((1, 2, 3, 3, 4, 5, 6, 9, 14))):
        at = max(0, rng.choice((at, base)) + abs(_offset(rng, grids)))
        edges.add(at)
    return _between(rng, sorted(edges))


def _between(rng: Random, edges: Sequence[int]) -> list[Piece]:
    pieces = [(start, end, _kind(rng)) for start, end in pairwise(edges)]
    return [Piece(start, end, kind) for start, end, kind in pieces if kind is not None]


def _jittered(rng: Random, grids: Grids, base: int) -> list[Piece]:
    """Whole units of one grid, with a few ranges repainted around grid lines."""
    unit = rng.choice((grids.sections, grids.sections, grids.max_order_blocks, grids.pageblocks))
    pieces = [Piece(base, base + rng.randint(1, 6) * unit, Kind())]
    span = pieces[0].end - base
    for _ in range(rng.choice((1, 1, 2, 2, 3, 5))):
        line = base + rng.randrange(span // unit + 1) * unit
        start = max(0, line + rng.choice((0, 0, 1)) * _offset(rng, grids))
        pieces = paint(pieces, start, start + abs(_offset(rng, grids)), _kind(rng, 0.6))
    return pieces


def _comb(rng: Random, grids: Grids, base: int) -> list[Piece]:
    """Many regions of one period, with a defect or two."""
    period = max(128, abs(_offset(rng, grids)))
    size = max(64, min(period, abs(_offset(rng, grids)) % period))
    count = rng.choice((3, 8, 20, 20, 60, MOST_TEETH if not rng.randrange(50) else 30))
    teeth = range(base, base + count * period, period)
    pieces = [Piece(at, at + size, Kind()) for at in teeth]
    between = _kind(rng)
    if between is not None and size < period:
        pieces += [Piece(at + size, at + period, between) for at in teeth]
    start = base + rng.randrange(count) * period + abs(_offset(rng, grids))
    return paint(sorted(pieces), start, start + abs(_offset(rng, grids)), _kind(rng, 0.6))


def _bytes(rng: Random, grids: Grids, base: int) -> list[Piece]:
    """Edges at any byte of a few pages or of a block, memory around them or not."""
    span = rng.choice((2 * grids.pages, 9 * grids.pages, grids.pageblocks, 2 * grids.max_order_blocks))
    edges = sorted({base + rng.randrange(span) for _ in range(rng.choice((2, 4, 7, 12)))})
    pieces = _between(rng, edges)
    if rng.randrange(2):
        more = rng.choice((span, grids.sections, 2 * grids.sections))
        pieces = paint(pieces, base + span, base + span + more, Kind())
    return pieces


def _banks(rng: Random, grids: Grids, base: int) -> list[Piece]:
    """Banks far apart, each with a defect at a random place."""
    pieces: list[Piece] = []
    at = base
    for _ in range(rng.choice((2, 2, 3, 5))):
        end = (
            at
            + rng.randint(1, 3) * rng.choice((grids.sections, grids.max_order_blocks))
            + rng.choice((0, _offset(rng, grids)))
        )
        pieces = paint(pieces, at, end, Kind())
        start = max(at, rng.choice((at, end, (at + end) // 2)) + _offset(rng, grids))
        pieces = paint(pieces, start, start + abs(_offset(rng, grids)), _kind(rng, 0.6))
        at = max(end, at) + rng.choice((GIB, grids.sections, abs(_offset(rng, grids)), 37 * GIB))
    return pieces


def _with_nodes(rng: Random, pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces on one node, on several in ascending or descending order, or on any; now and then on none."""
    count = rng.choice((1, 2, 2, 2, 3, 4))
    size = max(1, -(-len(pieces) // count))
    ways = (
        lambda _index: 0,
        lambda index: index // size,
        lambda index: index // size,
        lambda index: count - index // size,
        lambda index: index % count,
        lambda _index: rng.randrange(count),
    )
    node = rng.choice(ways)
    if not rng.randrange(25):
        return list(pieces)
    split = _split(rng, pieces) if rng.randrange(2) else pieces
    return [piece._replace(kind=piece.kind._replace(node=node(index))) for index, piece in enumerate(split)]


def _split(rng: Random, pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with one cut in two, so that nodes meet inside memory."""
    index = rng.randrange(len(pieces))
    start, end, kind = pieces[index]
    at = start + rng.choice(((end - start) // 2, 4096, 1 << 16, 2 << 20, 1 << rng.randrange(6, 40)))
    halves = [Piece(start, at, kind), Piece(at, end, kind)] if start < at < end else [pieces[index]]
    return [*pieces[:index], *halves, *pieces[index + 1 :]]


def _reserved(rng: Random, grids: Grids, memory: Sequence[Region]) -> tuple[Region, ...]:
    """No reserved regions in half of all maps, otherwise a few beside edges, over pieces or outside."""
    if rng.randrange(2):
        return ()
    regions = []
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        region = rng.choice(memory)
        start = rng.choice((region.base, region.end, region.base + region.size // 2))
        size = rng.choice((64, region.size, abs(_offset(rng, grids)), rng.randrange(1, 2 * grids.pages)))
        start += rng.choice((0, -size, 0, _offset(rng, grids)))
        regions.append(Region(max(0, start), max(1, size)))
    return tuple(regions)


def _moved(rng: Random, _: KernelConfig, grids: Grids, memory_map: MemoryMap) -> MemoryMap:
    """The map with one region larger or smaller at one end."""
    index = rng.randrange(len(memory_map.memory))
    region = memory_map.memory[index]
    base, end = region.base, region.end
    if rng.randrange(2):
        base = max(0, base + _offset(rng, grids))
    else:
        end = max(0, end + _offset(rng, grids))
    if base >= end:
        return memory_map
    other = replace(region, base=base, size=end - base)
    return replace(memory_map, memory=(*memory_map.memory[:index], other, *memory_map.memory[index + 1 :]))


def _grown(rng: Random, _: KernelConfig, grids: Grids, memory_map: MemoryMap) -> MemoryMap:
    """The map with everything above a place moved up."""
    region = rng.choice(memory_map.memory)
    at = rng.choice((region.base, region.base + region.size // 2, region.end))
    more = rng.choice((abs(_offset(rng, grids)), grids.sections * rng.randint(1, 9)))
    memory, reserved = (stretched(regions, at, more) for regions in (memory_map.memory, memory_map.reserved))
    return replace(memory_map, memory=memory, reserved=reserved)


def _renamed(rng: Random, config: KernelConfig, _: Grids, memory_map: MemoryMap) -> MemoryMap:
    """The map with the nodes of some regions changed."""
    if not config.has("NUMA"):
        return memory_map
    nodes = rng.choice(((0, 1), (1, 0), (0, 1, 2), (3, 0)))
    return replace(
        memory_map,
        memory=tuple(
            replace(region, node=rng.choice(nodes)) if rng.randrange(2) else region
            for region in memory_map.memory
        ),
    )


def _with_more(rng: Random, config: KernelConfig, grids: Grids, memory_map: MemoryMap) -> MemoryMap:
    """The map with a random one above it."""
    other = random_map(rng, config)
    top = max(region.end for region in memory_map.memory)
    by = -(-top // grids.sections) * grids.sections + rng.choice((0, 1, 16)) * grids.sections
    by -= other.memory[0].base // grids.sections * grids.sections
    if by < 0:
        return memory_map
    return replace(
        memory_map,
        memory=(*memory_map.memory, *stretched(other.memory, 0, by)),
        reserved=(*memory_map.reserved, *stretched(other.reserved, 0, by)),
    )
