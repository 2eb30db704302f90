# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the memmap of sections comes from: what recorded boots showed, and the buffer on small machines."""

from collections.abc import Sequence

import pytest

from explorer.boot import Kernel, KernelConfig, RamFill
from explorer.boot.fresh_memmap import fresh_spans
from explorer.boot.sparse_buffer import section_supplies
from explorer.machine import Region
from explorer.version import KernelVersion

MIB, GIB = 1 << 20, 1 << 30
SIZES = {12: "ARM64_4K_PAGES", 14: "ARM64_16K_PAGES", 16: "ARM64_64K_PAGES"}
CLASSIC = {"SPARSEMEM": "y", "DEBUG_VM": "y"}
VMEMMAP = CLASSIC | {"SPARSEMEM_VMEMMAP": "y"}
IMAGE = (Region(GIB + 32 * MIB, 3 * MIB), Region(GIB + 48 * MIB, 1 * MIB))  # as in the recordings


def config_of(release: str, config: dict[str, str], shift: int = 12) -> KernelConfig:
    kernel = Kernel.of(KernelVersion.parse(release))
    return KernelConfig.of(kernel, {**config, SIZES[shift]: "y"}, RamFill.ZERO)


def supplies(
    release: str,
    memory: Sequence[Region],
    config: dict[str, str],
    shift: int = 12,
    reserved: Sequence[Region] = IMAGE,
) -> str:
    """One letter for each section: B for the buffer, F for the fallback, E for either."""
    found = section_supplies(memory, reserved, config_of(release, config, shift))
    return "".join(supply.supply.name[0] for supply in found)


def bank(start: int, size: int, node: int | None = None) -> Region:
    return Region(start * MIB, size * MIB, node=node)


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        # 4.19.1: one section never died; of two, the first did and the last did not
        ([bank(1024, 128)], "F"),
        ([bank(1024, 128), bank(2048, 128)], "BF"),
        ([bank(1024, 128), bank(2048, 128), bank(3072, 128)], "BBF"),
        # each node's run of sections has a buffer of its own
        ([bank(1024, 128, 0), bank(2048, 128, 1), bank(3072, 128, 1)], "FBF"),
        # two nodes in one section: it belongs to the lower one
        ([bank(1024, 64, 0), bank(1088, 64, 1)], "F"),
        # no 32 MiB without a gap: every section is zeroed
        ([bank(1024, 30), bank(2048, 30)], "FF"),
    ],
)
def test_until_5_4_the_last_section_of_a_run_is_zeroed(memory: list[Region], expected: str) -> None:
    numa = {"NUMA": "y"} if memory[0].node is not None else {}
    assert supplies("4.19.1", memory, CLASSIC | numa, reserved=(Region(GIB, 1 * MIB),)) == expected


def test_a_buffer_below_a_known_boundary_may_be_aligned() -> None:
    small_top = [bank(1024, 128), bank(2048, 20)]
    assert supplies("4.19.1", small_top, CLASSIC) == "BB"  # the buffer ends at 1152 MiB, a multiple of 16
    assert supplies("4.19.1", [bank(1024, 120), bank(2048, 20)], CLASSIC) == "BF"
    assert supplies("4.19.1", [bank(1024, 128), bank(2048, 20)], CLASSIC, reserved=())[0] in {"B", "E"}


def test_since_5_6_every_section_has_its_part() -> None:
    assert supplies("5.6.4", [bank(1024, 128)], CLASSIC) == "B"
    contents = {
        release: [
            span.memmap.content for span in fresh_spans([bank(1024, 128)], IMAGE, config_of(release, CLASSIC))
        ]
        for release in ("4.18", "4.19", "5.4", "5.5", "5.6")
    }
    assert {release: [str(c) for c in found] for release, found in contents.items()} == {
        **{release: ["zero"] for release in ("4.18", "4.19", "5.4")},
        **{release: ["0xff"] for release in ("5.5", "5.6")},
    }


@pytest.mark.parametrize(
    ("shift", "memory", "expected"),
    [
        # 5.15.24, 16K: 32 MiB for each section of 128 MiB; 2 GiB in one bank died, many banks did not
        (14, [bank(1024, 2048)], "B" * 16),
        (14, [bank(1024, 54), bank(1080, 64), bank(2048, 58), bank(3072, 77)], "FFF"),
        # 64K: 512 MiB for a section
        (16, [bank(1024, 512)], "F"),
        # 4K: 2 MiB
        (12, [bank(1024, 512)], "BBBB"),
    ],
)
def test_since_5_15_sections_outside_the_buffer_are_not_poisoned(
    shift: int, memory: list[Region], expected: str
) -> None:
    assert supplies("5.15.24", memory, VMEMMAP, shift) == expected
    found = fresh_spans(memory, IMAGE, config_of("5.15.24", VMEMMAP, shift))
    assert [str(span.memmap.content) for span in found] == ["0xff" if "B" in expected else "zero"]
    older = fresh_spans(memory, IMAGE, config_of("5.14", VMEMMAP, shift))
    assert [str(span.memmap.content) for span in older] == ["0xff"]


def test_without_knowing_what_is_reserved_a_tight_machine_has_either() -> None:
    tight = [bank(1024, 128)]
    assert supplies("5.15.24", tight, VMEMMAP, 14, reserved=()) == "E"
    assert supplies("5.15.24", [bank(1024, 192)], VMEMMAP, 14, reserved=()) == "E" * 2
    assert supplies("5.15.24", [bank(1024, 1024)], VMEMMAP, 14, reserved=()) == "B" * 8
    assert supplies("5.15.24", tight, VMEMMAP, 12, reserved=()) == "B"
    assert supplies("5.6.4", [bank(1024, 64)], CLASSIC, reserved=()) == "E"


def test_reserved_memory_in_the_way_leaves_no_room() -> None:
    whole = [bank(1024, 128)]
    assert supplies("5.15.24", whole, VMEMMAP, 14, reserved=(Region(GIB + 60 * MIB, 8 * MIB),)) == "B"
    halves = (
        Region(GIB + 30 * MIB, 8 * MIB),
        Region(GIB + 60 * MIB, 8 * MIB),
        Region(GIB + 90 * MIB, 8 * MIB),
    )
    assert supplies("5.15.24", whole, VMEMMAP, 14, reserved=halves) == "F"


def test_a_region_without_a_whole_page_has_memmap_from_the_buffer_until_5_9() -> None:
    """It marks its section present (4.19 memory_present()); another section is the last of the run."""
    memory = [Region(GIB + 0x5001, 100), bank(2048, 128)]
    assert supplies("4.19.1", memory, CLASSIC, reserved=(Region(2 * GIB, 1 * MIB),)) == "BF"
    assert supplies("5.9", memory, CLASSIC, reserved=(Region(2 * GIB, 1 * MIB),)) == "BB"
    assert supplies("5.10", memory, CLASSIC, reserved=(Region(2 * GIB, 1 * MIB),)) == "B"
