# SPDX-License-Identifier: GPL-2.0-or-later
"""Computes the contents of all struct pages at the end of memory initialisation.

Rules, in boot order (mm/page_alloc.c; since 6.4 mm/mm_init.c); ``memmap_rules`` says which functions run:

1. The loop of memmap_init gives the pages that it visits the zone and node that it is in.
2. The second pass handles the pages that the loop left out, where the first pfn of their pageblock is valid.
3. All other pages keep what fresh memmap held. reserve_bootmem_region() initialises the list head of those
   that are valid and reserved.
4. With DEFERRED_STRUCT_PAGE_INIT the loop breaks before the end, and other functions initialise most of the
   pages that follow (``deferred_init``).
5. A pageblock whose first pfn the loop does not visit keeps migratetype UNMOVABLE.
6. Without vmemmap, part of the memmap is freed (``sections.freed_memmap``) and holds other data.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from explorer.boot.deferred_init import DeferredInit, LatePage
from explorer.boot.fresh_memmap import FreshSpan
from explorer.boot.kernel_config import KernelConfig, MemoryModel
from explorer.boot.memmap_rules import MemmapRules, PageContent, SecondPass
from explorer.boot.sections import MemoryKind, MemoryRange, PfnRange
from explorer.boot.spans import inside
from explorer.boot.zone_by_zone import ZoneByZone
from explorer.boot.zones import Zone

__all__ = ["PageRun", "StructPage", "page_runs"]

_start = itemgetter(0)  # of a range of pfns


class StructPage(NamedTuple):
    """The state of a struct page; the other fields are meaningful where ``content`` is INITIALISED.

    Attributes:
        content: what it holds.
        node: ``page_to_nid()``.
        zone: ``page_zonenum()``.
        reserved: ``PG_reserved`` was set because the page has no memory.
    """

    content: PageContent
    node: int = 0
    zone: int = 0
    reserved: bool = False


_ZERO, _FREED = StructPage(PageContent.ZERO), StructPage(PageContent.FREED)


class PageRun(NamedTuple):
    """Consecutive pfns ``[start, end)`` whose struct pages are in one state.

    Attributes:
        start: first pfn.
        end: first pfn after the run.
        kind: the kind of memory that the pfns address.
        valid: the result of ``pfn_valid()``.
        page: the state of the struct pages.
        visited: they were initialised for their zone: by the loop of memmap_init, or late where they are
            deferred.
        movable: a pageblock that begins here became MOVABLE.
    """

    start: int
    end: int
    kind: MemoryKind
    valid: bool
    page: StructPage
    visited: bool
    movable: bool


def page_runs(  # noqa: PLR0913, PLR0917 # the results of all earlier stages
    ranges: Sequence[MemoryRange],
    zones: Sequence[Zone],
    reserved: Sequence[PfnRange],
    freed: Sequence[PfnRange],
    fresh: Sequence[FreshSpan],
    deferred: DeferredInit | None,
    rules: MemmapRules,
    config: KernelConfig,
) -> tuple[PageRun, ...]:
    """Return the states of all struct pages, in order of pfn, with equal neighbours merged.

    Args:
        ranges: the present pfns by kind of memory.
        zones: all zones.
        reserved: memblock.reserved in pfns, rounded out to whole pages.
        freed: pfns whose memmap is given back.
        fresh: what memmap holds at first.
        deferred: what is initialised late.
        rules: what decides the contents.
        config: the kernel and its configuration.
    """
    cuts = [edge for zone in zones for edge in (zone.start_pfn, zone.end_pfn)]
    if rules.passes.running is SecondPass.ZERO_RESERVED:
        cuts += [edge for span in reserved for edge in span]
    cuts += [edge for span in freed for edge in span]
    cuts += [span.end for span in fresh]
    cuts += deferred.cuts if deferred else ()
    whole = [part for part in ranges if part.whole]
    initialiser = _Initialiser(whole, zones, reserved, freed, fresh, deferred, rules, config)
    cuts += initialiser.cuts
    return _merged(initialiser.page_runs(_cut(ranges, sorted(set(cuts)), config.pageblock_nr_pages)))


class _Initialiser:
    """Decides the state of one range after the other, in order of pfn."""

    def __init__(  # noqa: PLR0913, PLR0917 # as page_runs()
        self,
        runs: Sequence[MemoryRange],
        zones: Sequence[Zone],
        reserved: Sequence[PfnRange],
        freed: Sequence[PfnRange],
        fresh: Sequence[FreshSpan],
        deferred: DeferredInit | None,
        rules: MemmapRules,
        config: KernelConfig,
    ) -> None:
        passes, accepts = rules.passes, rules.pfn_valid.accepts
        self._block = config.pageblock_nr_pages
        self._runs = runs
        self._max_pfn = runs[-1].end
        self._reserved = reserved
        self._freed = freed
        self._fresh = [StructPage(span.memmap.content) for span in fresh]
        self._fresh_starts = [span.start for span in fresh]
        self._deferred = deferred
        self._zones = [(zone.start_pfn, zone.end_pfn, zone) for zone in zones[::-1]]
        self._loops = self._zones
        if deferred:
            self._loops = [(start, deferred.end_of_loop(zone), zone) for start, _, zone in self._zones]
        self._invalid = tuple([kind for kind in MemoryKind if kind not in accepts])
        self._marks_nomap = config.kernel.has("nomap_reserved") and MemoryKind.NOMAP in accepts
        self._by_regions = passes.by_regions
        self._flatmem = config.memory_model is MemoryModel.FLATMEM
        self._zeroes_late = passes.zeroes_late
        self._all_unavailable = passes.second is SecondPass.ZERO_ALL
        self._in_order = config.kernel.has("memmap_in_order_of_memory")
        self._by_zone = None
        if passes.running is SecondPass.NEIGHBOURS and not self._in_order and len(zones) > 1:
            self._by_zone = ZoneByZone(runs, zones, {zone: end for _, end, zone in self._loops}, config)
        self._second_pass = self._method_of(passes.running)

    @property
    def cuts(self) -> Sequence[int]:
        """Further pfns where the state of struct pages may change."""
        return self._by_zone.cuts if self._by_zone else ()

    def page_runs(self, ranges: Iterable[MemoryRange]) -> Iterable[PageRun]:
        """Yield the states of the ranges; ``first_valid`` is that of the first pfn of the pageblock."""
        in_block = self._block - 1
        first_valid = False
        for part in ranges:
            start, end, kind = part[:3]
            valid = kind not in self._invalid
            if not start & in_block:
                first_valid = valid
            page, visited = self._state(part, valid=valid, first_valid=first_valid)
            run = PageRun(start, end, kind, valid, page, visited, visited)
            late = self._deferred.late_page(part) if self._deferred else None
            if late:
                yield _initialised_late(run, late)
            elif valid and page.content is PageContent.FF:
                yield from self._marked_reserved(run)
            else:
                yield run

    def _marked_reserved(self, run: PageRun) -> Iterable[PageRun]:
        """Split poisoned pages into those that reserve_bootmem_region() gets and the others."""
        at = run.start
        first = max(0, bisect_right(self._reserved, at, key=_start) - 1)
        for span in islice(self._reserved, first, None):
            start, end = max(span.start, at), min(span.end, run.end)
            if start >= run.end:
                break
            if start >= end:
                continue
            if at < start:
                yield run._replace(start=at, end=start)
            yield run._replace(start=start, end=end, page=StructPage(PageContent.FF_RESERVED))
            at = end
        if at < run.end:
            yield run._replace(start=at)

    def _state(self, part: MemoryRange, *, valid: bool, first_valid: bool) -> tuple[StructPage, bool]:
        """Return the state without what is initialised late, and whether the loop visited the range.

        A loop over pfns asks early_pfn_valid(): pfn_valid() with SPARSEMEM, always true with FLATMEM (4.17
        mmzone.h).
        """
        if self._by_zone and not (self._freed and inside(part.start, self._freed)):
            return self._written_last(self._by_zone, part, first_valid=first_valid)
        zone = self._zone_of(part, self._loops) if self._by_regions or self._flatmem or valid else None
        if self._freed and inside(part.start, self._freed):
            return _FREED, zone is not None
        if zone is not None:
            if self._zeroes_late and first_valid and self._is_unavailable(part):
                return _ZERO, True
            reserved = self._marks_nomap and part.kind is MemoryKind.NOMAP
            return StructPage(PageContent.INITIALISED, zone.node, zone.index, reserved), True
        return (self._second_pass(self, part) if first_valid else self._untouched(part)), False

    def _written_last(
        self, by_zone: ZoneByZone, part: MemoryRange, *, first_valid: bool
    ) -> tuple[StructPage, bool]:
        """As ``_state``, where one zone after the other is initialised.

        Free memory that was taken for a hole is no longer reserved when boot has freed it.
        """
        zone, is_hole, visited = by_zone.written_by(part.start, block_begins_valid=first_valid)
        if zone is None:
            return self._untouched(part), False
        is_memory = part.whole and part.kind is MemoryKind.MAP
        reserved = is_hole and not is_memory
        return StructPage(PageContent.INITIALISED, zone.node, zone.index, reserved), visited

    @classmethod
    def _method_of(cls, second: SecondPass | None) -> "Callable[[_Initialiser, MemoryRange], StructPage]":
        """Return the method of the second pass that runs.

        It is not bound: an object that refers to itself waits for the garbage collector.
        """
        if second is SecondPass.NEIGHBOURS:
            return cls._like_neighbour
        if second is SecondPass.ZONE_ZERO:
            return cls._as_zone_zero
        return cls._zeroed if second else cls._untouched

    def _untouched(self, part: MemoryRange) -> StructPage:
        return self._fresh[bisect_right(self._fresh_starts, part.start) - 1]

    def _like_neighbour(self, part: MemoryRange) -> StructPage:
        is_after_memory = self._flatmem and part.start >= self._max_pfn  # FLATMEM has no section to fill up
        if part.whole or is_after_memory:  # whole pages are deferred, and no hole
            return self._untouched(part)
        zone = self._neighbour(part)
        return StructPage(PageContent.INITIALISED, zone.node, zone.index, reserved=True)

    def _as_zone_zero(self, part: MemoryRange) -> StructPage:
        if part.kind is MemoryKind.MAP and not part.before_gap:
            return self._untouched(part)
        return StructPage(PageContent.INITIALISED, 0, 0, reserved=True)

    def _zeroed(self, part: MemoryRange) -> StructPage:
        return _ZERO if self._is_unavailable(part) else self._untouched(part)

    def _is_unavailable(self, part: MemoryRange) -> bool:
        """Whether zero_resv_unavail() zeroes a range."""
        if self._all_unavailable:
            return (part.kind is not MemoryKind.MAP or part.before_gap) and part.start < self._max_pfn
        return part.kind is MemoryKind.HOLE and inside(part.start, self._reserved)

    def _zone_of(self, part: MemoryRange, loops: Iterable[tuple[int, int, Zone]]) -> Zone | None:
        """Return the zone that a range lies in, of zones with their start and end, the latest first.

        Loops over zones ignore nodes (``early_pfn_in_nid()`` is always true on arm64): where the spans of
        nodes overlap, the node set up last wins. Loops over regions take the node of the region.
        """
        pfn, node, by_regions = part.start, part.node, self._by_regions
        if by_regions and not part.whole:
            return None
        for start, end, zone in loops:
            if start <= pfn < end and (not by_regions or zone.node == node):
                return zone
        return None

    def _neighbour(self, part: MemoryRange) -> Zone:
        """Return the zone that init_unavailable_range() gives: of the memory above, else the last zone.

        Behind all memory it is the highest zone of the node of the last region.
        """
        index = bisect_right(self._runs, part.start, key=_start)
        above = self._zone_of(self._runs[index], self._zones) if index < len(self._runs) else None
        if above or not self._in_order:
            return above or self._zones[0][2]
        return next(zone for _, _, zone in self._zones if zone.node == self._runs[-1].node)


def _initialised_late(run: PageRun, late: LatePage) -> PageRun:
    """Return a run after its deferred initialisation."""
    page = StructPage(PageContent.INITIALISED, late.node, late.zone, late.reserved)
    if run.page.content is PageContent.FREED:
        page = run.page
    return run._replace(page=page, visited=True, movable=run.movable or late.movable)


def _cut(ranges: Iterable[MemoryRange], cuts: Sequence[int], block: int) -> Iterable[MemoryRange]:
    """Cut ranges at the given pfns, and each part again where its first pageblock begins.

    Afterwards all pageblocks of a part agree on whether their first pfn is valid.
    """
    at, count, last = 0, len(cuts), block - 1
    for part in ranges:
        low, end = part[:2]
        while low < end:
            while at < count and cuts[at] <= low:
                at += 1
            high = cuts[at] if at < count and cuts[at] < end else end
            boundary = low + last & -block
            if low < boundary < high:
                high = boundary
            yield part if high - low == part[1] - part[0] else MemoryRange(low, high, *part[2:])
            low = high


def _merged(page_runs: Iterable[PageRun]) -> tuple[PageRun, ...]:
    """Merge neighbours that are alike."""
    merged: list[PageRun] = []
    end, alike = -1, None
    for run in page_runs:
        state = run[2:]
        if state == alike and run.start == end:
            merged[-1] = PageRun(merged[-1].start, *run[1:])
        else:
            merged.append(run)
        end, alike = run.end, state
    return tuple(merged)
