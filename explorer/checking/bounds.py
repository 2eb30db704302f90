# SPDX-License-Identifier: GPL-2.0-or-later
"""How many findings are listed: a thousand of each kind, the most severe first where there are more.

The rest is counted by one finding that is as severe as the most severe among it, so that no severe finding is
ignored because many stand before it. Texts are shortened where they are written (``explorer.narrative``).
"""

from collections.abc import Iterable, Iterator

from explorer.checking.findings import Finding, FindingKind
from explorer.checking.reasons import UnlistedFindings
from explorer.checking.settings import RequestedValue

__all__ = ["listed"]

_MOST_LISTED = 1000


def listed(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings that are listed in the order of their kinds, then a count of the others of each kind."""
    by_kind: dict[FindingKind, list[Finding]] = {kind: [] for kind in FindingKind}
    for finding in findings:
        by_kind[finding.id].append(finding)
    for same_kind in by_kind.values():
        if len(same_kind) > _MOST_LISTED:
            same_kind.sort(key=lambda finding: finding.severity.rank)
        yield from same_kind[:_MOST_LISTED]
    for kind, same_kind in by_kind.items():
        if rest := same_kind[_MOST_LISTED:]:
            reason = UnlistedFindings(kind, len(rest))
            yield Finding(FindingKind.MORE, RequestedValue(""), reason, rest[0].severity)
