# SPDX-License-Identifier: GPL-2.0-or-later
"""How many findings are listed: a thousand of each kind, the most severe first where there are more.

The rest is counted by one finding that is as severe as the most severe among it, so that no severe finding is
ignored because many stand before it. Texts are shortened where they are written (``explorer.narrative``).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate

from explorer.checking.findings import Finding, FindingKind, Severity
from explorer.checking.reasons import UnlistedFindings
from explorer.checking.settings import RequestedValue

__all__ = ["listed"]

_MOST_LISTED = 1000


def listed(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings that are listed in the order of their kinds, then a count of the others of each kind.

    Of each kind and severity a thousand findings are kept in memory, whatever their number.
    """
    by_kind = {kind: _Kept() for kind in FindingKind}
    for finding in findings:
        by_kind[finding.id].add(finding)
    for kept in by_kind.values():
        yield from kept.listed()
    for kind, kept in by_kind.items():
        if kept.total > _MOST_LISTED:
            reason = UnlistedFindings(kind, kept.total - _MOST_LISTED)
            yield Finding(FindingKind.MORE, RequestedValue(""), reason, kept.severity_of_others())


class _Kept:
    """The findings of one kind: the first thousand of each severity, and how many there are."""

    __slots__ = ("_counts", "_findings")

    def __init__(self) -> None:
        self._counts: Counter[Severity] = Counter()
        self._findings: list[Finding] = []

    @property
    def total(self) -> int:
        return self._counts.total()

    def add(self, finding: Finding) -> None:
        self._counts[finding.severity] += 1
        if self._counts[finding.severity] <= _MOST_LISTED:
            self._findings.append(finding)

    def listed(self) -> list[Finding]:
        """At most a thousand, in order; the most severe first where there are more."""
        if self.total > _MOST_LISTED:
            self._findings.sort(key=lambda finding: finding.severity.rank)
        return self._findings[:_MOST_LISTED]

    def severity_of_others(self) -> Severity:
        """The severity of the most severe finding that is not listed."""
        before = accumulate(self._counts[severity] for severity in self._by_rank())
        pairs = zip(self._by_rank(), before, strict=True)
        return next(severity for severity, count in pairs if count > _MOST_LISTED)

    def _by_rank(self) -> list[Severity]:
        return sorted(self._counts, key=lambda severity: severity.rank)
