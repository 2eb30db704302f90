# SPDX-License-Identifier: GPL-2.0-or-later
"""The contract's numbers against counting pages one by one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.boot import Boot, Kernel, KernelConfig, simulate
from explorer.boot.memmap_rules import PageContent
from explorer.boot.sections import MemoryKind
from explorer.configuration import complete, load_fragment
from explorer.machine import MemoryMap, Region
from explorer.machine.shipped_maps import shipped_map
from explorer.study.memmap_cost import memmap_cost_of
from explorer.version import KernelVersion

BLOCK, STRUCT_PAGE = 2 << 20, 64


def kernel_config(release: str, **values: str) -> KernelConfig:
    version = KernelVersion.parse(release)
    return KernelConfig.of(Kernel.of(version), complete(load_fragment(version), values, {}).values)


BUILDS = [
    kernel_config("4.17"),
    kernel_config("4.17", ARM64_64K_PAGES="y"),
    kernel_config("6.1"),
    kernel_config("4.17", SPARSEMEM_VMEMMAP="n"),
]


@st.composite
def maps(draw: st.DrawFn) -> MemoryMap:
    """Regions with gaps, from 64 KiB to some MiB, aligned to 64 KiB."""
    regions, at = [], 0x4000_0000
    for _ in range(draw(st.integers(1, 5))):
        size = draw(st.integers(1, 400)) << 16
        regions.append(Region(at, size, nomap=draw(st.booleans())))
        at += size + (draw(st.integers(0, 400)) << 16)
    return MemoryMap("random", (*regions, Region(at + (1 << 16), 4 << 20)))


def counted(boot: Boot) -> dict[str, int]:
    """The same numbers, page by page and granule by granule."""
    gap: set[int] = set()
    pages = initialised = 0
    for run in boot.page_runs:
        for pfn in range(run.start, run.end):
            pages += 1
            initialised += run.page.content is PageContent.INITIALISED
            if run.kind is not MemoryKind.MAP:
                gap.add(pfn)
    page = 1 << boot.kernel_config.page_shift
    blocks = boot.kernel_config.page_shift == 12
    whole = {grain: _granules(gap, grain) for grain in {page, BLOCK}}
    per_block = BLOCK // page
    touched = {granule // per_block for granule in whole[page]} if blocks else set()
    return {
        "struct_pages": pages,
        "initialised": initialised,
        "memmap_of_gaps": len(gap) * STRUCT_PAGE,
        "freeable_by_pages": len(whole[page]) * page,
        "freeable_by_blocks": len(whole[BLOCK]) * BLOCK if blocks else len(whole[page]) * page,
        "blocks_split": len(touched - whole[BLOCK]),
    }


def _granules(gap: set[int], grain: int) -> set[int]:
    """The granules of vmemmap that hold struct pages of gaps alone."""
    pages_of_grain = grain // STRUCT_PAGE
    return {
        pfn // pages_of_grain
        for pfn in gap
        if pfn % pages_of_grain == 0 and all(pfn + more in gap for more in range(pages_of_grain))
    }


@given(maps(), st.sampled_from(BUILDS))
def test_numbers_equal_those_of_counting(memory_map: MemoryMap, built: KernelConfig) -> None:
    boot = simulate(replace(built, section_size_bits=27), memory_map)
    cost = memmap_cost_of(boot)
    expected = counted(boot)
    if cost.mapped_by == "linear map":
        expected |= {"freeable_by_pages": 0, "freeable_by_blocks": 0, "blocks_split": 0}
    assert {name: getattr(cost, name) for name in expected} == expected
    assert cost.to_initialise == cost.struct_pages - cost.initialised
    assert cost.memory + cost.nomap + cost.holes == cost.struct_pages


@pytest.mark.parametrize(
    ("release", "values", "memmap"),
    [
        ("4.17", {}, 16 << 20),
        ("4.17", {"ARM64_16K_PAGES": "y"}, 4 << 20),
        ("4.17", {"ARM64_64K_PAGES": "y"}, 1 << 20),
        ("6.1", {}, 2 << 20),
        ("6.1", {"ARM64_16K_PAGES": "y"}, 512 << 10),
        ("6.1", {"ARM64_64K_PAGES": "y"}, 512 << 10),
    ],
)
def test_a_bank_alone_in_its_section_costs_a_section_of_memmap(
    release: str, values: dict[str, str], memmap: int
) -> None:
    """2^(SECTION_SIZE_BITS - PAGE_SHIFT) struct pages of 64 bytes, however small the bank."""
    cost = memmap_cost_of(simulate(kernel_config(release, **values), shipped_map("flat")))
    assert cost.memmap_bytes == memmap


def test_since_5_16_the_contract_is_kept() -> None:
    for name in ("flat", "nomap-mid", "rm-start", "two-banks"):
        assert memmap_cost_of(simulate(kernel_config("6.1"), shipped_map(name))).to_initialise == 0
        assert memmap_cost_of(simulate(kernel_config("4.17"), shipped_map(name))).to_initialise > 0
