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


def register_mem_block_under_node_early(state: MemoryState) -> Iterator[Fault]:
    """Boot looks in each memory block for the first page of a node (drivers/base/node.c).

    With DEFERRED_STRUCT_PAGE_INIT it asks memblock instead of struct pages (get_nid_for_pfn()).
    """
    config = state.kernel_config
    wanted = (
        config.has("NUMA") and config.has("MEMORY_HOTPLUG") and not config.has("DEFERRED_STRUCT_PAGE_INIT")
    )
    if not (wanted and config.kernel.has("memory_blocks_ask_node")):
        return
    for zone, start, end in _nodes(state):
        for section in _sections(state, start, end):
            hit = _first_of_node(state, section, zone)
            if hit:
                yield fault_of(_LINKS, "boot", hit, zone, config, stage=Stage.BOOT)


def _nodes(state: MemoryState) -> Iterator[tuple[Zone, int, int]]:
    """Each node by its first zone, with the pfns that it spans."""
    for node in sorted({zone.node for zone in state.zones}):
        own = [zone for zone in state.zones if zone.node == node]
        yield own[0], min(zone.start_pfn for zone in own), max(zone.end_pfn for zone in own)


def _first_of_node(state: MemoryState, section: int, zone: Zone) -> Hit | None:
    """The page that kills the search for the first page of a zone's node, from a section's start."""
    config = state.kernel_config
    for run in filter(state.within, state.runs_between(section, section + config.pages_per_section)):
        hit = first_hit((run,), section, zone, [StructPageAccess.PAGE_TO_NID], config, checked=False)
        home = _home(run)
        if hit or (home and home[0] == zone.node):
            return hit
    return None


def _home(run: PageRun) -> tuple[int, int] | None:
    """Node and number of the zone that a page names, where that is known; zero names the first ones."""
    page = run.page
    if page.content is PageContent.INITIALISED:
        return page.node, page.zone
    return (0, 0) if page.content is PageContent.ZERO else None


_VALID_ZONES = Name("test_pages_in_a_zone", ("valid_zones_show", "dev_attr_show"))


def test_pages_in_a_zone(state: MemoryState) -> Iterator[Fault]:
    """A read of valid_zones compares the zones of pages, one in each MAX_ORDER_NR_PAGES of a memory block.

    The zone of the first page is followed as it is; later ones are compared with it (mm/memory_hotplug.c).
    offline_pages() does the same, but refuses memory blocks with holes before.
    """
    config = state.kernel_config
    if not config.has("MEMORY_HOTREMOVE") or config.kernel.has("memory_blocks_keep_zone"):
        return
    for section in _sections(state, 0, state.page_runs[-1].end):
        found = _first_wild_zone(state, section)
        if found:
            hit, zone = found
            yield fault_of(_VALID_ZONES, "valid_zones", hit, zone, config)


def _first_wild_zone(state: MemoryState, section: int) -> tuple[Hit, Zone] | None:
    """The page of a memory block whose zone cannot be asked for, or not followed, and the zone before it."""
    config = state.kernel_config
    at: tuple[int, int] | None = None
    for start in range(section, section + config.pages_per_section, config.max_order_nr_pages):
        page_runs = state.runs_between(start, start + config.max_order_nr_pages)
        run = next(filter(state.within, page_runs), None)
        if run is None:
            continue
        zone = next((zone for zone in state.zones if (zone.node, zone.index) == at), None)
        if at and not (zone and zone.start_pfn <= run.start < zone.end_pfn):
            return None
        follows = (
            StructPageAccess.FOLLOW_ZONE if at is None and _wild_node(state) else StructPageAccess.PAGE_ZONE
        )
        hit = first_hit((run,), run.start, zone or state.zones[0], [follows], config, checked=False)
        if hit:
            return hit, zone or state.zones[0]
        here = _home(run)
        if here is None or here != (at or here):
            return None
        at = here
    return None


def _wild_node(state: MemoryState) -> bool:
    """Whether the node id of all ones belongs to no node, so that its zones lie near the null pointer."""
    return state.kernel_config.has("NUMA") and (1 << state.kernel_config.nodes_shift) - 1 not in {
        z.node for z in state.zones
    }


def _sections(state: MemoryState, start: int, end: int) -> Iterator[int]:
    """First pfns of the sections between two pfns that hold an untouched page; of a row of equals the first.

    Sections that lie wholly in one frame are alike.
    """
    size = state.kernel_config.pages_per_section
    done = -1
    for run in state.runs_between(start & -size, end):
        if run.page.content is PageContent.INITIALISED:
            continue
        first, last = run.start & -size, (run.end - 1) & -size
        for section in sorted({first, min(first + size, last), last}):
            if section > done:
                yield section
                done = section
