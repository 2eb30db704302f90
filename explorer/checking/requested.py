# SPDX-License-Identifier: GPL-2.0-or-later
"""Values that fragments request and a resulting ``.config`` does not have.

1. The fragments are compared with the resulting configuration; "is not set" equals a missing symbol.
2. The cause is found by evaluation: the requested value is added last to the answers of the ``.config``, and
   its override is explained. In a whole tree that takes some hundredths of a second, so it is done for the
   first hundred values; a search for a fix can take a second, so it is made for the first few.
"""

from collections.abc import Iterator, Mapping, Sequence

from explorer.checking.config_fixes import MOST_SEARCHES, FixSearches, fix_of_request
from explorer.checking.file_findings import line_findings
from explorer.checking.findings import Finding, FindingKind
from explorer.checking.fixes import FixAction, SuggestedFix
from explorer.checking.reasons import NotGranted, Ungranted
from explorer.checking.rejected_values import RejectedValues, wrong_types
from explorer.checking.settings import (
    RequestedValue,
    requested_values,
    without_dropped_lines,
    without_overlaid_lines,
)
from explorer.configuration import DotConfig, with_answers
from explorer.configuration.queries.overrides import Override, equal_values, override_of
from explorer.configuration.queries.undecided_values import probes_behind
from explorer.configuration.tree.evaluation import Evaluation

__all__ = ["request_findings"]

_MOST_EXAMINED = 100
_LONGEST = 4096  # characters of a value that a fix repeats


def request_findings(  # noqa: PLR0913 # fragments, what was found before, and how to judge
    fragments: Sequence[DotConfig],
    name: str,
    rejected: RejectedValues,
    resulting: Mapping[str, str],
    *,
    whole_tree: bool,
    searches: FixSearches,
) -> Iterator[Finding]:
    """The findings about requested fragments.

    Args:
        fragments: at least one, in merge order.
        name: the resulting ``.config``.
        rejected: what Kconfig computes from it.
        resulting: its values, symbol to value.
        whole_tree: the tree is a whole kernel's, so an undefined symbol does not exist.
        searches: makes the searches for fixes; gives the deadline.

    Raises:
        OutOfTimeError: it is not known in time which values depend on compiler checks without an answer.
    """
    tree = rejected.evaluation.tree
    valid, dropped = without_dropped_lines(tree, fragments)
    requested = requested_values(without_dropped_lines(tree, without_overlaid_lines(fragments))[0])
    yield from line_findings([DotConfig("", (), (), None, ""), *valid])
    yield from wrong_types(rejected.evaluation, requested, dropped)
    examined = 0
    for setting in requested.values():
        value = resulting.get(setting.symbol, "n")
        if equal_values(tree, setting.symbol, setting.value, value):
            continue
        cause: Override | Ungranted | None = Ungranted.UNDEFINED if whole_tree else None
        fix: SuggestedFix | None = None
        if tree.defines(setting.symbol):
            cause, fix = _cause(rejected, setting, examined, searches)
            examined += 1
        yield Finding(
            FindingKind.NOT_GOT,
            setting,
            NotGranted(name, setting.symbol in rejected.requested, cause),
            becomes=value,
            causes=cause.causes if isinstance(cause, Override) else (),
            fix=fix,
        )


def _cause(
    rejected: RejectedValues,
    setting: RequestedValue,
    examined: int,
    searches: FixSearches,
) -> tuple[Override | Ungranted, SuggestedFix | None]:
    """Why a value is missing and the fix; the first few are examined.

    Args:
        rejected: what Kconfig computes from the resulting ``.config``.
        setting: the requested value.
        examined: how many values were examined before.
        searches: makes the searches for fixes; gives the deadline.
    """
    if examined >= _MOST_EXAMINED:
        return Ungranted.NOT_EXAMINED, None
    tree, symbol, value = rejected.evaluation.tree, setting.symbol, setting.value
    answers = {name: requested.value for name, requested in rejected.requested.items()}
    evaluation = Evaluation(tree, with_answers(answers, {symbol: value}))
    override = override_of(evaluation, symbol, value)
    if override and probes_behind(evaluation, {symbol: value}, deadline=searches.deadline):
        return Ungranted.UNDECIDED, None
    if override is None:
        values = {symbol: value} if len(value) <= _LONGEST else {}
        return Ungranted.GRANTABLE, SuggestedFix(FixAction.MERGE_LAST, values)
    searched = examined < MOST_SEARCHES
    return override, fix_of_request(rejected.evaluation, setting, searches) if searched else None
