# SPDX-License-Identifier: GPL-2.0-or-later
"""A memory map on which QEMU's ``virt`` machine can boot, and which has the fault of another map.

The smallest map that shows a fault may lie below the RAM of ``virt``, or have no room for a kernel image. It
is then moved up by whole GiB, so that its place on the grids of page, pageblock and section stays, and a
bank is added behind or before its memory. The simulator decides whether the fault is still there.
"""

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from explorer.boot.firmware_origin import Means, Obstacle, Origin, origin
from explorer.boot.kernel_config import KernelConfig
from explorer.boot.simulation import Boot, simulate
from explorer.boot.walkers import Fault, Stage
from explorer.errors import InputError
from explorer.machine.memory_map import Firmware, MemoryMap, Region
from explorer.machine.qemu_virt import RAM_START, LoadAddresses, load_addresses

__all__ = ["BootableMap", "Hindrance", "NotBootable", "made_bootable"]

_GIB = 1 << 30
_ROOM = 256 << 20
"""Bytes of the bank that is added: a kernel, its initial RAM disk, and what it allocates."""
_LEAST = 96 << 20
"""Bytes of mapped memory with which a distribution's kernel reaches an init that pulls a trigger."""
_MOST_MOVES = 4


class Hindrance(StrEnum):
    """Why QEMU's ``virt`` machine cannot boot on a map and show the fault."""

    NO_DEVICE_TREE = "no device tree gives the map"
    OTHER_PLACE = "RAM of QEMU's virt begins at 1 GiB, and the fault is not there when the map is moved"
    NO_ROOM = "the map has no room for a kernel, and the fault is not there when memory is added"


class BootableMap(NamedTuple):
    """A map on which the fault can be shown.

    Attributes:
        memory_map: the map.
        firmware: the device tree that gives it.
        places: where kernel, initial RAM disk and tree are loaded.
        boot: its simulated boot.
        fault: its fault.
        moved: by how many bytes the map was moved up.
        added: the bank that was added; ``None`` where there is room.
    """

    memory_map: MemoryMap
    firmware: Firmware
    places: LoadAddresses
    boot: Boot
    fault: Fault
    moved: int
    added: Region | None


class NotBootable(NamedTuple):
    """Why a fault cannot be shown.

    Attributes:
        hindrance: the reason.
        obstacles: what keeps a device tree from giving the map.
    """

    hindrance: Hindrance
    obstacles: tuple[Obstacle, ...] = ()


def made_bootable(memory_map: MemoryMap, config: KernelConfig, fault: Fault) -> BootableMap | NotBootable:
    """The map, or the next one like it that QEMU's ``virt`` can boot and that has the fault.

    Args:
        memory_map: memblock at the end of early set-up.
        config: the kernel and its configuration.
        fault: a fault of the map; it is recognised by walker, trigger and certainty.

    Raises:
        InputError: no kernel can start with the map.
    """
    tree = origin(memory_map, config, Means.DEVICE_TREE)
    if tree.firmware is None:
        return NotBootable(Hindrance.NO_DEVICE_TREE, tree.obstacles)
    hindrance = Hindrance.OTHER_PLACE
    for moved in _moves(memory_map):
        placed = _moved(memory_map, moved)
        if not _has(placed, config, fault):
            continue
        hindrance = Hindrance.NO_ROOM
        for added in _additions(placed):
            found = _shown(_with_bank(placed, added), config, fault)
            if found:
                return found._replace(moved=moved, added=added)
    return NotBootable(hindrance)


def _moves(memory_map: MemoryMap) -> Iterator[int]:
    """Distances that bring the map into RAM; the first is 0 where it lies there."""
    least = max(0, RAM_START - memory_map.memory[0].base // _GIB * _GIB)
    yield from range(least, least + (_MOST_MOVES * _GIB if least else 1), _GIB)


def _moved(memory_map: MemoryMap, distance: int) -> MemoryMap:
    return replace(
        memory_map,
        memory=tuple(replace(region, base=region.base + distance) for region in memory_map.memory),
        reserved=tuple(replace(region, base=region.base + distance) for region in memory_map.reserved),
    )


def _additions(memory_map: MemoryMap) -> Iterator[Region | None]:
    """No bank, then banks at the next multiples of 1 GiB above and below, on a node of the map."""
    yield None
    nodes = dict.fromkeys(region.node for region in reversed(memory_map.memory))
    first, last = memory_map.memory[0].base, memory_map.memory[-1].end
    above = -(-last // _GIB) * _GIB
    for node in nodes:
        yield Region(above, _ROOM, node=node)
        yield Region(above + _GIB, _ROOM, node=node)
        below = first // _GIB * _GIB - _GIB
        if below >= RAM_START:
            yield Region(below, _ROOM, node=node)


def _with_bank(memory_map: MemoryMap, bank: Region | None) -> MemoryMap:
    if bank is None:
        return memory_map
    memory = sorted((*memory_map.memory, bank), key=lambda region: region.base)
    return replace(memory_map, memory=tuple(memory))


def _has(memory_map: MemoryMap, config: KernelConfig, fault: Fault) -> bool:
    return _found(simulate(config, memory_map), fault) is not None


def _found(boot: Boot, fault: Fault) -> Fault | None:
    same = (
        other
        for other in boot.faults
        if (other.walker, other.trigger, other.certain) == (fault.walker, fault.trigger, fault.certain)
    )
    return next(same, None)


def _shown(memory_map: MemoryMap, config: KernelConfig, fault: Fault) -> BootableMap | None:
    """A map with room, a device tree and the fault; ``None`` if it lacks one of them."""
    places = load_addresses(memory_map)
    mapped = sum(region.size for region in memory_map.memory if not region.nomap)
    if places is None or (mapped < _LEAST and not (fault.stage is Stage.BOOT and fault.certain)):
        return None
    try:
        tree: Origin = origin(memory_map, config, Means.DEVICE_TREE)
        boot = simulate(config, memory_map)
    except InputError:
        return None
    found = _found(boot, fault)
    if tree.firmware is None or found is None:
        return None
    return BootableMap(memory_map, tree.firmware, places, boot, found, 0, None)
