# SPDX-License-Identifier: GPL-2.0-or-later
"""The shipped memory maps: one for each layout of the recorded boots.

RAM starts at 1 GiB, as on QEMU's ``virt`` machine, and has 128 MiB unless the map says otherwise. With 4K
pages a pageblock has 2 MiB; a section has 1 GiB until 5.11 and 128 MiB since 5.12. ``reserved`` is taken from
the recordings of 4.17 at the end of early set-up: kernel image, device tree, initrd.
"""

from collections.abc import Sequence
from functools import cache

from explorer.errors import UnknownNameError
from explorer.machine.memory_map import MemoryMap, Region

__all__ = ["all_shipped_maps", "shipped_map"]

_Bounds = Sequence[tuple[int, int]]

_MIB = 1 << 20
_RAM = 0x4000_0000
_END = 0x4800_0000
_NOMAP = 0x1_0000
_RESERVED = (
    Region(0x4208_0000, 0x2F_D000),
    Region(0x42E0_0000, 0x71A),
    Region(0x4300_0000, 0x9_3000),
)


@cache
def all_shipped_maps() -> tuple[MemoryMap, ...]:
    """All shipped maps, ``flat`` first."""
    middle, start4 = 0x4400_0000, (0x4380_0000, 0x4400_0000, 0x44C0_0000, 0x4560_0000)
    return (
        _map("flat", "one bank, nothing in it", [(_RAM, _END)]),
        _map("nomap-mid", "64 KiB nomap in the middle of a pageblock", *_around([middle + 0xF_0000])),
        _map("nomap-start", "64 KiB nomap at the start of a pageblock", *_around([middle])),
        _map("nomap-end", "64 KiB nomap at the end of a pageblock", *_around([middle + 0x1F_0000])),
        _map("nomap-start4", "four pageblocks that start with 64 KiB nomap", *_around(start4)),
        _map("nomap-block", "one whole pageblock is nomap", *_around([middle], 2 * _MIB)),
        _map("nomap-first", "RAM begins with 64 KiB nomap", *_around([_RAM])),
        _map("rm-start", "64 KiB missing at the start of a pageblock", _around([middle])[0]),
        _map("rm-start4", "four pageblocks whose first 64 KiB are missing", _around(start4)[0]),
        _map("unaligned-start", "RAM begins inside a pageblock", [(_RAM + 0x11_0000, _END)]),
        _map("start-8m", "RAM begins 8 MiB above a 1 GiB boundary", [(_RAM + 8 * _MIB, _END)]),
        _map("unaligned-end", "RAM ends inside a pageblock", [(_RAM, 0x47F1_0000)]),
        _map(
            "two-banks",
            "a gap inside a section, both of its edges inside pageblocks",
            [(_RAM, 0x440F_0000), (0x4513_0000, _END)],
        ),
        _map(
            "gap-section",
            "a second bank in another section",
            [(_RAM, _END), (0xC000_0000, 0xC200_0000)],
        ),
        _map(
            "dma32-edge",
            "128 KiB nomap across 4 GiB, and little memory above it",
            [(_RAM, 0x4600_0000), (0xFE00_0000, 0xFFFF_0000), (0x1_0001_0000, 0x1_0100_0000)],
            [(0xFFFF_0000, 0x1_0001_0000)],
        ),
        _two_nodes("numa-aligned", "two nodes, split between pageblocks", 0x4400_0000),
        _two_nodes("numa-2", "two nodes, split inside a pageblock", 0x440F_0000),
        MemoryMap(
            "numa-2-nomap",
            (
                Region(_RAM, 0x40E_0000, node=0),
                Region(0x440E_0000, _NOMAP, nomap=True, node=0),
                Region(0x440F_0000, _NOMAP, nomap=True, node=1),
                Region(0x4410_0000, 0x3F0_0000, node=1),
            ),
            _RESERVED,
            "sample",
            "two nodes, split inside a pageblock with nomap on both sides",
        ),
    )


def shipped_map(name: str) -> MemoryMap:
    """The shipped map of a name.

    Raises:
        UnknownNameError: there is no such map.
    """
    maps = {memory_map.name: memory_map for memory_map in all_shipped_maps()}
    if name in maps:
        return maps[name]
    hint = f"shipped are {', '.join(maps)}"
    what = "no such file and no shipped memory map"
    raise UnknownNameError(what, name=name, known=maps, where=name, hint=hint)


def _map(name: str, description: str, banks: _Bounds, nomaps: _Bounds = ()) -> MemoryMap:
    regions = [Region(low, high - low) for low, high in banks]
    regions += [Region(low, high - low, nomap=True) for low, high in nomaps]
    ordered = tuple(sorted(regions, key=lambda region: region.base))
    return MemoryMap(name, ordered, _RESERVED, "sample", description)


def _around(places: Sequence[int], size: int = _NOMAP) -> tuple[_Bounds, _Bounds]:
    """The RAM without pieces of ``size`` bytes at some addresses, and these pieces."""
    edges = [_RAM, *(edge for place in places for edge in (place, place + size)), _END]
    banks = [(low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if low < high]
    return banks, [(place, place + size) for place in places]


def _two_nodes(name: str, description: str, split: int) -> MemoryMap:
    memory = (Region(_RAM, split - _RAM, node=0), Region(split, _END - split, node=1))
    return MemoryMap(name, memory, _RESERVED, "sample", description)
