# SPDX-License-Identifier: GPL-2.0-or-later
"""Known findings: a baseline accepts them, and every other finding fails.

A baseline is a document of ``check``. A finding is identified by its *fingerprint*: kind, file, symbol,
values and memory map, but not its line, so that it stays known when lines move. Equal findings are counted: a
baseline with two of them does not accept a third.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import PurePath
from typing import Any

from explorer.errors import FileError
from explorer.files import read_bytes, shown_name, working_folder
from explorer.json_input import Form, check_form, parse_json

__all__ = ["Baseline", "fingerprint", "parse_baseline", "read_baseline"]

_MOST_BYTES = 256 << 20
_HINT = "give a document of check"
_FORM: Form = {"findings": [{"fingerprint": str}]}
_SCHEMAS = ("kconfig-explorer/check/1", "kconfig-explorer/checks/1")

Baseline = Counter[str]
"""Fingerprint to the number of such findings."""


def fingerprint(finding: Mapping[str, Any]) -> str:
    """32 hexadecimal digits that do not depend on the line of a finding.

    Args:
        finding: the document of the finding.
    """
    parts = [
        finding["id"],
        _portable(finding["file"]),
        finding["symbol"],
        finding["asked"],
        finding["becomes"],
    ]
    parts.append(finding["memory_map"] or ("" if finding["symbol"] else finding["message"]))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _portable(file: str) -> str:
    """The name of a file relative to the working directory if it lies in it."""
    path, here = PurePath(file), working_folder()
    is_inside = here is not None and path.is_absolute() and path.is_relative_to(here)
    return (path.relative_to(here) if here is not None and is_inside else path).as_posix()


def read_baseline(source: str) -> Baseline:
    """The fingerprints in a file that holds a document of ``check``.

    Raises:
        InputError: the file does not exist, is too large, or holds something else.
    """
    data, name = read_bytes(source, None, most=_MOST_BYTES, hint=_HINT), shown_name(source)
    if data is None:
        raise FileError("no such file", file=name, hint=_HINT)
    if len(data) > _MOST_BYTES:
        raise FileError(f"larger than {_MOST_BYTES >> 20} MiB", file=name, hint=_HINT)
    return parse_baseline(data, name)


def parse_baseline(data: bytes, source: str) -> Baseline:
    """The fingerprints in a document of ``check``.

    Raises:
        InputError: the bytes are something else.
    """
    fault = partial(_fault, source)
    document = parse_json(data, source, hint=_HINT)
    check_form(document, {"schema": str}, fault)
    if document["schema"] not in _SCHEMAS:
        raise FileError(f"obeys {document['schema']!r:.80}, not {_SCHEMAS[0]}", file=source, hint=_HINT)
    several = "configs" in document
    check_form(document, {"configs": [_FORM]} if several else _FORM, fault)
    checked = document["configs"] if several else [document]
    return Counter(finding["fingerprint"] for one in checked for finding in one["findings"])


def _fault(source: str, what: str, *, part: str) -> FileError:
    return FileError(f"is not a document of check: {what}", file=source, part=part, hint=_HINT)
