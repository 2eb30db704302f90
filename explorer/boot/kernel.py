# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel version does: a set of named changes, never a branch on a version number.

A *change* is one commit to the kernel (or a small series) that memory initialisation on arm64 can feel. It
has a name, the commit, and the releases that contain it; a stable release may contain a change that the
first release of its series lacks. The rest of the boot asks ``kernel.has("...")`` and takes the newest
kernel as the straight path. Reading the table from top to bottom is reading the history of the question.

A version is *described* when its sources, or those of both neighbours where they agree, were read. Any
other version is refused: a guess would be a false answer.
"""

from dataclasses import dataclass
from functools import cache

from explorer.errors import InputError
from explorer.version import KernelVersion

__all__ = ["CHANGES", "DESCRIBED", "Change", "Kernel", "kernel"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change to the kernel.

    Attributes:
        name: how the rest of the boot asks for it.
        releases: where it is in force: ``first`` (from that release on), ``first..last`` (both included; a
            last without stable number means its whole series) or ``=release`` (that one alone).
        commit: mainline commit, empty where the id is not known.
        effect: what memory initialisation does since.
    """

    name: str
    releases: tuple[str, ...]
    commit: str
    effect: str

    def in_force(self, version: KernelVersion) -> bool:
        """Whether the release contains the change."""
        return any(_within(version, span) for span in self.releases)


def _within(version: KernelVersion, span: str) -> bool:
    """Whether a version lies in a span of releases as ``Change`` writes it."""
    if span.startswith("="):
        return version == KernelVersion.parse(span[1:])
    first, dots, last = span.partition("..")
    if version < KernelVersion.parse(first):
        return False
    if not dots:
        return True
    end = KernelVersion.parse(last)
    return version <= end or (end == KernelVersion(*end.series) and version.series == end.series)


# Releases whose sources were read, or that lie between two that agree on everything the boot asks.
# 5.11.14 stands for itself: it has changes of 5.12 that 5.11 lacks, and where in 5.11.y they arrived is
# not known; likewise 5.15.y between .16 and .100. 5.5, 5.6 and 5.13 lie between trees that differ.
DESCRIBED: tuple[str, ...] = (
    "4.10..4.14",
    "4.16..4.20",
    "5.0..5.4",
    "5.7..5.10",
    "=5.11",
    "=5.11.14",
    "5.12..5.12",
    "=5.14-rc5",
    "5.14..5.14",
    "5.15..5.15.16",
    "5.15.100..5.15",
    "5.16..6.12",
)

CHANGES: tuple[Change, ...] = (
    # --- what a fresh memmap holds ----------------------------------------------------------------------
    Change(
        "vmemmap_not_zeroed",
        ("4.15",),
        "f7f99100d8d9",
        "the memmap of SPARSEMEM_VMEMMAP is allocated without clearing it; DEBUG_VM fills it with 0xff",
    ),
    Change(
        "sparse_memmap_not_zeroed",
        ("4.19",),
        "",
        "the memmap of classic SPARSEMEM comes uncleared from the sparse buffer",
    ),
    Change(
        "poison_in_memmap_alloc",
        ("5.15",),
        "",
        "the 0xff fill moved from memblock's raw allocators into memmap_alloc(): vmemmap that comes from "
        "vmemmap_alloc_block(), as with 64K pages, is no longer filled",
    ),
    # --- geometry ---------------------------------------------------------------------------------------
    Change("small_sections", ("5.12",), "", "SECTION_SIZE_BITS 30 becomes 27 (4K, 16K pages) or 29 (64K)"),
    Change("pageblock_below_max_order", ("5.18",), "b3d40a2b6d10", "pageblock_order is capped by the buddy"),
    Change(
        "inclusive_max_order", ("6.4",), "23baf831a32c", "the order symbol names the largest order itself"
    ),
    Change("pageblock_follows_thp", ("6.11",), "", "without hugetlb, THP decides pageblock_order"),
    # --- zones ------------------------------------------------------------------------------------------
    Change("two_dma_zones", ("5.5",), "1a8e1cef7603", "ZONE_DMA and ZONE_DMA32 exist beside each other"),
    Change(
        "dma_zone_from_firmware",
        ("5.11",),
        "8424ecdde7df",
        "ZONE_DMA ends where devices can reach, not at 1 GiB",
    ),
    Change(
        "dma_offset_ignored",
        ("5.11",),
        "791ab8b2e3db",
        "where DRAM starts above 4 GiB the DMA zones reach its end, not 4 GiB above a boundary",
    ),
    Change(
        "dma32_stays_low",
        ("6.12",),
        "122c234ef4e1",
        "ZONE_DMA32 ends at 4 GiB wherever DRAM starts; ZONE_DMA reaches what firmware says",
    ),
    # --- who initialises which struct page --------------------------------------------------------------
    Change(
        "zero_resv_unavail", ("4.15..5.5",), "a4a3ede2132a", "on the NUMA path, unavailable pages are zeroed"
    ),
    Change(
        "zero_before_memmap_init",
        ("4.18",),
        "e181ae0c5db9",
        "that zeroing runs before the real initialisation",
    ),
    Change(
        "zero_all_unavailable",
        ("4.20..5.5",),
        "907ec5fca3dc",
        "the zeroing covers everything outside mapped memory, not only reserved ranges outside memory",
    ),
    Change(
        "init_unavailable_mem",
        ("5.6..5.10", "=5.11"),
        "4b094b7851bf",
        "unavailable pages get zone 0, node 0, Reserved",
    ),
    Change(
        "memmap_by_regions",
        ("5.8",),
        "73a6e474cb37",
        "memmap_init loops over memory regions: NOMAP is included",
    ),
    Change(
        "holes_like_neighbours",
        ("5.12", "5.11.14..5.11"),
        "0740a50b9baa",
        "pages of holes get the zone and node of their neighbours, and Reserved",
    ),
    Change("nomap_reserved", ("5.14-rc1",), "9092d4f7a1f8", "pages of NOMAP regions are marked Reserved"),
    Change("generic_free_unused_memmap", ("5.11",), "4f5b0c178996", "freeing unused memmap is common code"),
    # --- pfn_valid and friends --------------------------------------------------------------------------
    Change("pfn_valid_is_memory", ("5.14..5.15.16",), "3eb9cdffb397", "arm64's pfn_valid accepts NOMAP too"),
    Change("no_pfn_valid_within", ("5.15",), "859a85ddf90e", "HOLES_IN_ZONE and pfn_valid_within are gone"),
    Change("no_memmap_valid_within", ("5.11",), "", "memmap_valid_within is gone"),
    Change(
        "online_checks_within", ("5.0",), "b13bc35193d9", "pfn_to_online_page checks pfn_valid_within too"
    ),
    Change(
        "online_asks_pfn_valid", ("5.12",), "", "pfn_to_online_page is a function and asks arm64's pfn_valid"
    ),
    # --- walkers ----------------------------------------------------------------------------------------
    Change(
        "guarded_block_ends",
        ("4.16",),
        "3e04040df6d4",
        "move_freepages checks pfn_valid before comparing ends",
    ),
    Change(
        "poisoned_nid_check",
        ("4.17",),
        "f165b378bbdf",
        "page_to_nid asserts against poison (DEBUG_VM_PGFLAGS)",
    ),
    Change("asserts_on_buddy_only", ("5.1",), "", "move_freepages asserts node and zone on free pages only"),
    Change(
        "move_freepages_by_pfn", ("5.12",), "39ddb991fc45", "move_freepages steps over pfns, not struct pages"
    ),
    Change(
        "section_removable_looks",
        ("5.7..5.7",),
        "",
        "arm64 can remove memory, and sysfs looks at each section's first page to say whether",
    ),
    # --- firmware ------------------------------------------------------------------------------------
    Change(
        "static_no_map_is_nomap",
        ("5.12", "5.11.14..5.11"),
        "86588296acbf",
        "a static no-map node is marked NOMAP instead of being removed from memory",
    ),
    Change(
        "efi_special_purpose_skipped",
        ("6.12",),
        "",
        "EFI special purpose memory is left out of memblock instead of being marked NOMAP",
    ),
)


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel version with what it does.

    Attributes:
        version: the release.
        changes: names of the changes it contains.
    """

    version: KernelVersion
    changes: frozenset[str]

    def has(self, change: str) -> bool:
        """Whether the kernel contains a change of ``CHANGES``."""
        return change in self.changes


@cache
def kernel(version: KernelVersion) -> Kernel:
    """The kernel of a version.

    Raises:
        InputError: nobody has described what this version does.
    """
    if not any(_within(version, span) for span in DESCRIBED):
        known = ", ".join(span.lstrip("=").replace("..", " to ") for span in DESCRIBED)
        raise InputError(
            f"what kernel {version} does at memory initialisation is not described",
            where="--kernel",
            hint=f"described are {known}",
        )
    return Kernel(version, frozenset(change.name for change in CHANGES if change.in_force(version)))
