# SPDX-License-Identifier: GPL-2.0-or-later
"""No-map memory whose address the kernel chooses: the places that are booted stand for all places."""

import random
from functools import cache
from itertools import pairwise

import pytest

from explorer.boot import Kernel, KernelConfig, Verdict, simulate
from explorer.boot.early_memory import from_firmware
from explorer.boot.walkers import Circumstance
from explorer.configuration import complete, load_fragment
from explorer.machine import Firmware, MemoryMap, Region, ReservedNode, UnplacedNode
from explorer.study.matrix import FOUR, variant_and_values
from explorer.version import KernelVersion

MIB = 1 << 20
RELEASES = ("4.14.60", "4.17", "4.19", "5.4", "5.10", "5.12", "5.15.135", "6.1", "6.12")
SETTINGS: tuple[dict[str, str], ...] = (
    {},
    {"DEBUG_VM": "y"},
    {"NUMA": "n", "HOLES_IN_ZONE": "n"},
    {"ARM64_64K_PAGES": "y"},
    {"HOLES_IN_ZONE": "n"},
    {"SPARSEMEM_VMEMMAP": "n"},
)


@cache
def config(release: str, settings: int = 0) -> KernelConfig:
    version = KernelVersion.parse(release)
    variant, values = variant_and_values(SETTINGS[settings])
    completion = complete(load_fragment(version), variant, values, absent=FOUR)
    return KernelConfig.of(Kernel.of(version), completion.values)


def board(
    *nodes: UnplacedNode,
    base: int = 0x8000_0000,
    size: int = 1 << 30,
    reserved: tuple[ReservedNode, ...] = (),
) -> Firmware:
    return Firmware("board", (Region(base, size),), reserved, unplaced=nodes)


def dies(verdicts: set[Verdict]) -> Verdict:
    return Verdict.UNSAFE if Verdict.UNSAFE in verdicts else next(iter(verdicts))


def every_place(kernel: KernelConfig, firmware: Firmware) -> dict[int, Verdict]:
    """The verdict at every aligned place, with the node written into the map by hand."""
    (node,) = firmware.unplaced
    before = from_firmware(Firmware("board", firmware.banks, firmware.reserved), kernel)
    found = {}
    for low, high in node.ranges:
        for place in range(-(-low // node.alignment) * node.alignment, high - node.size + 1, node.alignment):
            end = place + node.size
            inside = [region for region in before.memory if region.base <= place and end <= region.end]
            taken = any(region.base < end and place < region.end for region in before.reserved)
            if not inside or inside[0].nomap or taken:
                continue
            pieces = [
                piece
                for region in before.memory
                for piece in (
                    [region]
                    if region is not inside[0]
                    else [
                        Region(region.base, place - region.base, node=region.node),
                        *(
                            [Region(place, node.size, nomap=True, node=region.node)]
                            if kernel.kernel.has("placed_no_map_is_nomap")
                            else []
                        ),
                        Region(end, region.end - end, node=region.node),
                    ]
                )
                if piece.size
            ]
            reserved = (*before.reserved, Region(place, node.size))
            found[place] = simulate(kernel, MemoryMap("all", tuple(pieces), reserved)).verdict
    return found


def test_the_worst_of_all_places_is_the_result() -> None:
    choose = random.Random(13)  # noqa: S311 # no secret
    compared = mixed = 0
    for _ in range(300):
        kernel = config(choose.choice(RELEASES), choose.randrange(len(SETTINGS)))
        base = choose.choice((0x8000_0000, 0x4000_0000, 0x8010_0000, 0x8A80_0000))
        size = choose.choice((256, 512, 1023)) * MIB
        low = base + choose.randrange(size // MIB) * MIB
        window = (low, low + choose.choice((16, 32, 64, 128)) * MIB)
        length = choose.choice((1, 2, 3, 6, 8, 16)) * MIB + choose.choice((0, 0, 0x1000, 0x1_0000))
        reserved = ReservedNode(
            "fw", base + choose.randrange(size // MIB) * MIB, 4 * MIB, choose.random() < 0.5
        )
        node = UnplacedNode("w", length, choose.choice((1, 2, 4)) * MIB, (window,))
        firmware = board(node, base=base, size=size, reserved=(reserved,) * choose.randrange(2))
        expected = set(every_place(kernel, firmware).values())
        if expected:
            assert simulate(kernel, firmware).verdict is dies(expected), firmware
            compared += 1
            mixed += len(expected) > 1
    assert compared > 200
    assert mixed > 5


WCNSS = UnplacedNode("wcnss", 6 * MIB, MIB, ((0x8680_0000, 0x8E80_0000),))


def test_the_first_choice_is_the_highest_free_place_in_the_range() -> None:
    assert from_firmware(board(WCNSS), config("6.1")).placed == (
        ReservedNode("wcnss", 0x8E20_0000, 6 * MIB, no_map=True),
    )
    taken = ReservedNode("fw", 0x8E00_0000, 16 * MIB)
    found = from_firmware(board(WCNSS, reserved=(taken,)), config("6.1"))
    assert found.placed[0].base == 0x8DA0_0000
    anywhere = UnplacedNode("x", 0x1000)
    assert from_firmware(board(anywhere), config("6.1")).placed[0].base == 0xBFFF_F000


@pytest.mark.parametrize(("release", "nomap"), [("5.12", False), ("5.14", True), ("6.12", True)])
def test_the_release_decides_what_becomes_of_the_region(release: str, *, nomap: bool) -> None:
    found = from_firmware(board(WCNSS), config(release))
    held = [region for region in found.memory if region.base == 0x8E20_0000]
    assert [(region.size, region.nomap) for region in held] == ([(6 * MIB, True)] if nomap else [])
    assert Region(0x8E20_0000, 6 * MIB) in found.reserved


def test_nodes_that_fit_nowhere_are_not_placed() -> None:
    for node in (
        UnplacedNode("big", 1 << 40),
        UnplacedNode("elsewhere", MIB, MIB, ((0, MIB),)),
        UnplacedNode("odd", MIB, (1 << 64) - 1),
    ):
        assert from_firmware(board(node), config("6.1")).placed == ()


def test_nodes_do_not_overlap() -> None:
    nodes = tuple(UnplacedNode(f"pool{index}", (index + 1) * 16 * MIB, 16 * MIB) for index in range(4))
    for choice in range(24):
        placed = from_firmware(board(*nodes), config("6.1"), choice).placed
        assert len(placed) == 4
        ordered = sorted(placed, key=lambda node: node.base)
        assert all(low.base + low.size <= high.base for low, high in pairwise(ordered))


def test_a_fault_of_some_places_names_the_place_as_a_circumstance() -> None:
    kernel = config("4.17", 2)
    node = UnplacedNode("w", 8 * MIB, MIB, ((0x8600_0000, 0x8700_0000),))
    found = every_place(kernel, board(node))
    assert set(found.values()) == {Verdict.SAFE, Verdict.UNSAFE}
    boot = simulate(kernel, board(node))
    assert found[boot.memory_map.placed[0].base] is Verdict.UNSAFE
    assert all(Circumstance.PLACE in fault.circumstances for fault in boot.faults)


def test_a_fault_of_every_place_does_not() -> None:
    kernel = config("4.17", 2)
    node = UnplacedNode("w", 3 * MIB, MIB, ((0x8600_0000, 0x8640_0000),))
    assert set(every_place(kernel, board(node)).values()) == {Verdict.UNSAFE}
    boot = simulate(kernel, board(node))
    assert any(Circumstance.PLACE not in fault.circumstances for fault in boot.faults)
