# SPDX-License-Identifier: GPL-2.0-only
"""What happens when mm code reads a struct page in a given state.

A struct page that was never initialised still gives an answer (include/linux/page-flags.h): zero looks like a
page of zone 0 on node 0; 0xff looks like a compound tail whose head lies at a wild address; leftover RAM and
memmap given back look like anything. Reading an initialised page never faults, but an assertion may still
fail on its node or zone.

The order of the readings in a walker matters: the first one that faults is what the console shows.
"""

from enum import StrEnum
from typing import NamedTuple

from explorer.boot.kernel_config import KernelConfig, MemoryModel
from explorer.boot.memmap import PageContent, StructPage
from explorer.boot.zones import Zone

__all__ = ["AccessResult", "FaultEffect", "StructPageAccess", "access_result"]


class FaultEffect(StrEnum):
    """What a fault does to the machine."""

    BUG = "BUG"
    OOPS = "oops"
    CORRUPTION = "list corruption"


class StructPageAccess(StrEnum):
    """What a walker does with a struct page, by the kernel's own expression."""

    NID_ASSERT = "VM_BUG_ON_PAGE(page_to_nid(page) != zone_to_nid(zone))"
    PAGE_TO_NID = "page_to_nid(page)"
    PAGE_ZONE = "page_zone(page)"
    FOLLOW_ZONE = "page_zone(page)->zone_start_pfn"
    PAGE_BUDDY = "PageBuddy(page)"
    PAGE_LRU = "PageLRU(page)"
    PAGE_SLAB = "PageSlab(page)"
    COMPOUND_ORDER = "compound_order(page)"
    SET_RESERVED = "SetPageReserved(page)"
    PAGE_TO_PFN = "page_to_pfn(page)"
    PAGEBLOCK_FLAGS = "get_pageblock_migratetype(page)"


class AccessResult(NamedTuple):
    """A reading that goes wrong.

    Attributes:
        read: the expression.
        effect: what it does.
        certain: whether it happens whatever the page holds besides its state.
        poison: an assertion against poison fired, not the expression itself.
    """

    read: StructPageAccess
    effect: FaultEffect
    certain: bool
    poison: bool = False


# Flag tests that follow the page to its compound head first (PF_HEAD, PF_NO_TAIL in page-flags.h).
_CHASES_HEAD = frozenset({StructPageAccess.PAGE_LRU, StructPageAccess.PAGE_SLAB})
_NEEDS_SECTION = frozenset({StructPageAccess.PAGE_TO_PFN, StructPageAccess.PAGEBLOCK_FLAGS})
_ASKS_NODE = frozenset(
    {StructPageAccess.PAGE_TO_NID, StructPageAccess.PAGE_ZONE, StructPageAccess.FOLLOW_ZONE}
)
# What is followed from a page of all ones leads nowhere: the compound head, the section, the node's zones.
_FOLLOWS = _CHASES_HEAD | _NEEDS_SECTION | {StructPageAccess.FOLLOW_ZONE}
_ASSERTS_FLAGS = frozenset({StructPageAccess.COMPOUND_ORDER, StructPageAccess.SET_RESERVED})
# What anything at all may be asked for, where no assertion looks at it: numbers out of the page's own flags.
_HARMLESS = (_ASSERTS_FLAGS | _ASKS_NODE) - _FOLLOWS


def access_result(
    read: StructPageAccess, page: StructPage, zone: Zone, config: KernelConfig
) -> AccessResult | None:
    """What reading a page does, or ``None`` where the walker goes on.

    Args:
        read: the expression.
        page: the state of the struct page.
        zone: the zone that the walker believes to be in.
        config: the kernel and its configuration; DEBUG_VM and DEBUG_VM_PGFLAGS decide which assertions exist.
    """
    if read is StructPageAccess.NID_ASSERT and not config.has("DEBUG_VM"):
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
    """Whether an assertion against poison is compiled into a reading."""
    if not config.has("DEBUG_VM_PGFLAGS"):
        return False
    asks_node = read in _ASKS_NODE and config.kernel.has("poisoned_nid_check")
    return asks_node or read in _ASSERTS_FLAGS


def _ones_nid(zone: Zone, config: KernelConfig) -> AccessResult | None:
    """page_to_nid() of all ones: the poison check first, then the largest node id; 0 without NUMA."""
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
    """Leftover RAM or somebody else's data: every reading may go wrong, none must."""
    if read is StructPageAccess.PAGE_BUDDY:
        return AccessResult(read, FaultEffect.CORRUPTION, certain=False)
    if read is StructPageAccess.NID_ASSERT:
        return AccessResult(read, FaultEffect.BUG, certain=False)
    if read in _HARMLESS and not config.has("DEBUG_VM_PGFLAGS"):
        return None
    return AccessResult(read, FaultEffect.OOPS, certain=False)


_READERS = {
    PageContent.INITIALISED: _initialised,
    PageContent.ZERO: _zero,
    PageContent.FF: _ones,
    PageContent.STALE: _anything,
    PageContent.FREED: _anything,
}
