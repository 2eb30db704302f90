# SPDX-License-Identifier: GPL-2.0-or-later
"""memblock against a slow list that keeps every byte, and early set-up against its rules told byte by byte.

``tests/live/test_memblock.py`` compares the same operations with the kernel's own memblock.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.boot import Kernel, KernelConfig, parse_command_line, simulate
from explorer.boot.early_memory import from_firmware, from_map
from explorer.boot.memblock import Memblock
from explorer.errors import InputError
from explorer.machine import EfiDescriptor, Firmware, MemoryMap, Region, ReservedNode
from explorer.machine.memory_map import MEMRESERVE
from explorer.version import KernelVersion
from tests.boot.law import EFFORT
from tests.boot.reference import at_least

Attributes = tuple[bool, int | None]
NEWEST = KernelConfig.of(Kernel.of(KernelVersion.parse("6.12")), {})
PHYS_ADDR_MAX = (1 << 64) - 1


@dataclass
class SlowList:
    """A list of memory with one entry for each unit of memory: whether it is NOMAP, and its node."""

    unit: int = 1
    cells: dict[int, Attributes] = field(default_factory=dict)

    def units(self, base: int, size: int) -> range:
        return range(base // self.unit, -(-(base + size) // self.unit))

    def add(self, base: int, size: int, node: int | None = None) -> None:
        for cell in self.units(base, size):
            self.cells.setdefault(cell, (False, node))

    def remove(self, base: int, size: int) -> None:
        for cell in self.units(base, size):
            self.cells.pop(cell, None)

    def mark(self, base: int, size: int, *, nomap: bool) -> None:
        for cell in set(self.units(base, size)) & self.cells.keys():
            self.cells[cell] = (nomap, self.cells[cell][1])

    def set_node(self, base: int, size: int, node: int) -> None:
        for cell in set(self.units(base, size)) & self.cells.keys():
            self.cells[cell] = (self.cells[cell][0], node)

    def cap(self, base: int, size: int) -> None:
        if size:
            kept = self.units(base, size)
            self.cells = {cell: own for cell, own in self.cells.items() if cell in kept or own[0]}

    def end_of(self, limit: int) -> int | None:
        """The first byte after the first ``limit`` bytes; ``None`` if there are not as many."""
        cells = sorted(self.cells)[: limit // self.unit]
        return (cells[-1] + 1) * self.unit if limit and len(cells) * self.unit == limit else None

    def meets(self, base: int, size: int) -> bool:
        return any(cell in self.cells for cell in self.units(base, size))

    @property
    def regions(self) -> tuple[Region, ...]:
        return tuple(self._regions())

    def _regions(self) -> Iterator[Region]:
        """Runs of neighbouring units that agree."""
        numbered = enumerate(sorted(self.cells))
        for (_, (nomap, node)), run in groupby(
            numbered, lambda each: (each[1] - each[0], self.cells[each[1]])
        ):
            own = [cell for _, cell in run]
            yield Region(own[0] * self.unit, len(own) * self.unit, nomap, node)


def limit(size: int, memory: SlowList, reserved: SlowList) -> None:
    """memblock_mem_limit_remove_map()."""
    end = memory.end_of(size)
    if end is not None:
        memory.cap(0, end)
        reserved.cap(0, end)


def cut(operation: str, span: tuple[int, int], lists: Memblock, memory: SlowList, reserved: SlowList) -> None:
    """Keep a range, or the first bytes."""
    if operation == "limit":
        lists.memblock_mem_limit_remove_map(span[1])
        limit(span[1], memory, reserved)
        return
    lists.memblock_cap_memory_range(*span)
    if memory.cells:
        reserved.cap(*span)
    memory.cap(*span)


SPANS = st.tuples(st.integers(0, 40), st.integers(0, 24))
NODES = st.sampled_from([None, 0, 1])
OPERATIONS = st.tuples(
    st.sampled_from(["add", "add", "add", "remove", "reserve", "mark", "clear", "set_node", "cap", "limit"]),
    SPANS,
    st.sampled_from([0, 1]),
)


@settings(max_examples=round(500 * EFFORT), deadline=None)
@given(st.lists(OPERATIONS, min_size=1, max_size=12), SPANS)
def test_operations_give_the_lists_that_a_list_of_bytes_gives(
    operations: Sequence[tuple[str, tuple[int, int], int]], asked: tuple[int, int]
) -> None:
    lists, memory, reserved = Memblock(), SlowList(), SlowList()
    for operation, (base, size), node in operations:
        if operation == "add":
            lists.memblock_add(base, size, node or None)
            memory.add(base, size, node or None)
        elif operation == "remove":
            lists.memblock_remove(base, size)
            memory.remove(base, size)
        elif operation == "reserve":
            lists.memblock_reserve(base, size)
            reserved.add(base, size)
        elif operation == "mark":
            lists.memblock_mark_nomap(base, size)
            memory.mark(base, size, nomap=True)
        elif operation == "clear":
            lists.memblock_clear_nomap(base, size)
            memory.mark(base, size, nomap=False)
        elif operation == "set_node":
            lists.memblock_set_node(base, size, node)
            memory.set_node(base, size, node)
        else:
            cut(operation, (base, size), lists, memory, reserved)
        assert lists.memory == memory.regions
        assert lists.reserved == reserved.regions
    if asked[1]:
        assert lists.memblock_overlaps_memory(*asked) == memory.meets(*asked)
        assert lists.memblock_is_region_reserved(*asked) == reserved.meets(*asked)


REGIONS = st.builds(
    lambda span, nomap, node: Region(span[0], span[1], nomap, node), SPANS, st.booleans(), NODES
)


@settings(max_examples=round(300 * EFFORT), deadline=None)
@given(regions=st.lists(REGIONS, max_size=8), spans=st.lists(SPANS, max_size=4), in_order=st.booleans())
def test_a_map_in_any_order_gives_the_lists_that_a_list_of_bytes_gives(
    *, regions: Sequence[Region], spans: Sequence[tuple[int, int]], in_order: bool
) -> None:
    if in_order:
        regions = sorted(regions, key=lambda region: region.base)
    memory, reserved = SlowList(), SlowList()
    for region in regions:
        memory.add(region.base, region.size, region.node)
        if region.nomap:
            memory.mark(region.base, region.size, nomap=True)
    for base, size in spans:
        reserved.add(base, size)
    lists = Memblock.of(regions, [Region(base, size) for base, size in spans])
    assert lists.memory == memory.regions
    assert lists.reserved == reserved.regions


def test_a_range_ends_where_the_address_space_ends() -> None:
    """memblock_cap_size(): PHYS_ADDR_MAX, the last byte, is never inside."""
    lists = Memblock()
    lists.memblock_add(PHYS_ADDR_MAX - 0x3000, 0x5000)
    assert lists.memory == (Region(PHYS_ADDR_MAX - 0x3000, 0x3000),)
    lists.memblock_mark_nomap(PHYS_ADDR_MAX - 0x1000, 0x5000)
    lists.memblock_set_node(PHYS_ADDR_MAX - 0x2000, 0x5000, 1)
    lists.memblock_reserve(PHYS_ADDR_MAX - 0x1000, 0x5000)
    assert [(region.size, region.nomap, region.node) for region in lists.memory] == [
        (0x1000, False, None),
        (0x1000, False, 1),
        (0x1000, True, 1),
    ]
    assert lists.reserved == (Region(PHYS_ADDR_MAX - 0x1000, 0x1000),)
    lists.memblock_clear_nomap(PHYS_ADDR_MAX - 0x1000, 0x5000)
    lists.memblock_remove(PHYS_ADDR_MAX - 0x2000, 0x5000)
    assert lists.memory == (Region(PHYS_ADDR_MAX - 0x3000, 0x1000),)


# --- early set-up -------------------------------------------------------------------------------------------

UNIT = 1024  # bytes; the smallest step of an address here, a quarter of a page
PAGE = 4096
KINDS = ("Conventional Memory", "ACPI Reclaim Memory", "Loader Data", "Reserved", "Runtime Services Data")
VERSIONS = ("4.17", "5.11", "5.11.14", "5.12", "6.1", "6.1.192", "6.12")


def early_memory(
    firmware: Firmware, version: KernelVersion, *, numa: bool, bits: int, mem: int
) -> tuple[SlowList, SlowList]:
    """arm64's early set-up by its rules, with a list of units instead of memblock."""
    memory, reserved = SlowList(UNIT), SlowList(UNIT)
    for bank in firmware.banks if not firmware.efi else ():
        start, end = -(-bank.base // PAGE) * PAGE, bank.end // PAGE * PAGE
        memory.add(start, max(0, end - start))
    for entry in firmware.efi:
        add_descriptor(entry, version, memory, reserved)
    if firmware.usable and memory.cells:
        memory.cap(firmware.usable[0].base, firmware.usable[0].size)
        reserved.cap(firmware.usable[0].base, firmware.usable[0].size)
    for region in firmware.usable[1:2] if at_least(version, 5, 19) else ():
        memory.add(region.base, region.size)
    for cell in [cell for cell in memory.cells if cell * UNIT >= 1 << bits]:
        del memory.cells[cell]
    limit(mem // PAGE * PAGE, memory, reserved)
    reserve_nodes(firmware.reserved, version, memory, reserved)
    if numa:
        give_nodes(firmware.banks, version, memory)
        if any(node is None for _, node in memory.cells.values()):
            memory.cells = {cell: (nomap, 0) for cell, (nomap, _) in memory.cells.items()}
    return memory, reserved


def give_nodes(banks: Sequence[Region], version: KernelVersion, memory: SlowList) -> None:
    """of_numa_init(); NODES_SHIFT is 2. Where it fails it gives no node. Since 6.12 as numa_memblks does."""
    named = [(set(memory.units(bank.base, bank.size)), bank.node) for bank in banks if bank.node is not None]
    if not memory.cells or any(node > 3 for _, node in named):
        return
    if at_least(version, 6, 12):
        within = set(range(min(memory.cells), max(memory.cells) + 1))
        named = [(units & within, node) for units, node in named if units & memory.cells.keys()]
        if banks[-1].node is None or any(
            one[1] != other[1] and one[0] & other[0] for one, other in combinations(named, 2)
        ):
            return
        named += [
            (between, one[1])
            for one, other in combinations(named, 2)
            for between in [set(range(min(one[0] | other[0]), max(one[0] | other[0])))]
            if one[1] == other[1] and not any(between & units for units, node in named if node != one[1])
        ]
    for units, node in named:
        for unit in units & memory.cells.keys():
            memory.cells[unit] = (memory.cells[unit][0], node)


def reserve_nodes(
    nodes_of_firmware: Sequence[ReservedNode], version: KernelVersion, memory: SlowList, reserved: SlowList
) -> None:
    """early_init_fdt_scan_reserved_mem(): the reservation block is read first, since 6.4 last."""
    keeps = [node for node in nodes_of_firmware if node.name == MEMRESERVE]
    nodes = [node for node in nodes_of_firmware if node.name != MEMRESERVE]
    for node in [*nodes, *keeps] if at_least(version, 6, 4) else [*keeps, *nodes]:
        if not node.no_map:
            reserved.add(node.base, node.size)
        elif not at_least(version, 5, 11, 14):
            memory.remove(node.base, node.size)
        elif not (memory.meets(node.base, node.size) and reserved.meets(node.base, node.size)):
            memory.mark(node.base, node.size, nomap=True)


def add_descriptor(
    entry: EfiDescriptor, version: KernelVersion, memory: SlowList, reserved: SlowList
) -> None:
    """reserve_regions() and is_usable_memory() of the EFI stub's map (drivers/firmware/efi/arm-init.c)."""
    special = "SP" in entry.attributes
    skips = at_least(version, 6, 1, 80)  # 0bcff59ef7a6 (in v6.8), and in 6.1.80
    if not {"WB", "WT", "WC"} & entry.attributes or (special and skips):
        return
    start = entry.base // PAGE * PAGE
    size = -(-(entry.base + entry.size) // PAGE) * PAGE - start
    memory.add(start, size)
    usable = entry.kind in {"Conventional Memory", "ACPI Reclaim Memory", "Loader Data"}
    if special or not usable or "WB" not in entry.attributes:
        memory.mark(start, size, nomap=True)
    elif entry.kind == "ACPI Reclaim Memory":
        reserved.add(start, size)


@st.composite
def firmwares(draw: st.DrawFn) -> Firmware:
    """Banks, reservations and EFI descriptors over 64 pages, on and off the boundaries of pages."""
    limits = [0, 0x4000_0000, (1 << 48) - 16 * PAGE, (1 << 52) - 16 * PAGE]
    base = draw(st.sampled_from(limits))
    spans = st.tuples(
        st.one_of(st.integers(0, 255), st.integers(0, 63).map(lambda pages: 4 * pages)),
        st.one_of(st.integers(1, 127), st.sampled_from([4, 16, 64, 128])),
    ).map(lambda span: (base + span[0] * UNIT, span[1] * UNIT))
    banks = st.builds(
        lambda span, node: Region(span[0], span[1], node=node), spans, st.sampled_from([None, 0, 1, 3, 4])
    )
    names = st.sampled_from([MEMRESERVE, "region"])
    nodes = st.builds(
        lambda name, span, no_map: ReservedNode(name, span[0], span[1], no_map=no_map and name != MEMRESERVE),
        names,
        spans,
        st.booleans(),
    )
    attributes = st.sampled_from([{"WB"}, {"WB"}, {"WB", "SP"}, {"WT"}, {"UC"}, {"WB", "WC", "RUN"}])
    entries = st.builds(
        lambda kind, span, bits: EfiDescriptor(kind, span[0], span[1], frozenset(bits)),
        st.sampled_from([*KINDS[:3], *KINDS]),
        spans,
        attributes,
    )
    return Firmware(
        "random",
        tuple(draw(st.lists(banks, min_size=1, max_size=4))),
        tuple(draw(st.lists(nodes, max_size=4))),
        tuple(draw(st.one_of(st.just([]), st.lists(entries, max_size=4)))),
        usable=tuple(draw(st.one_of(st.just([]), st.lists(banks, max_size=3)))),
    )


@settings(max_examples=round(600 * EFFORT), deadline=None)
@given(
    firmware=firmwares(),
    release=st.sampled_from(VERSIONS),
    numa=st.booleans(),
    wide=st.booleans(),
    mem=st.one_of(st.just(0), st.integers(0, 255).map(lambda units: units * UNIT)),
)
def test_early_set_up_gives_the_lists_that_its_rules_give(
    *, firmware: Firmware, release: str, numa: bool, wide: bool, mem: int
) -> None:
    version = KernelVersion.parse(release)
    symbols = {"NUMA": "y" if numa else "n", "ARM64_PA_BITS_52": "y" if wide else "n"}
    memory, reserved = early_memory(firmware, version, numa=numa, bits=52 if wide else 48, mem=mem)
    parameters = parse_command_line(f"mem={mem}" if mem else "quiet")
    config = KernelConfig.of(Kernel.of(version), symbols, parameters=parameters)
    if all(nomap for nomap, _ in memory.cells.values()):
        with pytest.raises(InputError, match="no memory that a kernel may use"):
            from_firmware(firmware, config)
        return
    memory_map = from_firmware(firmware, config)
    assert memory_map.memory == memory.regions
    assert memory_map.reserved == reserved.regions


@pytest.mark.parametrize(
    ("memory", "words"),
    [
        ([], "no memory"),
        ([Region(0, 0)], "no memory"),
        ([Region(0, PAGE, nomap=True)], "no memory"),
        ([Region((1 << 52) - PAGE, PAGE + 1)], "beyond the 52 bits"),
    ],
)
def test_memory_that_no_kernel_could_start_from_is_refused(memory: list[Region], words: str) -> None:
    with pytest.raises(InputError, match=words) as refusal:
        from_map(MemoryMap("map", tuple(memory), source="board.json"), NEWEST)
    assert refusal.value.hint
    assert "board.json" in str(refusal.value)


def test_memory_may_reach_to_the_end_of_52_bits() -> None:
    memory_map = MemoryMap("map", (Region((1 << 52) - PAGE, PAGE),))
    assert from_map(memory_map, NEWEST) == memory_map


@pytest.mark.parametrize(("release", "nomap"), [("6.1", False), ("6.12", True)])
def test_memreserve_keeps_a_node_from_being_nomap_until_6_4(release: str, nomap: bool) -> None:  # noqa: FBT001 # a column
    """drivers/of/fdt.c: since b41328187629 the reservation block is read after /reserved-memory."""
    nodes = (ReservedNode("region", 16 * PAGE, PAGE, no_map=True), ReservedNode(MEMRESERVE, 16 * PAGE, PAGE))
    firmware = Firmware("board", (Region(0, 64 * PAGE),), nodes)
    memory_map = from_firmware(firmware, KernelConfig.of(Kernel.of(KernelVersion.parse(release)), {}))
    assert any(region.nomap for region in memory_map.memory) == nomap
    assert memory_map.reserved == (Region(16 * PAGE, PAGE),)


def test_what_people_are_told_of_firmware_is_told_of_its_memory_map() -> None:
    firmware = Firmware("board", (Region(0, PAGE),), (), (), "board.dtb", "a board", ("one note",))
    memory_map = from_firmware(firmware, KernelConfig.of(Kernel.of(KernelVersion.parse("6.12")), {}))
    told = (memory_map.name, memory_map.source, memory_map.description, memory_map.notes)
    assert told == ("board", "board.dtb", "a board", ("one note",))


def test_a_map_is_not_cut_again_by_the_command_line_of_its_own_kernel() -> None:
    """The kernel adds its image back above the limit, and a dump shows it."""
    memory = (Region(0, 64 * PAGE), Region(128 * PAGE, 8 * PAGE))
    own = MemoryMap("log", memory, command_line="quiet mem=256K")
    limited = KernelConfig.of(NEWEST.kernel, {}, parameters=parse_command_line("mem=256K"))
    assert simulate(NEWEST, own).memory_map.memory == memory
    assert simulate(limited, own).memory_map.memory == memory[:1]
    assert simulate(limited, MemoryMap("map", memory)).memory_map.memory == memory[:1]
    assert simulate(NEWEST, own).kernel_config.parameters.memory_limit == 256 << 10


def test_usable_memory_range_is_read_since_4_12() -> None:
    firmware = Firmware("board", (Region(0, 64 * PAGE),), usable=(Region(16 * PAGE, 16 * PAGE),))
    sizes = {}
    for release in ("4.11", "4.12", "5.10", "6.12"):
        config = KernelConfig.of(Kernel.of(KernelVersion.parse(release)), {})
        sizes[release] = [region.size // PAGE for region in from_firmware(firmware, config).memory]
    assert sizes == {"4.11": [64], "4.12": [16], "5.10": [16], "6.12": [16]}
