# SPDX-License-Identifier: GPL-2.0-or-later
"""Conditions on memory maps in words: a few words for a list, a sentence for its definition."""

from collections.abc import Iterable, Mapping

from explorer.proof.conditions import LARGE_ZONE, Condition

__all__ = ["condition_sentence", "conditions_words"]

_GRIDS: Mapping[str, tuple[str, str]] = {
    "PAGES": ("pages", "page"),
    "PAGEBLOCKS": ("pageblocks", "pageblock"),
    "MAX_ORDER_BLOCKS": ("MAX_ORDER blocks", "MAX_ORDER block"),
    "SECTIONS": ("sections", "section"),
}
"""Plural and singular."""

_EDGES: Mapping[str, tuple[str, str, str]] = {
    "NOMAP_BEGINS": ("nomap", "begins", "the first byte of every nomap region"),
    "NOMAP_ENDS": ("nomap", "ends", "the byte after every nomap region"),
    "HOLES_BEGIN": ("holes", "begin", "the first byte of every hole between regions"),
    "HOLES_END": ("holes", "end", "the byte after every hole between regions"),
    "MEMORY_BEGINS": ("memory", "begins", "the first byte of memory"),
    "MEMORY_ENDS": ("memory", "ends", "the byte after all memory"),
}
"""Subject, verb, and what must be aligned."""

_OTHERS: Mapping[Condition, tuple[str, str]] = {
    Condition.NO_NOMAP: ("no nomap", "no memory is nomap"),
    Condition.NO_HOLES: ("no holes", "there is no hole between regions"),
    Condition.MEMORY_BEGINS_ON_MEMSTART_ALIGN: (
        "memory begins on ARM64_MEMSTART_ALIGN",
        "the first byte of memory is a multiple of ARM64_MEMSTART_ALIGN",
    ),
    Condition.PAGES_UNSHARED: ("no page has two regions", "no page holds bytes of two regions"),
    Condition.MAPPED_PAGES_UNSHARED: (
        "no page has two mapped regions",
        "no page holds bytes of two mapped regions that something separates",
    ),
    Condition.PAGEBLOCKS_BEGIN_WITH_MEMORY: (
        "no pageblock begins with a hole",
        "the first byte of every pageblock that holds memory is memory",
    ),
    Condition.SECTIONS_BEGIN_WITH_MEMORY: (
        "no section begins with a hole",
        "the first byte of every section that holds memory is memory",
    ),
    Condition.ONE_NODE: ("one node", "all memory is on one node"),
    Condition.NODES_NOT_INTERLEAVED: (
        "nodes are not interleaved",
        "no memory of another node lies between two regions of a node",
    ),
    Condition.ZONES_LARGE: (
        f"zones above {LARGE_ZONE >> 20} MiB",
        f"the highest zone of every node has more than {LARGE_ZONE >> 20} MiB of free whole pages",
    ),
    Condition.RESERVED_IN_MEMORY: ("nothing reserved in holes", "every byte that is reserved is memory"),
    Condition.MEMORY_IN_FIRST_ROOT: (
        "memory in the first root of sections",
        "memory begins in a section of the first root of mem_section (4K pages before 5.12: below 256 GiB)",
    ),
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
            noun, verb, _ = _EDGES[subject]
            verbs.setdefault((noun, _GRIDS[grid][0]), []).append(verb)
        else:
            others.append(_other_words(condition))
    edges = [f"{noun} {' and '.join(words)} on {grid}" for (noun, grid), words in verbs.items()]
    return ", ".join(edges + others)


def condition_sentence(condition: Condition) -> str:
    """What a condition demands, exactly."""
    subject, _, grid = condition.name.rpartition("_ON_")
    if subject in _EDGES and grid in _GRIDS:
        return f"{_EDGES[subject][2]} is a multiple of the size of a {_GRIDS[grid][1]}"
    if subject == "NODES":
        return f"no {_GRIDS[grid][1]} holds memory of two nodes"
    return _OTHERS[condition][1]


def _other_words(condition: Condition) -> str:
    subject, _, grid = condition.name.rpartition("_ON_")
    return f"nodes meet on {_GRIDS[grid][0]}" if subject == "NODES" else _OTHERS[condition][0]
