# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes flattened device trees (Devicetree Specification v0.4, chapter 5)."""

from collections.abc import Iterable, Iterator

from explorer.machine.flattened_devicetree import DevicetreeNode

__all__ = ["two_cells", "written"]

_BEGIN_NODE, _END_NODE, _PROP, _END = 1, 2, 3, 9
_HEADER_WORDS = {16: 9, 17: 10}


def two_cells(*numbers: int) -> bytes:
    """Numbers of two cells each."""
    return b"".join(number.to_bytes(8, "big") for number in numbers)


def written(
    root: DevicetreeNode, reservations: Iterable[tuple[int, int]] = (), *, version: int = 17
) -> bytes:
    """A flattened device tree of version 16 or 17."""
    offsets: dict[str, int] = {}
    structure = b"".join(_node(root, offsets)) + _words(_END)
    strings = b"".join(name.encode() + b"\0" for name in offsets)
    reserved = b"".join(two_cells(*entry) for entry in (*reservations, (0, 0)))
    length = 4 * _HEADER_WORDS[version] + 7 & ~7
    at = length + len(reserved)
    end = at + len(structure)
    fields = (0xD00D_FEED, end + len(strings), at, end, length, version, 16, 0, len(strings), len(structure))
    header = _words(*fields[: _HEADER_WORDS[version]]).ljust(length, b"\0")
    return header + reserved + structure + strings


def _node(node: DevicetreeNode, offsets: dict[str, int]) -> Iterator[bytes]:
    yield _words(_BEGIN_NODE) + _padded(node.name.encode() + b"\0")
    for name, value in node.properties.items():
        if name not in offsets:
            offsets[name] = sum(len(known) + 1 for known in offsets)
        yield _words(_PROP, len(value), offsets[name]) + _padded(value)
    for child in node.children:
        yield from _node(child, offsets)
    yield _words(_END_NODE)


def _words(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
