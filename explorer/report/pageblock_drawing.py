# SPDX-License-Identifier: GPL-2.0-or-later
"""The struct pages of one pageblock, a lane for each stage of boot, then the walker.

Lanes follow boot order: memblock, the fresh memmap, what memmap_init initialises, struct pages after boot,
what pfn_valid() returns, and the way of the walker. The pageblock is ``WIDTH`` units wide, to scale.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import NamedTuple

from explorer.report.words import Json

__all__ = ["WIDTH", "Lane", "PageRunBar", "PageblockDrawing", "pageblock_drawing_of"]

WIDTH = 840
_NARROWEST = 3
_State = tuple[str, str]  # the CSS class, and the words


class PageRunBar(NamedTuple):
    """A run of struct pages in one state: where it is drawn, its CSS class, words and title."""

    x: int
    width: int
    kind: str
    words: str
    title: str


class Lane(NamedTuple):
    """One stage."""

    name: str
    bars: list[PageRunBar]


class PageblockDrawing(NamedTuple):
    """The lanes of a pageblock; the walker goes from ``walk_from`` to ``hit``, where page ``pfn`` lies."""

    start_pfn: int
    end_pfn: int
    lanes: list[Lane]
    walk_from: int
    hit: int
    pfn: int


def pageblock_drawing_of(fault: Json) -> PageblockDrawing:
    """The drawing of a fault's pageblock."""
    runs = fault["block"]
    start, end = runs[0]["start_pfn"], runs[-1]["end_pfn"]
    scale = WIDTH / (end - start)
    stages = (
        ("memblock", _memblock),
        ("fresh memmap", _fresh),
        ("memmap_init", _loop),
        ("after boot", _after),
        ("pfn_valid", _valid),
    )
    lanes = [
        Lane(name, [_bar(*run, start, scale) for run in _merged(runs, state_of)]) for name, state_of in stages
    ]
    hit = round((fault["pfn"] - start) * scale)
    walk_from = round(max(0, fault["pageblock_start_pfn"] - start) * scale)
    return PageblockDrawing(start, end, lanes, walk_from, hit, fault["pfn"])


def _merged(runs: list[Json], state_of: Callable[[Json], _State]) -> Iterator[tuple[int, int, _State]]:
    """Neighbours in one state merged: first pfn, pfn after the last, state."""
    for state, neighbours in groupby(runs, state_of):
        equal = list(neighbours)
        yield equal[0]["start_pfn"], equal[-1]["end_pfn"], state


def _bar(low: int, high: int, state: _State, start: int, scale: float) -> PageRunBar:
    title = f"pfn {low:#x}-{high - 1:#x}: {state[1]}"
    return PageRunBar(
        round((low - start) * scale), max(_NARROWEST, round((high - low) * scale)), *state, title
    )


def _memblock(run: Json) -> _State:
    words = {"map": "memory", "nomap": "nomap", "hole": "hole: no memory"}
    return run["kind"], words[run["kind"]]


_CLASSES = {
    "zero": "zero",
    "0xff": "ones",
    "0xff, but reserved": "ones",
    "stale": "stale",
    "cleared or not": "stale",
    "freed": "freed",
}
_WORDS = {
    "zero": "all zero",
    "0xff": "all 0xff",
    "0xff, but reserved": "all 0xff but for page->lru",
    "cleared or not": "cleared or not, by where boot allocates it",
    "stale": "what RAM held before",
    "freed": "freed to the page allocator",
}


def _fresh(run: Json) -> _State:
    return _CLASSES[run["fresh"]], _WORDS[run["fresh"]]


def _loop(run: Json) -> _State:
    if run["visited"]:
        return "initialised", "initialised"
    return _CLASSES[run["fresh"]], f"not initialised: {_WORDS[run['fresh']]}"


def _after(run: Json) -> _State:
    if run["content"] == "initialised":
        reserved = ", Reserved" if run["reserved"] else ""
        return "initialised", f"node {run['node']}, zone number {run['zone']}{reserved}"
    return _CLASSES[run["content"]], _WORDS[run["content"]]


def _valid(run: Json) -> _State:
    return ("valid", "valid") if run["pfn_valid"] else ("invalid", "not valid")
