# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a walker guards itself: the verdict of a loop follows from the guards of its first read.

A guard counts if it is asked in each step of the loop. Comparisons of zones and nodes are reads themselves,
so they guard nothing; nor does a question about something else than the struct page. Assertions and the
section that ``page_to_pfn()`` reads are looked at only where the loop reads nothing else.
"""

from enum import StrEnum
from typing import NamedTuple

from explorer.audit.found_walkers import FoundWalker, WalkerGuard, WalkerLoop, WalkerRead
from explorer.audit.kernel_words import COMPARISONS, NO_GUARDS, Read

__all__ = ["WORST_FIRST", "GuardVerdict", "LoopJudgement", "judged_loop", "judged_walker"]


class GuardVerdict(StrEnum):
    """How a loop is guarded."""

    UNGUARDED = "unguarded"
    SELF_READING = "the guard reads the page"
    SECTION = "guarded for the section only"
    WITH_HOLES = "guarded only if HOLES_IN_ZONE"
    PAGEBLOCK = "guarded for the pageblock only"
    GUARDED = "guarded"
    NO_READS = "reads no struct page"


WORST_FIRST = tuple(GuardVerdict)
"""The verdicts from the worst to the best."""


class LoopJudgement(NamedTuple):
    """The verdict of a loop.

    Attributes:
        loop: the loop.
        verdict: the verdict.
        read: the read that decides; ``None`` if it reads nothing.
        guard: the guard of this read that counts; ``None`` if there is none.
    """

    loop: WalkerLoop
    verdict: GuardVerdict
    read: WalkerRead | None
    guard: WalkerGuard | None

    @property
    def fails_with(self) -> tuple[tuple[str, str], ...]:
        """Symbols and their values: with any one of them the guard guards nothing."""
        if self.guard is None:
            return ()
        reading = (("SPARSEMEM_VMEMMAP", "n"),) if self.guard.reads_page else ()
        holes = (("HOLES_IN_ZONE", "n"),) if self.guard.only_with_holes else ()
        return reading + holes


def judged_walker(walker: FoundWalker) -> LoopJudgement:
    """The judgement of a walker: that of its worst loop, the first of equals."""
    return min(map(judged_loop, walker.loops), key=lambda found: WORST_FIRST.index(found.verdict))


def judged_loop(loop: WalkerLoop) -> LoopJudgement:
    """The judgement of a loop."""
    read = next(iter(sorted(loop.reads, key=_weight)), None)
    if read is None:
        return LoopJudgement(loop, GuardVerdict.NO_READS, None, None)
    guards = [guard for guard in read.guards if guard.name not in COMPARISONS and guard.name not in NO_GUARDS]
    asked = [guard for guard in guards if guard.each_step]
    best = max(asked, key=lambda guard: WORST_FIRST.index(_worth(guard)), default=None)
    return LoopJudgement(loop, GuardVerdict.UNGUARDED if best is None else _worth(best), read, best)


def _weight(read: WalkerRead) -> int:
    """Reads that decide come first; equal ones stay in the order of the text."""
    return 2 * read.asserted + (read.read is Read.SECTION)


def _worth(guard: WalkerGuard) -> GuardVerdict:
    if guard.reads_page:
        return GuardVerdict.SELF_READING
    if guard.only_section:
        return GuardVerdict.SECTION
    if guard.only_with_holes:
        return GuardVerdict.WITH_HOLES
    return GuardVerdict.PAGEBLOCK if guard.only_pageblock else GuardVerdict.GUARDED
