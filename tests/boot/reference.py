# SPDX-License-Identifier: GPL-2.0-or-later
"""arm64 memory initialisation page by page: slow, plain, and written apart from the simulator.

One ``Page`` for each pfn that has a struct page; every rule is a loop over pages with the version spelt out.
The simulator must give the same states and the same first bad pages.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from explorer.boot import KernelConfig, MemoryModel
from explorer.boot.sparse_buffer import section_supplies
from explorer.machine import Region
from explorer.version import KernelVersion

__all__ = ["Page", "Reference"]


ONES = {"0xff", "0xff, but reserved"}
UNKNOWN = {"stale", "freed", "cleared or not"}


def at_least(version: KernelVersion, major: int, minor: int, stable: int = 0) -> bool:
    return (version.major, version.minor, version.stable) >= (major, minor, stable)


def took(version: KernelVersion, mainline: str, *backports: str) -> bool:
    """Whether a release has a commit of a mainline release that stable series took, each in one release."""
    numbers = (version.major, version.minor, version.stable)
    borders = [tuple(map(int, text.split("."))) for text in backports]
    in_series = any(border[:2] == numbers[:2] and numbers >= border for border in borders)
    return in_series or numbers >= tuple(map(int, mainline.split(".")))


@dataclass
class Page:
    """A struct page and what lies behind it."""

    pfn: int
    kind: str
    whole: bool
    region_node: int
    content: str = ""
    node: int = 0
    zone: int = 0
    reserved: bool = False
    valid: bool = False
    visited: bool = False
    movable: bool = False

    @property
    def state(self) -> tuple[object, ...]:
        own = (self.node, self.zone, self.reserved) if self.content == "initialised" else ()
        return (self.kind, self.valid, self.content, *own)


@dataclass
class ReferenceZone:
    node: int
    index: int
    start: int
    end: int
    present: int = 0
    name: str = ""


@dataclass
class Reference:
    """A whole boot."""

    kernel_config: KernelConfig
    memory: Sequence[Region]
    reserved: Sequence[Region]
    pages: dict[int, Page] = field(default_factory=dict)
    zones: list[ReferenceZone] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.version = self.kernel_config.kernel.version
        self.size = 1 << self.kernel_config.page_shift
        self.block = 1 << self.kernel_config.pageblock_order
        self.flatmem = self.kernel_config.memory_model is MemoryModel.FLATMEM
        self.holes_like_neighbours = took(self.version, "5.12", "5.11.7", "5.10.24")
        self.make_pages()
        self.make_zones()
        self.fresh_memmap()
        self.free_unused_memmap()
        self.memmap_init()

    # --- which pages have a struct page, and what is behind them -------------------------------------------

    def make_pages(self) -> None:
        for pfn in sorted(self.pfns_with_memmap()):
            region = self.region_of_byte(pfn * self.size)
            kind = "hole" if region is None else "nomap" if region.nomap else "map"
            whole = region is not None and (pfn + 1) * self.size <= region.end
            self.pages[pfn] = Page(pfn, kind, whole, self.node_of(region))

    def pfns_with_memmap(self) -> set[int]:
        found: set[int] = set()
        if self.flatmem:
            grain = self.kernel_config.max_order_nr_pages
            first = -(-self.memory[0].base // self.size) // grain * grain
            last = -(-(self.memory[-1].end // self.size) // grain) * grain
            return set(range(first, last))
        section = 1 << (self.kernel_config.section_size_bits - self.kernel_config.page_shift)
        skips = took(self.version, "5.10")  # for_each_mem_pfn_range()
        for region in self.memory:  # memory_present() steps by sections from that of the first whole page
            first = -(-region.base // self.size) // section * section
            if skips and -(-region.base // self.size) >= region.end // self.size:
                continue
            for pfn in range(first, region.end // self.size, section):
                found.update(range(pfn, pfn + section))
        return found

    def region_of_byte(self, address: int) -> Region | None:
        return next((region for region in self.memory if region.base <= address < region.end), None)

    def node_of(self, region: Region | None) -> int:
        if region is None:
            return -1
        every_region_has_one = all(other.node is not None for other in self.memory)
        return (region.node or 0) if self.kernel_config.has("NUMA") and every_region_has_one else 0

    # --- zones ---------------------------------------------------------------------------------------------

    def zone_limits(self) -> list[int]:
        start, end, four = self.memory[0].base, self.memory[-1].end, 1 << 32
        limits = []
        if self.kernel_config.has("ZONE_DMA"):
            if not at_least(self.version, 5, 5):
                limits.append(min(start // four * four + four, end))
            elif not took(self.version, "5.11", "5.10.22"):
                limits.append(min((start >> 30 << 30) + (1 << 30), end))
            elif not took(self.version, "5.11", "5.10.47"):
                limits.append(min(start // four * four + four, end))
            else:
                limits.append(end if start >= four else min(four, end))
        if self.kernel_config.has("ZONE_DMA32"):
            if not took(self.version, "5.11", "5.10.47"):
                limits.append(min(start // four * four + four, end))
            elif not at_least(self.version, 6, 12):
                limits.append(end if start >= four else min(four, end))
            else:
                limits.append(min(four, end))
        return [limit // self.size for limit in [*limits, end]]

    def make_zones(self) -> None:
        limits = self.zone_limits()
        names = [name for name in ("DMA", "DMA32") if self.kernel_config.has(f"ZONE_{name}")] + ["Normal"]
        for node in sorted({page.region_node for page in self.pages.values() if page.whole}):
            own = [page.pfn for page in self.pages.values() if page.whole and page.region_node == node]
            for index, limit in enumerate(limits):
                low = max([0, *limits[:index]])
                start, end = max(low, min(own)), min(limit, max(own) + 1)
                present = sum(start <= pfn < end for pfn in own)
                if present:
                    self.zones.append(ReferenceZone(node, index, start, end, present, names[index]))

    # --- what the struct pages hold ------------------------------------------------------------------------

    def fresh_memmap(self) -> None:
        """Where the memmap comes from (``sparse_buffer``) is tested apart; what it holds follows here."""
        supplies = section_supplies(self.memory, self.reserved, self.kernel_config)
        supply_of = {pfn: str(supply.name) for start, end, supply in supplies for pfn in range(start, end)}
        for page in self.pages.values():
            page.content = self.fresh_content("BUFFER" if self.flatmem else supply_of[page.pfn])
            page.valid = self.pfn_valid(page)

    def fresh_content(self, supply: str) -> str:
        if supply == "EITHER":
            both = {self.fresh_content("BUFFER"), self.fresh_content("FALLBACK")}
            return both.pop() if len(both) == 1 else "cleared or not"
        classic = self.kernel_config.memory_model is MemoryModel.SPARSEMEM
        raw = at_least(self.version, 5, 15) or (
            not self.flatmem and at_least(self.version, 4, 19 if classic else 15)
        )
        if not raw or (classic and supply == "FALLBACK" and not at_least(self.version, 5, 5)):
            return "zero"
        vmemmap = not classic and not self.flatmem
        block = vmemmap and supply == "FALLBACK" and at_least(self.version, 5, 15)
        block &= not at_least(self.version, 6, 14)
        if self.kernel_config.has("DEBUG_VM") and not block:
            return "0xff"
        return {"zero": "zero", "ff": "0xff", "stale": "stale"}[str(self.kernel_config.ram_fill)]

    def reserve(self) -> None:
        """reserve_bootmem_region() makes a poisoned page no tail page: its list head is initialised."""
        for page in self.pages.values():
            if page.content == "0xff" and page.valid and self.gets_reserved(page.pfn):
                page.content = "0xff, but reserved"

    def gets_reserved(self, pfn: int) -> bool:
        """Reserved regions, since 5.14 NOMAP, and the end of a node inside a page: its data lie there."""
        low, high = pfn * self.size, (pfn + 1) * self.size
        nomap = at_least(self.version, 5, 14) and self.pfn_valid(
            Page(pfn, "nomap", whole=True, region_node=0)
        )
        if nomap and any(region.nomap and region.base < high and low < region.end for region in self.memory):
            return True
        return self.is_reserved(pfn) or self.ends_a_node(low, high)

    def ends_a_node(self, low: int, high: int) -> bool:
        if not self.kernel_config.has("NUMA") or any(region.node is None for region in self.memory):
            return False
        blocks = (1 << (self.kernel_config.section_size_bits - self.kernel_config.page_shift)) // self.block
        usemap = 8 if self.flatmem else (blocks * 4 + 63) // 64 * 8
        for node in {region.node for region in self.memory}:
            own = [region for region in self.memory if region.node == node and not region.nomap]
            last = own[-1] if own else None
            if last and low < last.end < high and last.end - max(low, last.base) >= usemap:
                return True
        return False

    def pfn_valid(self, page: Page) -> bool:
        if not self.kernel_config.has("HAVE_ARCH_PFN_VALID"):
            return True
        if at_least(self.version, 5, 14) and not at_least(self.version, 5, 15, 36):
            return page.kind != "hole"
        return page.kind == "map"

    def free_unused_memmap(self) -> None:
        generic = at_least(self.version, 5, 11)
        vmemmap = self.kernel_config.memory_model is MemoryModel.SPARSEMEM_VMEMMAP
        self.freed: set[int] = set()
        if vmemmap or (generic and not self.kernel_config.has("HAVE_ARCH_PFN_VALID")):
            return
        section = 1 << (self.kernel_config.section_size_bits - self.kernel_config.page_shift)
        grain = self.kernel_config.max_order_nr_pages
        previous = 0
        for region in self.memory:
            start = region.base // self.size
            if not self.flatmem:
                start = min(start, -(-previous // section) * section)
            elif generic:
                start = start // grain * grain
            if previous:
                self.give_back(previous, start)
            previous = -(-(region.end // self.size) // grain) * grain
        if not self.flatmem:
            self.give_back(previous, -(-previous // section) * section)

    def give_back(self, start: int, end: int) -> None:
        """Only whole pages of memmap are given back."""
        per_page = self.size // 64
        for pfn in range(start, end):
            first = pfn // per_page * per_page
            if first >= start and first + per_page <= end:
                self.freed.add(pfn)

    def memmap_init(self) -> None:
        by_regions = at_least(self.version, 5, 8)
        self.first_deferred = {
            node: pfn
            for node in {zone.node for zone in self.zones}
            for pfn in self.defer_init(node, by_regions=by_regions)
        }
        for page in self.pages.values():
            zone = self.zone_for(page, by_regions=by_regions, deferred=self.first_deferred)
            if by_regions:
                page.visited = page.whole and zone is not None
            else:
                page.visited = zone is not None and (self.flatmem or page.valid)
            if page.visited and zone is not None:
                nomap_reserved = page.kind == "nomap" and at_least(self.version, 5, 14)
                self.initialise(page, zone, reserved=nomap_reserved)
            page.movable = page.visited
        whole = [page for page in self.pages.values() if page.whole]
        self.last = whole[-1].pfn + 1
        self.above: Page | None = None
        if self.inits_by_zone(by_regions=by_regions):
            self.init_zone_by_zone()
        else:
            for page in reversed(self.pages.values()):
                self.second_pass(page, by_regions=by_regions)
                if page.whole:
                    self.above = page
        for page in self.pages.values():
            self.initialise_late(page)
        self.reserve()
        for pfn in self.freed & self.pages.keys():
            self.pages[pfn].content = "freed"

    def inits_by_zone(self, *, by_regions: bool) -> bool:
        """Whether memmap_init_zone() is called for each zone, and takes what is between regions for holes."""
        in_order = took(self.version, "5.14", "5.13.2", "5.12.17", "5.10.53")
        return by_regions and self.holes_like_neighbours and not in_order and not self.flatmem

    def init_zone_by_zone(self) -> None:
        """memmap_init_zone() of 5.12, page by page, in the order of its loops."""
        grain = 1 << (self.kernel_config.section_size_bits - self.kernel_config.page_shift)
        for page in self.pages.values():
            page.visited = page.movable = False
        hole = 0
        for zone in self.zones:
            regions = [region for region in self.memory if self.node_of(region) == zone.node]
            for region in regions:
                first, last = -(-region.base // self.size), region.end // self.size
                if first >= last:
                    continue
                start, end = (min(max(pfn, zone.start), zone.end) for pfn in (first, last))
                for pfn in range(start, end):
                    if pfn < self.first_deferred.get(zone.node, pfn + 1):
                        self.initialise(self.pages[pfn], zone, reserved=False)
                        self.pages[pfn].visited = self.pages[pfn].movable = True
                self.init_unavailable_range(hole, start, zone)
                hole = end
            self.init_unavailable_range(hole, -(-zone.end // grain) * grain, zone)

    def init_unavailable_range(self, start: int, end: int, zone: ReferenceZone) -> None:
        for page in self.pages.values():
            first = self.pages.get(page.pfn // self.block * self.block)
            if start <= page.pfn < end and first and first.valid:
                # memory that is free is no longer reserved when boot has freed it
                self.initialise(page, zone, reserved=not (page.whole and page.kind == "map"))

    def initialise(self, page: Page, zone: ReferenceZone, *, reserved: bool) -> None:
        page.content, page.node, page.zone, page.reserved = "initialised", zone.node, zone.index, reserved

    def zone_for(
        self, page: Page, *, by_regions: bool, deferred: Mapping[int, int] | None = None
    ) -> ReferenceZone | None:
        ends = deferred or {}
        holding = [
            zone
            for zone in self.zones
            if zone.start <= page.pfn < min(zone.end, ends.get(zone.node, zone.end))
        ]
        if by_regions:
            holding = [zone for zone in holding if zone.node == page.region_node] if page.whole else []
        return holding[-1] if holding else None

    def defer_init(self, node: int, *, by_regions: bool) -> Iterator[int]:
        """The pfn at which the loop over the last zone of a node breaks, if it does."""
        if not self.kernel_config.has("DEFERRED_STRUCT_PAGE_INIT"):
            return
        section = self.kernel_config.pages_per_section
        enough = section if at_least(self.version, 4, 17) else 1 << 19
        last = [zone for zone in self.zones if zone.node == node][-1]
        initialised = 0
        for start, end in self.loops(last, by_regions=by_regions):
            for pfn in range(start, end):
                if not by_regions and not (pfn in self.pages and self.pages[pfn].valid):
                    continue
                initialised += 1
                if initialised > enough and pfn % section == 0:
                    yield pfn
                    return

    def loops(self, zone: ReferenceZone, *, by_regions: bool) -> Iterator[tuple[int, int]]:
        """The ranges of a zone that memmap_init() counts."""
        if not by_regions:
            yield zone.start, zone.end
            return
        own = [region for region in self.memory if self.node_of(region) == zone.node]
        spans = [(-(-region.base // self.size), region.end // self.size) for region in own]
        clipped = [(max(start, zone.start), min(end, zone.end)) for start, end in spans]
        filled = [(start, end) for start, end in clipped if start < end]
        counts_all = at_least(self.version, 5, 11) or at_least(self.version, 5, 10, 5)
        yield from filled if counts_all else filled[-1:]

    def initialise_late(self, page: Page) -> None:
        """Deferred pages: free ones by threads, reserved ones by reserve_bootmem_region()."""
        node = page.region_node if page.kind != "hole" else self.zones[0].node
        if page.pfn < self.first_deferred.get(node, page.pfn + 1):
            return
        own = [zone for zone in self.zones if zone.node == node]
        if self.gets_reserved(page.pfn):
            if page.valid:
                nowhere = ReferenceZone(node, 7, 0, 0)
                zone = next((zone for zone in own if zone.start <= page.pfn < zone.end), nowhere)
                self.initialise(page, zone, reserved=page.kind != "map")
                page.visited = True
                page.movable |= at_least(self.version, 6, 13)
        elif page.kind == "map" and page.whole:
            self.initialise(page, own[-1], reserved=False)
            page.visited = page.movable = True

    def second_pass(self, page: Page, *, by_regions: bool) -> None:
        """What happens to pages that the first loop left out, where the pageblock begins valid."""
        version = self.version
        first = self.pages.get(page.pfn // self.block * self.block)
        if first is None or not first.valid or (self.flatmem and by_regions and not at_least(version, 5, 15)):
            return
        if not by_regions and not self.kernel_config.has("NUMA"):
            return
        left_out = not page.visited
        all_unavailable = took(version, "4.20", "4.19.103")
        if at_least(version, 4, 15) and not all_unavailable:
            late = not took(version, "4.18", "4.17.7")  # 4.15 to 4.17.6 zero after they have initialised
            if page.kind == "hole" and self.is_reserved(page.pfn) and (left_out or late):
                page.content = "zero"
        elif all_unavailable and not at_least(version, 5, 6):
            if left_out and (page.kind != "map" or self.ends_at_gap(page)) and page.pfn < self.last:
                page.content = "zero"
        elif at_least(version, 5, 6) and not self.holes_like_neighbours:
            if left_out and (page.kind != "map" or self.ends_at_gap(page)):
                self.initialise(page, ReferenceZone(0, 0, 0, 0), reserved=True)
        elif self.is_hole(page):
            self.initialise(page, self.neighbour(), reserved=True)

    def is_hole(self, page: Page) -> bool:
        """Whether init_unavailable_range() gets the page; with FLATMEM it stops at the end of memory."""
        after_memory = self.flatmem and page.pfn >= self.last
        return self.holes_like_neighbours and not (page.visited or page.whole or after_memory)

    def ends_at_gap(self, page: Page) -> bool:
        """Whether mapped memory ends inside a page and none begins there."""
        mapped = [region for region in self.memory if not region.nomap]
        first = next(region for region in mapped if region.base <= page.pfn * self.size < region.end)
        return first.end < (page.pfn + 1) * self.size and all(other.base != first.end for other in mapped)

    def is_reserved(self, pfn: int) -> bool:
        low, high = pfn * self.size, (pfn + 1) * self.size
        return any(region.size and region.base < high and low < region.end for region in self.reserved)

    def neighbour(self) -> ReferenceZone:
        """The zone of the next memory above the page at hand; behind all memory the last zone."""
        if self.above:
            found = self.zone_for(self.above, by_regions=True)
            if found:
                return found
        if not took(self.version, "5.14", "5.13.2", "5.12.17", "5.10.53"):
            return self.zones[-1]
        last = max(pfn for pfn, page in self.pages.items() if page.whole)
        return [zone for zone in self.zones if zone.node == self.pages[last].region_node][-1]

    # --- walkers -------------------------------------------------------------------------------------------

    def blocks(self, zone: ReferenceZone) -> Iterator[int]:
        for start in range(zone.start // self.block * self.block, zone.end, self.block):
            if start in self.pages:
                yield start

    def first_bad_of_steals(self, *, counts_movable: bool = True) -> set[tuple[int, int]]:
        """Pageblock and first bad page for every steal that is not survived.

        A high-order atomic allocation does not count movable pages: PageLRU() is not read.
        """
        found: set[tuple[int, int]] = set()
        for zone in self.zones:
            for start in self.blocks(zone):
                end = start + self.block
                free = [pfn for pfn in range(start, end) if self.is_free(pfn, zone)]
                if not free or end > zone.end:
                    continue
                begin = start if start >= zone.start else free[0]
                bad = self.bad_end(self.pages[begin], self.pages[end - 1], zone) or [
                    pfn
                    for pfn in range(begin, end)
                    if self.steal_dies(self.pages[pfn], zone, counts_movable=counts_movable)
                ]
                found.update((start, pfn) for pfn in bad[:1])
        return found

    def bad_end(self, first: Page, last: Page, zone: ReferenceZone) -> list[int]:
        """VM_BUG_ON(page_zone(start_page) != page_zone(end_page)), where HOLES_IN_ZONE is n; until 5.2."""
        asserts = self.kernel_config.has("DEBUG_VM") and not self.kernel_config.has("HOLES_IN_ZONE")
        if not asserts or took(self.version, "5.3", "5.2.11"):
            return []
        if at_least(self.version, 4, 16) and not (first.valid and last.valid):
            return []
        dying = [page.pfn for page in (first, last) if self.page_zone_dies(page)]
        if dying:
            return dying
        zones = [
            (page.node, page.zone)
            if page.content == "initialised"
            else (0, 0)
            if page.content == "zero"
            else page.content
            for page in (first, last)
        ]
        odd = last if zones[0] == (zone.node, zone.index) else first
        return [odd.pfn] if zones[0] != zones[1] else []

    def steal_dies(self, page: Page, zone: ReferenceZone, *, counts_movable: bool) -> bool:
        """Until 5.13 pfn_valid_within() is asked about page_to_pfn(page), which classic SPARSEMEM reads."""
        classic = self.kernel_config.memory_model is MemoryModel.SPARSEMEM
        reads_section = classic and self.kernel_config.within_is_checked and not at_least(self.version, 5, 13)
        if reads_section and page.content in UNKNOWN | ONES | self.wild_sections():
            return True
        if self.kernel_config.within_is_checked and not page.valid:
            return False
        if not took(self.version, "5.3", "5.2.11") and self.node_assertion_fires(page, zone):
            return True
        return page.content in UNKNOWN or (counts_movable and self.head_dies(page))

    def head_dies(self, page: Page) -> bool:
        """Reads a flag of the head of a seeming tail, or asserts that the page is not poisoned."""
        asserted = page.content in ONES and self.kernel_config.has("DEBUG_VM_PGFLAGS")
        return asserted or page.content == "0xff"

    def wild_sections(self) -> set[str]:
        """A zero page names section 0, which has no root where all memory lies above the first root."""
        sections = self.size // (32 if self.kernel_config.has("PAGE_OWNER") else 16)
        return set() if self.memory[0].base < sections << self.kernel_config.section_size_bits else {"zero"}

    def node_assertion_fires(self, page: Page, zone: ReferenceZone) -> bool:
        """VM_BUG_ON_PAGE(page_to_nid(page) != zone_to_nid(zone)); whether it may fire on leftover RAM."""
        if not self.kernel_config.has("DEBUG_VM"):
            return False
        last = (1 << self.kernel_config.nodes_shift) - 1 if self.kernel_config.has("NUMA") else 0
        nodes = {"initialised": page.node, "zero": 0, "0xff": last, "0xff, but reserved": last}
        poisoned = page.content in ONES and self.asserts_poison()
        return poisoned or nodes.get(page.content) != zone.node

    def asserts_poison(self) -> bool:
        """f165b378bbdf ("mm: uninitialized struct page poisoning sanity checking") (in v4.17)."""
        return self.kernel_config.has("DEBUG_VM_PGFLAGS") and at_least(self.version, 4, 17)

    def page_zone_dies(self, page: Page) -> bool:
        """page_zone(page) without following it: an assertion reads the page's flags."""
        if page.content in ONES:
            return self.asserts_poison()
        return page.content in UNKNOWN and self.kernel_config.has("DEBUG_VM_PGFLAGS")

    def bitmap_dies(self, page: Page) -> bool:
        """get_pageblock_migratetype(page): classic SPARSEMEM finds the bitmap through the page's section."""
        return self.kernel_config.memory_model is MemoryModel.SPARSEMEM and page.content != "initialised"

    def is_free(self, pfn: int, zone: ReferenceZone) -> bool:
        page = self.pages[pfn]
        own = page.content == "initialised" and (page.node, page.zone) == (zone.node, zone.index)
        return zone.start <= pfn < zone.end and own and page.whole and self.is_map(page)

    def is_map(self, page: Page) -> bool:
        """Mapped memory that is not reserved."""
        return page.kind == "map" and not self.gets_reserved(page.pfn)

    def has_cut_page(self) -> bool:
        """Whether memory that is not reserved ends inside an initialised page.

        Boot frees whole pages only. The simulator takes this page for a free one, too, and so it can report
        a fault of its pageblock or of its buddy that no kernel has.
        """
        return any(
            not page.whole and page.content == "initialised" and self.is_map(page)
            for page in self.pages.values()
        )

    def bad_of_proc_pages(self) -> set[int]:
        """Pages below max_pfn that /proc/kpageflags does not survive; without MEMORY_HOTPLUG."""
        last = self.memory[-1].end // self.size
        return {
            page.pfn
            for page in self.pages.values()
            if page.pfn < last and page.valid and (page.content in UNKNOWN or self.head_dies(page))
        }

    def first_bad_of_compaction(self, *, from_the_end: bool = False) -> set[int]:
        """The first bad page of every pageblock that a scanner enters and does not survive.

        The migration scanner never enters the last block; the free scanner, from the end, enters all.
        """
        found = set()
        for zone in self.zones:
            contiguous = all(pfn in self.pages for pfn in range(zone.start, zone.end)) and all(
                self.ends_pass(start, zone) for start in self.blocks(zone)
            )
            last = (zone.end - 1) // self.block * self.block
            for start in self.blocks(zone):
                if (from_the_end or start != last) and (contiguous or self.ends_pass(start, zone)):
                    first, end = max(start, zone.start), min(start + self.block, zone.end)
                    bad = [pfn for pfn in range(first, end) if self.scanner_dies(pfn, first)]
                    found.update(bad[:1])
        return found

    def ends_pass(self, start: int, zone: ReferenceZone) -> bool:
        first, last = max(start, zone.start), min(start + self.block, zone.end) - 1
        return all(
            page.valid
            and (page.content != "initialised" or (page.node, page.zone) == (zone.node, zone.index))
            for page in (self.pages[first], self.pages[last])
        )

    def scanner_dies(self, pfn: int, first: int) -> bool:
        page = self.pages[pfn]
        classic = self.kernel_config.memory_model is MemoryModel.SPARSEMEM
        if pfn == first and classic and page.content != "initialised":
            return True  # the pageblock's bitmap is found through the section that the page names
        if self.kernel_config.within_is_checked and not page.valid:
            return False
        poisoned = page.content in ONES and self.kernel_config.has("DEBUG_VM_PGFLAGS")
        return poisoned or page.content in UNKNOWN

    def sections(self) -> list[range]:
        size = 1 << (self.kernel_config.section_size_bits - self.kernel_config.page_shift)
        return [
            range(pfn, pfn + size) for pfn in self.pages if pfn % size == 0 and pfn + size - 1 in self.pages
        ]

    def bad_of_valid_zones(self) -> set[int]:
        """The first bad page of each section that a read of valid_zones does not survive; SPARSEMEM."""
        found = set()
        for section in self.sections():
            pfn = self.first_bad_of_valid_zones(section)
            if pfn is not None:
                found.add(pfn)
        return found

    def first_bad_of_valid_zones(self, section: range) -> int | None:
        zone: object = None
        for start in section[:: self.kernel_config.max_order_nr_pages]:
            pages = [self.pages[pfn] for pfn in range(start, start + self.kernel_config.max_order_nr_pages)]
            if self.kernel_config.within_is_checked:
                pages = [page for page in pages if page.valid]
            if not pages:
                continue
            page = pages[0]
            if zone and not any(
                (z.node, z.index) == zone and z.start <= page.pfn < z.end for z in self.zones
            ):
                return None
            asserted = self.kernel_config.has("DEBUG_VM_PGFLAGS") and at_least(self.version, 4, 17)
            lost = zone is None and self.kernel_config.has("NUMA")  # a node that is not there, followed
            if page.content in ONES and (asserted or lost):
                return page.pfn
            if page.content in UNKNOWN and (self.kernel_config.has("DEBUG_VM_PGFLAGS") or lost):
                return page.pfn
            own = {"initialised": (page.node, page.zone), "zero": (0, 0)}.get(page.content)
            if own is None or zone not in {None, own}:
                return None
            zone = own
        return None

    def bad_of_memory_blocks(self) -> set[tuple[int, int]]:
        """Node and first bad page of each section in which booting looks for a page of the node."""
        found = set()
        for node in {zone.node for zone in self.zones}:
            start = min(zone.start for zone in self.zones if zone.node == node)
            end = max(zone.end for zone in self.zones if zone.node == node)
            for section in self.sections():
                if section.stop <= start or section.start >= end:
                    continue
                for pfn in section:
                    page = self.pages[pfn]
                    if self.kernel_config.within_is_checked and not page.valid:
                        continue
                    poisoned = page.content in ONES and at_least(self.version, 4, 17)
                    if poisoned or page.content in UNKNOWN:
                        found.add((node, pfn))
                        break
                    if (page.node if page.content == "initialised" else 0) == node:
                        break
        return found

    def online(self, page: Page) -> bool:
        """pfn_to_online_page(): with hotplug an online section, and what else the version asks."""
        if not self.kernel_config.has("MEMORY_HOTPLUG") or at_least(self.version, 5, 12):
            return page.valid
        if took(self.version, "5.0", "4.19.88") and self.kernel_config.within_is_checked:
            return page.valid
        return True

    def bad_of_pagetypeinfo(self) -> set[int]:
        """Pages that /proc/pagetypeinfo does not survive: one for each pageblock from the zone's start."""
        found = set()
        for zone in self.zones:
            for pfn in range(zone.start, zone.end, self.block):
                page = self.pages.get(pfn)
                if page is None or not self.online(page) or page.content == "initialised":
                    continue
                if self.page_zone_dies(page) or self.bitmap_dies(page):
                    found.add(pfn)
        return found

    def bad_of_zones(self, *, with_bitmap: bool = False) -> set[int]:
        """Valid pages whose zone hibernation or the search for a gigantic page asks for; no hotplug."""
        return {
            pfn
            for zone in self.zones
            for pfn in range(zone.start, zone.end)
            if pfn in self.pages and self.pages[pfn].valid
            if self.page_zone_dies(self.pages[pfn]) or (with_bitmap and self.bitmap_dies(self.pages[pfn]))
        }

    def bad_of_page_owner(self) -> set[int]:
        """Pages that init_pages_in_zone() does not survive, apart from those that boot allocated."""
        return {
            pfn
            for zone in self.zones
            for pfn in self.scanned_by_page_owner(zone)
            if self.page_zone_dies(self.pages[pfn]) or self.page_ext_dies(self.pages[pfn], zone)
        }

    def scanned_by_page_owner(self, zone: ReferenceZone) -> Iterator[int]:
        """The loop of mm/page_owner.c over a zone."""
        largest = self.kernel_config.max_order_nr_pages
        pfn = zone.start
        while pfn < zone.end:
            if pfn not in self.pages or not self.pages[pfn].valid:
                pfn = pfn // largest * largest + largest
                continue
            end = min(pfn // self.block * self.block + self.block, zone.end)
            while pfn < end:
                if self.pages[pfn].valid or not self.kernel_config.within_is_checked:
                    yield pfn
                pfn += 1

    def page_ext_dies(self, page: Page, zone: ReferenceZone) -> bool:
        """lookup_page_ext() of a page whose page_zone() may be the zone."""
        classic = self.kernel_config.memory_model is MemoryModel.SPARSEMEM
        if page.content in {"stale", "freed"}:
            return classic
        if page.content != "zero" or (zone.node, zone.index) != (0, 0):
            return False
        section = 1 << (self.kernel_config.section_size_bits - self.kernel_config.page_shift)
        if classic and min(self.pages) >= section:
            return True
        return page.pfn // section * section in self.sections_without_page_ext(section)

    def sections_without_page_ext(self, section: int) -> set[int]:
        """page_ext_init(): followed without a check until 4.14.1, where DEBUG_VM is n."""
        if self.flatmem or self.kernel_config.has("DEBUG_VM") or at_least(self.version, 4, 14, 2):
            return set()
        made = set()
        for node in {zone.node for zone in self.zones}:
            pfn = min(zone.start for zone in self.zones if zone.node == node)
            while pfn < max(zone.end for zone in self.zones if zone.node == node):
                if pfn in self.pages and self.pages[pfn].valid:
                    made.add(pfn // section * section)
                pfn = pfn // section * section + section
        return set(range(0, max(self.pages) + 1, section)) - made

    def bad_of_copying(self) -> set[int]:
        """Pages that hibernation saves and no page table maps; no hotplug."""
        looks = at_least(self.version, 6, 9) or str(self.version) == "6.1.192"
        if looks or self.kernel_config.rodata_full:
            return set()
        return {
            pfn
            for zone in self.zones
            for pfn in range(zone.start, zone.end)
            if pfn in self.pages and self.pages[pfn].valid and not self.is_mapped(pfn)
            if self.zone_of_struct_page(self.pages[pfn]) == (zone.node, zone.index)
        }

    def is_mapped(self, pfn: int) -> bool:
        """map_mem() maps each region without NOMAP, in whole pages."""
        low, high = pfn * self.size, (pfn + 1) * self.size
        return any(
            region.base < high and low < region.end and not region.nomap
            for region in self.memory
            if region.size
        )

    def bad_of_early_allocations(self) -> dict[int, bool]:
        """Pages of which memblock gives away bytes that map_mem() has left out; whether it surely does."""
        if not took(self.version, "7.3", "6.12.117"):
            return {}
        ids = {region.node for region in self.memory}
        nodes = ids if self.kernel_config.has("NUMA") and None not in ids else set()
        found: dict[int, bool] = {}
        for node in (None, *nodes):
            for pfn, surely in self.early_allocations(node):
                found[pfn] = surely or found.get(pfn, False)
        return found

    def early_allocations(self, node: int | None) -> Iterator[tuple[int, bool]]:
        """From the top, piece by piece of free memory, until more has been passed than boot needs."""
        edges = {0, *(edge for region in self.memory for edge in (region.base, region.end))}
        edges |= {edge for region in self.reserved for edge in (region.base, region.end)}
        edges |= {edge // self.size * self.size for edge in edges} | {
            -(-edge // self.size) * self.size for edge in edges
        }
        cells = list(pairwise(sorted(edges)))
        pieces: list[list[tuple[int, int]]] = []
        for low, high in cells:
            region = self.region_of_byte(low)
            free = region and not region.nomap and not any(r.base <= low < r.end for r in self.reserved)
            if not free or region is None or node not in {None, region.node}:
                continue
            if pieces and pieces[-1][-1][1] == low and self.region_of_byte(low - 1) == region:
                pieces[-1].append((low, high))
            else:
                pieces.append([(low, high)])
        needed = sum(region.size for region in self.memory) // 32 + (96 << 20)
        sizes = [piece[-1][1] - piece[0][0] for piece in pieces]
        for number, piece in reversed(list(enumerate(pieces))):
            above = sizes[number + 1 :]
            for low, high in piece:
                if self.is_whole(low) or sum(above) > needed:
                    continue
                at_top = high == piece[-1][1]
                large = sizes[number] >= (4096 if node is None else 65536)
                surely = at_top and large and high - low >= 64 and all(size <= 4096 for size in above)
                if at_top or sum(above) + sizes[number] <= needed:
                    yield low // self.size, surely

    def is_whole(self, address: int) -> bool:
        """Whether all of a page is mapped memory."""
        at = address // self.size * self.size
        end = at + self.size
        while at < end:
            region = self.region_of_byte(at)
            if region is None or region.nomap:
                return False
            at = region.end
        return True

    def zone_of_struct_page(self, page: Page) -> tuple[int, int] | None:
        """page_zone(), where it is known."""
        if page.content == "initialised":
            return page.node, page.zone
        return (0, 0) if page.content == "zero" else None

    def bad_of_reserving(self) -> set[int]:
        """Valid pages of reserved regions on which SetPageReserved() asserts."""
        return {
            page.pfn
            for page in self.pages.values()
            if self.gets_reserved(page.pfn) and page.valid and page.content in ONES | UNKNOWN
            if self.kernel_config.has("DEBUG_VM_PGFLAGS")
        }

    def bad_range(self) -> set[int]:
        """Free pages outside the zone that their struct page names."""
        zones = {(zone.node, zone.index): zone for zone in self.zones}
        found = set()
        for page in self.pages.values():
            zone = zones.get((page.node, page.zone))
            is_free = page.kind == "map" and page.whole and not self.is_reserved(page.pfn)
            if zone and is_free and page.content == "initialised" and self.kernel_config.has("DEBUG_VM"):
                found |= set() if zone.start <= page.pfn < zone.end else {page.pfn}
        return found

    def bad_buddies(self) -> set[int]:
        """Pages that __free_one_page() takes for free ones: buddies of the blocks that boot frees.

        Boot frees a run of pages in the largest blocks that are aligned and fit (__free_pages_memory()).
        """
        found = set()
        largest = self.kernel_config.largest_order
        for zone in self.zones:
            free = [pfn for pfn in self.pages if self.is_free(pfn, zone)]
            ends = {pfn + 1 for pfn in free} - set(free)
            start = free[0] if free else 0
            while free and start < max(ends):
                if start not in self.pages or not self.is_free(start, zone):
                    start = min(pfn for pfn in free if pfn > start)
                end = min(stop for stop in ends if stop > start)
                order = next(
                    n for n in range(largest, -1, -1) if start % (1 << n) == 0 and start + (1 << n) <= end
                )
                page = self.pages.get(start ^ (1 << order))
                if order < largest and page and self.buddy_dies(page):
                    found.add(page.pfn)
                start += 1 << order
        return found

    def buddy_dies(self, page: Page) -> bool:
        walked = page.valid or not self.kernel_config.within_is_checked
        return walked and page.content in {"stale", "freed"}
