# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixes of a ``.config`` that were confirmed: written into its text, which then was judged again.

1. A set of fixes is confirmed if the findings that it is for are gone and no other came, except that a line
   now repeats another. Lines that Kconfig kept before and does not keep now are written as it computes them.
2. All fixes of a round are tried together. If they are not confirmed, each half is tried, down to one fix.
3. What is confirmed changes the text, and the next round begins with its findings: fixes are searched for the
   first few findings of a file only. It ends when no fix is confirmed.
4. A fix that is not confirmed changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import filterfalse

from explorer.boot import Boot
from explorer.checking.config_edits import (
    ConfigEdit,
    LineChange,
    combined,
    contradicted_line,
    edit_of,
    edited,
    following_edit,
    line_changes,
)
from explorer.checking.findings import Finding, FindingKind, Severity
from explorer.checking.judge import Checked
from explorer.configuration import DotConfig, parse_config

__all__ = ["ConfirmedFix", "FixedConfig", "fixed_config"]

_MOST_ROUNDS = 30
_MOST_TRIALS = 100
_VERDICTS = frozenset({FindingKind.UNREACHABLE, FindingKind.UNSAFE})


@dataclass(frozen=True, slots=True)
class ConfirmedFix:
    """A fix that was written.

    Attributes:
        findings: those that it is for; several if they differ in the memory map only. Their lines are those
            of the text before the fix.
        changes: the lines that it changes.
    """

    findings: tuple[Finding, ...]
    changes: tuple[LineChange, ...]


@dataclass(frozen=True, slots=True)
class FixedConfig:
    """A ``.config`` after its confirmed fixes.

    Attributes:
        text: its text.
        checked: the judgement of this text.
        fixes: in the order in which they were confirmed.
        following: lines that follow from the fixes: Kconfig kept them before and computes another value now.
        contradicted: the findings that are left because their fix contradicts another line, and this line.
    """

    text: str
    checked: Checked
    fixes: tuple[ConfirmedFix, ...]
    following: tuple[LineChange, ...]
    contradicted: tuple[tuple[Finding, int], ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A fix to try."""

    findings: tuple[Finding, ...]
    edit: ConfigEdit


@dataclass(frozen=True, slots=True)
class _State:
    """A text with its judgement, and how it was made of the text at the beginning of a round."""

    text: str
    checked: Checked
    edit: ConfigEdit = field(default_factory=ConfigEdit)
    following: tuple[LineChange, ...] = ()


def fixed_config(text: str, source: str, judge: Callable[[DotConfig], Checked]) -> FixedConfig:
    """Write the fixes that can be confirmed into the text of a ``.config``.

    Args:
        text: the text.
        source: the name of the file.
        judge: judges a file.
    """
    fixer = _Fixer(source, judge)
    state = _State(text, fixer.judged(text))
    fixes: list[ConfirmedFix] = []
    following: list[LineChange] = []
    for _ in range(_MOST_ROUNDS):
        after, confirmed = fixer.round(state)
        if not confirmed:
            break
        fixes += (ConfirmedFix(each.findings, line_changes(state.text, each.edit)) for each in confirmed)
        following += after.following
        state = _State(after.text, after.checked)
    contradicted = tuple(fixer.contradicted(state))
    return FixedConfig(state.text, state.checked, tuple(fixes), tuple(following), contradicted)


class _Fixer:
    """Tries fixes of one file."""

    def __init__(self, source: str, judge: Callable[[DotConfig], Checked]) -> None:
        self._source = source
        self._judge = judge
        self._trials = 0
        self._refused: set[Hashable] = set()

    def judged(self, text: str) -> Checked:
        """The judgement of a text."""
        return self._judge(self._parsed(text))

    def round(self, start: _State) -> tuple[_State, list[_Candidate]]:
        """The text with all fixes that are confirmed together, and these fixes."""
        state, confirmed = start, list[_Candidate]()
        batches = [self._candidates(start)]
        while batches and self._trials < _MOST_TRIALS:
            if not (batch := batches.pop()):
                continue
            tried = self._tried(start, state, batch)
            if tried is not None:
                state = tried
                confirmed += batch
            elif len(batch) > 1:
                half = len(batch) // 2
                batches += (batch[half:], batch[:half])
            else:
                self._refused.add(_what(batch[0].findings[0]))
        return state, confirmed

    def contradicted(self, state: _State) -> Iterator[tuple[Finding, int]]:
        """The findings whose fix contradicts another line, and this line."""
        config = self._parsed(state.text)
        for finding in state.checked.findings:
            if line := contradicted_line(state.checked.tree, config, finding):
                yield finding, line

    def _candidates(self, state: _State) -> list[_Candidate]:
        """The fixes of a judgement that can be made together, those of the verdict first."""
        config, edit = self._parsed(state.text), ConfigEdit()
        found: list[_Candidate] = []
        for findings in _repeated(state.checked.findings):
            if findings[0].follows_from or _what(findings[0]) in self._refused:
                continue
            own = edit_of(state.checked.tree, config, state.text, findings[0])
            both = combined(edit, own) if own else None
            if own and both:
                found.append(_Candidate(findings, own))
                edit = both
        return found

    def _tried(self, start: _State, state: _State, batch: Sequence[_Candidate]) -> _State | None:
        """The state after further fixes; ``None`` if they are not confirmed."""
        self._trials += 1
        edit: ConfigEdit | None = state.edit
        for candidate in batch:
            edit = combined(edit, candidate.edit) if edit else None
        if edit is None:
            return None
        text = edited(start.text, edit)
        follow = following_edit(start.checked.tree, self._parsed(start.text), self._parsed(text))
        whole = edited(text, follow)
        checked = self.judged(whole)
        before = Counter(map(_what, state.checked.findings))
        before -= Counter(_what(finding) for candidate in batch for finding in candidate.findings)
        if Counter(map(_what, filterfalse(_is_repetition, checked.findings))) - before:
            return None
        return _State(whole, checked, edit, line_changes(text, follow))

    def _parsed(self, text: str) -> DotConfig:
        return parse_config(text.encode(), self._source)


def _repeated(findings: Sequence[Finding]) -> Iterator[tuple[Finding, ...]]:
    """The findings, those about memory maps with the same fix as one; those of the verdict first."""
    on_maps = tuple(finding for finding in findings if finding.memory_map)
    if on_maps:
        yield on_maps
    rest = [finding for finding in findings if not finding.memory_map]
    yield from ((finding,) for finding in sorted(rest, key=lambda each: each.id not in _VERDICTS))


def _is_repetition(finding: Finding) -> bool:
    """Whether a line says what a later one says, too; the next round deletes it."""
    return finding.id is FindingKind.REASSIGNED and finding.severity is Severity.NOTE


def _what(finding: Finding) -> Hashable:
    """What a finding is about, without its line: equal before and after an edit elsewhere."""
    reason = None if finding.symbol or isinstance(finding.reason, Boot) else finding.reason
    return finding.id, finding.symbol, str(finding.requested), finding.memory_map, repr(reason)
