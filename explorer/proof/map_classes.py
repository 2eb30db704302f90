# SPDX-License-Identifier: GPL-2.0-or-later
"""Named classes of memory maps, for short statements: "safe on page-aligned maps".

A map is aligned to pages if every region begins and ends on a page; likewise for pageblocks, MAX_ORDER blocks
and sections. Each class also comes with one node only. A claim's terms say more than any class does.
"""

from enum import StrEnum

from explorer.boot import KernelConfig
from explorer.proof.claims import Claim
from explorer.proof.conditions import Condition, Implications

__all__ = ["MapClass", "weakest_class"]


class MapClass(StrEnum):
    """A class of memory maps, the largest first."""

    ALL = "any memory map"
    PAGES = "page-aligned maps"
    PAGES_ONE_NODE = "page-aligned maps of one node"
    PAGEBLOCKS = "pageblock-aligned maps"
    PAGEBLOCKS_ONE_NODE = "pageblock-aligned maps of one node"
    MAX_ORDER_BLOCKS = "maps aligned to MAX_ORDER blocks"
    MAX_ORDER_BLOCKS_ONE_NODE = "maps of one node aligned to MAX_ORDER blocks"
    SECTIONS = "section-aligned maps"
    SECTIONS_ONE_NODE = "section-aligned maps of one node"

    @property
    def conditions(self) -> frozenset[Condition]:
        """The conditions that all of its maps meet; others may follow from them (``Implications``)."""
        if self is MapClass.ALL:
            return frozenset()
        grid, one_node = self.name.removesuffix("_ONE_NODE"), self.name.endswith("_ONE_NODE")
        aligned = {Condition[f"{subject}_ON_{grid}"] for subject in _SUBJECTS}
        return frozenset({*aligned, Condition.PAGES_UNSHARED, *([Condition.ONE_NODE] if one_node else ())})


_SUBJECTS = (
    *("NOMAP_BEGINS", "NOMAP_ENDS", "HOLES_BEGIN", "HOLES_END"),
    *("MEMORY_BEGINS", "MEMORY_ENDS", "NODES"),
)


def weakest_class(claim: Claim, config: KernelConfig) -> MapClass | None:
    """The first class all of whose maps are covered by a claim; ``None`` if no class is."""
    implications = Implications(config)
    return next((each for each in MapClass if claim.covers(implications.closure(each.conditions))), None)
