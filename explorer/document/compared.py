# SPDX-License-Identifier: GPL-2.0-or-later
"""Two documents side by side: what moved from the older to the newer.

Rules:

1. Cells are matched by kernel, page size, memory model, DEBUG_VM, combination and the *name* of the memory
   map. A map whose content changed is listed, because its cells answer different questions.
2. A cell moves when its verdict or its hazard differs. Rows that are reachable in one document only are
   listed.
3. What only one document has (kernels, maps, rows) is listed; its cells do not count as moved.
4. Where each document has one kernel, the two are a pair, whatever their names: two releases, or a tree
   before and after a patch. The cells of a pair bear the name of the newer kernel.
5. What was compared is recorded: of the older document its command, program, kernels with their Kconfig, and
   the SHA-256 of its JSON with sorted keys.
"""

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

from explorer.document.elements import Json
from explorer.document.matrix import SCHEMA
from explorer.errors import FileError
from explorer.files import read_bytes, shown_name
from explorer.json_input import Form, check_form, parse_json

__all__ = ["compared_json", "read_document"]

_MOST_BYTES = 64 << 20
_GZIP = zlib.MAX_WBITS | 16  # the window of zlib that reads gzip's header
_HINT = "give the JSON document of a matrix, or what a report's data link saves"
_CELL: Form = {"memory_map": str, "verdict": str, "hazard": str}
_ROW: Form = {"memory_model": str, "id": str, "reachable": bool, "cells": [_CELL]}
_CONTEXT: Form = {"page_size": int, "DEBUG_VM": str}
_VIEW: Form = {"kernel": str, "kconfig": str, "context": _CONTEXT, "combinations": [_ROW]}
_FORM: Form = {
    "command": str,
    "generator": {"name": str, "version": str},
    "memory_maps": [{"name": str, "sha256": str}],
    "views": [_VIEW],
}
"""Every field that a comparison reads."""
_RowKey = tuple[str, int, str, str, str]
_CellVerdict = tuple[str, str]  # verdict and hazard


def read_document(source: str, stdin: BinaryIO | None = None) -> Json:
    """A document from a file, plain or compressed by gzip.

    Raises:
        FileError: there is no such file, or it holds no such document.
    """
    content, name = read_bytes(source, stdin, most=_MOST_BYTES, hint=_HINT), shown_name(source)
    if content is None:
        raise FileError("no such file", file=name, hint=_HINT)
    fault = partial(_fault, name)
    document = parse_json(_decompressed(content, name), name, hint=_HINT)
    check_form(document, {}, fault)
    _refuse_packed(document, name)
    check_form(document, {"schema": str}, fault)
    if document["schema"] != SCHEMA:
        raise FileError(f"has the schema {document['schema']!r:.80}", file=name, hint=_HINT)
    check_form(document, _FORM, fault)
    return dict(document)


def _fault(source: str, what: str, *, part: str) -> FileError:
    return FileError(f"is no document of a matrix or report: {what}", file=source, part=part, hint=_HINT)


def _refuse_packed(document: Json, source: str) -> None:
    """Refuse the packed form in which the reports of earlier versions hold their document."""
    if "packed" in document:
        raise FileError(
            "is packed in a form that only earlier versions read",
            file=source,
            hint='open its report in a browser and use the button "save as plain JSON"',
        )


def _decompressed(content: bytes, source: str) -> bytes:
    """The content without gzip, at most 64 MiB.

    Raises:
        FileError: it is larger, or its gzip is broken.
    """
    if not content.startswith(b"\x1f\x8b") and len(content) <= _MOST_BYTES:
        return content
    stream = zlib.decompressobj(wbits=_GZIP)
    try:
        plain = b"" if len(content) > _MOST_BYTES else stream.decompress(content, _MOST_BYTES)
    except zlib.error as error:
        raise FileError(f"broken gzip: {error}", file=source, hint=_HINT) from None
    if len(content) > _MOST_BYTES or stream.unconsumed_tail:
        raise FileError(f"larger than {_MOST_BYTES >> 20} MiB", file=source, hint=_HINT)
    if not stream.eof:
        raise FileError("broken gzip: it is cut short", file=source, hint=_HINT)
    return plain


def compared_json(older: Json, newer: Json, source: str) -> Json:
    """What moved from one document to another.

    Args:
        older: the document compared with.
        newer: the newer document.
        source: the name of the older.
    """
    pair = _pair(older, newer)
    before, after = _rows(older, pair["after"] if pair else ""), _rows(newer)
    both = [key for key in after if key in before]
    older_maps = _map_hashes(older)
    return {
        "source": source,
        "command": str(older["command"]),
        "generator": " ".join(str(older["generator"][name]) for name in ("name", "version")),
        "sha256": hashlib.sha256(json.dumps(older, sort_keys=True).encode()).hexdigest(),
        "kernels": [
            {"kernel": kernel, "kconfig": kconfig}
            for kernel, kconfig in {str(v["kernel"]): str(v["kconfig"]) for v in older["views"]}.items()
        ],
        "pair": pair,
        "cells": sum(len(set(before[key]) & set(after[key])) for key in both),
        "moved": [cell for key in both for cell in _moved(key, before[key], after[key])],
        "only_before": _only(before, after, older, newer),
        "only_after": _only(after, before, newer, older),
        "maps_changed": [
            name for name, digest in _map_hashes(newer).items() if older_maps.get(name, digest) != digest
        ],
    }


def _pair(older: Json, newer: Json) -> dict[str, str] | None:
    """The kernels of two documents that have one kernel each; ``None`` if one has more."""
    before, after = ({str(view["kernel"]) for view in document["views"]} for document in (older, newer))
    if len(before) != 1 or len(after) != 1:
        return None
    return {"before": before.pop(), "after": after.pop()}


def _rows(document: Json, kernel: str = "") -> dict[_RowKey, Mapping[str, _CellVerdict]]:
    """The reachable rows: each cell's verdict and hazard by the name of its map.

    Args:
        document: the document.
        kernel: the name that its only kernel gets; its own if empty.
    """
    rows: dict[_RowKey, Mapping[str, _CellVerdict]] = {}
    for view in document["views"]:
        for row in view["combinations"]:
            key = _row_key(view, row, kernel or str(view["kernel"]))
            if row["reachable"]:
                cells = {str(cell["memory_map"]): cell for cell in row["cells"]}
                rows[key] = {
                    name: (str(cell["verdict"]), str(cell["hazard"])) for name, cell in cells.items()
                }
    return rows


def _row_key(view: Json, row: Json, kernel: str) -> _RowKey:
    context = view["context"]
    return (
        kernel,
        int(context["page_size"]),
        str(row["memory_model"]),
        str(context["DEBUG_VM"]),
        str(row["id"]),
    )


def _moved(
    key: _RowKey, before: Mapping[str, _CellVerdict], after: Mapping[str, _CellVerdict]
) -> Iterator[dict[str, Any]]:
    for name, now in after.items():
        if name in before and before[name] != now:
            yield {
                **_key_json(key),
                "memory_map": name,
                "before": _hazard_or_verdict(before[name]),
                "after": _hazard_or_verdict(now),
            }


def _key_json(key: _RowKey) -> dict[str, Any]:
    return dict(zip(("kernel", "page_size", "memory_model", "DEBUG_VM", "combination"), key, strict=True))


def _hazard_or_verdict(cell: _CellVerdict) -> str:
    """The hazard of an unsafe cell, otherwise its verdict."""
    verdict, hazard = cell
    return hazard or verdict


def _map_hashes(document: Json) -> dict[str, str]:
    return {str(entry["name"]): str(entry["sha256"]) for entry in document["memory_maps"]}


def _only(
    rows: Mapping[_RowKey, object], other_rows: Mapping[_RowKey, object], document: Json, other: Json
) -> dict[str, Any]:
    """What one document has and the other lacks: whole kernels, maps, and rows of kernels that both have."""
    other_kernels = {key[0] for key in other_rows}
    missing = [key for key in rows if key not in other_rows]
    other_maps = _map_hashes(other)
    return {
        "kernels": [name for name in dict.fromkeys(key[0] for key in missing) if name not in other_kernels],
        "memory_maps": [name for name in _map_hashes(document) if name not in other_maps],
        "rows": [_key_json(key) for key in missing if key[0] in other_kernels],
    }
