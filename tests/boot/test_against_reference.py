# SPDX-License-Identifier: GPL-2.0-only
"""The interval simulator against the page-by-page reference, on random maps, versions and configurations."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.boot import Boot, KernelConfig, MemoryModel, RamFill, kernel, simulate
from explorer.errors import InputError
from explorer.machine import MemoryMap, Region
from explorer.version import KernelVersion
from tests.boot.reference import Reference

VERSIONS = [
    *("4.10", "4.14", "4.16", "4.17", "4.18", "4.19", "4.20", "5.0", "5.4", "5.7", "5.8", "5.10", "5.11"),
    *("5.11.14", "5.12", "5.14-rc5", "5.14", "5.15.16", "5.15.100", "5.16", "6.1.192", "6.12"),
]

# A machine in miniature: sections of 256 pages, pageblocks of 16, buddies of 32, all near interesting edges.
PAGE, SECTION_BITS, PAGEBLOCK_ORDER, LARGEST_ORDER = 12, 20, 4, 5
BASES = [0, 1 << 20, 0x4000_0000, (1 << 32) - (1 << 20), 1 << 32, 3 << 32]


@st.composite
def maps(draw: st.DrawFn) -> MemoryMap:
    """Banks, nomap and reserved regions over at most 2 MiB, on and off every boundary."""
    base = draw(st.sampled_from(BASES))
    offsets = st.one_of(
        st.integers(0, 512).map(lambda pages: pages << PAGE),
        st.integers(0, 32).map(lambda blocks: blocks << (PAGE + PAGEBLOCK_ORDER)),
        st.integers(0, 2 << 20),
    )
    cuts = sorted(set(draw(st.lists(offsets, min_size=2, max_size=9))))
    choices: list[list[int | None]] = [[None], [0], [0, 1], [0, 1, None]]
    nodes = draw(st.sampled_from(choices))
    memory = []
    for low, high in pairwise(cuts):
        if draw(st.integers(0, 3)):
            nomap = draw(st.integers(0, 3)) == 0
            memory.append(Region(base + low, high - low, nomap, draw(st.sampled_from(nodes))))
    reserved = [
        Region(base + low, size)
        for low, size in draw(st.lists(st.tuples(offsets, st.integers(1, 64 << PAGE)), max_size=3))
    ]
    return MemoryMap("random", tuple(memory), tuple(reserved))


@st.composite
def builds(draw: st.DrawFn) -> KernelConfig:
    version = KernelVersion.parse(draw(st.sampled_from(VERSIONS)))
    model = draw(st.sampled_from(["FLATMEM", "SPARSEMEM", "SPARSEMEM_VMEMMAP"]))
    config = {
        name: draw(st.sampled_from("ny"))
        for name in ("NUMA", "HOLES_IN_ZONE", "HAVE_ARCH_PFN_VALID", "ZONE_DMA", "ZONE_DMA32", "DEBUG_VM")
    }
    config["ARCH_HAS_HOLES_MEMORYMODEL"] = draw(st.sampled_from("ny"))
    config["DEBUG_VM_PGFLAGS"] = draw(st.sampled_from("ny")) if config["DEBUG_VM"] == "y" else "n"
    config |= {"FLATMEM": "y"} if model == "FLATMEM" else {"SPARSEMEM": "y"}
    config |= {"SPARSEMEM_VMEMMAP": "y"} if model == "SPARSEMEM_VMEMMAP" else {}
    config |= {"PROC_PAGE_MONITOR": "y", "COMPACTION": "y"}
    kernel_config = KernelConfig.of(kernel(version), config, draw(st.sampled_from(list(RamFill))))
    return replace(
        kernel_config,
        section_size_bits=SECTION_BITS,
        pageblock_order=PAGEBLOCK_ORDER,
        largest_order=LARGEST_ORDER,
    )


def both(kernel_config: KernelConfig, memory_map: MemoryMap) -> tuple[Boot, Reference] | None:
    """Both boots, or neither where no kernel could start or the model says that it does not know."""
    try:
        boot = simulate(kernel_config, memory_map)
    except InputError:
        return None
    if boot.unmodelled:
        return None
    return boot, Reference(kernel_config, boot.memory_map.memory, boot.memory_map.reserved)


@settings(max_examples=300, deadline=None)
@given(builds(), maps())
def test_zones_are_those_of_the_reference(kernel_config: KernelConfig, memory_map: MemoryMap) -> None:
    found = both(kernel_config, memory_map)
    if found:
        boot, reference = found
        assert [(z.node, z.index, z.start_pfn, z.end_pfn, z.present) for z in boot.zones] == [
            (z.node, z.index, z.start, z.end, z.present) for z in reference.zones
        ]


@settings(max_examples=300, deadline=None)
@given(builds(), maps())
def test_every_struct_page_is_in_the_state_of_the_reference(
    kernel_config: KernelConfig, memory_map: MemoryMap
) -> None:
    found = both(kernel_config, memory_map)
    if not found:
        return
    boot, reference = found
    own: dict[int, tuple[object, ...]] = {}
    for run in boot.page_runs:
        page = run.page
        extra = (page.node, page.zone, page.reserved) if page.content == "initialised" else ()
        state = (str(run.kind), run.valid, str(page.content), *extra)
        own.update(dict.fromkeys(range(run.start, run.end), state))
    expected = {pfn: page.state for pfn, page in reference.pages.items()}
    assert own.keys() == expected.keys()
    assert {pfn: (own[pfn], expected[pfn]) for pfn in own if own[pfn] != expected[pfn]} == {}


@settings(max_examples=300, deadline=None)
@given(builds(), maps())
def test_pageblocks_become_movable_where_the_reference_visits_their_first_page(
    kernel_config: KernelConfig, memory_map: MemoryMap
) -> None:
    found = both(kernel_config, memory_map)
    if not found:
        return
    boot, reference = found
    for run in boot.page_runs:
        for pfn in range(-(-run.start // 16) * 16, run.end, 16):
            assert run.visited == reference.pages[pfn].visited, hex(pfn)


@settings(max_examples=300, deadline=None)
@given(builds(), maps())
def test_steals_fault_where_the_reference_does(kernel_config: KernelConfig, memory_map: MemoryMap) -> None:
    kernel_config = replace(kernel_config, on=kernel_config.on - {"DEBUG_VM", "DEBUG_VM_PGFLAGS"})
    found = both(kernel_config, memory_map)
    if not found or not kernel_config.kernel.has("move_freepages_by_pfn"):
        return  # before 5.12 classic SPARSEMEM also computes a pfn from the page: the recordings cover that
    boot, reference = found
    own = set()
    for fault in boot.faults:
        if fault.trigger == "fallback" and fault.walker == "move_freepages":
            own |= {
                (fault.pageblock_start_pfn + step, fault.pfn + step)
                for step in range(0, fault.pageblocks * 16, 16)
            }
    assert own == reference.first_bad_of_steals()


@settings(max_examples=300, deadline=None)
@given(builds(), maps())
def test_proc_kpageflags_faults_where_the_reference_does(
    kernel_config: KernelConfig, memory_map: MemoryMap
) -> None:
    found = both(kernel_config, memory_map)
    if found:
        boot, reference = found
        bad = reference.bad_of_proc_pages()
        own = {fault.pfn for fault in boot.faults if fault.trigger == "kpageflags"}
        assert bool(own) == bool(bad)
        assert own <= bad
        assert not bad or min(own) == min(bad)


@settings(max_examples=400, deadline=None)
@given(builds(), maps())
def test_compaction_faults_where_the_reference_does(
    kernel_config: KernelConfig, memory_map: MemoryMap
) -> None:
    found = both(kernel_config, memory_map)
    if found:
        boot, reference = found
        own = {
            fault.pfn + step
            for fault in boot.faults
            if fault.trigger == "compact" and fault.walker == "isolate_migratepages_block"
            for step in range(0, fault.pageblocks * 16, 16)
        }
        assert own == reference.first_bad_of_compaction()


@settings(max_examples=600, deadline=None)
@given(builds(), maps())
def test_a_read_of_valid_zones_faults_where_the_reference_does(
    kernel_config: KernelConfig, memory_map: MemoryMap
) -> None:
    kernel_config = replace(kernel_config, on=kernel_config.on | {"MEMORY_HOTREMOVE"})
    found = both(kernel_config, memory_map)
    if found and kernel_config.memory_model is not MemoryModel.FLATMEM:
        boot, reference = found
        bad = (
            reference.bad_of_valid_zones()
            if not kernel_config.kernel.has("memory_blocks_keep_zone")
            else set()
        )
        assert {fault.pfn for fault in boot.faults if fault.trigger == "valid_zones"} == bad


@settings(max_examples=600, deadline=None)
@given(builds(), maps())
def test_linking_memory_blocks_to_nodes_faults_where_the_reference_does(
    kernel_config: KernelConfig, memory_map: MemoryMap
) -> None:
    kernel_config = replace(
        kernel_config, on=kernel_config.on | {"MEMORY_HOTPLUG", "NUMA", "DEBUG_VM", "DEBUG_VM_PGFLAGS"}
    )
    found = both(kernel_config, memory_map)
    if found and kernel_config.memory_model is not MemoryModel.FLATMEM:
        boot, reference = found
        bad = (
            reference.bad_of_memory_blocks() if kernel_config.kernel.has("memory_blocks_ask_node") else set()
        )
        walker = "register_mem_block_under_node_early"
        assert {(fault.zone.node, fault.pfn) for fault in boot.faults if fault.walker == walker} == bad


@settings(max_examples=400, deadline=None)
@given(builds(), maps())
def test_proc_pagetypeinfo_faults_where_the_reference_does(
    kernel_config: KernelConfig, memory_map: MemoryMap
) -> None:
    found = both(kernel_config, memory_map)
    if found:
        boot, reference = found
        bad = reference.bad_of_pagetypeinfo()
        own = {fault.pfn for fault in boot.faults if fault.trigger == "pagetypeinfo"}
        assert own <= bad
        assert bool(own) == bool(bad)
        assert not bad or min(own) == min(bad)
