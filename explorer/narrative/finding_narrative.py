# SPDX-License-Identifier: GPL-2.0-only
"""The message of a finding of ``check``: one sentence without a full stop.

Names and values come from strangers and can have megabytes: a text is cut after 500 characters.
"""

from explorer.checking.findings import Finding, FindingKind
from explorer.checking.reasons import (
    FatalBoot,
    LineFault,
    NotGranted,
    OutsideRanges,
    SetLater,
    UndefinedSymbol,
    UndescribedRelease,
    Ungranted,
    UnlistedFindings,
    UnmodelledSymbol,
    UnreachableCombination,
    UnreadableText,
    WrongType,
)
from explorer.configuration import Tree
from explorer.configuration.queries.overrides import Override
from explorer.errors import shortened
from explorer.narrative.fault_narrative import fault_headline, fault_steps
from explorer.narrative.gap_narrative import gap_words
from explorer.narrative.value_narrative import causes_words, override_words, reason_words, setting_words

__all__ = ["finding_message", "finding_steps", "ranges_words", "shortened_text", "type_words"]

_LONGEST = 500
_LONGEST_VALUE = 80
_LINE_FAULTS = {
    LineFault.BYTE_ORDER_MARK: "a byte order mark stands before the line, so Kconfig skips it",
    LineFault.INDENTED: "it does not begin in the first column, so Kconfig skips it",
    LineFault.TRAILING_TEXT: "there is more behind it, so it is n to 6.1, and 6.12 skips the line",
    LineFault.COMMENT: "a comment to Kconfig, which reads one form of it alone",
    LineFault.NO_SETTING: "not a setting",
}
_TYPES = {
    "bool": "y or n",
    "tristate": "y, m or n",
    "int": "a decimal number",
    "hex": "a hexadecimal number",
}


def shortened_text(text: str) -> str:
    """A text of a finding, cut after 500 characters."""
    return shortened(text, _LONGEST)


def finding_message(tree: Tree, finding: Finding) -> str:
    """What a finding says.

    Args:
        tree: the tree that judged: it knows the types of symbols.
        finding: the finding.
    """
    return shortened_text(_message(tree, finding))


def finding_steps(finding: Finding) -> tuple[str, ...]:
    """The steps from memblock to the fault, if the finding is about an unsafe kernel."""
    if not isinstance(finding.reason, FatalBoot):
        return ()
    return fault_steps(finding.reason.boot.faults[0], finding.reason.boot)


def type_words(tree: Tree, symbol: str) -> str:
    """The values that the type of a symbol takes."""
    return _TYPES.get(tree.type_of(symbol), "text in double quotes")


def ranges_words(ranges: tuple[tuple[str, str], ...]) -> str:
    """Ranges of numbers."""
    return " or ".join(f"{low} to {high}" for low, high in ranges)


def _message(tree: Tree, finding: Finding) -> str:  # noqa: C901, PLR0911, PLR0912 # a case for each kind
    symbol, value = finding.symbol, finding.requested
    match finding.reason:
        case UnreadableText(fault, text):
            return f"{_LINE_FAULTS[fault]}: {text}"
        case SetLater():
            return _set_later(finding, finding.reason)
        case UndefinedSymbol(near):
            suggestion = f"; did you mean {near}?" if near else ""
            return f"{tree.label} defines no symbol {symbol}; Kconfig drops the line{suggestion}"
        case WrongType():
            return _wrong_type(tree, finding, finding.reason)
        case OutsideRanges(ranges, is_visible):
            effect = f"becomes {finding.becomes}" if is_visible else _DROPPED
            return f"{symbol}={value} is outside its range, {ranges_words(ranges)}; it {effect}"
        case Override():
            return f"{setting_words(tree, symbol, value)} {override_words(tree, finding.reason)}"
        case NotGranted():
            return _not_granted(tree, finding, finding.reason)
        case UnreachableCombination(values, undefined):
            lacks = f"; {tree.label} has no {', '.join(undefined)}" if undefined else ""
            return (
                f"Kconfig cannot produce {' '.join(f'{name}={each}' for name, each in values.items())}{lacks}"
            )
        case FatalBoot(boot):
            return fault_headline(boot.faults[0])
        case UnmodelledSymbol(gap):
            return f"not modelled: {gap_words(gap)}"
        case UndescribedRelease(release):
            return f"memory initialisation of kernel {release} is not described, so no machine was booted"
        case UnlistedFindings(kind, count):
            return f"{count} more findings of kind {kind}"
        case None:
            causes = causes_words(finding.causes)
            return f"{symbol} is selected although its dependencies are not met ({causes})"


_DROPPED = "is dropped, since its prompt is not visible"


def _set_later(finding: Finding, later: SetLater) -> str:
    symbol, value = finding.symbol, finding.requested
    if finding.id is FindingKind.FRAGMENT_LOST:
        return (
            f"{symbol}={value} loses against {symbol}={finding.becomes} in "
            f"{later.file}:{later.line}, which is merged later"
        )
    other = "" if value == finding.becomes else f" to {finding.becomes}"
    return f"{symbol}={value} is set again{other} on line {later.line}, and the last line counts"


def _wrong_type(tree: Tree, finding: Finding, reason: WrongType) -> str:
    symbol, value, counting = finding.symbol, finding.requested, reason.counting
    setting = " is not set" if value.unset else f"={value.shown[:_LONGEST_VALUE]}"
    effect = f"line {counting.line} of {counting.file} counts: it is" if counting else "it becomes"
    return (
        f"{symbol}{setting} is no value of a {tree.type_of(symbol)} symbol, which takes "
        f"{type_words(tree, symbol)}; Kconfig drops the line, and {effect} {finding.becomes or 'empty'}"
    )


def _not_granted(tree: Tree, finding: Finding, reason: NotGranted) -> str:
    symbol = finding.symbol
    has = f"has {setting_words(tree, symbol, finding.becomes)}" if reason.is_set else "does not set it"
    requested = f"{setting_words(tree, symbol, finding.requested)} is requested, and {reason.config} {has}"
    match reason.cause:
        case Override():
            return f"{requested}{reason_words(reason.cause)}"
        case Ungranted.GRANTABLE:
            return (
                f"{requested}; Kconfig keeps it if it is set, so the fragment was not merged, or overridden"
            )
        case Ungranted.UNDEFINED:
            return f"{requested}; {tree.label} defines no such symbol"
        case Ungranted.NOT_EXAMINED:
            return f"{requested}; causes are examined for the first 100 only"
        case None:
            return requested
