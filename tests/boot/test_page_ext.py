# SPDX-License-Identifier: GPL-2.0-or-later
"""Sections without page_ext: who follows the null pointer, and when (4.13.4 mm/page_ext.c)."""

from collections.abc import Mapping

import pytest

from explorer.boot import Boot, Kernel, KernelConfig, RamFill, simulate
from explorer.boot.boot_parameters import parse_command_line
from explorer.machine import MemoryMap, Region
from explorer.version import KernelVersion

MIB, GIB = 1 << 20, 1 << 30
OWNER = {"HAVE_ARCH_PFN_VALID": "y", "SPARSEMEM": "y", "PAGE_OWNER": "y"}
VMEMMAP = {"SPARSEMEM_VMEMMAP": "y"}
NOTHING: Mapping[str, str] = {}
LOW, TOP = Region(GIB, 128 * MIB), Region(3 * GIB, 128 * MIB)
MIDDLE = Region(2 * GIB + 64 * MIB, 128 * MIB)  # its section begins with a hole


def booted(
    memory: tuple[Region, ...],
    release: str = "4.13.9",
    words: str = "page_owner=on",
    config: Mapping[str, str] = NOTHING,
    reserved: tuple[Region, ...] = (),
) -> Boot:
    kernel = Kernel.of(KernelVersion.parse(release))
    values = {**OWNER, **VMEMMAP, **config}
    configured = KernelConfig.of(kernel, values, RamFill.ZERO, parse_command_line(words))
    return simulate(configured, MemoryMap("m", memory, reserved))


def ends(boot: Boot) -> dict[tuple[str, str], bool]:
    return {(fault.walker, fault.trigger): fault.certain for fault in boot.faults}


def test_the_topmost_section_is_allocated_from_while_booting() -> None:
    """Recorded: layouts po-2nd and po-sec-nomap of 4.13.9."""
    top = Region(TOP.base + 64 * MIB, TOP.size)
    assert ends(booted((LOW, top)))["init_pages_in_zone", "boot"]


def test_another_section_waits_for_an_allocation() -> None:
    assert ends(booted((LOW, MIDDLE, TOP))) == {
        ("init_pages_in_zone", "boot"): False,
        ("__set_page_owner", "fallback"): False,
    }


def test_the_kernel_frees_its_init_code_in_the_lowest_section() -> None:
    """4.13.4 arch/arm64/mm/init.c, free_initmem(); the first page of the node is nomap."""
    nomap = Region(LOW.base, 0x10000, nomap=True)
    memory = (nomap, Region(nomap.end, 127 * MIB), TOP)
    reserved = (Region(LOW.base + 0x80000, 16 * MIB),)
    assert ends(booted(memory, reserved=reserved))["__reset_page_owner", "boot"]
    assert not ends(booted(memory))["__reset_page_owner", "boot"]


@pytest.mark.parametrize(
    ("release", "words", "config"),
    [
        ("4.13.16", "page_owner=on", {}),
        ("4.14.2", "page_owner=on", {}),
        ("4.15", "page_owner=on", {}),
        ("4.13.9", "", {}),
        ("4.13.9", "page_owner=on", {"PAGE_OWNER": "n"}),
        ("4.13.9", "page_owner=on", {"DEBUG_VM": "y"}),  # checks whether the section has one
    ],
)
def test_no_null_pointer_is_followed(release: str, words: str, config: dict[str, str]) -> None:
    top = Region(TOP.base + 64 * MIB, TOP.size)
    assert ends(booted((LOW, top), release, words, config)) == {}


@pytest.mark.parametrize(("section_0", "dies"), [(False, True), (True, False)])
def test_classic_sparsemem_follows_the_section_number_of_a_zero_page(
    section_0: bool,  # noqa: FBT001 # a column
    dies: bool,  # noqa: FBT001 # a column
) -> None:
    """4.17: a struct page of zeros names section 0, which a machine with memory at 0 has."""
    base = 0 if section_0 else GIB
    nomap = Region(base + 65 * MIB, 0x10000, nomap=True)
    memory = (Region(base, 65 * MIB), nomap, Region(nomap.end, 62 * MIB))
    found = ends(booted(memory, "4.17", config={"SPARSEMEM_VMEMMAP": "n", "HOLES_IN_ZONE": "n"}))
    assert found.get(("init_pages_in_zone", "boot"), False) == dies
    assert not ends(booted(memory, "4.17", config={"SPARSEMEM_VMEMMAP": "n", "HOLES_IN_ZONE": "y"}))
