# SPDX-License-Identifier: GPL-2.0-or-later
"""Random maps beside the forms, against marks that are missing.

Most edges of a map lie on one grid, and a few are moved off it: a map that violates few conditions says most
when it dies. The maps are the same in every run.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random

from explorer.boot import KernelConfig
from explorer.boot.memblock import merge_regions
from explorer.machine import MemoryMap, Region
from explorer.proof.conditions import Grids

__all__ = ["maps_at_random"]

_GIB = 1 << 30
_LINE = 64
_STARTS = (1, 2, 3, 4, 5)  # GiB: below, on and above the end of the DMA zones
_KINDS = "MMMMNH"
_NODES = (0, 0, 0, 1, 1, 2)


def maps_at_random(config: KernelConfig, count: int) -> Iterator[MemoryMap]:
    """So many random maps for the geometry of a build.

    Args:
        config: the build.
        count: how many maps are tried; those without mapped memory are left out.
    """
    random = Random(count)  # noqa: S311 # nothing secret; the same maps in every run
    grids = Grids.of(config)
    for _ in range(count):
        edges = _edges(random, grids)
        memory = tuple(merge_regions(_memory(random, edges, numa=config.has("NUMA"))))
        if any(not region.nomap for region in memory):
            yield MemoryMap("random", memory, tuple(_reserved(random, edges, grids.pages)))


def _edges(random: Random, grids: Grids) -> list[int]:
    """Edges on the grids, of which up to two are moved off them."""
    sizes = sorted(set(grids))
    at = random.choice(_STARTS) * _GIB + random.choice((0, 0, 0, *sizes))
    edges = [at]
    for _ in range(random.choice((1, 1, 2, 2, 3, 3, 4, 5, 8))):
        size = random.choice(sizes)
        at += size * random.choice((1, 1, 1, 2, 3, 4, 5, 7))
        if random.random() < 0.5:
            at = -(-at // sizes[-1]) * sizes[-1]
        edges.append(at)
    moves = [step for size in (_LINE, grids.pages // 2, *sizes[:-1]) for step in (-size, size)]
    for _ in range(random.choice((0, 1, 1, 2, 2, 3))):
        index = random.randrange(len(edges))
        edges[index] += random.choice(moves) + random.choice((0, 0, *moves))
    return sorted({edge for edge in edges if edge >= 0})


def _memory(random: Random, edges: Sequence[int], *, numa: bool) -> Iterator[Region]:
    """Regions between neighbouring edges."""
    node = 0
    for start, end in pairwise(edges):
        kind = random.choice(_KINDS)
        if numa and random.random() < 0.5:
            node = random.choice(_NODES)
        if kind != "H":
            yield Region(start, end - start, kind == "N", node)


def _reserved(random: Random, edges: Sequence[int], page: int) -> Iterator[Region]:
    """Now and then a reserved region near an edge, or from one edge to another."""
    at = 0
    for _ in range(random.choice((0, 0, 0, 1, 2))):
        start = random.choice(edges) + random.choice((0, 0, -_LINE, _LINE, -page, page, -page // 2))
        size = random.choice((_LINE, page // 2, page, 4 * page, max(1, random.choice(edges) - start)))
        if start >= at:
            yield Region(start, size)
            at = start + size
