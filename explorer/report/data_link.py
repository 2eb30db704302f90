# SPDX-License-Identifier: GPL-2.0-only
"""The document inside the page: packed JSON, compressed, as a link that saves it with or without a script.

It is the same bytes for the same document with one build of zlib; another zlib may compress differently.
"""

import base64
import gzip
import json
from typing import Any

from explorer.document.deduplication import pack

__all__ = ["PREFIX", "data_url"]

PREFIX = "data:application/gzip;base64,"


def data_url(document: dict[str, Any]) -> str:
    """The ``data:`` address of the packed document as ``.json.gz``."""
    text = json.dumps(pack(document), separators=(",", ":"))
    return PREFIX + base64.b64encode(gzip.compress(text.encode(), compresslevel=9, mtime=0)).decode()
