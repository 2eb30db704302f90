# SPDX-License-Identifier: GPL-2.0-or-later
"""Which firmware can give a memory map to a kernel, in words."""

from collections.abc import Sequence

from explorer.boot.firmware_origin import Means, ObstacleKind, Origin

__all__ = ["firmware_words"]

_MEANS = {
    Means.DEVICE_TREE: "a device tree",
    Means.EFI: "EFI",
    Means.EFI_AND_DEVICE_TREE: "EFI with a device tree",
}
_OBSTACLES = {
    ObstacleKind.NOMAP_OF_TREE: "this kernel removes no-map memory of a device tree, so nomap comes from EFI",
    ObstacleKind.MEMORY_INSIDE_PAGE: "memory that firmware reports is rounded to pages",
    ObstacleKind.NOMAP_INSIDE_PAGE: "EFI's nomap memory is rounded to pages",
    ObstacleKind.RESERVED_BY_EFI: "EFI reserves whole pages of mapped memory only",
    ObstacleKind.SOME_WITHOUT_NODE: "either all memory has a node, or none has",
    ObstacleKind.NODE_NUMBER: "the node number is beyond NODES_SHIFT",
    ObstacleKind.OTHERWISE: "the kernel makes another map of it",
}


def firmware_words(origins: Sequence[Origin]) -> str:
    """One line: which firmware can make a memory map; if none can, why."""
    made = [_MEANS[one.means] for one in origins if not one.obstacles]
    if made:
        return f"firmware can make this map: {', '.join(made)}"
    reasons = dict.fromkeys(
        f"{_OBSTACLES[obstacle.kind]} (at {obstacle.address:#x})"
        for one in origins
        for obstacle in one.obstacles[:1]
    )
    return f"no firmware makes this map: {'; '.join(reasons)}"
