# SPDX-License-Identifier: GPL-2.0-or-later
"""Nodes of the memory nodes of a device tree; each answer is that of a boot of Debian's 6.1 or 6.12."""

import pytest

from explorer.boot import Kernel, KernelConfig
from explorer.boot.early_memory import from_firmware
from explorer.machine import Firmware, Region
from explorer.version import KernelVersion

GIB, HALF = 1 << 30, 0x1000_0000
LOW, HIGH = Region(GIB, HALF, node=0), Region(GIB + HALF, HALF, node=1)
SHARED = Region(GIB + HALF - 0x1000, 0x2000)
CASES = {
    "the last memory node has no id": ((LOW, HIGH, SHARED), (0, 1), (0,)),
    "the first memory node has no id": ((SHARED, LOW, HIGH), (0, 1), (0, 1)),
    "memory nodes of different nodes overlap": ((Region(GIB, HALF + 0x10_0000, node=0), HIGH), (0, 1), (0,)),
    "memory without an id between two ranges of one node": (
        (Region(GIB + HALF, HALF // 2), Region(GIB, HALF, node=1), Region(GIB + 2 * HALF, HALF, node=1)),
        (0, 0),
        (1, 1),
    ),
    "memory without an id between two nodes": (
        (Region(GIB + HALF, HALF // 4), Region(GIB, HALF, node=1), Region(GIB + 2 * HALF, HALF, node=0)),
        (0, 0),
        (0, 0),
    ),
    "an id beyond NODES_SHIFT": ((LOW, Region(GIB + HALF, HALF, node=4)), (0,), (0,)),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_nodes_are_those_of_a_boot(release: str, name: str) -> None:
    banks, until_6_12, since = CASES[name]
    config = KernelConfig.of(Kernel.of(KernelVersion.parse(release)), {"NUMA": "y", "NODES_SHIFT": "2"})
    memory = from_firmware(Firmware("made", banks), config).memory
    assert tuple(region.node for region in memory) == (until_6_12 if release == "6.1" else since)


@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_more_ranges_than_two_for_each_possible_node_are_refused_since_6_12(release: str) -> None:
    banks = tuple(Region(GIB + at * HALF, HALF // 2, node=at % 4) for at in range(9))
    config = KernelConfig.of(Kernel.of(KernelVersion.parse(release)), {"NUMA": "y", "NODES_SHIFT": "2"})
    nodes = {region.node for region in from_firmware(Firmware("made", banks), config).memory}
    assert nodes == ({0, 1, 2, 3} if release == "6.1" else {0})
