# SPDX-License-Identifier: GPL-2.0-only
"""The fix of a finding: an instruction, and lines of a ``.config`` that carry it out.

An instruction is cut after 500 characters. A fragment is not, since half of a line is another line: a
fragment of more than 4,000 characters is left out, and the instruction says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.checking.fixes import (
    ChangeAnswers,
    CorrectLine,
    DeleteLine,
    FixRootCauses,
    MergeLast,
    NameDescribedRelease,
    RemoveRequest,
    RenameSymbol,
    RootCausesUnobtainable,
    SaveKernel,
    StayInRange,
    SuggestedFix,
    Unobtainable,
    WriteComputed,
    WriteIntended,
    WriteValueOfType,
)
from explorer.configuration import Tree, config_fragment
from explorer.configuration.encoding.value_abstraction import ANY_TEXT
from explorer.narrative.finding_narrative import ranges_words, shortened_text, type_words
from explorer.narrative.value_narrative import setting_words

__all__ = ["FixNarrative", "fix_narrative_of"]

_LONGEST_FRAGMENT = 4000


@dataclass(frozen=True, slots=True)
class FixNarrative:
    """A fix in words.

    Attributes:
        words: what to do, as an imperative without a full stop.
        fragment: lines of a ``.config`` that do it; empty if none can.
    """

    words: str
    fragment: str


def fix_narrative_of(tree: Tree, fix: SuggestedFix) -> FixNarrative:
    """A fix in words.

    Args:
        tree: the tree that judged: it knows the types of symbols.
        fix: the fix.
    """
    words, fragment = shortened_text(_words(tree, fix)), _fragment(tree, fix)
    if len(fragment) > _LONGEST_FRAGMENT:
        return FixNarrative(f"{words} (its lines are too long to be shown)", "")
    return FixNarrative(words, fragment)


def _fragment(tree: Tree, fix: SuggestedFix) -> str:
    match fix:
        case CorrectLine(text):
            return f"{text}\n"
        case Unobtainable(otherwise=otherwise) | RootCausesUnobtainable(otherwise=otherwise):
            return _fragment(tree, otherwise) if otherwise else ""
        case _:
            return config_fragment(tree, _values(fix))


def _values(fix: SuggestedFix) -> Mapping[str, str]:
    """The values that a fix writes; empty where one of them is left to the user."""
    match fix:
        case MergeLast(values=values) | WriteComputed(values) | SaveKernel(values):
            return values
        case StayInRange(symbol, _, value) | WriteIntended(symbol, value):
            return {symbol: value}
        case WriteValueOfType(symbol, str(value)):
            return {symbol: value}
        case ChangeAnswers(changes=changes) if ANY_TEXT not in changes.values():
            return changes
        case _:
            return {}


def _words(tree: Tree, fix: SuggestedFix) -> str:  # noqa: C901, PLR0911, PLR0912 # a case for each fix
    match fix:
        case DeleteLine(line, or_comment_out):
            number, hint = f" {line}" if line else "", ", or begin it with #" if or_comment_out else ""
            return f"delete {'' if line else 'the '}line{number}{hint}"
        case CorrectLine(text, exactly):
            return f"write {text}{', from the first column and with nothing after it' if exactly else ''}"
        case RenameSymbol(symbol):
            return f"write CONFIG_{symbol}, or delete the line"
        case MergeLast(file, _, symbol):
            return f"merge {file} last{f', or let one of the two files set {symbol}' if symbol else ''}"
        case WriteComputed():
            return _write_computed(tree, fix)
        case WriteValueOfType(symbol, computed):
            return f"write {type_words(tree, symbol)}; Kconfig computes {computed or 'no value'}"
        case WriteIntended(symbol, value, needed):
            others = ", which other lines of the file need" if needed else ""
            return f"write {setting_words(tree, symbol, value)}{others}"
        case StayInRange(ranges=ranges):
            return f"write a number within {ranges_words(ranges)}"
        case ChangeAnswers():
            return _change_answers(tree, fix)
        case FixRootCauses(symbols):
            return f"fix {', '.join(symbols)} first"
        case RemoveRequest():
            return "remove it from the fragment"
        case Unobtainable():
            return _unobtainable(tree, fix)
        case RootCausesUnobtainable(symbols, otherwise):
            return f"no configuration has the requested {' and '.join(symbols)}: {_words(tree, otherwise)}"
        case SaveKernel():
            return _save_kernel(fix)
        case NameDescribedRelease():
            return "name the nearest described release: the kernel is then booted as that release"


def _write_computed(tree: Tree, fix: WriteComputed) -> str:
    settings = ", ".join(setting_words(tree, name, value) for name, value in fix.values.items())
    instructions = [f"write the value that Kconfig computes: {settings}"] if settings else []
    instructions += [f"delete the line of {name}" for name in fix.deleted]
    return ", and ".join(instructions)


def _change_answers(tree: Tree, fix: ChangeAnswers) -> str:
    answers = ", ".join(
        f"{name} to a text that is not empty" if value == ANY_TEXT else setting_words(tree, name, value)
        for name, value in fix.changes.items()
    )
    moved = f", which changes {fix.moved} other symbol{'' if fix.moved == 1 else 's'}" if fix.moved else ""
    return f"for {setting_words(tree, fix.symbol, fix.value)} set {answers}{moved}"


def _unobtainable(tree: Tree, fix: Unobtainable) -> str:
    compiler = " with this compiler" if fix.by_compiler else ""
    otherwise = f": {_words(tree, fix.otherwise)}" if fix.otherwise else ""
    return (
        f"no configuration of this tree has {setting_words(tree, fix.symbol, fix.value)}{compiler}{otherwise}"
    )


def _save_kernel(fix: SaveKernel) -> str:
    ways = []
    if fix.answers:
        ways.append(f"set {', '.join(f'{name}={value}' for name, value in fix.answers.items())}")
    if fix.changes:
        ways.append(f"apply {', '.join(change.label for change in fix.changes)} to the kernel")
    return (
        f"{', or '.join(ways)}: {'either' if len(ways) > 1 else 'this'} makes it safe on every given machine"
    )
