# SPDX-License-Identifier: GPL-2.0-or-later
"""The walkers of two kernels as they were read by hand, and how an audit compares with them."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from explorer.audit.guard_verdicts import GuardVerdict, LoopJudgement
from explorer.audit.tree_audit import AuditedWalker, Compiled

__all__ = ["HandRead", "hand_read", "has_the_guards", "is_shown"]

_TABLE = Path(__file__).parents[1] / "data" / "walkers-by-hand.tsv"
_PART = {GuardVerdict.BLOCK: "block:", GuardVerdict.START: "start:", GuardVerdict.SECTION: "section:"}


class HandRead(NamedTuple):
    """A row of the table: a function, whether it walks over pfns, pages or not at all, and its guards."""

    file: str
    function: str
    walks: str
    guards: tuple[str, ...]


def hand_read(series: str) -> list[HandRead]:
    """The rows of a series (``6.1``)."""
    lines = _TABLE.read_text().splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [
        HandRead(file, function, walks, tuple(guards.split(",")))
        for release, file, function, walks, guards in rows
        if release in (series, "both")
    ]


def has_the_guards(found: Iterable[AuditedWalker], row: HandRead) -> bool:
    """Whether an audit has a function of a row, with the guard of its worst loop, and of its other loops."""
    return any(
        _guard(walker.judgement) == row.guards[0] and {*row.guards[1:]} <= {*map(_guard, walker.loops)}
        for walker in found
        if (walker.walker.place.file, walker.walker.name) == (row.file, row.function)
    )


def is_shown(walker: AuditedWalker) -> bool:
    """Whether ``audit`` shows a walker without ``--all``."""
    return (
        walker.judgement.loop.by_pfn
        and walker.verdict is not GuardVerdict.NO_READS
        and walker.compiled is not Compiled.NEVER
    )


def _guard(judgement: LoopJudgement) -> str:
    """The guard of a loop in the words of the table; ``-`` if it reads nothing."""
    if judgement.read is None:
        return "-"
    if judgement.guard is None or judgement.verdict is GuardVerdict.UNGUARDED:
        return "none"
    return _PART.get(judgement.verdict, "") + judgement.guard.name.removeprefix("__")
