# SPDX-License-Identifier: GPL-2.0-or-later
"""The Kconfig symbols that a simulated boot depends on.

No other symbol of a ``.config`` changes it. A test compares this list with the sources of ``boot/``.
"""

__all__ = ["SYMBOLS_OF_PARAMETERS", "SYMBOLS_USED"]

SYMBOLS_OF_PARAMETERS = (
    "DEBUG_PAGEALLOC",
    "DEBUG_PAGEALLOC_ENABLE_DEFAULT",
    "DEBUG_KMEMLEAK_DEFAULT_OFF",
    "RODATA_FULL_DEFAULT_ENABLED",
    "KEXEC_CORE",
    "RANDOMIZE_BASE",
    "CMDLINE",
    "CMDLINE_FORCE",
    "CMDLINE_EXTEND",
)
"""Those that boot parameters meet. The value in a ``.config`` counts where a fragment does not define one."""

SYMBOLS_USED = (
    "NUMA",
    "NODES_SHIFT",
    "HOLES_IN_ZONE",
    "HAVE_ARCH_PFN_VALID",
    "ARCH_HAS_HOLES_MEMORYMODEL",
    "FLATMEM",
    "SPARSEMEM",
    "SPARSEMEM_VMEMMAP",
    "ARM64_4K_PAGES",
    "ARM64_16K_PAGES",
    "ARM64_64K_PAGES",
    "ARM64_PA_BITS_52",
    "ARM64_VA_BITS",
    "ARM64_VA_BITS_52",
    "FORCE_MAX_ZONEORDER",
    "ARCH_FORCE_MAX_ORDER",
    "PAGE_BLOCK_ORDER",
    "PAGE_BLOCK_MAX_ORDER",
    "ZONE_DMA",
    "ZONE_DMA32",
    "DEFERRED_STRUCT_PAGE_INIT",
    "MEM_ALLOC_PROFILING_DEBUG",
    "MEMORY_HOTPLUG",
    "MEMORY_HOTREMOVE",
    "MEMORY_ISOLATION",
    "COMPACTION",
    "CMA",
    "HUGETLB_PAGE",
    "TRANSPARENT_HUGEPAGE",
    "HIBERNATION",
    "DEBUG_VM",
    "DEBUG_VM_PGFLAGS",
    "PAGE_OWNER",
    "DEBUG_KMEMLEAK",
    "KFENCE",
    "PROC_PAGE_MONITOR",
    *SYMBOLS_OF_PARAMETERS,
)
"""Symbol names, without ``CONFIG_``."""
