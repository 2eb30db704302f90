# SPDX-License-Identifier: GPL-2.0-only
"""Flattened device trees: what ``/memory`` and ``/reserved-memory`` say, through libfdt.

Rules (drivers/of/fdt.c and of_reserved_mem.c):

1. ``/memory`` nodes are those with ``device_type = "memory"``; ``linux,usable-memory`` wins over ``reg``, and
   both use the cells of the root.
2. A node whose ``status`` is neither ``okay`` nor ``ok`` does not count.
3. Children of ``/reserved-memory`` with ``reg`` are static. The kernel places those with ``size`` alone where
   it likes: without ``no-map`` they only reserve, as much else does later; with it they would be refused by
   nobody else and cannot be judged, so they are refused here.
4. The memory reservation block reserves, too.

A tree that lies about its own size, offsets or property lengths is refused.
"""

from collections.abc import Iterator
from itertools import chain, islice

import libfdt

from explorer.errors import InputError, printable
from explorer.machine.memory_map import MOST_REGIONS, Firmware, Region, ReservedNode

__all__ = ["MAGIC", "read_devicetree"]

MAGIC = b"\xd0\x0d\xfe\xed"
_MOST_NODES = 100_000


def read_devicetree(blob: bytes, source: str, *, needs_memory: bool = True) -> Firmware:
    """What a flattened device tree says of memory.

    Args:
        blob: the tree.
        source: where it came from, for errors and reports.
        needs_memory: refuse a tree without memory; on an EFI machine it is EFI that tells of memory, and the
            tree may still reserve some.

    Raises:
        InputError: the blob is broken, has no memory, or places reserved memory dynamically.
    """
    try:
        tree = libfdt.FdtRo(bytearray(blob))
        libfdt.check_err(libfdt.fdt_check_full(tree.as_bytearray(), len(blob)))
        cells = _cells(tree, 0, (2, 1), source)
        banks = tuple(islice(_banks(tree, cells, source), MOST_REGIONS + 1))
        nodes = chain(_reservation_block(tree), _reserved_memory(tree, source))
        reserved = tuple(islice(nodes, MOST_REGIONS + 1))
    except libfdt.FdtException as error:
        reason = libfdt.fdt_strerror(error.err)
        raise InputError(
            f"broken device tree: {reason}", where=source, hint="dump it again, or check it with dtc"
        ) from None
    except (ValueError, IndexError, UnicodeDecodeError) as error:
        raise InputError(
            f"broken device tree: {error}", where=source, hint="dump it again, or check it with dtc"
        ) from None
    if max(len(banks), len(reserved)) > MOST_REGIONS:
        raise InputError(f"tells of more than {MOST_REGIONS} ranges", where=source, hint="is it a machine's?")
    if needs_memory and not any(bank.size for bank in banks):
        raise InputError(
            "the device tree has no /memory node", where=source, hint="did a boot loader add it?"
        )
    return Firmware(source, banks, reserved, source=source)


def _banks(tree: libfdt.FdtRo, cells: tuple[int, int], source: str) -> Iterator[Region]:
    """Rule 1: every tuple of every memory node, with the node id it bears."""
    for offset in _children(tree, 0):
        if _string(tree, offset, "device_type") != "memory" or not _enabled(tree, offset):
            continue
        node = _number(tree, offset, "numa-node-id")
        ranges = "linux,usable-memory" if _has(tree, offset, "linux,usable-memory") else "reg"
        for base, size in _tuples(tree, offset, ranges, cells, source):
            yield Region(base, size, node=node)


def _reserved_memory(tree: libfdt.FdtRo, source: str) -> Iterator[ReservedNode]:
    """Rule 3: static children of /reserved-memory."""
    parent = tree.path_offset("/reserved-memory", [libfdt.NOTFOUND])
    if parent < 0:
        return
    cells = _cells(tree, parent, (2, 1), source)
    for offset in _children(tree, parent):
        if not _enabled(tree, offset):
            continue
        name = _name(tree, offset)
        no_map = _has(tree, offset, "no-map")
        if not _has(tree, offset, "reg"):
            if no_map and _has(tree, offset, "size"):
                raise InputError(
                    f"/reserved-memory/{name} is no-map without reg: the kernel places it where it likes",
                    where=source,
                    hint="take the map from a boot log with memblock=debug instead",
                )
            continue
        for base, size in _tuples(tree, offset, "reg", cells, source):
            yield ReservedNode(name, base, size, no_map)


def _reservation_block(tree: libfdt.FdtRo) -> Iterator[ReservedNode]:
    """Rule 4."""
    for index in range(tree.num_mem_rsv()):
        base, size = tree.get_mem_rsv(index)
        yield ReservedNode("/memreserve/", base, size)


def _children(tree: libfdt.FdtRo, parent: int) -> Iterator[int]:
    offset = tree.first_subnode(parent, [libfdt.NOTFOUND])
    seen = 0
    while offset >= 0:
        yield offset
        seen += 1
        if seen > _MOST_NODES:
            raise ValueError("it has too many nodes")
        offset = tree.next_subnode(offset, [libfdt.NOTFOUND])


def _property(tree: libfdt.FdtRo, offset: int, name: str) -> bytes | None:
    found = tree.getprop(offset, name, [libfdt.NOTFOUND])
    return None if isinstance(found, int) else bytes(found)


def _name(tree: libfdt.FdtRo, offset: int) -> str:
    """A node's name; a stranger chose it, and it goes into messages."""
    return printable(str(tree.get_name(offset)))


def _has(tree: libfdt.FdtRo, offset: int, name: str) -> bool:
    return _property(tree, offset, name) is not None


def _string(tree: libfdt.FdtRo, offset: int, name: str) -> str:
    return (_property(tree, offset, name) or b"").split(b"\0", 1)[0].decode("ascii", "replace")


def _enabled(tree: libfdt.FdtRo, offset: int) -> bool:
    """Rule 2."""
    return not _has(tree, offset, "status") or _string(tree, offset, "status") in {"okay", "ok"}


def _number(tree: libfdt.FdtRo, offset: int, name: str) -> int | None:
    data = _property(tree, offset, name)
    if data is None:
        return None
    if len(data) != 4:
        raise ValueError(f"{name} is {len(data)} bytes long, not 4")
    return int.from_bytes(data, "big")


def _cells(tree: libfdt.FdtRo, offset: int, default: tuple[int, int], source: str) -> tuple[int, int]:
    """#address-cells and #size-cells of a node; the kernel's own defaults are 2 and 1 on arm64's root."""
    found = []
    for name, fallback in zip(("#address-cells", "#size-cells"), default, strict=True):
        number = _number(tree, offset, name)
        found.append(fallback if number is None else number)
    if not all(1 <= number <= 2 for number in found):
        raise InputError(
            f"#address-cells and #size-cells are {found[0]} and {found[1]}",
            where=source,
            hint="1 and 2 are what memory needs",
        )
    return found[0], found[1]


def _tuples(
    tree: libfdt.FdtRo, offset: int, key: str, cells: tuple[int, int], source: str
) -> Iterator[tuple[int, int]]:
    """The (base, size) tuples of a property, in bytes."""
    data = _property(tree, offset, key) or b""
    address, width = 4 * cells[0], 4 * sum(cells)
    name = _name(tree, offset)
    if not data or len(data) % width:
        raise InputError(
            f"{key} of {name} is {len(data)} bytes long, not a multiple of {width}",
            where=source,
            hint="check #address-cells and #size-cells",
        )
    for at in range(0, len(data), width):
        base = int.from_bytes(data[at : at + address], "big")
        size = int.from_bytes(data[at + address : at + width], "big")
        if base + size > 1 << 64:
            raise InputError(
                f"{name} ends at {base + size:#x}, beyond 64 bits", where=source, hint=f"check its {key}"
            )
        yield base, size
