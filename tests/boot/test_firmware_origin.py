# SPDX-License-Identifier: GPL-2.0-or-later
"""Firmware that gives a memory map: the kernel makes exactly this map of it, and of the device tree's text.

No random map may have the obstacle ``OTHERWISE``: the other obstacles are all there are.
"""

import shutil
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings

from explorer.boot import Kernel, KernelConfig
from explorer.boot.early_memory import from_firmware, from_map
from explorer.boot.firmware_origin import Means, ObstacleKind, Origin, origin, origins
from explorer.errors import InputError
from explorer.machine import Firmware, MemoryMap, Region
from explorer.machine.devicetree import read_devicetree
from explorer.machine.devicetree_source import compile_source
from explorer.machine.qemu_virt import devicetree_source
from explorer.version import KernelVersion
from tests.boot.machines import builds, maps

GIB, PAGE = 1 << 30, 0x1000
COMPILED = 120 if shutil.which("dtc") else 0
"""Device trees that one test compiles: dtc takes 10 ms each."""
Plain = list[tuple[int, int, bool, int]]


def plain(regions: Sequence[Region], config: KernelConfig) -> Plain:
    """Regions for comparison; a missing node is node 0, and without NUMA all are."""
    numa = config.has("NUMA")
    return [(region.base, region.size, region.nomap, (region.node or 0) * numa) for region in regions]


def of_text(firmware: Firmware) -> Firmware:
    """What our own reader makes of the device tree's source."""
    return read_devicetree(compile_source(devicetree_source(firmware), "made.dts"), "made.dts")


def check_same(memory_map: MemoryMap, firmware: Firmware, config: KernelConfig) -> None:
    made, wanted = from_firmware(firmware, config), from_map(memory_map, config)
    assert plain(made.memory, config) == plain(wanted.memory, config)
    assert plain(made.reserved, config) == plain(wanted.reserved, config)


def test_the_kernel_makes_the_map_of_the_firmware_and_of_the_text() -> None:
    count: Counter[object] = Counter()

    @settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
    @given(maps(), builds())
    def holds(memory_map: MemoryMap, config: KernelConfig) -> None:
        try:
            found = origins(memory_map, config)
        except InputError:
            return
        for one in found:
            count[one.means, one.firmware is not None] += 1
            count.update({obstacle.kind for obstacle in one.obstacles})
            assert bool(one.obstacles) == (one.firmware is None)
            if one.firmware:
                check_same(memory_map, one.firmware, config)
        tree = found[0].firmware
        if tree and count["compiled"] < COMPILED:
            count["compiled"] += 1
            check_same(memory_map, of_text(tree), config)

    holds()
    assert count["compiled"] >= COMPILED / 2
    assert all(count[means, made] >= 20 for means in Means for made in (True, False)), count
    assert not count[ObstacleKind.OTHERWISE], count
    assert count[ObstacleKind.NOMAP_OF_TREE] >= 50
    assert count[ObstacleKind.NOMAP_INSIDE_PAGE] >= 10


def config_of(version: str, **symbols: str) -> KernelConfig:
    values = {"SPARSEMEM": "y", "SPARSEMEM_VMEMMAP": "y", "NUMA": "y", "NODES_SHIFT": "2"} | symbols
    return KernelConfig.of(Kernel.of(KernelVersion.parse(version)), values)


def kinds(one: Origin) -> set[ObstacleKind]:
    return {obstacle.kind for obstacle in one.obstacles}


NOMAP = (
    Region(GIB, 0x400_0000),
    Region(GIB + 0x400_0000, 0x1_0000, nomap=True),
    Region(GIB + 0x401_0000, 0x3FF_0000),
)
NOMAP_IN_PAGE = (
    Region(GIB, 0x400_0800),
    Region(GIB + 0x400_0800, PAGE, nomap=True),
    Region(GIB + 0x400_1800, 0x400_0000 - 0x1800),
)
HOLE_IN_PAGE = (NOMAP_IN_PAGE[0], NOMAP_IN_PAGE[2])
STARTS_IN_PAGE = (Region(GIB + 0x800, 0x800_0000 - 0x800),)
SPLIT_IN_PAGE = (Region(GIB, 0x400_0800, node=0), Region(GIB + 0x400_0800, 0x400_0000 - 0x800, node=1))
NODE_9 = (Region(GIB, 0x400_0000, node=9),)
HALF_NODES = (Region(GIB, 0x400_0000, node=0), Region(GIB + 0x400_0000, 0x400_0000))

TREE, EFI, BOTH = Means
OF_TREE, MEMORY, IN_PAGE, RESERVED, SOME, NUMBER, _ = ObstacleKind


@pytest.mark.parametrize(
    ("version", "memory", "expected"),
    [
        ("4.17", NOMAP, {TREE: {OF_TREE}}),
        ("5.12", NOMAP, {}),
        ("4.17", HOLE_IN_PAGE, {EFI: {MEMORY}}),
        ("5.12", HOLE_IN_PAGE, {TREE: {MEMORY}, EFI: {MEMORY}, BOTH: {MEMORY}}),
        ("4.17", NOMAP_IN_PAGE, {TREE: {OF_TREE}, EFI: {IN_PAGE}, BOTH: {IN_PAGE}}),
        ("5.12", NOMAP_IN_PAGE, {EFI: {IN_PAGE}}),
        ("4.17", STARTS_IN_PAGE, {EFI: {MEMORY}}),
        ("6.12", STARTS_IN_PAGE, {TREE: {MEMORY}, EFI: {MEMORY}, BOTH: {MEMORY}}),
        ("4.17", SPLIT_IN_PAGE, {}),
        ("6.12", SPLIT_IN_PAGE, {}),
        ("6.1", NODE_9, {TREE: {NUMBER}, EFI: {NUMBER}, BOTH: {NUMBER}}),
        ("6.1", HALF_NODES, {TREE: {SOME}, EFI: {SOME}, BOTH: {SOME}}),
    ],
)
def test_what_keeps_firmware_from_giving_a_map(
    version: str, memory: tuple[Region, ...], expected: dict[Means, set[ObstacleKind]]
) -> None:
    found = origins(MemoryMap("made", memory), config_of(version))
    assert {one.means: kinds(one) for one in found if one.obstacles} == expected


def test_obstacles_name_the_byte() -> None:
    (obstacle,) = origin(MemoryMap("made", STARTS_IN_PAGE), config_of("6.12"), TREE).obstacles
    assert obstacle.address == GIB + 0x800


def test_a_page_of_two_nodes_is_memory_by_a_bank_without_a_node_that_comes_first() -> None:
    firmware = origin(MemoryMap("made", SPLIT_IN_PAGE), config_of("6.12"), TREE).firmware
    assert firmware
    shared, low, high = firmware.banks
    assert (shared.base, shared.size, shared.node) == (GIB + 0x400_0000, PAGE, None)
    assert (low.end, low.node) == (high.base, 0) == (GIB + 0x400_0800, 0)
    assert high.node == 1


def test_without_numa_nodes_do_not_matter() -> None:
    for memory in (NODE_9, HALF_NODES, SPLIT_IN_PAGE):
        config = config_of("6.1", NUMA="n")
        assert not any(one.obstacles for one in origins(MemoryMap("made", memory), config))
        assert len(from_map(MemoryMap("made", memory), config).memory) == 1


def test_reserved_memory_comes_after_no_map_and_keeps_its_bytes() -> None:
    reserved = (Region(GIB + 0x3FF_FFF0, 0x20), Region(8 * GIB, 0x123))
    wanted = MemoryMap("made", NOMAP, reserved)
    tree, efi, both = origins(wanted, config_of("6.12"))
    assert tree.firmware
    assert both.firmware
    assert [child.no_map for child in tree.firmware.reserved] == [True, False, False]
    assert kinds(efi) == {RESERVED}
    whole = MemoryMap("made", NOMAP, (Region(GIB + 0x10_0000, 0x1_0000),))
    assert origin(whole, config_of("6.12"), EFI).firmware


def test_words_of_the_command_line_that_cut_memory_are_those_of_the_map() -> None:
    wanted = MemoryMap("made", NOMAP, command_line="mem=64M")
    assert kinds(origin(wanted, config_of("6.12"), TREE)) == set()
