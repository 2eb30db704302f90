# SPDX-License-Identifier: GPL-2.0-or-later
"""Sorted, disjoint ranges of pfns."""

from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter

from explorer.boot.sections import PfnRange

__all__ = ["inside"]

_start = itemgetter(0)


def inside(pfn: int, spans: Sequence[PfnRange]) -> bool:
    """Whether a pfn lies in one of the sorted, disjoint spans."""
    index = bisect_right(spans, pfn, key=_start) - 1
    return index >= 0 and pfn < spans[index].end
