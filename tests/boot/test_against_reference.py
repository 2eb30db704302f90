# SPDX-License-Identifier: GPL-2.0-or-later
"""The interval simulator against the page-by-page reference, on random maps, versions and configurations."""

from dataclasses import replace

from hypothesis import strategies as st

from explorer.boot import Boot, Kernel, KernelConfig, MemoryModel, simulate
from explorer.boot.boot_parameters import parse_command_line
from explorer.boot.struct_page_access import StructPageAccess
from explorer.machine import MemoryMap, Region
from explorer.version import KernelVersion
from tests.boot.law import law
from tests.boot.machines import (
    GIVES_BACK_MEMMAP,
    LEAVES_HOLES_UNTOUCHED,
    LEAVES_NOMAP_UNTOUCHED,
    VERSIONS,
    builds,
)
from tests.boot.reference import Reference

ROUNDED_INWARDS = builds({"NUMA": "ny"}, ("6.12.117",))
"""Kernels whose linear map leaves out the parts of pages at the ends of regions."""

ZONE_BY_ZONE = ("5.12", "5.11.7", "5.10.24", "5.10.47", "5.13")
BY_ZONE = builds({"NUMA": "yyn"}, ZONE_BY_ZONE, (MemoryModel.SPARSEMEM_VMEMMAP,))
"""Kernels that initialise struct pages zone by zone, whatever the order of their addresses."""

OUTSIDE = builds({"NUMA": "y", "DEBUG_VM": "y"}, ZONE_BY_ZONE, (MemoryModel.SPARSEMEM_VMEMMAP,))
"""The same, where an assertion finds a free page outside the zone that it names."""

VMEMMAP = (MemoryModel.SPARSEMEM_VMEMMAP,)
CLASSIC = (MemoryModel.SPARSEMEM,)
SPARSE = VMEMMAP + CLASSIC

SKIPPED = {"HAVE_ARCH_PFN_VALID": "y", "HOLES_IN_ZONE": "n", "NUMA": "n", "DEBUG_VM": "n"}
UNTOUCHED = builds(SKIPPED, LEAVES_NOMAP_UNTOUCHED, VMEMMAP)
"""Kernels that leave NOMAP pages and holes untouched; walkers do not ask pfn_valid() of each page."""

GIVEN = {"HAVE_ARCH_PFN_VALID": "n", "MEMORY_HOTPLUG": "n"}
GIVEN_BACK = builds(GIVEN, GIVES_BACK_MEMMAP, CLASSIC)
"""Kernels whose pfn_valid() accepts pages the memmap of which belongs to somebody else."""

UNTIL_5_2 = ("4.10", "4.14", "4.16", "4.17", "4.18", "4.19", "4.20", "5.0")
"""Kernels whose steals assert the node of every page."""

ZEROED = {"HAVE_ARCH_PFN_VALID": "y", "HOLES_IN_ZONE": "n", "NUMA": "y", "DEBUG_VM": "n"}
"""What lies below the last memory is zeroed, what lies above it is not."""

OVERLAPPING = builds({"NUMA": "y"}, LEAVES_NOMAP_UNTOUCHED)
"""Loops over zones do not ask for nodes: where the spans of nodes overlap, the last one initialises."""

TWO_NODES = builds({"NUMA": "y", "ZONE_DMA": "y", "ZONE_DMA32": "y"})
SETTABLE = (
    *(version for version in VERSIONS if version not in {"4.10", "4.14"}),
    "5.9",
    "5.10.7",
    "6.5",
    "6.18",
)
DEFERRING = builds({"DEFERRED_STRUCT_PAGE_INIT": "y", "HAVE_ARCH_PFN_VALID": "y"}, SETTABLE, SPARSE)
"""Kernels of which arm64 can set DEFERRED_STRUCT_PAGE_INIT."""
FLAGS = {"DEBUG_VM": "y", "DEBUG_VM_PGFLAGS": "y"}
OWNER = {"PAGE_OWNER": "y"}
ARCH = {"HAVE_ARCH_PFN_VALID": "y"}
HOTPLUG = {"MEMORY_HOTPLUG": "y", "MEMORY_HOTREMOVE": "y", "NUMA": "yyn"}
LINKS = {"MEMORY_HOTPLUG": "y", "NUMA": "y", "DEBUG_VM": "y", "DEBUG_VM_PGFLAGS": "y"}


SLEEPS = {"HIBERNATION": "y", "MEMORY_HOTPLUG": "n"}
SAVES_UNMAPPED = ("5.14-rc5", "5.14", "5.15.24", "5.15.100", "6.1", "6.6", "6.8")
"""Kernels that take NOMAP for saveable."""


def owned(kernels: st.SearchStrategy[KernelConfig]) -> st.SearchStrategy[KernelConfig]:
    """The same kernels, booted with page_owner=on."""
    return kernels.map(lambda config: replace(config, passed=parse_command_line("page_owner=on")))


def faulting(boot: Boot, trigger: str, *walkers: str) -> set[int]:
    """The first bad page of every pageblock, rows of equal pageblocks spelt out."""
    block = boot.kernel_config.pageblock_nr_pages
    return {
        fault.pfn + step
        for fault in boot.faults
        if fault.trigger == trigger and (not walkers or fault.walker in walkers)
        for step in range(0, fault.pageblocks * block, block)
    }


@law(TWO_NODES, builds(), examples=300, at_least=16)
def test_zones_are_those_of_the_reference(boot: Boot, reference: Reference) -> bool:
    assert [(z.node, z.index, z.name, z.start_pfn, z.end_pfn, z.present) for z in boot.zones] == [
        (z.node, z.index, z.name, z.start, z.end, z.present) for z in reference.zones
    ]
    return len(reference.zones) > 1


@law(OVERLAPPING | UNTOUCHED, builds(), examples=300, at_least=50)
def test_every_struct_page_is_in_the_state_of_the_reference(boot: Boot, reference: Reference) -> bool:
    own: dict[int, tuple[object, ...]] = {}
    for run in boot.page_runs:
        page = run.page
        extra = (page.node, page.zone, page.reserved) if page.content == "initialised" else ()
        state = (str(run.kind), run.valid, str(page.content), *extra)
        own.update(dict.fromkeys(range(run.start, run.end), state))
    expected = {pfn: page.state for pfn, page in reference.pages.items()}
    assert own.keys() == expected.keys()
    assert {pfn: (own[pfn], expected[pfn]) for pfn in own if own[pfn] != expected[pfn]} == {}
    return len({state[2:] for state in expected.values()}) > 1


@law(ROUNDED_INWARDS, ROUNDED_INWARDS, examples=300, at_least=8)
def test_early_allocations_fault_where_the_reference_does(boot: Boot, reference: Reference) -> bool:
    bad = reference.bad_of_early_allocations()
    found = {fault.pfn: fault.certain for fault in boot.faults if fault.walker == "memblock_alloc_try_nid"}
    worst = max(bad, key=lambda pfn: (bad[pfn], pfn), default=None)
    assert found == ({} if worst is None else {worst: bad[worst]})
    return bool(bad)


@law(BY_ZONE, BY_ZONE, examples=250, at_least=50)
def test_struct_pages_that_zones_write_one_after_the_other(boot: Boot, reference: Reference) -> bool:
    states = set()
    for run in boot.page_runs:
        extra = (run.page.node, run.page.zone, run.page.reserved) if run.page.content == "initialised" else ()
        states.add(extra)
        for pfn in range(run.start, run.end):
            page = reference.pages[pfn]
            assert (str(run.kind), run.valid, str(run.page.content), *extra) == page.state, hex(pfn)
            assert (run.visited, run.movable) == (page.visited, page.movable), hex(pfn)
    return len(states) > 2


@law(OUTSIDE, builds({"DEBUG_VM": "y"}), examples=200, at_least=2)
def test_free_pages_outside_the_zone_that_they_name_kill(boot: Boot, reference: Reference) -> bool:
    bad = reference.bad_range()
    found = {fault.pfn for fault in boot.faults if fault.read is StructPageAccess.BAD_RANGE}
    assert found == ({min(bad)} if bad else set())
    return bool(bad)


@law(UNTOUCHED, builds(), examples=300, at_least=50)
def test_pageblocks_become_movable_where_the_reference_visits_their_first_page(
    boot: Boot, reference: Reference
) -> bool:
    visits = set()
    for run in boot.page_runs:
        block = boot.kernel_config.pageblock_nr_pages
        for pfn in range(-(-run.start // block) * block, run.end, block):
            assert run.visited == reference.pages[pfn].visited, hex(pfn)
            assert run.movable == reference.pages[pfn].movable, hex(pfn)
            visits.add(run.movable)
    return len(visits) > 1


@law(DEFERRING, builds({"NUMA": "y", "DEFERRED_STRUCT_PAGE_INIT": "y"}, SETTABLE), examples=400, at_least=14)
def test_deferred_struct_pages_are_in_the_state_of_the_reference(boot: Boot, reference: Reference) -> bool:
    first = boot.deferred.first_deferred_pfn if boot.deferred else {}
    assert first == reference.first_deferred
    for run in boot.page_runs:
        extra = (run.page.node, run.page.zone, run.page.reserved) if run.page.content == "initialised" else ()
        state = (str(run.kind), run.valid, str(run.page.content), *extra)
        for pfn in range(run.start, run.end):
            page = reference.pages[pfn]
            assert state == page.state, hex(pfn)
            assert (run.visited, run.movable) == (page.visited, page.movable), hex(pfn)
    return bool(first)


@law(UNTOUCHED, builds(SKIPPED | {"DEBUG_VM": "y", "NUMA": "ny"}, UNTIL_5_2), examples=500, at_least=45)
def test_steals_fault_where_the_reference_does(boot: Boot, reference: Reference) -> bool:
    if reference.has_cut_page():
        return False
    bad = reference.first_bad_of_steals()
    block = boot.kernel_config.pageblock_nr_pages
    assert {(pfn // block * block, pfn) for pfn in faulting(boot, "fallback", "move_freepages")} == bad
    return bool(bad)


@law(UNTOUCHED, builds(SKIPPED | {"DEBUG_VM": "y", "HOLES_IN_ZONE": "ny"}), examples=400, at_least=25)
def test_atomic_allocations_fault_where_the_reference_does(boot: Boot, reference: Reference) -> bool:
    if reference.has_cut_page():
        return False
    bad = reference.first_bad_of_steals(counts_movable=False)
    block = boot.kernel_config.pageblock_nr_pages
    assert {(pfn // block * block, pfn) for pfn in faulting(boot, "highatomic")} == bad
    return bool(bad)


@law(GIVEN_BACK, builds({"MEMORY_HOTPLUG": "n"}), examples=300, at_least=12)
def test_proc_kpageflags_faults_where_the_reference_does(boot: Boot, reference: Reference) -> bool:
    bad = reference.bad_of_proc_pages()
    own = {fault.pfn for fault in boot.faults if fault.trigger == "kpageflags"}
    assert bool(own) == bool(bad)
    assert own <= bad
    assert not bad or min(own) == min(bad)
    return bool(bad)


@law(UNTOUCHED, builds(ZEROED, ("4.20", "5.0", "5.4")), examples=500, at_least=12)
def test_compaction_faults_where_the_reference_does(boot: Boot, reference: Reference) -> bool:
    bad = reference.first_bad_of_compaction()
    assert faulting(boot, "compact", "isolate_migratepages_block") == bad
    either = reference.first_bad_of_compaction(from_the_end=True)
    assert faulting(boot, "compact", "isolate_freepages_block") == either
    return bool(either)


@law(
    builds(HOTPLUG | ARCH, LEAVES_HOLES_UNTOUCHED, VMEMMAP),
    builds(HOTPLUG, models=SPARSE),
    examples=500,
    at_least=30,
)
def test_a_read_of_valid_zones_faults_where_the_reference_does(boot: Boot, reference: Reference) -> bool:
    kept = boot.kernel_config.kernel.has("memory_blocks_keep_zone")
    bad = set() if kept else reference.bad_of_valid_zones()
    assert {fault.pfn for fault in boot.faults if fault.trigger == "valid_zones"} == bad
    return bool(bad)


@law(
    builds(LINKS | ARCH, LEAVES_HOLES_UNTOUCHED, VMEMMAP),
    builds(LINKS, ("5.8", "5.10", "5.11", "5.12", "5.14", "5.15.35", "5.16"), SPARSE),
    examples=500,
    at_least=28,
)
def test_linking_memory_blocks_to_nodes_faults_where_the_reference_does(
    boot: Boot, reference: Reference
) -> bool:
    bad = (
        reference.bad_of_memory_blocks() if boot.kernel_config.kernel.has("memory_blocks_ask_node") else set()
    )
    walker = "register_mem_block_under_node_early"
    assert {(fault.zone.node, fault.pfn) for fault in boot.faults if fault.walker == walker} == bad
    return bool(bad)


@law(GIVEN_BACK, builds({"MEMORY_HOTPLUG": "ny"}), examples=400, at_least=8)
def test_proc_pagetypeinfo_faults_where_the_reference_does(boot: Boot, reference: Reference) -> bool:
    bad = reference.bad_of_pagetypeinfo()
    own = {fault.pfn for fault in boot.faults if fault.trigger == "pagetypeinfo"}
    assert own <= bad
    assert bool(own) == bool(bad)
    assert not bad or min(own) == min(bad)
    return bool(bad)


def agree(boot: Boot, trigger: str, bad: set[int], walker: str = "") -> bool:
    """A fault for each run of bad pages, on its first page; what differs otherwise may split a run."""
    faults = [fault for fault in boot.faults if fault.trigger == trigger]
    own = {fault.pfn for fault in faults if walker in {"", fault.walker}}
    assert {pfn for pfn in bad if pfn - 1 not in bad} <= own <= bad
    return bool(bad)


@law(
    builds(GIVEN | FLAGS | {"HIBERNATION": "y"}, GIVES_BACK_MEMMAP, CLASSIC),
    builds({"HIBERNATION": "ny", "MEMORY_HOTPLUG": "n"}),
    examples=300,
    at_least=9,
)
def test_hibernation_faults_where_the_reference_does(boot: Boot, reference: Reference) -> bool:
    bad = reference.bad_of_zones() if boot.kernel_config.has("HIBERNATION") else set()
    return agree(boot, "hibernate", bad, "saveable_page")


@law(
    builds({"HAVE_ARCH_PFN_VALID": "y"} | SLEEPS, SAVES_UNMAPPED, VMEMMAP),
    builds({"HIBERNATION": "ny", "MEMORY_HOTPLUG": "n"}),
    examples=300,
    at_least=20,
)
def test_hibernation_copies_the_first_page_that_is_not_mapped(boot: Boot, reference: Reference) -> bool:
    bad = reference.bad_of_copying() if boot.kernel_config.has("HIBERNATION") else set()
    own = {fault.pfn for fault in boot.faults if fault.walker == "safe_copy_page"}
    assert own <= bad
    assert bool(own) == bool(bad)
    return bool(bad)


@law(
    builds(GIVEN | {"HUGETLB_PAGE": "y"}, GIVES_BACK_MEMMAP, CLASSIC),
    builds({"HUGETLB_PAGE": "ny", "MEMORY_HOTPLUG": "n"}),
    examples=300,
    at_least=6,
)
def test_gigantic_pages_fault_where_the_reference_does(boot: Boot, reference: Reference) -> bool:
    searched = boot.kernel_config.has("HUGETLB_PAGE")
    return agree(boot, "gigantic", reference.bad_of_zones(with_bitmap=True) if searched else set())


@law(
    owned(builds(SKIPPED | FLAGS | OWNER, LEAVES_NOMAP_UNTOUCHED, SPARSE)),
    owned(builds({"PAGE_OWNER": "ny", "DEBUG_VM": "n"}, ("4.10", "4.13", "4.14", "4.17"), SPARSE)),
    examples=400,
    at_least=20,
)
def test_page_owner_faults_where_the_reference_does(boot: Boot, reference: Reference) -> bool:
    bad = reference.bad_of_page_owner() if boot.kernel_config.has("PAGE_OWNER") else set()
    own = {
        fault.pfn
        for fault in boot.faults
        if fault.walker == "init_pages_in_zone" and fault.page.content != "initialised"
    }
    assert {pfn for pfn in bad if pfn - 1 not in bad} <= own <= bad
    return bool(bad)


@law(builds(GIVEN | FLAGS, GIVES_BACK_MEMMAP, CLASSIC), builds(), examples=400, at_least=4)
def test_reserving_faults_where_the_reference_does(boot: Boot, reference: Reference) -> bool:
    bad = reference.bad_of_reserving()
    own = {fault.pfn for fault in boot.faults if fault.walker == "reserve_bootmem_region"}
    assert {pfn for pfn in bad if pfn - 1 not in bad} <= own <= bad
    return bool(bad)


@law(UNTOUCHED, builds(), examples=400, at_least=28)
def test_freeing_faults_where_the_reference_does(boot: Boot, reference: Reference) -> bool:
    if reference.has_cut_page():
        return False
    bad = reference.bad_buddies()
    buddies = [fault for fault in boot.faults if fault.read is StructPageAccess.PAGE_BUDDY]
    own = {fault.pfn for fault in buddies if fault.walker == "__free_one_page"}
    assert own <= bad
    assert bool(own) == bool(bad)
    assert not bad or min(own) == min(bad)
    return bool(bad)


def test_the_page_that_holds_the_data_of_its_node_is_not_free() -> None:
    """Memory of a node that ends inside a page: boot allocates the last bytes for the node."""
    memory = (Region(34 << 12, (132 << 12) + 2000, node=0), Region(401 << 12, 111 << 12, nomap=True, node=0))
    machine = MemoryMap("cut", memory, (Region(100 << 12, 66 << 12),))
    on = ("NUMA", "DEBUG_VM", "DEBUG_VM_PGFLAGS", "HAVE_ARCH_PFN_VALID", "SPARSEMEM", "SPARSEMEM_VMEMMAP")
    build = KernelConfig.of(Kernel.of(KernelVersion.parse("4.18")), dict.fromkeys(on, "y"))
    build = replace(build, section_size_bits=20, pageblock_order=3, largest_order=5)
    boot = simulate(build, machine)
    reference = Reference(build, boot.memory_map.memory, boot.memory_map.reserved)
    assert reference.pages[167].content == "0xff"
    assert faulting(boot, "fallback", "move_freepages") == set() == reference.first_bad_of_steals()
