# SPDX-License-Identifier: GPL-2.0-or-later
"""Requested values that Kconfig does not keep, with the statements that decide.

1. All answers are given at once, and every requested value is compared with the computed one.
2. A finding that another one explains *follows from* it (``queries.rejections``): it is a note.
3. Symbols that compiler checks decide have the values that the file records.
4. A shipped fragment defines only the symbols of memory initialisation: symbols that it lacks are counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from explorer.checking.config_fixes import FixSearches, unsearched, with_fixes, written_value
from explorer.checking.findings import Finding, FindingKind, Severity
from explorer.checking.fixes import FixAction, SuggestedFix
from explorer.checking.reasons import UndecidedValue
from explorer.checking.settings import RequestedValue, requested_values
from explorer.checking.spelling import nearest
from explorer.configuration import DotConfig, ProbeOperand, Tree
from explorer.configuration.queries.overrides import (
    Override,
    OverrideReason,
    UnmetSelect,
    unmet_selects,
)
from explorer.configuration.queries.provenance import SymbolValue
from explorer.configuration.queries.rejections import (
    Rejection,
    invalid_values,
    moved_by_fragments,
    rejections_of,
)
from explorer.configuration.queries.undecided_values import probes_behind
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.toolchain_override import with_toolchain_of

__all__ = ["RejectedValues", "rejected_values_of", "wrong_types"]

_KINDS = {
    OverrideReason.UNMET: FindingKind.UNMET_DEPENDENCY,
    OverrideReason.HIDDEN: FindingKind.UNMET_DEPENDENCY,
    OverrideReason.FORCED: FindingKind.OVERRIDDEN,
    OverrideReason.IMPLIED: FindingKind.OVERRIDDEN,
    OverrideReason.DERIVED: FindingKind.OVERRIDDEN,
    OverrideReason.CHOSEN: FindingKind.CHOICE_CONFLICT,
    OverrideReason.RANGE: FindingKind.OUT_OF_RANGE,
}
_MOST_LISTED = 1000
"""Findings of a kind; those beyond are counted, and need no near name, cause or fix."""
_LONGEST_NAME = 100
_DELETE = SuggestedFix(FixAction.DELETE_LINE)


@dataclass(frozen=True, slots=True)
class RejectedValues:
    """What Kconfig computes from files.

    Attributes:
        requested: symbol to the setting that counts, in the order of the answers.
        evaluation: the answers of the files, evaluated.
        values: the value of every symbol in it.
        unjudged: how many requested symbols the shipped fragment does not define.
        moved: the symbols that the base alone keeps and that the fragments over it change.
        unsearched: for how many findings no smallest fix was searched.
        findings: the requested values that Kconfig does not keep, unmet selects and undefined symbols.
    """

    requested: Mapping[str, RequestedValue]
    evaluation: Evaluation
    values: Mapping[str, str]
    unjudged: int
    moved: frozenset[str]
    unsearched: int
    findings: tuple[Finding, ...]


def rejected_values_of(  # noqa: PLR0913 # files, what was found in them before, and how to judge
    tree: Tree,
    files: Sequence[DotConfig],
    dropped: Sequence[RequestedValue],
    *,
    base: DotConfig | None = None,
    whole_tree: bool,
    searches: FixSearches,
) -> RejectedValues:
    """The values of some files that a tree does not keep.

    Args:
        tree: the tree.
        files: the settings that Kconfig reads, in merge order.
        dropped: the lines that it drops for their values.
        base: the first file as Kconfig reads it alone, if others are merged over it.
        whole_tree: the tree is a whole kernel's, so an undefined symbol is a finding.
        searches: makes the searches for fixes; gives the deadline.

    Raises:
        OutOfTimeError: it is not known in time which values depend on compiler checks without an answer.
    """
    requested = requested_values(files)
    last = {name: setting.value for name, setting in requested.items()}
    answers = [(setting.symbol, setting.value) for file in files for setting in file.settings]
    undefined = [setting for setting in requested.values() if not tree.defines(setting.symbol)]
    evaluation = Evaluation(with_toolchain_of(tree, last), answers)
    values, selects = evaluation.values(), _decided_selects(evaluation)
    invalid = invalid_values(evaluation, [(line.symbol, line.value) for line in dropped])
    rejections = rejections_of(evaluation, answers, list(last.items()), [*filter(None, invalid)])
    undecided = probes_behind(
        evaluation, {each.symbol: each.requested for each in rejections}, deadline=searches.deadline
    )
    of_base = {name for name, setting in requested.items() if base and setting.file == base.source}
    moved = moved_by_fragments(evaluation.tree, base, files[1:], rejections, of_base) if base else {}
    findings = [
        _as_moved(finding, moved[finding.symbol]) if finding.symbol in moved else finding
        for finding in (
            *_wrong_types(dropped, invalid, requested),
            *(
                _undecided(rejection, requested, undecided[rejection.symbol])
                if rejection.symbol in undecided
                else _rejected(rejection, requested)
                for rejection in rejections
            ),
        )
    ]
    unmet = [_unmet_select(select, requested) for select in selects]
    return RejectedValues(
        requested,
        evaluation,
        values,
        0 if whole_tree else len(undefined),
        frozenset(moved),
        unsearched(findings),
        (
            *with_fixes(evaluation, last, findings, searches),
            *unmet,
            *(_undefined(tree, undefined) if whole_tree else ()),
        ),
    )


def _as_moved(finding: Finding, by: tuple[str, ...]) -> Finding:
    """A note without a fix: fragments are meant to change their base."""
    return replace(finding, severity=Severity.NOTE, follows_from=by, fix=None)


def wrong_types(
    evaluation: Evaluation, requested: Mapping[str, RequestedValue], dropped: Sequence[RequestedValue]
) -> list[Finding]:
    """The lines that Kconfig drops for their values.

    Args:
        evaluation: the values in force.
        requested: symbol to the setting that counts instead.
        dropped: the lines.
    """
    invalid = invalid_values(evaluation, [(line.symbol, line.value) for line in dropped])
    return _wrong_types(dropped, invalid, requested)


def _wrong_types(
    dropped: Sequence[RequestedValue],
    invalid: Sequence[Rejection | None],
    requested: Mapping[str, RequestedValue],
) -> list[Finding]:
    return [
        Finding(
            FindingKind.WRONG_TYPE,
            line,
            requested.get(line.symbol),
            becomes=rejection.becomes,
            causes=rejection.causes,
            fix=SuggestedFix(
                FixAction.WRITE_VALUE_OF_TYPE,
                {line.symbol: rejection.becomes} if rejection.is_written else {},
            ),
        )
        for line, rejection in zip(dropped, invalid, strict=True)
        if rejection
    ]


def _rejected(rejection: Rejection, requested: Mapping[str, RequestedValue]) -> Finding:
    """A valid value that Kconfig does not keep; one that follows from others is a note."""
    kind, severity, fix = _judgement(rejection, part="ARM64" not in requested)
    if rejection.follows_from:
        severity, fix = Severity.NOTE, SuggestedFix(FixAction.FIX_ROOT_CAUSES)
    return Finding(
        kind,
        requested[rejection.symbol],
        rejection.reason,
        severity,
        rejection.becomes,
        rejection.causes,
        rejection.follows_from,
        fix,
    )


def _undecided(
    rejection: Rejection, requested: Mapping[str, RequestedValue], probes: tuple[ProbeOperand, ...]
) -> Finding:
    """A value that Kconfig keeps or not, depending on compiler probes without an answer."""
    return Finding(
        FindingKind.UNKNOWN,
        requested[rejection.symbol],
        UndecidedValue(probes),
        Severity.WARNING,
        rejection.becomes,
    )


def _judgement(rejection: Rejection, *, part: bool) -> tuple[FindingKind, Severity, SuggestedFix]:
    """Kind, severity and fix; a part of a configuration may leave open what another part sets."""
    symbol, reason = rejection.symbol, rejection.reason
    fix = written_value(symbol, rejection.becomes, is_written=rejection.is_written)
    if not isinstance(reason, Override):
        if reason and reason.is_visible:
            fix = SuggestedFix(FixAction.WRITE_IN_RANGE, {symbol: reason.nearest})
        return FindingKind.OUT_OF_RANGE, Severity.ERROR, fix
    is_open = part and reason.reason in {OverrideReason.UNMET, OverrideReason.HIDDEN}
    return _KINDS[reason.reason], Severity.WARNING if is_open else Severity.ERROR, fix


def _decided_selects(evaluation: Evaluation) -> list[UnmetSelect]:
    """The unmet selects, without those whose dependencies could be met if unanswered probes printed more."""
    selects = list(unmet_selects(evaluation))
    tree = evaluation.tree
    if not (selects and tree.unanswered_operands):
        return selects
    values = [value for select in selects for cause in select.causes for value in cause.values]
    low = {value.symbol: "y" for value in values if value.value == "n" and tree.defines(value.symbol)}
    open_values = probes_behind(evaluation, low)
    return [
        select
        for select in selects
        if not any(
            value.symbol in open_values or "$(" in cause.statement.text
            for cause in select.causes
            for value in cause.values or (SymbolValue("", "", ""),)
        )
    ]


def _unmet_select(select: UnmetSelect, requested: Mapping[str, RequestedValue]) -> Finding:
    return Finding(
        FindingKind.UNMET_SELECT,
        requested.get(select.symbol, RequestedValue(select.symbol)),
        severity=Severity.WARNING,
        becomes=select.value,
        causes=select.causes,
    )


def _undefined(tree: Tree, settings: Sequence[RequestedValue]) -> Iterator[Finding]:
    """The symbols that the tree does not define; of very many those first that are set to a value."""
    many = len(settings) > _MOST_LISTED
    by_severity = sorted(settings, key=lambda setting: setting.value == "n") if many else settings
    yield from (_undefined_symbol(tree, setting) for setting in by_severity[:_MOST_LISTED])
    for setting in by_severity[_MOST_LISTED:]:
        yield _UNLISTED_UNSET if setting.value == "n" else _UNLISTED


_UNLISTED = Finding(FindingKind.UNKNOWN_SYMBOL, RequestedValue(""), severity=Severity.WARNING)
_UNLISTED_UNSET = replace(_UNLISTED, severity=Severity.NOTE)


def _undefined_symbol(tree: Tree, setting: RequestedValue) -> Finding:
    is_unset = setting.value == "n"
    near = "" if is_unset else nearest(tree, setting.symbol[:_LONGEST_NAME])
    return Finding(
        FindingKind.UNKNOWN_SYMBOL,
        setting,
        severity=Severity.NOTE if is_unset else Severity.WARNING,
        fix=SuggestedFix(FixAction.RENAME_SYMBOL, symbols=(near,)) if near else _DELETE,
    )
