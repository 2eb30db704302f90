# SPDX-License-Identifier: GPL-2.0-or-later
"""Real machines, from what their owners published (tests/data/machines/README.md)."""

import shutil
from pathlib import Path

import pytest

from explorer.boot import Kernel, KernelConfig, Verdict, simulate
from explorer.configuration import complete, load_fragment
from explorer.errors import InputError
from explorer.machine import Firmware, MemoryMap, Region, read_machine
from explorer.machine.efi import efi_descriptors
from explorer.machine.numa_nodes import numa_node_ranges
from explorer.study.backport import smallest_backports
from explorer.version import KernelVersion

MACHINES = Path(__file__).parents[1] / "data" / "machines"
needs_dtc = pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc is not installed")


def read(name: str) -> MemoryMap:
    found = read_machine(str(MACHINES / name))
    assert isinstance(found, MemoryMap)
    return found


def test_the_d05_has_the_memblock_that_its_kernel_dumped_last() -> None:
    found = read("d05.log")
    assert len(found.memory) == 9
    assert [(region.base, region.size) for region in found.memory if region.nomap] == [
        (0x0, 0x2_5800),
        (0x31B1_0000, 0x3_0000),
        (0x39BB_0000, 0x59_0000),
        (0x3F13_0000, 0x3_0000),
    ]
    assert {region.node for region in found.memory} == {1}
    assert len(found.reserved) == 8


def test_the_node_ranges_that_the_d05_printed_are_those_of_its_memblock() -> None:
    """The kernel rounds a region to whole pages, here of 64 KiB."""
    page = 1 << 16
    printed = numa_node_ranges((MACHINES / "d05.log").read_text())
    rounded = [
        (-(-region.base // page) * page, region.end // page * page) for region in read("d05.log").memory
    ]
    assert [(region.base, region.end) for region in printed] == rounded


def test_the_simulator_names_the_page_that_killed_the_d05_in_2016() -> None:
    """The report: move_freepages(), end_page pfn = 16383, nid = 0 where nid = 1 was due, not valid."""
    tree = load_fragment(KernelVersion.parse("4.10"))
    values = complete(tree, {"ARM64_64K_PAGES": "y", "DEBUG_VM": "y"}, {"NUMA": "y"}).values
    boot = simulate(KernelConfig.of(Kernel.of(tree.release), values), read("d05.log"))
    first = boot.faults[0]
    assert (first.walker, first.pfn, first.pageblock_start_pfn, first.zone.node) == (
        "move_freepages",
        16383,
        8192,
        1,
    )
    assert first.certain


def test_what_was_merged_after_that_report_is_among_the_smallest_fixes() -> None:
    tree = load_fragment(KernelVersion.parse("4.10"))
    values = complete(tree, {"ARM64_64K_PAGES": "y", "DEBUG_VM": "y"}, {"NUMA": "y"}).values
    found = smallest_backports(tree, Kernel.of(tree.release), values, [read("d05.log")])
    assert ("6d526ee26ccd",) in [tuple(change.commits[0].id for change in fix.changes) for fix in found.fixes]


def test_the_hdk_tells_all_its_nomap_memory_without_any_option() -> None:
    found = read("sm8550-hdk.log")
    nomap = [region for region in found.memory if region.nomap]
    assert len(found.memory) == 27
    assert len(nomap) == 14
    assert Region(0x8000_0000, 0xE0_0000, nomap=True, node=0) in nomap
    assert Region(0xE1BB_0000, 0x1D9_0000, nomap=True, node=0) in nomap
    assert Region(0x8120_0000, 0x80_0000, node=0) in found.memory


def test_one_nomap_region_at_the_start_of_ram() -> None:
    assert read("agilex3.log").memory == (
        Region(0x8000_0000, 0x200_0000, nomap=True, node=0),
        Region(0x8200_0000, 0x7E00_0000, node=0),
        Region(0x8_8000_0000, 0x1_8000_0000, node=0),
    )


def test_a_raspberry_pi_by_proc_iomem() -> None:
    found = read("rpi4.iomem")
    assert found.memory == (Region(0x8_0000, 0x3B38_0000), Region(0x4000_0000, 0xBC00_0000))
    assert len(found.reserved) == 12
    assert any("NUMA" in note for note in found.notes)


@pytest.mark.parametrize(
    ("name", "regions", "nomap"),
    [
        (
            "thunderx.log",
            9,
            [
                (0xFFFE_0000, 0x2_0000),
                (0x10F_F9E9_0000, 0xA_0000),
                (0x10F_FAEB_0000, 0x15_0000),
                (0x10F_FFFB_0000, 0x5_0000),
            ],
        ),
        (
            "emag.log",
            12,
            [
                (0x9200_0000, 0x90_0000),
                (0xFFFC_0000, 0x4_0000),
                (0x9F_F5AF_0000, 0x4_0000),
                (0x9F_F5BB_0000, 0x224_0000),
                (0x9F_F7E6_0000, 0x1A_0000),
            ],
        ),
        (
            "a1000.log",
            9,
            [(0x8B00_0000, 0x200_0000), (0x8FD0_0000, 0x10_0000), (0x8FEC_0000, 0x2214_0000)],
        ),
        ("rpi5.log", 3, [(0, 0x8_0000)]),
        ("g98.log", 5, []),
        ("m1.log", 1, []),
    ],
)
def test_logs_tell_their_memory_as_they_were_posted(
    name: str, regions: int, nomap: list[tuple[int, int]]
) -> None:
    found = read(name)
    assert len(found.memory) == regions
    assert [(region.base, region.size) for region in found.memory if region.nomap] == nomap
    assert not any("boots" in note for note in found.notes)


def test_the_simulator_fires_the_assertion_that_a_thunderx_reported_in_2016() -> None:
    """The report: move_freepages() with 64K pages; nomap pages were not given to the zone of node 1."""
    tree = load_fragment(KernelVersion.parse("4.10"))
    values = complete(tree, {"ARM64_64K_PAGES": "y", "DEBUG_VM": "y"}, {"NUMA": "y"}).values
    boot = simulate(KernelConfig.of(Kernel.of(tree.release), values), read("thunderx.log"))
    fault = boot.faults[0]
    assert (fault.walker, fault.zone.node, fault.certain) == ("move_freepages", 1, True)
    assert any(
        region.base >> 16 <= fault.pfn < region.end >> 16 for region in boot.memory_map.memory if region.nomap
    )


def test_the_efi_map_of_a_thunderx_becomes_the_memblock_that_its_kernel_dumped() -> None:
    """All but one page: ACPI's tables, which that kernel made nomap, are reserved memory since 4.10."""
    told = Firmware("thunderx", efi=efi_descriptors((MACHINES / "thunderx.log").read_text(), "thunderx"))
    tree = load_fragment(KernelVersion.parse("4.10"))
    values = complete(tree, {"ARM64_64K_PAGES": "y"}, {"NUMA": "y"}).values
    made = simulate(KernelConfig.of(Kernel.of(tree.release), values), told).memory_map.memory
    dumped = [(region.base, region.end) for region in read("thunderx.log").memory if region.nomap]
    assert [(region.base, region.end) for region in made if region.nomap] == [
        (0xFFFF_0000, 0x1_0000_0000),
        *dumped[1:],
    ]
    assert (made[0].base, made[-1].end) == (0x140_0000, 0x110_0000_0000)


@pytest.mark.parametrize("name", ["emag.log", "d05.log"])
def test_dump_and_node_ranges_of_a_log_tell_one_memory(name: str) -> None:
    page = 1 << 16
    rounded = [(-(-region.base // page) * page, region.end // page * page) for region in read(name).memory]
    printed = numa_node_ranges((MACHINES / name).read_text())
    assert [(region.base, region.end) for region in printed] == rounded


@needs_dtc
def test_the_hikeys_device_tree_has_holes_inside_pageblocks() -> None:
    found = read_machine(str(MACHINES / "hikey.dts"))
    assert isinstance(found, Firmware)
    ends = [bank.end for bank in found.banks]
    assert ends == [0x5E0_0000, 0x5F0_1000, 0x6DF_F000, 0x740_F000, 0x21F0_0000, 0x3E00_0000]
    assert [(node.base, node.size, node.no_map) for node in found.reserved] == [
        (0x21F0_0000, 0x10_0000, False)
    ]


@needs_dtc
@pytest.mark.parametrize("release", ["4.17", "6.1"])
def test_every_board_boots_in_the_simulator(release: str) -> None:
    """What kernels of these releases with a distribution's NUMA survive: all of them ran on such boards."""
    tree = load_fragment(KernelVersion.parse(release))
    kernel_config = KernelConfig.of(Kernel.of(tree.release), complete(tree, {}, {"NUMA": "y"}).values)
    for name in ("thunderx.log", "emag.log", "a1000.log", "rpi5.log", "g98.log", "m1.log", "hikey.dts"):
        assert simulate(kernel_config, read_machine(str(MACHINES / name))).verdict is Verdict.SAFE, name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rpi4-8g.log", "does not show which memory is nomap: only kernels since 6.3 print it"),
        ("four-nodes.log", "the kernel had memory at 0x11000000, and the map shows none"),
        ("honeycomb.log", "does not show which memory is nomap: only kernels since 6.3 print it"),
        ("kunpeng920.log", "does not show which memory is nomap: the machine has EFI"),
        ("x13s.log", "holds no memblock dump and no EFI map"),
        ("rock5b.log", "beginning of the log is missing"),
        ("mt8186.mail", "beginning of the log is missing"),
    ],
)
def test_logs_that_leave_two_answers_are_refused(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as raised:
        read(name)
    assert raised.value.hint
