# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares the audits of two trees: walkers that appeared, vanished, gained or lost a guard.

Walkers are the same if their names are, and if several have one name, their files. A walker gained a guard
if its verdict is better than before, and lost it if it is worse. With equal verdicts another guard may be
asked. A walker of a file or function that could not be read has not vanished. A walker that begins to read
struct pages is told apart: it had no guard to lose.
"""

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from explorer.audit.guard_verdicts import WORST_FIRST, GuardVerdict
from explorer.audit.tree_audit import AuditedWalker, TreeAudit

__all__ = ["WalkerChange", "WalkerChangeKind", "changes_between"]


class WalkerChangeKind(StrEnum):
    """What became of a walker."""

    LOST_GUARD = "lost its guard"
    NOT_READ = "could not be read again"
    GAINED_GUARD = "gained a guard"
    OTHER_GUARD = "has another guard"
    READS = "reads struct pages now"
    READS_NO_MORE = "reads no struct page any more"
    APPEARED = "appeared"
    VANISHED = "vanished"


class WalkerChange(NamedTuple):
    """A walker that differs.

    Attributes:
        kind: what became of it.
        before: in the first tree; ``None`` if it is not there.
        after: in the second tree; ``None`` if it is not there.
    """

    kind: WalkerChangeKind
    before: AuditedWalker | None
    after: AuditedWalker | None


def changes_between(before: TreeAudit, after: TreeAudit) -> list[WalkerChange]:
    """The walkers that differ between two trees: those that lost a guard first, each kind by name."""
    old, new = _by_name(before.walkers), _by_name(after.walkers)
    changes = [
        change
        for name in sorted(old.keys() | new.keys())
        for change in _changes(old.get(name, []), new.get(name, []))
    ]
    changes = [_unless_unread(change, after) for change in changes]
    return sorted(changes, key=lambda change: list(WalkerChangeKind).index(change.kind))


def _unless_unread(change: WalkerChange, after: TreeAudit) -> WalkerChange:
    """A change; a walker that is not there for its file or function was not read has not vanished."""
    if change.before is None or change.kind is not WalkerChangeKind.VANISHED:
        return change
    walker = change.before.walker
    is_unread = any(
        place.file == walker.place.file and (reason.startswith(f"{walker.name}()") or "()" not in reason)
        for place, reason in after.not_read
    )
    return change._replace(kind=WalkerChangeKind.NOT_READ) if is_unread else change


def _by_name(walkers: Iterable[AuditedWalker]) -> dict[str, list[AuditedWalker]]:
    found: dict[str, list[AuditedWalker]] = defaultdict(list)
    for walker in walkers:
        found[walker.walker.name].append(walker)
    return found


def _changes(old: list[AuditedWalker], new: list[AuditedWalker]) -> Iterable[WalkerChange]:
    """The changes of the walkers of one name."""
    for before, after in _pairs(old, new):
        if before is None:
            yield WalkerChange(WalkerChangeKind.APPEARED, None, after)
        elif after is None:
            yield WalkerChange(WalkerChangeKind.VANISHED, before, None)
        else:
            kind = _kind(before, after)
            if kind:
                yield WalkerChange(kind, before, after)


def _pairs(
    old: list[AuditedWalker], new: list[AuditedWalker]
) -> Iterable[tuple[AuditedWalker | None, AuditedWalker | None]]:
    """Walkers of one name in both trees: of the same file, then in order."""
    left, rest = list(old), []
    for after in new:
        same = [before for before in left if before.walker.place.file == after.walker.place.file]
        if same:
            left.remove(same[0])
            yield same[0], after
        else:
            rest.append(after)
    for index in range(max(len(left), len(rest))):
        yield left[index] if index < len(left) else None, rest[index] if index < len(rest) else None


def _kind(before: AuditedWalker, after: AuditedWalker) -> WalkerChangeKind | None:
    if before.verdict is not after.verdict:
        if before.verdict is GuardVerdict.NO_READS:
            return WalkerChangeKind.READS
        if after.verdict is GuardVerdict.NO_READS:
            return WalkerChangeKind.READS_NO_MORE
    worse = WORST_FIRST.index(after.verdict) - WORST_FIRST.index(before.verdict)
    if worse:
        return WalkerChangeKind.LOST_GUARD if worse < 0 else WalkerChangeKind.GAINED_GUARD
    return WalkerChangeKind.OTHER_GUARD if _guard(before) != _guard(after) else None


def _guard(walker: AuditedWalker) -> str:
    return walker.judgement.guard.name if walker.judgement.guard else ""
