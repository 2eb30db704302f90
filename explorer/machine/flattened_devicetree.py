# SPDX-License-Identifier: GPL-2.0-or-later
"""Parses a flattened device tree, the format of ``.dtb`` files and of ``/sys/firmware/fdt``.

Rules (Devicetree Specification v0.4, chapter 5; where it leaves a choice, libfdt's, with which kernels read):

1. The header (5.2) is that of version 16 or 17, or of a later version that is compatible with one of them.
   The blocks lie behind the header and inside the total size; the file may be longer.
2. The memory reservation block (5.3) ends with an entry of size 0.
3. The structure block (5.4) begins with the root node, whose name is empty, and ends with ``FDT_END``
   directly after it. Without ``size_dt_struct`` (version 16) it may extend to the end of the tree.
4. A property has a name in the strings block (5.5) and a value inside the structure block.
5. Of properties with one name in a node, the first is used. Properties after the first child are checked and
   ignored. Nodes with one name are all kept; a path leads to the first.
6. A tree may have 64 levels, as in kernels (``FDT_MAX_DEPTH`` in drivers/of/fdt.c), names of 255 bytes, and
   200,000 nodes, properties and reservations.

The structure is read in a loop, without recursion. Time and memory are linear in the size of the tree.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from struct import Struct
from types import MappingProxyType
from typing import NamedTuple

from explorer.errors import FileError, LimitError

__all__ = ["MAGIC", "DevicetreeNode", "FlattenedDevicetree", "parse_devicetree"]

MAGIC = b"\xd0\x0d\xfe\xed"
_HINT = "dump it again, or check it with dtc"
_OLDEST, _NEWEST = 16, 17
_BEGIN_NODE, _END_NODE, _PROP, _NOP, _END = 1, 2, 3, 4, 9
_TOKEN, _PROPERTY, _RESERVATION = Struct(">I"), Struct(">II"), Struct(">QQ")
_HEADER, _STRUCTURE_SIZE = Struct(">9I"), Struct(">I")
_MOST_LEVELS = 64
_LONGEST_NAME = 255
_MOST_ITEMS = 200_000


@dataclass(frozen=True, slots=True)
class DevicetreeNode:
    """A node.

    Attributes:
        name: with the unit address; empty for the root. Bytes outside ASCII are replaced.
        properties: values by name, in the order of the tree.
        children: in the order of the tree.
    """

    name: str
    properties: Mapping[str, bytes]
    children: tuple["DevicetreeNode", ...] = ()

    def child(self, name: str) -> "DevicetreeNode | None":
        """The first child of a name; its unit address counts only if ``name`` has one."""
        named = (child for child in self.children if name in (child.name, child.name.partition("@")[0]))
        return next(named, None)


class FlattenedDevicetree(NamedTuple):
    """A whole tree: its root, and (address, size) of the memory reservation block, in bytes."""

    root: DevicetreeNode
    reservations: tuple[tuple[int, int], ...]


class _Header(NamedTuple):
    """The fields of the header that are used: offsets from the start of the tree, and sizes, in bytes."""

    total: int
    structure: int
    structure_size: int
    strings: int
    strings_size: int
    reservations: int


class _BrokenError(Exception):
    """The tree is broken at an offset, in bytes from the start of the file."""

    def __init__(self, offset: int, what: str) -> None:
        super().__init__(what)
        self.offset = offset


def parse_devicetree(blob: bytes, source: str) -> FlattenedDevicetree:
    """The device tree in a file.

    Args:
        blob: the file.
        source: its name, for errors.

    Raises:
        InputError: the tree is broken, of another version, or exceeds a limit.
    """
    try:
        header = _header(blob)
        reservations = tuple(_reservations(blob, header, source))
        return FlattenedDevicetree(_Structure(blob, header, source).root(), reservations)
    except _BrokenError as error:
        what = f"broken device tree at byte {error.offset:#x}: {error}"
        raise FileError(what, file=source, hint=_HINT) from None


def _header(blob: bytes) -> _Header:
    """The header, with every offset and size checked (rule 1)."""
    if len(blob) < _HEADER.size or not blob.startswith(MAGIC):
        raise _BrokenError(0, "it has no header of a device tree")
    _, total, structure, strings, reservations, version, oldest, _, strings_size = _HEADER.unpack_from(blob)
    if version < _OLDEST or oldest > min(version, _NEWEST):
        raise _BrokenError(20, f"version {version}, compatible with {oldest}, is not supported")
    length = _HEADER.size + (_STRUCTURE_SIZE.size if version >= _NEWEST else 0)
    if not length <= total <= len(blob):
        raise _BrokenError(4, f"the total size is {total} bytes, and the file has {len(blob)}")
    structure_size = max(0, total - structure)
    if version >= _NEWEST:
        (structure_size,) = _STRUCTURE_SIZE.unpack_from(blob, _HEADER.size)
    blocks = (("structure", 8, structure, structure_size), ("strings", 12, strings, strings_size))
    for name, field, start, size in (*blocks, ("memory reservation", 16, reservations, 0)):
        if start < length or start + size > total:
            raise _BrokenError(field, f"the {name} block, {start:#x} + {size:#x}, lies outside the tree")
    if version < _NEWEST:
        strings_size = total - strings  # as libfdt: the field is used since version 17
    return _Header(total, structure, structure_size, strings, strings_size, reservations)


def _reservations(blob: bytes, header: _Header, source: str) -> Iterator[tuple[int, int]]:
    """The entries of the memory reservation block (rule 2)."""
    for count, at in enumerate(range(header.reservations, header.total, _RESERVATION.size)):
        if at + _RESERVATION.size > header.total:
            break
        base, size = _RESERVATION.unpack_from(blob, at)
        if not size:
            return
        _check_limit(count + 1, source)
        yield base, size
    raise _BrokenError(header.reservations, "the memory reservation block has no end")


def _check_limit(items: int, source: str) -> None:
    if items > _MOST_ITEMS:
        what = f"the device tree has more than {_MOST_ITEMS} nodes, properties and reservations"
        raise LimitError(what, most=_MOST_ITEMS, where=source, hint="give the device tree of a machine")


class _Open:
    """A node whose end has not been read."""

    __slots__ = ("children", "name", "properties")

    def __init__(self, name: str) -> None:
        self.name = name
        self.properties: dict[str, bytes] = {}
        self.children: list[DevicetreeNode] = []

    def closed(self) -> DevicetreeNode:
        return DevicetreeNode(self.name, MappingProxyType(self.properties), tuple(self.children))


class _Structure:
    """Reads the structure block (rules 3 to 6). Offsets are relative to the block."""

    def __init__(self, blob: bytes, header: _Header, source: str) -> None:
        self._block = blob[header.structure : header.structure + header.structure_size]
        self._strings = blob[header.strings : header.strings + header.strings_size]
        self._start, self._source = header.structure, source
        self._at = self._items = 0
        self._names: dict[int, str] = {}

    def root(self) -> DevicetreeNode:
        """The root node, with all below it."""
        if self._token() != _BEGIN_NODE or (root := _Open(self._node_name())).name:
            raise self._broken(0, "the structure block does not begin with a root node without a name")
        ahead = [root]
        while ahead:
            self._read(ahead)
        at = self._at
        if self._token() != _END:
            raise self._broken(at, "FDT_END is missing after the root node")
        return root.closed()

    def _read(self, ahead: list[_Open]) -> None:
        """Reads one token, with what belongs to it, into the innermost of the open nodes."""
        at, node = self._at, ahead[-1]
        token = self._token()
        if token == _PROP:
            name, value = self._property(at)
            if not node.children:
                node.properties.setdefault(name, value)
        elif token == _BEGIN_NODE:
            ahead.append(_Open(self._node_name()))
            self._check_levels(len(ahead))
        elif token == _END_NODE:
            ahead.pop()
            if ahead:
                ahead[-1].children.append(node.closed())
        elif token != _NOP:
            what = "FDT_END stands inside a node" if token == _END else f"token {token:#x} is unknown"
            raise self._broken(at, what)

    def _token(self) -> int:
        if self._at + _TOKEN.size > len(self._block):
            raise self._broken(self._at, "the structure block ends before FDT_END")
        (token,) = _TOKEN.unpack_from(self._block, self._at)
        self._at += _TOKEN.size
        return int(token)

    def _node_name(self) -> str:
        end = self._block.find(b"\0", self._at)
        if end < 0:
            raise self._broken(self._at, "the name of a node has no end")
        name = self._name(self._block[self._at : min(end, self._at + _LONGEST_NAME + 1)])
        self._at = _aligned(end + 1)
        return name

    def _property(self, at: int) -> tuple[str, bytes]:
        """Name and value of the property whose token is at an offset."""
        start = at + _TOKEN.size + _PROPERTY.size
        if start > len(self._block):
            raise self._broken(at, "a property extends beyond the structure block")
        size, offset = _PROPERTY.unpack_from(self._block, self._at)
        if start + size > len(self._block):
            raise self._broken(at, f"a property of {size} bytes extends beyond the structure block")
        self._at = _aligned(start + size)
        name = self._names.get(offset)
        if name is None:
            name = self._names[offset] = self._property_name(at, offset)
        self._count()
        return name, self._block[start : start + size]

    def _property_name(self, at: int, offset: int) -> str:
        end = self._strings.find(b"\0", offset)
        if end < 0:
            raise self._broken(at, f"a property has no name at {offset:#x} in the strings block")
        return self._name(self._strings[offset : min(end, offset + _LONGEST_NAME + 1)])

    def _name(self, name: bytes) -> str:
        if len(name) > _LONGEST_NAME:
            what = f"the device tree has a name of more than {_LONGEST_NAME} bytes"
            raise LimitError(what, most=_LONGEST_NAME, where=self._source, hint=_HINT)
        return name.decode("ascii", "replace")

    def _check_levels(self, levels: int) -> None:
        self._count()
        if levels > _MOST_LEVELS:
            what = f"the device tree has more than {_MOST_LEVELS} levels"
            raise LimitError(what, most=_MOST_LEVELS, where=self._source, hint=_HINT)

    def _count(self) -> None:
        self._items += 1
        _check_limit(self._items, self._source)

    def _broken(self, at: int, what: str) -> _BrokenError:
        return _BrokenError(self._start + at, what)


def _aligned(offset: int) -> int:
    """The offset, rounded up to a multiple of 4."""
    return offset + 3 & ~3
