# SPDX-License-Identifier: GPL-2.0-or-later
"""Edits of the text of a ``.config``: a fix as lines that are replaced, deleted and added.

1. A fix has an edit only if it leaves the user no choice: "write y or n" and "write CONFIG_X, or delete the
   line" have none. A value that Kconfig does not keep is given up only if no configuration has it. A fix that
   contradicts another line of the file leaves a choice: one of the two lines is wrong, and the user knows
   which. Exceptions: the answers that make an unsafe kernel safe, and "is not set" against a requested value.
2. An answer replaces the line of its symbol that counts. If no line sets the symbol, a line is added at the
   end. y for a member of a choice unsets the members that the file sets to y.
3. The lines of an edit are numbers of the text for which it was made. Edits of one text can be combined.
4. Comments, other lines and the ends of lines stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

from explorer.checking.findings import Finding, FindingKind, Severity
from explorer.checking.fixes import FixAction, SuggestedFix
from explorer.checking.settings import requested_values
from explorer.configuration import DotConfig, Tree, config_fragment
from explorer.configuration.encoding.value_abstraction import ANY_TEXT
from explorer.configuration.queries.overrides import keeps
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.toolchain_override import with_toolchain_of

__all__ = [
    "ConfigEdit",
    "LineChange",
    "combined",
    "contradicted_line",
    "edit_of",
    "edited",
    "following_edit",
    "line_changes",
]

_LONGEST_CORRECTED = 200  # characters of a line; longer ones are cut in a finding
_SEARCHED = frozenset({FindingKind.UNMET_DEPENDENCY, FindingKind.CHOICE_CONFLICT, FindingKind.OVERRIDDEN})
_ANSWERING = frozenset(
    {
        FixAction.CHANGE_ANSWERS,
        FixAction.SAVE_KERNEL,
        FixAction.WRITE_COMPUTED,
        FixAction.WRITE_INTENDED,
        FixAction.WRITE_NEEDED,
    }
)
_CORRECTING = frozenset({FixAction.CORRECT_LINE, FixAction.CORRECT_LINE_EXACTLY})


_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class ConfigEdit:
    """An edit of a text.

    Attributes:
        lines: line number, from 1, to the new line; ``None`` deletes the line.
        added: symbol to the line that is added at the end.
    """

    lines: Mapping[int, str | None] = field(default_factory=dict)
    added: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line that an edit changes.

    Attributes:
        line: its number in the text before; 0 for a line that is added at the end.
        before: the line before; ``None`` if it is added.
        after: the line after; ``None`` if it is deleted.
    """

    line: int
    before: str | None
    after: str | None


def edit_of(tree: Tree, config: DotConfig, text: str, finding: Finding) -> ConfigEdit | None:
    """The edit that carries out the fix of a finding; ``None`` if it leaves a choice or changes no line.

    Args:
        tree: the tree that judged.
        config: the file, parsed.
        text: the text of the file.
        finding: a finding that follows from no other.
    """
    fix = finding.fix
    if fix is None or _is_open(fix, finding):
        return None
    if _is_answering(fix, finding):
        return _answering_edit(tree, config, text, finding, fix)
    line, old = finding.line, _lines(text)[finding.line - 1]
    if finding.file != config.source:
        return None
    if fix.action in _CORRECTING and len(old) <= _LONGEST_CORRECTED:
        return ConfigEdit({line: fix.text})
    if fix.action is FixAction.COMMENT_OUT:
        return ConfigEdit({line: f"# {old.strip()}"})
    return ConfigEdit({line: None}) if fix.action is FixAction.DELETE_LINE else None


def _answering_edit(
    tree: Tree, config: DotConfig, text: str, finding: Finding, fix: SuggestedFix
) -> ConfigEdit | None:
    """The edit of a fix that is carried out by answers; ``None`` if it gives up others or changes no line."""
    if ANY_TEXT in fix.values.values():
        return None
    if contradicted_line(tree, config, finding):
        return None
    edit = _answers_edit(tree, config, {**fix.values, **fix.pins})
    deleted = {each: None for name in fix.symbols for each in _lines_of(config, name)}
    edit = ConfigEdit({**deleted, **edit.lines}, edit.added)
    return edit if line_changes(text, edit) else None


def _is_answering(fix: SuggestedFix, finding: Finding) -> bool:
    """Whether a fix is carried out by answers."""
    if fix.action is FixAction.MERGE_LAST:
        return finding.id is FindingKind.NOT_GOT and bool(fix.values)
    return fix.action in _ANSWERING


def _is_open(fix: SuggestedFix, finding: Finding) -> bool:
    """Whether a fix is no answer to what the file requests, or another part of it may be one."""
    if fix.other_kernel is not None or finding.id is FindingKind.CHOICE_CONFLICT:
        return True  # the file may be of another kernel; the file asks for two members of a choice
    if finding.id is FindingKind.UNMET_DEPENDENCY and finding.severity is Severity.WARNING:
        return True  # a part of a configuration
    gives_up = fix.action in {FixAction.WRITE_COMPUTED, FixAction.DELETE_LINE}
    return gives_up and finding.id in _SEARCHED and not fix.unobtainable


def contradicted_line(tree: Tree, config: DotConfig, finding: Finding) -> int:
    """The first line of a file that says the opposite of a fix; 0 if none does.

    Args:
        tree: the tree that judged.
        config: the file.
        finding: the finding of the fix.
    """
    fix = finding.fix
    if fix is None or fix.action is not FixAction.CHANGE_ANSWERS or ANY_TEXT in fix.values.values():
        return 0
    lines = _answers_edit(tree, config, {**fix.values, **fix.pins}).lines
    opposed = (
        setting.line
        for setting in config.settings
        if setting.line in lines
        and setting.symbol != finding.symbol
        and not (finding.id is FindingKind.NOT_GOT and setting.value == "n")
        and tree.accepts(setting.symbol, setting.value)
        and lines[setting.line] != config_fragment(tree, {setting.symbol: setting.value}).removesuffix("\n")
    )
    return next(opposed, 0)


def _answers_edit(tree: Tree, config: DotConfig, values: Mapping[str, str]) -> ConfigEdit:
    """The edit that writes answers."""
    lines: dict[int, str | None] = {}
    added: dict[str, str] = {}
    siblings = [each for name, value in values.items() if value == "y" for each in tree.choice_members(name)]
    unset = dict.fromkeys((name for name in siblings if name not in values), "n")
    for name, value in (*unset.items(), *values.items()):
        line = config_fragment(tree, {name: value}).removesuffix("\n")
        places = _lines_of(config, name)
        if places:
            lines[places[-1]] = line
        elif name in values:
            added[name] = line
    return ConfigEdit(lines, added)


def _lines_of(config: DotConfig, symbol: str) -> list[int]:
    return [setting.line for setting in config.settings if setting.symbol == symbol]


def following_edit(tree: Tree, before: DotConfig, after: DotConfig) -> ConfigEdit:
    """The edit of lines that Kconfig kept before an edit and does not keep after it, to what it computes.

    Args:
        tree: the tree that judged.
        before: the file before the edit.
        after: the file after it.
    """
    earlier, later = _evaluated(tree, before), _evaluated(tree, after)
    old, lines = requested_values([before]), dict[int, str | None]()
    for name, setting in requested_values([after]).items():
        same = name in old and old[name].value == setting.value
        if not same or not tree.defines(name) or keeps(later, name, setting.value):
            continue
        if keeps(earlier, name, setting.value):
            value = later.written(name)
            fragment = config_fragment(tree, {name: value}) if later.is_written(name) else None
            lines[setting.line] = fragment and fragment.removesuffix("\n")
    return ConfigEdit(lines)


def _evaluated(tree: Tree, config: DotConfig) -> Evaluation:
    values = {setting.symbol: setting.value for setting in config.settings}
    answers = [(setting.symbol, setting.value) for setting in config.settings]
    return Evaluation(with_toolchain_of(tree, values), answers)


def combined(first: ConfigEdit, second: ConfigEdit) -> ConfigEdit | None:
    """Both edits of one text; ``None`` if they write a line or a symbol differently."""
    if _differ(first.lines, second.lines) or _differ(first.added, second.added):
        return None
    return ConfigEdit({**first.lines, **second.lines}, {**first.added, **second.added})


def _differ(first: Mapping[_Key, str | None], second: Mapping[_Key, str | None]) -> bool:
    """Whether both have a key with different values."""
    return any(second[key] != value for key, value in first.items() if key in second)


def edited(text: str, edit: ConfigEdit) -> str:
    """A text after an edit."""
    lines = [
        line if at not in edit.lines else f"{edit.lines[at]}{_end(line)}"
        for at, line in enumerate(_lines(text), start=1)
        if edit.lines.get(at, "") is not None
    ]
    text = "\n".join(lines)
    if edit.added:
        end = "\r\n" if "\r\n" in text else "\n"
        text += "" if not text or text.endswith("\n") else end
        text += "".join(f"{line}{end}" for line in edit.added.values())
    return text


def line_changes(text: str, edit: ConfigEdit) -> tuple[LineChange, ...]:
    """The lines that an edit of a text changes, in order; those that it adds come last."""
    lines = _lines(text)
    changed = [
        LineChange(at, lines[at - 1].removesuffix("\r"), new) for at, new in sorted(edit.lines.items())
    ]
    return (
        *(change for change in changed if change.before != change.after),
        *(LineChange(0, None, line) for line in edit.added.values()),
    )


@lru_cache(maxsize=2)
def _lines(text: str) -> tuple[str, ...]:
    """The lines as ``parse_config`` counts them, with carriage returns; each finding asks for them."""
    return tuple(text.split("\n"))


def _end(line: str) -> str:
    return "\r" if line.endswith("\r") else ""
