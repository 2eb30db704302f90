# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixes of values that Kconfig does not keep.

1. Without a search: write the value that Kconfig computes.
2. A search finds few answers from which Kconfig computes the requested value (``low_impact_correction_set``).
   It can take a second in a whole tree, so it is made for the first few findings of a file. All searches of a
   judgement share a limited time; those that run out of it are counted.
3. If no configuration of the tree has the value, the fix says so; findings that follow from it, too.
4. A value that does not fit its symbol's type often shows the intended value: that is the fix if Kconfig
   keeps it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from explorer.checking.findings import Finding, FindingKind
from explorer.checking.fixes import FixAction, SuggestedFix
from explorer.checking.settings import RequestedValue
from explorer.configuration import (
    NO_DEADLINE,
    Deadline,
    Tree,
    explain,
    low_impact_correction_set,
    with_answers,
)
from explorer.configuration.encoding.deadline import Allowance
from explorer.configuration.queries.overrides import keeps
from explorer.configuration.queries.pins import pins_beside
from explorer.configuration.tree.evaluation import Evaluation
from explorer.errors import InputError, OutOfTimeError

__all__ = ["MOST_SEARCHES", "FixSearches", "fix_of_request", "unsearched", "with_fixes", "written_value"]

MOST_SEARCHES = 5
_MOST_INTENDED = 50
_MOST_SECONDS = 30.0
_LOGICAL_WORDS = {"y": "y", "m": "m", "n": "n", "yes": "y", "no": "n"}
_DELETE = SuggestedFix(FixAction.DELETE_LINE)
_SEARCHED = frozenset({FindingKind.UNMET_DEPENDENCY, FindingKind.CHOICE_CONFLICT, FindingKind.OVERRIDDEN})


class FixSearches:
    """The searches for fixes of one judgement.

    Args:
        deadline: that of the judgement.

    Attributes:
        deadline: as above.
        out_of_time: the symbols whose searches ended without an answer because the time ran out.
    """

    def __init__(self, deadline: Deadline = NO_DEADLINE) -> None:
        self.deadline = deadline
        self._allowance = Allowance(_MOST_SECONDS)
        self.out_of_time: set[str] = set()

    def fix(
        self, evaluation: Evaluation, setting: RequestedValue, otherwise: SuggestedFix
    ) -> SuggestedFix | None:
        """The answers that give the requested value, or another fix if none can; ``None`` if unknown."""
        deadline = self._allowance.deadline(self.deadline)
        try:
            fix = _changed_answers(evaluation, setting, deadline)
            return fix or _unobtainable(evaluation.tree, setting, otherwise, deadline)
        except OutOfTimeError:
            self._allowance.spent()
            self.out_of_time.add(setting.symbol)
            return None


def with_fixes(
    evaluation: Evaluation, answers: Mapping[str, str], findings: Sequence[Finding], searches: FixSearches
) -> list[Finding]:
    """The findings, the first roots among them with the fix that a search finds.

    Args:
        evaluation: the values under the answers.
        answers: the requested values that count, in the order of the files.
        findings: the values that Kconfig does not keep.
        searches: makes the searches.
    """
    fixes: dict[str, SuggestedFix | None] = {
        finding.symbol: searches.fix(evaluation, finding.setting, finding.fix or _DELETE)
        for finding in _searchable(findings)[:MOST_SEARCHES]
    }
    unobtainable = {symbol for symbol, fix in fixes.items() if fix and fix.unobtainable}
    wrong = [finding for finding in findings if finding.id is FindingKind.WRONG_TYPE]
    for finding in wrong[:_MOST_INTENDED]:
        needed = any(finding.symbol in other.follows_from for other in findings)
        fixes[finding.symbol] = _intended(evaluation.tree, answers, finding, needed=needed)
    for finding in findings:
        if lost := unobtainable.intersection(finding.follows_from):
            is_written = evaluation.is_written(finding.symbol)
            otherwise = written_value(finding.symbol, finding.becomes, is_written=is_written)
            fixes[finding.symbol] = replace(otherwise, unobtainable=tuple(sorted(lost)))
    return [replace(finding, fix=fixes.get(finding.symbol) or finding.fix) for finding in findings]


def unsearched(findings: Sequence[Finding]) -> int:
    """For how many findings no search is made because it is made for the first few."""
    return max(0, len(_searchable(findings)) - MOST_SEARCHES)


def _searchable(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.id in _SEARCHED and not finding.follows_from]


def written_value(symbol: str, value: str, *, is_written: bool) -> SuggestedFix:
    """To write the value that Kconfig computes, or to delete the line if it writes none."""
    return SuggestedFix(FixAction.WRITE_COMPUTED, {symbol: value}) if is_written else _DELETE


def fix_of_request(
    evaluation: Evaluation, setting: RequestedValue, searches: FixSearches
) -> SuggestedFix | None:
    """The answers that give a value requested by a fragment, or that none can; ``None`` if unknown."""
    return searches.fix(evaluation, setting, SuggestedFix(FixAction.REMOVE_REQUEST))


def _target(tree: Tree, setting: RequestedValue) -> dict[str, str]:
    """The requested value as Kconfig reads it: of a bool or tristate only the first letter."""
    value = str(setting.value)
    return {setting.symbol: value[:1] if tree.is_logical(setting.symbol) else value}


def _changed_answers(
    evaluation: Evaluation, setting: RequestedValue, deadline: Deadline
) -> SuggestedFix | None:
    """Few answers from which Kconfig computes the requested value; ``None`` if none are known."""
    target = _target(evaluation.tree, setting)
    try:
        correction = low_impact_correction_set(evaluation, target, deadline=deadline)
    except OutOfTimeError:
        raise
    except InputError:
        return None
    if correction is None or not correction.changes:
        return None
    after = {change.symbol: change.after for change in correction.changes}
    moved = tuple(name for name in correction.affected if name not in target)
    pins = pins_beside(evaluation, correction, target)
    return SuggestedFix(
        FixAction.CHANGE_ANSWERS, after, moved=moved, pins=pins.answers, unpinned=tuple(pins.unpinned)
    )


def _unobtainable(
    tree: Tree, setting: RequestedValue, otherwise: SuggestedFix, deadline: Deadline
) -> SuggestedFix | None:
    """That no configuration of the tree has a value; ``None`` if one has it, or if that is unknown."""
    try:
        combination = explain(tree, _target(tree, setting), deadline=deadline).combination
    except InputError:
        return None
    if combination.out_of_time is not None:
        raise OutOfTimeError(combination.out_of_time)
    if not combination.unreachable:
        return None
    symbol = setting.symbol
    by_compiler = symbol in tree.probe_dependent_symbols or any(
        "$(" in line.text for line in combination.core_lines
    )
    return replace(otherwise, unobtainable=(symbol,), by_compiler=by_compiler)


def _intended(
    tree: Tree, answers: Mapping[str, str], finding: Finding, *, needed: bool
) -> SuggestedFix | None:
    """The intended value of a wrong type, or the value that other lines need, if Kconfig keeps it."""
    symbol = finding.symbol
    value = _intended_value(tree.type_of(symbol), finding.requested)
    for_others = value is None and needed and tree.is_logical(symbol)
    if for_others:
        value = "y" if finding.becomes == "n" else "n"
    if value is None:
        return None
    after = Evaluation(tree, with_answers(answers, {symbol: value}))
    action = FixAction.WRITE_NEEDED if for_others else FixAction.WRITE_INTENDED
    return SuggestedFix(action, {symbol: value}) if keeps(after, symbol, value) else None


def _intended_value(kind: str, text: str) -> str | None:
    """The value of a type that a text resembles; ``None`` if it resembles none."""
    plain = text.strip().strip("\"'")
    if kind in {"bool", "tristate"}:
        value = _LOGICAL_WORDS.get(plain.lower())
        return "y" if value == "m" and kind == "bool" else value
    if kind == "string":
        return plain if not getattr(text, "unset", False) else None
    try:
        return hex(int(plain, 16)) if kind == "hex" else str(int(plain))
    except ValueError:
        return None
