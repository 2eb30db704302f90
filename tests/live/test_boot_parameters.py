# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernels with words on their command line, hibernation and hotplug, compared with the simulator.

Debian builds no page_owner: ``page_owner=on`` is given to see that it changes nothing, as the simulator says.
"""

import re
from io import BytesIO
from pathlib import Path

import pytest

from explorer.boot import Boot, simulate
from explorer.machine import Firmware, MemoryMap, Region, ReservedNode, read_machine
from explorer.machine.efi import efi_descriptors
from tests.live.debian import Unavailable
from tests.live.qemu import boot, boot_plain, devicetree, initramfs
from tests.live.test_numbers import FW, GIB, HALF, LOW, bank, compare, kernel_and_build, no_map

pytestmark = pytest.mark.live

INIT = """
b=/bin/busybox
$b mount -t proc proc /proc
$b mkdir /sys
$b mount -t sysfs sysfs /sys
$b mount -t debugfs debugfs /sys/kernel/debug
echo BEGIN-ZONEINFO
$b cat /proc/zoneinfo
echo END-ZONEINFO
$b cat /proc/pagetypeinfo > /dev/null
echo 1 > /proc/sys/vm/compact_memory
$b cat /proc/kpageflags /proc/kpagecount > /dev/null
$b cat /sys/devices/system/memory/memory*/valid_zones > /dev/null
$b ls -l /sys/devices/system/node/node*/memory* > /dev/null
test -e /sys/kernel/debug/page_owner && $b cat /sys/kernel/debug/page_owner > /dev/null
echo disk > /sys/power/state
echo ALL-TRIGGERS-SURVIVED
$b poweroff -f
"""
SPLIT = (bank(GIB, 0x100F_0000, 0), bank(0x500F_0000, HALF, 1))
HIBERNATE = "no_console_suspend page_owner=on"


def told(
    words: str,
    *facts: Region | ReservedNode,
    usable: tuple[Region, ...] = (),
    seed: int | None = None,
) -> Firmware:
    banks = tuple(fact for fact in facts if isinstance(fact, Region))
    nodes = tuple(fact for fact in facts if isinstance(fact, ReservedNode))
    return Firmware("live", banks, nodes, command_line=words, kaslr_seed=seed, usable=usable)


CASES = {
    "two nodes, split in a nomap pageblock": told(HIBERNATE, *SPLIT, no_map(0x500E_0000, 0x2_0000)),
    "rodata=off and a seed": told(f"{HIBERNATE} rodata=off", LOW, FW, seed=0x0123_4567_89AB_CDEF),
    "mem= inside a nomap pageblock": told(
        f"{HIBERNATE} mem=1G mem={0x1010_4000}", LOW, no_map(0x500F_0000, 0x4_0000)
    ),
    "mem= in the second node": told(
        f"{HIBERNATE} mem=300M", *SPLIT, FW, no_map(0x5800_0000, 0x1_0000), no_map(0x5480_0000, 0x1_0000)
    ),
    "usable-memory-range": told(
        HIBERNATE, LOW, FW, no_map(0x5A00_0000, 0x1_0000), usable=(Region(0x4010_0000, 0x1500_0000),)
    ),
    "two usable ranges": told(
        HIBERNATE, LOW, FW, usable=(Region(0x4010_0000, 0x1500_0000), Region(0x6800_0000, 0x100_0000))
    ),
}


@pytest.fixture(params=["6.1", "6.12"])
def series(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=CASES, ids=lambda name: str(name).replace(" ", "-"))
def console_and_boot(request: pytest.FixtureRequest, series: str) -> tuple[str, Boot]:
    try:
        image, kernel_config = kernel_and_build(series)
        archive = initramfs(INIT)
        tree = devicetree(CASES[request.param], len(archive))
        console = boot(image, tree, archive)
    except Unavailable as reason:
        pytest.skip(f"no live boot here: {reason}")
    assert "ALL-TRIGGERS-SURVIVED" in console, console[-2000:]
    return console, simulate(kernel_config, read_machine("-", BytesIO(tree)))


def test_numbers_equal_those_of_a_real_boot(console_and_boot: tuple[str, Boot], tmp_path: Path) -> None:
    console, simulated = console_and_boot
    compare(console, simulated, tmp_path)
    assert re.search(r"hibernation: Image created", console), "no image was made"
    assert simulated.kernel_config.can_hibernate
    assert not simulated.kernel_config.page_owner_enabled
    log = read_machine("-", BytesIO(console.encode()))
    assert log.command_line == simulated.kernel_config.parameters.command_line
    assert simulate(simulated.kernel_config, log).memory_map.memory == simulated.memory_map.memory


def test_what_efi_marks_survives_mem(series: str) -> None:
    """The kernel adds its image and its initrd back above the limit; a map of firmware shows neither."""
    words = "console=ttyAMA0 memblock=debug efi=debug loglevel=8 panic=-1 mem=700M"
    try:
        image, kernel_config = kernel_and_build(series)
        console = boot_plain(image, initramfs(INIT), 1024, words, efi=True)
    except Unavailable as reason:
        pytest.skip(f"no live boot here: {reason}")
    assert "ALL-TRIGGERS-SURVIVED" in console, console[-2000:]
    printed = read_machine("-", BytesIO(console.encode()))
    assert isinstance(printed, MemoryMap)
    described = Firmware("EDK2", efi=efi_descriptors(console, "console"), command_line=words)
    simulated = simulate(kernel_config, described)
    above = GIB + (700 << 20)
    nomap = [region for region in printed.memory if region.nomap]
    assert nomap == [region for region in simulated.memory_map.memory if region.nomap]
    assert any(region.base > above for region in nomap)
    added_back = [region for region in printed.memory if region.base >= above and not region.nomap]
    own = [region for region in printed.memory if region not in added_back]
    assert own == list(simulated.memory_map.memory)
    assert 0 < len(added_back) <= 2
    assert simulated.verdict == "safe"
