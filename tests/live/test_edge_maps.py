# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernels on maps at the edges of every class, with device trees that this program writes.

The kernel's own memblock is the map that was wanted, its numbers are the simulated ones, and it dies exactly
where the simulator says that it dies. ``edge_maps`` makes more such maps, to be booted by hand.
"""

from pathlib import Path

import pytest

from explorer.boot import Boot, Stage, simulate
from explorer.formats.counterexample_files import write_counterexample
from explorer.machine import MemoryMap, Region
from tests.live.debian import Unavailable, package
from tests.live.edge_maps import QUICK_TRIGGERS, boot_map, died
from tests.live.qemu import console_of
from tests.live.test_numbers import compare, kernel_and_build

pytestmark = pytest.mark.live

GIB = 1 << 30
PAGES_CUT = (
    Region(0x4001_0000, 0x7DE_F800, node=2),
    Region(0x47DF_F800, 0x40_1000, node=0),
    Region(0x4820_0800, 0x40_0000, nomap=True, node=0),
    Region(0x4860_0800, 0xFAF_FFFF, node=0),
    Region(0x5810_07FF, 0x1F_F000, nomap=True, node=0),
    Region(0x582F_F7FF, 0x911_0801, node=0),
    Region(4 * GIB, 0x1000, node=0),
)
TINY_ZONES = (
    Region(0x47FF_F000, 0x1A3_1000, node=0),
    Region(0x49A3_0000, 0x40_0000, nomap=True, node=0),
    Region(0x49E3_0000, 0x19DC_E000, node=0),
    Region(0xFFFF_F000, 0xE23, node=0),
    Region(0xFFFF_FE23, 0x600, nomap=True, node=0),
    Region(0x1_0000_0423, 0x43F_FBDC, node=0),
    Region(0x1_043F_FFFF, 0x1_0001, node=1),
)
NODE_ENDS_IN_PAGE = (
    Region(GIB, 0x6BF_FFFF, node=2),
    Region(GIB + 0x6BF_FFFF, 0x141_0001, nomap=True, node=2),
    Region(GIB + 0x800_0000, 0x140_0000, nomap=True, node=0),
    Region(GIB + 0x940_0000, 0x1600_0000, node=0),
)


def booted(series: str, memory: tuple[Region, ...]) -> tuple[str, Boot]:
    try:
        return boot_map(series, MemoryMap("edges", memory, command_line=""), QUICK_TRIGGERS)
    except Unavailable as reason:
        pytest.skip(f"no live boot here: {reason}")


@pytest.mark.parametrize(
    ("series", "memory"),
    [
        pytest.param("6.12", PAGES_CUT, id="6.12-pages-cut-by-nomap-and-nodes"),
        pytest.param("6.1", TINY_ZONES, id="6.1-tiny-zones-at-4-GiB"),
        pytest.param("6.1", NODE_ENDS_IN_PAGE, id="6.1-a-node-ends-inside-a-page"),
    ],
)
def test_a_map_at_the_edge_boots_as_simulated(
    series: str, memory: tuple[Region, ...], tmp_path: Path
) -> None:
    console, simulated = booted(series, memory)
    assert not died(console)
    compare(console, simulated, tmp_path)


def test_the_files_of_a_counterexample_show_it(tmp_path: Path) -> None:
    """A node that ends inside a page kills where the linear map is rounded inwards."""
    try:
        image, config = kernel_and_build("6.12")
        busybox = package("busybox-static") / "bin" / "busybox"
        memory_map = MemoryMap("edges", NODE_ENDS_IN_PAGE)
        (fault,) = simulate(config, memory_map).faults
        written = write_counterexample(tmp_path, "node-ends", memory_map, config, fault)
        console = console_of(["sh", str(tmp_path / "node-ends.sh"), str(image), str(busybox)])
    except Unavailable as reason:
        pytest.skip(f"no live boot here: {reason}")
    assert [path.suffix for path in written.files] == [".json", ".dts", ".sh"]
    assert (fault.walker, fault.certain, fault.stage) == ("memblock_alloc_try_nid", True, Stage.BOOT)
    assert died(console).startswith("Unable to handle kernel paging request at virtual address fff")
    assert any(function in console for function in fault.seen_in)
    offset = int(died(console).split()[-1], 16) & (1 << 40) - 1  # in the linear map, which begins at 1 GiB
    assert GIB + offset >> 12 == fault.pfn
