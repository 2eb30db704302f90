# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads ``/memory`` and ``/reserved-memory`` of device trees.

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

from explorer.errors import Argument, FileError, printable
from explorer.machine.devicetree_properties import (
    CELLS,
    cells_of,
    is_enabled,
    number_of,
    string_of,
    tuples_of,
)
from explorer.machine.flattened_devicetree import DevicetreeNode, FlattenedDevicetree, parse_devicetree
from explorer.machine.memory_map import (
    COMMAND_LINE_SIZE,
    MEMRESERVE,
    MOST_REGIONS,
    Firmware,
    Region,
    ReservedNode,
    UnplacedNode,
)
from explorer.unicode_text import replace_unknown

__all__ = ["read_devicetree"]

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
    tree = parse_devicetree(blob, source)
    root = tree.root
    try:
        cells = cells_of(root, source)
        chosen = _chosen(root, cells, source, notes)
        banks = tuple(islice(_banks(root, cells, source, notes), MOST_REGIONS + 1))
        nodes = chain(_reservation_block(tree), _reserved_memory(root, cells, source, notes))
        children = tuple(islice(nodes, MOST_REGIONS + 1))
    except ValueError as error:
        raise FileError(
            f"broken device tree: {error}", file=source, hint="dump it again, or check it with dtc"
        ) from None
    if max(len(banks), len(children)) > MOST_REGIONS:
        raise FileError(
            f"has more than {MOST_REGIONS} ranges", file=source, hint="give the device tree of a machine"
        )
    if needs_memory:
        _check_tells_memory(root, memory or banks, chosen, source)
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


def _check_tells_memory(root: DevicetreeNode, banks: Sequence[Region], chosen: _Chosen, source: str) -> None:
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
            hint=("give it, such as ", Argument("memory", f"{_first_address(root):#x}+2G"), _ASK_MACHINE),
        )


def _first_address(root: DevicetreeNode) -> int:
    """The address in the name of the first memory node; 1 GiB if there is none."""
    found = (re.fullmatch(r"memory@([0-9a-f]{1,12})", child.name) for child in root.children)
    return next((int(match[1], 16) for match in found if match), 1 << 30)


def _chosen(root: DevicetreeNode, cells: tuple[int, int], source: str, notes: list[str]) -> _Chosen:
    """What ``/chosen`` holds (rules 5 and 6)."""
    chosen = root.child("chosen")
    if chosen is None:
        return _Chosen()
    usable = chosen.properties.get(_USABLE, b"")
    if left := len(usable) % (4 * sum(cells)):
        notes.append(_LEFT.format(_USABLE, "chosen", left))
    seed = chosen.properties.get("kaslr-seed", b"")
    if len(seed) == _SEED_BYTES and not any(seed):
        notes.append(_SEED_WIPED)
    return _Chosen(
        started_by_efi="linux,uefi-mmap-start" in chosen.properties,
        command_line=_bootargs(chosen),
        kaslr_seed=int.from_bytes(seed, "big") or None if len(seed) == _SEED_BYTES else None,
        usable=tuple(Region(*span) for span in tuples_of(usable, _USABLE, cells, source) if span[1]),
    )


def _bootargs(chosen: DevicetreeNode) -> str | None:
    """``bootargs`` up to its first NUL, with control characters replaced; ``None`` without it."""
    data = chosen.properties.get("bootargs")
    if data is None:
        return None
    return replace_unknown(data[: COMMAND_LINE_SIZE - 1].split(b"\0", 1)[0].decode("utf-8", "replace"))


def _banks(root: DevicetreeNode, cells: tuple[int, int], source: str, notes: list[str]) -> Iterator[Region]:
    """Every range of every memory node, with its NUMA node id (rules 1 and 2)."""
    for bank in root.children:
        if string_of(bank, "device_type") != "memory" or not is_enabled(bank):
            continue
        node = number_of(bank, "numa-node-id")
        ranges = "linux,usable-memory" if "linux,usable-memory" in bank.properties else "reg"
        data, name = bank.properties.get(ranges, b""), printable(bank.name)
        if left := len(data) % (4 * sum(cells)):
            notes.append(_LEFT.format(ranges, name, left))
        for base, size in tuples_of(data, f"{ranges} of {name}", cells, source):
            if size:
                yield Region(base, size, node=node)


def _reserved_memory(
    root: DevicetreeNode, cells: tuple[int, int], source: str, notes: list[str]
) -> Iterator[ReservedNode | UnplacedNode]:
    """The static children, and those without an address, of ``/reserved-memory`` (rule 3)."""
    parent = root.child("reserved-memory")
    if parent is None:
        return
    own = tuple(number_of(parent, name) for name in CELLS)
    if own != cells or "ranges" not in parent.properties:
        notes.append(_UNSUPPORTED)
        return
    for child in parent.children:
        if is_enabled(child):
            yield from _reserved_node(child, cells, source, notes)


def _reserved_node(
    node: DevicetreeNode, cells: tuple[int, int], source: str, notes: list[str]
) -> Iterator[ReservedNode | UnplacedNode]:
    name = printable(node.name)
    no_map = "no-map" in node.properties
    if "reg" not in node.properties:
        if no_map and "size" in node.properties:
            yield from _unplaced_node(node, cells, source, notes)
        return
    data = node.properties["reg"]
    if len(data) % (4 * sum(cells)):
        notes.append(_SKIPPED.format(name, len(data), 4 * sum(cells)))
        return
    for base, size in tuples_of(data, f"reg of {name}", cells, source):
        if size:
            yield ReservedNode(name, base, size, no_map)


def _unplaced_node(
    node: DevicetreeNode, cells: tuple[int, int], source: str, notes: list[str]
) -> Iterator[UnplacedNode]:
    """A no-map node with a size and no address (rule 3)."""
    name = printable(node.name)
    size = node.properties["size"]
    alignment = node.properties.get("alignment")
    ranges = node.properties.get("alloc-ranges")
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


def _reservation_block(tree: FlattenedDevicetree) -> Iterator[ReservedNode]:
    """The entries of the memory reservation block (rule 4)."""
    for base, size in tree.reservations:
        yield ReservedNode(MEMRESERVE, base, size)
