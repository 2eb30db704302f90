# SPDX-License-Identifier: GPL-2.0-only
"""The changes to the kernel that memory initialisation on arm64 can feel: the history as a table.

A *change* is one commit (or a small series). Most change what the kernel does; some change what arm64's
Kconfig can produce, and carry the definition before and after as plain lines. Reading the table from top to
bottom is reading the history of the question.

A change can be switched on in a release that lacks it, or off in one that has it, as a backport or a revert
does. What that needs stands beside it:

1. ``needs``: without those it means nothing here; switching it on brings them along, switching one of them
   off is refused while it is on.
2. ``replaces``: it takes the place of those; they are off while it is on, and back when it is switched off.
3. ``bound``: it cannot be switched at all, and why.

That a change is *dangerous* without another is no need: the boot shows that.
"""

from dataclasses import dataclass

from explorer.version import KernelVersion

__all__ = ["CHANGES", "Change", "Redefinition", "within"]


@dataclass(frozen=True, slots=True)
class Redefinition:
    """What a change does to arm64's own definition of a Kconfig symbol.

    Attributes:
        symbol: its name.
        before: the lines of the definition before, without ``config``; empty where arm64 had none.
        after: the lines since; empty where arm64 has none any more.
    """

    symbol: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One change to the kernel.

    Attributes:
        name: how the rest of the boot asks for it.
        releases: where it is in force: ``first`` (from that release on), ``first..last`` (both included; a
            last without stable number means its whole series) or ``=release`` (that one alone).
        commit: mainline commit, 12 hexadecimal digits; empty where the id is not known.
        effect: what memory initialisation does since.
        again: a second commit that did the same after a revert; empty where there is none.
        needs: names of the changes without which this one means nothing here.
        replaces: names of the changes whose place it takes.
        definitions: what it does to Kconfig.
        bound: why it cannot be switched alone; empty where it can.
        beside: what a backport needs besides, that memory initialisation does not feel; may be empty.
    """

    name: str
    releases: tuple[str, ...]
    commit: str
    effect: str
    again: str = ""
    needs: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    definitions: tuple[Redefinition, ...] = ()
    bound: str = ""
    beside: str = ""

    @property
    def label(self) -> str:
        """Its name and, where they are known, its commits: for people."""
        commits = " and again ".join(filter(None, (self.commit, self.again)))
        return f"{self.name} ({commits})" if commits else self.name

    def in_force(self, version: KernelVersion) -> bool:
        """Whether the release contains the change."""
        return any(within(version, span) for span in self.releases)

    @property
    def first(self) -> KernelVersion:
        """The first release that contains it."""
        return min(_first(span) for span in self.releases)

    def begun(self, version: KernelVersion) -> bool:
        """Whether some release up to this one contained it."""
        return self.first <= version

    def is_over(self, version: KernelVersion) -> bool:
        """Whether neither this release nor any later one contains it."""
        return not self.in_force(version) and all(_first(span) < version for span in self.releases)


def within(version: KernelVersion, span: str) -> bool:
    """Whether a version lies in a span of releases as ``Change`` writes it."""
    if span.startswith("="):
        return version == _first(span)
    _, dots, last = span.partition("..")
    if version < _first(span):
        return False
    if not dots:
        return True
    end = KernelVersion.parse(last)
    return version <= end or (end == KernelVersion(*end.series) and version.series == end.series)


def _first(span: str) -> KernelVersion:
    return KernelVersion.parse(span.lstrip("=").partition("..")[0])


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
        "35fd1eb1e821",
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
    Change(
        "small_sections",
        ("5.12",),
        "f0b13ee23241",
        "SECTION_SIZE_BITS 30 becomes 27 (4K, 16K pages) or 29 (64K)",
    ),
    Change("pageblock_below_max_order", ("5.18",), "b3d40a2b6d10", "pageblock_order is capped by the buddy"),
    Change(
        "inclusive_max_order",
        ("6.4",),
        "23baf831a32c",
        "the order symbol names the largest order itself",
        bound="the numbers of ARCH_FORCE_MAX_ORDER in Kconfig changed with it, so that nothing came of it",
    ),
    Change("pageblock_follows_thp", ("6.11",), "", "without hugetlb, THP decides pageblock_order"),
    # --- zones ------------------------------------------------------------------------------------------
    Change(
        "two_dma_zones",
        ("5.5",),
        "1a8e1cef7603",
        "ZONE_DMA and ZONE_DMA32 exist beside each other",
        bound="Kconfig's zones changed with it over several releases",
    ),
    Change(
        "dma_zone_from_firmware",
        ("5.11",),
        "8424ecdde7df",
        "ZONE_DMA ends where devices can reach, not at 1 GiB",
        needs=("two_dma_zones",),
    ),
    Change(
        "dma_offset_ignored",
        ("5.11",),
        "791ab8b2e3db",
        "where DRAM starts above 4 GiB the DMA zones reach its end, not 4 GiB above a boundary",
        needs=("two_dma_zones",),
    ),
    Change(
        "dma32_stays_low",
        ("6.12",),
        "122c234ef4e1",
        "ZONE_DMA32 ends at 4 GiB wherever DRAM starts; ZONE_DMA reaches what firmware says",
        needs=("dma_zone_from_firmware", "dma_offset_ignored"),
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
        needs=("zero_resv_unavail",),
    ),
    Change(
        "zero_all_unavailable",
        ("4.20..5.5",),
        "907ec5fca3dc",
        "the zeroing covers everything outside mapped memory, not only reserved ranges outside memory",
        needs=("zero_before_memmap_init",),
    ),
    Change(
        "init_unavailable_mem",
        ("5.6..5.10", "=5.11"),
        "4b094b7851bf",
        "unavailable pages get zone 0, node 0, Reserved",
        needs=("zero_all_unavailable",),
        replaces=("zero_resv_unavail", "zero_all_unavailable"),
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
        needs=("memmap_by_regions",),
        replaces=("init_unavailable_mem", "zero_resv_unavail", "zero_all_unavailable"),
    ),
    Change(
        "nomap_reserved",
        ("5.14-rc1",),
        "9092d4f7a1f8",
        "pages of NOMAP regions are marked Reserved where pfn_valid() accepts them",
    ),
    Change("generic_free_unused_memmap", ("5.11",), "4f5b0c178996", "freeing unused memmap is common code"),
    # --- pfn_valid and friends --------------------------------------------------------------------------
    Change(
        "holes_in_zone_with_numa",
        ("4.11..4.18",),
        "6d526ee26ccd",
        "arm64 defines HOLES_IN_ZONE, where there is NUMA",
        definitions=(Redefinition("HOLES_IN_ZONE", (), ("def_bool y", "depends on NUMA")),),
    ),
    Change(
        "holes_in_zone_always",
        ("4.19..5.13",),
        "f52bb98f5ade",
        "HOLES_IN_ZONE no longer asks for NUMA",
        needs=("holes_in_zone_with_numa",),
        replaces=("holes_in_zone_with_numa",),
        definitions=(Redefinition("HOLES_IN_ZONE", ("def_bool y", "depends on NUMA"), ("def_bool y",)),),
    ),
    Change(
        "no_holes_in_zone",
        ("5.14-rc1",),
        "a7d9f306ba70",
        "arm64 no longer has HOLES_IN_ZONE",
        replaces=("holes_in_zone_always", "holes_in_zone_with_numa"),
        definitions=(Redefinition("HOLES_IN_ZONE", ("def_bool y",), ()),),
    ),
    Change(
        "no_holes_memorymodel",
        ("4.20",),
        "8a695a5873e5",
        "arm64 no longer has ARCH_HAS_HOLES_MEMORYMODEL",
        definitions=(
            Redefinition("ARCH_HAS_HOLES_MEMORYMODEL", ("def_bool y if SPARSEMEM",), ()),
            Redefinition(
                "HAVE_ARCH_PFN_VALID",
                ("def_bool ARCH_HAS_HOLES_MEMORYMODEL || !SPARSEMEM",),
                ("def_bool y",),
            ),
        ),
    ),
    Change(
        "generic_pfn_valid",
        ("5.14-rc1..5.14-rc7", "5.15.100..5.15", "5.16"),
        "16c9afc77660",
        "arm64 has no pfn_valid of its own: the generic one asks for the section alone",
        again="a9c38c5d267c",
        replaces=("pfn_valid_is_memory",),
        definitions=(Redefinition("HAVE_ARCH_PFN_VALID", ("def_bool y",), ()),),
        beside="873ba463914c goes with it, where it is not in: ioremap() and others ask pfn_valid() what is "
        "RAM until then",
    ),
    Change(
        "pfn_valid_is_memory",
        ("5.14..5.15.16",),
        "3eb9cdffb397",
        "arm64's pfn_valid accepts NOMAP too",
        replaces=("generic_pfn_valid",),
        definitions=(Redefinition("HAVE_ARCH_PFN_VALID", (), ("def_bool y",)),),
        beside="873ba463914c goes with it, where it is not in: ioremap() and others ask pfn_valid() what is "
        "RAM until then",
    ),
    Change(
        "no_pfn_valid_within",
        ("5.15",),
        "859a85ddf90e",
        "HOLES_IN_ZONE and pfn_valid_within are gone",
        needs=("no_holes_in_zone",),
    ),
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
        "memory_blocks_ask_node",
        ("5.9", "5.8.13..5.8", "5.4.69..5.4"),
        "f85086f95fa3",
        "with hotplug, booting asks pages of each memory block for their node",
    ),
    Change(
        "memory_blocks_keep_zone",
        ("5.18",),
        "395f6081bad4",
        "memory blocks remember their zone: test_pages_in_a_zone is gone",
    ),
    # --- firmware ------------------------------------------------------------------------------------
    Change(
        "static_no_map_is_nomap",
        ("5.12", "5.11.14..5.11"),
        "86588296acbf",
        "a static no-map node is marked NOMAP instead of being removed from memory",
    ),
    Change(
        "reserved_memory_first",
        ("6.4",),
        "b41328187629",
        "/memreserve/ is read after /reserved-memory and keeps no no-map node there from being NOMAP",
        needs=("static_no_map_is_nomap",),
    ),
    Change(
        "efi_special_purpose_skipped",
        ("6.12",),
        "",
        "EFI special purpose memory is left out of memblock instead of being marked NOMAP",
    ),
)
