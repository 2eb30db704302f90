# SPDX-License-Identifier: GPL-2.0-only
"""Findings in the forms that other programs read: SARIF, GitHub annotations, JUnit XML.

Each takes the judgements as ``explorer.document`` gives them and returns text; nothing is computed here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from explorer.checking import Severity

__all__ = ["Judged", "cause_lines", "file_of", "gravest_first", "headline"]

_VERDICTS = frozenset({"unsafe", "unreachable", "unknown"})


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run of ``check`` found.

    Attributes:
        configs: the judgements, as documents.
        errors: ``file`` and ``message`` of what could not be judged.
        fails: whether a finding counts for the exit code.
        base: the first of files that were merged; what no file alone is to blame for stands there.
        kconfig: the folder that the names of Kconfig files start from.
        has_baseline: whether findings were compared with known ones.
    """

    configs: Sequence[Mapping[str, Any]]
    errors: Sequence[Mapping[str, str]]
    fails: Callable[[Mapping[str, Any]], bool]
    base: str | None = None
    kconfig: Path = Path()
    has_baseline: bool = False


def file_of(finding: Mapping[str, Any], checked: Mapping[str, Any], judged: Judged) -> str:
    """The file that a finding stands in, one that exists: for several that were merged, the first."""
    return str(finding["file"] or judged.base or checked["file"])


def gravest_first(judged: Judged) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """All findings with their judgements: a reader that takes so many must be left with those that matter.

    What a baseline knows comes last, before it what follows from another. Of one severity the verdict on a
    file comes first, and that its kernel dies on further machines, too, last.
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
    """What a finding says, on one line."""
    on = f"memory map {finding['memory_map']}: " if finding["memory_map"] else ""
    return f"{on}{finding['message']}"


def cause_lines(finding: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The Kconfig statements that decide: each with its place, and what it says there."""
    for cause in finding["causes"]:
        because = f" ({cause['because']})" if cause["because"] else ""
        yield f"{cause['file']}:{cause['line']}", f"{cause['text']}{because}"
