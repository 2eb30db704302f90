# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory maps at the edges of every class of conditions, booted with device trees that this program writes.

``random_map`` puts the ends of regions, nomap and nodes on and off pages, pageblocks, buddy blocks and
sections, makes tiny zones, and lets DRAM begin at odd places. ``boot_map`` boots a map, runs every trigger
and returns the console.
"""

import itertools
import random
import re
from collections.abc import Iterator

from explorer.boot import Boot, simulate
from explorer.boot.firmware_origin import Means, origin
from explorer.machine import MemoryMap, Region
from explorer.machine.qemu_virt import boot_stub, devicetree_source, load_addresses
from tests.live.qemu import COMMAND_LINE, compiled, initramfs, run_loaded
from tests.live.test_numbers import kernel_and_build

__all__ = ["QUICK_TRIGGERS", "TRIGGERS", "boot_map", "died", "random_map"]

GIB, MIB, PAGE = 1 << 30, 1 << 20, 1 << 12
BLOCK, BUDDY, SECTION = 2 * MIB, 4 * MIB, 128 * MIB
_START = """
b=/bin/busybox
$b mount -t proc proc /proc
$b mkdir /sys /t
$b mount -t sysfs sysfs /sys
echo BEGIN-ZONEINFO
$b cat /proc/zoneinfo
echo END-ZONEINFO
say() { echo "TRIGGER $1"; }
say compact; echo 1 > /proc/sys/vm/compact_memory
say pagetypeinfo; $b cat /proc/pagetypeinfo > /dev/null
say kpageflags; $b cat /proc/kpageflags > /dev/null
say kpagecount; $b cat /proc/kpagecount > /dev/null
say valid_zones; $b cat /sys/devices/system/memory/memory*/valid_zones > /dev/null
say nodelinks; $b ls -l /sys/devices/system/node/node*/memory* > /dev/null
"""
_PRESSURE = """
say hugetlb; echo 100000 > /proc/sys/vm/nr_hugepages; echo 0 > /proc/sys/vm/nr_hugepages
say gigantic
for size in /sys/kernel/mm/hugepages/*; do echo 4 > $size/nr_hugepages; echo 0 > $size/nr_hugepages; done
say fallback; $b mount -t tmpfs -o size=80% t /t; $b dd if=/dev/zero of=/t/movable bs=1M 2> /dev/null
n=0; while [ $n -lt 150 ]; do $b sleep 1000 & n=$((n+1)); done
say compact2; echo 1 > /proc/sys/vm/compact_memory; $b killall sleep; $b umount -l /t
say hibernate; echo disk > /sys/power/state
say pagetypeinfo2; $b cat /proc/pagetypeinfo > /dev/null
"""
_END = """
echo ALL-TRIGGERS-SURVIVED
$b poweroff -f
"""
TRIGGERS = f"{_START}{_PRESSURE}{_END}"
"""Every trigger of the recordings that busybox can pull; takes about six seconds."""
QUICK_TRIGGERS = f"{_START}{_END}"
"""Those that only read, and compaction."""
_DEATH = re.compile(
    r"Unable to handle kernel|Internal error|kernel BUG at|WARNING: CPU|Kernel panic|page dumped"
)


def died(console: str) -> str:
    """The first line that tells of a fault; empty if there is none and every trigger survived."""
    if found := _DEATH.search(console):
        return console[found.start() :].split("\n", 1)[0]
    return "" if "ALL-TRIGGERS-SURVIVED" in console else "ends early: " + console[-200:]


def boot_map(series: str, memory_map: MemoryMap, script: str = TRIGGERS) -> tuple[str, Boot]:
    """The console of a boot on a map, and the simulated boot of the same.

    Raises:
        Unavailable: the kernel, QEMU or dtc cannot be had.
    """
    image, config = kernel_and_build(series)
    firmware = origin(memory_map, config, Means.DEVICE_TREE).firmware
    places = load_addresses(memory_map)
    assert firmware
    assert places
    initrd = initramfs(script)
    text = devicetree_source(firmware) + (
        f'/ {{ chosen {{ bootargs = "{COMMAND_LINE} no_console_suspend panic_on_warn=0"; '
        f"linux,initrd-start = <{places.initrd >> 32:#x} {places.initrd & 0xFFFF_FFFF:#x}>; "
        f"linux,initrd-end = <{places.initrd + len(initrd) >> 32:#x} "
        f"{(places.initrd + len(initrd)) & 0xFFFF_FFFF:#x}>; }}; }};\n"
    )
    parts = (
        (image.read_bytes(), places.kernel),
        (initrd, places.initrd),
        (compiled(text), places.tree),
        (boot_stub(places.tree, places.kernel), places.stub),
    )
    return run_loaded(parts, places.stub, "gic-version=3"), simulate(config, memory_map)


def random_map(seed: int) -> MemoryMap:
    """A map at the edges; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 # no secret depends on it
    memory = list(_nodes(chance, list(_nomap(chance, list(_banks(chance))))))
    reserved = tuple(_reserved(chance, memory))
    return MemoryMap(f"seed {seed}", tuple(memory), reserved, command_line="")


def _edge(chance: random.Random, low: int, high: int, *, inside_page: bool = False) -> int:
    """An address between two others, on or beside a grid."""
    unit = chance.choice([PAGE, 0x1_0000, BLOCK, BLOCK, BUDDY, SECTION])
    at = chance.randrange(low // unit, high // unit + 1) * unit
    at += chance.choice([0, 0, 0, PAGE, -PAGE, 0x1_0000, -0x1_0000, BLOCK // 2, BLOCK, -BLOCK])
    if inside_page:
        at += chance.choice([0, 0, 1, 0x800, -1, 0x123])
    return min(max(at, low), high)


def _banks(chance: random.Random) -> Iterator[tuple[int, int]]:
    """One large bank, and up to three others below 7 GiB that may be tiny."""
    start = GIB + chance.choice([0, 0, PAGE, 0x1_0000, 0x11_0000, BLOCK, 8 * MIB, SECTION - PAGE, SECTION])
    end = start + _edge(chance, 256 * MIB, 640 * MIB) // PAGE * PAGE
    yield start, end
    at = end
    for _ in range(chance.choice([0, 1, 1, 2, 3])):
        gap = chance.choice([PAGE, 0x1_0000, BLOCK - PAGE, BLOCK, BUDDY, SECTION // 2, SECTION, GIB])
        near = chance.choice([at + gap, 4 * GIB - chance.choice([PAGE, 0x1_0000, BLOCK, 16 * MIB]), 4 * GIB])
        start = max(at + PAGE, near)
        size = chance.choice([PAGE, 3 * PAGE, 0x1_0000, 0x9_0000, BLOCK, 7 * MIB, 32 * MIB, SECTION + PAGE])
        if start + size <= 7 * GIB:
            yield start, start + size
            at = start + size


def _nomap(chance: random.Random, banks: list[tuple[int, int]]) -> Iterator[Region]:
    """The banks with up to four nomap regions, not in the largest quarter where the kernel goes."""
    low, high = banks[0][0], banks[-1][1]
    keep = (banks[0][0] + banks[0][1]) // 2
    spans = []
    for _ in range(chance.choice([0, 1, 1, 2, 4])):
        width = chance.choice([1, 0x600, PAGE, 0x1_0000, BLOCK - PAGE, BLOCK, BUDDY, 40 * MIB])
        bank = chance.choice(banks)
        at = _edge(chance, *chance.choice([bank, (low, high)]), inside_page=True)
        at -= chance.choice([0, 0, width, width // 2])
        if not keep - 64 * MIB < at + width or not at < keep + 64 * MIB:
            spans.append((at, at + width))
    for low, high in banks:
        edges = sorted({low, high, *(min(max(edge, low), high) for span in spans for edge in span)})
        for start, end in itertools.pairwise(edges):
            yield Region(start, end - start, nomap=any(one <= start < other for one, other in spans))


def _nodes(chance: random.Random, memory: list[Region]) -> Iterator[Region]:
    """The regions with nodes that meet at edges."""
    low, high = memory[0].base, memory[-1].end
    borders = sorted(
        _edge(chance, low, high, inside_page=True) for _ in range(chance.choice([0, 0, 1, 1, 2, 3]))
    )
    order = chance.choice([[0, 1, 0, 1], [0, 1, 2, 3], [1, 0, 1, 0], [2, 0, 1, 0]])
    if not borders:
        order = [0]
    for region in memory:
        cuts = [region.base, *sorted({at for at in borders if region.base < at < region.end}), region.end]
        for start, end in itertools.pairwise(cuts):
            node = order[sum(at <= start for at in borders)]
            yield Region(start, end - start, region.nomap, node)


def _reserved(chance: random.Random, memory: list[Region]) -> Iterator[Region]:
    keep = max((region for region in memory if not region.nomap), key=lambda region: region.size)
    for _ in range(chance.choice([0, 0, 1, 2])):
        at = _edge(chance, memory[0].base, memory[-1].end, inside_page=True)
        size = chance.choice([1, 0x123, PAGE, 0x1_0000, BLOCK])
        if not (keep.base < at + size and at < keep.end):
            yield Region(at, size)
