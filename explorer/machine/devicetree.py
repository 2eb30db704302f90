# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads ``/memory`` and ``/reserved-memory`` of flattened device trees, through libfdt.

Rules (drivers/of/fdt.c and of_reserved_mem.c, 4.17 to 6.12):

1. A memory node has ``device_type = "memory"``. ``linux,usable-memory`` takes precedence over ``reg``. Both
   use the cells of the root, by default 1 and 1. Bytes after the last complete tuple are ignored.
2. A node with a ``status`` other than ``okay`` and ``ok`` is ignored.
3. ``/reserved-memory`` is used if its cells equal those of the root and it has ``ranges``. A child with
   ``reg`` is static. It is ignored if the length of ``reg`` is not a multiple of the length of a tuple. A
   child with ``size`` and without ``reg`` is placed by the kernel. Without ``no-map`` it only reserves memory
   and is ignored, as later allocations are. With ``no-map`` it is an ``UnplacedNode``. It is ignored if
   ``size`` or ``alignment`` is not one number, or ``alloc-ranges`` not a whole number of ranges.
4. The memory reservation block reserves memory.
5. ``/chosen`` holds the command line (``bootargs``), the KASLR seed (``kaslr-seed``) and
   ``linux,usable-memory-range``, whose memory alone is used.
6. If EFI started the kernel, its stub wrote ``linux,uefi-mmap-start`` into ``/chosen``. The kernel then takes
   memory from the EFI map and ignores the banks (drivers/firmware/efi/efi-init.c). Such a tree is refused.

A note names each node that is ignored. A tree with a wrong total size, offset or property length is refused.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

import libfdt

from explorer.errors import Argument, FileError, printable
from explorer.machine.devicetree_properties import (
    CELLS,
    cells_of,
    children_of,
    has_property,
    is_enabled,
    name_of,
    number_of,
    property_of,
    string_of,
    tuples_of,
)
from explorer.machine.memory_map import (
    COMMAND_LINE_SIZE,
    MEMRESERVE,
    MOST_REGIONS,
    Firmware,
    Region,
    ReservedNode,
    UnplacedNode,
)

__all__ = ["MAGIC", "read_devicetree"]

MAGIC = b"\xd0\x0d\xfe\xed"
_MOST_NOTES = 20
_USABLE = "linux,usable-memory-range"
_SEED_BYTES = 8
_MOST_NAMES = 5
_ASK_EFI = "boot once with efi=debug and give the whole dmesg, or take sudo cat /proc/iomem > iomem.txt"
_ASK_MACHINE = (
    ", once for each bank; or take sudo cat /sys/firmware/fdt > machine.dtb on the machine, or sudo cat "
    "/proc/iomem > iomem.txt"
)
_FILLED_IN = "the memory is as given, instead of /memory of the device tree"
_SEED_WIPED = (
    "kaslr-seed is 0: a running kernel has wiped its seed, and no seed is assumed unless one is given"
)
_LEFT = "{} of {} has {} bytes after its last complete range: kernels ignore them"
_UNSUPPORTED = (
    "/reserved-memory is ignored, as by kernels: its #address-cells and #size-cells differ from those of the "
    "root, or ranges is missing"
)
_SKIPPED = "/reserved-memory/{} is ignored, as by kernels: its reg has {} bytes, not a multiple of {}"


_MALFORMED = (
    "/reserved-memory/{} is ignored, as by kernels: its size, alignment or alloc-ranges has a wrong length"
)
_PLACED_BY_KERNEL = (
    "the kernel chooses the address of no-map {}: up to 24 places are simulated, and a result is that of the "
    "worst"
)
_MOST_RANGES = 16
_MOST_UNPLACED = 64  # MAX_RESERVED_REGIONS of drivers/of


class _Chosen(NamedTuple):
    """What ``/chosen`` tells.

    Attributes:
        started_by_efi: EFI's stub wrote ``linux,uefi-mmap-start``.
        command_line: ``bootargs``; ``None`` without it.
        kaslr_seed: ``kaslr-seed``; ``None`` without it, and where it is 0.
        usable: the ranges of ``linux,usable-memory-range``.
    """

    started_by_efi: bool = False
    command_line: str | None = None
    kaslr_seed: int | None = None
    usable: tuple[Region, ...] = ()


def read_devicetree(
    blob: bytes, source: str, *, needs_memory: bool = True, memory: Sequence[Region] = ()
) -> Firmware:
    """The memory banks and reserved regions of a flattened device tree.

    Args:
        blob: the tree.
        source: where it came from, for errors and reports.
        needs_memory: refuse a tree without memory. On an EFI machine the EFI map holds the memory, and the
            tree may still reserve some.
        memory: the banks that a boot loader writes into ``/memory``; default: those of the tree.

    Raises:
        InputError: the blob is broken or has no memory.
    """
    notes: list[str] = []
    try:
        tree = libfdt.FdtRo(bytearray(blob))
        libfdt.check_err(libfdt.fdt_check_full(tree.as_bytearray(), len(blob)))
        cells = cells_of(tree, 0, source)
        chosen = _chosen(tree, cells, source, notes)
        banks = tuple(islice(_banks(tree, cells, source, notes), MOST_REGIONS + 1))
        nodes = chain(_reservation_block(tree), _reserved_memory(tree, cells, source, notes))
        children = tuple(islice(nodes, MOST_REGIONS + 1))
    except libfdt.FdtException as error:
        reason = libfdt.fdt_strerror(error.err)
        raise FileError(
            f"broken device tree: {reason}", file=source, hint="dump it again, or check it with dtc"
        ) from None
    except (ValueError, IndexError, UnicodeDecodeError) as error:
        raise FileError(
            f"broken device tree: {error}", file=source, hint="dump it again, or check it with dtc"
        ) from None
    if max(len(banks), len(children)) > MOST_REGIONS:
        raise FileError(
            f"has more than {MOST_REGIONS} ranges", file=source, hint="give the device tree of a machine"
        )
    if needs_memory:
        _check_tells_memory(tree, memory or banks, chosen, source)
    reserved = tuple(child for child in children if isinstance(child, ReservedNode))
    unplaced = tuple(child for child in children if isinstance(child, UnplacedNode))[:_MOST_UNPLACED]
    if unplaced:
        names = ", ".join(node.name for node in unplaced[:_MOST_NAMES])
        notes.append(_PLACED_BY_KERNEL.format(names + (" and others" if unplaced[_MOST_NAMES:] else "")))
    if memory:
        notes.append(_FILLED_IN)
    return Firmware(
        source,
        tuple(memory) or banks,
        reserved,
        source=source,
        notes=tuple(notes[:_MOST_NOTES]),
        command_line=chosen.command_line,
        kaslr_seed=chosen.kaslr_seed,
        usable=chosen.usable,
        unplaced=unplaced,
    )


def _check_tells_memory(tree: libfdt.FdtRo, banks: Sequence[Region], chosen: _Chosen, source: str) -> None:
    """Rule 6, and that there is any memory."""
    if chosen.started_by_efi:
        raise FileError(
            "EFI started the kernel of this device tree, so memory comes from the EFI map, not from the tree",
            file=source,
            hint=_ASK_EFI,
        )
    if not banks:
        raise FileError(
            "the device tree has no /memory node with a size, because a boot loader fills it in",
            file=source,
            hint=("give it, such as ", Argument("memory", f"{_first_address(tree):#x}+2G"), _ASK_MACHINE),
        )


def _first_address(tree: libfdt.FdtRo) -> int:
    """The address in the name of the first memory node; 1 GiB if there is none."""
    names = (str(tree.get_name(offset)) for offset in children_of(tree, 0))
    found = (re.fullmatch(r"memory@([0-9a-f]{1,12})", name) for name in names)
    return next((int(match[1], 16) for match in found if match), 1 << 30)


def _chosen(tree: libfdt.FdtRo, cells: tuple[int, int], source: str, notes: list[str]) -> _Chosen:
    """What ``/chosen`` holds (rules 5 and 6)."""
    offset = tree.path_offset("/chosen", [libfdt.NOTFOUND])
    if offset < 0:
        return _Chosen()
    usable = property_of(tree, offset, _USABLE) or b""
    if left := len(usable) % (4 * sum(cells)):
        notes.append(_LEFT.format(_USABLE, "chosen", left))
    seed = property_of(tree, offset, "kaslr-seed") or b""
    if len(seed) == _SEED_BYTES and not any(seed):
        notes.append(_SEED_WIPED)
    return _Chosen(
        started_by_efi=has_property(tree, offset, "linux,uefi-mmap-start"),
        command_line=_bootargs(tree, offset),
        kaslr_seed=int.from_bytes(seed, "big") or None if len(seed) == _SEED_BYTES else None,
        usable=tuple(Region(*span) for span in tuples_of(usable, _USABLE, cells, source) if span[1]),
    )


def _bootargs(tree: libfdt.FdtRo, offset: int) -> str | None:
    """``bootargs`` up to its first NUL, with control characters replaced; ``None`` without it."""
    data = property_of(tree, offset, "bootargs")
    if data is None:
        return None
    return printable(data[: COMMAND_LINE_SIZE - 1].split(b"\0", 1)[0].decode("utf-8", "replace"))


def _banks(tree: libfdt.FdtRo, cells: tuple[int, int], source: str, notes: list[str]) -> Iterator[Region]:
    """Every range of every memory node, with its NUMA node id (rules 1 and 2)."""
    for offset in children_of(tree, 0):
        if string_of(tree, offset, "device_type") != "memory" or not is_enabled(tree, offset):
            continue
        node = number_of(tree, offset, "numa-node-id")
        ranges = "linux,usable-memory" if has_property(tree, offset, "linux,usable-memory") else "reg"
        data = property_of(tree, offset, ranges) or b""
        if left := len(data) % (4 * sum(cells)):
            notes.append(_LEFT.format(ranges, name_of(tree, offset), left))
        for base, size in tuples_of(data, f"{ranges} of {name_of(tree, offset)}", cells, source):
            if size:
                yield Region(base, size, node=node)


def _reserved_memory(
    tree: libfdt.FdtRo, cells: tuple[int, int], source: str, notes: list[str]
) -> Iterator[ReservedNode | UnplacedNode]:
    """The static children, and those without an address, of ``/reserved-memory`` (rule 3)."""
    parent = tree.path_offset("/reserved-memory", [libfdt.NOTFOUND])
    if parent < 0:
        return
    own = tuple(number_of(tree, parent, name) for name in CELLS)
    if own != cells or not has_property(tree, parent, "ranges"):
        notes.append(_UNSUPPORTED)
        return
    for offset in children_of(tree, parent):
        if is_enabled(tree, offset):
            yield from _reserved_node(tree, offset, cells, source, notes)


def _reserved_node(
    tree: libfdt.FdtRo, offset: int, cells: tuple[int, int], source: str, notes: list[str]
) -> Iterator[ReservedNode | UnplacedNode]:
    name = name_of(tree, offset)
    no_map = has_property(tree, offset, "no-map")
    if not has_property(tree, offset, "reg"):
        if no_map and has_property(tree, offset, "size"):
            yield from _unplaced_node(tree, offset, cells, source, notes)
        return
    data = property_of(tree, offset, "reg") or b""
    if len(data) % (4 * sum(cells)):
        notes.append(_SKIPPED.format(name, len(data), 4 * sum(cells)))
        return
    for base, size in tuples_of(data, f"reg of {name}", cells, source):
        if size:
            yield ReservedNode(name, base, size, no_map)


def _unplaced_node(
    tree: libfdt.FdtRo, offset: int, cells: tuple[int, int], source: str, notes: list[str]
) -> Iterator[UnplacedNode]:
    """A no-map node with a size and no address (rule 3)."""
    name = name_of(tree, offset)
    size = property_of(tree, offset, "size") or b""
    alignment = property_of(tree, offset, "alignment")
    ranges = property_of(tree, offset, "alloc-ranges")
    if (
        len(size) != 4 * cells[1]
        or len(alignment or bytes(4 * cells[0])) != 4 * cells[0]
        or len(ranges or b"") % (4 * sum(cells))
    ):
        notes.append(_MALFORMED.format(name))
        return
    spans = tuples_of(ranges or b"", f"alloc-ranges of {name}", cells, source)
    places = tuple((base, base + length) for base, length in islice(spans, _MOST_RANGES))
    if int.from_bytes(size, "big") and (places or ranges is None):
        yield UnplacedNode(name, int.from_bytes(size, "big"), int.from_bytes(alignment or b"", "big"), places)


def _reservation_block(tree: libfdt.FdtRo) -> Iterator[ReservedNode]:
    """The entries of the memory reservation block (rule 4)."""
    for index in range(tree.num_mem_rsv()):
        base, size = tree.get_mem_rsv(index)
        yield ReservedNode(MEMRESERVE, base, size)
