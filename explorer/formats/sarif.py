# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes SARIF 2.1.0 (OASIS), as GitHub reads it (docs.github.com, "SARIF support for code scanning").

* There is one run. Each kind of finding is a rule, each finding a result at its line.
* GitHub shows no result without a line: a finding without a line is on line 1 of its file.
* A file name is a URI relative to the root of the checkout (``locations``). A file outside has an absolute
  URI.
* GitHub identifies results by ``primaryLocationLineHash`` only. GitHub's own value, a hash of the line, is
  equal for all memory maps on which a kernel is unsafe. The value here is the finding's fingerprint and a
  number that distinguishes equal ones.
* The Kconfig statements behind a finding are related locations. The message links to them, because GitHub
  shows no others. Kconfig files outside the checkout are relative to ``KCONFIG``.
* Findings in the baseline are suppressed.
* ``informationUri`` is the project's address. While it has none, it is a package URL, which is no link.
* GitHub refuses a run with more than 25,000 results and shows 5,000. At most 5,000 are written, the most
  severe first, and a notification states how many are left out.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from explorer.checking import FindingKind
from explorer.errors import printable_lines
from explorer.files import working_folder
from explorer.formats import Judged, cause_lines, file_of, headline, most_severe_first
from explorer.formats.locations import STDIN, from_root
from explorer.formats.sarif_elements import ROOT, driver, escaped, located, log_text, message, relative
from explorer.narrative.kind_narrative import KIND_NARRATIVES

__all__ = ["sarif_log"]

Json = Mapping[str, Any]

_MOST_RESULTS = 5000
_GITHUB_SEVERITY = {"error": "error", "warning": "warning", "note": "recommendation"}


def sarif_log(judged: Judged) -> str:
    """The findings of a run as a SARIF log."""
    findings = most_severe_first(judged)
    run = {
        "tool": {"driver": driver(list(map(_rule, FindingKind)))},
        "invocations": [_invocation(judged, len(findings) - _MOST_RESULTS)],
        "originalUriBaseIds": {
            ROOT: {"description": {"text": "The root of the checkout."}},
            "KCONFIG": {"uri": f"{Path(os.path.realpath(judged.kconfig)).as_uri()}/"},
        },
        "columnKind": "unicodeCodePoints",
        "results": list(_results(findings[:_MOST_RESULTS], judged)),
    }
    return log_text(run)


def _invocation(judged: Judged, left_out: int) -> dict[str, Any]:
    """The invocation, with notifications of files that could not be checked and of omitted findings."""
    notifications: list[dict[str, Any]] = [
        {
            "level": "error",
            "message": message(error["message"]),
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(error["file"])}}],
        }
        for error in judged.errors
    ]
    if left_out > 0:
        text = f"{left_out} findings, the least severe, are left out; the JSON document holds all"
        notifications.append({"level": "warning", "message": message(text)})
    here = working_folder()
    return {
        "executionSuccessful": not judged.errors,
        **({"workingDirectory": {"uri": f"{here.as_uri()}/"}} if here else {}),
        "toolExecutionNotifications": notifications,
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


def _results(findings: Sequence[tuple[Json, Json]], judged: Judged) -> Iterator[dict[str, Any]]:
    number = {str(kind): index for index, kind in enumerate(FindingKind)}
    seen: Counter[str] = Counter()
    for finding, checked in findings:
        fingerprint = finding["fingerprint"]
        seen[fingerprint] += 1
        yield {
            "ruleId": finding["id"],
            "ruleIndex": number[finding["id"]],
            "level": finding["severity"],
            "message": _full_message(finding),
            "locations": [located(_artifact(file_of(finding, checked, judged)), finding["line"])],
            "partialFingerprints": {
                "primaryLocationLineHash": f"{fingerprint}:{seen[fingerprint]}",
                "finding/v1": fingerprint,
            },
            **_related(finding, judged.kconfig),
            **(_compared(finding) if judged.has_baseline else {}),
        }


def _full_message(finding: Json) -> dict[str, str]:
    """The message of a result: a sentence (the title on GitHub), fix, steps to the fault, causes."""
    fix = f". Fix: {escaped(finding['fix']['words'])}" if finding["fix"] else ""
    causes = [
        f"[{escaped(place)}]({number}): {escaped(text)}"
        for number, (place, text) in enumerate(cause_lines(finding), start=1)
    ]
    steps = map(escaped, finding["chain"])
    return {"text": printable_lines("\n".join([f"{escaped(headline(finding))}{fix}", *steps, *causes]))}


def _compared(finding: Json) -> dict[str, Any]:
    """The baseline state of a finding, with a suppression if the baseline holds it."""
    if not finding["known"]:
        return {"baselineState": "new"}
    suppression = {
        "kind": "external",
        "status": "accepted",
        "justification": "The finding is in the baseline.",
    }
    return {"baselineState": "unchanged", "suppressions": [suppression]}


def _related(finding: Json, kconfig: Path) -> dict[str, Any]:
    """The Kconfig statements behind a finding; their file names are relative to ``kconfig``."""
    related = []
    for number, (cause, (_, text)) in enumerate(zip(finding["causes"], cause_lines(finding), strict=True), 1):
        inside = from_root(kconfig / cause["file"])
        artifact = relative(inside, ROOT) if inside else relative(cause["file"], "KCONFIG")
        related.append({"id": number, **located(artifact, cause["line"]), "message": message(text)})
    return {"relatedLocations": related} if related else {}


def _artifact(file: str) -> dict[str, str]:
    if file == STDIN:
        return {"uri": quote(file)}
    inside = from_root(file)
    return relative(inside, ROOT) if inside else {"uri": Path(os.path.realpath(file)).as_uri()}
