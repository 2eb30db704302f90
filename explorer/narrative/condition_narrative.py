# SPDX-License-Identifier: GPL-2.0-or-later
"""Conditions on memory maps in a few words. ``docs/proof.md`` has their definitions."""

from collections.abc import Iterable, Mapping

from explorer.proof.conditions import LARGE_ZONE, Condition

__all__ = ["conditions_words"]

_GRIDS: Mapping[str, str] = {
    "PAGES": "pages",
    "PAGEBLOCKS": "pageblocks",
    "MAX_ORDER_BLOCKS": "MAX_ORDER blocks",
    "SECTIONS": "sections",
}

_EDGES: Mapping[str, tuple[str, str]] = {
    "NOMAP_BEGINS": ("nomap", "begins"),
    "NOMAP_ENDS": ("nomap", "ends"),
    "HOLES_BEGIN": ("holes", "begin"),
    "HOLES_END": ("holes", "end"),
    "MEMORY_BEGINS": ("memory", "begins"),
    "MEMORY_ENDS": ("memory", "ends"),
}
"""Subject and verb."""

_OTHERS: Mapping[Condition, str] = {
    Condition.NO_NOMAP: "no nomap",
    Condition.NO_HOLES: "no holes",
    Condition.MEMORY_BEGINS_ON_MEMSTART_ALIGN: "memory begins on ARM64_MEMSTART_ALIGN",
    Condition.PAGES_UNSHARED: "no page has two regions",
    Condition.MAPPED_PAGES_UNSHARED: "no page has two mapped regions",
    Condition.PAGEBLOCKS_BEGIN_WITH_MEMORY: "no pageblock begins with a hole",
    Condition.SECTIONS_BEGIN_WITH_MEMORY: "no section begins with a hole",
    Condition.ONE_NODE: "one node",
    Condition.NODES_NOT_INTERLEAVED: "nodes are not interleaved",
    Condition.ZONES_LARGE: f"zones above {LARGE_ZONE >> 20} MiB",
    Condition.RESERVED_IN_MEMORY: "nothing reserved in holes",
    Condition.MEMORY_IN_FIRST_ROOT: "memory in the first root of sections",
}


def conditions_words(conditions: Iterable[Condition]) -> str:
    """A list of conditions, those of one subject and grid together: "nomap begins and ends on pages"."""
    listed = frozenset(conditions)
    given = [condition for condition in Condition if condition in listed]
    verbs: dict[tuple[str, str], list[str]] = {}
    others: list[str] = []
    for condition in given:
        subject, _, grid = condition.name.rpartition("_ON_")
        if subject in _EDGES and grid in _GRIDS:
            noun, verb = _EDGES[subject]
            verbs.setdefault((noun, _GRIDS[grid]), []).append(verb)
        else:
            others.append(_other_words(condition))
    edges = [f"{noun} {' and '.join(words)} on {grid}" for (noun, grid), words in verbs.items()]
    return ", ".join(edges + others)


def _other_words(condition: Condition) -> str:
    subject, _, grid = condition.name.rpartition("_ON_")
    return f"nodes meet on {_GRIDS[grid]}" if subject == "NODES" else _OTHERS[condition]
