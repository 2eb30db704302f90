# SPDX-License-Identifier: GPL-2.0-or-later
"""The state of memory after initialisation, as walkers find it: zones, page runs, pageblocks, free pages.

Everything is looked up by bisection over the page runs. *Irregular* is a page that is not initialised for the
zone that the walker walks; only such pages can make a walker fault. Guards have the kernel's names.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import NamedTuple

from explorer.boot.kernel_config import KernelConfig
from explorer.boot.memmap import PageRun
from explorer.boot.memmap_rules import PageContent
from explorer.boot.sections import MemoryKind, PfnRange, bytes_of_section_root
from explorer.boot.spans import uncovered
from explorer.boot.zones import Zone
from explorer.machine.memory_map import Region

__all__ = ["MemoryState", "Pageblock"]

_start = itemgetter(0)  # of a page run or a range of pfns


class Pageblock(NamedTuple):
    """A pageblock, or the first of several consecutive ones that are alike.

    Attributes:
        start: first pfn.
        end: first pfn after this one block.
        page_runs: its page runs, clipped to it.
        repeats: how many consecutive blocks are alike.
    """

    start: int
    end: int
    page_runs: tuple[PageRun, ...]
    repeats: int = 1


@dataclass(frozen=True, slots=True)
class MemoryState:
    """The state of memory after initialisation.

    Attributes:
        kernel_config: the kernel and its configuration.
        zones: all populated zones.
        page_runs: the state of all struct pages, in order of pfn.
        reserved: memblock.reserved in pfns, rounded out to whole pages, in order.
        max_pfn: the first pfn after the last memory.
        memory: ``memblock.memory``, in bytes.
        reserved_regions: ``memblock.reserved``, in bytes.
        page_runs_at_page_ext_init: the same as ``page_runs`` when page_ext_init() runs, where it runs before
            deferred struct pages are initialised.
    """

    kernel_config: KernelConfig
    zones: tuple[Zone, ...]
    page_runs: tuple[PageRun, ...]
    reserved: tuple[PfnRange, ...]
    max_pfn: int
    memory: tuple[Region, ...]
    reserved_regions: tuple[Region, ...] = ()
    page_runs_at_page_ext_init: tuple[PageRun, ...] | None = None
    _irregular: dict[tuple[int, int], tuple[PageRun, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _blocks: dict[tuple[int, int], tuple[Pageblock, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _contiguous: dict[tuple[int, int], bool] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def at_page_ext_init(self) -> "MemoryState":
        """The state that page_ext_init() finds."""
        found = self.page_runs_at_page_ext_init
        return self if found is None else replace(self, page_runs=found, page_runs_at_page_ext_init=None)

    @property
    def has_root_of_section_0(self) -> bool:
        """Whether ``mem_section[0]`` is allocated: it is where memory lies in one of its sections."""
        return self.memory[0].base < bytes_of_section_root(self.kernel_config)

    @property
    def page_group_by_mobility_disabled(self) -> bool:
        """Whether build_all_zonelists() found too few pageblocks to group by mobility."""
        pages = sum(zone.present for zone in self.zones)
        return pages < self.kernel_config.pageblock_nr_pages * self.kernel_config.migrate_types

    def runs_between(self, start: int, end: int) -> Iterator[PageRun]:
        """Yield the page runs of ``[start, end)``, clipped to it."""
        runs = self.page_runs
        for index in range(max(0, bisect_right(runs, start, key=_start) - 1), len(runs)):
            run = runs[index]
            low, high = run[:2]
            if low >= end:
                return
            if start <= low and high <= end:
                yield run
            elif high > start:
                yield PageRun(max(low, start), min(high, end), *run[2:])

    def run_at(self, pfn: int) -> PageRun:
        """Return the page run that holds a pfn; the pfn must have a struct page."""
        return self.page_runs[bisect_right(self.page_runs, pfn, key=_start) - 1]

    @property
    def is_regular(self) -> bool:
        """Whether every struct page is initialised, and for each zone that spans it."""
        for run in self.page_runs:
            if run.page.content is not PageContent.INITIALISED:
                return False
        return not any(map(self.irregular_runs, self.zones))

    def irregular_runs(self, zone: Zone) -> tuple[PageRun, ...]:
        """Return the page runs, clipped to the zone's span, that are not initialised for the zone."""
        own = (zone.node, zone.index)
        if own not in self._irregular:  # computed once for all walkers
            regular = (PageContent.INITIALISED, *own)
            runs = self.runs_between(zone.start_pfn, zone.end_pfn)
            self._irregular[own] = tuple([run for run in runs if run.page[:3] != regular])
        return self._irregular[own]

    def irregular_blocks(self, zone: Zone) -> tuple[Pageblock, ...]:
        """Return the pageblocks that hold an irregular page of the zone; consecutive equal ones as one."""
        own = (zone.node, zone.index)
        if own not in self._blocks:  # computed once for all walkers
            self._blocks[own] = tuple(self._irregular_blocks(zone))
        return self._blocks[own]

    def _irregular_blocks(self, zone: Zone) -> Iterator[Pageblock]:
        size = self.kernel_config.pageblock_nr_pages
        done = -1
        for run in self.irregular_runs(zone):
            first, last = run.start & -size, (run.end - 1) & -size
            between = (last - first) // size - 1
            wanted = [(first, 1), (first + size, between), (last, 1)]
            for start, count in wanted:
                if start > done and count > 0:
                    yield self._block(start, count)
                    done = start + (count - 1) * size

    def _block(self, start: int, count: int) -> Pageblock:
        end = start + self.kernel_config.pageblock_nr_pages
        return Pageblock(start, end, tuple(self.runs_between(start, end)), count)

    def pfn_to_online_page(self, run: PageRun) -> bool:
        """Whether the page is online: without hotplug by pfn_valid(), with it by its section.

        Every section with a memmap is. 5.0 also calls pfn_valid_within(), and 5.12 arm64's own pfn_valid().
        """
        kernel = self.kernel_config.kernel
        if run.valid or not self.kernel_config.has("MEMORY_HOTPLUG"):
            return run.valid
        if kernel.has("online_asks_pfn_valid"):
            return False
        return not kernel.has("online_checks_within") or self.pfn_valid_within(run)

    def pfn_valid_within(self, run: PageRun) -> bool:
        """The result of pfn_valid() where HOLES_IN_ZONE is y, otherwise true."""
        return run.valid or not self.kernel_config.within_is_checked

    def born_movable(self, block: Pageblock) -> bool:
        """Whether the block became MOVABLE when its first page was initialised (``PageRun.movable``)."""
        first = block.page_runs[0]
        return first.start == block.start and first.movable

    def free_pages(self, block: Pageblock, zone: Zone) -> list[PfnRange]:
        """Return the pages that boot gives to the allocator: mapped memory that is not reserved."""
        low, high = max(block.start, zone.start_pfn), min(block.end, zone.end_pfn)
        free: list[PfnRange] = []
        for run in block.page_runs:
            if run.kind is MemoryKind.MAP and run.page[:3] == (
                PageContent.INITIALISED,
                zone.node,
                zone.index,
            ):
                free += uncovered(max(run.start, low), min(run.end, high), self.reserved)
        return [span for span in free if span.start < span.end]

    def free_ranges(self, zone: Zone, within: PfnRange) -> list[PfnRange]:
        """Return the pages of a zone that boot gives to the allocator, those of a range, in order."""
        low, high = max(zone.start_pfn, within.start), min(zone.end_pfn, within.end)
        return [
            free
            for run in self.runs_between(low, high)
            if run.kind is MemoryKind.MAP
            for free in uncovered(run.start, run.end, self.reserved)
        ]

    def unreserved(self, pages: PfnRange) -> Iterator[PfnRange]:
        """Yield the parts of a range of pages that memblock has not reserved, in order."""
        yield from uncovered(pages.start, pages.end, self.reserved)

    def buddies_of_free_pages(self, run: PageRun, zone: Zone) -> Iterator[int]:
        """Yield the pages of a run that are buddies of blocks which boot frees, lowest first.

        Boot frees the largest aligned blocks that fit (mm/memblock.c, __free_pages_memory()); the buddy of
        each is the first page of its other half.
        """
        size = self.kernel_config.max_order_nr_pages
        buddies: set[int] = set()
        for start in {run.start & -size, (run.end - 1) & -size}:
            block = Pageblock(start, start + size, tuple(self.runs_between(start, start + size)))
            for free in self.free_pages(block, zone):
                buddies.update(pfn for pfn in _buddies(free, size) if run.start <= pfn < run.end)
        yield from sorted(buddies)

    def largest_free_order(self, block: Pageblock, zone: Zone) -> int:
        """Return the order of the largest aligned free page of the block; -1 where it has none."""
        return max((_largest_order(run) for run in self.free_pages(block, zone)), default=-1)

    def free_bytes(self, zone: Zone) -> int:
        """Return how many bytes of the zone boot gives to the allocator."""
        zone_range = PfnRange(zone.start_pfn, zone.end_pfn)
        pages = sum(free.end - free.start for free in self.free_ranges(zone, zone_range))
        return pages << self.kernel_config.page_shift

    def contiguous(self, zone: Zone) -> bool:
        """Whether set_zone_contiguous() sets ``zone->contiguous``: each block of the span passes."""
        own = (zone.node, zone.index)
        if own not in self._contiguous:  # computed once for both scanners
            self._contiguous[own] = self._has_no_gap(zone) and all(
                self.pageblock_pfn_to_page(block.start, zone) for block in self.irregular_blocks(zone)
            )
        return self._contiguous[own]

    def _has_no_gap(self, zone: Zone) -> bool:
        """Whether every pfn of the zone's span has a struct page."""
        at = zone.start_pfn
        for run in self.runs_between(zone.start_pfn, zone.end_pfn):
            if run.start != at:
                return False
            at = run.end
        return at == zone.end_pfn

    def pageblock_pfn_to_page(self, block_start: int, zone: Zone) -> bool:
        """Whether __pageblock_pfn_to_page() accepts a block: its ends are valid and in the zone."""
        start = max(block_start, zone.start_pfn)
        end = min(block_start + self.kernel_config.pageblock_nr_pages, zone.end_pfn) - 1
        for run in (self.run_at(start), self.run_at(end)):
            page = run.page
            if not run.valid or (
                page.content is PageContent.INITIALISED and page[1:3] != (zone.node, zone.index)
            ):
                return False
        return True


def _buddies(run: PfnRange, largest: int) -> Iterator[int]:
    """Yield the buddies of the largest aligned blocks that make up a range."""
    at = run.start
    while at < run.end:
        size = min(at & -at or largest, largest)
        while at + size > run.end:
            size >>= 1
        if size < largest:
            yield at ^ size
        at += size


def _largest_order(run: PfnRange) -> int:
    """Return the largest order of which an aligned block fits into a range; -1 where none does."""
    order = (run.end - run.start).bit_length() - 1
    while order >= 0:
        size = 1 << order
        if (run.start + size - 1 & -size) + size <= run.end:
            return order
        order -= 1
    return -1
