# SPDX-License-Identifier: GPL-2.0-or-later
"""What libfdt reads from a flattened device tree, compared with what we read."""

from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from explorer.errors import InputError, LimitError
from explorer.machine.flattened_devicetree import DevicetreeNode, FlattenedDevicetree, parse_devicetree

__all__ = ["NO_LIBFDT", "compared_with_libfdt"]

NO_LIBFDT = find_spec("libfdt") is None
"""pylibfdt is not installed; it has no wheels and needs a C compiler."""
_VERSION, _OLDEST = slice(20, 24), 16
_PATHS = ("chosen", "reserved-memory", "memory", "memory@40000000")


def compared_with_libfdt(blob: bytes) -> bool:
    """Checks that we and libfdt read the same; whether both do read the tree.

    Trees of old versions and those that exceed a limit are refused by us alone. Where the name of a property
    is not UTF-8, pylibfdt cannot give it, and only the acceptance is compared.
    """
    try:
        ours: FlattenedDevicetree | None = parse_devicetree(blob, "tree")
    except LimitError:
        return False
    except InputError:
        ours = None
    if ours is None:
        assert int.from_bytes(blob[_VERSION], "big") < _OLDEST or not _accepts(blob)
        return False
    assert _accepts(blob)
    with suppress(SystemError):
        theirs, at_paths = _by_libfdt(blob)
        assert ours == theirs
        assert [ours.root.child(name) for name in _PATHS] == at_paths
    return True


def _accepts(blob: bytes) -> bool:
    """Whether libfdt finds no fault, and its first token is the root."""
    import libfdt  # noqa: PLC0415 # it may be missing

    if libfdt.fdt_check_full(bytearray(blob), len(blob)):
        return False
    found = libfdt.FdtRo(bytearray(blob)).first_property_offset(0, [libfdt.NOTFOUND, libfdt.BADOFFSET])
    return bool(found != -libfdt.BADOFFSET)


def _by_libfdt(blob: bytes) -> tuple[FlattenedDevicetree, list[DevicetreeNode | None]]:
    """The tree, and the nodes at ``_PATHS``."""
    import libfdt  # noqa: PLC0415 # it may be missing

    fdt = libfdt.FdtRo(bytearray(blob))
    reservations = tuple(tuple(fdt.get_mem_rsv(index)) for index in range(fdt.num_mem_rsv()))
    offsets = [fdt.path_offset(f"/{path}", [libfdt.NOTFOUND]) for path in _PATHS]
    found = [_node(fdt, offset) if offset >= 0 else None for offset in offsets]
    return FlattenedDevicetree(_node(fdt, 0), reservations), found


def _node(fdt: Any, offset: int) -> DevicetreeNode:
    properties: dict[str, bytes] = {}
    for name, raw in _names(fdt, offset):
        properties.setdefault(name, bytes(fdt.getprop(offset, raw)))
    children = tuple(_node(fdt, child) for child in _children(fdt, offset))
    return DevicetreeNode(_ascii(fdt.get_name(offset)), properties, children)


def _names(fdt: Any, offset: int) -> Iterator[tuple[str, str]]:
    import libfdt  # noqa: PLC0415 # it may be missing

    at = fdt.first_property_offset(offset, [libfdt.NOTFOUND])
    while at >= 0:
        raw = fdt.get_property_by_offset(at).name
        yield _ascii(raw), raw
        at = fdt.next_property_offset(at, [libfdt.NOTFOUND])


def _children(fdt: Any, offset: int) -> Iterator[int]:
    import libfdt  # noqa: PLC0415 # it may be missing

    at = fdt.first_subnode(offset, [libfdt.NOTFOUND])
    while at >= 0:
        yield at
        at = fdt.next_subnode(at, [libfdt.NOTFOUND])


def _ascii(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("ascii", "replace")
