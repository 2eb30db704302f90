# SPDX-License-Identifier: GPL-2.0-or-later
"""The document inside the page: its JSON, compressed by gzip, as a ``data:`` address that a browser saves.

Equal documents give equal bytes with one build of zlib; another zlib may compress differently.
"""

import base64
import gzip
import json
from typing import Any

__all__ = ["PREFIX", "data_url"]

PREFIX = "data:application/gzip;base64,"


def data_url(document: dict[str, Any]) -> str:
    """The ``data:`` address of the document as ``.json.gz``."""
    text = json.dumps(document, separators=(",", ":"))
    return PREFIX + base64.b64encode(gzip.compress(text.encode(), compresslevel=9, mtime=0)).decode()
