# SPDX-License-Identifier: GPL-2.0-or-later
"""The fixes that ``check`` wrote, or would write, into a ``.config``."""

from collections.abc import Iterable
from dataclasses import asdict
from difflib import unified_diff

from explorer.checking.config_edits import LineChange
from explorer.checking.confirmed_fixes import ConfirmedFix, FixedConfig
from explorer.configuration import Tree
from explorer.document.elements import Json
from explorer.errors import printable
from explorer.narrative.finding_narrative import finding_message, shortened_text

__all__ = ["fixed_json"]


def fixed_json(name: str, text: str, fixed: FixedConfig) -> Json:
    """The confirmed fixes of a ``.config`` and the lines that they change.

    Args:
        name: the file.
        text: its text before.
        fixed: what was confirmed.
    """
    before, after = (each.splitlines(keepends=True) for each in (text, fixed.text))
    return {
        "fixes": [_fix_json(fixed.checked.tree, fix) for fix in fixed.fixes],
        "following": _changes_json(fixed.following),
        "contradicted": [
            {
                "id": str(finding.id),
                "symbol": finding.symbol,
                "line": finding.line,
                "by": {"line": line, "text": shortened_text(fixed.text.split("\n")[line - 1].rstrip("\r"))},
            }
            for finding, line in fixed.contradicted
        ],
        "diff": "".join(map(_whole_line, unified_diff(before, after, printable(name), printable(name)))),
    }


def _fix_json(tree: Tree, fix: ConfirmedFix) -> Json:
    finding = fix.findings[0]
    return {
        "id": str(finding.id),
        "symbol": finding.symbol,
        "file": finding.file,
        "line": finding.line,
        "memory_maps": [each.memory_map for each in fix.findings if each.memory_map],
        "message": finding_message(tree, finding),
        "changes": _changes_json(fix.changes),
    }


def _changes_json(changes: Iterable[LineChange]) -> list[Json]:
    return [asdict(change) for change in changes]


def _whole_line(line: str) -> str:
    """A line of a diff; the last line of a text without a newline is marked as ``diff`` marks it."""
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
