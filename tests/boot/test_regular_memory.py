# SPDX-License-Identifier: GPL-2.0-or-later
"""Walkers that fail where every struct page is initialised: the copy of hibernation, and the fast search."""

import pytest

from explorer.boot import Boot, Fault, Kernel, KernelConfig, RamFill, simulate
from explorer.boot.boot_parameters import parse_command_line
from explorer.machine import MemoryMap, Region
from explorer.narrative.fault_narrative import fault_reason, fault_steps
from explorer.version import KernelVersion

START = 0x4000_0000
MIB, GIB = 1 << 20, 1 << 30
PAGE = 4096
SLEEPS = {"SPARSEMEM": "y", "SPARSEMEM_VMEMMAP": "y", "HIBERNATION": "y"}
OWN = {"HAVE_ARCH_PFN_VALID": "y"}

NOMAP = (
    Region(START, 64 * MIB),
    Region(START + 64 * MIB, 0x10000, nomap=True),
    Region(START + 64 * MIB + 0x10000, 63 * MIB),
)
HOLE = (Region(START, 64 * MIB), Region(START + 65 * MIB, 63 * MIB))
BAD_PFN = (START + 64 * MIB) // PAGE


def booted(
    release: str, memory: tuple[Region, ...], config: dict[str, str], words: str = "rodata=off"
) -> Boot:
    kernel = Kernel.of(KernelVersion.parse(release))
    parameters = parse_command_line(words)
    return simulate(
        KernelConfig.of(kernel, {**SLEEPS, **config}, RamFill.STALE, parameters), MemoryMap("m", memory)
    )


def of(boot: Boot, walker: str) -> list[Fault]:
    return [fault for fault in boot.faults if fault.walker == walker]


@pytest.mark.parametrize(
    ("release", "memory", "config", "words", "dies"),
    [
        # arm64's pfn_valid() refuses nomap until 5.13, and holes until 5.15.35
        ("5.13", NOMAP, OWN, "rodata=off", False),
        ("5.14", NOMAP, OWN, "rodata=off", True),
        ("5.14", HOLE, OWN, "rodata=off", False),
        ("5.15.35", HOLE, OWN, "rodata=off", False),
        ("5.15.36", HOLE, {}, "rodata=off", True),
        # kernel_page_present() looks where rodata=full, DEBUG_PAGEALLOC, or from 6.1 to 6.3 KFENCE
        ("5.15.100", NOMAP, {}, "rodata=full", False),
        ("5.15.100", NOMAP, {"RODATA_FULL_DEFAULT_ENABLED": "y"}, "", False),
        ("5.15.100", NOMAP, {"RODATA_FULL_DEFAULT_ENABLED": "y"}, "rodata=off", True),
        ("5.15.100", NOMAP, {"DEBUG_PAGEALLOC": "y"}, "rodata=off debug_pagealloc=on", False),
        ("6.0", NOMAP, {"KFENCE": "y"}, "rodata=off", True),
        ("6.2", NOMAP, {"KFENCE": "y"}, "rodata=off", False),
        ("6.4", NOMAP, {"KFENCE": "y"}, "rodata=off", True),
        # 50449ca66cc5
        ("5.15.156", NOMAP, {}, "rodata=off", True),
        ("5.15.157", NOMAP, {}, "rodata=off", False),
        ("6.1.87", NOMAP, {}, "rodata=off", True),
        ("6.1.88", NOMAP, {}, "rodata=off", False),
        ("6.8", NOMAP, {}, "rodata=off", True),
        ("6.9", NOMAP, {}, "rodata=off", False),
        # hibernation does not run
        ("6.8", NOMAP, {"HIBERNATION": "n"}, "rodata=off", False),
        ("6.8", NOMAP, {}, "rodata=off nohibernate", False),
    ],
)
def test_hibernation_copies_a_page_that_is_not_mapped(
    release: str,
    memory: tuple[Region, ...],
    config: dict[str, str],
    words: str,
    dies: bool,  # noqa: FBT001 # a column
) -> None:
    """kernel/power/snapshot.c, saveable_page(); arch/arm64/mm/pageattr.c, kernel_page_present()."""
    found = of(booted(release, memory, config, words), "safe_copy_page")
    assert [(fault.pfn, fault.certain) for fault in found] == [(BAD_PFN, True)] * dies


@pytest.mark.parametrize(
    ("start", "size", "bad"),
    [(4 * MIB, 2 * MIB, None), (5 * MIB, 2 * MIB, 5 * MIB), (4 * MIB, 3 * MIB, 6 * MIB)],
    ids=["a whole subsection", "the end of one", "the start of one"],
)
def test_with_hotplug_a_hole_is_saved_where_its_subsection_holds_memory(
    start: int, size: int, bad: int | None
) -> None:
    """6.6 mm/memory_hotplug.c, pfn_to_online_page(): pfn_section_valid(), by subsections of 2 MiB."""
    memory = (Region(START, start), Region(START + start + size, 120 * MIB))
    found = of(booted("6.6", memory, {"MEMORY_HOTPLUG": "y"}), "safe_copy_page")
    assert [fault.pfn for fault in found] == ([(START + bad) // PAGE] if bad else [])
    assert of(booted("6.6", memory, {}), "safe_copy_page")[0].pfn == (START + start) // PAGE


def test_a_page_that_shares_its_bytes_with_mapped_memory_is_mapped() -> None:
    """arch/arm64/mm/mmu.c, map_mem() maps whole pages."""
    nomap = Region(START + 64 * MIB + 0x800, 0x1000, nomap=True)
    memory = (Region(START, nomap.base - START), nomap, Region(nomap.end, 32 * MIB))
    assert not of(booted("6.6", memory, {}), "safe_copy_page")


SERVER = (Region(4 * GIB, 32 * GIB), Region(544 * GIB, 96 * GIB))
"""A crash report of May 2019: 5.1 on a server with memory at 4 GiB and 544 GiB, at pfn 0x6444e00."""
COMPACTS = {**OWN, "HOLES_IN_ZONE": "y", "COMPACTION": "y", "ZONE_DMA32": "y"}


@pytest.mark.parametrize(
    ("release", "memory", "dies"),
    [
        ("5.0", SERVER, False),
        ("5.1", SERVER, True),
        ("5.1.7", SERVER, True),
        ("5.1.8", SERVER, False),
        ("5.2", SERVER, False),
        ("5.1", (Region(4 * GIB, 128 * GIB),), False),
        ("5.1", (Region(4 * GIB, 32 * GIB), Region(37 * GIB, 96 * GIB)), False),  # in the lower half
    ],
)
def test_the_fast_search_of_compaction_takes_a_pfn_without_section(
    release: str,
    memory: tuple[Region, ...],
    dies: bool,  # noqa: FBT001 # a column
) -> None:
    """5.1 mm/compaction.c, fast_isolate_freepages(): ``page = pfn_to_page(min_pfn)``."""
    boot = booted(release, memory, COMPACTS)
    found = of(boot, "fast_isolate_freepages")
    assert {fault.trigger for fault in found} == ({"fallback", "hugetlb"} if dies else set())
    for fault in found:
        assert not fault.certain
        pfns = range(fault.pfn, fault.pfn + fault.pageblocks * boot.kernel_config.pageblock_nr_pages)
        assert 0x6444E00 in pfns
        assert 0x900000 <= pfns[0] <= pfns[-1] < 0x8800000
        assert "in no section" in fault_steps(fault, boot)[0]
        assert f"{fault.pfn:#x}" in fault_reason(fault, boot)
