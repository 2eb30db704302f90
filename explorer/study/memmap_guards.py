# SPDX-License-Identifier: GPL-2.0-or-later
"""The guards against bad struct pages that the history of the kernel knows, as sets of named changes.

The loop of memmap_init() leaves out struct pages: those of holes and, until 5.7, of nomap memory. A guard is
what was done so that walkers survive them: initialise or zero them, clear all memmap, or test each pfn.
"""

from enum import StrEnum
from typing import NamedTuple

from explorer.boot import MemoryModel

__all__ = ["WALKER_CHECKS", "MemmapGuard", "Recipe", "recipe_of"]


class MemmapGuard(StrEnum):
    """A guard that the history of the kernel knows.

    * ``AS_IT_IS``: whatever the kernel does.
    * ``PFN_VALID_WITHIN``: scanners ask arm64's own pfn_valid() for each page (HOLES_IN_ZONE).
    * ``ZEROED``: zero_resv_unavail() zeroes all pages outside mapped memory (4.20 to 5.5).
    * ``ZONE_ZERO``: init_unavailable_mem() initialises them for zone 0 of node 0 (5.6 to 5.11).
    * ``NEIGHBOURS``: init_unavailable_range() initialises holes for the zone of the memory above (5.12).
    * ``CLEARED``: the allocation clears all memmap (until 4.14, 4.18 or 5.14).
    * ``WHOLE_SECTIONS``: the contract of 2018. Every struct page of a section is initialised, nomap is
      reserved, pfn_valid() accepts whole sections, and no walker tests single pages (5.16).
    """

    AS_IT_IS = "as it is"
    PFN_VALID_WITHIN = "pfn_valid_within"
    ZEROED = "zero_resv_unavail"
    ZONE_ZERO = "init_unavailable_mem"
    NEIGHBOURS = "init_unavailable_range"
    CLEARED = "cleared memmap"
    WHOLE_SECTIONS = "whole sections"


class Recipe(NamedTuple):
    """The changes of ``explorer.boot.CHANGES`` that make a guard, by name.

    Attributes:
        present: those that must be in the kernel.
        absent: those that must not be.
    """

    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


_RECIPES = {
    MemmapGuard.AS_IT_IS: Recipe(),
    MemmapGuard.PFN_VALID_WITHIN: Recipe(
        ("holes_in_zone_always",), ("generic_pfn_valid", "no_pfn_valid_within", "no_holes_in_zone")
    ),
    MemmapGuard.ZEROED: Recipe(("zero_all_unavailable",), ("init_unavailable_mem", "holes_like_neighbours")),
    MemmapGuard.ZONE_ZERO: Recipe(("init_unavailable_mem",), ("holes_like_neighbours",)),
    MemmapGuard.NEIGHBOURS: Recipe(("holes_like_neighbours",)),
    MemmapGuard.CLEARED: Recipe(),
    MemmapGuard.WHOLE_SECTIONS: Recipe(
        ("holes_like_neighbours", "nomap_reserved", "generic_pfn_valid", "no_pfn_valid_within")
    ),
}

_NOT_CLEARED = {
    MemoryModel.SPARSEMEM_VMEMMAP: ("vmemmap_not_zeroed",),
    MemoryModel.SPARSEMEM: ("sparse_memmap_not_zeroed", "sparse_fallback_not_zeroed"),
    MemoryModel.FLATMEM: ("flatmem_holes_initialised",),
}

WALKER_CHECKS = (
    "page_ext_checked",
    "guarded_block_ends",
    "online_checks_within",
    "kmemleak_asks_online",
    "fast_search_asks_pfn_valid",
    "asserts_on_buddy_only",
    "proc_pages_ask_online",
    "no_memmap_valid_within",
    "online_asks_pfn_valid",
    "move_freepages_by_pfn",
    "memory_blocks_keep_zone",
    "present_asks_page_tables",
    "memory_blocks_by_regions",
)
"""Changes by which walkers check more, or no longer read a struct page; the earliest first."""


def recipe_of(guard: MemmapGuard, memory_model: MemoryModel) -> Recipe:
    """Return the changes of a guard with a memory model."""
    recipe = _RECIPES[guard]
    if guard is MemmapGuard.CLEARED:
        return recipe._replace(absent=_NOT_CLEARED[memory_model])
    if "holes_like_neighbours" in recipe.present and memory_model is MemoryModel.FLATMEM:
        return recipe._replace(present=(*recipe.present, "flatmem_holes_initialised"))
    return recipe
