# SPDX-License-Identifier: GPL-2.0-only
"""Walks over memory blocks, the units of hotplug: on arm64 a memory block is one section.

Both look at pages from the section's first pfn on, which may lie before the first memory. Whether that page
was initialised depends on the version: arm64's own pfn_valid() refuses it from 5.14 to 5.15.16, so that
memmap_init leaves it alone, but neither walk asks pfn_valid(); until 5.13 both ask pfn_valid_within().
"""

from collections.abc import Iterator

from explorer.boot.memmap import PageContent, PageRun
from explorer.boot.memory_state import MemoryState
from explorer.boot.struct_page_access import StructPageAccess
from explorer.boot.walkers.fault import Fault, Hit, Name, Stage, fault_of, first_hit
from explorer.boot.zones import Zone

__all__ = ["register_mem_block_under_node_early", "test_pages_in_a_zone"]

_LINKS = Name(
    "register_mem_block_under_node_early",
    ("get_nid_for_pfn", "register_mem_sect_under_node", "walk_memory_blocks", "link_mem_sections"),
)


def register_mem_block_under_node_early(land: MemoryState) -> Iterator[Fault]:
    """Boot looks in each memory block for the first page of a node (drivers/base/node.c).

    With DEFERRED_STRUCT_PAGE_INIT it asks memblock instead of struct pages (get_nid_for_pfn()).
    """
    build = land.build
    wanted = build.has("NUMA") and build.has("MEMORY_HOTPLUG") and not build.has("DEFERRED_STRUCT_PAGE_INIT")
    if not (wanted and build.kernel.has("memory_blocks_ask_node")):
        return
    for zone, start, end in _nodes(land):
        for section in _sections(land, start, end):
            hit = _first_of_node(land, section, zone)
            if hit:
                yield fault_of(_LINKS, "boot", hit, zone, build, stage=Stage.BOOT)


def _nodes(land: MemoryState) -> Iterator[tuple[Zone, int, int]]:
    """Each node by its first zone, with the pfns that it spans."""
    for node in sorted({zone.node for zone in land.zones}):
        own = [zone for zone in land.zones if zone.node == node]
        yield own[0], min(zone.start_pfn for zone in own), max(zone.end_pfn for zone in own)


def _first_of_node(land: MemoryState, section: int, zone: Zone) -> Hit | None:
    """The page that kills the search for the first page of a zone's node, from a section's start."""
    build = land.build
    for frame in filter(land.within, land.frames_between(section, section + build.pages_per_section)):
        hit = first_hit((frame,), section, zone, [StructPageAccess.PAGE_TO_NID], build, checked=False)
        home = _home(frame)
        if hit or (home and home[0] == zone.node):
            return hit
    return None


def _home(frame: PageRun) -> tuple[int, int] | None:
    """Node and number of the zone that a page names, where that is known; zero names the first ones."""
    page = frame.page
    if page.content is PageContent.INITIALISED:
        return page.node, page.zone
    return (0, 0) if page.content is PageContent.ZERO else None


_VALID_ZONES = Name("test_pages_in_a_zone", ("valid_zones_show", "dev_attr_show"))


def test_pages_in_a_zone(land: MemoryState) -> Iterator[Fault]:
    """A read of valid_zones compares the zones of pages, one in each MAX_ORDER_NR_PAGES of a memory block.

    The zone of the first page is followed as it is; later ones are compared with it (mm/memory_hotplug.c).
    offline_pages() does the same, but refuses memory blocks with holes before.
    """
    build = land.build
    if not build.has("MEMORY_HOTREMOVE") or build.kernel.has("memory_blocks_keep_zone"):
        return
    for section in _sections(land, 0, land.frames[-1].end):
        found = _first_wild_zone(land, section)
        if found:
            hit, zone = found
            yield fault_of(_VALID_ZONES, "valid_zones", hit, zone, build)


def _first_wild_zone(land: MemoryState, section: int) -> tuple[Hit, Zone] | None:
    """The page of a memory block whose zone cannot be asked for, or not followed, and the zone before it."""
    build = land.build
    at: tuple[int, int] | None = None
    for start in range(section, section + build.pages_per_section, build.max_order_nr_pages):
        frames = land.frames_between(start, start + build.max_order_nr_pages)
        frame = next(filter(land.within, frames), None)
        if frame is None:
            continue
        zone = next((zone for zone in land.zones if (zone.node, zone.index) == at), None)
        if at and not (zone and zone.start_pfn <= frame.start < zone.end_pfn):
            return None
        follows = (
            StructPageAccess.FOLLOW_ZONE if at is None and _wild_node(land) else StructPageAccess.PAGE_ZONE
        )
        hit = first_hit((frame,), frame.start, zone or land.zones[0], [follows], build, checked=False)
        if hit:
            return hit, zone or land.zones[0]
        here = _home(frame)
        if here is None or here != (at or here):
            return None
        at = here
    return None


def _wild_node(land: MemoryState) -> bool:
    """Whether the node id of all ones belongs to no node, so that its zones lie near the null pointer."""
    return land.build.has("NUMA") and (1 << land.build.nodes_shift) - 1 not in {z.node for z in land.zones}


def _sections(land: MemoryState, start: int, end: int) -> Iterator[int]:
    """First pfns of the sections between two pfns that hold an untouched page; of a row of equals the first.

    Sections that lie wholly in one frame are alike.
    """
    size = land.build.pages_per_section
    done = -1
    for frame in land.frames_between(start & -size, end):
        if frame.page.content is PageContent.INITIALISED:
            continue
        first, last = frame.start & -size, (frame.end - 1) & -size
        for section in sorted({first, min(first + size, last), last}):
            if section > done:
                yield section
                done = section
