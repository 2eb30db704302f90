# SPDX-License-Identifier: GPL-2.0-or-later
"""Nodes in descending order inside a section: the machine of the commit that mended it (bug 213073)."""

import pytest

from explorer.boot import Kernel, KernelConfig, simulate
from explorer.boot.struct_page_access import StructPageAccess
from explorer.machine import MemoryMap, Region
from explorer.version import KernelVersion

MIB = 1 << 20
LOW, BORDER, HIGH = 0x4000_0000, 0x6400_0000, 0x9000_0000
DESCENDING = MemoryMap(
    "descending", (Region(LOW, BORDER - LOW, node=1), Region(BORDER, HIGH - BORDER, node=0))
)
ASCENDING = MemoryMap("ascending", (Region(LOW, BORDER - LOW, node=0), Region(BORDER, HIGH - BORDER, node=1)))
ON_SECTIONS = MemoryMap("on sections", (Region(LOW, 128 * MIB, node=1), Region(LOW + 128 * MIB, MIB, node=0)))


@pytest.mark.parametrize(
    ("release", "memory_map", "symbols", "count"),
    [
        ("5.12.16", DESCENDING, {"DEBUG_VM": "y"}, 1),
        ("5.12.17", DESCENDING, {"DEBUG_VM": "y"}, 0),
        ("5.10.52", DESCENDING, {"DEBUG_VM": "y"}, 1),
        ("5.10.53", DESCENDING, {"DEBUG_VM": "y"}, 0),
        ("5.10.7", DESCENDING, {"DEBUG_VM": "y"}, 0),
        ("5.12.16", DESCENDING, {}, 0),
        ("5.12.16", DESCENDING, {"DEBUG_VM": "y", "NUMA": "n"}, 0),
        ("5.12.16", ASCENDING, {"DEBUG_VM": "y"}, 0),
        ("5.12.16", ON_SECTIONS, {"DEBUG_VM": "y"}, 0),
    ],
)
def test_a_higher_node_below_overwrites_struct_pages_of_memory(
    release: str, memory_map: MemoryMap, symbols: dict[str, str], count: int
) -> None:
    values = {"SPARSEMEM": "y", "SPARSEMEM_VMEMMAP": "y", "NUMA": "y", "ZONE_DMA": "y"} | symbols
    config = KernelConfig.of(Kernel.of(KernelVersion.parse(release)), values | {"HAVE_ARCH_PFN_VALID": "y"})
    found = [fault for fault in simulate(config, memory_map).faults if fault.trigger == "boot"]
    shown = [(fault.read, fault.pfn << 12, fault.certain) for fault in found]
    assert shown == count * [(StructPageAccess.BAD_RANGE, BORDER, True)]
