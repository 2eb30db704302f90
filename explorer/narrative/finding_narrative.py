# SPDX-License-Identifier: GPL-2.0-or-later
"""The message of a finding of ``check``: one sentence without a full stop.

A text is cut after 500 characters, because names and values in a file can have megabytes.
"""

from collections.abc import Sequence

from explorer.boot import Boot, Gap
from explorer.checking.findings import Finding, FindingKind
from explorer.checking.patched_kernel import PatchSign, SignKind
from explorer.checking.reasons import (
    LineFault,
    NotGranted,
    OutOfTime,
    PatchedKernel,
    UndecidedValue,
    Ungranted,
    UnlistedFindings,
    UnreadableText,
)
from explorer.checking.settings import RequestedValue
from explorer.configuration import Combination, ProbeOperand, Tree
from explorer.configuration.queries.overrides import OutsideRanges, Override
from explorer.errors import shortened
from explorer.narrative.fault_narrative import fault_headline, fault_steps
from explorer.narrative.gap_narrative import gap_words
from explorer.narrative.value_narrative import causes_words, override_words, reason_words, setting_words
from explorer.narrative.verdict_narrative import undecided_after
from explorer.version import KernelVersion

__all__ = ["finding_message", "finding_steps", "ranges_words", "shortened_text", "type_words"]

_LONGEST = 500
_LONGEST_VALUE = 80
_MOST_NAMED = 4
_LINE_FAULTS = {
    LineFault.BYTE_ORDER_MARK: "a byte order mark precedes the line, so Kconfig skips it",
    LineFault.INDENTED: "it does not begin in the first column, so Kconfig skips it",
    LineFault.TRAILING_TEXT: "there is more behind it, so it is n to 6.1, and 6.12 skips the line",
    LineFault.COMMENT: "a comment: Kconfig accepts only the exact form of such a line",
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
    """The message of a finding.

    Args:
        tree: the tree of the check, which has the types of symbols.
        finding: the finding.
    """
    return shortened_text(_message(tree, finding))


def finding_steps(finding: Finding) -> tuple[str, ...]:
    """The steps from memblock to the fault, if the finding is about an unsafe kernel."""
    boot = finding.reason
    return fault_steps(boot.faults[0], boot) if isinstance(boot, Boot) else ()


def type_words(tree: Tree, symbol: str) -> str:
    """The values that the type of a symbol takes."""
    return _TYPES.get(tree.type_of(symbol), "text in double quotes")


def ranges_words(ranges: tuple[tuple[str, str], ...]) -> str:
    """Ranges of numbers."""
    return " or ".join(f"{low} to {high}" for low, high in ranges)


def _message(tree: Tree, finding: Finding) -> str:  # noqa: C901, PLR0911, PLR0912 # a case for each reason
    symbol, value = finding.symbol, finding.requested
    match finding.reason:
        case UnreadableText(fault, text):
            return f"{_LINE_FAULTS[fault]}: {text}"
        case OutsideRanges(ranges=ranges, is_visible=is_visible):
            effect = f"becomes {finding.becomes}" if is_visible else _DROPPED
            return f"{symbol}={value} is outside its range, {ranges_words(ranges)}; it {effect}"
        case Override() as override:
            return f"{setting_words(tree, symbol, value)} {override_words(tree, override)}"
        case NotGranted() as reason:
            return _not_granted(tree, finding, reason)
        case Combination() as combination:
            return _unreachable(tree, combination)
        case Boot() as boot:
            return fault_headline(boot.faults[0])
        case Gap() as gap:
            return f"not modelled: {gap_words(gap)}"
        case OutOfTime(seconds):
            late = undecided_after(seconds)
            return f"whether Kconfig can produce the combination of the four symbols is {late}"
        case UndecidedValue(probes):
            return _undecided(tree, finding, probes)
        case PatchedKernel() as patched:
            return _patched(tree, patched)
        case KernelVersion() as release:
            return f"memory initialisation of kernel {release} is not described, so no machine was booted"
        case UnlistedFindings(kind, count):
            return f"{count} more findings of kind {kind}"
        case RequestedValue() | None as counting:
            return _setting_message(tree, finding, counting)


_DROPPED = "is dropped, since its prompt is not visible"


def _setting_message(tree: Tree, finding: Finding, counting: RequestedValue | None) -> str:
    """What is wrong with a setting.

    Args:
        tree: the tree.
        finding: the finding.
        counting: the line that counts instead, if there is one.
    """
    symbol, value = finding.symbol, finding.requested
    if finding.id is FindingKind.UNKNOWN_SYMBOL:
        near = f"; did you mean {finding.fix.symbols[0]}?" if finding.fix and finding.fix.symbols else ""
        return f"{tree.label} defines no symbol {symbol}; Kconfig drops the line{near}"
    if finding.id is FindingKind.UNMET_SELECT:
        causes = causes_words(finding.causes)
        return f"{symbol} is selected although its dependencies are not met ({causes})"
    if finding.id is FindingKind.WRONG_TYPE or counting is None:
        return _wrong_type(tree, finding, counting)
    if finding.id is FindingKind.FRAGMENT_LOST:
        winner = f"{symbol}={counting.value} in {counting.file}:{counting.line}"
        return f"{symbol}={value} loses against {winner}, which is merged later"
    other = "" if value == counting.value else f" to {counting.value}"
    return f"{symbol}={value} is set again{other} on line {counting.line}, and the last line counts"


def _wrong_type(tree: Tree, finding: Finding, counting: RequestedValue | None) -> str:
    symbol, value = finding.symbol, finding.requested
    setting = " is not set" if value.unset else f"={value.shown[:_LONGEST_VALUE]}"
    effect = f"line {counting.line} of {counting.file} counts: it is" if counting else "it becomes"
    return (
        f"{symbol}{setting} is no value of a {tree.type_of(symbol)} symbol, which takes "
        f"{type_words(tree, symbol)}; Kconfig drops the line, and {effect} {finding.becomes or 'empty'}"
    )


def _unreachable(tree: Tree, combination: Combination) -> str:
    values = combination.values
    undefined = [name for name, value in values.items() if value == "y" and not tree.defines(name)]
    lacks = f"; {tree.label} has no {', '.join(undefined)}" if undefined else ""
    return f"Kconfig cannot produce {' '.join(f'{name}={value}' for name, value in values.items())}{lacks}"


def _undecided(tree: Tree, finding: Finding, probes: Sequence[ProbeOperand]) -> str:
    """What depends on compiler checks without an answer, and on which."""
    checks = ", ".join(f"{probe.macro} ({probe.places[0][0]}:{probe.places[0][1]})" for probe in probes)
    what = "the combination of the four symbols"
    if finding.symbol:
        what = setting_words(tree, finding.symbol, finding.requested)
    fails = f"; if it fails, {finding.symbol} becomes {finding.becomes or 'empty'}" if finding.symbol else ""
    return f"{what} is unknown without the compiler: it depends on {checks}{fails}"


def _patched(tree: Tree, reason: PatchedKernel) -> str:
    signs = "; ".join(map(_sign_words, reason.signs))
    symbols = _first_few(reason.symbols)
    return f"this kernel is patched: {signs}; {tree.label} cannot tell whether its Kconfig keeps {symbols}"


def _sign_words(sign: PatchSign) -> str:
    names = _first_few(sign.names)
    match sign.kind:
        case SignKind.VERSION:
            return f"its header names {names}, which is no release"
        case SignKind.VENDOR_SYMBOL:
            return f"no release has {names}"
        case SignKind.LOCAL_VERSION:
            return f"{names} is the local version of a vendor"
        case SignKind.LATER_SYMBOL:
            return f"only later releases can set {names}"


def _first_few(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:_MOST_NAMED])} and {more} more"


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
        case Ungranted.UNDECIDED:
            return f"{requested}; it depends on a compiler check without an answer whether Kconfig keeps it"
        case Ungranted.NOT_EXAMINED:
            return f"{requested}; causes are examined for the first 100 only"
        case None:
            return requested
