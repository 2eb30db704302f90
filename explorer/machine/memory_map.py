# SPDX-License-Identifier: GPL-2.0-or-later
"""The data types for the memory of a machine: what firmware reports, and memblock.

``Firmware`` holds banks, reserved regions and, with EFI, a list of typed descriptors. ``MemoryMap`` holds
memblock, the kernel's own lists after early set-up. The kernel version decides which memblock a firmware
gives (``explorer.boot.early_memory``). A recorded boot or a log with ``memblock=debug`` shows memblock
itself, and no rule of a kernel version is applied to it again.

Addresses and sizes are bytes, ranges are half-open, node ids are the firmware's.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = [
    "COMMAND_LINE_SIZE",
    "MEMRESERVE",
    "MOST_REGIONS",
    "OF_THE_KERNEL_THAT_RAN",
    "EfiDescriptor",
    "Firmware",
    "MemoryCut",
    "MemoryMap",
    "Region",
    "ReservedNode",
    "UnplacedNode",
]

MOST_REGIONS = 200_000
"""The most regions of one kind that a reader accepts: more than machines have, few enough to simulate."""

COMMAND_LINE_SIZE = 2048
"""Bytes of a kernel command line with its final NUL (arch/arm64/include/uapi/asm/setup.h)."""

MEMRESERVE = "/memreserve/"
"""The name of a ``ReservedNode`` of the memory reservation block."""

OF_THE_KERNEL_THAT_RAN = (
    "memblock is that of the kernel that ran: before 5.12 it lacks the no-map nodes of a device tree, since "
    "5.12 they are nomap"
)
"""The note on every memory map that shows the memblock of a kernel."""


@dataclass(frozen=True, slots=True)
class Region:
    """A range of physical memory: an entry of ``memblock.memory`` or ``memblock.reserved``, or a bank.

    Attributes:
        base: first byte.
        size: bytes; 0 is allowed, because firmware reports empty banks.
        nomap: the region has the flag ``MEMBLOCK_NOMAP``: the kernel must not map it.
        node: NUMA node id; ``None`` if it is not known.
    """

    base: int
    size: int
    nomap: bool = False
    node: int | None = None

    def __post_init__(self) -> None:
        if self.base < 0 or self.size < 0:
            raise ValueError(f"a region cannot start at {self.base} with size {self.size}")
        if self.base + self.size > 1 << 64:
            raise ValueError(f"a region at {self.base:#x} of {self.size:#x} bytes passes the end of 64 bits")

    @property
    def end(self) -> int:
        """The first byte after the region."""
        return self.base + self.size


@dataclass(frozen=True, slots=True)
class ReservedNode:
    """A child of ``/reserved-memory`` or an entry of the memory reservation block of a device tree.

    Attributes:
        name: the node's name; ``MEMRESERVE`` for an entry of the reservation block.
        base: first byte.
        size: bytes.
        no_map: the node has the ``no-map`` property. The kernel version decides what that means.
    """

    name: str
    base: int
    size: int
    no_map: bool = False


@dataclass(frozen=True, slots=True)
class UnplacedNode:
    """A no-map child of ``/reserved-memory`` with a size and no address: the kernel chooses the address.

    Attributes:
        name: the node's name.
        size: bytes.
        alignment: bytes, as the node has it; 0 where it has none.
        ranges: ``alloc-ranges``, half-open, in the order of the node; empty where any address will do.
    """

    name: str
    size: int
    alignment: int = 0
    ranges: tuple[tuple[int, int], ...] = ()


class MemoryCut(NamedTuple):
    """Memory that a kernel removed because it was told to use less.

    Attributes:
        by: ``mem=`` or ``linux,usable-memory-range``.
        removed: bytes of mapped memory.
    """

    by: str
    removed: int


@dataclass(frozen=True, slots=True)
class MemoryMap:
    """memblock at the end of early arm64 set-up, as ``memblock=debug`` prints it and recorded boots hold it.

    Attributes:
        name: its name in reports.
        memory: ``memblock.memory``, with NOMAP regions.
        reserved: ``memblock.reserved``; may lie outside ``memory``.
        source: ``sample`` for a shipped map, else a file name; for display.
        description: one phrase for display; may be empty.
        notes: what the source cannot know, one sentence each, for display.
        command_line: the command line of the kernel whose memblock this is; ``None`` if it is not known.
        kaslr_seed: the seed that the boot loader passes; ``None`` if it is not known.
        placed: the nodes of the device tree whose address the kernel chooses, where they are in this map.
        cuts: what a kernel was told to leave out of this map; empty in the map of a source.
    """

    name: str
    memory: tuple[Region, ...]
    reserved: tuple[Region, ...] = ()
    source: str = ""
    description: str = ""
    notes: tuple[str, ...] = ()
    command_line: str | None = None
    kaslr_seed: int | None = None
    placed: tuple[ReservedNode, ...] = ()
    cuts: tuple[MemoryCut, ...] = ()


@dataclass(frozen=True, slots=True)
class EfiDescriptor:
    """One EFI memory descriptor.

    Attributes:
        kind: the EFI memory type as the kernel prints it, for example ``Conventional`` or ``Reserved``.
        base: first byte; a multiple of 4 KiB (the EFI page) for every page size of the kernel.
        size: bytes.
        attributes: the names of the set attribute bits, for example ``WB``, ``RUN``, ``SP``.
    """

    kind: str
    base: int
    size: int
    attributes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Firmware:
    """What firmware reports about memory, before a kernel has read it.

    Attributes:
        name: its name in reports.
        banks: ``/memory`` nodes of the device tree, with their ``numa-node-id``, or the ranges of ACPI's
            SRAT with theirs.
        reserved: ``/reserved-memory`` children and the reservation block.
        efi: the EFI memory map; if it is not empty, memory comes from it, and ``banks`` give the nodes only.
        source: the file name, for display.
        description: one phrase for display; may be empty.
        notes: what the source cannot know, one sentence each, for display.
        command_line: what the boot loader passes; ``None`` if it is not known.
        kaslr_seed: the seed that the boot loader passes; ``None`` if it is not known.
        usable: the ranges of ``linux,usable-memory-range``; without any, all memory is usable.
        unplaced: no-map children of ``/reserved-memory`` whose address the kernel chooses.
    """

    name: str
    banks: tuple[Region, ...] = ()
    reserved: tuple[ReservedNode, ...] = ()
    efi: tuple[EfiDescriptor, ...] = field(default=())
    source: str = ""
    description: str = ""
    notes: tuple[str, ...] = ()
    command_line: str | None = None
    kaslr_seed: int | None = None
    usable: tuple[Region, ...] = ()
    unplaced: tuple[UnplacedNode, ...] = ()
