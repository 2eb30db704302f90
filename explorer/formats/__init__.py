# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings in the formats of other programs: SARIF, GitHub annotations, JUnit XML.

Each format takes the documents of ``explorer.document.check`` and returns text. Nothing is computed here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from explorer.checking import Severity

__all__ = ["Judged", "cause_lines", "file_of", "headline", "most_severe_first"]

_VERDICTS = frozenset({"unsafe", "unreachable", "unknown"})


@dataclass(frozen=True, slots=True)
class Judged:
    """The results of a run of ``check``.

    Attributes:
        configs: the checked files, as documents.
        errors: ``file`` and ``message`` of each file that could not be checked.
        fails: whether a finding counts for the exit code.
        base: the first of merged files; findings without a file of their own are shown there.
        kconfig: the folder that the names of Kconfig files are relative to.
        has_baseline: whether findings were compared with a baseline.
        command: the command that gives the results again.
    """

    configs: Sequence[Mapping[str, Any]]
    errors: Sequence[Mapping[str, str]]
    fails: Callable[[Mapping[str, Any]], bool]
    base: str | None = None
    kconfig: Path = Path()
    has_baseline: bool = False
    command: str = ""


def file_of(finding: Mapping[str, Any], checked: Mapping[str, Any], judged: Judged) -> str:
    """The file of a finding; the first of merged files if it has none."""
    return str(finding["file"] or judged.base or checked["file"])


def most_severe_first(judged: Judged) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """All findings with their documents, in the order in which a format with a limit keeps them.

    The order: new findings before those that follow from another and those in the baseline; then by severity;
    then the first verdict on a file, other findings, and further verdicts of the same kind on the file.
    """
    seen: set[tuple[str, str]] = set()
    ranked = []
    for checked in judged.configs:
        for finding in checked["findings"]:
            verdict = (finding["id"], checked["file"])
            rank = 1 if finding["id"] not in _VERDICTS else 2 if verdict in seen else 0
            seen.add(verdict)
            severity = Severity(finding["severity"]).rank
            order = (finding["known"], bool(finding["follows_from"]), severity, rank)
            ranked.append((order, finding, checked))
    return [(finding, checked) for _, finding, checked in sorted(ranked, key=itemgetter(0))]


def headline(finding: Mapping[str, Any]) -> str:
    """The message of a finding, with its memory map, on one line."""
    on = f"memory map {finding['memory_map']}: " if finding["memory_map"] else ""
    return f"{on}{finding['message']}"


def cause_lines(finding: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The causes of a finding: the place and the text of each Kconfig statement."""
    for cause in finding["causes"]:
        because = f" ({cause['because']})" if cause["because"] else ""
        yield f"{cause['file']}:{cause['line']}", f"{cause['text']}{because}"
