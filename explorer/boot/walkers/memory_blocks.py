# SPDX-License-Identifier: GPL-2.0-or-later
"""Walkers over memory blocks, the units of hotplug: on arm64 a memory block is one section.

Both look at pages from the section's first pfn on, which may precede the first memory. Whether that page
was initialised depends on the version: arm64's own pfn_valid() refuses it from 5.14 to 5.15.35, so that
memmap_init leaves it out. Neither walker calls pfn_valid(); until 5.13 both call pfn_valid_within().
"""

from collections.abc import Iterator

from explorer.boot.memmap import PageRun
from explorer.boot.memmap_rules import PageContent
from explorer.boot.memory_state import MemoryState
from explorer.boot.sections import round_up
from explorer.boot.struct_page_access import StructPageAccess
from explorer.boot.walkers.walker import FatalAccess, Fault, PfnGuard, Stage, Walker, first_fatal_access
from explorer.boot.zones import Zone

__all__ = ["REGISTER_MEM_BLOCK_UNDER_NODE_EARLY", "TEST_PAGES_IN_A_ZONE"]


def _over_memory_blocks_of_nodes(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """The memory blocks of each node, each up to the first page of the node (drivers/base/node.c)."""
    for zone, start, end in _nodes(state):
        for section in _sections(state, start, end):
            access = _first_of_node(walker, state, section, zone)
            if access:
                yield Fault.of(walker, access, zone, state.kernel_config)


def _over_memory_blocks(walker: Walker, state: MemoryState) -> Iterator[Fault]:
    """All memory blocks: one page in each MAX_ORDER_NR_PAGES, each compared with the first.

    The zone of the first page is followed as it is. offline_pages() does the same, but refuses memory blocks
    with holes before.
    """
    for section in _sections(state, 0, state.page_runs[-1].end):
        fatal = _first_fatal_zone(walker, state, section)
        if fatal:
            access, zone = fatal
            yield Fault.of(walker, access, zone, state.kernel_config)


REGISTER_MEM_BLOCK_UNDER_NODE_EARLY = Walker(
    "register_mem_block_under_node_early",
    ("get_nid_for_pfn", "register_mem_sect_under_node", "walk_memory_blocks", "link_mem_sections"),
    source="drivers/base/node.c",
    trigger="boot",
    stage=Stage.BOOT,
    walk=_over_memory_blocks_of_nodes,
    guards=(PfnGuard.PFN_VALID_WITHIN,),
    accesses=(StructPageAccess.PAGE_TO_NID,),
    does="searches each memory block for the first page of the node",
    symbols=("NUMA", "MEMORY_HOTPLUG"),
    absent_with=("DEFERRED_STRUCT_PAGE_INIT",),  # get_nid_for_pfn() looks in memblock instead
    since="memory_blocks_ask_node",
    until="memory_blocks_by_regions",
)

TEST_PAGES_IN_A_ZONE = Walker(
    "test_pages_in_a_zone",
    ("valid_zones_show", "dev_attr_show"),
    source="mm/memory_hotplug.c",
    trigger="valid_zones",
    walk=_over_memory_blocks,
    guards=(PfnGuard.PFN_VALID_WITHIN,),
    accesses=(StructPageAccess.FOLLOW_ZONE, StructPageAccess.PAGE_ZONE),
    does="reads one page in every MAX_ORDER_NR_PAGES of the memory block, from its first",
    symbols=("MEMORY_HOTREMOVE",),
    until="memory_blocks_keep_zone",
)


def _nodes(state: MemoryState) -> Iterator[tuple[Zone, int, int]]:
    """Yield each node by its first zone, with the pfns that it spans."""
    for node in sorted({zone.node for zone in state.zones}):
        zones = [zone for zone in state.zones if zone.node == node]
        yield zones[0], min(zone.start_pfn for zone in zones), max(zone.end_pfn for zone in zones)


def _first_of_node(walker: Walker, state: MemoryState, section: int, zone: Zone) -> FatalAccess | None:
    """Return the fatal access of the search for the first page of a zone's node, from a section's start."""
    config = state.kernel_config
    end = section + config.pages_per_section
    for run in filter(state.pfn_valid_within, state.runs_between(section, end)):
        access = first_fatal_access(walker, (run,), section, zone, config)
        home = _page_zone(run)
        if access or (home and home[0] == zone.node):
            return access
    return None


def _page_zone(run: PageRun) -> tuple[int, int] | None:
    """page_zone(): node and zone number where they are known; zero names 0 and 0."""
    page = run.page
    if page.content is PageContent.INITIALISED:
        return page.node, page.zone
    return (0, 0) if page.content is PageContent.ZERO else None


def _first_fatal_zone(walker: Walker, state: MemoryState, section: int) -> tuple[FatalAccess, Zone] | None:
    """Return the access to a page of a memory block that is fatal, and the zone that was found before it."""
    config = state.kernel_config
    first: tuple[int, int] | None = None
    for start in range(section, section + config.pages_per_section, config.max_order_nr_pages):
        runs = state.runs_between(start, start + config.max_order_nr_pages)
        run = next(filter(state.pfn_valid_within, runs), None)
        if run is None:
            continue
        zone = next((zone for zone in state.zones if (zone.node, zone.index) == first), None)
        if first and not (zone and zone.start_pfn <= run.start < zone.end_pfn):
            return None
        is_followed = first is None and _all_ones_is_no_node(state)
        read = StructPageAccess.FOLLOW_ZONE if is_followed else StructPageAccess.PAGE_ZONE
        access = first_fatal_access(walker, (run,), run.start, zone or state.zones[0], config, (read,))
        if access:
            return access, zone or state.zones[0]
        home = _page_zone(run)
        if home is None or home != (first or home):
            return None
        first = home
    return None


def _all_ones_is_no_node(state: MemoryState) -> bool:
    """Whether no node has the id of all ones, so that the pointer to its zones is almost null."""
    config = state.kernel_config
    return config.has("NUMA") and (1 << config.nodes_shift) - 1 not in {zone.node for zone in state.zones}


def _sections(state: MemoryState, start: int, end: int) -> Iterator[int]:
    """Yield the first pfns of the sections that hold some pfn of a range and a page not initialised.

    Of the sections inside one run, which are alike, only the first is yielded.
    """
    size = state.kernel_config.pages_per_section
    done = -1
    for run in state.runs_between(start & -size, round_up(end, size)):
        if run.page.content is PageContent.INITIALISED:
            continue
        first, last = run.start & -size, (run.end - 1) & -size
        for section in sorted({first, min(first + size, last), last}):
            if section > done:
                yield section
                done = section
