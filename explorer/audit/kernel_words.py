# SPDX-License-Identifier: GPL-2.0-or-later
"""What the audit knows of the kernel's words: guards, reads of struct pages, loops behind macros, steps.

Each is one line of data. The kernel's own names are used.
"""

import re
from enum import StrEnum
from types import MappingProxyType

__all__ = [
    "ALIGNMENT",
    "ANNOTATIONS",
    "ASSERTIONS",
    "COMPARISONS",
    "GUARDS",
    "GUARDS_OF_HOLES",
    "GUARDS_OF_PAGEBLOCKS",
    "GUARDS_OF_SECTIONS",
    "GUARDS_THAT_GIVE_A_PAGE",
    "LOOPS_OVER_LISTS",
    "LOOPS_WITH_GUARD",
    "NAMES_PFN",
    "NEXT_PFN",
    "NO_GUARDS",
    "NO_READS",
    "NO_STEPS",
    "ONE_OF_A_PAGEBLOCK",
    "PAGE_OF",
    "PFN_OF_ADDRESS",
    "READING_PAGE_OF",
    "READS_OF_PFN",
    "STEPS",
    "TRANSPARENT",
    "Read",
    "read_of",
]


class Read(StrEnum):
    """What is read or written of a struct page.

    The section is read only where the memory model is SPARSEMEM without VMEMMAP
    (include/asm-generic/memory_model.h).
    """

    FLAGS = "flags"
    ZONE = "zone"
    NODE = "node"
    REFCOUNT = "refcount"
    BUDDY = "buddy"
    LRU = "LRU"
    MAPPING = "mapping"
    PAGEBLOCK = "pageblock flags"
    EXTENSION = "page_ext"
    SECTION = "section"
    OTHER = "other"


GUARDS = frozenset(
    {
        *("pfn_valid", "pfn_valid_within", "pfn_to_online_page", "pfn_to_online_folio"),
        *("pageblock_pfn_to_page", "__pageblock_pfn_to_page"),
        *("early_pfn_valid", "early_pfn_in_nid", "meminit_pfn_in_nid", "early_pfn_to_nid"),
        *("pfn_in_present_section", "pfn_present", "pfn_section_valid", "memmap_valid_within"),
        *("online_section_nr", "present_section_nr", "valid_section_nr", "pfn_is_map_memory"),
        *("online_section", "present_section", "valid_section"),
        *("memblock_is_map_memory", "memblock_is_memory", "zone_spans_pfn", "kernel_page_present"),
        "get_dev_pagemap",
    }
)
"""Functions that are asked before a struct page is read."""

GUARDS_THAT_GIVE_A_PAGE = frozenset(
    {"pfn_to_online_page", "pfn_to_online_folio", "pageblock_pfn_to_page", "__pageblock_pfn_to_page"}
)
"""Guards that return the struct page, or NULL."""

GUARDS_OF_PAGEBLOCKS = frozenset({"pageblock_pfn_to_page", "__pageblock_pfn_to_page"})
"""Guards that look at the first and the last page of a pageblock only. They read these pages themselves."""

ONE_OF_A_PAGEBLOCK = re.compile(r"pageblock_(start|end|align)|ALIGN(_DOWN)?\(|round_(down|up)\(")
"""Arguments of a guard that name one page of a pageblock, whatever the page that is read."""

ALIGNMENT = re.compile(r"& ?\([^&|]+ - 1\)|& ?\w*mask\b|\b\w*(aligned|ALIGNED)\(")
"""Conditions that hold for the first pfn of each block only."""

GUARDS_OF_SECTIONS = frozenset(
    {
        *("pfn_in_present_section", "pfn_present", "pfn_section_valid"),
        *("online_section_nr", "present_section_nr", "valid_section_nr"),
        *("online_section", "present_section", "valid_section"),
    }
)
"""Guards that look at the section only: it may have holes."""

NO_GUARDS = frozenset(
    {
        *("zone_spans_pfn", "kernel_page_present", "memmap_valid_within"),
        *("early_pfn_in_nid", "meminit_pfn_in_nid", "early_pfn_to_nid"),
    }
)
"""Questions that are shown, and say nothing of the struct page: whether a zone or a node spans the pfn,
whether the linear map has the page, whether the struct page fits its pfn."""

GUARDS_OF_HOLES = frozenset({"pfn_valid_within"})
"""Guards that are true unseen unless ``HOLES_IN_ZONE=y`` (include/linux/mmzone.h until 5.14)."""

LOOPS_WITH_GUARD = frozenset({"for_each_valid_pfn"})
"""Macros whose loop visits valid pfns only (6.16)."""

READING_PAGE_OF = frozenset({"compound_head", "page_folio", "pfn_folio"})
"""Functions that give the head of a compound page, for which they read the struct page of the tail."""

PAGE_OF = READING_PAGE_OF | {
    *("pfn_to_page", "boot_pfn_to_page", "nth_page", "virt_to_page", "phys_to_page", "folio_page"),
}
"""Functions that give a struct page and ask nothing."""

READS_OF_PFN = frozenset({"pfn_to_nid", "pfn_folio"})
"""Macros that take a pfn and read its struct page, unasked."""

NEXT_PFN = re.compile(r"\bnext_\w*pfn\w*\(|\w_next_pfn\(")
"""Functions that give the next pfn of a set."""

NAMES_PFN = re.compile(r"pfn|PFN")
"""What stands in an expression whose value is a pfn."""

PFN_OF_ADDRESS = (
    r"(?:PHYS_PFN|PFN_DOWN|PFN_UP|__phys_to_pfn|phys_to_page|virt_to_page)\(({0})\b"
    r"|pfn\w*(?: = |\()\(?({0}) >> PAGE_SHIFT"
)
"""How the pfn of an address is written, for a pattern of the address."""

NO_READS = frozenset(
    {
        *("__pa", "page_to_phys", "page_to_virt", "page_address", "lowmem_page_address", "page_to_dma"),
        *("min", "max", "IS_ERR", "pfn_to_page", "nth_page"),
        *("section_deactivate", "free_map_bootmem", "depopulate_section_memmap", "vmemmap_free"),
        *("BUG_ON", "WARN_ON", "WARN_ON_ONCE", "VM_BUG_ON", "VM_WARN_ON", "VM_WARN_ON_ONCE"),
        *("pr_debug", "pr_info", "pr_warn", "pr_err", "prefetch", "prefetchw"),
    }
)
"""Functions that take a struct page and do not read it, or work on the memmap, which has pages, too."""

NO_STEPS = re.compile(
    r"\b(get_)?(pte|pmd|pud)_pfn\(|\b(softleaf_to|swp_offset|migration_entry_to)_?pfn\(|\bswp_offset\("
    r"|\b(page_to|folio|migrate|virt_to)_pfn\(|\b(zone|node|pgdat)_(start|end)_pfn\b|\bbase_pfn\b"
    r"|\bMIGRATE_PFN_|^(compound_head|page_folio)\(|^start_pfn$"
    r"|\b(list|llist)_\w*entry\(|\bcontainer_of\(|\bget_next_page\("
)
"""Values that give a variable another pfn or page, and are no step to the next: of a page table, of a list,
of a compound page, or the start of the range."""

LOOPS_OVER_LISTS = re.compile(
    r"(list|hlist|xas|xa|radix|rb|rbtree|mas|mt|vma)_for_each\w*|\w*for_each_(entry|sg|sgtable)\w*"
)
"""Macros whose loops visit what a list holds, and not one page frame after the other."""

COMPARISONS = MappingProxyType(
    {
        "zone comparison": ("page_zone(", "page_zone_id(", "page_zonenum("),
        "node comparison": ("page_to_nid(", "pfn_to_nid("),
    }
)
"""Comparisons that guard what follows, with the functions that they compare. They read the struct page."""

TRANSPARENT = frozenset({"likely", "unlikely", "WARN_ON", "WARN_ON_ONCE", "VM_WARN_ON", "VM_WARN_ON_ONCE"})
"""Functions whose value is that of their argument."""

ASSERTIONS = re.compile(r"(VM_)?(BUG|WARN)_ON\w*|VM_(BUG|WARN)_ON_PAGE|VM_BUG_ON_FOLIO")
"""Assertions."""

ANNOTATIONS = re.compile(
    rb"\b(?:__init|__meminit|__paginginit|__ref|__always_inline|__sched|__exit|__weak|noinline_for_stack|noinline"
    rb"|__user|__rcu|__percpu|__iomem|__force|__maybe_unused|__init_or_module|asmlinkage|notrace|__cpuinit)\b"
)
"""Annotations, which a parser of C takes for names."""

STEPS = (
    (
        "pageblock",
        re.compile(r"pageblock_(nr_pages|end_pfn|align)|block_(end|start)_pfn"),
    ),
    ("MAX_ORDER block", re.compile(r"MAX_ORDER|MAX_PAGE_ORDER|MAX_ORDER_NR_PAGES")),
    ("section", re.compile(r"PAGES_PER_(SUB)?SECTION|SECTION_ALIGN|section")),
    ("order", re.compile(r"<<|order|nr_pages|compound_nr|pfns_per|COSTLY|folio_size|>>=")),
    ("page", re.compile(r"\+\+|--|[+-]= ?(1|stride|PAGE_SIZE)\b|[+-] 1\b")),
)
"""The names of steps, with what stands in the statement that makes the step; the first that fits."""

_READS = MappingProxyType(
    {
        Read.SECTION: re.compile(r"page_to_pfn|page_to_section"),
        Read.BUDDY: re.compile(r"PageBuddy|buddy|page_order|PageGuard"),
        Read.LRU: re.compile(r"PageLRU|lru|isolate_lru|__PageMovable|isolate_movable"),
        Read.ZONE: re.compile(r"page_zone|is_highmem|PageHighMem|bad_range|in_a_zone"),
        Read.NODE: re.compile(r"page_to_nid|page_nid|pfn_to_nid"),
        Read.PAGEBLOCK: re.compile(r"pageblock|migratetype|migrate_isolate|isolation_suitable|suitable_mig"),
        Read.REFCOUNT: re.compile(r"(page|put|get|init|set)_(page_|ref_)?(count|ref|page$|mapcount)"),
        Read.EXTENSION: re.compile(r"page_ext|page_owner|page_is_idle|page_is_young"),
        Read.MAPPING: re.compile(r"mapping|mapped|swapcache|anon"),
        Read.FLAGS: re.compile(
            r"(__|Test)?(Set|Clear)?Page[A-Z]\w*|has_type|compound|_folio$|flags|reserved|poison"
        ),
    }
)


def read_of(word: str) -> Read:
    """What a function reads of its struct page, or which part a member is, told by its name."""
    return next((read for read, pattern in _READS.items() if pattern.search(word)), Read.OTHER)
