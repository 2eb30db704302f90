# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the walkers of the simulator against those found in the C of the same kernel.

A record of ``boot/walkers`` is looked for by the kernel's function, in walkers and in the functions that they
call to read. The guards of the first read of each loop there are compared with those of the record.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from explorer.audit.guard_verdicts import GuardVerdict
from explorer.audit.kernel_words import COMPARISONS
from explorer.audit.tree_audit import AuditedWalker, Compiled
from explorer.boot import Kernel
from explorer.boot.walkers import WALKERS, PfnGuard, Walker

__all__ = ["Agreement", "RecordCheck", "held_against_simulator", "without_record"]


class Agreement(StrEnum):
    """How a record and the C agree."""

    SAME_GUARDS = "the same guards"
    OTHER_GUARDS = "other guards"
    NOT_FOUND = "not found"


class RecordCheck(NamedTuple):
    """A record of the simulator, held against the C.

    Attributes:
        function: the kernel's function.
        agreement: how they agree.
        recorded: the guards of the record.
        found: the walkers with the function, each with the guards of its first read.
    """

    function: str
    agreement: Agreement
    recorded: tuple[str, ...]
    found: tuple[tuple[AuditedWalker, tuple[str, ...]], ...]


_SAME = {
    "pageblock_pfn_to_page": "__pageblock_pfn_to_page",
    "for_each_valid_pfn": "pfn_valid",
    "early_pfn_valid": "pfn_valid",
}
"""Names of guards that ask the same."""

_ALSO = {
    "alloc_contig_range": ("pfn_range_valid_contig", "pfn_range_valid_gigantic"),
    "kpagecount_read": ("kpage_read",),
    "reserve_bootmem_region": ("memmap_init_reserved_range",),
    "move_freepages": ("prep_move_freepages_block",),
    "register_mem_block_under_node_early": ("register_mem_sect_under_node",),
    "safe_copy_page": ("saveable_page",),
}
"""Other functions of some releases that do what a record describes."""


def held_against_simulator(kernel: Kernel, walkers: Iterable[AuditedWalker]) -> list[RecordCheck]:
    """The records of a kernel that read struct pages behind guards, each held against the C.

    Args:
        kernel: the release.
        walkers: those found in its C.
    """
    found = list(walkers)
    records = {walker.function: walker for walker in WALKERS if walker.guards and _is_in(walker, kernel)}
    return [_checked(record, kernel, found) for record in records.values()]


def _is_in(walker: Walker, kernel: Kernel) -> bool:
    return (not walker.since or kernel.has(walker.since)) and not (walker.until and kernel.has(walker.until))


def _checked(record: Walker, kernel: Kernel, walkers: Iterable[AuditedWalker]) -> RecordCheck:
    recorded = tuple(_guards_of(record, kernel))
    names = {record.function, *_ALSO.get(record.function, ())}
    found = tuple((walker, guards) for walker in walkers for guards in _guards_in(walker, names))
    if not found:
        return RecordCheck(record.function, Agreement.NOT_FOUND, recorded, ())
    before = {} if kernel.has("proc_pages_ask_online") else {"pfn_to_online_page": "pfn_valid"}
    same = any(_plain(recorded, before) <= _plain(guards, before) for _, guards in found)
    agreement = Agreement.SAME_GUARDS if same else Agreement.OTHER_GUARDS
    return RecordCheck(record.function, agreement, recorded, found)


def _guards_of(record: Walker, kernel: Kernel) -> Iterator[str]:
    """The guards of a record that a kernel has: a record names those of the newest one."""
    for guard in record.guards:
        if guard is not PfnGuard.PFN_VALID_WITHIN or not kernel.has("no_pfn_valid_within"):
            yield str(guard)


def _plain(guards: Iterable[str], before: Mapping[str, str]) -> set[str]:
    """Guards with one name for those that ask the same."""
    same = (_SAME.get(name, name) for name in guards)
    return {before.get(name, name) for name in same}


def _guards_in(walker: AuditedWalker, names: set[str]) -> Iterator[tuple[str, ...]]:
    """The guards of the first read of each loop that is in a function, or calls it to ask or to read."""
    for loop in walker.loops:
        read = loop.read
        if read:
            guards = tuple(
                dict.fromkeys(guard.name for guard in read.guards if guard.name not in COMPARISONS)
            )
            if names & {walker.walker.name, read.word, *read.through, *guards}:
                yield guards


def without_record(walkers: Iterable[AuditedWalker]) -> list[AuditedWalker]:
    """The walkers that go from pfns to struct pages, can be compiled, are not guarded, and have no record."""
    known = {name for record in WALKERS for name in (record.function, *record.inlined_into)}
    return [
        walker
        for walker in walkers
        if walker.verdict not in {GuardVerdict.GUARDED, GuardVerdict.NO_READS}
        and walker.judgement.loop.by_pfn
        and walker.compiled is not Compiled.NEVER
        and walker.walker.name not in known
    ]
