# SPDX-License-Identifier: GPL-2.0-only
"""The JSON documents behind every face, as plain data, one module for each kind.

Numbers are pfns or counts; addresses are hexadecimal strings of bytes; order is stable, so equal input gives
equal bytes.
"""

from explorer.document.boot import boot_json, replayed_json
from explorer.document.check import accept, checked_json, checks_json
from explorer.document.compared import compared_json, read_document
from explorer.document.count import count_json
from explorer.document.diff import DIFF_SCHEMA, difference_json
from explorer.document.explanation import explained_json
from explorer.document.matrix import SCHEMA, document

__all__ = [
    "DIFF_SCHEMA",
    "SCHEMA",
    "accept",
    "boot_json",
    "checked_json",
    "checks_json",
    "compared_json",
    "count_json",
    "difference_json",
    "document",
    "explained_json",
    "read_document",
    "replayed_json",
]
