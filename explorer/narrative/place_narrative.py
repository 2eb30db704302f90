# SPDX-License-Identifier: GPL-2.0-or-later
"""Words for where a boot has the no-map memory whose address the kernel chooses."""

from collections.abc import Iterator

from explorer.machine import MemoryMap

__all__ = ["map_notes"]


def map_notes(memory_map: MemoryMap) -> Iterator[str]:
    """The notes on the memory map of a boot, and one for each node that has its address from the kernel."""
    yield from memory_map.notes
    for node in memory_map.placed:
        yield f"this boot has no-map {node.name} at {node.base:#x} to {node.base + node.size - 1:#x}"
