# SPDX-License-Identifier: GPL-2.0-or-later
"""Words for what the simulator does not model."""

from explorer.boot import Gap, GapKind

__all__ = ["gap_words"]

_WORDS = {
    GapKind.DEFERRED_INITIALISATION: "struct pages that kthreads initialise later",
    GapKind.RESERVED_WITHOUT_NODE: "memory is reserved below all RAM and has no node; "
    "memmap_init_reserved_pages() reads the data of a node that does not exist (6.5 to 6.7.2)",
    GapKind.MISSING_PFN_VALID: "this kernel has no pfn_valid() of arm64's own and would not link",
    GapKind.OPEN_CHANGE: "the sources of the tree do not show whether it has this change",
}


def gap_words(gap: Gap) -> str:
    """Return the symbol and what of its effect is not modelled."""
    return f"{gap.symbol}: {_WORDS[gap.kind]}"
