# SPDX-License-Identifier: GPL-2.0-or-later
"""The linear map: recorded thresholds, and a slow reference that makes page tables entry by entry.

Recorded boots of FLATMEM (4.19.1, 5.4.59, 5.10.7) say where the top 16 bits of a KASLR seed begin to kill.
"""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.boot import Kernel
from explorer.boot.boot_parameters import BootParameters, parse_command_line
from explorer.boot.kernel_config import KernelConfig
from explorer.boot.linear_map import Granularity, pages_mapped_twice
from explorer.boot.simulation import Boot, simulate
from explorer.boot.struct_page_access import StructPageAccess
from explorer.machine.memory_map import MemoryMap, Region
from explorer.version import KernelVersion
from tests.boot.law import EFFORT

FLAT = {"FLATMEM": "y", "ARM64_VA_BITS": "39", "RANDOMIZE_BASE": "y", "HAVE_ARCH_PFN_VALID": "y"}
MIB, GIB = 1 << 20, 1 << 30


def booted(
    release: str, memory: Sequence[Region], *, seed: int | None = 0, cmdline: str = "", **config: str
) -> Boot:
    parameters = parse_command_line(cmdline, None if seed is None else seed << 48)
    kernel = Kernel.of(KernelVersion.parse(release))
    return simulate(
        KernelConfig.of(kernel, {**FLAT, **config}, parameters=parameters), MemoryMap("map", tuple(memory))
    )


def fault_of(boot: Boot, read: StructPageAccess) -> tuple[int, bool] | None:
    """The pfn of the first fault with an access, and whether it is certain."""
    found = (fault for fault in boot.faults if fault.read is read)
    return next(((fault.pfn, fault.certain) for fault in found), None)


def outside(boot: Boot) -> tuple[int, bool] | None:
    return fault_of(boot, StructPageAccess.INIT_SINGLE_PAGE)


@pytest.mark.parametrize(
    ("release", "span", "seed", "dies"),
    [
        ("4.19.1", 128 * MIB, 0x00FF, False),
        ("4.19.1", 128 * MIB, 0x0100, True),
        ("5.4.59", 128 * MIB, 0x0101, False),
        ("5.4.59", 128 * MIB, 0x0102, True),
        ("5.10.7", 128 * MIB, 0x0101, False),
        ("5.10.7", 128 * MIB, 0x0102, True),
        ("5.4.59", 2 * GIB, 0x0102, False),
    ],
)
def test_flatmem_dies_from_the_recorded_seed_on(release: str, span: int, seed: int, *, dies: bool) -> None:
    memory = [Region(GIB, 64 * MIB), Region(GIB + span - 64 * MIB, 64 * MIB)]
    assert (outside(booted(release, memory, seed=seed)) == (GIB >> 12, True)) is dies
    assert outside(booted(release, memory, seed=seed, cmdline="nokaslr")) is None
    assert outside(booted(release, memory, seed=seed, RANDOMIZE_BASE="n")) is None


@pytest.mark.parametrize("release", ["4.19.1", "5.4.59", "5.10.7"])
@pytest.mark.parametrize(("start", "dies"), [(1, False), (2, False), (4, True), (8, True), (24, True)])
def test_flatmem_dies_where_memory_begins_a_block_above_the_boundary(
    release: str, start: int, *, dies: bool
) -> None:
    boot = booted(release, [Region(GIB + start * MIB, (128 - start) * MIB)])
    first = (GIB + (128 - start // 4 * 4) * MIB) >> 12
    assert outside(boot) == ((first, True) if dies else None)


def test_a_nomap_start_of_memory_moves_nothing() -> None:
    assert outside(booted("5.4.59", [Region(GIB, 8 * MIB, nomap=True), Region(GIB + 8 * MIB, GIB)])) is None


def test_an_unknown_seed_may_kill_where_there_is_room_for_a_step() -> None:
    memory = [Region(GIB, GIB)]
    assert outside(booted("5.4.59", memory, seed=None)) == (GIB >> 12, False)
    assert outside(booted("5.4.59", memory, seed=None, RANDOMIZE_BASE="n")) is None
    assert outside(booted("5.4.59", memory, seed=None, cmdline="nokaslr")) is None
    assert outside(booted("5.4.59", [Region(GIB, 256 * GIB)], seed=None)) is None
    assert outside(booted("5.4.59", memory, seed=1, ARM64_VA_BITS="48")) == (GIB >> 12, True)


def test_since_5_11_the_addresses_of_the_cpu_decide() -> None:
    memory = [Region(GIB, GIB)]
    assert outside(booted("5.11", memory, seed=0x0105)) == (GIB >> 12, False)
    assert outside(booted("5.11", memory, seed=0x00FF)) is None


def test_sparsemem_finds_its_memmap_wherever_the_linear_map_begins() -> None:
    memory = [Region(GIB + 8 * MIB, 128 * MIB)]
    sparse = {"FLATMEM": "n", "SPARSEMEM": "y", "SPARSEMEM_VMEMMAP": "y"}
    assert outside(booted("5.4.59", memory, seed=0xFFFF, **sparse)) is None


def test_few_bytes_outside_mem_map_may_be_survived() -> None:
    end = GIB + 124 * MIB + (4 << 12)  # four pages of a block of 4 MiB
    assert outside(booted("5.4.59", [Region(GIB + 4 * MIB, end - GIB - 4 * MIB)])) == (0x47C00, False)


CONT = {12: 16, 14: 128, 16: 32}
SIZES = {12: "ARM64_4K_PAGES", 14: "ARM64_16K_PAGES", 16: "ARM64_64K_PAGES"}


def config_of(shift: int, release: str = "5.4.59", cmdline: str = "", **config: str) -> KernelConfig:
    return KernelConfig.of(
        Kernel.of(KernelVersion.parse(release)),
        {SIZES[shift]: "y", **config},
        parameters=parse_command_line(cmdline) if cmdline else BootParameters(),
    )


def tables(spans: Sequence[tuple[int, int]], shift: int) -> list[tuple[int, bool]]:
    """Make the page tables of map_mem() entry by entry; the pages at which that fails, and whether by BUG."""
    table, group = 1 << (shift - 3), CONT[shift]
    blocks: set[int] = set()
    entries: dict[int, bool] = {}  # page to "is contiguous"
    failures: list[tuple[int, bool]] = []
    for start, end in spans:
        page, last = start >> shift, -(-end >> shift)
        while page < last:
            block = page // table
            if page % table == 0 and page + table <= last:
                if any(block * table + index in entries for index in range(table)):
                    failures.append((page, False))
                else:
                    blocks.add(block)
                page += table
                continue
            if block in blocks:
                failures.append((page, True))
            whole_end = min(last, (block + 1) * table)
            whole = page // group * group
            contiguous = start >> shift <= whole and whole + group <= whole_end
            if page in entries and (entries[page] or contiguous):
                failures.append((page, True))
            entries[page] = contiguous
            page += 1
    return failures


GAPS = st.tuples(
    st.integers(0, 3),
    st.sampled_from([0, 1, 15, 16, 31, 32, 127, 128, -1, -16, -32, -128]),
    st.sampled_from([(0, 2), (1, 2), (1, 3), (2, 3), (2, 6)]),
)
"""The number of a table, a page from its start on, and the quarters of pages where memory ends and begins."""


def test_pages_mapped_twice_are_those_of_tables_made_entry_by_entry() -> None:
    compared: Counter[str] = Counter()

    @given(shift=st.sampled_from([12, 14, 16]), gaps=st.lists(GAPS, min_size=1, max_size=4))
    def compare(shift: int, gaps: list[tuple[int, int, tuple[int, int]]]) -> None:
        table, quarter = 1 << (shift - 3), (1 << shift) // 4
        edges = {
            ((block + 1) * table + page << shift) + part * quarter
            for block, page, parts in gaps
            for part in parts
        }
        addresses = [0, *sorted(edges), 6 * table << shift]
        spans = list(zip(addresses[::2], addresses[1::2], strict=False))
        memory = [Region(start, end - start) for start, end in spans]
        found = [(page.pfn, page.is_bug) for page in pages_mapped_twice(memory, config_of(shift))]
        expected = list(dict.fromkeys(tables(spans, shift)))
        compared.update(["fatal" if expected else "fine"])
        assert list(dict.fromkeys(found)) == expected

    compare()
    assert min(compared["fatal"], compared["fine"]) >= 10 * EFFORT


def test_the_reference_saw_fatal_pages() -> None:
    assert tables([(0x40000000, 0x400FF800), (0x400FF900, 0x40200000)], 12) == [(0x400FF, True)]
    assert tables([(0x40000000, 0x40200800), (0x40200900, 0x40600000)], 12) == [(0x40200, False)]
    assert tables([(0x40000000, 0x40105800), (0x40105900, 0x40200000)], 12) == []


SHARED = [Region(GIB, 0xFF800), Region(GIB + 0xFF900, 64 * MIB)]


@pytest.mark.parametrize(
    ("release", "cmdline", "config", "granularity"),
    [
        ("4.19.1", "rodata=full", {}, Granularity.BLOCKS),
        ("5.4.59", "", {}, Granularity.BLOCKS),
        ("5.4.59", "rodata=full", {}, Granularity.PAGES),
        ("5.4.59", "", {"RODATA_FULL_DEFAULT_ENABLED": "y"}, Granularity.PAGES),
        ("6.19", "", {"RODATA_FULL_DEFAULT_ENABLED": "y"}, Granularity.CPU_DECIDES),
        ("6.19", "rodata=off", {"RODATA_FULL_DEFAULT_ENABLED": "y"}, Granularity.BLOCKS),
        ("4.13.9", "debug_pagealloc=on", {"DEBUG_PAGEALLOC": "y"}, Granularity.PAGES),
        ("5.15", "", {"KFENCE": "y"}, Granularity.PAGES),
        ("6.1.64", "", {"KFENCE": "y"}, Granularity.PAGES),
        ("6.1.65", "", {"KFENCE": "y"}, Granularity.BLOCKS),
        ("5.10.46", "crashkernel=256M", {}, Granularity.BLOCKS),
        ("5.10.47", "crashkernel=256M", {}, Granularity.PAGES),
        ("5.15.32", "crashkernel=256M", {}, Granularity.PAGES),
        ("5.15.33", "crashkernel=256M", {"KEXEC_CORE": "y"}, Granularity.BLOCKS),
        ("5.15.33", "crashkernel=256M", {"KEXEC_CORE": "y", "ZONE_DMA": "y"}, Granularity.PAGES),
        ("6.4", "crashkernel=256M", {"KEXEC_CORE": "y", "ZONE_DMA": "y"}, Granularity.BLOCKS),
        ("6.6", "", {"KFENCE": "y"}, Granularity.BLOCKS),
    ],
)
def test_what_maps_memory_in_pages_cures_a_page_that_two_regions_share(
    release: str, cmdline: str, config: dict[str, str], granularity: Granularity
) -> None:
    built = config_of(12, release, cmdline, **config)
    assert Granularity.of(built) is granularity
    fault = fault_of(simulate(built, MemoryMap("map", tuple(SHARED))), StructPageAccess.SET_PTE)
    certain = {Granularity.BLOCKS: True, Granularity.CPU_DECIDES: False}.get(granularity)
    assert fault == (None if certain is None else (0x400FF, certain))


def test_a_border_of_nodes_inside_a_page_is_mapped_once() -> None:
    memory = (Region(GIB, 0xFF800, node=0), Region(GIB + 0xFF800, 64 * MIB, node=1))
    assert fault_of(simulate(config_of(12), MemoryMap("map", memory)), StructPageAccess.SET_PTE) is None


NODES_IN_PAGE = (
    Region(GIB, 0x6BF_FFFF, node=2),
    Region(GIB + 0x6BF_FFFF, 0x280_0000, nomap=True, node=2),
    Region(GIB + 0x93F_FFFF, 0x1600_0001, node=0),
)
"""Debian's 6.12.117 dies in alloc_node_data(): node 2 ends inside a page."""
TOP_IN_PAGE = (Region(GIB, 0x800_0800), Region(GIB + 0x800_0800, 0x7800, nomap=True))
"""It dies in memblock_alloc_try_nid(): the highest mapped memory ends inside a page."""
LOW_IN_PAGE = (
    Region(GIB, 0x800),
    Region(GIB + 0x800, 0x1000, nomap=True),
    Region(GIB + 0x1800, GIB - 0x1800),
)
"""It boots: what ends inside a page lies far below."""


@pytest.mark.parametrize(
    ("release", "memory", "expected"),
    [
        ("6.12.117", NODES_IN_PAGE, (0x46BFF, True)),
        ("6.12.116", NODES_IN_PAGE, None),
        ("6.12.117", TOP_IN_PAGE, (0x48000, True)),
        ("6.1", TOP_IN_PAGE, None),
        ("6.12.117", LOW_IN_PAGE, None),
        ("6.12.117", (TOP_IN_PAGE[0], TOP_IN_PAGE[1], Region(2 * GIB, 0x10_0000)), (0x48000, False)),
    ],
)
def test_memblock_gives_away_what_map_mem_left_out(
    release: str, memory: tuple[Region, ...], expected: tuple[int, bool] | None
) -> None:
    boot = simulate(config_of(12, release, NUMA="y", NODES_SHIFT="2"), MemoryMap("map", memory))
    assert fault_of(boot, StructPageAccess.CLEAR_EARLY) == expected
