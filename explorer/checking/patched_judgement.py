# SPDX-License-Identifier: GPL-2.0-or-later
"""The judgement of a patched kernel by the fragment of its release: what the fragment rejects is not known.

1. A value that the fragment does not keep is a note, and one ``unknown`` finding asks for the kernel's tree.
2. The values of the file are booted: the kernel's own Kconfig computed them.
3. A second member of a choice stays an error, since no Kconfig writes it; so does a value of a wrong type.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from explorer.checking.findings import Finding, FindingKind, Severity
from explorer.checking.fixes import FixAction, SuggestedFix
from explorer.checking.patched_kernel import PatchSign
from explorer.checking.reasons import PatchedKernel
from explorer.checking.rejected_values import RejectedValues
from explorer.checking.settings import place_of

__all__ = ["doubted", "patched", "without_doubted"]

_BY_DEFINITION = frozenset({FindingKind.OUT_OF_RANGE, FindingKind.UNMET_DEPENDENCY, FindingKind.OVERRIDDEN})
_GIVE_TREE = SuggestedFix(FixAction.GIVE_TREE)


def doubted(rejected: RejectedValues) -> tuple[str, ...]:
    """The symbols whose values only the definitions of the fragment reject, in the order of the findings."""
    certain = {finding.symbol for finding in rejected.findings if finding.id not in _BY_DEFINITION}
    certain |= rejected.moved
    return tuple(
        finding.symbol
        for finding in rejected.findings
        if finding.id in _BY_DEFINITION and certain.isdisjoint((finding.symbol, *finding.follows_from))
    )


def without_doubted(findings: Sequence[Finding], doubted: Collection[str]) -> Iterator[Finding]:
    """The findings, those about doubted symbols as notes, and so unmet selects if there are any."""
    for finding in findings:
        if finding.id in _BY_DEFINITION and finding.symbol in doubted:
            yield replace(finding, severity=Severity.NOTE, fix=_GIVE_TREE)
        elif finding.id is FindingKind.UNMET_SELECT and doubted:
            yield replace(finding, severity=Severity.NOTE)
        else:
            yield finding


def patched(signs: Sequence[PatchSign], doubted: Sequence[str], rejected: RejectedValues) -> Finding:
    """The finding that asks for the tree, at the first line that the fragment rejects."""
    place = place_of(rejected.requested[doubted[0]], doubted[0])
    reason = PatchedKernel(tuple(signs), tuple(doubted))
    return Finding(FindingKind.UNKNOWN, place, reason, Severity.WARNING, fix=_GIVE_TREE)
