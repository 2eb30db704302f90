# SPDX-License-Identifier: GPL-2.0-or-later
"""What the page-by-page reference says of a counterexample, apart from the simulator that found it."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from explorer.boot import Fault, KernelConfig
from explorer.boot.struct_page_access import StructPageAccess
from explorer.proof.claims import Counterexample
from tests.boot.reference import Reference

__all__ = ["Answer", "answer_of_reference"]


class Answer(StrEnum):
    """How far the reference confirms a counterexample."""

    DIES = "the same walker dies of the same page"
    SAME_STATE = "the page is in the same state; the reference has no rule of this walker"
    OTHERWISE = "the reference says otherwise"
    NOT_ASKED = "the fault needs no struct page, and the reference has no rule of this walker"


def answer_of_reference(config: KernelConfig, example: Counterexample) -> Answer:
    """Boots the map of a counterexample page by page and looks for its fault."""
    fault, memory_map = example.fault, example.memory_map
    reference = Reference(config, memory_map.memory, memory_map.reserved)
    rule = _rule(fault, config)
    if rule:
        return Answer.DIES if fault.pfn in rule(reference) else Answer.OTHERWISE
    page = reference.pages.get(fault.pfn)
    if page is None:
        return Answer.NOT_ASKED
    return Answer.SAME_STATE if _state(fault) == page.state[:1] + page.state[2:] else Answer.OTHERWISE


def _state(fault: Fault) -> tuple[object, ...]:
    """The state of the struct page, as ``Page.state`` gives it without ``pfn_valid()``."""
    page = fault.page
    own = (page.node, page.zone, page.reserved) if page.content == "initialised" else ()
    return (str(fault.kind), str(page.content), *own)


_Rule = Callable[[Reference], set[int]]


def _rule(fault: Fault, config: KernelConfig) -> _Rule | None:
    """The pages that the reference lets a walker die of; ``None`` where it knows no such walker."""
    if fault.read is StructPageAccess.BAD_RANGE:
        return Reference.bad_range
    if fault.trigger in _WITHOUT_HOTPLUG and config.has("MEMORY_HOTPLUG"):
        return None
    return _RULES.get((fault.walker, fault.trigger)) or _RULES.get((fault.walker, ""))


_WITHOUT_HOTPLUG = {"kpageflags", "hibernate", "gigantic"}
"""Triggers whose rule in the reference is that of a kernel without MEMORY_HOTPLUG."""

_RULES: Mapping[tuple[str, str], _Rule] = {
    ("move_freepages", "fallback"): lambda boot: {pfn for _, pfn in boot.first_bad_of_steals()},
    ("move_freepages", "highatomic"): lambda boot: {
        pfn for _, pfn in boot.first_bad_of_steals(counts_movable=False)
    },
    ("isolate_migratepages_block", ""): Reference.first_bad_of_compaction,
    ("isolate_freepages_block", ""): lambda boot: boot.first_bad_of_compaction(from_the_end=True),
    ("test_pages_in_a_zone", ""): Reference.bad_of_valid_zones,
    ("register_mem_block_under_node_early", ""): lambda boot: {pfn for _, pfn in boot.bad_of_memory_blocks()},
    ("pagetypeinfo_showblockcount_print", ""): Reference.bad_of_pagetypeinfo,
    ("stable_page_flags", ""): Reference.bad_of_proc_pages,
    ("saveable_page", ""): Reference.bad_of_zones,
    ("safe_copy_page", ""): Reference.bad_of_copying,
    ("reserve_bootmem_region", ""): Reference.bad_of_reserving,
    ("init_pages_in_zone", ""): Reference.bad_of_page_owner,
    ("memblock_alloc_try_nid", ""): lambda boot: set(boot.bad_of_early_allocations()),
    ("__free_one_page", ""): Reference.bad_buddies,
}
