# SPDX-License-Identifier: GPL-2.0-or-later
"""What the C sources of a kernel show of the named changes.

A *mark* is text that only a kernel with the change has (``there``), and text that only a kernel without it
has (``missing``), or text around it that both have (``place``). Rules:

1. With both texts: the change is there if only ``there`` is found, and is not if only ``missing`` is.
2. With one text and ``place``: if neither is found, the sources do not tell; else the text decides.
3. Otherwise, and where no file is there, the sources do not tell.

The marks were compared with the sources of 49 kernels of 4.10 to 7.1. They agree with the releases, except
in kernels with backports (two of distributions, 4.15 and 4.18). ``tests/live/test_source_marks.py`` compares
them with Debian's kernels.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

__all__ = ["MARKS", "Mark", "Reader", "changes_shown"]

Reader = Callable[[str], str | None]
"""Returns the text of a file of the tree by its name; ``None`` without such a file."""


class Mark(NamedTuple):
    """How the sources show a change.

    Attributes:
        files: the files that may hold it, relative to the tree.
        there: a pattern of a kernel with the change; may be empty.
        missing: a pattern of a kernel without it; may be empty.
        place: a pattern of both; only where one of the others is empty.
    """

    files: tuple[str, ...]
    there: str = ""
    missing: str = ""
    place: str = ""


def _inside(head: str, text: str) -> str:
    """Return a pattern of text in the body of a function, up to the ``}`` at the start of a line.

    Args:
        head: a pattern of the function's name and as much of its parameters as tells it apart.
        text: the pattern to look for.
    """
    return rf"{head}[^;{{}}]*{{(?:(?!^}})[\s\S])*?{text}"


_PAGE_ALLOC = ("mm/page_alloc.c", "mm/mm_init.c")
_ARM64_INIT = ("arch/arm64/mm/init.c",)
_ARM64_MMU = ("arch/arm64/mm/mmu.c", "arch/arm64/mm/pageattr.c")
_EFI_INIT = ("drivers/firmware/efi/efi-init.c", "drivers/firmware/efi/arm-init.c")
_AREA = r"free_area_init(?:_nodes)?\("
_MAP_MEM = r"void __init map_mem\("
_MEMBLOCK_INIT = r"arm64_memblock_init\(void\)"
_RESERVE_MEMORY = r"early_init_dt_reserve_memory(?:_arch)?\(phys_addr_t"
_PLACE_MEMORY = r"early_init_dt_alloc_reserved_memory_arch\(phys_addr_t"
_LINKS_NODES = r"register_(?:mem|memory)_\w*under_nodes?\w*\(|link_mem_sections\("
_SETUP = ("arch/arm64/include/asm/setup.h",)
_ORDERS = ("include/linux/pageblock-flags.h",)

MARKS: Mapping[str, Mark] = {
    # contents of fresh memmap
    "vmemmap_not_zeroed": Mark(
        ("mm/sparse-vmemmap.c",), r"(?:alloc_try_nid_raw|memmap_alloc) ?\(", r"GFP_KERNEL \| __GFP_ZERO"
    ),
    "sparse_memmap_not_zeroed": Mark(
        ("mm/sparse.c",), r"sparse_buffer_init\b", r"\bsparse_early_mem_maps_alloc_node\b"
    ),
    "poison_in_memmap_alloc": Mark(
        ("mm/memblock.c", *_PAGE_ALLOC),
        r"memmap_alloc\(phys_addr_t\b",
        place=r"memblock_(?:virt_)?alloc_try_nid(?:_nopanic)?\(",
    ),
    # geometry
    "small_sections": Mark(
        ("arch/arm64/include/asm/sparsemem.h",), r"SECTION_SIZE_BITS\s+27\b", r"SECTION_SIZE_BITS\s+30\b"
    ),
    "pageblock_below_max_order": Mark(
        _ORDERS,
        r"(?:min_t|MIN_T)\(unsigned int, HUGETLB_PAGE_ORDER,",
        r"define pageblock_order\s+HUGETLB_PAGE_ORDER\b",
    ),
    "inclusive_max_order": Mark(
        ("include/linux/mmzone.h",),
        r"MAX_ORDER_NR_PAGES \(1 << MAX_(?:PAGE_)?ORDER\)",
        r"MAX_ORDER_NR_PAGES \(1 << \(MAX_ORDER - 1\)\)",
    ),
    "pageblock_follows_thp": Mark(
        _ORDERS, r"defined\(CONFIG_TRANSPARENT_HUGEPAGE\)", place=r"define pageblock_order\s"
    ),
    # zones
    "two_dma_zones": Mark(
        _ARM64_INIT,
        r"max_zone_pfns\[ZONE_DMA\] =[\s\S]{0,2000}max_zone_pfns\[ZONE_DMA32\] =",
        place=r"max_zone_pfns\[ZONE_(?:DMA32|NORMAL)\] =",
    ),
    "dma_zone_from_firmware": Mark(
        _ARM64_INIT, r"of_dma_get_max_cpu_address\(", place=r"max_zone_pfns\[ZONE_(?:DMA32|NORMAL)\] ="
    ),
    "dma_offset_ignored": Mark(
        _ARM64_INIT,
        r"zone_mask = DMA_BIT_MASK\(zone_bits\)|max_zone_phys\(phys_addr_t zone_limit\)",
        r"memblock_start_of_DRAM\(\) & GENMASK_ULL\(63, ",
    ),
    "dma32_stays_low": Mark(
        _ARM64_INIT,
        r"max_zone_phys\(phys_addr_t zone_limit\)",
        r"max_zone_phys\(unsigned int zone_bits\)|max_zone_dma_phys\(void\)|max_zone_dma32_phys\(void\)",
    ),
    # initialisation of struct pages
    "zero_resv_unavail": Mark(_PAGE_ALLOC, r"zero_resv_unavail\(", place=_AREA),
    "zero_before_memmap_init": Mark(
        _PAGE_ALLOC,
        r"setup_nr_node_ids\(\);\s+zero_resv_unavail\(\);|init_unavailable_(?:mem|range)\(",
        place=_AREA,
    ),
    "zero_all_unavailable": Mark(
        _PAGE_ALLOC,
        _inside(r"void __init zero_resv_unavail\(void\)", r"for_each_mem_range\("),
        place=_AREA,
    ),
    "init_unavailable_mem": Mark(_PAGE_ALLOC, r"init_unavailable_mem\(", place=_AREA),
    "memmap_by_regions": Mark(
        _PAGE_ALLOC,
        _inside(r"memmap_init(?:_zone)?\(", r"for_each_mem_pfn_range\("),
        r"memmap_init_zone\(unsigned long size[^{]*{[\s\S]{0,2400}?early_pfn_valid\(pfn\)",
    ),
    "holes_like_neighbours": Mark(
        _PAGE_ALLOC,
        r"init_unavailable_range\(unsigned long spfn,\s+unsigned long epfn,\s+int zone",
        place=_AREA,
    ),
    "present_whole_pages": Mark(
        ("mm/sparse.c",),
        _inside(r"memblocks_present\(void\)", r"for_each_mem_pfn_range\("),
        place=r"\bmemory_present\(int nid",
    ),
    "memmap_in_order_of_memory": Mark(
        _PAGE_ALLOC, r"\bmemmap_init_zone_range\(struct zone \*zone", place=_AREA
    ),
    "nomap_reserved": Mark(
        ("mm/memblock.c",), r"memmap_init_reserved_pages\(", place=r"\bmemblock_add_range\("
    ),
    "generic_free_unused_memmap": Mark(
        _ARM64_INIT, missing=r"free_unused_memmap\(void\)", place=_MEMBLOCK_INIT
    ),
    # pfn_valid and other guards
    "generic_pfn_valid": Mark(
        ("arch/arm64/Kconfig", *_ARM64_INIT),
        missing=r"HAVE_ARCH_PFN_VALID\b|int pfn_valid\(unsigned long",
        place=rf"{_MEMBLOCK_INIT}|^config ARM64$",
    ),
    "pfn_valid_is_memory": Mark(
        _ARM64_INIT,
        _inside(r"int pfn_valid\(unsigned long pfn\)", r"return memblock_is_memory\("),
        place=_MEMBLOCK_INIT,
    ),
    "no_pfn_valid_within": Mark(
        ("include/linux/mmzone.h",),
        r"pfn_in_present_section\((?![\s\S]*\bpfn_valid_within\()",
        r"define pfn_valid_within\(",
    ),
    "no_memmap_valid_within": Mark(
        ("mm/vmstat.c",),
        r"pagetypeinfo_showblockcount_print\((?![\s\S]*\bmemmap_valid_within\()",
        r"memmap_valid_within\(",
    ),
    "online_checks_within": Mark(
        ("include/linux/memory_hotplug.h",),
        r"pfn_valid_within\(___pfn\)|struct page \*pfn_to_online_page\(unsigned long pfn\);",
        place=r"pfn_to_online_page\b|online_pages\(",
    ),
    "online_asks_pfn_valid": Mark(
        ("include/linux/memory_hotplug.h",),
        r"struct page \*pfn_to_online_page\(unsigned long pfn\);",
        place=r"pfn_to_online_page\b|online_pages\(",
    ),
    # walkers
    "guarded_block_ends": Mark(
        ("mm/page_alloc.c",),
        missing=r"VM_BUG_ON\(page_zone\(start_page\) != page_zone\(end_page\)\)",
        place=r"move_freepages_block\(",
    ),
    "poisoned_nid_check": Mark(
        ("include/linux/mm.h", "include/linux/mmzone.h"),
        r"PF_POISONED_CHECK\(",
        r"return \(page->flags >> NODES_PGSHIFT\) & NODES_MASK",
    ),
    "asserts_on_buddy_only": Mark(
        ("mm/page_alloc.c",),
        r"VM_BUG_ON_PAGE\(page_zone\(page\) != zone, page\);",
        r"VM_BUG_ON_PAGE\(page_to_nid\(page\) != zone_to_nid\(zone\), page\);\s+if \(!PageBuddy\(page\)\)",
    ),
    "move_freepages_by_pfn": Mark(
        ("mm/page_alloc.c",),
        r"move_freepages\(struct zone \*zone,\s+unsigned long start_pfn|__move_freepages_block\(",
        r"move_freepages\(struct zone \*zone,\s+struct page \*start_page",
    ),
    "memory_blocks_ask_node": Mark(
        ("drivers/base/node.c",),
        missing=r"system_state == SYSTEM_BOOTING\) {\s+page_nid = get_nid_for_pfn"
        r"|int register_mem_sect_under_node\(struct",
        place=_LINKS_NODES,
    ),
    "memory_blocks_by_regions": Mark(
        ("drivers/base/node.c",), r"\bregister_memory_blocks_under_nodes\(", place=_LINKS_NODES
    ),
    "memory_blocks_keep_zone": Mark(
        ("drivers/base/memory.c",), r"early_node_zone_for_memory_block\(", place=r"\bmemory_subsys_online\("
    ),
    # memory map from firmware
    "static_no_map_is_nomap": Mark(
        ("drivers/of/fdt.c", "drivers/of/of_reserved_mem.c"),
        _inside(_RESERVE_MEMORY, r"memblock_mark_nomap\(base, size\)"),
        _inside(_RESERVE_MEMORY, r"memblock_remove\(base, size\)"),
    ),
    "reserved_memory_first": Mark(
        ("drivers/of/fdt.c",),
        r"fdt_scan_reserved_mem\(\);[\s\S]{0,400}?fdt_get_mem_rsv\(",
        r"fdt_get_mem_rsv\([\s\S]{0,1600}?(?:of_scan_flat_dt\(__fdt_scan_reserved_mem|fdt_scan_reserved_mem\(\);)",
    ),
    "numa_memblks": Mark(
        ("drivers/base/arch_numa.c", "arch/arm64/mm/numa.c"),
        r"\bnuma_memblks_init\(",
        place=r"\bdummy_numa_init\(void\)",
    ),
    "efi_special_purpose_skipped": Mark(
        _EFI_INIT,
        r"EFI_MEMORY_SP\)\)\s+continue;",
        place=r"void reserve_regions\(void\)",
    ),
    "placed_no_map_is_nomap": Mark(
        ("drivers/of/of_reserved_mem.c",),
        _inside(_PLACE_MEMORY, r"memblock_mark_nomap\(base, size\)"),
        _inside(_PLACE_MEMORY, r"return memblock_remove\(base, size\)"),
    ),
    # the command line, and the linear map
    "two_usable_ranges": Mark(
        ("drivers/of/fdt.c",), r"MAX_USABLE_RANGES\b", place=r"\bearly_init_dt_scan_memory\("
    ),
    "page_owner_by_kstrtobool": Mark(
        ("mm/page_owner.c",), r"kstrtobool\(buf, &page_owner_enabled\)", r'strcmp\(buf, "on"\) == 0'
    ),
    "memstart_range_less_one": Mark(_ARM64_INIT, missing=r"ARM64_MEMSTART_ALIGN \+ 1;", place=_MEMBLOCK_INIT),
    "memstart_moved_for_52_bits": Mark(_ARM64_INIT, r"memstart_addr -= _PAGE_OFFSET\(", place=_MEMBLOCK_INIT),
    "memstart_range_of_cpu": Mark(
        _ARM64_INIT,
        missing=r"range = linear_region_size -\s+\(memblock_end_of_DRAM\(\) - memblock_start_of_DRAM\(\)\)",
        place=_MEMBLOCK_INIT,
    ),
    "pmd_set_huge_refuses": Mark(
        ("arch/arm64/mm/mmu.c",),
        _inside(r"int pmd_set_huge\(", r"(?:pgattr_change_is_safe|pmd_present)\("),
        r"int pmd_set_huge\(pmd_t \*pmd, phys_addr_t phys, pgprot_t prot\)\s+{\s+BUG_ON",
    ),
    "rodata_full": Mark(_ARM64_MMU, r"rodata_full\b", place=_MAP_MEM),
    "rodata_words_of_arch": Mark(_SETUP, r"arch_parse_debug_rodata\(", place=r"ASM_SETUP_H"),
    "rodata_on_is_not_full": Mark(_SETUP, r'strcmp\(arg, "(?:on|noalias)"\)', place=r"ASM_SETUP_H"),
    "rodata_on_is_full": Mark(_SETUP, r'strcmp\(arg, "noalias"\)', place=r"ASM_SETUP_H"),
    "kfence_in_pages": Mark(("arch/arm64/Kconfig",), r"HAVE_ARCH_KFENCE\b", place=r"^config ARM64$"),
    "kfence_pool_in_pages": Mark(_ARM64_MMU, r"arm64_kfence_alloc_pool\(", place=_MAP_MEM),
    "blocks_that_split": Mark(_ARM64_MMU, r"split_kernel_leaf_mapping\(", place=_MAP_MEM),
    # memmap of classic SPARSEMEM
    "sparse_fallback_not_zeroed": Mark(
        ("mm/sparse.c",),
        r"map = (?:memblock_alloc_try_nid_raw|memmap_alloc)\(size, size,",
        place=r"sparse_mem_maps?_populate\(|map = memblock_alloc_try_nid\(size",
    ),
    "sparse_buffer_aligned": Mark(
        ("mm/sparse.c",),
        r"memblock_alloc_exact_nid_raw\(size, section_map_size|memmap_alloc\(size, section_map_size",
        place=r"sparse_mem_maps?_populate\(|map = memblock_alloc_try_nid\(size",
    ),
    # walkers with conditions
    "proc_pages_ask_online": Mark(("fs/proc/page.c",), r"pfn_to_online_page\(", place=r"kpagecount_read\("),
    "kmemleak_asks_online": Mark(("mm/kmemleak.c",), r"pfn_to_online_page\(", place=r"kmemleak_scan\("),
    "compaction_fast_search": Mark(
        ("mm/compaction.c",), r"fast_isolate_freepages\(", place=r"isolate_freepages_block\("
    ),
    "fast_search_asks_pfn_valid": Mark(
        ("mm/compaction.c",),
        r"pfn_valid\(min_pfn\)|pageblock_pfn_to_page\(min_pfn",
        place=r"isolate_freepages_block\(",
    ),
    "present_asks_page_tables": Mark(
        ("arch/arm64/mm/pageattr.c",),
        missing=_inside(
            r"kernel_page_present\(", r"if \(!(?:can_set_direct_map\(\)|debug_pagealloc_enabled\(\))"
        ),
        place=r"can_set_direct_map\(",
    ),
    "kfence_sets_direct_map": Mark(
        ("arch/arm64/mm/pageattr.c",),
        _inside(r"can_set_direct_map\(void\)", r"(?:KFENCE|kfence)"),
        place=r"set_memory_ro\(",
    ),
    "crashkernel_in_pages": Mark(("arch/arm64/mm/mmu.c",), r"crash_mem_map\b", place=_MAP_MEM),
    # reserved pages
    "early_page_ext": Mark(_PAGE_ALLOC, r"early_page_ext_enabled\(", place=r"first_deferred_pfn"),
    "reserved_by_node": Mark(
        _PAGE_ALLOC,
        missing=r"reserve_bootmem_region\(phys_addr_t start, phys_addr_t end\)",
        place=r"reserve_bootmem_region\(|init_deferred_page\(",
    ),
    "reserved_outside_memory": Mark(
        ("mm/memblock.c",),
        r"nid = early_pfn_to_nid\(PFN_DOWN\(start\)\)",
        place=r"memblock_add_range\(",
    ),
    "defer_after_one_section": Mark(
        _PAGE_ALLOC, missing=r"max\(2UL << \(30 - PAGE_SHIFT\)", place=r"\bfirst_deferred_pfn\b"
    ),
    "defer_by_zone": Mark(
        _PAGE_ALLOC,
        r"first_deferred_pfn != ULONG_MAX\)\s+return true;",
        place=r"\bfirst_deferred_pfn\b",
    ),
    "reserved_become_movable": Mark(
        _PAGE_ALLOC,
        r"\b(?:set|init)_pageblock_migratetype\(pfn_to_page\(pfn\), MIGRATE_MOVABLE",
        place=r"\bfirst_deferred_pfn\b",
    ),
    "page_ext_after_deferral": Mark(
        ("mm/page_ext.c",), missing=r"\bearly_pfn_to_nid\(", place=r"void __init page_ext_init\("
    ),
    # memory initialisation of 5.15 and later
    "flatmem_holes_initialised": Mark(
        _PAGE_ALLOC,
        missing=r"^#if !defined\(CONFIG_FLAT(?:MEM|_NODE_MEM_MAP)\)",
        place=r"\binit_unavailable_range\(",
    ),
    "poison_in_vmemmap_blocks": Mark(
        ("mm/sparse-vmemmap.c",), r"\bmemmap_alloc\(", place=r"\bvmemmap_alloc_block\("
    ),
    "page_block_max_order": Mark(
        _ORDERS, r"\bPAGE_BLOCK_(?:MAX_)?ORDER\b", place=r"define pageblock_order\b"
    ),
    "linear_map_not_randomized": Mark(_ARM64_INIT, missing=r"\bmemstart_offset_seed\b", place=_MEMBLOCK_INIT),
}
"""The marks by the name of the change; the other changes cannot be read from the sources."""


def changes_shown(read: Reader) -> dict[str, bool]:
    """For each change that the sources of a tree show: whether it is there.

    Args:
        read: reads a file of the tree; it bounds the size.
    """
    texts = {
        file: read(file) for file in dict.fromkeys(file for mark in MARKS.values() for file in mark.files)
    }
    held = {name: [text for file in mark.files if (text := texts[file])] for name, mark in MARKS.items()}
    told = {name: _shown(mark, held[name]) for name, mark in MARKS.items()}
    return {name: there for name, there in told.items() if there is not None}


def _shown(mark: Mark, texts: list[str]) -> bool | None:
    """Whether the sources show that a change is there; ``None`` if they do not tell."""
    there, missing = _found(mark.there, texts), _found(mark.missing, texts)
    if mark.there and mark.missing:
        return there if there != missing else None
    if there or missing or _found(mark.place, texts):
        return there if mark.there else not missing
    return None


def _found(pattern: str, texts: list[str]) -> bool:
    return bool(pattern) and any(re.search(pattern, text, re.MULTILINE) for text in texts)
