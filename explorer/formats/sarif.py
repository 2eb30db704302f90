# SPDX-License-Identifier: GPL-2.0-only
"""SARIF 2.1.0 (OASIS), as GitHub reads it (docs.github.com, "SARIF support for code scanning").

* One run; each kind of finding is a rule, each finding a result at its line.
* GitHub shows no result without a place: a finding that has no line stands on line 1 of its file.
* A file's name is a URI relative to the root of the checkout (``places``); one outside stays absolute.
* GitHub tells results apart by ``primaryLocationLineHash`` alone. Its own, a hash of the line, would be one
  for all machines that a kernel does not survive; ours is the finding's fingerprint, and its number among
  equals.
* The statements of Kconfig behind a finding are related locations, and the message links to them: GitHub
  shows no others. Kconfig files that lie outside the checkout are relative to ``KCONFIG``.
* What a baseline knows is suppressed.
* Of one run GitHub refuses more than 25,000 results and shows the gravest 5,000: the gravest come first, no
  more than these are written, and the run says how many are left out.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from explorer.checking import FindingKind
from explorer.document.elements import generator
from explorer.errors import printable_lines
from explorer.formats import Judged, cause_lines, file_of, gravest_first, headline
from explorer.formats.locations import STDIN, from_root
from explorer.narrative.kind_narrative import KIND_NARRATIVES

__all__ = ["sarif_log"]

Json = Mapping[str, Any]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_MOST_RESULTS = 5000
_LINK = re.compile(r"[\[\]]")
_GITHUB_SEVERITY = {"error": "error", "warning": "warning", "note": "recommendation"}


def sarif_log(judged: Judged) -> str:
    """Judgements as a SARIF log."""
    found = gravest_first(judged)
    driver = {
        "name": generator()["name"],
        "semanticVersion": generator()["version"],
        "rules": list(map(_rule, FindingKind)),
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(judged, len(found) - _MOST_RESULTS)],
        "originalUriBaseIds": {
            _ROOT: {"description": {"text": "The root of the checkout."}},
            "KCONFIG": {"uri": f"{judged.kconfig.resolve().as_uri()}/"},
        },
        "columnKind": "unicodeCodePoints",
        "results": list(_results(found[:_MOST_RESULTS], judged)),
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _invocation(judged: Judged, left_out: int) -> dict[str, Any]:
    """Whether all files could be judged, what was said about those that could not, and what is not here."""
    said: list[dict[str, Any]] = [
        {
            "level": "error",
            "message": _message(error["message"]),
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(error["file"])}}],
        }
        for error in judged.errors
    ]
    if left_out > 0:
        text = f"{left_out} findings, the least grave, are left out; --format json holds all"
        said.append({"level": "warning", "message": _message(text)})
    here = {"uri": f"{Path.cwd().as_uri()}/"}
    return {
        "executionSuccessful": not judged.errors,
        "workingDirectory": here,
        "toolExecutionNotifications": said,
    }


def _rule(kind: FindingKind) -> dict[str, Any]:
    narrative = KIND_NARRATIVES[kind]
    return {
        "id": str(kind),
        "shortDescription": {"text": narrative.title},
        "fullDescription": {"text": narrative.meaning},
        "help": {"text": f"{narrative.title}. {narrative.meaning}"},
        "defaultConfiguration": {"level": str(kind.severity)},
        "properties": {
            "tags": ["kconfig"],
            "precision": "high",
            "problem.severity": _GITHUB_SEVERITY[kind.severity],
        },
    }


def _results(found: Sequence[tuple[Json, Json]], judged: Judged) -> Iterator[dict[str, Any]]:
    number = {str(kind): index for index, kind in enumerate(FindingKind)}
    equals: Counter[str] = Counter()
    for finding, checked in found:
        same = finding["fingerprint"]
        equals[same] += 1
        yield {
            "ruleId": finding["id"],
            "ruleIndex": number[finding["id"]],
            "level": finding["severity"],
            "message": _told(finding),
            "locations": [_location(_artifact(file_of(finding, checked, judged)), finding["line"])],
            "partialFingerprints": {
                "primaryLocationLineHash": f"{same}:{equals[same]}",
                "finding/v1": same,
            },
            **_related(finding, judged.kconfig),
            **(_compared(finding) if judged.has_baseline else {}),
        }


def _told(finding: Json) -> dict[str, str]:
    """The message: the sentence that GitHub makes the title, the fix, the steps to a fault, the causes."""
    fix = f". Fix: {_escaped(finding['fix']['words'])}" if finding["fix"] else ""
    causes = [
        f"[{_escaped(place)}]({number}): {_escaped(text)}"
        for number, (place, text) in enumerate(cause_lines(finding), start=1)
    ]
    steps = map(_escaped, finding["chain"])
    return {"text": printable_lines("\n".join([f"{_escaped(headline(finding))}{fix}", *steps, *causes]))}


def _escaped(text: str) -> str:
    """Text that holds no link: SARIF reads ``[words](1)`` as one."""
    return _LINK.sub(r"\\\g<0>", text)


def _message(text: str) -> dict[str, str]:
    return {"text": printable_lines(_escaped(text))}


def _compared(finding: Json) -> dict[str, Any]:
    """What a baseline says of a finding."""
    if not finding["known"]:
        return {"baselineState": "new"}
    known = {"kind": "external", "status": "accepted", "justification": "The baseline knows it."}
    return {"baselineState": "unchanged", "suppressions": [known]}


def _related(finding: Json, kconfig: Path) -> dict[str, Any]:
    """The statements of Kconfig that decide; their files' names start in ``kconfig``."""
    related = []
    for number, (cause, (_, text)) in enumerate(zip(finding["causes"], cause_lines(finding), strict=True), 1):
        inside = from_root(kconfig / cause["file"])
        artifact = _relative(inside, _ROOT) if inside else _relative(cause["file"], "KCONFIG")
        related.append({"id": number, **_location(artifact, cause["line"]), "message": _message(text)})
    return {"relatedLocations": related} if related else {}


def _location(artifact: Json, line: int) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": max(1, line)}}}


def _artifact(file: str) -> dict[str, str]:
    if file == STDIN:
        return {"uri": quote(file)}
    inside = from_root(file)
    return _relative(inside, _ROOT) if inside else {"uri": Path(file).resolve().as_uri()}


def _relative(file: str, base: str) -> dict[str, str]:
    """A name as a URI; ``quote`` keeps the slashes."""
    return {"uri": quote(file, errors="surrogateescape"), "uriBaseId": base}
