# SPDX-License-Identifier: GPL-2.0-or-later
"""DEFERRED_STRUCT_PAGE_INIT: where deferral begins, and which struct pages nobody initialises late."""

import pytest

from explorer.boot import Boot, Gap, GapKind, Kernel, KernelConfig, Verdict, simulate
from explorer.boot.boot_parameters import parse_command_line
from explorer.machine import MemoryMap, Region
from explorer.narrative.boot_narrative import boot_stages
from explorer.narrative.fault_narrative import fault_steps
from explorer.version import KernelVersion

START = 0x4000_0000
MIB = 1 << 20
GIB = 1 << 30
PAGE = 4096
DEFERRED = {"DEFERRED_STRUCT_PAGE_INIT": "y", "SPARSEMEM": "y", "SPARSEMEM_VMEMMAP": "y", "HUGETLB_PAGE": "y"}
ARCH = {"HAVE_ARCH_PFN_VALID": "y", "HOLES_IN_ZONE": "y"}


def booted(
    release: str,
    memory: tuple[Region, ...],
    config: dict[str, str],
    reserved: tuple[Region, ...] = (),
    command_line: str = "",
) -> Boot:
    kernel = Kernel.of(KernelVersion.parse(release))
    built = KernelConfig.of(kernel, DEFERRED | config, parameters=parse_command_line(command_line))
    return simulate(built, MemoryMap("map", memory, reserved))


def first_deferred(boot: Boot) -> dict[int, int]:
    assert boot.unmodelled == ()
    return boot.deferred.first_deferred_pfn if boot.deferred else {}


@pytest.mark.parametrize(
    ("release", "begins"),
    [
        ("4.16", 4 * GIB),  # 2 GiB, and the 64 MiB that are reserved, up to the end of a section
        ("4.17", 3 * GIB),  # the 64 MiB of NOMAP do not count
        ("5.7", 3 * GIB),
        ("5.9", 3 * GIB),  # counts from the second region on
        ("5.10.4", 3 * GIB),
        ("5.10.5", 2 * GIB),
        ("5.12", 1 * GIB + 128 * MIB),  # sections of 128 MiB
    ],
)
def test_deferral_begins_at_a_section_after_enough_pages(release: str, begins: int) -> None:
    memory = (
        Region(START, 768 * MIB, node=0),
        Region(START + 768 * MIB, 64 * MIB, nomap=True, node=0),
        Region(START + 832 * MIB, 4 * GIB, node=0),
    )
    boot = booted(release, memory, ARCH, (Region(START + MIB, 64 * MIB),))
    assert first_deferred(boot) == {0: begins // PAGE}


def test_lower_zones_are_not_deferred() -> None:
    memory = (Region(START, 5 * GIB),)
    boot = booted("5.10.7", memory, ARCH | {"ZONE_DMA32": "y"})
    assert first_deferred(boot) == {0: 5 * GIB // PAGE}


def test_a_machine_with_one_section_defers_nothing() -> None:
    assert first_deferred(booted("5.10.7", (Region(START, GIB),), ARCH)) == {}


@pytest.mark.parametrize(
    ("release", "content", "reserved"),
    [
        ("4.17", "0xff", False),  # pfn_valid() refuses NOMAP with and without deferral
        ("5.10.7", "initialised", True),  # zone 0 of node 0, by init_unavailable_mem()
        ("5.11.14", "0xff", False),
        ("5.12", "0xff", False),
        ("5.14", "initialised", True),
        ("6.12", "initialised", True),
    ],
)
def test_deferred_nomap_pages_are_initialised_by_release(release: str, content: str, reserved: bool) -> None:  # noqa: FBT001 # a column
    nomap = Region(START + 3 * GIB + MIB, MIB, nomap=True)
    memory = (Region(START, nomap.base - START), nomap, Region(nomap.end, GIB))
    own = {"DEBUG_VM": "y", **({} if release == "6.12" else ARCH)}
    boot = booted(release, memory, own)
    assert boot.unmodelled == ()
    [run] = [run for run in boot.page_runs if run.kind == "nomap"]
    assert (run.page.content, run.page.reserved) == (content, reserved)
    if release == "5.10.7":
        assert (run.page.node, run.page.zone) == (0, 0)


def test_a_deferred_nomap_page_kills_classic_sparsemem_where_holes_are_not_initialised() -> None:
    """5.12 to 5.13: pfn_valid_within() follows the page's section bits, which are all ones."""
    nomap = Region(START + GIB + MIB, MIB, nomap=True)
    memory = (Region(START, nomap.base - START), nomap, Region(nomap.end, GIB))
    own = ARCH | {"DEBUG_VM": "y", "SPARSEMEM_VMEMMAP": "n"}
    boot = booted("5.12", memory, own)
    assert boot.verdict is Verdict.UNSAFE
    [steal] = [fault for fault in boot.faults if fault.trigger == "fallback"]
    assert steal.pfn == nomap.base // PAGE
    assert any("breaks at pfn" in step for step in fault_steps(steal, boot))
    assert booted("5.12", memory, own | {"DEFERRED_STRUCT_PAGE_INIT": "n"}).verdict is Verdict.SAFE


@pytest.mark.parametrize(("release", "unmovable"), [("5.10.7", 3), ("6.12", 3), ("6.13", 0)])
def test_deferred_pageblocks_that_begin_reserved_stay_unmovable_until_6_12(
    release: str, unmovable: int
) -> None:
    reserved = Region(START + 2 * GIB, 6 * MIB - PAGE)
    own = ARCH if release == "5.10.7" else {}
    boot = booted(release, (Region(START, 4 * GIB),), own, (reserved,))
    assert boot.unmovable_pageblocks == unmovable
    assert all(run.page.content == "initialised" for run in boot.page_runs)


@pytest.mark.parametrize(
    ("release", "config", "command_line", "defers"),
    [
        ("6.12", {}, "", True),
        ("6.0", {}, "early_page_ext", True),
        ("6.12", {}, "early_page_ext", False),
        ("6.12", {"MEM_ALLOC_PROFILING_DEBUG": "y"}, "", False),
    ],
)
def test_early_page_ext_turns_deferral_off(
    release: str,
    config: dict[str, str],
    command_line: str,
    defers: bool,  # noqa: FBT001 # a column
) -> None:
    boot = booted(release, (Region(START, 4 * GIB),), config, command_line=command_line)
    assert bool(first_deferred(boot)) == defers


@pytest.mark.parametrize(
    ("release", "nodes_shift", "base", "known"),
    [
        ("6.4", "6", START, True),
        ("6.5", "6", START, False),
        ("6.5", "4", START, True),  # node_online() reads a bit that is never set
        ("6.5", "6", START + 3 * GIB, True),  # the size that memblock_set_node() gets reaches it
        ("6.6.14", "6", START, False),
        ("6.6.15", "6", START, True),
        ("6.7.2", "6", START, False),
        ("6.7.3", "6", START, True),
    ],
)
def test_memory_that_is_reserved_below_all_ram_is_unknown_from_6_5_to_6_7_2(
    release: str,
    nodes_shift: str,
    base: int,
    known: bool,  # noqa: FBT001 # a column
) -> None:
    memory = (Region(START + MIB, 3 * GIB - 2 * MIB, node=0),)
    numa = {"NUMA": "y", "NODES_SHIFT": nodes_shift}
    boot = booted(release, memory, numa, (Region(base, PAGE),))
    gap = Gap(GapKind.RESERVED_WITHOUT_NODE, "DEFERRED_STRUCT_PAGE_INIT")
    assert boot.unmodelled == (() if known else (gap,))


@pytest.mark.parametrize(
    ("release", "config", "command_line", "dies"),
    [
        ("4.17", {}, "page_owner=on", True),
        ("4.17", {}, "", False),
        ("4.17", {"DEBUG_VM_PGFLAGS": "n"}, "page_owner=on", False),  # ones name no zone
        ("4.19.30", {}, "page_owner=on", True),
        ("4.19.31", {}, "page_owner=on", False),
        ("4.20", {}, "page_owner=on", True),
        ("5.0", {}, "page_owner=on", False),
    ],
)
def test_page_owner_reads_deferred_pages_before_they_are_initialised(
    release: str,
    config: dict[str, str],
    command_line: str,
    dies: bool,  # noqa: FBT001 # a column
) -> None:
    """2f1ee0913ce5: page_to_nid() asserts in init_pages_in_zone(), which start_kernel() reaches too early."""
    own = ARCH | {"DEBUG_VM": "y", "DEBUG_VM_PGFLAGS": "y", "PAGE_OWNER": "y"} | config
    boot = booted(release, (Region(START, 4 * GIB),), own, command_line=command_line)
    found = [(fault.walker, fault.pfn, fault.certain) for fault in boot.faults]
    assert found == ([("init_pages_in_zone", 2 * GIB // PAGE, True)] if dies else [])
    assert not dies or any(
        "page_ext_init() runs before" in step for step in fault_steps(boot.faults[0], boot)
    )


def test_what_arm64_could_not_configure_is_unknown() -> None:
    boot = booted("4.15", (Region(START, 4 * GIB),), ARCH)
    assert boot.unmodelled == (Gap(GapKind.DEFERRED_INITIALISATION, "DEFERRED_STRUCT_PAGE_INIT"),)


def test_the_narrative_tells_where_deferral_begins() -> None:
    stages = {stage.name: stage for stage in boot_stages(booted("6.12", (Region(START, 4 * GIB),), {}))}
    assert stages["deferred"].decided.startswith("node 0 from pfn 0x48000 on")
    assert "deferred" not in {
        stage.name for stage in boot_stages(booted("6.12", (Region(START, 128 * MIB),), {}))
    }
