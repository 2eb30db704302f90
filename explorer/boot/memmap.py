# SPDX-License-Identifier: GPL-2.0-only
"""What every struct page holds when memory initialisation is over.

Rules, in boot order (mm/sparse.c, then mm/page_alloc.c; since 6.4 mm/mm_init.c):

1. Fresh memmap is zero, 0xff or whatever RAM held, by version, memory model and DEBUG_VM (``FreshMemmap``).
2. Until 5.7, memmap_init_zone() initialises the pfns of each zone that early_pfn_valid() accepts. Since 5.8
   memmap_init() loops over memory regions: it initialises NOMAP and leaves out holes.
3. A second pass may handle the pages that the loop left out, where the first pfn of their pageblock is valid
   (``MemmapPasses``).
4. A pageblock whose first pfn the loop of rule 2 does not visit keeps migratetype UNMOVABLE.
5. Without vmemmap, part of the memmap is given back (``sections.freed_memmap``) and holds other data.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple, Self

from explorer.boot.kernel_config import KernelConfig, MemoryModel, RamFill
from explorer.boot.sections import MemoryKind, MemoryRange, PfnRange
from explorer.boot.zones import Zone

__all__ = [
    "FreshCause",
    "FreshMemmap",
    "MemmapPasses",
    "MemmapRules",
    "PageContent",
    "PageRun",
    "PfnValid",
    "SecondPass",
    "SkipReason",
    "StructPage",
    "page_runs",
]


class PageContent(StrEnum):
    """What a struct page holds."""

    FREED = "freed"
    ZERO = "zero"
    FF = "0xff"
    STALE = "stale"
    INITIALISED = "initialised"


class StructPage(NamedTuple):
    """The state of a struct page; the other fields are meaningful where ``content`` is INITIALISED.

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
    """Consecutive pfns ``[start, end)`` whose struct pages are in one state.

    Attributes:
        start: first pfn.
        end: first pfn after the run.
        kind: what memory lies behind the pfns.
        valid: the result of ``pfn_valid()``.
        page: the state of the struct pages.
        visited: the loop of memmap_init visited them, so a pageblock that begins here became MOVABLE.
    """

    start: int
    end: int
    kind: MemoryKind
    valid: bool
    page: StructPage
    visited: bool


class PfnValid(NamedTuple):
    """The kernel's pfn_valid(), for pfns that have a memmap.

    Attributes:
        of_arm64: arm64 has its own, which asks memblock; the generic one accepts every pfn of a section.
        accepts: the kinds of memory that it accepts.
    """

    of_arm64: bool
    accepts: frozenset[MemoryKind]

    @classmethod
    def of(cls, config: KernelConfig) -> Self:
        """Return the pfn_valid() of a kernel.

        arm64's own (arch/arm64/mm/init.c) accepts mapped memory until 5.12, any memory from 5.14 to 5.15.16.
        """
        if not config.has("HAVE_ARCH_PFN_VALID"):
            return cls(of_arm64=False, accepts=frozenset(MemoryKind))
        if config.kernel.has("pfn_valid_is_memory"):
            return cls(of_arm64=True, accepts=frozenset({MemoryKind.MAP, MemoryKind.NOMAP}))
        return cls(of_arm64=True, accepts=frozenset({MemoryKind.MAP}))


class FreshCause(StrEnum):
    """Why fresh memmap holds what it holds."""

    ALLOCATED_ZEROED = "allocated zeroed"
    POISONED = "poisoned"
    RAM = "ram"


class FreshMemmap(NamedTuple):
    """What memmap holds before anything is initialised (mm/sparse-vmemmap.c, mm/sparse.c).

    Attributes:
        content: what its struct pages hold.
        cause: why.
    """

    content: PageContent
    cause: FreshCause

    @classmethod
    def of(cls, config: KernelConfig) -> Self:
        """Return the fresh memmap of a kernel."""
        kernel = config.kernel
        zeroed = {
            MemoryModel.FLATMEM: True,
            MemoryModel.SPARSEMEM: not kernel.has("sparse_memmap_not_zeroed"),
            MemoryModel.SPARSEMEM_VMEMMAP: not kernel.has("vmemmap_not_zeroed"),
        }[config.memory_model]
        if zeroed:
            return cls(PageContent.ZERO, FreshCause.ALLOCATED_ZEROED)
        # With 64K pages a small machine gets no sparse buffer; the memory used instead is not poisoned.
        unpoisoned = kernel.has("poison_in_memmap_alloc") and config.page_shift == 16
        if config.has("DEBUG_VM") and not unpoisoned:
            return cls(PageContent.FF, FreshCause.POISONED)
        return cls(_RAM_CONTENT[config.ram_fill], FreshCause.RAM)


_RAM_CONTENT = {
    RamFill.ZERO: PageContent.ZERO,
    RamFill.FF: PageContent.FF,
    RamFill.STALE: PageContent.STALE,
}


class SecondPass(StrEnum):
    """The kernel function that handles pages which the loop left out."""

    ZERO_RESERVED = "zero_resv_unavail, reserved ranges outside memory"
    ZERO_ALL = "zero_resv_unavail"
    ZONE_ZERO = "init_unavailable_mem"
    NEIGHBOURS = "init_unavailable_range"

    @property
    def function(self) -> str:
        """The name of the kernel function."""
        return self.value.partition(",")[0]


class SkipReason(StrEnum):
    """Why a kernel that has a second pass does not run it."""

    NUMA_OFF = "NUMA"
    FLATMEM = "FLATMEM"


class MemmapPasses(NamedTuple):
    """How a kernel initialises struct pages.

    Attributes:
        by_regions: memmap_init() loops over memory regions (5.8); before, memmap_init_zone() loops over the
            pfns of the zone.
        second: the function that this kernel has for the pages left out; ``None`` where it has none.
        skipped: why that function does not run; ``None`` where it runs or does not exist.
        zeroes_late: the second pass runs after the loop and overwrites what the loop initialised
            (4.15 to 4.17).
    """

    by_regions: bool
    second: SecondPass | None
    skipped: SkipReason | None
    zeroes_late: bool

    @property
    def running(self) -> SecondPass | None:
        """The second pass, where it runs."""
        return None if self.skipped else self.second

    @classmethod
    def of(cls, config: KernelConfig) -> Self:
        """Return the passes of a kernel.

        Until 5.7 the second pass is called from free_area_init_nodes(), which arm64 calls with NUMA only
        (arch/arm64/mm/init.c, zone_sizes_init()). With FLATMEM it finds nothing to do since 5.8.
        """
        by_regions = config.kernel.has("memmap_by_regions")
        second = _second_pass(config)
        skipped = None
        if second and by_regions and config.memory_model is MemoryModel.FLATMEM:
            skipped = SkipReason.FLATMEM
        elif second and not (by_regions or config.has("NUMA")):
            skipped = SkipReason.NUMA_OFF
        late = second is SecondPass.ZERO_RESERVED and not config.kernel.has("zero_before_memmap_init")
        return cls(by_regions, second, skipped, zeroes_late=late and not skipped)


def _second_pass(config: KernelConfig) -> SecondPass | None:
    """Return the second pass that the kernel has, run or not."""
    kernel = config.kernel
    if kernel.has("holes_like_neighbours"):
        return SecondPass.NEIGHBOURS
    if kernel.has("init_unavailable_mem"):
        return SecondPass.ZONE_ZERO
    if kernel.has("zero_resv_unavail"):
        return SecondPass.ZERO_ALL if kernel.has("zero_all_unavailable") else SecondPass.ZERO_RESERVED
    return None


class MemmapRules(NamedTuple):
    """What decides the contents of struct pages in a configured kernel.

    Attributes:
        fresh: what memmap holds at first.
        passes: the functions that initialise it.
        pfn_valid: the pfns that these functions take for valid.
    """

    fresh: FreshMemmap
    passes: MemmapPasses
    pfn_valid: PfnValid

    @classmethod
    def of(cls, config: KernelConfig) -> Self:
        """Return the rules of a kernel."""
        return cls(FreshMemmap.of(config), MemmapPasses.of(config), PfnValid.of(config))


def page_runs(  # noqa: PLR0913, PLR0917 # the results of all earlier stages
    ranges: Sequence[MemoryRange],
    zones: Sequence[Zone],
    reserved: Sequence[PfnRange],
    freed: Sequence[PfnRange],
    rules: MemmapRules,
    config: KernelConfig,
) -> tuple[PageRun, ...]:
    """Return the states of all struct pages, in order of pfn, with equal neighbours merged.

    Args:
        ranges: the present pfns by kind of memory.
        zones: all zones.
        reserved: memblock.reserved in pfns, rounded out to whole pages.
        freed: pfns whose memmap is given back.
        rules: what decides the contents.
        config: the kernel and its configuration.
    """
    cuts = [edge for zone in zones for edge in (zone.start_pfn, zone.end_pfn)]
    if rules.passes.running is SecondPass.ZERO_RESERVED:
        cuts += [edge for span in reserved for edge in span]
    cuts += [edge for span in freed for edge in span]
    whole = [part for part in ranges if part.whole]
    initialiser = _Initialiser(whole, zones, reserved, freed, rules, config)
    return _merged(initialiser.page_runs(_cut(ranges, sorted(set(cuts)), config.pageblock_nr_pages)))


class _Initialiser:
    """Decides the state of one range after the other, in order of pfn."""

    def __init__(  # noqa: PLR0913, PLR0917 # as page_runs()
        self,
        runs: Sequence[MemoryRange],
        zones: Sequence[Zone],
        reserved: Sequence[PfnRange],
        freed: Sequence[PfnRange],
        rules: MemmapRules,
        config: KernelConfig,
    ) -> None:
        passes = rules.passes
        self._config = config
        self._runs = runs
        self._max_pfn = runs[-1].end
        self._latest_first = zones[::-1]
        self._reserved = reserved
        self._freed = freed
        self._fresh = StructPage(rules.fresh.content)
        self._valid = {kind: kind in rules.pfn_valid.accepts for kind in MemoryKind}
        self._by_regions = passes.by_regions
        self._flatmem = config.memory_model is MemoryModel.FLATMEM
        self._zeroes_late = passes.zeroes_late
        self._all_unavailable = passes.second is SecondPass.ZERO_ALL
        self._left_out = {
            None: self._untouched,
            SecondPass.ZERO_RESERVED: self._zeroed,
            SecondPass.ZERO_ALL: self._zeroed,
            SecondPass.ZONE_ZERO: self._as_zone_zero,
            SecondPass.NEIGHBOURS: self._like_neighbour,
        }[passes.running]

    def page_runs(self, ranges: Iterable[MemoryRange]) -> Iterable[PageRun]:
        """Yield the states of the ranges; ``first_valid`` is that of the first pfn of the pageblock."""
        block = self._config.pageblock_nr_pages
        first_valid = False
        for part in ranges:
            if not part.start & (block - 1):
                first_valid = self._valid[part.kind]
            page, visited = self._state(part, first_valid=first_valid)
            yield PageRun(part.start, part.end, part.kind, self._valid[part.kind], page, visited)

    def _state(self, part: MemoryRange, *, first_valid: bool) -> tuple[StructPage, bool]:
        """Return the state, and whether the loop visited the range."""
        zone = self._zone_of(part)
        visited = zone is not None and (self._by_regions or self._early_pfn_valid(part))
        if self._freed and _inside(part.start, self._freed):
            return StructPage(PageContent.FREED), visited
        if visited and zone is not None:
            if self._zeroes_late and first_valid and self._is_unavailable(part):
                return StructPage(PageContent.ZERO), True
            return StructPage(
                PageContent.INITIALISED, zone.node, zone.index, self._nomap_reserved(part)
            ), True
        return (self._left_out(part) if first_valid else self._fresh), False

    def _early_pfn_valid(self, part: MemoryRange) -> bool:
        """early_pfn_valid(): pfn_valid() with SPARSEMEM, always true with FLATMEM (4.17 mmzone.h)."""
        return self._flatmem or self._valid[part.kind]

    def _nomap_reserved(self, part: MemoryRange) -> bool:
        """memmap_init_reserved_pages() marks NOMAP by reserve_bootmem_region(), which asks pfn_valid()."""
        marks = self._config.kernel.has("nomap_reserved") and self._valid[MemoryKind.NOMAP]
        return marks and part.kind is MemoryKind.NOMAP

    def _untouched(self, _piece: MemoryRange) -> StructPage:
        return self._fresh

    def _like_neighbour(self, part: MemoryRange) -> StructPage:
        zone = self._neighbour(part)
        return StructPage(PageContent.INITIALISED, zone.node, zone.index, reserved=True)

    def _as_zone_zero(self, _piece: MemoryRange) -> StructPage:
        return StructPage(PageContent.INITIALISED, 0, 0, reserved=True)

    def _zeroed(self, part: MemoryRange) -> StructPage:
        return StructPage(PageContent.ZERO) if self._is_unavailable(part) else self._fresh

    def _is_unavailable(self, part: MemoryRange) -> bool:
        """Whether zero_resv_unavail() zeroes a range."""
        if self._all_unavailable:
            return part.kind is not MemoryKind.MAP and part.start < self._max_pfn
        return part.kind is MemoryKind.HOLE and _inside(part.start, self._reserved)

    def _zone_of(self, part: MemoryRange) -> Zone | None:
        """Return the zone that initialises a range.

        Loops over zones know no nodes (``early_pfn_in_nid()`` is always true on arm64): where the spans of
        nodes overlap, the node set up last wins. Loops over regions take the node of the region.
        """
        if self._by_regions and not part.whole:
            return None
        for zone in self._latest_first:
            holds = zone.start_pfn <= part.start < zone.end_pfn
            if holds and (zone.node == part.node or not self._by_regions):
                return zone
        return None

    def _neighbour(self, part: MemoryRange) -> Zone:
        """Return the zone that init_unavailable_range() gives: of the memory above, else the last zone."""
        index = bisect_right(self._runs, part.start, key=lambda run: run.start)
        above = self._zone_of(self._runs[index]) if index < len(self._runs) else None
        return above or self._latest_first[0]


def _inside(pfn: int, spans: Sequence[PfnRange]) -> bool:
    """Whether a pfn lies in one of the sorted, disjoint spans."""
    index = bisect_right(spans, pfn, key=lambda span: span.start) - 1
    return index >= 0 and pfn < spans[index].end


def _cut(ranges: Iterable[MemoryRange], cuts: Sequence[int], block: int) -> Iterable[MemoryRange]:
    """Cut ranges at the given pfns, and each part again where its first pageblock begins.

    Afterwards all pageblocks of a part agree on whether their first pfn is valid.
    """
    at = 0
    for start, end, kind, whole, node in ranges:
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


def _merged(page_runs: Iterable[PageRun]) -> tuple[PageRun, ...]:
    """Merge neighbours that are alike."""
    merged: list[PageRun] = []
    for run in page_runs:
        if merged:
            last = merged[-1]
            if last.end == run.start and last[2:] == run[2:]:
                merged[-1] = PageRun(last.start, *run[1:])
                continue
        merged.append(run)
    return tuple(merged)
