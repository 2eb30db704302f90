# SPDX-License-Identifier: GPL-2.0-or-later
"""The device tree for QEMU's virt machine, the places of what is loaded, and the boot stub."""

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.machine import EfiDescriptor, Firmware, MemoryMap, Region
from explorer.machine.devicetree import read_devicetree
from explorer.machine.devicetree_source import compile_source
from explorer.machine.qemu_virt import (
    INITRD_SIZE,
    KERNEL_SIZE,
    RAM_START,
    TREE_SIZE,
    boot_stub,
    devicetree_source,
    fill_ranges,
    load_addresses,
)

MIB = 1 << 20
RAM = Region(RAM_START, 256 * MIB)
needs_dtc = pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc is not installed")


@needs_dtc
@pytest.mark.parametrize("words", ['mem=1G "a b" \\0', "", "console=ttyAMA0 x=ä/*", "/include/ '//"])
def test_the_command_line_and_the_seed_are_read_back(words: str) -> None:
    seed = 0x0123_4567_89AB_CDEF
    told = Firmware("made", (RAM,), command_line=words, kaslr_seed=seed, usable=(Region(RAM_START, MIB),))
    blob = compile_source(devicetree_source(told, cpus=3), "made.dts")
    found = read_devicetree(blob, "made.dts")
    assert found.command_line == words
    assert (found.kaslr_seed, found.usable, found.banks) == (seed, told.usable, told.banks)


def test_what_no_source_is_written_of_is_refused() -> None:
    with pytest.raises(ValueError, match="banks"):
        devicetree_source(Firmware("made", (RAM,), efi=(EfiDescriptor("Conventional", 0, MIB),)))


REGIONS = st.lists(
    st.builds(
        Region,
        st.integers(0, 1024).map(lambda at: RAM_START + at * MIB // 2),
        st.integers(0, 300).map(lambda size: size * MIB // 2 + size % 7),
        st.booleans(),
    ),
    max_size=6,
)


@given(REGIONS, REGIONS)
def test_what_is_loaded_lies_in_free_mapped_memory_and_nowhere_twice(
    memory: list[Region], reserved: list[Region]
) -> None:
    memory_map = MemoryMap("made", tuple(memory), tuple(reserved))
    places = load_addresses(memory_map)
    if places is None:
        return
    assert places.kernel % (2 * MIB) == places.tree % (2 * MIB) == 0
    assert places.tree <= places.stub < places.stub + 4096 <= places.tree + TREE_SIZE
    spans = [(places.kernel, KERNEL_SIZE), (places.initrd, INITRD_SIZE), (places.tree, TREE_SIZE)]
    for base, size in spans:
        assert base >= RAM_START + 2 * MIB
        assert any(region.base <= base and base + size <= region.end for region in memory if not region.nomap)
        taken = [*reserved, *(region for region in memory if region.nomap)]
        assert not any(other.base < base + size and base < other.end for other in taken if other.size)
    (_, end), (second, last), (third, _) = sorted((base, base + size) for base, size in spans)
    assert end <= second
    assert last <= third
    for low, high in fill_ranges(memory_map, places):
        assert low % 16 == high % 16 == 0
        assert not any(base < high and low < base + size for base, size in spans)


def test_there_is_room_in_128_mib_and_not_in_a_small_map_or_below_the_ram() -> None:
    assert load_addresses(MemoryMap("made", (Region(RAM_START, 128 * MIB),)))
    assert load_addresses(MemoryMap("made", (Region(RAM_START, 32 * MIB),))) is None
    assert load_addresses(MemoryMap("made", (Region(0, 1 << 31),))) is None
    assert load_addresses(MemoryMap("made", ())) is None


def test_the_stub_ends_with_the_addresses_and_the_table() -> None:
    stub = boot_stub(0x4900_0000, 0x4408_0000, ((0x1000, 0x2000),))
    numbers = [int.from_bytes(stub[at : at + 8], "little") for at in range(48, len(stub), 8)]
    assert numbers == [0x4900_0000, 0x4408_0000, 0x1000, 0x2000, 0, 0]
    assert len(boot_stub(1, 2)) == 48 + 32
