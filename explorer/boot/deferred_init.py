# SPDX-License-Identifier: GPL-2.0-or-later
"""DEFERRED_STRUCT_PAGE_INIT: the struct pages that memmap_init leaves to threads and to the reserve pass.

Rules (mm/page_alloc.c; since 6.4 mm/mm_init.c):

1. The loop over the last zone of a node breaks at the first section-aligned pfn that it reaches after it has
   initialised enough pages: one section since 4.17, before 2 GiB and the reserved memory. This pfn is the
   node's ``first_deferred_pfn`` (``defer_init()``). Earlier zones are initialised whole.
2. Until 5.7 the loop counts the pfns of the zone that pfn_valid() accepts, since 5.8 the pages of regions.
   From 5.8 to 5.10.4 it counts the last region only, and breaks in no other.
3. Threads initialise the whole pages of free memory from there on, and make a pageblock MOVABLE whose first
   page is free (``deferred_init_memmap()``, ``deferred_free_range()``).
4. reserve_bootmem_region() initialises the reserved pages that pfn_valid() accepts, since 5.14 those of NOMAP
   regions, too (``init_reserved_page()``). Their pageblocks stay UNMOVABLE until 6.12.
5. No other page behind ``first_deferred_pfn`` is initialised late: it keeps what the second pass gave it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Self

from explorer.boot.kernel_config import KernelConfig
from explorer.boot.memmap_rules import MemmapRules
from explorer.boot.sections import MemoryKind, MemoryRange, PfnRange
from explorer.boot.spans import inside
from explorer.boot.zones import Zone
from explorer.machine.memory_map import Region

__all__ = ["DeferredInit", "LatePage", "reserved_without_node"]

_2_GIB = 2 << 30
_BITS_PER_LONG = 64


class LatePage(NamedTuple):
    """A struct page that is initialised late.

    Attributes:
        node: ``page_to_nid()``.
        zone: ``page_zonenum()``; a number that no zone has where no zone of the node spans the page.
        reserved: ``PG_reserved`` was set because the page has no memory.
        movable: a pageblock that begins with the page becomes MOVABLE.
    """

    node: int
    zone: int
    reserved: bool
    movable: bool


class DeferredInit(NamedTuple):
    """What is deferred in a boot.

    Attributes:
        first_deferred_pfn: the pfn of each node that defers pages.
        zones: all zones.
        reserved: pfns that reserve_bootmem_region() is called for.
        accepts: the kinds of memory that pfn_valid() accepts.
        reserved_become_movable: a pageblock that begins with a reserved page becomes MOVABLE.
        threads_ran: the threads have initialised free memory.
    """

    first_deferred_pfn: dict[int, int]
    zones: tuple[Zone, ...]
    reserved: tuple[PfnRange, ...]
    accepts: frozenset[MemoryKind]
    reserved_become_movable: bool
    threads_ran: bool = True

    @classmethod
    def of(  # noqa: PLR0913, PLR0917 # the results of all earlier stages
        cls,
        ranges: Sequence[MemoryRange],
        zones: Sequence[Zone],
        reserved: Sequence[PfnRange],
        regions: Sequence[Region],
        rules: MemmapRules,
        config: KernelConfig,
    ) -> Self | None:
        """Return what a kernel defers; ``None`` if nothing.

        Args:
            ranges: the present pfns by kind of memory, holes included.
            zones: the populated zones.
            reserved: the pfns that reserve_bootmem_region() gets, in order.
            regions: memblock.reserved in bytes.
            rules: what decides the contents of struct pages.
            config: the kernel and its configuration.
        """
        if not config.has("DEFERRED_STRUCT_PAGE_INIT") or _is_off(config):
            return None
        first: dict[int, int] = {}
        for zone in {zone.node: zone for zone in zones}.values():  # the last of each node
            enough = _initialised_early(zone.node, zones, regions, config)
            pfn = _first_aligned(_counted(ranges, zone, rules, config), enough, config.pages_per_section)
            if pfn is not None:
                first[zone.node] = pfn
        if not first:
            return None
        return cls(
            first,
            tuple(zones),
            tuple(reserved),
            rules.pfn_valid.accepts,
            config.kernel.has("reserved_become_movable"),
        )

    def end_of_loop(self, zone: Zone) -> int:
        """Return the first pfn of a zone that the loop of memmap_init no longer initialises."""
        return min(zone.end_pfn, self.first_deferred_pfn.get(zone.node, zone.end_pfn))

    def late_page(self, part: MemoryRange) -> LatePage | None:
        """Return how a range is initialised late; ``None`` if it is not deferred, or left out."""
        node = self.zones[0].node if part.node < 0 else part.node  # early_pfn_to_nid() of a hole
        if part.start < self.first_deferred_pfn.get(node, part.end):
            return None
        own = [zone for zone in self.zones if zone.node == node]
        if inside(part.start, self.reserved):
            if part.kind not in self.accepts:
                return None
            spanning = [zone.index for zone in own if zone.start_pfn <= part.start < zone.end_pfn]
            zone_id = spanning[0] if spanning else _NO_ZONE
            return LatePage(node, zone_id, part.kind is not MemoryKind.MAP, self.reserved_become_movable)
        if part.whole and part.kind is MemoryKind.MAP and self.threads_ran:
            return LatePage(node, own[-1].index, reserved=False, movable=True)
        return None

    @property
    def before_threads(self) -> Self:
        """What is deferred before the threads run."""
        return self._replace(threads_ran=False)

    @property
    def cuts(self) -> Iterator[int]:
        """The pfns where the state of struct pages may change."""
        yield from self.first_deferred_pfn.values()
        yield from (edge for span in self.reserved for edge in span)


_NO_ZONE = 7
"""MAX_NR_ZONES or more: init_reserved_page() finds no zone that spans the page."""


def _is_off(config: KernelConfig) -> bool:
    """Whether ``early_page_ext`` turns deferral off (since 6.1); MEM_ALLOC_PROFILING_DEBUG implies it."""
    if not config.kernel.has("early_page_ext"):
        return False
    return config.has("MEM_ALLOC_PROFILING_DEBUG") or bool(config.parameters.values("early_page_ext"))


def _initialised_early(
    node: int, zones: Sequence[Zone], reserved: Sequence[Region], config: KernelConfig
) -> int:
    """Return how many pages of its last zone a node initialises before it defers any.

    Until 4.16 ``static_init_pgcnt``: 2 GiB or 1/256 of the node, and the size of all reserved regions that
    touch as much memory from the start of the node.
    """
    if config.kernel.has("defer_after_one_section"):
        return config.pages_per_section
    own = [zone for zone in zones if zone.node == node]
    start, spanned = own[0].start_pfn, own[-1].end_pfn - own[0].start_pfn
    most = max(_2_GIB >> config.page_shift, spanned >> 8)
    low, high = start << config.page_shift, (start + most) << config.page_shift
    size = sum(region.size for region in reserved if region.end >= low and region.base <= high)
    return min(most + (size >> config.page_shift), spanned)


def _counted(
    ranges: Iterable[MemoryRange], zone: Zone, rules: MemmapRules, config: KernelConfig
) -> list[PfnRange]:
    """Return the pfns that the loop over a zone counts, in order."""
    if rules.passes.by_regions:
        counted = [part for part in ranges if part.whole and part.node == zone.node]
    else:
        counted = [part for part in ranges if part.kind in rules.pfn_valid.accepts]
    clipped = [PfnRange(max(part.start, zone.start_pfn), min(part.end, zone.end_pfn)) for part in counted]
    spans = [span for span in clipped if span.start < span.end]
    ends_late = rules.passes.by_regions and not config.kernel.has("defer_by_zone")
    return spans[-1:] if ends_late else spans


def _first_aligned(counted: Iterable[PfnRange], enough: int, grain: int) -> int | None:
    """Return the first aligned pfn that is reached after enough pfns; ``None`` if there is none."""
    passed = 0
    for span in counted:
        pfn = span.start + max(0, enough - passed)
        pfn += -pfn % grain
        if pfn < span.end:
            return pfn
        passed += span.end - span.start
    return None


def reserved_without_node(
    memory: Sequence[Region],
    reserved: Sequence[Region],
    present: Sequence[PfnRange],
    config: KernelConfig,
) -> bool:
    """Whether reserve_bootmem_region() reads NODE_DATA() of a node that does not exist.

    From 6.5 to 6.7.2 it takes the node of the reserved region. memmap_init_reserved_pages() sets it from each
    region of memory on, over as many bytes as the address of the region's end. A region that this leaves out
    has MAX_NUMNODES; node_online() reads the next node mask, if the masks are whole words, and finds it set.
    """
    kernel = config.kernel
    asks = kernel.has("reserved_by_node") and not kernel.has("reserved_outside_memory")
    if not (asks and config.has("NUMA") and config.has("DEFERRED_STRUCT_PAGE_INIT")):
        return False
    if (1 << config.nodes_shift) % _BITS_PER_LONG:
        return False
    named = [(region.base, region.base + region.end) for region in memory]
    return any(
        inside(region.base >> config.page_shift, present)
        for region in reserved
        if not any(low <= region.base < high for low, high in named)
    )
