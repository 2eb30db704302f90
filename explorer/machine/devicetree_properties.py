# SPDX-License-Identifier: GPL-2.0-or-later
"""Properties of the nodes of a device tree, as drivers/of reads them.

Functions raise ``ValueError`` where a number has a wrong length, and ``FileError`` where cells or ranges
cannot be used.
"""

from collections.abc import Iterator

from explorer.errors import FileError
from explorer.machine.flattened_devicetree import DevicetreeNode

__all__ = ["CELLS", "cells_of", "is_enabled", "number_of", "string_of", "tuples_of"]

CELLS = ("#address-cells", "#size-cells")
"""The properties that give the lengths of addresses and sizes below a node."""


def string_of(node: DevicetreeNode, name: str) -> str:
    """A property as text up to its first NUL; empty without it."""
    return node.properties.get(name, b"").split(b"\0", 1)[0].decode("ascii", "replace")


def is_enabled(node: DevicetreeNode) -> bool:
    """Whether a node has no ``status``, or that of an enabled one (drivers/of/fdt.c)."""
    return "status" not in node.properties or string_of(node, "status") in {"okay", "ok"}


def number_of(node: DevicetreeNode, name: str) -> int | None:
    """A property of one cell as a number; ``None`` without it."""
    data = node.properties.get(name)
    if data is None:
        return None
    if len(data) != 4:
        raise ValueError(f"{name} is {len(data)} bytes long, not 4")
    return int.from_bytes(data, "big")


def cells_of(node: DevicetreeNode, source: str) -> tuple[int, int]:
    """``#address-cells`` and ``#size-cells`` of a node; the defaults are those of drivers/of/of_private.h."""
    numbers = tuple(number_of(node, name) for name in CELLS)
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
