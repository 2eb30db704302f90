# SPDX-License-Identifier: GPL-2.0-only
"""What every struct page holds when memory initialisation is over.

A *frame* is a run of pfns whose struct pages are in one state. Rules, in boot order
(mm/sparse.c, then mm/page_alloc.c; since 6.4 mm/mm_init.c):

1. Fresh memmap is zero, 0xff or whatever RAM held: by version, memory model and DEBUG_VM.
2. Until 5.7, memmap_init_zone() initialises the pfns of each zone that are valid early; since 5.8
   memmap_init() loops over memory regions, so NOMAP is initialised and holes are not.
3. The rest may be zeroed (4.15 to 5.5), given zone 0 of node 0 (5.6 to 5.11), or given its neighbours' zone
   and node (since 5.12), where the first pfn of the pageblock is valid. Until 5.7 on the NUMA path only.
4. A pageblock whose first pfn the loop of rule 2 never visits keeps migratetype UNMOVABLE.
5. Without vmemmap, some memmap is given back (``sections.freed_memmap``): its contents are somebody else's.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from explorer.boot.kernel_config import KernelConfig, MemoryModel, RamFill
from explorer.boot.sections import MemoryKind, MemoryRange, PfnRange
from explorer.boot.zones import Zone

__all__ = ["PageContent", "PageRun", "StructPage", "fresh_content", "page_runs", "pfn_valid"]


class PageContent(StrEnum):
    """What a struct page holds."""

    FREED = "freed"
    ZERO = "zero"
    FF = "0xff"
    STALE = "stale"
    INITIALISED = "initialised"


class StructPage(NamedTuple):
    """The state of a struct page; node, zone and reserved mean something when it is initialised.

    Attributes:
        content: what it holds.
        node: ``page_to_nid()``.
        zone: ``page_zonenum()``.
        reserved: ``PG_reserved`` was set because no memory is behind it.
    """

    content: PageContent
    node: int = 0
    zone: int = 0
    reserved: bool = False


class PageRun(NamedTuple):
    """Pfns ``[start, end)`` whose struct pages are alike.

    Attributes:
        start: first pfn.
        end: first pfn after.
        kind: what memory lies behind them.
        valid: what ``pfn_valid()`` says of them.
        page: the state of their struct pages.
        visited: memmap_init's loop visited them, so a pageblock that begins here became MOVABLE.
    """

    start: int
    end: int
    kind: MemoryKind
    valid: bool
    page: StructPage
    visited: bool


def pfn_valid(kind: MemoryKind, config: KernelConfig) -> bool:
    """Whether the kernel's pfn_valid accepts a pfn that has a memmap.

    arm64's own asks memblock: for mapped memory until 5.12, for any memory from 5.14 to 5.15.16. The generic
    one is satisfied with the section.
    """
    if not config.has("HAVE_ARCH_PFN_VALID"):
        return True
    if config.kernel.has("pfn_valid_is_memory"):
        return kind is not MemoryKind.HOLE
    return kind is MemoryKind.MAP


def page_runs(
    pieces: Sequence[MemoryRange],
    zones: Sequence[Zone],
    reserved: Sequence[PfnRange],
    freed: Sequence[PfnRange],
    config: KernelConfig,
) -> tuple[PageRun, ...]:
    """The state of all struct pages, in order of pfn, equal neighbours merged.

    Args:
        pieces: the present pfns by kind.
        zones: all zones.
        reserved: memblock.reserved in pfns, rounded out to whole pages.
        freed: the memmap given back.
        config: the kernel and its configuration.
    """
    cuts = [edge for zone in zones for edge in (zone.start_pfn, zone.end_pfn)]
    if _zeroes_reserved_only(config):
        cuts += [edge for span in reserved for edge in span]
    cuts += [edge for span in freed for edge in span]
    initialise = _Initialiser([piece for piece in pieces if piece.whole], zones, reserved, freed, config)
    return _merged(initialise.page_runs(_cut(pieces, sorted(set(cuts)), config.pageblock_nr_pages)))


class _Initialiser:
    """Decides the state of one piece after the other, in order of pfn."""

    def __init__(
        self,
        runs: Sequence[MemoryRange],
        zones: Sequence[Zone],
        reserved: Sequence[PfnRange],
        freed: Sequence[PfnRange],
        config: KernelConfig,
    ) -> None:
        self._config = config
        self._runs = runs
        self._max_pfn = runs[-1].end
        self._latest_first = zones[::-1]
        self._reserved = reserved
        self._freed = freed
        self._fresh = StructPage(fresh_content(config))
        self._valid = {kind: pfn_valid(kind, config) for kind in MemoryKind}
        self._by_regions = config.kernel.has("memmap_by_regions")
        self._flatmem = config.memory_model is MemoryModel.FLATMEM
        self._left_out = self._second_pass()

    def page_runs(self, pieces: Iterable[MemoryRange]) -> Iterable[PageRun]:
        """States of the pieces; ``first_valid`` follows the pageblocks as they begin."""
        block = self._config.pageblock_nr_pages
        first_valid = False
        for piece in pieces:
            if not piece.start & (block - 1):
                first_valid = self._valid[piece.kind]
            page, visited = self._state(piece, first_valid=first_valid)
            yield PageRun(piece.start, piece.end, piece.kind, self._valid[piece.kind], page, visited)

    def _state(self, piece: MemoryRange, *, first_valid: bool) -> tuple[StructPage, bool]:
        zone = self._zone_of(piece)
        visited = zone is not None and (self._by_regions or self._early_pfn_valid(piece))
        if self._freed and _inside(piece.start, self._freed):
            return StructPage(PageContent.FREED), visited
        if visited and zone is not None:
            page = StructPage(PageContent.INITIALISED, zone.node, zone.index, self._nomap_reserved(piece))
            return self._zeroed_late(piece, page, first_valid=first_valid), True
        if first_valid and self._left_out:
            return self._left_out(piece), False
        return self._fresh, False

    def _early_pfn_valid(self, piece: MemoryRange) -> bool:
        """early_pfn_valid(): pfn_valid() with SPARSEMEM, always true with FLATMEM (4.17 mmzone.h)."""
        return self._flatmem or self._valid[piece.kind]

    def _nomap_reserved(self, piece: MemoryRange) -> bool:
        """memmap_init_reserved_pages() goes through reserve_bootmem_region(), which asks pfn_valid()."""
        marks = self._config.kernel.has("nomap_reserved") and self._valid[MemoryKind.NOMAP]
        return marks and piece.kind is MemoryKind.NOMAP

    def _zeroed_late(self, piece: MemoryRange, page: StructPage, *, first_valid: bool) -> StructPage:
        """4.15 to 4.17 zero after initialising, and so undo it for reserved ranges outside memory."""
        late = not self._config.kernel.has("zero_before_memmap_init")
        if late and _zeroes_reserved_only(self._config) and self._is_unavailable(piece) and first_valid:
            return StructPage(PageContent.ZERO)
        return page

    def _second_pass(self) -> Callable[[MemoryRange], StructPage] | None:
        """Rule 3: what this kernel does with pages that the loop left out, if it does anything."""
        kernel = self._config.kernel
        if self._by_regions and self._flatmem:
            return None
        if not (self._by_regions or self._config.has("NUMA")):
            return None
        if kernel.has("holes_like_neighbours"):
            return self._like_neighbour
        if kernel.has("init_unavailable_mem"):
            return self._as_zone_zero
        return self._zeroed if kernel.has("zero_resv_unavail") else None

    def _like_neighbour(self, piece: MemoryRange) -> StructPage:
        zone = self._neighbour(piece)
        return StructPage(PageContent.INITIALISED, zone.node, zone.index, reserved=True)

    def _as_zone_zero(self, _piece: MemoryRange) -> StructPage:
        return StructPage(PageContent.INITIALISED, 0, 0, reserved=True)

    def _zeroed(self, piece: MemoryRange) -> StructPage:
        return StructPage(PageContent.ZERO) if self._is_unavailable(piece) else self._fresh

    def _is_unavailable(self, piece: MemoryRange) -> bool:
        """Whether zero_resv_unavail() means this piece."""
        if self._config.kernel.has("zero_all_unavailable"):
            return piece.kind is not MemoryKind.MAP and piece.start < self._max_pfn
        return piece.kind is MemoryKind.HOLE and _inside(piece.start, self._reserved)

    def _zone_of(self, piece: MemoryRange) -> Zone | None:
        """The zone that initialises a piece.

        Loops over zones know no nodes (``early_pfn_in_nid()`` is always true on arm64): where the spans of
        nodes overlap, the node set up last wins. Loops over regions take the node of the region.
        """
        if self._by_regions and not piece.whole:
            return None
        for zone in self._latest_first:
            holds = zone.start_pfn <= piece.start < zone.end_pfn
            if holds and (zone.node == piece.node or not self._by_regions):
                return zone
        return None

    def _neighbour(self, piece: MemoryRange) -> Zone:
        """init_unavailable_range(): the zone of the memory above; the last zone behind the last memory."""
        index = bisect_right(self._runs, piece.start, key=lambda run: run.start)
        above = self._zone_of(self._runs[index]) if index < len(self._runs) else None
        return above or self._latest_first[0]


def fresh_content(config: KernelConfig) -> PageContent:
    """What memmap holds before anything is initialised (mm/sparse-vmemmap.c, mm/sparse.c)."""
    kernel = config.kernel
    zeroed = {
        MemoryModel.FLATMEM: True,
        MemoryModel.SPARSEMEM: not kernel.has("sparse_memmap_not_zeroed"),
        MemoryModel.SPARSEMEM_VMEMMAP: not kernel.has("vmemmap_not_zeroed"),
    }[config.memory_model]
    if zeroed:
        return PageContent.ZERO
    # With 64K pages the sparse buffer cannot be had on a small machine; what replaces it is not poisoned.
    unpoisoned = kernel.has("poison_in_memmap_alloc") and config.page_shift == 16
    if config.has("DEBUG_VM") and not unpoisoned:
        return PageContent.FF
    return {RamFill.ZERO: PageContent.ZERO, RamFill.FF: PageContent.FF, RamFill.STALE: PageContent.STALE}[
        config.ram_fill
    ]


def _zeroes_reserved_only(config: KernelConfig) -> bool:
    """Whether reserved ranges outside memory are zeroed, and only they."""
    kernel = config.kernel
    return kernel.has("zero_resv_unavail") and not kernel.has("zero_all_unavailable") and config.has("NUMA")


def _inside(pfn: int, spans: Sequence[PfnRange]) -> bool:
    """Whether a pfn lies in one of the sorted, disjoint spans."""
    index = bisect_right(spans, pfn, key=lambda span: span.start) - 1
    return index >= 0 and pfn < spans[index].end


def _cut(pieces: Iterable[MemoryRange], cuts: Sequence[int], block: int) -> Iterable[MemoryRange]:
    """Cut pieces at the given pfns, and each part again where its first pageblock begins.

    After that, whether the first pfn of the pageblock is valid is one answer for each part.
    """
    at = 0
    for start, end, kind, whole, node in pieces:
        low = start
        while low < end:
            while at < len(cuts) and cuts[at] <= low:
                at += 1
            high = min(end, cuts[at]) if at < len(cuts) else end
            boundary = (low + block - 1) & -block
            if low < boundary < high:
                yield MemoryRange(low, boundary, kind, whole, node)
                low = boundary
            yield MemoryRange(low, high, kind, whole, node)
            low = high


def _merged(found: Iterable[PageRun]) -> tuple[PageRun, ...]:
    """Join neighbours that are alike."""
    merged: list[PageRun] = []
    for run in found:
        if merged:
            last = merged[-1]
            if last.end == run.start and last[2:] == run[2:]:
                merged[-1] = PageRun(last.start, *run[1:])
                continue
        merged.append(run)
    return tuple(merged)
