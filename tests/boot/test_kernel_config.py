# SPDX-License-Identifier: GPL-2.0-or-later
"""The geometry that follows from a configuration, by the kernel's headers."""

import pytest

from explorer.boot import Kernel, KernelConfig, MemoryModel
from explorer.errors import InputError
from explorer.version import KernelVersion


def configured(release: str, **config: str) -> KernelConfig:
    return KernelConfig.of(Kernel.of(KernelVersion.parse(release)), config)


@pytest.mark.parametrize(
    ("release", "config", "largest", "pageblock"),
    [
        # include/linux/mmzone.h: MAX_ORDER, which is 11 by default, is one more
        ("4.17", {}, 10, 10),
        ("4.17", {"FORCE_MAX_ZONEORDER": "14"}, 13, 13),
        ("6.1", {"ARCH_FORCE_MAX_ORDER": "14", "FORCE_MAX_ZONEORDER": "12"}, 13, 13),
        # since 6.4 the largest order itself (23baf831a32c)
        ("6.12", {}, 10, 10),
        ("6.12", {"ARCH_FORCE_MAX_ORDER": "13"}, 13, 13),
        ("6.12", {"ARCH_FORCE_MAX_ORDER": "0"}, 10, 10),
        ("6.12", {"ARCH_FORCE_MAX_ORDER": ""}, 10, 10),
        # include/linux/pageblock-flags.h: HUGETLB_PAGE_ORDER where there are huge pages
        ("4.17", {"HUGETLB_PAGE": "y"}, 10, 9),
        ("4.17", {"HUGETLB_PAGE": "y", "ARM64_4K_PAGES": "y"}, 10, 9),
        ("4.17", {"HUGETLB_PAGE": "y", "ARM64_16K_PAGES": "y", "FORCE_MAX_ZONEORDER": "12"}, 11, 11),
        ("4.17", {"HUGETLB_PAGE": "y", "ARM64_64K_PAGES": "y", "FORCE_MAX_ZONEORDER": "14"}, 13, 13),
        # since 5.18 no more than the largest order (b3d40a2b6d10)
        ("5.16", {"HUGETLB_PAGE": "y", "FORCE_MAX_ZONEORDER": "9"}, 8, 9),
        ("5.18", {"HUGETLB_PAGE": "y", "FORCE_MAX_ZONEORDER": "9"}, 8, 8),
        # since 6.10 transparent huge pages count, too
        ("6.9", {"TRANSPARENT_HUGEPAGE": "y"}, 10, 10),
        ("6.10", {"TRANSPARENT_HUGEPAGE": "y"}, 10, 9),
        # since 6.16 no more than PAGE_BLOCK_ORDER, since 6.17 PAGE_BLOCK_MAX_ORDER (include/linux/mmzone.h)
        ("6.15", {"PAGE_BLOCK_MAX_ORDER": "6"}, 10, 10),
        ("6.16", {"PAGE_BLOCK_ORDER": "6"}, 10, 6),
        ("6.17", {"PAGE_BLOCK_MAX_ORDER": "6", "HUGETLB_PAGE": "y"}, 10, 6),
        ("6.17", {"PAGE_BLOCK_MAX_ORDER": "10", "HUGETLB_PAGE": "y"}, 10, 9),
        ("6.17", {"ARCH_FORCE_MAX_ORDER": "13", "PAGE_BLOCK_MAX_ORDER": "13"}, 13, 13),
        ("7.1", {"ARCH_FORCE_MAX_ORDER": "8", "TRANSPARENT_HUGEPAGE": "y"}, 8, 8),
    ],
)
def test_orders_are_those_of_the_headers(
    release: str, config: dict[str, str], largest: int, pageblock: int
) -> None:
    found = configured(release, **config)
    assert (found.largest_order, found.pageblock_order) == (largest, pageblock)
    assert found.max_order_nr_pages == 1 << largest
    assert found.pageblock_nr_pages == 1 << pageblock


@pytest.mark.parametrize(
    ("release", "pages", "shift", "bits"),
    [
        ("5.11", "ARM64_4K_PAGES", 12, 30),
        ("5.11", "ARM64_64K_PAGES", 16, 30),
        # arch/arm64/include/asm/sparsemem.h since 5.12 (f0b13ee23241)
        ("5.12", "ARM64_4K_PAGES", 12, 27),
        ("5.12", "ARM64_16K_PAGES", 14, 27),
        ("5.12", "ARM64_64K_PAGES", 16, 29),
    ],
)
def test_sections_are_those_of_the_headers(release: str, pages: str, shift: int, bits: int) -> None:
    found = configured(release, **{pages: "y"})
    assert (found.page_shift, found.section_size_bits) == (shift, bits)
    assert found.pages_per_section << shift == 1 << bits


@pytest.mark.parametrize(
    ("config", "types"),
    [({}, 4), ({"CMA": "y"}, 5), ({"MEMORY_ISOLATION": "y"}, 5), ({"CMA": "y", "MEMORY_ISOLATION": "y"}, 6)],
)
def test_migrate_types_are_those_of_mmzone_h(config: dict[str, str], types: int) -> None:
    assert configured("4.17", **config).migrate_types == types


@pytest.mark.parametrize(
    ("config", "model"),
    [
        ({}, MemoryModel.FLATMEM),
        ({"FLATMEM": "y"}, MemoryModel.FLATMEM),
        ({"SPARSEMEM": "y"}, MemoryModel.SPARSEMEM),
        ({"SPARSEMEM": "y", "SPARSEMEM_VMEMMAP": "y"}, MemoryModel.SPARSEMEM_VMEMMAP),
        ({"SPARSEMEM_VMEMMAP": "y"}, MemoryModel.SPARSEMEM_VMEMMAP),
        ({"SPARSEMEM_VMEMMAP": "y", "SPARSEMEM": "n"}, MemoryModel.FLATMEM),
        ({"SPARSEMEM_VMEMMAP": "y", "FLATMEM": "y"}, MemoryModel.FLATMEM),
    ],
)
def test_the_memory_model_follows_from_its_symbols(config: dict[str, str], model: MemoryModel) -> None:
    assert configured("4.17", **config).memory_model is model


@pytest.mark.parametrize(("config", "shift"), [({}, 2), ({"NODES_SHIFT": "4"}, 4), ({"NODES_SHIFT": ""}, 2)])
def test_nodes_shift_is_2_unless_it_is_given(config: dict[str, str], shift: int) -> None:
    assert configured("4.17", **config).nodes_shift == shift


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"ARM64_4K_PAGES": "y", "ARM64_64K_PAGES": "y"}, "ARM64"),
        ({"FLATMEM": "y", "SPARSEMEM": "y"}, "FLATMEM"),
        ({"NODES_SHIFT": "64"}, "NODES_SHIFT"),
        ({"NODES_SHIFT": "-1"}, "NODES_SHIFT"),
        ({"NODES_SHIFT": "100"}, "NODES_SHIFT"),
        ({"FORCE_MAX_ZONEORDER": "ten"}, "FORCE_MAX_ZONEORDER"),
        ({"FORCE_MAX_ZONEORDER": "٣"}, "FORCE_MAX_ZONEORDER"),
    ],
)
def test_a_configuration_that_no_kernel_has_is_refused(config: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words) as refusal:
        configured("4.17", **config)
    assert refusal.value.hint


def test_63_is_the_largest_number_that_a_shift_may_be() -> None:
    assert configured("4.17", NODES_SHIFT="63").nodes_shift == 63
