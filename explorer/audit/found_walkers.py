# SPDX-License-Identifier: GPL-2.0-or-later
"""What the audit found: walkers over page frames or struct pages, with their loops, reads and guards."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from explorer.audit.kernel_words import (
    COMPARISONS,
    GUARDS_OF_HOLES,
    GUARDS_OF_PAGEBLOCKS,
    GUARDS_OF_SECTIONS,
    NO_GUARDS,
    ONE_OF_A_PAGEBLOCK,
    Read,
)

__all__ = [
    "Asked",
    "FoundWalker",
    "FoundWalkers",
    "Place",
    "Step",
    "WalkerCall",
    "WalkerGuard",
    "WalkerLoop",
    "WalkerRead",
]


class Place(NamedTuple):
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Step(NamedTuple):
    """How a loop goes on.

    Attributes:
        size: ``page``, ``order``, ``pageblock``, ``MAX_ORDER block``, ``section``, ``region`` of memblock or
            ``other``; ``none`` if the function computes one pfn.
        text: the statement, or the macro of the loop.
    """

    size: str
    text: str


class Asked(StrEnum):
    """Of which pfns of a loop a guard is asked."""

    EACH_STEP = "each step"
    EACH_BLOCK = "each block"
    START = "the start"
    ELSEWHERE = "elsewhere"


class WalkerGuard(NamedTuple):
    """A guard that holds where a struct page is read.

    Attributes:
        name: the function that is asked, or ``zone comparison`` or ``node comparison``.
        argument: its arguments.
        through: the function that asks it, where the walker calls one that does; else empty.
        place: where it stands.
        condition: the expressions of ``#if`` around it.
        reads_page: its argument reads the struct page.
        asked: in each step of the loop; of one pfn of each block of pages that the loop visits; of the pfn at
            which the loop starts, before it; or of something else.
    """

    name: str
    argument: str
    through: str
    place: Place
    condition: tuple[str, ...]
    reads_page: bool
    asked: Asked

    @property
    def is_of_the_page(self) -> bool:
        """Whether it is a question about the struct pages that are read, and reads none to answer it.

        A comparison of zones or nodes reads them; others ask whether a zone or a node spans the pfn.
        """
        return (
            self.asked is not Asked.ELSEWHERE and self.name not in COMPARISONS and self.name not in NO_GUARDS
        )

    @property
    def only_with_holes(self) -> bool:
        """Whether it is true unseen unless ``HOLES_IN_ZONE=y``."""
        return self.name in GUARDS_OF_HOLES

    @property
    def only_block(self) -> bool:
        """Whether it looks at one or two pages of each block only: of a pageblock or another block."""
        one = self.name in GUARDS_OF_PAGEBLOCKS or ONE_OF_A_PAGEBLOCK.search(self.argument)
        return self.asked is Asked.EACH_BLOCK or bool(one)

    @property
    def only_section(self) -> bool:
        """Whether it looks at the section only."""
        return self.name in GUARDS_OF_SECTIONS


class WalkerRead(NamedTuple):
    """A read or write of a struct page in a loop.

    Attributes:
        read: which part.
        word: the function or the member.
        place: where it stands.
        condition: the expressions of ``#if`` around it, and around the calls on the way to it.
        guards: the guards that hold there.
        through: the functions that the loop calls to get there; empty where it reads itself.
        asserted: it stands in an assertion of ``DEBUG_VM``.
        in_guard: a guard that the loop asks reads it.
    """

    read: Read
    word: str
    place: Place
    condition: tuple[str, ...]
    guards: tuple[WalkerGuard, ...]
    through: tuple[str, ...]
    asserted: bool
    in_guard: bool


class WalkerLoop(NamedTuple):
    """A loop over page frames or struct pages.

    Attributes:
        place: its head.
        variables: what it steps.
        step: how it goes on.
        by_pfn: it goes from pfns to struct pages; otherwise its caller hands over the struct pages.
        reads: the reads of struct pages in it, in the order of the text.
    """

    place: Place
    variables: tuple[str, ...]
    step: Step
    by_pfn: bool
    reads: tuple[WalkerRead, ...]


class WalkerCall(NamedTuple):
    """A call of a walker.

    Attributes:
        caller: the function that calls.
        place: where it does.
        guards: the guards that hold there.
    """

    caller: str
    place: Place
    guards: tuple[WalkerGuard, ...]


@dataclass(frozen=True, slots=True)
class FoundWalker:
    """A function that steps over page frames or struct pages.

    Attributes:
        name: its name.
        place: its definition.
        condition: the expressions of ``#if`` around it.
        is_static: only its file sees it.
        loops: its loops, in the order of the text.
        assertions: its assertions, each with its place.
        understood: the parser understood all of it.
        calls: its calls, if it is unguarded: its callers may ask.
    """

    name: str
    place: Place
    condition: tuple[str, ...]
    is_static: bool
    loops: tuple[WalkerLoop, ...]
    assertions: tuple[tuple[Place, str], ...]
    understood: bool
    calls: tuple[WalkerCall, ...]


class FoundWalkers(NamedTuple):
    """What was found.

    Attributes:
        walkers: the walkers, by file and line.
        not_read: functions that could not be followed, with the reason.
    """

    walkers: tuple[FoundWalker, ...]
    not_read: tuple[tuple[Place, str], ...]
