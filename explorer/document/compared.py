# SPDX-License-Identifier: GPL-2.0-only
"""Two documents side by side: what moved from the older to the newer.

Rules:

1. Cells are matched by kernel, page size, memory model, DEBUG_VM, combination and the *name* of the map; a
   map whose content changed is named, because its cells are then answers to different questions.
2. A cell moves when its verdict or its hazard differs. A row moves when it is reachable in one document only.
3. What only one document has (kernels, maps, contexts) is listed, and its cells are not called moved.
"""

import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from explorer.document.deduplication import PACKED, unpack
from explorer.document.elements import Json
from explorer.errors import InputError
from explorer.files import parse_json, read_bytes

__all__ = ["compared_json", "read_document"]

_MOST = 64 << 20
_GZIP = zlib.MAX_WBITS | 16  # the window of zlib that reads gzip's header
_HINT = "give what matrix --format json prints, or what a report's data link saves"
_Key = tuple[str, int, str, str, str]


def read_document(source: str, stdin: BinaryIO | None = None) -> Json:
    """A document from a file: plain, packed, compressed or not.

    Raises:
        InputError: there is no such file, or it is no such document.
    """
    found = read_bytes(source, stdin, most=_MOST, hint=_HINT)
    if found is None:
        raise InputError("no such file", where=source, hint=_HINT)
    try:
        document = parse_json(_plain(found), source, hint=_HINT)
        if isinstance(document, dict) and document.get("packed") == PACKED:
            document = unpack(document)
        schema = document["schema"]
        _comparable(document)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, zlib.error, RecursionError):
        raise InputError("is no document of a matrix or report", where=source, hint=_HINT) from None
    if schema != "kconfig-explorer/document/1":
        raise InputError(f"has the schema {schema!r}", where=source, hint=_HINT)
    return dict(document)


def _comparable(document: Json) -> None:
    """All that a comparison reads of a document is there."""
    _rows(document)
    _maps(document)
    str(document["command"])


def _plain(found: bytes) -> bytes:
    """Decompressed where it is compressed, and never more than so much."""
    if len(found) > _MOST:
        raise ValueError("too long")
    if not found.startswith(b"\x1f\x8b"):
        return found
    unzipped = zlib.decompressobj(wbits=_GZIP)
    plain = unzipped.decompress(found, _MOST)
    if unzipped.unconsumed_tail or not unzipped.eof:
        raise ValueError("too long or cut short")
    return plain


def compared_json(older: Json, newer: Json, source: str) -> Json:
    """What moved from one document to another.

    Args:
        older: the document compared with.
        newer: the document at hand.
        source: what the older is called.
    """
    before, after = _rows(older), _rows(newer)
    both = [key for key in after if key in before]
    changed = [name for name, digest in _maps(newer).items() if _maps(older).get(name, digest) != digest]
    return {
        "source": source,
        "command": str(older["command"]),
        "cells": sum(len(set(before[key]) & set(after[key])) for key in both),
        "moved": [entry for key in both for entry in _moved(key, before[key], after[key])],
        "only_before": _only(before, after, older, newer),
        "only_after": _only(after, before, newer, older),
        "maps_changed": changed,
    }


def _rows(document: Json) -> dict[_Key, Mapping[str, tuple[str, str]]]:
    """The reachable rows: each cell's verdict and hazard by the name of its map."""
    found: dict[_Key, Mapping[str, tuple[str, str]]] = {}
    for view in document["views"]:
        context = view["context"]
        for row in view["combinations"]:
            key = (
                str(view["kernel"]),
                int(context["page_size"]),
                str(row["memory_model"]),
                str(context["DEBUG_VM"]),
                str(row["id"]),
            )
            if row["reachable"]:
                cells = {str(cell["memory_map"]): cell for cell in row["cells"]}
                found[key] = {
                    name: (str(cell["verdict"]), str(cell["hazard"])) for name, cell in cells.items()
                }
    return found


def _moved(
    key: _Key, before: Mapping[str, tuple[str, str]], after: Mapping[str, tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    for name, now in after.items():
        if name in before and before[name] != now:
            yield {**_named(key), "memory_map": name, "before": _kind(before[name]), "after": _kind(now)}


def _named(key: _Key) -> dict[str, Any]:
    return dict(zip(("kernel", "page_size", "memory_model", "DEBUG_VM", "combination"), key, strict=True))


def _kind(cell: tuple[str, str]) -> str:
    """The hazard of an unsafe cell, else its verdict."""
    return cell[1] or cell[0]


def _maps(document: Json) -> dict[str, str]:
    return {str(entry["name"]): str(entry["sha256"]) for entry in document["memory_maps"]}


def _only(
    these: Mapping[_Key, object], others: Mapping[_Key, object], document: Json, other: Json
) -> dict[str, Any]:
    """What one document has and the other has not, each thing at its coarsest."""
    kernels = {key[0] for key in others}
    gone = [key for key in these if key not in others]
    return {
        "kernels": [name for name in dict.fromkeys(key[0] for key in gone) if name not in kernels],
        "memory_maps": [name for name in _maps(document) if name not in _maps(other)],
        "rows": [_named(key) for key in gone if key[0] in kernels],
    }
