# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults on single machines: which are certain, and what keeps a walker from a page.

Each expectation comes from a recording (``tests/data/boots``) or from the line of the kernel that is cited.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.boot import Boot, Fault, Kernel, KernelConfig, RamFill, Verdict, simulate
from explorer.boot.boot_parameters import parse_command_line
from explorer.boot.early_memory import from_firmware
from explorer.boot.walkers import WALKERS as WALKERS_OF_THE_KERNEL
from explorer.boot.walkers import Circumstance
from explorer.machine import Firmware, MemoryMap, Region, ReservedNode
from explorer.version import KernelVersion

START = 0x4000_0000
MIB = 1 << 20
PAGE = 4096
PAGEBLOCK = 2 * MIB
ARCH = {"HAVE_ARCH_PFN_VALID": "y", "SPARSEMEM": "y", "SPARSEMEM_VMEMMAP": "y"}
ASSERTS = {"DEBUG_VM": "y", "DEBUG_VM_PGFLAGS": "y"}
HOTPLUG = {"MEMORY_HOTPLUG": "y"}
WALKERS = dict.fromkeys(("COMPACTION", "PROC_PAGE_MONITOR", "HUGETLB_PAGE", "HIBERNATION", "PAGE_OWNER"), "y")
OWNER = "page_owner=on"

# 64 KiB nomap in the middle of a pageblock: the layout nomap-mid of the recordings
NOMAP_MID = (
    Region(START, 64 * MIB + 0xF0000),
    Region(START + 64 * MIB + 0xF0000, 0x10000, nomap=True),
    Region(START + 65 * MIB, 63 * MIB),
)
BAD_PFN = (START + 64 * MIB + 0xF0000) // PAGE


def booted(
    release: str,
    memory: tuple[Region, ...],
    config: Mapping[str, str],
    fill: RamFill = RamFill.FF,
    words: str = "",
) -> Boot:
    kernel = Kernel.of(KernelVersion.parse(release))
    values = {**ARCH, **config}
    return simulate(
        KernelConfig.of(kernel, values, fill, parse_command_line(words)), MemoryMap("machine", memory)
    )


def of(boot: Boot, walker: str, trigger: str = "") -> list[Fault]:
    return [fault for fault in boot.faults if fault.walker == walker and trigger in {"", fault.trigger}]


# The trigger, the walker, and whether the trigger alone is enough.
CERTAIN = {
    # every recorded boot of nomap-mid without HOLES_IN_ZONE died on these triggers
    ("fallback", "move_freepages"): True,
    ("compact", "isolate_migratepages_block"): True,
    # each walks all pages of a zone: mm/page_owner.c
    ("boot", "init_pages_in_zone"): True,
    ("pagetypeinfo", "pagetypeinfo_showmixedcount_print"): True,
    # ends as soon as enough free pages are isolated: mm/compaction.c, isolate_freepages()
    ("compact", "isolate_freepages_block"): False,
    # compacts only where no page of the order is free: mm/page_alloc.c, __alloc_pages_slowpath()
    ("fallback", "isolate_migratepages_block"): False,
    ("fallback", "isolate_freepages_block"): False,
    ("hugetlb", "isolate_migratepages_block"): False,
    ("hugetlb", "isolate_freepages_block"): False,
    # takes the block of the page that it was given: mm/page_alloc.c, reserve_highatomic_pageblock()
    ("highatomic", "move_freepages"): False,
}


def test_a_fault_is_certain_where_its_trigger_alone_is_enough() -> None:
    boot = booted("4.17", NOMAP_MID, HOTPLUG | ASSERTS | WALKERS, words=OWNER)
    assert {(fault.trigger, fault.walker): fault.certain for fault in boot.faults} == CERTAIN
    assert {(fault.pfn, fault.pageblocks) for fault in boot.faults} == {(BAD_PFN, 1)}
    needs = [
        (not f.certain, len(f.presupposes) + len(f.circumstances)) for f in boot.faults if f.stage == "run"
    ]
    assert needs == sorted(needs)  # the nearest danger first


def test_nothing_is_certain_of_a_struct_page_that_leftover_ram_decides() -> None:
    boot = booted("4.17", NOMAP_MID, HOTPLUG | WALKERS, RamFill.STALE, OWNER)
    assert boot.faults
    assert not any(fault.certain for fault in boot.faults)
    assert all(Circumstance.STALE_RAM in fault.circumstances for fault in boot.faults)
    assert {(fault.walker, str(fault.read), str(fault.effect)) for fault in boot.faults} >= {
        ("move_freepages", "PageBuddy(page)", "list corruption"),
        ("isolate_migratepages_block", "PageBuddy(page)", "list corruption"),
    }


@pytest.mark.parametrize(
    ("release", "online"), [("4.19", False), ("5.3", False), ("5.3.8", True), ("5.4", True)]
)
def test_walkers_of_proc_ask_pfn_valid_until_they_ask_whether_the_page_is_online(
    release: str,
    online: bool,  # noqa: FBT001 # a column
) -> None:
    """fs/proc/page.c; mm/page_owner.c; mm/hugetlb.c, pfn_range_valid_gigantic(): aad5f69bc161 and others.

    arm64's pfn_valid() refuses nomap; pfn_to_online_page() with hotplug does not, without HOLES_IN_ZONE.
    """
    boot = booted(release, NOMAP_MID, HOTPLUG | ASSERTS | WALKERS, words=OWNER)
    asking = {"stable_page_flags", "kpagecount_read", "alloc_contig_range"}
    assert {fault.walker for fault in boot.faults} & asking == (asking if online else set())


# The first 64 KiB of a pageblock are nomap: no second pass reaches the block.
NOMAP_START = (
    Region(START, 64 * MIB),
    Region(START + 64 * MIB, 0x10000, nomap=True),
    Region(START + 64 * MIB + 0x10000, 63 * MIB),
)
KMEMLEAK = HOTPLUG | ASSERTS | {"DEBUG_KMEMLEAK": "y", "NUMA": "y"}


@pytest.mark.parametrize(
    ("release", "changed", "words", "scans"),
    [
        ("4.20", {}, "", False),  # asks pfn_valid()
        ("5.0", {}, "", True),  # the crash for which b13bc35193d9 was written; it needs HOLES_IN_ZONE
        ("5.0", {"HOLES_IN_ZONE": "y"}, "", False),
        ("5.0", {"DEBUG_VM_PGFLAGS": "n"}, "", False),
        ("5.0", {"DEBUG_KMEMLEAK": "n"}, "", False),
        ("5.0", {}, "kmemleak=off", False),
        ("5.0", {"DEBUG_KMEMLEAK_DEFAULT_OFF": "y"}, "", False),
        ("5.0", {"DEBUG_KMEMLEAK_DEFAULT_OFF": "y"}, "kmemleak=on", True),
        ("5.12", {}, "", False),
    ],
)
def test_kmemleak_asserts_on_a_nomap_page_that_is_online(
    release: str,
    changed: dict[str, str],
    words: str,
    scans: bool,  # noqa: FBT001 # a column
) -> None:
    """5.0 mm/kmemleak.c, kmemleak_scan(): ``page_to_nid(page) != i`` of what pfn_to_online_page() returns."""
    found = of(booted(release, NOMAP_START, KMEMLEAK | changed, words=words), "kmemleak_scan")
    assert [fault.certain for fault in found] == [True] * scans


@pytest.mark.parametrize(
    ("gib", "owner", "dies"), [(1, "n", False), (200, "n", False), (200, "y", True), (512, "n", True)]
)
def test_a_zero_page_names_section_0_which_may_have_no_root(gib: int, owner: str, dies: bool) -> None:  # noqa: FBT001 # a column
    """4.18 include/linux/mmzone.h: __nr_to_section() is NULL where no memory lies below 256 GiB."""
    memory = tuple(replace(region, base=region.base + (gib - 1 << 30)) for region in NOMAP_MID)
    config = {"SPARSEMEM_VMEMMAP": "n", "HOLES_IN_ZONE": "y", "DEBUG_VM": "y", "PAGE_OWNER": owner}
    steals = of(booted("4.18", memory, config), "move_freepages", "fallback")
    assert [fault.pfn for fault in steals] == [(gib - 1 << 18) + BAD_PFN] * dies


@pytest.mark.parametrize(("pages", "off"), [(512 * 5, False), (512 * 5 - 1, True)])
def test_grouping_by_mobility_is_off_below_a_pageblock_for_each_migrate_type(pages: int, off: bool) -> None:  # noqa: FBT001 # a column
    """4.17 mm/page_alloc.c, build_all_zonelists(): ``vm_total_pages < pageblock_nr_pages * MIGRATE_TYPES``.

    Five types with MEMORY_ISOLATION and without CMA: UNMOVABLE, MOVABLE, RECLAIMABLE, HIGHATOMIC, ISOLATE.
    """
    bad = Region(START + MIB, PAGE, nomap=True)
    memory = (Region(START, MIB), bad, Region(bad.end, pages * PAGE - MIB - PAGE))
    boot = booted("4.17", memory, {"MEMORY_ISOLATION": "y", "DEBUG_VM": "y", "HUGETLB_PAGE": "y"})
    [steal] = of(boot, "move_freepages", "fallback")
    assert (Circumstance.GROUPING_OFF in steal.circumstances) == off


@pytest.mark.parametrize(
    ("release", "verdict"),
    [
        ("5.14", Verdict.SAFE),
        ("5.15.35", Verdict.SAFE),
        ("5.15.36", Verdict.UNKNOWN),
        ("6.12", Verdict.UNKNOWN),
    ],
)
def test_a_kernel_that_would_not_link_is_unknown(release: str, verdict: Verdict) -> None:
    """arch/arm64 has no pfn_valid() of its own since 16c9afc77660 and a9c38c5d267c."""
    boot = booted(release, (Region(START, 128 * MIB),), {})
    assert boot.verdict == verdict
    assert bool(boot.unmodelled) == (verdict is Verdict.UNKNOWN)


def test_compaction_stops_at_the_end_of_the_zone() -> None:
    """mm/compaction.c, isolate_freepages(): a block ends with the zone at the latest.

    4.20 to 5.5 zero the nomap page below the last memory, and leave what lies above as it was.
    """
    nomap = Region(START + 64 * MIB + 0x1000, PAGE, nomap=True)
    memory = (Region(START, nomap.base - START), nomap, Region(nomap.end, 0x80000))
    zeroed = booted("5.0", memory, ASSERTS | {"NUMA": "y", "COMPACTION": "y"})
    assert zeroed.page_runs[-1].page.content == "0xff"  # the rest of the section
    assert zeroed.faults == ()
    boot = booted("5.0", memory, ASSERTS | {"COMPACTION": "y"})  # without NUMA nothing is zeroed
    assert {fault.pfn for fault in of(boot, "isolate_freepages_block")} == {nomap.base // PAGE}


@pytest.mark.parametrize(
    ("hole", "walks"), [(0, False), (PAGE, True)], ids=["at the start of the block", "behind its first page"]
)
def test_page_owner_skips_a_block_whose_first_page_is_not_valid(hole: int, walks: bool) -> None:  # noqa: FBT001 # a column
    """4.17 mm/page_owner.c, init_pages_in_zone(): ``if (!pfn_valid(pfn)) pfn = ALIGN(pfn + 1, ...)``.

    The block begins the second half of a block of the largest order, so that both are skipped alike.
    """
    nomap = Region(START + 32 * MIB + PAGEBLOCK + hole, PAGE, nomap=True)
    memory = (Region(START, nomap.base - START), nomap, Region(nomap.end, 16 * MIB))
    built = ASSERTS | {"PAGE_OWNER": "y", "HUGETLB_PAGE": "y"}
    assert bool(of(booted("4.17", memory, built, words=OWNER), "init_pages_in_zone")) == walks
    assert not of(booted("4.17", memory, ASSERTS, words=OWNER), "init_pages_in_zone")
    assert not of(booted("4.17", memory, built), "init_pages_in_zone")


# Boots of which every bad pageblock is UNMOVABLE since boot, by how many of them a zone holds.
STEALS = [
    json.loads(row) for row in (Path(__file__).parents[1] / "data/steals.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("row", STEALS, ids=lambda row: f"{row['kernel']} {row['layout']}")
def test_what_is_left_of_two_or_three_unmovable_blocks_decides_a_steal(row: dict[str, Any]) -> None:
    regions = [
        Region(int(entry["base"], 16), int(entry["size"], 16), "nomap" in entry["flags"], entry.get("node"))
        for entry in row["memory_map"]["memory"]
    ]
    zones = {f"ZONE_{zone['name']}": "y" for zone in row["zones"]}
    boot = booted(row["kernel"], tuple(regions), {**row["config"], **zones, "SPARSEMEM_VMEMMAP": "n"})
    steals = of(boot, "move_freepages", "fallback")
    blocks = Counter(fault.zone for fault in steals)
    assert max(blocks.values()) == (2 if row["outcome"] == "ok" else 3)
    assert not any(fault.certain for fault in steals)


@pytest.mark.parametrize(("holes", "dies"), [("n", True), ("y", False)])
@pytest.mark.parametrize("walker", ["test_pages_in_a_zone", "register_mem_block_under_node_early"])
def test_walkers_of_memory_blocks_skip_pages_that_pfn_valid_within_refuses(
    walker: str,
    holes: str,
    dies: bool,  # noqa: FBT001 # a column
) -> None:
    """5.14 mm/memory_hotplug.c, test_pages_in_a_zone(), and drivers/base/node.c, get_nid_for_pfn()."""
    config = ASSERTS | {"MEMORY_HOTPLUG": "y", "MEMORY_HOTREMOVE": "y", "NUMA": "y", "HOLES_IN_ZONE": holes}
    boot = booted("5.14", (Region(START + PAGEBLOCK, 126 * MIB),), config | {"HUGETLB_PAGE": "y"})
    assert bool(of(boot, walker)) == dies


@pytest.mark.parametrize(
    ("numa", "node", "effect", "atomic"),
    [("n", None, "oops", False), ("y", 0, "BUG", True), ("y", 3, "oops", False)],
    ids=["without NUMA", "node 0", "the node of all ones"],
)
def test_the_node_of_a_page_of_ones_is_the_largest_id(
    numa: str,
    node: int | None,
    effect: str,
    atomic: bool,  # noqa: FBT001 # a column
) -> None:
    """4.17 include/linux/mm.h, page_to_nid(): NODES_SHIFT bits of the flags, none of them without NUMA.

    Where the assertion on it passes, PageLRU() follows the page to its compound head.
    """
    memory = tuple(replace(region, node=node) for region in NOMAP_MID)
    boot = booted("4.17", memory, {"NUMA": numa, "NODES_SHIFT": "2", "DEBUG_VM": "y", "HUGETLB_PAGE": "y"})
    [steal] = of(boot, "move_freepages", "fallback")
    assert (steal.pfn, steal.effect) == (BAD_PFN, effect)
    assert bool(of(boot, "move_freepages", "highatomic")) == atomic


@pytest.mark.parametrize(
    ("release", "hotplug", "holes", "walks"),
    [
        ("4.20", "y", "y", True),  # the section is online: nothing else is asked
        ("5.0", "y", "n", True),
        ("5.0", "y", "y", False),  # pfn_valid_within(), since b13bc35193d9
        ("5.14", "y", "n", False),  # pfn_valid() of arm64, since 5.12
        ("4.20", "n", "n", False),  # without hotplug it is pfn_valid()
    ],
)
def test_pagetypeinfo_looks_where_pfn_to_online_page_lets_it(
    release: str,
    hotplug: str,
    holes: str,
    walks: bool,  # noqa: FBT001 # a column
) -> None:
    """include/linux/memory_hotplug.h and mm/memory_hotplug.c, pfn_to_online_page()."""
    memory = (Region(START, 64 * MIB), Region(START + 68 * MIB, 60 * MIB))
    config = ASSERTS | {"MEMORY_HOTPLUG": hotplug, "HOLES_IN_ZONE": holes, "HUGETLB_PAGE": "y"}
    boot = booted(release, memory, config)
    assert bool(of(boot, "pagetypeinfo_showblockcount_print")) == walks


def test_every_pageblock_of_a_row_of_equal_ones_counts() -> None:
    """4.17 arch/arm64/mm/init.c, free_unused_memmap(): the memmap of the hole is given back.

    With classic SPARSEMEM compaction finds the bitmap of a pageblock through its first struct page.
    """
    memory = (Region(START, 64 * MIB), Region(START + 80 * MIB, 48 * MIB))
    config = {"HAVE_ARCH_PFN_VALID": "n", "SPARSEMEM_VMEMMAP": "n", "HUGETLB_PAGE": "y", "COMPACTION": "y"}
    faults = of(booted("4.17", memory, config), "isolate_migratepages_block", "compact")
    size = PAGEBLOCK // PAGE
    struck = [fault.pfn + step * size for fault in faults for step in range(fault.pageblocks)]
    assert sorted(struck) == list(range((START + 64 * MIB) // PAGE, (START + 80 * MIB) // PAGE, size))


def test_flatmem_has_struct_pages_from_the_largest_block_that_holds_the_first_page() -> None:
    """mm/page_alloc.c, alloc_node_mem_map(): rounded down to MAX_ORDER_NR_PAGES, up at the end."""
    memory = (Region(START + 4 * MIB - PAGE, 3 * MIB),)
    boot = booted("4.17", memory, {"SPARSEMEM": "n", "SPARSEMEM_VMEMMAP": "n"})
    assert [tuple(span) for span in boot.present] == [(START // PAGE, (START + 8 * MIB) // PAGE)]


@pytest.mark.parametrize(("release", "built"), [("5.16", True), ("6.1", False)])
def test_a_walker_that_was_removed_is_not_built(release: str, built: bool) -> None:  # noqa: FBT001 # a column
    """395f6081bad4 (in v5.18) stores the zone of a memory block instead of looking for it."""
    [walker] = [walker for walker in WALKERS_OF_THE_KERNEL if walker.function == "test_pages_in_a_zone"]
    config = KernelConfig.of(Kernel.of(KernelVersion.parse(release)), {"MEMORY_HOTREMOVE": "y"})
    assert walker.is_built(config) == built


def test_firmware_boots_as_the_memory_map_that_follows_from_it() -> None:
    firmware = Firmware("board", (Region(START, 64 * MIB),), (ReservedNode("node", START, MIB, no_map=True),))
    config = KernelConfig.of(Kernel.of(KernelVersion.parse("4.17")), ARCH)
    assert simulate(config, firmware) == simulate(config, from_firmware(firmware, config))


@pytest.mark.parametrize(("low", "high", "dies"), [(128 * MIB, 8 * MIB, True), (8 * MIB, 128 * MIB, False)])
def test_boot_exhausts_the_highest_zone_alone(low: int, high: int, dies: bool) -> None:  # noqa: FBT001 # a column
    """mm/page_alloc.c, build_zonerefs_node(): allocations begin in the highest zone of a node.

    Every recorded boot of dma32-edge, whose upper zone has 8 MiB, died while booting.
    """
    edge = 1 << 32
    middle = edge + 4 * MIB + MIB if dies else edge - 4 * MIB + MIB
    memory = (
        Region(edge - low, middle - (edge - low)),
        Region(middle, 0x10000, nomap=True),
        Region(middle + 0x10000, edge + high - middle - 0x10000),
    )
    boot = booted("4.17", memory, {"ZONE_DMA": "y", "HUGETLB_PAGE": "y", "DEBUG_VM": "y"})
    assert [zone.present * PAGE for zone in boot.zones] == [low, high]
    assert of(boot, "move_freepages", "fallback")
    assert bool(of(boot, "move_freepages", "boot")) == dies


@pytest.mark.parametrize(
    ("start", "bad", "depends"),
    [(MIB, PAGEBLOCK - MIB // 2, True), (MIB, PAGEBLOCK - PAGE, False), (0, MIB // 2, False)],
    ids=["free pages on both sides", "no free page behind", "the block begins in the zone"],
)
def test_a_block_that_begins_before_its_zone_is_walked_from_the_stolen_page(
    start: int,
    bad: int,
    depends: bool,  # noqa: FBT001 # a column
) -> None:
    """4.17 mm/page_alloc.c, move_freepages_block(): ``start_page = page`` where it is not spanned."""
    nomap = Region(START + bad, PAGE, nomap=True)
    memory = (Region(START + start, bad - start), nomap, Region(nomap.end, 64 * MIB))
    [steal] = of(booted("4.17", memory, {"HUGETLB_PAGE": "y", "DEBUG_VM": "y"}), "move_freepages", "fallback")
    assert steal.pfn == nomap.base // PAGE
    assert (Circumstance.BEFORE_THE_HOLE in steal.circumstances) == depends


@pytest.mark.parametrize(
    ("bad", "depends"),
    [([MIB - PAGE], False), ([MIB - PAGE, MIB + MIB // 2], True), ([PAGE, PAGEBLOCK - PAGE], True)],
)
def test_a_block_without_a_free_page_of_half_its_size_may_be_used_up(bad: list[int], depends: bool) -> None:  # noqa: FBT001 # a column
    """mm/page_alloc.c, __rmqueue_fallback() takes the largest free page of another migratetype first.

    Every recorded boot of nomap-mid, where half a block is free, died of a fallback.
    """
    block = START + 32 * MIB
    holes = [Region(block + offset, PAGE, nomap=True) for offset in bad]
    edges = [START, *(edge for hole in holes for edge in (hole.base, hole.end)), START + 128 * MIB]
    mapped = [Region(low, high - low) for low, high in zip(edges[::2], edges[1::2], strict=True)]
    memory = tuple(sorted([*mapped, *holes], key=lambda region: region.base))
    [steal] = of(booted("4.17", memory, {"HUGETLB_PAGE": "y", "DEBUG_VM": "y"}), "move_freepages", "fallback")
    assert (Circumstance.SMALL_FREE_PAGES in steal.circumstances) == depends


# Node 1 begins and ends inside pageblocks of node 0, whose span holds both.
NODES = (
    Region(START, 65 * MIB, node=0),
    Region(START + 65 * MIB, 30 * MIB, node=1),
    Region(START + 95 * MIB, 33 * MIB, node=0),
)


def test_where_the_spans_of_nodes_overlap_the_node_that_is_set_up_last_initialises() -> None:
    """4.17 mm/page_alloc.c, memmap_init_zone(): early_pfn_in_nid() is always true on arm64."""
    boot = booted("4.17", NODES, {"NUMA": "y"})
    assert [(zone.node, zone.present * PAGE) for zone in boot.zones] == [(0, 98 * MIB), (1, 30 * MIB)]
    edges = [(run.start * PAGE - START) // MIB for run in boot.page_runs if run.page.node == 1]
    assert edges == [65]


def test_compaction_does_not_enter_a_block_that_ends_in_another_node() -> None:
    """mm/page_alloc.c, __pageblock_pfn_to_page(): both ends are in the zone, and so in its node."""
    bad = Region(START + 64 * MIB + MIB // 2, PAGE, nomap=True, node=0)
    first = (
        Region(START, bad.base - START, node=0),
        bad,
        Region(bad.end, START + 65 * MIB - bad.end, node=0),
    )
    config = ASSERTS | {"NUMA": "y", "COMPACTION": "y", "HUGETLB_PAGE": "y"}
    assert of(booted("4.17", (*first, *NODES[1:]), config), "isolate_migratepages_block") == []
    alone = (*first, Region(START + 65 * MIB, 63 * MIB, node=0))
    assert of(booted("4.17", alone, config), "isolate_migratepages_block", "compact")


@pytest.mark.parametrize(("release", "name"), [("6.1", "DMA32"), ("6.12", "Normal")])
def test_memory_above_4_gib_is_no_longer_zone_dma32(release: str, name: str) -> None:
    """arch/arm64/mm/init.c, max_zone_phys(): until 6.11 all of it was, with none below 4 GiB."""
    config = {"ZONE_DMA32": "y", "HAVE_ARCH_PFN_VALID": "n"}
    boot = booted(release, (Region(1 << 32, 128 * MIB),), config)
    assert [zone.name for zone in boot.zones] == [name]
