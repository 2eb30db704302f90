# SPDX-License-Identifier: GPL-2.0-only
"""The step-through of a boot: the struct pages of one pageblock, a lane for each stage, then the walker.

Lanes follow boot order: what memblock says, what a fresh memmap holds, what memmap_init's loop leaves, what
the struct pages are when boot is over, what the guard answers, and how far the walker comes. Geometry is in
units of the drawing: the pageblock is ``WIDTH`` wide, to scale.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import NamedTuple

from explorer.report.words import Json

__all__ = ["WIDTH", "Lane", "PageRunBar", "PageblockDrawing", "pageblock_drawing_of"]

WIDTH = 840
_LEAST = 3
_Told = tuple[str, str]


class PageRunBar(NamedTuple):
    """A run of struct pages in one state: where it is drawn, its class, and what it says."""

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
    """The lanes, and the walker's way: from where, to where it hits; ends of the block as pfns."""

    start_pfn: int
    end_pfn: int
    lanes: list[Lane]
    walk_from: int
    hit: int
    pfn: int


def pageblock_drawing_of(fault: Json) -> PageblockDrawing:
    """The picture of a fault's pageblock."""
    frames = fault["block"]
    start, end = frames[0]["start_pfn"], frames[-1]["end_pfn"]
    scale = WIDTH / (end - start)
    stages = (
        ("memblock", _memblock),
        ("fresh memmap", _fresh),
        ("memmap_init", _loop),
        ("after boot", _after),
        ("pfn_valid", _valid),
    )
    lanes = [Lane(name, [_bar(*run, start, scale) for run in _runs(frames, told)]) for name, told in stages]
    hit = round((fault["pfn"] - start) * scale)
    walk_from = round(max(0, fault["pageblock_start_pfn"] - start) * scale)
    return PageblockDrawing(start, end, lanes, walk_from, hit, fault["pfn"])


def _runs(frames: list[Json], told: Callable[[Json], _Told]) -> Iterator[tuple[int, int, _Told]]:
    """Runs of pfns of which a stage tells the same."""
    for words, same in groupby(frames, told):
        run = list(same)
        yield run[0]["start_pfn"], run[-1]["end_pfn"], words


def _bar(low: int, high: int, told: _Told, start: int, scale: float) -> PageRunBar:
    title = f"pfn {low:#x}-{high - 1:#x}: {told[1]}"
    return PageRunBar(round((low - start) * scale), max(_LEAST, round((high - low) * scale)), *told, title)


def _memblock(frame: Json) -> _Told:
    words = {"map": "memory", "nomap": "nomap", "hole": "hole: no memory"}
    return frame["kind"], words[frame["kind"]]


_CONTENT = {"zero": "zero", "0xff": "ones", "stale": "stale", "freed": "freed"}


_WORDS = {"zero": "all zero", "0xff": "all 0xff", "stale": "whatever RAM held", "freed": "given away"}


def _fresh(frame: Json) -> _Told:
    return _CONTENT[frame["fresh"]], _WORDS[frame["fresh"]]


def _loop(frame: Json) -> _Told:
    if frame["visited"]:
        return "initialised", "initialised"
    return _CONTENT[frame["fresh"]], f"passed over: {_WORDS[frame['fresh']]}"


def _after(frame: Json) -> _Told:
    if frame["content"] == "initialised":
        reserved = ", Reserved" if frame["reserved"] else ""
        return "initialised", f"node {frame['node']}, zone number {frame['zone']}{reserved}"
    return _CONTENT[frame["content"]], _WORDS[frame["content"]]


def _valid(frame: Json) -> _Told:
    return ("valid", "accepted") if frame["pfn_valid"] else ("invalid", "refused")
