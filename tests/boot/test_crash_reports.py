# SPDX-License-Identifier: GPL-2.0-or-later
"""Two crashes that people reported in August 2018, with their memory maps and the page that killed them.

Both are from the thread "A crash on ARM64 in move_freepages_block due to uninitialized pages in reserved
memory" on linux-mm, which led to "arm64: mm: always enable CONFIG_HOLES_IN_ZONE". Memory is what the
reporter's /proc/iomem showed ("reserved" at the top level is nomap); the page is computed from the address of
the struct page on the console.
"""

from explorer.boot import Boot, Fault, Kernel, KernelConfig, RamFill, simulate
from explorer.configuration import complete, load_fragment
from explorer.machine import MemoryMap, Region
from explorer.version import KernelVersion

STRUCT_PAGE = 64


def system_ram(*spans: tuple[int, int]) -> list[Region]:
    return [Region(first, last + 1 - first) for first, last in spans]


def reserved(*spans: tuple[int, int]) -> list[Region]:
    return [Region(first, last + 1 - first, nomap=True) for first, last in spans]


# Marvell MacchiatoBin, EDK II, 4.17.11, 4K pages, 39-bit VAs (17 August 2018)
MACCHIATOBIN = MemoryMap(
    "macchiatobin",
    tuple(
        sorted(
            system_ram(
                (0x0, 0x3FFFFFF),
                (0x4200000, 0xBF80FFFF),
                (0xBFBF0000, 0xBFC8FFFF),
                (0xBFFE0000, 0xBFFFFFFF),
            )
            + reserved((0xBF810000, 0xBFBEFFFF), (0xBFC90000, 0xBFFDFFFF)),
            key=lambda region: region.base,
        )
    ),
)

# KVM guest of 3 GiB, EDK II, 4.18.0, 64K pages, 42-bit VAs, DEBUG_VM_PGFLAGS (23 August 2018)
KVM_GUEST = MemoryMap(
    "kvm-guest",
    tuple(
        sorted(
            system_ram(
                (0x40000000, 0xF85DFFFF),
                (0xF86C0000, 0xF86DFFFF),
                (0xF8750000, 0xFBC1FFFF),
                (0xFC000000, 0xFFFFFFFF),
            )
            + reserved((0xF85E0000, 0xF86BFFFF), (0xF86E0000, 0xF874FFFF), (0xFBC20000, 0xFBFFFFFF)),
            key=lambda region: region.base,
        )
    ),
)


def booted(release: str, machine: MemoryMap, fill: RamFill = RamFill.STALE, **config: str) -> Boot:
    version = KernelVersion.parse(release)
    settled = complete(load_fragment(version), config, {})
    assert settled.reachable
    return simulate(KernelConfig.of(Kernel.of(version), settled.values, fill), machine)


def steals(boot: Boot) -> dict[int, Fault]:
    return {fault.pfn: fault for fault in boot.faults if fault.walker == "move_freepages"}


def test_macchiatobin_dies_on_the_page_that_the_oops_shows() -> None:
    # x1 held the page, x5 the address that faulted; DRAM starts at 0
    pfn = (0xFFFFFFBF02FE8000 - 0xFFFFFFBF00000000) // STRUCT_PAGE
    fault = steals(booted("4.17.11", MACCHIATOBIN, RamFill.FF, NUMA="n"))[pfn]
    assert (fault.walker, fault.effect, fault.read) == ("move_freepages", "oops", "PageLRU(page)")
    assert pfn == fault.pageblock_start_pfn == 0xBFA00
    # What RAM held is not known: with DEBUG_VM the page would have been all ones, too
    assert pfn in steals(booted("4.17.11", MACCHIATOBIN, NUMA="n", DEBUG_VM="y"))
    assert pfn in steals(booted("4.17.11", MACCHIATOBIN, NUMA="n"))


def test_the_kvm_guest_dies_on_the_page_that_the_bug_shows() -> None:
    pfn = (0xFFFFFDFF802E1780 - 0xFFFFFDFF80000000) // STRUCT_PAGE + (0x40000000 >> 16)
    boot = booted("4.18", KVM_GUEST, NUMA="n", ARM64_64K_PAGES="y", DEBUG_VM="y", DEBUG_VM_PGFLAGS="y")
    fault = steals(boot)[pfn]
    assert pfn == 0xF85E
    assert (fault.walker, fault.effect, fault.poison) == ("move_freepages", "BUG", True)
    assert fault.pageblock_start_pfn == 0xE000


def test_the_fix_saves_both() -> None:
    assert booted("4.19", MACCHIATOBIN, RamFill.FF, NUMA="n").faults == ()
    guest = booted("4.19", KVM_GUEST, NUMA="n", ARM64_64K_PAGES="y", DEBUG_VM="y", DEBUG_VM_PGFLAGS="y")
    assert guest.faults == ()
    assert booted("4.17.11", MACCHIATOBIN, RamFill.FF, NUMA="y").faults == ()
