# SPDX-License-Identifier: GPL-2.0-only
"""The memory of a machine: what firmware said of it, and what memblock made of that.

Two things that look alike are kept apart. *Firmware* hands over banks, reserved regions and, with EFI, a
list of typed descriptors. *memblock* is the kernel's own list after early set-up, and the same firmware
gives different lists in different kernel versions (``explorer.boot.memblock`` does that step). A recorded
boot or a ``memblock=debug`` log shows memblock itself, so no version rule may be applied to it again.

Addresses and sizes are bytes, ranges are half-open, node ids are as firmware wrote them.
"""

from dataclasses import dataclass, field

__all__ = [
    "MEMRESERVE",
    "MOST_REGIONS",
    "OF_THE_KERNEL_THAT_RAN",
    "EfiDescriptor",
    "Firmware",
    "MemoryMap",
    "Region",
    "ReservedNode",
]

MOST_REGIONS = 200_000
"""What a reader takes of one kind: far above any machine, and little enough to simulate."""

MEMRESERVE = "/memreserve/"
"""The name of a ``ReservedNode`` that is an entry of the memory reservation block."""

OF_THE_KERNEL_THAT_RAN = (
    "memblock is that of the kernel that ran: before 5.12 no-map nodes of a device tree are missing from it, "
    "since then they are nomap"
)
"""What everybody must know who takes memblock from a kernel that runs or ran."""


@dataclass(frozen=True, slots=True)
class Region:
    """A run of physical memory: one entry of ``memblock.memory``, of ``memblock.reserved`` or one bank.

    Attributes:
        base: first byte.
        size: bytes; 0 is allowed (firmware does hand over empty banks), negative is not.
        nomap: the region bears ``MEMBLOCK_NOMAP``: memory that the kernel must not map.
        node: NUMA node id, or ``None`` where nothing said one.
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
        """First byte after the region."""
        return self.base + self.size


@dataclass(frozen=True, slots=True)
class MemoryMap:
    """memblock at the end of early arm64 set-up (the form of ``memblock=debug`` and of recorded boots).

    Attributes:
        name: what reports call it.
        memory: ``memblock.memory``, NOMAP regions included.
        reserved: ``memblock.reserved``; may leave ``memory``.
        source: where it came from (``sample``, a file name), for people.
        description: one sentence for people; may be empty.
        notes: what the source cannot know, one sentence each, for people.
    """

    name: str
    memory: tuple[Region, ...]
    reserved: tuple[Region, ...] = ()
    source: str = ""
    description: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReservedNode:
    """A child of ``/reserved-memory`` or an entry of the memory reservation block of a device tree.

    Attributes:
        name: node name, ``MEMRESERVE`` for an entry of the reservation block.
        base: first byte.
        size: bytes.
        no_map: the node has the ``no-map`` property: the kernel version decides what that means.
    """

    name: str
    base: int
    size: int
    no_map: bool = False


@dataclass(frozen=True, slots=True)
class EfiDescriptor:
    """One EFI memory descriptor.

    Attributes:
        kind: EFI memory type by its kernel name, for example ``Conventional Memory`` or ``Reserved``.
        base: first byte (EFI pages are 4 KiB whatever the kernel's page size).
        size: bytes.
        attributes: the names of the set attribute bits, for example ``WB``, ``RUN``, ``SP``.
    """

    kind: str
    base: int
    size: int
    attributes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Firmware:
    """What firmware says of memory, before any kernel has read it.

    Attributes:
        name: what reports call it.
        banks: ``/memory`` nodes of the device tree, with their ``numa-node-id``, or the ranges of ACPI's
            SRAT with theirs.
        reserved: ``/reserved-memory`` children and the reservation block.
        efi: the EFI memory map; where it is not empty the banks of the device tree do not count.
        source: where it came from, for people.
        description: one sentence for people; may be empty.
        notes: what the source cannot know, one sentence each, for people.
    """

    name: str
    banks: tuple[Region, ...] = ()
    reserved: tuple[ReservedNode, ...] = ()
    efi: tuple[EfiDescriptor, ...] = field(default=())
    source: str = ""
    description: str = ""
    notes: tuple[str, ...] = ()
