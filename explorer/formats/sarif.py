# SPDX-License-Identifier: GPL-2.0-only
"""SARIF 2.1.0 (OASIS), as GitHub's code scanning reads it.

* One run; each kind of finding is a rule, each finding a result at its line.
* GitHub shows no result without a place: a finding that has no line stands on line 1 of its file.
* A file's name is a URI relative to where the program ran; absolute names stay absolute.
* The statements of Kconfig behind a finding are related locations, the fix and the steps
  to a fault stand in the message.
"""

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from explorer.checking import KINDS, Kind
from explorer.document.parts import generator
from explorer.formats import Judged

__all__ = ["sarif"]

Json = Mapping[str, Any]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(judged: Judged) -> str:
    """Judgements as a SARIF log."""
    rules = list(KINDS.values())
    number = {kind.id: index for index, kind in enumerate(rules)}
    results = [
        _result(finding, number, checked["file"])
        for checked in judged.configs
        for finding in checked["findings"]
    ]
    driver = {
        "name": generator()["name"],
        "semanticVersion": generator()["version"],
        "rules": [_rule(kind) for kind in rules],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(judged)],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _invocation(judged: Judged) -> dict[str, Any]:
    """Whether all files could be judged, and what was said about those that could not."""
    said = [{"level": "error", "message": {"text": error["message"]}} for error in judged.errors]
    return {"executionSuccessful": not said, "toolExecutionNotifications": said}


def _rule(kind: Kind) -> dict[str, Any]:
    return {
        "id": kind.id,
        "shortDescription": {"text": kind.title},
        "fullDescription": {"text": kind.meaning},
        "help": {"text": f"{kind.title}. {kind.meaning}"},
        "defaultConfiguration": {"level": str(kind.severity)},
    }


def _result(finding: Json, number: Mapping[str, int], judged: str) -> dict[str, Any]:
    fix = finding["fix"]
    mend = f". Fix: {fix['words']}" if fix else ""
    on = f"Memory map {finding['memory_map']}: " if finding["memory_map"] else ""
    result = {
        "ruleId": finding["id"],
        "ruleIndex": number[finding["id"]],
        "level": finding["severity"],
        "message": {"text": "\n".join([f"{on}{finding['message']}{mend}", *finding["chain"]])},
        "locations": [{"physicalLocation": _place(finding["file"] or judged, finding["line"])}],
        "partialFingerprints": {"finding/v1": finding["fingerprint"]},
        "baselineState": "unchanged" if finding["known"] else "new",
    }
    related = [_related(index, cause) for index, cause in enumerate(finding["causes"], start=1)]
    return {**result, "relatedLocations": related} if related else result


def _place(file: str, line: int) -> dict[str, Any]:
    return {"artifactLocation": {"uri": _uri(file)}, "region": {"startLine": max(1, line)}}


def _related(index: int, cause: Json) -> dict[str, Any]:
    because = f" ({cause['because']})" if cause["because"] else ""
    return {
        "id": index,
        "physicalLocation": _place(cause["file"], cause["line"]),
        "message": {"text": f"{cause['text']}{because}"},
    }


def _uri(file: str) -> str:
    """A name as a URI; ``quote`` keeps the slashes."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), errors="surrogateescape")
