# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings that need no tree: lines that set nothing, and settings that a later line replaces.

A fragment is meant to change the base. A fragment that changes the setting of an earlier *fragment* is a
finding.
"""

import re
from collections.abc import Iterator, Sequence

from explorer.checking.findings import Finding, FindingKind, Severity
from explorer.checking.fixes import FixAction, SuggestedFix
from explorer.checking.reasons import LineFault, UnreadableText
from explorer.checking.settings import RequestedValue, requested_value, requested_values
from explorer.configuration import DotConfig, UnreadableLine

__all__ = ["line_findings"]

_SETTING = re.compile(r"CONFIG_[A-Za-z0-9_]+=|# CONFIG_[A-Za-z0-9_]+ is not set")
_ALMOST_SET = re.compile(r"(?:export\s+)?(?:CONFIG_)?([A-Za-z0-9_]+)\s*[=:]\s*(\S+)", re.IGNORECASE)
_ALMOST_UNSET = re.compile(r"#+\s*CONFIG_([A-Za-z0-9_]+)\s+is\s+not\s+set.*", re.DOTALL | re.IGNORECASE)
_DELETE = SuggestedFix(FixAction.DELETE_LINE)
_COMMENT_OUT = SuggestedFix(FixAction.COMMENT_OUT)
_BYTE_ORDER_MARK = "\ufeff"


def line_findings(files: Sequence[DotConfig]) -> Iterator[Finding]:
    """The findings of each file, then those of fragments that a later one changes; the first is the base."""
    for file in files:
        yield from (_unreadable(file.source, line) for line in file.unreadable)
        yield from _reassigned(file)
    yield from _lost_fragments(files)


def _unreadable(file: str, line: UnreadableLine) -> Finding:
    text = line.text.removeprefix(_BYTE_ORDER_MARK).strip()
    fault = _fault(line.text, text)
    return Finding(
        FindingKind.SYNTAX,
        RequestedValue("", file=file, line=line.line),
        UnreadableText(fault, text),
        Severity.WARNING if fault is LineFault.COMMENT else Severity.ERROR,
        fix=_correction(text),
    )


def _fault(line: str, text: str) -> LineFault:
    """Why a line sets nothing.

    Args:
        line: the whole line.
        text: the line without byte order mark and surrounding space.
    """
    if line.startswith(_BYTE_ORDER_MARK):
        return LineFault.BYTE_ORDER_MARK
    if _SETTING.match(text):
        return LineFault.TRAILING_TEXT if line.startswith(text[0]) else LineFault.INDENTED
    return LineFault.COMMENT if _ALMOST_UNSET.fullmatch(text) else LineFault.NO_SETTING


def _correction(text: str) -> SuggestedFix:
    """The setting that a line resembles."""
    if unset := _ALMOST_UNSET.fullmatch(text):
        return SuggestedFix(FixAction.CORRECT_LINE_EXACTLY, text=_setting_line(unset[1], "n"))
    if almost := _ALMOST_SET.fullmatch(text):
        return SuggestedFix(FixAction.CORRECT_LINE, text=_setting_line(almost[1], almost[2]))
    return _COMMENT_OUT


def _setting_line(name: str, value: str) -> str:
    """A line of a ``.config``; a name of only small letters becomes one in capital letters."""
    symbol = name.upper() if name.islower() else name
    return f"# CONFIG_{symbol} is not set" if value == "n" else f"CONFIG_{symbol}={value}"


def _reassigned(file: DotConfig) -> Iterator[Finding]:
    """The settings of a file that a later line of it replaces."""
    final = {setting.symbol: setting for setting in file.settings}
    for setting in file.settings:
        last = final[setting.symbol]
        if setting is not last:
            yield Finding(
                FindingKind.REASSIGNED,
                requested_value(file, setting),
                requested_value(file, last),
                Severity.NOTE if setting.value == last.value else Severity.WARNING,
                last.value,
                fix=_DELETE,
            )


def _lost_fragments(files: Sequence[DotConfig]) -> Iterator[Finding]:
    """The settings of fragments that a later fragment changes."""
    final, fix = requested_values(files), SuggestedFix(FixAction.MERGE_LAST_OR_SET_ONCE)
    for line in (line for file in files[1:] for line in requested_values([file]).values()):
        counting = final[line.symbol]
        if counting.file != line.file and counting.value != line.value:
            yield Finding(
                FindingKind.FRAGMENT_LOST, line, counting, Severity.WARNING, counting.value, fix=fix
            )
