# SPDX-License-Identifier: GPL-2.0-or-later
"""Properties of the nodes of a flattened device tree, as drivers/of reads them, through libfdt.

Functions take the tree and the offset of a node. They raise ``ValueError`` where a number has a wrong length
and ``FileError`` where cells or ranges cannot be used.
"""

from collections.abc import Iterator

import libfdt

from explorer.errors import FileError, printable

__all__ = [
    "CELLS",
    "cells_of",
    "children_of",
    "has_property",
    "is_enabled",
    "name_of",
    "number_of",
    "property_of",
    "string_of",
    "tuples_of",
]

CELLS = ("#address-cells", "#size-cells")
"""The properties that give the lengths of addresses and sizes below a node."""
_MOST_NODES = 100_000


def children_of(tree: libfdt.FdtRo, parent: int) -> Iterator[int]:
    """The offsets of the children of a node, in order."""
    offset = tree.first_subnode(parent, [libfdt.NOTFOUND])
    seen = 0
    while offset >= 0:
        yield offset
        seen += 1
        if seen > _MOST_NODES:
            raise ValueError("it has too many nodes")
        offset = tree.next_subnode(offset, [libfdt.NOTFOUND])


def property_of(tree: libfdt.FdtRo, offset: int, name: str) -> bytes | None:
    """The bytes of a property; ``None`` without it."""
    value = tree.getprop(offset, name, [libfdt.NOTFOUND])
    return None if isinstance(value, int) else bytes(value)


def name_of(tree: libfdt.FdtRo, offset: int) -> str:
    """A node's name, with control characters replaced: it goes into messages."""
    return printable(str(tree.get_name(offset)))


def has_property(tree: libfdt.FdtRo, offset: int, name: str) -> bool:
    """Whether a node has a property."""
    return property_of(tree, offset, name) is not None


def string_of(tree: libfdt.FdtRo, offset: int, name: str) -> str:
    """A property as text up to its first NUL; empty without it."""
    return (property_of(tree, offset, name) or b"").split(b"\0", 1)[0].decode("ascii", "replace")


def is_enabled(tree: libfdt.FdtRo, offset: int) -> bool:
    """Whether a node has no ``status``, or that of an enabled one (drivers/of/fdt.c)."""
    return not has_property(tree, offset, "status") or string_of(tree, offset, "status") in {"okay", "ok"}


def number_of(tree: libfdt.FdtRo, offset: int, name: str) -> int | None:
    """A property of one cell as a number; ``None`` without it."""
    data = property_of(tree, offset, name)
    if data is None:
        return None
    if len(data) != 4:
        raise ValueError(f"{name} is {len(data)} bytes long, not 4")
    return int.from_bytes(data, "big")


def cells_of(tree: libfdt.FdtRo, offset: int, source: str) -> tuple[int, int]:
    """``#address-cells`` and ``#size-cells`` of a node; the defaults are those of drivers/of/of_private.h."""
    numbers = tuple(number_of(tree, offset, name) for name in CELLS)
    address, size = (1 if number is None else number for number in numbers)
    if not (1 <= address <= 2 and 1 <= size <= 2):
        raise FileError(
            f"#address-cells and #size-cells of the root are {address} and {size}",
            file=source,
            hint="memory needs 1 or 2",
        )
    return address, size


def tuples_of(data: bytes, what: str, cells: tuple[int, int], source: str) -> Iterator[tuple[int, int]]:
    """The complete (base, size) tuples of a property, in bytes."""
    address, width = 4 * cells[0], 4 * sum(cells)
    for at in range(0, len(data) - width + 1, width):
        base = int.from_bytes(data[at : at + address], "big")
        size = int.from_bytes(data[at + address : at + width], "big")
        if base + size > 1 << 64:
            raise FileError(
                f"{what} ends at {base + size:#x}, beyond 64 bits",
                file=source,
                hint="check #address-cells and #size-cells of the root, and the numbers",
            )
        yield base, size
