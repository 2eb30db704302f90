# SPDX-License-Identifier: GPL-2.0-or-later
"""What an access of mm code to a struct page in a given state does.

A struct page that was never initialised still has a value (include/linux/page-flags.h). Zero reads as a page
of zone 0 on node 0. 0xff reads as a compound tail with a head at an invalid address. What RAM held
before, and freed memmap, may read as anything. An access to an initialised page never faults,
but an assertion on its node or zone may fail.

A walker makes its accesses in order, and the console shows the first that faults.
"""

from enum import StrEnum
from typing import NamedTuple

from explorer.boot.kernel_config import KernelConfig, MemoryModel
from explorer.boot.memmap import StructPage
from explorer.boot.memmap_rules import PageContent
from explorer.boot.zones import Zone

__all__ = ["AccessResult", "FaultEffect", "StructPageAccess", "access_result"]


class FaultEffect(StrEnum):
    """What a fault does to the machine."""

    BUG = "BUG"
    OOPS = "oops"
    CORRUPTION = "list corruption"


class StructPageAccess(StrEnum):
    """An access of a walker to a struct page, as the kernel writes it.

    SET_PTE maps the page itself, COPY_PAGE reads it, and CLEAR_EARLY writes it. SET_PAGEBLOCK_SKIP stands for
    a pfn without section.
    PAGE_EXT follows the page_ext of the page; whether there is one depends on its section (``page_ext``).
    """

    INIT_SINGLE_PAGE = "__init_single_page(page)"
    SET_PTE = "set_pte(ptep, pte)"
    COPY_PAGE = "do_copy_page(dst, page_address(page))"
    CLEAR_EARLY = "memset(ptr, 0, size)"

    NID_ASSERT = "VM_BUG_ON_PAGE(page_to_nid(page) != zone_to_nid(zone))"
    BAD_RANGE = "VM_BUG_ON_PAGE(bad_range(zone, page))"
    PAGE_TO_NID = "page_to_nid(page)"
    PAGE_ZONE = "page_zone(page)"
    FOLLOW_ZONE = "page_zone(page)->zone_start_pfn"
    PAGE_BUDDY = "PageBuddy(page)"
    PAGE_LRU = "PageLRU(page)"
    PAGE_SLAB = "PageSlab(page)"
    COMPOUND_ORDER = "compound_order(page)"
    SET_RESERVED = "SetPageReserved(page)"
    PAGE_TO_PFN = "page_to_pfn(page)"
    PAGE_EXT = "lookup_page_ext(page)->flags"
    SET_PAGEBLOCK_SKIP = "set_pageblock_skip(page)"
    PAGEBLOCK_FLAGS = "get_pageblock_migratetype(page)"


class AccessResult(NamedTuple):
    """An access that is fatal.

    Attributes:
        read: the access.
        effect: what it does to the machine.
        certain: it is fatal for any contents of the page; otherwise the contents decide.
        poison: an assertion against poison fired, not the expression itself.
    """

    read: StructPageAccess
    effect: FaultEffect
    certain: bool
    poison: bool = False


# Flag tests that follow the page to its compound head first (PF_HEAD, PF_NO_TAIL in page-flags.h).
_FOLLOWS_HEAD = frozenset({StructPageAccess.PAGE_LRU, StructPageAccess.PAGE_SLAB})
_NEEDS_SECTION = frozenset({StructPageAccess.PAGE_TO_PFN, StructPageAccess.PAGEBLOCK_FLAGS})
_ASKS_NODE = frozenset(
    {StructPageAccess.PAGE_TO_NID, StructPageAccess.PAGE_ZONE, StructPageAccess.FOLLOW_ZONE}
)
# Accesses that follow what they read; in a page of all ones it leads to an invalid address.
_FOLLOWS = _FOLLOWS_HEAD | _NEEDS_SECTION | {StructPageAccess.FOLLOW_ZONE}
_ASSERTS_FLAGS = frozenset({StructPageAccess.COMPOUND_ORDER, StructPageAccess.SET_RESERVED})
# Accesses that only read numbers from the page: without assertions they give a wrong number at most.
_HARMLESS = (_ASSERTS_FLAGS | _ASKS_NODE) - _FOLLOWS


def access_result(
    read: StructPageAccess, page: StructPage, zone: Zone, config: KernelConfig
) -> AccessResult | None:
    """Return what an access does; ``None`` where the walker goes on.

    Args:
        read: the access.
        page: the state of the struct page.
        zone: the zone that the walker believes to be in.
        config: the kernel and its configuration; DEBUG_VM and DEBUG_VM_PGFLAGS decide which assertions exist.
    """
    if read is StructPageAccess.PAGE_EXT or (
        read is StructPageAccess.NID_ASSERT and not config.has("DEBUG_VM")
    ):
        return None
    if read in _NEEDS_SECTION and config.memory_model is not MemoryModel.SPARSEMEM:
        return None  # vmemmap and FLATMEM compute the pfn from the address of the struct page
    return _READERS[page.content](read, page, zone, config)


def _initialised(
    read: StructPageAccess, page: StructPage, zone: Zone, _config: KernelConfig
) -> AccessResult | None:
    wrong_node = read is StructPageAccess.NID_ASSERT and page.node != zone.node
    return AccessResult(read, FaultEffect.BUG, certain=True) if wrong_node else None


def _zero(
    read: StructPageAccess, _page: StructPage, zone: Zone, _config: KernelConfig
) -> AccessResult | None:
    if read is StructPageAccess.PAGEBLOCK_FLAGS:
        # Section 0 holds no memory on most machines: its pageblock bitmap is a null pointer.
        return AccessResult(read, FaultEffect.OOPS, certain=False)
    wrong_node = read is StructPageAccess.NID_ASSERT and zone.node != 0
    return AccessResult(read, FaultEffect.BUG, certain=True) if wrong_node else None


def _ones(read: StructPageAccess, _page: StructPage, zone: Zone, config: KernelConfig) -> AccessResult | None:
    if read is StructPageAccess.NID_ASSERT:
        return _ones_nid(zone, config)
    if _asserts_poison(read, config):
        return AccessResult(read, FaultEffect.BUG, certain=True, poison=True)
    return AccessResult(read, FaultEffect.OOPS, certain=True) if read in _FOLLOWS else None


def _asserts_poison(read: StructPageAccess, config: KernelConfig) -> bool:
    """Whether an assertion against poison is compiled into an access."""
    if not config.has("DEBUG_VM_PGFLAGS"):
        return False
    asks_node = read in _ASKS_NODE and config.kernel.has("poisoned_nid_check")
    return asks_node or read in _ASSERTS_FLAGS


def _ones_nid(zone: Zone, config: KernelConfig) -> AccessResult | None:
    """NID_ASSERT of a page of ones: the poison check, then the largest node id, or 0 without NUMA."""
    if config.has("DEBUG_VM_PGFLAGS") and config.kernel.has("poisoned_nid_check"):
        return AccessResult(StructPageAccess.NID_ASSERT, FaultEffect.BUG, certain=True, poison=True)
    node = (1 << config.nodes_shift) - 1 if config.has("NUMA") else 0
    return (
        AccessResult(StructPageAccess.NID_ASSERT, FaultEffect.BUG, certain=True)
        if node != zone.node
        else None
    )


def _anything(
    read: StructPageAccess, _page: StructPage, _zone: Zone, config: KernelConfig
) -> AccessResult | None:
    """What RAM held before, or data of the new owner: every access may be fatal, none is for certain."""
    if read is StructPageAccess.PAGE_BUDDY:
        return AccessResult(read, FaultEffect.CORRUPTION, certain=False)
    if read is StructPageAccess.NID_ASSERT:
        return AccessResult(read, FaultEffect.BUG, certain=False)
    if read in _HARMLESS and not config.has("DEBUG_VM_PGFLAGS"):
        return None
    return AccessResult(read, FaultEffect.OOPS, certain=False)


def _reserved_ones(
    read: StructPageAccess, page: StructPage, zone: Zone, config: KernelConfig
) -> AccessResult | None:
    """As ``_ones``, but the page is no tail, and its flags are read where they are."""
    if read in _FOLLOWS_HEAD:
        poisoned = config.has("DEBUG_VM_PGFLAGS")
        return AccessResult(read, FaultEffect.BUG, certain=True, poison=True) if poisoned else None
    return _ones(read, page, zone, config)


_READERS = {
    PageContent.INITIALISED: _initialised,
    PageContent.ZERO: _zero,
    PageContent.FF: _ones,
    PageContent.FF_RESERVED: _reserved_ones,
    PageContent.STALE: _anything,
    PageContent.EITHER: _anything,
    PageContent.FREED: _anything,
}
