# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's own kernels boot on our memory maps, and every number that they print equals the simulated one."""

import re
from collections import Counter
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest

from explorer.boot import Boot, Kernel, KernelConfig, simulate
from explorer.boot.sections import STRUCT_PAGE_SIZE, MemoryKind
from explorer.configuration import read_config
from explorer.machine import Firmware, Region, ReservedNode, read_machine
from explorer.machine.efi import efi_descriptors
from tests.live.debian import Unavailable, kernel_image
from tests.live.qemu import boot, boot_efi, devicetree, initramfs

pytestmark = pytest.mark.live

GIB = 1 << 30
INIT = """
/bin/busybox mount -t proc proc /proc
echo BEGIN-ZONEINFO
/bin/busybox cat /proc/zoneinfo
echo END-ZONEINFO
/bin/busybox cat /proc/pagetypeinfo > /dev/null
echo 1 > /proc/sys/vm/compact_memory
/bin/busybox wc -c < /proc/kpageflags > /dev/null
/bin/busybox wc -c < /proc/kpagecount > /dev/null
echo ALL-TRIGGERS-SURVIVED
/bin/busybox poweroff -f
"""


def bank(base: int, size: int, node: int | None = None) -> Region:
    return Region(base, size, node=node)


def no_map(base: int, size: int) -> ReservedNode:
    return ReservedNode("fw", base, size, no_map=True)


def reserved(base: int, size: int) -> ReservedNode:
    return ReservedNode("r", base, size)


LOW = bank(GIB, 0x2000_0000)
HALF = 0x1000_0000
FW = no_map(0x5010_0000, 0x1_0000)

# The firmware of each case: banks, then reserved regions, in the order of the device tree.
MAPS: dict[str, tuple[Region | ReservedNode, ...]] = {
    "flat": (bank(GIB, GIB),),
    "second bank in another section": (LOW, bank(0x8000_0000, 0x800_0000)),
    "gap inside a section": (bank(GIB, 0x1011_0000), bank(0x5213_0000, 0x800_0000)),
    "unaligned start": (bank(0x4011_0000, 0x2000_0000),),
    "unaligned end": (bank(GIB, 0x1FF1_0000),),
    "banks off the page size": (bank(0x4000_0800, 0x1000_0F00), bank(0x6000_0123, 0x123_4567)),
    "nomap inside a pageblock": (LOW, FW),
    "nomap at the start of a pageblock": (LOW, no_map(0x5020_0000, 0x1_0000)),
    "nomap at the start of memory": (LOW, no_map(GIB, 0x1_0000)),
    "nomap over whole sections": (bank(GIB, GIB), no_map(0x5000_0000, 0x1800_0000)),
    "nomap off the page size": (LOW, no_map(0x5000_0200, 0x1234)),
    "nomap outside memory": (LOW, no_map(0x7000_0000, 0x1_0000)),
    "nomap, then reserved over it": (LOW, FW, reserved(0x500F_0000, 0x4_0000)),
    "reserved, then nomap inside it": (LOW, reserved(0x500F_0000, 0x4_0000), FW),
    "reserved inside and outside memory": (LOW, reserved(0x5000_0100, 0x10), reserved(0x7000_0000, 0x1000)),
    "overlapping banks": (bank(GIB, HALF), bank(0x4800_0000, HALF)),
    "two nodes": (bank(GIB, HALF, 0), bank(0x5000_0000, HALF, 1)),
    "two nodes split in a nomap pageblock": (
        bank(GIB, 0x100F_0000, 0),
        bank(0x500F_0000, HALF, 1),
        no_map(0x500E_0000, 0x2_0000),
    ),
    "nodes in turns": (
        bank(GIB, HALF, 0),
        bank(0x6000_0000, 0x800_0000, 1),
        bank(0x7000_0000, 0x800_0000, 0),
    ),
    "a bank without a node": (bank(GIB, HALF, 0), bank(0x6000_0000, 0x800_0000)),
    "across 4 GiB": (LOW, bank(0xFE00_0000, 0x1200_0000), no_map(0xFFFF_0000, 0x2_0000)),
    "a tiny bank far away": (LOW, bank(0x1_8000_0000, 0x1_0000)),
    "all above 4 GiB": (bank(0x1_4000_0000, GIB), no_map(0x1_5010_0000, 0x1_0000)),
}


def firmware(name: str) -> Firmware:
    banks = tuple(fact for fact in MAPS[name] if isinstance(fact, Region))
    return Firmware(name, banks, tuple(fact for fact in MAPS[name] if isinstance(fact, ReservedNode)))


@cache
def kernel_and_build(name: str) -> tuple[Path, KernelConfig]:
    series, _, pages = name.partition("-")
    image, config_file = kernel_image(series, f"arm64-{pages}" if pages else "arm64")
    config = read_config(str(config_file))
    assert config.version is not None
    return image, KernelConfig.of(Kernel.of(config.version), config.values)


@pytest.fixture(params=["6.1", "6.12", "6.12-16k"])
def series(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=MAPS, ids=lambda name: str(name).replace(" ", "-"))
def console_and_boot(request: pytest.FixtureRequest, series: str) -> tuple[str, Boot]:
    try:
        image, kernel_config = kernel_and_build(series)
        archive = initramfs(INIT)
        told = firmware(request.param)
        at = min(region.base for region in told.banks) >> 32 << 32
        tree = devicetree(told, len(archive), at)
        console = boot(image, tree, archive, at)
    except Unavailable as reason:
        pytest.skip(f"no live boot here: {reason}")
    assert "ALL-TRIGGERS-SURVIVED" in console, console[-2000:]
    return console, simulate(kernel_config, read_machine("-", BytesIO(tree)))


def test_numbers_equal_those_of_a_real_boot(console_and_boot: tuple[str, Boot], tmp_path: Path) -> None:
    compare(*console_and_boot, tmp_path)


@pytest.mark.parametrize("mebibytes", [1024, 5000])
def test_numbers_equal_those_of_a_boot_by_edk2(series: str, mebibytes: int, tmp_path: Path) -> None:
    try:
        image, kernel_config = kernel_and_build(series)
        console = boot_efi(image, initramfs(INIT), mebibytes)
    except Unavailable as reason:
        pytest.skip(f"no live boot here: {reason}")
    assert "ALL-TRIGGERS-SURVIVED" in console, console[-2000:]
    told = Firmware("EDK2", efi=efi_descriptors(console, "console"))
    assert any(region.nomap for region in simulate(kernel_config, told).memory_map.memory)
    compare(console, simulate(kernel_config, told), tmp_path)


def compare(console: str, simulated: Boot, tmp_path: Path) -> None:
    """Every number that the kernel printed with its simulation."""
    log = tmp_path / "console.log"
    log.write_text(console)
    printed = read_machine(str(log))
    assert not isinstance(printed, Firmware)
    # memblock.memory with flags and nodes; the kernel has put its own allocations into reserved, too
    own = [(region.base, region.size, region.nomap, region.node) for region in simulated.memory_map.memory]
    assert own == [(region.base, region.size, region.nomap, region.node) for region in printed.memory]
    for region in simulated.memory_map.reserved:
        assert any(r.base <= region.base and region.end <= r.end for r in printed.reserved), hex(region.base)
    # zones: spans, spanned and present pages
    assert [
        (zone.node, zone.name, zone.start_pfn, zone.spanned, zone.present) for zone in simulated.zones
    ] == zoneinfo(console)
    # struct pages initialised for holes
    assert unavailable(simulated) == printed_unavailable(console)
    # bytes of memmap: the kernel buys whole huge pages for each section (mm/sparse.c, section_map_size())
    kernel_config = simulated.kernel_config
    huge = 1 << (2 * kernel_config.page_shift - 3)
    each = -(-kernel_config.pages_per_section * STRUCT_PAGE_SIZE // huge) * huge
    sections = sum(span.end - span.start for span in simulated.present) // kernel_config.pages_per_section
    assert sections * each == printed_memmap(console)
    # the kernel went through every trigger: nothing may be called a fault
    assert simulated.verdict == "safe"


def zoneinfo(console: str) -> list[tuple[int, str, int, int, int]]:
    """Populated zones from /proc/zoneinfo."""
    text = console.partition("BEGIN-ZONEINFO")[2].partition("END-ZONEINFO")[0]
    found = []
    for node, name, body in re.findall(r"Node (\d+), zone +(\w+)\n(.*?)(?=\nNode |\Z)", text, re.DOTALL):
        numbers = {
            key: int(value) for key, value in re.findall(r"(spanned|present|start_pfn): *(\d+)|", body) if key
        }
        numbers |= {
            key: int(value) for key, value in re.findall(r"^ +(spanned|present) +(\d+)", body, re.MULTILINE)
        }
        if numbers.get("present"):
            found.append((int(node), name, numbers["start_pfn"], numbers["spanned"], numbers["present"]))
    return found


def printed_unavailable(console: str) -> Counter[tuple[int, str]]:
    found: Counter[tuple[int, str]] = Counter()
    for node, zone, pages in re.findall(
        r"On node (\d+), zone (\w+): (\d+) pages in unavailable ranges", console
    ):
        found[int(node), zone] += int(pages)
    return found


def unavailable(simulated: Boot) -> Counter[tuple[int, str]]:
    """What init_unavailable_range() gets: holes, and the pages that no region of memory holds as a whole."""
    names = {(zone.node, zone.index): zone.name for zone in simulated.zones}
    shift = simulated.kernel_config.page_shift
    edges = {edge for region in simulated.memory_map.memory for edge in (region.base, region.end)}
    cut = {edge >> shift for edge in edges if edge & ((1 << shift) - 1)}
    found: Counter[tuple[int, str]] = Counter()
    for run, above in zip(simulated.page_runs, (*simulated.page_runs[1:], None), strict=True):
        in_run = [pfn for pfn in cut if run.start <= pfn < run.end]
        pages = run.end - run.start if run.kind is MemoryKind.HOLE else len(in_run)
        page = run.page
        if above and (page.node, page.zone) not in names:
            page = above.page  # until init_reserved_page() found no zone for it
        if pages:
            found[page.node, names.get((page.node, page.zone), "?")] += pages
    return found


def printed_memmap(console: str) -> int:
    """What sparse_init_nid() allocates for the memmap of each node, from memblock=debug."""
    return sum(
        int(size)
        for size in re.findall(
            r"memblock_alloc_exact_nid_raw: (\d+) bytes .* (?:sparse_init_nid|memmap_alloc)", console
        )
    )
