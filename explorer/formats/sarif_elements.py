# SPDX-License-Identifier: GPL-2.0-or-later
"""What the SARIF logs of findings and of audits share: the frame, messages and locations."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from explorer.document.elements import generator
from explorer.errors import printable_lines
from explorer.resources import program_uri

__all__ = ["ROOT", "driver", "escaped", "located", "log_text", "message", "relative"]

ROOT = "%SRCROOT%"
"""The base of files of the checkout or tree."""
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LINK = re.compile(r"[\[\]]")


def log_text(run: Mapping[str, Any]) -> str:
    """A log of one run."""
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def driver(rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """This program with its rules."""
    return {
        "name": generator()["name"],
        "version": generator()["version"],
        "semanticVersion": generator()["version"],
        "informationUri": program_uri(),
        "rules": rules,
    }


def message(text: str) -> dict[str, str]:
    """A message without links."""
    return {"text": printable_lines(escaped(text))}


def escaped(text: str) -> str:
    """Text with brackets escaped: SARIF reads ``[words](1)`` as a link."""
    return _LINK.sub(r"\\\g<0>", text)


def located(artifact: Mapping[str, Any], line: int) -> dict[str, Any]:
    """A line of a file; the first one where it has none."""
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": max(1, line)}}}


def relative(file: str, base: str) -> dict[str, str]:
    """A file name as a URI relative to a base."""
    return {"uri": quote(file, errors="surrogateescape"), "uriBaseId": base}
