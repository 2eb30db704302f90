# SPDX-License-Identifier: GPL-2.0-or-later
"""What the sources of a tree show of named changes, and kernels whose release leaves changes open.

The lines are facts about kernels: a definition, the name of a function.
"""

import pytest

from explorer.boot import CHANGES, Kernel, KernelConfig, Verdict, simulate
from explorer.boot.simulation import GapKind
from explorer.boot.source_marks import MARKS, changes_shown
from explorer.errors import InputError
from explorer.machine import MemoryMap, Region, shipped_map
from explorer.version import KernelVersion

SECTIONS = "arch/arm64/include/asm/sparsemem.h"
INIT = "arch/arm64/mm/init.c"
KCONFIG = "arch/arm64/Kconfig"
IN_GENERAL = "void __init arm64_memblock_init(void)\n{\n}\n"


SOURCES = {
    SECTIONS: "#define SECTION_SIZE_BITS 27\n",
    INIT: IN_GENERAL + "max_zone_phys(phys_addr_t zone_limit) max_zone_pfns[ZONE_NORMAL] = 0;\n",
    KCONFIG: "config ARM64\n\tdef_bool y\n\tselect HAVE_ARCH_KFENCE\n",
    "mm/page_alloc.c": "free_area_init( move_freepages_block( __move_freepages_block( first_deferred_pfn\n"
    "init_deferred_page(",
    "mm/mm_init.c": "init_unavailable_range(unsigned long spfn, unsigned long epfn, int zone",
    "mm/memblock.c": "memmap_init_reserved_pages( memblock_add_range(",
    "arch/arm64/mm/mmu.c": "void __init map_mem(",
    "arch/arm64/include/asm/setup.h": "ASM_SETUP_H",
    "include/linux/memory_hotplug.h": "struct page *pfn_to_online_page(unsigned long pfn);",
    "drivers/base/memory.c": "early_node_zone_for_memory_block(",
    "drivers/base/node.c": "link_mem_sections(",
    "fs/proc/page.c": "kpagecount_read(",
    "arch/arm64/mm/pageattr.c": "can_set_direct_map( set_memory_ro(",
    "mm/kmemleak.c": "kmemleak_scan(",
    "mm/compaction.c": "isolate_freepages_block(",
    "mm/sparse.c": "sparse_buffer_init; map = memmap_alloc(size, size,",
    "mm/vmstat.c": "pagetypeinfo_showblockcount_print(",
    "mm/page_ext.c": "void __init page_ext_init(",
    "mm/sparse-vmemmap.c": "vmemmap_alloc_block( memmap_alloc(",
    "include/linux/pageblock-flags.h": "define pageblock_order PAGE_BLOCK_MAX_ORDER",
}
"""What a few sources of a new kernel hold; most changes can be read from them."""


def shown(**files: str) -> dict[str, bool]:
    by_name = {SECTIONS: files.get("sections"), INIT: files.get("init"), KCONFIG: files.get("kconfig")}
    return changes_shown(by_name.get)


def version(text: str) -> KernelVersion:
    return KernelVersion.parse(text)


def test_marks_are_of_changes_that_exist() -> None:
    assert set(MARKS) <= {change.name for change in CHANGES}
    assert all(mark.there or mark.missing for mark in MARKS.values())
    assert all((mark.there and mark.missing) or mark.place for mark in MARKS.values())


def test_a_tree_without_sources_shows_nothing() -> None:
    assert changes_shown(lambda _: None) == {}
    assert changes_shown(lambda _: "") == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#define SECTION_SIZE_BITS 27\n", True),
        ("#define SECTION_SIZE_BITS\t30\n", False),
        ("#define SECTION_SIZE_BITS 27\n#define SECTION_SIZE_BITS 30\n", None),
        ("#define SECTION_SIZE_BITS 28\n", None),
        ("", None),
    ],
)
def test_both_texts_or_none_are_ambiguous(text: str, *, expected: bool | None) -> None:
    assert shown(sections=text).get("small_sections") is expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"init": IN_GENERAL}, True),
        ({"init": "int pfn_valid(unsigned long pfn)\n" + IN_GENERAL}, False),
        ({"kconfig": "config ARM64\n\tdef_bool y\n\tselect HAVE_ARCH_PFN_VALID\n"}, False),
        ({"kconfig": "config ARM64\n\tdef_bool y\n"}, True),
        ({"kconfig": "# nothing\n"}, None),
        ({}, None),
    ],
)
def test_pfn_valid_of_arm64_is_read_from_kconfig_or_its_source(
    files: dict[str, str], *, expected: bool | None
) -> None:
    assert shown(**files).get("generic_pfn_valid") is expected


def test_what_the_sources_of_a_described_release_show_counts() -> None:
    plain = Kernel.read(version("5.10"), lambda _: None)
    assert plain == Kernel.of(version("5.10"))
    backported = Kernel.read(version("5.10"), {SECTIONS: "#define SECTION_SIZE_BITS 27\n"}.get)
    assert backported.changes == plain.changes | {"small_sections"}
    reverted = Kernel.read(version("5.12"), {SECTIONS: "#define SECTION_SIZE_BITS 30\n"}.get)
    assert reverted.changes == Kernel.of(version("5.12")).changes - {"small_sections"}
    assert not backported.open
    assert not reverted.open


def test_what_the_sources_of_a_newer_release_do_not_show_is_open() -> None:
    kernel = Kernel.read(version("9.0"), {**SOURCES, SECTIONS: "#define SECTION_SIZE_BITS 30\n"}.get)
    assert "poisoned_nid_check" in kernel.open
    assert not kernel.open & changes_shown(SOURCES.get).keys()
    assert not kernel.has("small_sections")
    assert kernel.has("generic_pfn_valid")


@pytest.mark.parametrize("release", ["4.9", "3.18", "5.20", "9.0"])
def test_releases_that_neither_the_number_nor_sources_tell_of_are_refused(release: str) -> None:
    with pytest.raises(InputError):
        Kernel.read(version(release), lambda _: None)


def config(kernel: Kernel) -> KernelConfig:
    values = {"SPARSEMEM": "y", "SPARSEMEM_VMEMMAP": "y", "HAVE_ARCH_PFN_VALID": "y"}
    return KernelConfig.of(kernel, values)


def test_an_open_change_that_decides_makes_the_result_unknown_and_is_named() -> None:
    old = Kernel.of(version("4.17"))
    machine = shipped_map("nomap-mid")
    with_it = Kernel(old.version, old.changes | {"holes_like_neighbours", "memmap_by_regions"})
    assert simulate(config(old), machine).verdict is Verdict.UNSAFE
    assert simulate(config(with_it), machine).verdict is Verdict.SAFE
    half = Kernel(old.version, old.changes | {"memmap_by_regions"}, frozenset({"holes_like_neighbours"}))
    boot = simulate(config(half), machine)
    decided = simulate(config(Kernel(old.version, half.changes)), machine).verdict
    other = simulate(config(with_it), machine).verdict
    assert boot.verdict is (decided if decided is other else Verdict.UNKNOWN)
    both = Kernel(old.version, old.changes, frozenset({"holes_like_neighbours", "memmap_by_regions"}))
    boot = simulate(config(both), machine)
    assert boot.verdict is Verdict.UNKNOWN
    assert not boot.faults
    assert {gap.kind for gap in boot.unmodelled} == {GapKind.OPEN_CHANGE}
    assert {gap.symbol for gap in boot.unmodelled} <= both.open


def test_open_changes_that_do_not_matter_leave_the_result() -> None:
    flat = MemoryMap("flat", (Region(0x4000_0000, 1 << 30),))
    newest = Kernel.of(version("6.12"))
    kernel = Kernel(newest.version, newest.changes, frozenset({"reserved_memory_first", "small_sections"}))
    values = {"SPARSEMEM": "y", "SPARSEMEM_VMEMMAP": "y"}
    boot = simulate(KernelConfig.of(kernel, values), flat)
    assert boot.kernel_config.kernel is kernel
    assert boot.verdict is Verdict.SAFE


def test_another_kernel_has_the_numbers_of_its_changes() -> None:
    for release in ("4.17", "5.17", "6.1", "6.12"):
        for other in ("4.17", "5.17", "6.1", "6.12"):
            values = {"HUGETLB_PAGE": "y", "ARM64_64K_PAGES": "y"}
            found = KernelConfig.of(Kernel.of(version(release)), values).with_kernel(
                Kernel.of(version(other))
            )
            number = {"inclusive_max_order" in Kernel.of(version(it)).changes for it in (release, other)}
            if len(number) == 1:  # the default of ARCH_FORCE_MAX_ORDER differs with the change
                assert found == KernelConfig.of(Kernel.of(version(other)), values)
