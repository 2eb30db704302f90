# SPDX-License-Identifier: GPL-2.0-or-later
"""Spans ``[start, end)`` of pfns or of bytes, in order."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

from explorer.boot.sections import PfnRange

__all__ = ["inside", "merged_spans", "uncovered"]

_Span = tuple[int, int]

_start = itemgetter(0)


def inside(pfn: int, spans: Sequence[_Span]) -> bool:
    """Whether a pfn lies in one of the sorted, disjoint spans."""
    index = bisect_right(spans, pfn, key=_start) - 1
    return index >= 0 and pfn < spans[index][1]


def uncovered(start: int, end: int, spans: Sequence[_Span]) -> Iterator[PfnRange]:
    """Yield the parts of ``[start, end)`` that none of the sorted, disjoint spans covers, in order."""
    at = start
    index = max(0, bisect_right(spans, at, key=_start) - 1)
    while index < len(spans) and spans[index][0] < end:
        low, high = spans[index]
        if low > at:
            yield PfnRange(at, low)
        at = max(at, high)
        index += 1
    if at < end:
        yield PfnRange(at, end)


def merged_spans(spans: Iterable[_Span]) -> list[_Span]:
    """Return spans with those merged that adjoin or overlap; they come in order of their starts."""
    merged: list[_Span] = []
    for low, high in spans:
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged
