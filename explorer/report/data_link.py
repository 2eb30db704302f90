# SPDX-License-Identifier: GPL-2.0-or-later
"""The document inside the page: its JSON, compressed by gzip, as a ``data:`` address that a browser saves.

Equal documents give equal bytes with one build of zlib; another zlib may compress differently.
"""

import base64
import gzip
import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

__all__ = ["PREFIX", "data_url"]

PREFIX = "data:application/gzip;base64,"


def data_url(document: dict[str, Any]) -> str:
    """The ``data:`` address of the document as ``.json.gz``."""
    compressed = BytesIO()
    with gzip.GzipFile(fileobj=compressed, mode="wb", compresslevel=9, mtime=0) as file:
        for piece in _pieces(document):
            file.write(piece.encode())
    return PREFIX + base64.b64encode(compressed.getbuffer()).decode()


def _pieces(document: dict[str, Any]) -> Iterator[str]:
    """The JSON of a document, an entry of its lists at a time: the whole text can be 40 times the page."""
    before = "{"
    for key, value in document.items():
        yield f"{before}{_dumped(key)}:"
        before = ","
        if isinstance(value, list):
            yield "["
            yield from (
                _dumped(entry) if index == 0 else f",{_dumped(entry)}" for index, entry in enumerate(value)
            )
            yield "]"
        else:
            yield _dumped(value)
    yield "}"


def _dumped(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
