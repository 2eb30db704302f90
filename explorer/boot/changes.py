# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel changes that decide what arm64 memory initialisation does, as a table in order of subject.

``explorer.study.change_switching`` switches a change on in a release that lacks it, or off in one that has
it, as a backport or a revert does. Three fields restrict this:

1. ``needs``: the changes without which this one has no effect here.
2. ``replaces``: the changes that are off while this one is on, and come back when it is switched off.
3. ``bound``: why the change cannot be switched at all.

A change that is dangerous without another does not need it: the simulated boot shows the danger.
"""

from explorer.boot.change import Change, Commit, Redefinition

__all__ = ["CHANGES"]

_LINEAR_MAP = (
    "where it is not in, 873ba463914c must go with it: without it ioremap() and others ask pfn_valid() "
    "whether a pfn is RAM"
)

_WORDS = "it decides only what a word of the command line means"

CHANGES: tuple[Change, ...] = (
    # contents of fresh memmap
    Change(
        "vmemmap_not_zeroed",
        ("4.15",),
        (Commit("f7f99100d8d9", "mm: stop zeroing memory during allocation in vmemmap", "4.15"),),
        "the memmap of SPARSEMEM_VMEMMAP is not zeroed; DEBUG_VM fills it with 0xff",
    ),
    Change(
        "sparse_memmap_not_zeroed",
        ("4.19",),
        (Commit("35fd1eb1e821", "mm/sparse: abstract sparse buffer allocations", "4.19"),),
        "the memmap of classic SPARSEMEM is taken from the sparse buffer and not zeroed",
    ),
    Change(
        "sparse_fallback_not_zeroed",
        ("5.5",),
        (Commit("4027149abdef", "mm/sparse: consistently do not zero memmap", "5.5"),),
        "the memmap of a section of classic SPARSEMEM that finds no room in the sparse buffer is not zeroed",
    ),
    Change(
        "sparse_buffer_aligned",
        ("5.6",),
        (
            Commit(
                "0ac398b17aac", "mm: support memblock alloc on the exact node for sparse_buffer_init()", "5.6"
            ),
        ),
        "the sparse buffer is on its node and aligned, so that the last section has its part",
    ),
    Change(
        "poison_in_memmap_alloc",
        ("5.15",),
        (Commit("08678804e0b3", "memblock: stop poisoning raw allocations", "5.15"),),
        "memmap_alloc() fills memmap with 0xff, no longer memblock's raw allocators: vmemmap that comes from "
        "vmemmap_alloc_block(), as with 64K pages, is not filled",
        related=(
            Commit("c803b3c8b3b7", "mm: introduce memmap_alloc() to unify memory map allocation", "5.15"),
        ),
    ),
    # boot parameters
    Change(
        "usable_memory_range",
        ("4.12",),
        (
            Commit(
                "8f579b1c4e34",
                "arm64: limit memory regions based on DT property, usable-memory-range",
                "4.12",
            ),
        ),
        "memory outside linux,usable-memory-range of /chosen is removed",
        bound="it has no effect on other device trees",
    ),
    Change(
        "two_usable_ranges",
        ("5.19",),
        (
            Commit(
                "fb319e77a0e7",
                'of: fdt: Add memory for devices by DT property "linux,usable-memory-range"',
                "5.19",
            ),
        ),
        "a second range of linux,usable-memory-range is added as memory",
        needs=("usable_memory_range",),
        bound="it has no effect on other device trees",
    ),
    Change(
        "page_owner_by_kstrtobool",
        ("5.13",),
        (Commit("608b5d668c8e", "mm: page_owner: use kstrtobool() to parse bool option", "5.13"),),
        "page_owner= takes every word for true and false, no longer only on",
        bound=_WORDS,
    ),
    Change(
        "rodata_words_of_arch",
        ("6.0", "5.19.6..5.19"),
        (Commit("2e8cff0a0eee", "arm64: fix rodata=full", "6.0"),),
        "rodata=on leaves the linear map in pages where that is the default",
        bound=_WORDS,
        related=(Commit("2081b3bd0c11", "arm64: fix rodata=full again", "6.1"),),
    ),
    Change(
        "rodata_on_is_not_full",
        ("6.7", "6.6.4..6.6", "6.1.65..6.1"),
        (
            Commit(
                "acfa60dbe038",
                'arm64: mm: Fix "rodata=on" when CONFIG_RODATA_FULL_DEFAULT_ENABLED=y',
                "6.7",
            ),
        ),
        "rodata=on maps the linear map in blocks again",
        needs=("rodata_words_of_arch",),
        bound=_WORDS,
    ),
    Change(
        "rodata_on_is_full",
        ("6.18",),
        (Commit("c0f303d7d472", "arm64: mm: Rework the 'rodata=' options", "6.18"),),
        "rodata=on is the default and means what rodata=full meant; rodata=noalias is what on was",
        needs=("rodata_on_is_not_full",),
        bound=_WORDS,
        related=(Commit("bfbbb0d3215f", "arm64/Kconfig: Remove CONFIG_RODATA_FULL_DEFAULT_ENABLED", "6.18"),),
    ),
    # geometry
    Change(
        "small_sections",
        ("5.12",),
        (Commit("f0b13ee23241", "arm64/sparsemem: reduce SECTION_SIZE_BITS", "5.12"),),
        "SECTION_SIZE_BITS 30 becomes 27 (4K, 16K pages) or 29 (64K)",
    ),
    Change(
        "pageblock_below_max_order",
        ("5.18",),
        (Commit("b3d40a2b6d10", "mm: enforce pageblock_order < MAX_ORDER", "5.18"),),
        "pageblock_order is at most the largest order of the buddy allocator",
    ),
    Change(
        "inclusive_max_order",
        ("6.4",),
        (Commit("23baf831a32c", "mm, treewide: redefine MAX_ORDER sanely", "6.4"),),
        "ARCH_FORCE_MAX_ORDER is the largest order; before, it was one more",
        bound="it changed the numbers of ARCH_FORCE_MAX_ORDER in Kconfig, too",
    ),
    Change(
        "pageblock_follows_thp",
        ("6.10",),
        (
            Commit(
                "72801513b2bf",
                "mm: set pageblock_order to HPAGE_PMD_ORDER in case with !CONFIG_HUGETLB_PAGE but "
                "THP enabled",
                "6.10",
            ),
        ),
        "without HUGETLB_PAGE, TRANSPARENT_HUGEPAGE decides pageblock_order",
    ),
    # zones
    Change(
        "two_dma_zones",
        ("5.5",),
        (Commit("1a8e1cef7603", "arm64: use both ZONE_DMA and ZONE_DMA32", "5.5"),),
        "arm64 has both ZONE_DMA and ZONE_DMA32",
        bound="the zone symbols of Kconfig changed over several releases",
    ),
    Change(
        "dma_zone_from_firmware",
        ("5.11", "5.10.22..5.10"),
        (Commit("8424ecdde7df", "arm64: mm: Set ZONE_DMA size based on devicetree's dma-ranges", "5.11"),),
        "ZONE_DMA ends at the address that firmware says devices reach, not at 1 GiB",
        needs=("two_dma_zones",),
    ),
    Change(
        "dma_offset_ignored",
        ("5.11", "5.10.47..5.10"),
        (Commit("791ab8b2e3db", "arm64: Ignore any DMA offsets in the max_zone_phys() calculation", "5.11"),),
        "where DRAM starts above 4 GiB, the DMA zones end with it, not 4 GiB above a boundary",
        needs=("two_dma_zones",),
    ),
    Change(
        "dma32_stays_low",
        ("6.12",),
        (Commit("3be9b846896d", "arm64: support DMA zone above 4GB", "6.12"),),
        "ZONE_DMA32 ends at 4 GiB wherever DRAM starts; ZONE_DMA reaches what firmware says",
        needs=(
            "dma_zone_from_firmware",
            "dma_offset_ignored",
        ),
        related=(
            Commit("ba0fb44aed47", "dma-mapping: replace zone_dma_bits by zone_dma_limit", "6.12"),
            Commit("122c234ef4e1", "arm64: mm: keep low RAM dma zone", "6.12"),
        ),
    ),
    # initialisation of struct pages
    Change(
        "zero_resv_unavail",
        ("4.15..5.5",),
        (Commit("a4a3ede2132a", "mm: zero reserved and unavailable struct pages", "4.15"),),
        "zero_resv_unavail() zeroes reserved pages outside memory, with NUMA only",
    ),
    Change(
        "zero_before_memmap_init",
        ("4.18", "4.17.7..4.17"),
        (Commit("e181ae0c5db9", "mm: zero unavailable pages before memmap init", "4.18"),),
        "zero_resv_unavail() runs before memmap_init(), not after it",
        needs=("zero_resv_unavail",),
    ),
    Change(
        "zero_all_unavailable",
        ("4.20..5.5", "4.19.103..4.19"),
        (Commit("907ec5fca3dc", "mm: zero remaining unavailable struct pages", "4.20"),),
        "zero_resv_unavail() zeroes all pages outside mapped memory, not only reserved ones",
        needs=("zero_before_memmap_init",),
    ),
    Change(
        "init_unavailable_mem",
        ("5.6..5.10.23", "5.11..5.11.6"),
        (Commit("4b094b7851bf", "mm/page_alloc.c: initialize memmap of unavailable memory directly", "5.6"),),
        "init_unavailable_mem() gives pages outside mapped memory zone 0, node 0 and PG_reserved",
        needs=("zero_all_unavailable",),
        replaces=(
            "zero_resv_unavail",
            "zero_all_unavailable",
        ),
    ),
    Change(
        "memmap_by_regions",
        ("5.8",),
        (
            Commit(
                "73a6e474cb37",
                "mm: memmap_init: iterate over memblock regions rather that check each PFN",
                "5.8",
            ),
        ),
        "memmap_init() loops over memory regions, NOMAP included, not over pfns of the zone",
    ),
    Change(
        "holes_like_neighbours",
        ("5.12", "5.11.7..5.11", "5.10.24..5.10"),
        (
            Commit(
                "0740a50b9baa",
                "mm/page_alloc.c: refactor initialization of struct page for holes in memory layout",
                "5.12",
            ),
        ),
        "init_unavailable_range() gives pages of holes the zone and node of the memory above",
        needs=("memmap_by_regions",),
        replaces=(
            "init_unavailable_mem",
            "zero_resv_unavail",
            "zero_all_unavailable",
        ),
    ),
    Change(
        "present_whole_pages",
        ("5.10",),
        (
            Commit(
                "c9118e6c37bf",
                "arch, mm: replace for_each_memblock() with for_each_mem_pfn_range()",
                "5.10",
            ),
        ),
        "memblocks_present() skips regions without a whole page; until then their section got a memmap",
        needs=("memmap_by_regions",),
    ),
    Change(
        "memmap_in_order_of_memory",
        ("5.14-rc1", "5.13.2..5.13", "5.12.17..5.12", "5.10.53..5.10"),
        (
            Commit(
                "122e093c1734", "mm/page_alloc: fix memory map initialization for descending nodes", "5.14"
            ),
        ),
        "memmap_init() loops over memory in order of address, no longer over zones in order of nodes",
        needs=("holes_like_neighbours",),
    ),
    Change(
        "nomap_reserved",
        ("5.14-rc1",),
        (Commit("9092d4f7a1f8", "memblock: update initialization of reserved pages", "5.14"),),
        "pages of NOMAP regions get PG_reserved where pfn_valid() accepts them",
    ),
    Change(
        "generic_free_unused_memmap",
        ("5.11",),
        (Commit("4f5b0c178996", "arm, arm64: move free_unused_memmap() to generic mm", "5.11"),),
        "free_unused_memmap() is common code, no longer arm64's own",
    ),
    # pfn_valid and other guards
    Change(
        "holes_in_zone_with_numa",
        ("4.11..4.14.68", "4.15..4.18.6"),
        (Commit("6d526ee26ccd", "arm64: mm: enable CONFIG_HOLES_IN_ZONE for NUMA", "4.11"),),
        "arm64 defines HOLES_IN_ZONE, which depends on NUMA",
        definitions=(
            Redefinition(
                "HOLES_IN_ZONE",
                (),
                (
                    "def_bool y",
                    "depends on NUMA",
                ),
            ),
        ),
    ),
    Change(
        "holes_in_zone_always",
        ("4.19..5.13", "4.18.7..4.18", "4.14.69..4.14"),
        (Commit("f52bb98f5ade", "arm64: mm: always enable CONFIG_HOLES_IN_ZONE", "4.19"),),
        "HOLES_IN_ZONE no longer depends on NUMA",
        needs=("holes_in_zone_with_numa",),
        replaces=("holes_in_zone_with_numa",),
        definitions=(
            Redefinition(
                "HOLES_IN_ZONE",
                (
                    "def_bool y",
                    "depends on NUMA",
                ),
                ("def_bool y",),
            ),
        ),
    ),
    Change(
        "no_holes_in_zone",
        ("5.14-rc1",),
        (Commit("a7d9f306ba70", "arm64: drop pfn_valid_within() and simplify pfn_valid()", "5.14"),),
        "arm64 no longer has HOLES_IN_ZONE",
        replaces=(
            "holes_in_zone_always",
            "holes_in_zone_with_numa",
        ),
        definitions=(Redefinition("HOLES_IN_ZONE", ("def_bool y",), ()),),
    ),
    Change(
        "no_holes_memorymodel",
        ("4.20",),
        (Commit("8a695a5873e5", "arm64: Kconfig: Remove ARCH_HAS_HOLES_MEMORYMODEL", "4.20"),),
        "arm64 no longer has ARCH_HAS_HOLES_MEMORYMODEL",
        definitions=(
            Redefinition("ARCH_HAS_HOLES_MEMORYMODEL", ("def_bool y if SPARSEMEM",), ()),
            Redefinition(
                "HAVE_ARCH_PFN_VALID", ("def_bool ARCH_HAS_HOLES_MEMORYMODEL || !SPARSEMEM",), ("def_bool y",)
            ),
        ),
    ),
    Change(
        "generic_pfn_valid",
        (
            "5.14-rc1..5.14-rc7",
            "5.15.36..5.15",
            "5.16",
        ),
        (
            Commit("16c9afc77660", "arm64/mm: drop HAVE_ARCH_PFN_VALID", "5.14"),
            Commit("3de360c3fdb3", "arm64/mm: drop HAVE_ARCH_PFN_VALID", "5.16"),
        ),
        "arm64 has no pfn_valid() of its own; the generic one accepts every pfn of a section",
        replaces=("pfn_valid_is_memory",),
        definitions=(Redefinition("HAVE_ARCH_PFN_VALID", ("def_bool y",), ()),),
        beside=_LINEAR_MAP,
        related=(
            Commit(
                "a9c38c5d267c", "dma-mapping: remove bogus test for pfn_valid from dma_map_resource", "5.16"
            ),
        ),
    ),
    Change(
        "pfn_valid_is_memory",
        ("5.14..5.15.35",),
        (Commit("3eb9cdffb397", 'Partially revert "arm64/mm: drop HAVE_ARCH_PFN_VALID"', "5.14"),),
        "arm64 has its own pfn_valid(), which accepts NOMAP, too",
        replaces=("generic_pfn_valid",),
        definitions=(Redefinition("HAVE_ARCH_PFN_VALID", (), ("def_bool y",)),),
        beside=_LINEAR_MAP,
    ),
    Change(
        "no_pfn_valid_within",
        ("5.15",),
        (Commit("859a85ddf90e", "mm: remove pfn_valid_within() and CONFIG_HOLES_IN_ZONE", "5.15"),),
        "HOLES_IN_ZONE and pfn_valid_within() are removed",
        needs=("no_holes_in_zone",),
    ),
    Change(
        "no_memmap_valid_within",
        ("5.11", "5.10.116..5.10", "5.4.194..5.4"),
        (Commit("5e545df3292f", "arm: remove CONFIG_ARCH_HAS_HOLES_MEMORYMODEL", "5.11"),),
        "memmap_valid_within() is removed",
    ),
    Change(
        "online_checks_within",
        ("5.0", "4.19.88..4.19"),
        (Commit("b13bc35193d9", "mm/hotplug: invalid PFNs from pfn_to_online_page()", "5.0"),),
        "pfn_to_online_page() asks pfn_valid_within(), too",
    ),
    Change(
        "online_asks_pfn_valid",
        ("5.12",),
        (Commit("9f9b02e5b346", "mm: teach pfn_to_online_page() to consider subsection validity", "5.12"),),
        "pfn_to_online_page() asks pfn_valid()",
        related=(Commit("9f605f260594", "mm: move pfn_to_online_page() out of line", "5.12"),),
    ),
    # walkers
    Change(
        "guarded_block_ends",
        ("4.16",),
        (Commit("3e04040df6d4", 'Revert "mm/page_alloc: fix memmap_init_zone pageblock alignment"', "4.16"),),
        "move_freepages() asks pfn_valid() of both ends of the block before it compares their zones",
    ),
    Change(
        "poisoned_nid_check",
        ("4.17",),
        (Commit("f165b378bbdf", "mm: uninitialized struct page poisoning sanity checking", "4.17"),),
        "page_to_nid() asserts that the page is not poisoned (DEBUG_VM_PGFLAGS)",
    ),
    Change(
        "asserts_on_buddy_only",
        ("5.3", "5.2.11..5.2"),
        (
            Commit(
                "cd961038381f",
                "mm, page_alloc: move_freepages should not examine struct page of reserved memory",
                "5.3",
            ),
        ),
        "move_freepages() asserts node and zone of free pages only",
    ),
    Change(
        "move_freepages_by_pfn",
        ("5.13",),
        (Commit("39ddb991fc45", "mm, page_alloc: avoid page_to_pfn() in move_freepages()", "5.13"),),
        "move_freepages() steps over pfns, not over struct pages",
    ),
    Change(
        "memory_blocks_ask_node",
        ("5.9", "5.8.13..5.8", "5.4.70..5.4", "4.19.150..4.19"),
        (Commit("f85086f95fa3", "mm: don't rely on system state to detect hot-plug operations", "5.9"),),
        "with MEMORY_HOTPLUG, booting reads the node of pages of each memory block",
    ),
    Change(
        "memory_blocks_by_regions",
        ("6.17",),
        (
            Commit(
                "4f745def815d",
                "drivers/base/node: optimize memory block registration to reduce boot time",
                "6.17",
            ),
        ),
        "memory blocks get their nodes from the regions of memblock, and no struct page is read",
        needs=("memory_blocks_ask_node",),
        related=(
            Commit("69e944b1606a", "drivers/base/node: remove register_mem_block_under_node_early()", "6.17"),
        ),
    ),
    Change(
        "memory_blocks_keep_zone",
        ("5.18",),
        (
            Commit(
                "395f6081bad4",
                "drivers/base/memory: determine and store zone for single-zone memory blocks",
                "5.18",
            ),
        ),
        "memory blocks store their zone; test_pages_in_a_zone() is removed",
    ),
    Change(
        "proc_pages_ask_online",
        ("5.4", "5.3.8..5.3", "4.19.81..4.19", "4.14.151..4.14"),
        (
            Commit(
                "aad5f69bc161",
                "fs/proc/page.c: don't access uninitialized memmaps in fs/proc/page.c",
                "5.4",
            ),
        ),
        "kpagecount, kpageflags, page_owner and the search for gigantic pages ask pfn_to_online_page()",
        related=(
            Commit(
                "a26ee565b6cd",
                "mm/page_owner: don't access uninitialized memmaps when reading /proc/pagetypeinfo",
                "5.4",
            ),
            Commit(
                "f231fe4235e2",
                "hugetlbfs: don't access uninitialized memmaps in pfn_range_valid_gigantic()",
                "5.4",
            ),
        ),
    ),
    Change(
        "kmemleak_asks_online",
        ("5.0",),
        (Commit("9f1eb38e0e11", "mm, kmemleak: little optimization while scanning", "5.0"),),
        "kmemleak_scan() asks pfn_to_online_page() and reads the node of the page, not only pfn_valid()",
    ),
    Change(
        "compaction_fast_search",
        ("5.1",),
        (
            Commit(
                "5a811889de10", "mm, compaction: use free lists to quickly locate a migration target", "5.1"
            ),
        ),
        "compaction searches free lists for a target, and takes a pfn between both scanners if it finds none",
    ),
    Change(
        "fast_search_asks_pfn_valid",
        ("5.2", "5.1.8..5.1"),
        (Commit("e577c8b64d58", "mm, compaction: make sure we isolate a valid PFN", "5.2"),),
        "the fast search of compaction takes only a pfn that pfn_valid() accepts",
        needs=("compaction_fast_search",),
    ),
    Change(
        "page_ext_checked",
        ("4.15", "4.14.2..4.14", "4.13.16..4.13"),
        (Commit("e492080e640c", "mm/page_ext.c: check if page_ext is not prepared", "4.15"),),
        "lookup_page_ext() checks without DEBUG_VM, too, whether the section has a page_ext",
    ),
    Change(
        "present_asks_page_tables",
        ("6.9", "6.8.8..6.8", "6.6.29..6.6", "6.1.88..6.1", "5.15.157..5.15"),
        (Commit("50449ca66cc5", "arm64: hibernate: Fix level3 translation fault in swsusp_save()", "6.9"),),
        "kernel_page_present() always reads page tables: hibernation saves no page that is not mapped",
    ),
    # memory map from firmware
    Change(
        "static_no_map_is_nomap",
        (
            "5.12",
            "5.11.3..5.11",
            "5.10.20..5.10",
            "5.4.102..5.4.118",
            "4.19.178..4.19.190",
            "4.14.223..4.14.232",
        ),
        (Commit("86588296acbf", 'fdt: Properly handle "no-map" field in the memory region', "5.12"),),
        "a static no-map node is marked NOMAP instead of being removed from memory",
        related=(
            Commit(
                "8a5a75e5e9e5", "of/fdt: Make sure no-map does not remove already reserved regions", "5.12"
            ),
        ),
    ),
    Change(
        "reserved_memory_first",
        ("6.4",),
        (Commit("b41328187629", "of: fdt: Scan /memreserve/ last", "6.4"),),
        "/memreserve/ is read after /reserved-memory and no longer keeps a no-map node from being NOMAP",
        needs=("static_no_map_is_nomap",),
    ),
    Change(
        "numa_memblks",
        ("6.12",),
        (Commit("767507654c22", "arch_numa: switch over to numa_memblks", "6.12"),),
        "memory nodes of different NUMA nodes must not overlap, the last one must have an id, and those of "
        "one node are joined",
        bound="it decides only how memory nodes of a device tree become nodes",
        related=(Commit("7e488677a54a", "of, numa: return -EINVAL when no numa-node-id is found", "6.12"),),
    ),
    Change(
        "efi_special_purpose_skipped",
        ("6.8", "6.7.7..6.7", "6.6.19..6.6", "6.1.80..6.1", "5.15.150..5.15", "5.10.211..5.10"),
        (Commit("0bcff59ef7a6", "efi: Don't add memblocks for soft-reserved memory", "6.8"),),
        "EFI special purpose memory is left out of memblock instead of being marked NOMAP",
    ),
    # the linear map
    Change(
        "memstart_range_less_one",
        (
            "5.0",
            "4.14.112..4.14",
            "4.19.35..4.19",
        ),
        (
            Commit(
                "c8a43c18a978", "arm64: kaslr: Reserve size of ARM64_MEMSTART_ALIGN in linear region", "5.0"
            ),
        ),
        "a KASLR seed moves the linear map by one step less at most",
    ),
    Change(
        "memstart_moved_for_52_bits",
        ("5.10", "5.9.2..5.9", "5.8.17..5.8", "5.4.94..5.4"),
        (
            Commit(
                "7bc1a0f9e176", "arm64: mm: use single quantity to represent the PA to VA translation", "5.10"
            ),
        ),
        "with 52-bit addresses memstart_addr itself is moved on a CPU without them",
    ),
    Change(
        "memstart_range_of_cpu",
        ("5.11",),
        (
            Commit(
                "97d6786e0669",
                "arm64: mm: account for hotplug memory when randomizing the linear region",
                "5.11",
            ),
        ),
        "a KASLR seed moves the linear map only within what the CPU leaves of it: the addresses that it can "
        "use, not the memory that is there, are taken off",
    ),
    Change(
        "pmd_set_huge_refuses",
        ("4.16",),
        (Commit("15122ee2c515", "arm64: Enforce BBM for huge IO/VMAP mappings", "4.16"),),
        "pmd_set_huge() does not replace a table by a block",
    ),
    Change(
        "rodata_full",
        ("5.0",),
        (
            Commit(
                "c55191e96caa",
                "arm64: mm: apply r/o permissions of VM areas to its linear alias as well",
                "5.0",
            ),
        ),
        "rodata=full maps the linear map in pages",
    ),
    Change(
        "kfence_in_pages",
        ("5.12",),
        (Commit("840b23986344", "arm64, kfence: enable KFENCE for ARM64", "5.12"),),
        "KFENCE maps the linear map in pages",
    ),
    Change(
        "kfence_sets_direct_map",
        ("6.1",),
        (Commit("b9dd04a20f81", "arm64/mm: fold check for KFENCE into can_set_direct_map()", "6.1"),),
        "with KFENCE kernel_page_present() reads page tables",
        needs=("kfence_in_pages",),
    ),
    Change(
        "kfence_pool_in_pages",
        ("6.4", "6.1.65..6.1"),
        (
            Commit(
                "bfa7965b33ab", "mm,kfence: decouple kfence from page granularity mapping judgement", "6.4"
            ),
        ),
        "KFENCE maps only its own pool in pages",
        needs=("kfence_in_pages",),
    ),
    Change(
        "crashkernel_in_pages",
        ("5.11..6.3", "5.10.47..5.10"),
        (
            Commit(
                "2687275a5843",
                "arm64: Force NO_BLOCK_MAPPINGS if crashkernel reservation is required",
                "5.11",
            ),
        ),
        "crashkernel= maps the linear map in pages",
    ),
    Change(
        "crashkernel_reserved_early",
        ("5.18..6.3", "5.17.2..5.17", "5.16.19..5.16", "5.15.33..5.15", "5.10.110..5.10"),
        (
            Commit(
                "031495635b46",
                "arm64: Do not defer reserve_crashkernel() for platforms with no DMA memory zones",
                "5.18",
            ),
        ),
        "crashkernel= maps the linear map in pages where there are DMA zones only",
        needs=("crashkernel_in_pages",),
    ),
    Change(
        "crashkernel_in_blocks",
        ("6.4",),
        (Commit("04a2a7af3d97", "arm64: kdump: do not map crashkernel region specifically", "6.4"),),
        "crashkernel= maps the linear map in blocks again",
        replaces=("crashkernel_in_pages", "crashkernel_reserved_early"),
    ),
    Change(
        "whole_pages_mapped",
        ("7.3", "6.12.117..6.12"),
        (
            Commit(
                "7ace06a01efa", "arm64: mm: fix accidental linear mapping of no-map reserved memory", "7.3"
            ),
        ),
        "map_mem() maps whole pages of a region only: a page that two regions share is not mapped",
    ),
    Change(
        "blocks_that_split",
        ("6.18",),
        (Commit("a166563e7ec3", "arm64: mm: support large block mapping when rodata=full", "6.18"),),
        "rodata=full maps blocks where the CPU can split them",
    ),
    Change(
        "placed_no_map_is_nomap",
        ("5.14-rc1",),
        (Commit("7b25995f5319", "of: of_reserved_mem: mark nomap memory instead of removing", "5.14"),),
        "a no-map node whose address the kernel chooses is marked NOMAP instead of being removed from memory",
    ),
    # deferred initialisation of struct pages
    Change(
        "deferred_init_everywhere",
        ("4.16",),
        (Commit("2e3ca40f03bb", "mm: relax deferred struct page requirements", "4.16"),),
        "any architecture can have DEFERRED_STRUCT_PAGE_INIT, arm64 included",
        bound="it changed what Kconfig lets arm64 configure",
    ),
    Change(
        "defer_after_one_section",
        ("4.17",),
        (Commit("c9e97a1997fb", "mm: initialize pages on demand during boot", "4.17"),),
        "with DEFERRED_STRUCT_PAGE_INIT a node initialises one section early, no longer 2 GiB",
        bound="it decides only where deferral begins",
    ),
    Change(
        "defer_by_zone",
        ("5.11", "5.10.5..5.10"),
        (Commit("dc2da7b45ffe", "mm: memmap defer init doesn't work as expected", "5.11"),),
        "deferral counts the pages of all regions of a zone, not those of its last region only",
        bound="it decides only where deferral begins",
    ),
    Change(
        "early_page_ext",
        ("6.1",),
        (Commit("c4f20f1479c4", "page_ext: introduce boot parameter 'early_page_ext'", "6.1"),),
        "early_page_ext on the command line turns deferred initialisation off",
        bound="it decides only what a word of the command line means",
    ),
    Change(
        "reserved_by_node",
        ("6.5",),
        (Commit("61167ad5fecd", "mm: pass nid to reserve_bootmem_region()", "6.5"),),
        "reserve_bootmem_region() takes the node from the reserved region, which may have none",
    ),
    Change(
        "reserved_outside_memory",
        ("6.8", "6.7.3..6.7", "6.6.15..6.6"),
        (Commit("6a9531c3a880", "memblock: fix crash when reserved memory is not added to memory", "6.8"),),
        "a reserved region without a node gets the node of its first pfn",
        needs=("reserved_by_node",),
    ),
    Change(
        "reserved_become_movable",
        ("6.13",),
        (
            Commit(
                "98b7beba1ee6", "memblock: uniformly initialize all reserved pages to MIGRATE_MOVABLE", "6.13"
            ),
        ),
        "init_reserved_page() makes a pageblock that begins with a deferred reserved page MOVABLE",
        bound="it decides only which pageblocks are MOVABLE",
    ),
    # memory initialisation of 5.15 and later
    Change(
        "flatmem_holes_initialised",
        ("5.15",),
        (Commit("c3ab6baf6a00", "mm/page_alloc: always initialize memory map for the holes", "5.15"),),
        "the memmap of FLATMEM is no longer zeroed, and init_unavailable_range() runs with FLATMEM, too",
        needs=("holes_like_neighbours",),
        related=(
            Commit("c803b3c8b3b7", "mm: introduce memmap_alloc() to unify memory map allocation", "5.15"),
        ),
    ),
    Change(
        "poison_in_vmemmap_blocks",
        ("6.14",),
        (Commit("b2aad24b5333", "mm/memmap: prevent double scanning of memmap by kmemleak", "6.14"),),
        "vmemmap_alloc_block() calls memmap_alloc(): DEBUG_VM fills memmap outside the sparse buffer, too",
        needs=("poison_in_memmap_alloc",),
    ),
    Change(
        "page_block_max_order",
        ("6.16",),
        (Commit("e13e7922d034", "mm: add CONFIG_PAGE_BLOCK_ORDER to select page block order", "6.16"),),
        "PAGE_BLOCK_MAX_ORDER (in 6.16 PAGE_BLOCK_ORDER) limits pageblock_order",
        bound="it added a Kconfig symbol",
    ),
    Change(
        "linear_map_not_randomized",
        ("6.16",),
        (Commit("1db780bafa4c", "arm64/mm: Remove randomization of the linear map", "6.16"),),
        "a KASLR seed no longer moves the linear map",
    ),
    Change(
        "page_ext_after_deferral",
        ("5.0", "4.19.31..4.19", "4.14.108..4.14"),
        (Commit("2f1ee0913ce5", 'Revert "mm: use early_pfn_to_nid in page_ext_init"', "5.0"),),
        "page_ext_init() runs after the threads that initialise deferred struct pages, not before them",
    ),
)
