# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory blocks that begin with a hole, where arm64 has its own pfn_valid() and hotplug: 5.14 to 5.15.35.

Booted on 2026-11-26 under QEMU: a 5.17 tree with the pfn_valid() of 3eb9cdffb397 put back, as 5.15 has it, 4K
pages, on device trees with these banks. Each expectation is what its console showed: where it stopped, or
that init read valid_zones of every memory block and came to its end. A 5.14.2 tree, booted that day,
stopped on the reads of valid_zones as these do.
"""

from dataclasses import replace

import pytest

from explorer.boot import Fault, Kernel, KernelConfig, simulate
from explorer.configuration import complete, load_fragment
from explorer.machine import MemoryMap, Region
from explorer.version import KernelVersion
from tests.boot.reference import Reference

LINKS_NODES = "register_mem_block_under_node_early"
FLAT = MemoryMap("flat", (Region(0x4000_0000, 0x2000_0000),))
LATE = MemoryMap("late", (Region(0x4020_0000, 0x1FE0_0000),))
SECOND = MemoryMap("second", (Region(0x4000_0000, 0x1000_0000), Region(0x5820_0000, 0x7E0_0000)))


def faults(machine: MemoryMap, release: str = "5.15", **config: str) -> list[Fault]:
    version = KernelVersion.parse(release)
    wishes = {"MEMORY_HOTREMOVE": "y", "DEBUG_VM": "y", "NODES_SHIFT": "4", **config}
    wishes = {name: value for name, value in wishes.items() if name != "NODES_SHIFT" or config["NUMA"] == "y"}
    settled = complete(load_fragment(version), wishes, {})
    assert settled.reachable
    found = simulate(KernelConfig.of(Kernel.of(version), settled.values), machine).faults
    return [fault for fault in found if fault.trigger in {"boot", "valid_zones"}]


def small(release: str) -> KernelConfig:
    """Sections of 256 pages, pageblocks of 16, on two nodes, with assertions."""
    on = ("SPARSEMEM", "SPARSEMEM_VMEMMAP", "NUMA", "MEMORY_HOTPLUG", "DEBUG_VM", "DEBUG_VM_PGFLAGS")
    kernel = Kernel.of(KernelVersion.parse(release))
    values = dict.fromkeys(on, "y") | {"HAVE_ARCH_PFN_VALID": "n" if kernel.has("generic_pfn_valid") else "y"}
    config = KernelConfig.of(kernel, values)
    return replace(config, section_size_bits=20, pageblock_order=4, largest_order=5)


@pytest.mark.parametrize("machine", [FLAT, LATE, SECOND], ids=lambda machine: machine.name)
@pytest.mark.parametrize("asserts", ["n", "y"])
@pytest.mark.parametrize("numa", ["n", "y"])
def test_a_hole_at_the_start_of_a_memory_block_kills_as_the_consoles_showed(
    machine: MemoryMap, asserts: str, numa: str
) -> None:
    found = faults(machine, NUMA=numa, DEBUG_VM_PGFLAGS=asserts)
    stopped = (found[0].trigger, found[0].walker, str(found[0].effect), found[0].pfn) if found else None
    hole = {"flat": None, "late": 0x40000, "second": 0x58000}[machine.name]
    if hole is None or (numa, asserts) == ("n", "n"):
        assert stopped is None  # with one node the zone of a page of ones is one that exists
    elif (numa, asserts) == ("y", "y"):
        assert stopped == ("boot", LINKS_NODES, "BUG", hole)
    elif (numa, asserts) == ("y", "n"):
        assert stopped == ("valid_zones", "test_pages_in_a_zone", "oops", hole)
    else:
        assert stopped == ("valid_zones", "test_pages_in_a_zone", "BUG", hole)


@pytest.mark.parametrize("release", ["5.12", "5.14-rc5", "5.15.36", "5.16", "6.1", "6.12"])
def test_other_releases_initialise_the_hole(release: str) -> None:
    for machine in (LATE, SECOND):
        assert faults(machine, release, NUMA="y", DEBUG_VM_PGFLAGS="y") == []


def test_a_deferred_boot_asks_memblock_for_the_node() -> None:
    wishes = {"NUMA": "y", "DEBUG_VM_PGFLAGS": "y", "DEFERRED_STRUCT_PAGE_INIT": "y"}
    assert {fault.trigger for fault in faults(LATE, **wishes)} == {"valid_zones"}


def test_a_node_without_a_page_in_its_memory_block_is_searched_for_behind_its_end() -> None:
    """The search ends with the memory block, not with the node (5.12 drivers/base/node.c)."""
    machine = MemoryMap("nodes", (Region(0, 1 << 12, nomap=True, node=1), Region(1 << 12, 46 << 12, node=1)))
    machine = replace(machine, memory=(*machine.memory, Region(47 << 12, 1 << 12, node=0)))
    found = {}
    for release in ("5.10", "5.11", "5.11.7", "5.12", "5.13", "5.14", "5.15.35", "5.15.36", "6.12", "6.16"):
        boot = simulate(small(release), machine)
        reference = Reference(boot.kernel_config, boot.memory_map.memory, boot.memory_map.reserved)
        own = {(fault.zone.node, fault.pfn) for fault in boot.faults if fault.walker == LINKS_NODES}
        assert own == reference.bad_of_memory_blocks(), release
        found[release] = own
    assert {release for release, own in found.items() if (0, 48) in own} >= {"5.11.7", "5.12"}, found
