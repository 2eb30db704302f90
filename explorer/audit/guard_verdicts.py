# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a walker guards itself: the verdict of a loop follows from the guards of its first read.

A guard counts that is asked in each step of the loop; where there is none, one that is asked of one pfn of
each block, or of the first pfn only. Comparisons of zones and nodes are reads themselves,
so they guard nothing; nor does a question about something else than the struct page. Assertions, the section
that ``page_to_pfn()`` reads and the reads of a guard itself are looked at only where the loop reads nothing
else.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from explorer.audit.found_walkers import Asked, FoundWalker, WalkerGuard, WalkerLoop, WalkerRead
from explorer.audit.kernel_words import Read

__all__ = ["WORST_FIRST", "GuardVerdict", "LoopJudgement", "judged_loop", "judged_walker"]


class GuardVerdict(StrEnum):
    """How a loop is guarded."""

    UNGUARDED = "unguarded"
    SELF_READING = "the guard reads the page"
    CONDITIONAL = "guarded in some configurations only"
    START = "guarded at its start only"
    SECTION = "guarded for the section only"
    WITH_HOLES = "guarded only if HOLES_IN_ZONE"
    BLOCK = "guarded for the block only"
    GUARDED = "guarded"
    NO_READS = "reads no struct page"


_ONE_SYMBOL = re.compile(r"(! ?)?(?:defined|IS_ENABLED|IS_BUILTIN) ?\(? ?CONFIG_(\w+) ?\)?")

WORST_FIRST = tuple(GuardVerdict)
"""The verdicts from the worst to the best."""


class LoopJudgement(NamedTuple):
    """The verdict of a loop.

    Attributes:
        loop: the loop.
        verdict: the verdict.
        read: the read that decides; ``None`` if it reads nothing.
        guard: the guard of this read that counts; ``None`` if there is none.
        left: the guard that is left where this one guards nothing: of each block, or of the start; ``None``
            if there is none.
    """

    loop: WalkerLoop
    verdict: GuardVerdict
    read: WalkerRead | None
    guard: WalkerGuard | None
    left: WalkerGuard | None

    @property
    def fails_with(self) -> tuple[tuple[str, str], ...]:
        """Symbols and their values: with any one of them the guard guards nothing."""
        if self.guard is None:
            return ()
        reading = (("SPARSEMEM_VMEMMAP", "n"),) if self.guard.reads_page else ()
        holes = (("HOLES_IN_ZONE", "n"),) if self.guard.only_with_holes else ()
        return reading + holes

    @property
    def left_out_with(self) -> tuple[tuple[str, str], ...]:
        """Symbols and their values with which the guard is not compiled, and the read is.

        An ``#if`` that asks for more than one symbol is told as it stands, with an empty value.
        """
        if self.guard is None or self.read is None:
            return ()
        own = [text for text in self.guard.condition if text not in self.read.condition]
        asked = [(text, _ONE_SYMBOL.fullmatch(text)) for text in own]
        return tuple((one[2], "y" if one[1] else "n") if one else (text, "") for text, one in asked)


def judged_walker(walker: FoundWalker) -> LoopJudgement:
    """The judgement of a walker: that of its worst loop, of equals the first whose step is known."""

    def weight(judged: LoopJudgement) -> tuple[int, bool]:
        return WORST_FIRST.index(judged.verdict), judged.loop.step.size == "other"

    return min(map(judged_loop, walker.loops), key=weight)


def judged_loop(loop: WalkerLoop) -> LoopJudgement:
    """The judgement of a loop."""
    read = next(iter(sorted(loop.reads, key=_weight)), None)
    if read is None:
        return LoopJudgement(loop, GuardVerdict.NO_READS, None, None, None)
    asked = [guard for guard in read.guards if guard.is_of_the_page]
    in_each_step = [guard for guard in asked if guard.asked is Asked.EACH_STEP]
    if loop.step.size == "none":  # the guard that gives the page of a computed pfn is the one of this page
        in_each_step = [
            guard for guard in in_each_step if f"= {guard.name}(" in loop.step.text
        ] or in_each_step
    best = _best(in_each_step or asked)
    left = _best([guard for guard in asked if not guard.only_with_holes and not guard.reads_page])
    verdict = GuardVerdict.UNGUARDED if best is None else _worth(best)
    return LoopJudgement(loop, verdict, read, best, None if left == best else left)


def _best(guards: Iterable[WalkerGuard]) -> WalkerGuard | None:
    return max(guards, key=lambda guard: WORST_FIRST.index(_worth(guard)), default=None)


def _weight(read: WalkerRead) -> int:
    """Reads that decide come first; equal ones stay in the order of the text."""
    return 4 * read.in_guard + 2 * read.asserted + (read.read is Read.SECTION)


def _worth(guard: WalkerGuard) -> GuardVerdict:
    if guard.reads_page:
        return GuardVerdict.SELF_READING
    if guard.asked is Asked.START:
        return GuardVerdict.START
    if guard.only_section:
        return GuardVerdict.SECTION
    if guard.only_with_holes:
        return GuardVerdict.WITH_HOLES
    return GuardVerdict.BLOCK if guard.only_block else GuardVerdict.GUARDED
