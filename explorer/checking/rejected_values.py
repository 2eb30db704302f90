# SPDX-License-Identifier: GPL-2.0-only
"""Requested values that Kconfig does not keep, with the statements that decide.

1. All answers are given at once, and every requested value is compared with the computed one.
2. A finding that another one explains *follows from* it (``root_causes``): it is a note.
3. Symbols that compiler checks decide have the values that the file records.
4. A shipped fragment defines only the symbols of memory initialisation: symbols that it lacks are counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from explorer.checking.config_fixes import unsearched, with_fixes, written_value
from explorer.checking.findings import Finding, FindingKind, Severity
from explorer.checking.fixes import FixAction, SuggestedFix
from explorer.checking.reasons import OutsideRanges
from explorer.checking.root_causes import moved_by_fragments, with_root_causes
from explorer.checking.settings import RequestedValue, place_of, requested_values
from explorer.checking.spelling import nearest
from explorer.configuration import DotConfig, Tree
from explorer.configuration.queries.overrides import (
    Cause,
    Override,
    OverrideReason,
    outside_every_range,
    override_of,
    unmet_selects,
)
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.toolchain_override import with_toolchain_of

__all__ = ["RejectedValues", "rejected_values_of", "wrong_types"]

_KINDS = {
    OverrideReason.UNMET: FindingKind.UNMET_DEPENDENCY,
    OverrideReason.HIDDEN: FindingKind.UNMET_DEPENDENCY,
    OverrideReason.FORCED: FindingKind.OVERRIDDEN,
    OverrideReason.DERIVED: FindingKind.OVERRIDDEN,
    OverrideReason.CHOSEN: FindingKind.CHOICE_CONFLICT,
    OverrideReason.RANGE: FindingKind.OUT_OF_RANGE,
}
_MOST_LISTED = 1000
"""Findings of a kind; those beyond are counted, and need no near name, cause or fix."""
_LONGEST_NAME = 100
_DELETE = SuggestedFix(FixAction.DELETE_LINE)
_MOST_CAUSES = 2


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


def rejected_values_of(
    tree: Tree,
    files: Sequence[DotConfig],
    dropped: Sequence[RequestedValue],
    *,
    base: DotConfig | None = None,
    whole_tree: bool,
) -> RejectedValues:
    """The values of some files that a tree does not keep.

    Args:
        tree: the tree.
        files: the settings that Kconfig reads, in merge order.
        dropped: the lines that it drops for their values.
        base: the first file as Kconfig reads it alone, if others are merged over it.
        whole_tree: the tree is a whole kernel's, so an undefined symbol is a finding.
    """
    requested = requested_values(files)
    last = {name: setting.value for name, setting in requested.items()}
    answers = [(setting.symbol, setting.value) for file in files for setting in file.settings]
    evaluation = Evaluation(with_toolchain_of(tree, last), answers)
    values, unmet = evaluation.values(), list(_unmet_selects(evaluation, requested))
    findings = [*wrong_types(evaluation, requested, dropped), *_overridden(evaluation, requested)]
    findings = with_root_causes(evaluation, answers, findings)
    moved = moved_by_fragments(evaluation.tree, base, files[1:], findings) if base else {}
    findings = [
        _as_moved(finding, moved[finding.symbol]) if finding.symbol in moved else finding
        for finding in findings
    ]
    undefined = [setting for setting in requested.values() if not tree.defines(setting.symbol)]
    return RejectedValues(
        requested,
        evaluation,
        values,
        0 if whole_tree else len(undefined),
        frozenset(moved),
        unsearched(findings),
        (
            *with_fixes(evaluation, last, findings),
            *unmet,
            *(_undefined(tree, undefined) if whole_tree else ()),
        ),
    )


def _as_moved(finding: Finding, by: tuple[str, ...]) -> Finding:
    """A note without a fix: fragments are meant to change their base."""
    return replace(finding, severity=Severity.NOTE, follows_from=by, fix=None)


def _overridden(evaluation: Evaluation, requested: Mapping[str, RequestedValue]) -> Iterator[Finding]:
    """The values that Kconfig does not keep."""
    for setting in requested.values():
        if not evaluation.tree.defines(setting.symbol):
            continue
        outside = outside_every_range(evaluation, setting.symbol, setting.value)
        override = override_of(evaluation, setting.symbol, setting.value)
        if outside and (override is None or override.reason is not OverrideReason.RANGE):
            yield _out_of_range(evaluation, setting, *outside)
        elif override is not None:
            yield _override(evaluation, setting, override, part="ARM64" not in requested)


def _override(evaluation: Evaluation, setting: RequestedValue, override: Override, *, part: bool) -> Finding:
    """A warning if a part of a configuration leaves open what another part may set; else an error."""
    is_open = part and override.reason in {OverrideReason.UNMET, OverrideReason.HIDDEN}
    return Finding(
        _KINDS[override.reason],
        setting,
        override,
        Severity.WARNING if is_open else Severity.ERROR,
        override.becomes,
        override.causes,
        fix=written_value(evaluation, setting.symbol),
    )


def _out_of_range(
    evaluation: Evaluation, setting: RequestedValue, ranges: tuple[tuple[str, str], ...], near: str
) -> Finding:
    symbol, is_visible = setting.symbol, evaluation.is_visible(setting.symbol)
    lines = [line for line in evaluation.tree.statements(symbol) if line.text.startswith("range")]
    return Finding(
        FindingKind.OUT_OF_RANGE,
        setting,
        OutsideRanges(ranges, is_visible),
        becomes=evaluation.written(symbol),
        causes=tuple(map(Cause, lines)),
        fix=SuggestedFix(FixAction.WRITE_IN_RANGE, {symbol: near})
        if is_visible
        else written_value(evaluation, symbol),
    )


def wrong_types(
    evaluation: Evaluation, requested: Mapping[str, RequestedValue], dropped: Sequence[RequestedValue]
) -> Iterator[Finding]:
    """The lines that Kconfig drops for their values.

    "is not set" is accepted for a string or number whose value is empty.
    """
    wrong = [line for line in dropped if not line.value.unset or evaluation.value(line.symbol)]
    for line in wrong[:_MOST_LISTED]:
        yield _wrong_type(evaluation, line, requested.get(line.symbol))
    for line in wrong[_MOST_LISTED:]:
        yield Finding(FindingKind.WRONG_TYPE, place_of(line, line.symbol))


def _wrong_type(evaluation: Evaluation, line: RequestedValue, counting: RequestedValue | None) -> Finding:
    computed = evaluation.written(line.symbol)
    return Finding(
        FindingKind.WRONG_TYPE,
        line,
        counting,
        becomes=computed,
        causes=tuple(map(Cause, evaluation.tree.statements(line.symbol)))[:_MOST_CAUSES],
        fix=SuggestedFix(
            FixAction.WRITE_VALUE_OF_TYPE,
            {line.symbol: computed} if evaluation.is_written(line.symbol) else {},
        ),
    )


def _unmet_selects(evaluation: Evaluation, requested: Mapping[str, RequestedValue]) -> Iterator[Finding]:
    for name, causes in unmet_selects(evaluation):
        yield Finding(
            FindingKind.UNMET_SELECT,
            requested.get(name, RequestedValue(name)),
            severity=Severity.WARNING,
            becomes=evaluation.value(name),
            causes=causes,
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
