# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from explorer.boot import Kernel, KernelConfig
from explorer.boot.firmware_origin import ObstacleKind, origins
from explorer.machine import MemoryMap, Region
from explorer.narrative.firmware_narrative import _OBSTACLES, firmware_words
from explorer.version import KernelVersion

NOMAP = (Region(1 << 30, 0x400_0000), Region(0x4400_0000, 0x1_0000, nomap=True))
ENDS_IN_PAGE = (Region(1 << 30, 0x400_0800),)


@pytest.mark.parametrize(
    ("release", "memory", "words"),
    [
        ("4.17", NOMAP, "firmware can make this map: EFI, EFI with a device tree"),
        ("6.12", NOMAP, "firmware can make this map: a device tree, EFI, EFI with a device tree"),
        ("4.17", ENDS_IN_PAGE, "firmware can make this map: a device tree, EFI with a device tree"),
        (
            "6.12",
            ENDS_IN_PAGE,
            "no firmware makes this map: memory that firmware reports is rounded to pages (at 0x44000800)",
        ),
    ],
)
def test_a_map_is_told_with_the_firmware_that_can_make_it(
    release: str, memory: tuple[Region, ...], words: str
) -> None:
    config = KernelConfig.of(Kernel.of(KernelVersion.parse(release)), {"NUMA": "y"})
    assert firmware_words(origins(MemoryMap("made", memory), config)) == words


def test_every_obstacle_has_words() -> None:
    assert set(_OBSTACLES) == set(ObstacleKind)
