# SPDX-License-Identifier: GPL-2.0-or-later
"""Unusual device trees: a kernel that boots with one makes of it what the reader and the simulator make."""

from io import BytesIO

import pytest

from explorer.boot import simulate
from explorer.machine import Firmware, MemoryMap, read_machine
from tests.live.debian import Unavailable, kernel_image
from tests.live.qemu import boot, initramfs, merged_tree
from tests.live.test_numbers import kernel_and_build
from tests.live.test_sources import plain
from tests.machine.libfdt_oracle import NO_LIBFDT, compared_with_libfdt
from tests.machine.trees import CASES

pytestmark = pytest.mark.live

DOUBTFUL = (
    "cells that differ from the root's",
    "no ranges",
    "no cells in reserved-memory",
    "a reserved reg of odd length",
    "two reserved ranges in one node",
    "reserved regions that overlap",
    "a reserved region with children",
    "a bank of odd length",
    "a disabled bank",
    "usable memory",
    "no usable memory",
    "a reservation block",
)
RESERVED_TWICE = "a reservation block over a no-map node"


def nomap_of(name: str) -> list[int]:
    """Where nomap memory begins when all no-map nodes that count are marked: what touches is one region."""
    marked = sorted(base for base, _, no_map in CASES[name].reserved if no_map)
    return marked[:1] if "overlap" in name else marked


@pytest.mark.parametrize(
    ("series", "name"),
    [*(("6.12", name) for name in DOUBTFUL), ("6.1", RESERVED_TWICE), ("6.12", RESERVED_TWICE)],
)
def test_the_kernel_makes_the_same_memblock_of_it(series: str, name: str) -> None:
    try:
        image, kernel_config = kernel_and_build(series)
        archive = initramfs("/bin/busybox poweroff -f\n")
        tree = merged_tree(CASES[name].text, len(archive))
        console = boot(image, tree, archive)
    except Unavailable as reason:
        pytest.skip(f"no live boot here: {reason}")
    told, dumped = read_machine("-", BytesIO(tree)), read_machine("-", BytesIO(console.encode()))
    assert isinstance(told, Firmware)
    assert isinstance(dumped, MemoryMap)
    assert sorted((bank.base, bank.size) for bank in told.banks) == sorted(CASES[name].banks)
    assert [(node.base, node.size, node.no_map) for node in told.reserved] == list(CASES[name].reserved)
    simulated = simulate(kernel_config, told).memory_map
    assert plain(simulated.memory) == plain(simulate(kernel_config, dumped).memory_map.memory)
    nomap = [region.base for region in simulated.memory if region.nomap]
    assert nomap == [] if (series, name) == ("6.1", RESERVED_TWICE) else nomap == nomap_of(name)
    for region in simulated.reserved:
        assert any(taken.base <= region.base and region.end <= taken.end for taken in dumped.reserved)


@pytest.mark.skipif(NO_LIBFDT, reason="pylibfdt is not installed: it needs a C compiler")
def test_the_trees_of_debians_boards_are_read_as_by_libfdt() -> None:
    try:
        image, _ = kernel_image("6.12")
    except Unavailable as reason:
        pytest.skip(f"no packages of Debian here: {reason}")
    trees = sorted(image.parents[1].glob("usr/lib/linux-image-*/**/*.dtb"))[::20]
    assert len(trees) >= 30
    for path in trees:
        assert compared_with_libfdt(path.read_bytes()), path.name
