# SPDX-License-Identifier: GPL-2.0-or-later
"""The fix of a finding: an instruction, and lines of a ``.config`` that carry it out.

An instruction is cut after 500 characters. A fragment is not, since half of a line is another line: a
fragment of more than 4,000 characters is left out, and the instruction says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer.checking.findings import Finding, FindingKind
from explorer.checking.fixes import FixAction, OtherKernel, SuggestedFix
from explorer.configuration import Tree, config_fragment
from explorer.configuration.encoding.value_abstraction import ANY_TEXT
from explorer.configuration.queries.overrides import OutsideRanges, Override
from explorer.errors import Argument
from explorer.narrative.finding_narrative import ranges_words, shortened_text, type_words
from explorer.narrative.plurals import counted
from explorer.narrative.value_narrative import setting_words
from explorer.version import KernelVersion

__all__ = ["PINS_FOLLOW", "FixNarrative", "fix_narrative_of"]

PINS_FOLLOW = "# keep other symbols as they are\n"
"""The comment in a fragment between the answers that change and those that keep other symbols."""
_LONGEST_FRAGMENT = 4000
_LONGEST_PINNED_FRAGMENT = 40_000
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class FixNarrative:
    """A fix in words.

    Attributes:
        words: what to do, as an imperative without a full stop.
        fragment: lines of a ``.config`` that do it; empty if none can.
    """

    words: str
    fragment: str


def fix_narrative_of(
    tree: Tree, finding: Finding, name_of: Callable[[Argument], str] = str
) -> FixNarrative | None:
    """The fix of a finding in words; ``None`` if it has none.

    Args:
        tree: the tree of the check, which has the types of symbols.
        finding: the finding.
        name_of: the name of a parameter of the Python API where the fix is shown.
    """
    if finding.fix is None:
        return None
    words = shortened_text(_words(tree, finding, finding.fix, name_of))
    fragment = _fragment(tree, finding.fix)
    if len(fragment) > (_LONGEST_PINNED_FRAGMENT if finding.fix.pins else _LONGEST_FRAGMENT):
        return FixNarrative(f"{words} (its lines are too long to be shown)", "")
    return FixNarrative(words, fragment)


def _fragment(tree: Tree, fix: SuggestedFix) -> str:
    if fix.text:
        return f"{fix.text}\n"
    if ANY_TEXT in fix.values.values():
        return ""
    kept = config_fragment(tree, fix.pins)
    return config_fragment(tree, fix.values) + (PINS_FOLLOW + kept if kept else "")


def _words(tree: Tree, finding: Finding, fix: SuggestedFix, name_of: Callable[[Argument], str]) -> str:
    action = _action(tree, finding, fix, name_of)
    if not fix.unobtainable:
        return action
    if fix.unobtainable != (finding.symbol,):
        return f"no configuration has the requested {' and '.join(fix.unobtainable)}: {action}"
    compiler = " with this compiler" if fix.by_compiler else ""
    setting = setting_words(tree, finding.symbol, finding.requested)
    return f"no configuration of this tree has {setting}{compiler}: {action}"


def _action(  # noqa: C901, PLR0911, PLR0912 # a case for each action
    tree: Tree, finding: Finding, fix: SuggestedFix, name_of: Callable[[Argument], str]
) -> str:
    settings = ", ".join(setting_words(tree, name, value) for name, value in fix.values.items())
    match fix.action:
        case FixAction.DELETE_LINE if finding.id is FindingKind.REASSIGNED:
            return f"delete line {finding.line}"
        case FixAction.DELETE_LINE:
            return "delete the line"
        case FixAction.COMMENT_OUT:
            return "delete the line, or begin it with #"
        case FixAction.CORRECT_LINE:
            return f"write {fix.text}"
        case FixAction.CORRECT_LINE_EXACTLY:
            return f"write {fix.text}, from the first column and with nothing after it"
        case FixAction.RENAME_SYMBOL:
            return f"write CONFIG_{', '.join(fix.symbols)}, or delete the line"
        case FixAction.MERGE_LAST:
            return f"merge {finding.file} last"
        case FixAction.MERGE_LAST_OR_SET_ONCE:
            return f"merge {finding.file} last, or let one of the two files set {finding.symbol}"
        case FixAction.WRITE_COMPUTED:
            write = [f"write the value that Kconfig computes: {settings}"] if settings else []
            written = ", and ".join([*write, *(f"delete the line of {name}" for name in fix.symbols)])
            return written + _other_kernel(fix.other_kernel, name_of)
        case FixAction.WRITE_VALUE_OF_TYPE:
            computed = (finding.becomes if settings else "") or "no value"
            return f"write {type_words(tree, finding.symbol)}; Kconfig computes {computed}"
        case FixAction.WRITE_INTENDED:
            return f"write {settings}"
        case FixAction.WRITE_NEEDED:
            return f"write {settings}, which other lines of the file need"
        case FixAction.WRITE_IN_RANGE:
            ranges = finding.reason.ranges if isinstance(finding.reason, OutsideRanges) else ()
            return f"write a number within {ranges_words(ranges)}"
        case FixAction.CHANGE_ANSWERS:
            return _change_answers(tree, finding, fix)
        case FixAction.FIX_ROOT_CAUSES:
            return f"fix {', '.join(finding.follows_from)} first"
        case FixAction.REMOVE_REQUEST:
            return "remove it from the fragment"
        case FixAction.SAVE_KERNEL:
            return _save_kernel(fix)
        case FixAction.NAME_DESCRIBED_RELEASE:
            return "name the nearest described release: the kernel is then booted as that release"
        case FixAction.GIVE_TREE:
            return f"this kernel is patched: give its {name_of(Argument('tree'))}"


def _other_kernel(other: OtherKernel | None, name_of: Callable[[Argument], str]) -> str:
    """The kernel that the file may be of instead."""
    if other is None:
        return ""
    if isinstance(other.difference, KernelVersion):
        named, release = name_of(Argument("kernel")), other.difference
        return f"; or leave out {named}: kernel {release}, which the header names, can have these values"
    commit = other.difference.commits[-1]
    parameter = "with_changes" if other.has else "without_changes"
    option = name_of(Argument(parameter, commit.id))
    return (
        f"; or give {option} if this kernel {'has' if other.has else 'lacks'} that commit ({commit.subject})"
    )


def _change_answers(tree: Tree, finding: Finding, fix: SuggestedFix) -> str:
    answers = ", ".join(
        f"{name} to a text that is not empty" if value == ANY_TEXT else setting_words(tree, name, value)
        for name, value in fix.values.items()
    )
    if isinstance(finding.reason, Override) and finding.reason.member and [*fix.values] == [finding.symbol]:
        moved = _moved_words(fix, f"; {finding.symbol}=y changes")
        return f"keep {finding.symbol} or {finding.reason.member}: delete the line of the other{moved}"
    value = finding.requested[:1] if tree.is_logical(finding.symbol) else finding.requested
    moved = _moved_words(fix, ", which changes")
    return f"for {setting_words(tree, finding.symbol, value)} set {answers}{moved}"


def _moved_words(fix: SuggestedFix, changes: str) -> str:
    """How many other symbols change, and how many of them the fragment keeps."""
    if not fix.moved:
        return ""
    moved = f"{changes} {_counted(fix.moved)}"
    if not fix.pins:
        return moved
    rest = f"; {_counted(fix.unpinned)} change all the same" if fix.unpinned else ""
    return f"{moved}; the fragment keeps {len(fix.pins)} of them{rest}"


def _counted(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    symbols = counted(len(names), "other symbol")
    return f"{symbols} ({', '.join(names[:_MOST_NAMED])}{more})"


def _save_kernel(fix: SuggestedFix) -> str:
    ways = []
    if fix.values:
        ways.append(f"set {', '.join(f'{name}={value}' for name, value in fix.values.items())}")
    if fix.changes:
        ways.append(f"apply {', '.join(change.label for change in fix.changes)} to the kernel")
    safe = f"{'either' if len(ways) > 1 else 'this'} makes it safe on every given memory map"
    return f"{', or '.join(ways)}: {safe}{_moved_words(fix, '; the setting changes')}"
