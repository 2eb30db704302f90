# SPDX-License-Identifier: GPL-2.0-only
"""How much is told: names, values and numbers of lines come from strangers, and a finding must fit a screen.

* A thousand findings of a kind are listed, the gravest first where there are more, and the rest counted: that
  is as grave as the gravest of them, for nothing may pass because it stands too far down.
* A text is cut after 500 characters. A fragment is not, for half of a line is another one: where it is too
  long it is left out, and the fix says so.
* A finding names the first twenty symbols that it follows from.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from explorer.checking.findings import FINDING_KINDS, Finding, SuggestedFix
from explorer.configuration.queries.overrides import Cause
from explorer.errors import shortened

__all__ = ["bounded"]

_MOST_LISTED = 1000
_MOST_FOLLOWED = 20
_LONGEST = 500  # characters of a text in a finding
_LONGEST_FRAGMENT = 4000


def bounded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings in order of kind, so many of each, none longer than a screen."""
    kinds: dict[str, list[Finding]] = {name: [] for name in FINDING_KINDS}
    for finding in findings:
        kinds[finding.id].append(finding)
    for found in kinds.values():
        if len(found) > _MOST_LISTED:
            found.sort(key=lambda finding: finding.severity.rank)
        yield from map(_short, found[:_MOST_LISTED])
    for name, found in kinds.items():
        if rest := found[_MOST_LISTED:]:
            yield Finding("more", f"{len(rest)} more findings of kind {name}", severity=rest[0].severity)


def _short(finding: Finding) -> Finding:
    return replace(
        finding,
        message=_cut(finding.message),
        symbol=_cut(finding.symbol),
        asked=_cut(finding.asked),
        becomes=_cut(finding.becomes),
        causes=tuple(map(_short_cause, finding.causes)),
        follows_from=tuple(map(_cut, finding.follows_from[:_MOST_FOLLOWED])),
        fix=finding.fix and _short_fix(finding.fix),
    )


def _short_cause(cause: Cause) -> Cause:
    statement = replace(cause.statement, text=_cut(cause.statement.text))
    values = tuple(each._replace(symbol=_cut(each.symbol), value=_cut(each.value)) for each in cause.values)
    return replace(cause, statement=statement, values=values)


def _short_fix(fix: SuggestedFix) -> SuggestedFix:
    if len(fix.fragment) <= _LONGEST_FRAGMENT:
        return replace(fix, words=_cut(fix.words))
    return SuggestedFix(f"{_cut(fix.words)} (its lines are too long to be shown)")


def _cut(text: str) -> str:
    return shortened(text, _LONGEST)
