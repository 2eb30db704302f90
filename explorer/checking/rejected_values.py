# SPDX-License-Identifier: GPL-2.0-only
"""Would Kconfig keep what the files ask for, and if not, which statements decide?

All answers are given to the tree at once and every value that was asked for is compared with the one
computed.

* A finding that another one explains *follows from* it (``following``): it is a note, and goes when its root
  goes. Roots keep their severity.
* Symbols that the compiler decides have the values that the file records (``configuration.as_recorded``).
* A shipped fragment defines the symbols of memory initialisation alone: what it lacks is not judged, for
  nobody asked a whole tree.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from explorer.checking.config_fixes import as_computed, mended, unsought
from explorer.checking.files import RequestedValue, requested_values
from explorer.checking.findings import Finding, Severity, SuggestedFix
from explorer.checking.root_causes import moved, rooted
from explorer.checking.spelling import nearest
from explorer.configuration import DotConfig, Tree, config_fragment
from explorer.configuration.queries.overrides import (
    Cause,
    Override,
    OverrideReason,
    outside_every_range,
    override_of,
    unmet_selects,
)
from explorer.configuration.tree.toolchain_override import toolchain_of_config
from explorer.narrative.value_narrative import because, change_words, setting

__all__ = ["KeptValues", "rejected_values_of", "wrong_types"]

_IDS = {
    OverrideReason.UNMET: "unmet-dependency",
    OverrideReason.HIDDEN: "unmet-dependency",
    OverrideReason.FORCED: "overridden",
    OverrideReason.DERIVED: "overridden",
    OverrideReason.CHOSEN: "choice-conflict",
    OverrideReason.RANGE: "out-of-range",
}
_TAKES = {
    "bool": "y or n",
    "tristate": "y, m or n",
    "int": "a decimal number",
    "hex": "a hexadecimal number",
}
_MOST_TOLD = 1000  # findings of a kind that are listed: the rest need no neighbour, cause or fix


@dataclass(frozen=True, slots=True)
class KeptValues:
    """What Kconfig makes of what was asked for.

    Attributes:
        asked: symbol to what is asked for, in the order in which the answers are given.
        values: the value of every symbol that the tree defines.
        recorded: how many symbols the compiler decides and have the value that the file records.
        unjudged: how many symbols were asked for that the shipped fragment does not define.
        moved: the symbols of a base that it keeps alone and that the fragments over it move.
        plain: how many findings have the plain fix because no other was looked for.
        findings: what Kconfig does not keep, in order of line.
    """

    asked: Mapping[str, RequestedValue]
    values: Mapping[str, str]
    recorded: int
    unjudged: int
    moved: frozenset[str]
    plain: int
    findings: tuple[Finding, ...]


def rejected_values_of(
    tree: Tree,
    files: Sequence[DotConfig],
    dropped: Sequence[RequestedValue],
    *,
    base: DotConfig | None = None,
    whole_tree: bool,
) -> KeptValues:
    """Ask the tree what it makes of files.

    Args:
        tree: the tree.
        files: what Kconfig hears of them, in merge order.
        dropped: the lines that it drops for their value.
        base: the first file as Kconfig hears it alone, where others are merged over it.
        whole_tree: the tree defines all there is, so that what it lacks does not exist.
    """
    asked = requested_values(files)
    given = {name: each.value for name, each in asked.items()}
    with toolchain_of_config(tree, given) as held:
        answers = [(each.symbol, each.value) for file in files for each in file.settings]
        tree.answer(answers)
        values = {name: tree.value(name) for name in tree.symbols}
        selects = list(_unmet(tree, asked))
        found = rooted(tree, answers, [*wrong_types(tree, asked, dropped), *_judged(tree, asked)])
        shifts = moved(tree, base, files[1:], found) if base else {}
        found = [_shifted(each, shifts[each.symbol]) if each.symbol in shifts else each for each in found]
        tree.answer(answers)
        plain = unsought(found)
        found = mended(tree, given, found)
    unknown = [each for each in asked.values() if not tree.defines(each.symbol)]
    found += selects
    if whole_tree:
        found += _unknown(tree, unknown)
    unjudged = 0 if whole_tree else len(unknown)
    return KeptValues(asked, values, len(held), unjudged, frozenset(shifts), plain, tuple(found))


def _shifted(finding: Finding, names: tuple[str, ...]) -> Finding:
    """What fragments do to their base is what they are for: a note, and nothing to mend."""
    return replace(finding, severity=Severity.NOTE, follows_from=names, fix=None)


def _judged(tree: Tree, asked: Mapping[str, RequestedValue]) -> Iterator[Finding]:
    """The values that are not kept, each with its reason."""
    for each in asked.values():
        if not tree.defines(each.symbol):
            continue
        bounds = outside_every_range(tree, each.symbol, each.value)
        change = override_of(tree, each.symbol, each.value)
        if bounds and (change is None or change.reason is not OverrideReason.RANGE):
            yield _out_of_range(
                tree, each, " or ".join(f"{low} to {high}" for low, high in bounds[0]), bounds[1]
            )
        elif change is not None:
            yield _changed(tree, each, change, part="ARM64" not in asked)


def wrong_types(
    tree: Tree, asked: Mapping[str, RequestedValue], dropped: Sequence[RequestedValue]
) -> Iterator[Finding]:
    """The lines that Kconfig drops for their value, under the tree's answers.

    That a string or number is not set is no lie where Kconfig leaves it empty. Beyond a thousand they are
    counted, so the rest tells no more than that it is there.
    """
    wrong = (each for each in dropped if not (each.value.unset and not tree.value(each.symbol)))
    for number, each in enumerate(wrong):
        if number < _MOST_TOLD:
            yield _wrong_type(tree, each, asked.get(each.symbol))
        else:
            message = f"{each.symbol} has a value of another type"
            yield Finding("wrong-type", message, symbol=each.symbol, file=each.file, line=each.line)


def _wrong_type(tree: Tree, each: RequestedValue, heard: RequestedValue | None) -> Finding:
    kind, becomes = tree.type_of(each.symbol), tree.written(each.symbol)
    takes = _TAKES.get(kind, "text in double quotes")
    said = " is not set" if each.value.unset else f"={each.value.shown[:80]}"
    stays = f"line {heard.line} of {heard.file} counts: it is" if heard else "it becomes"
    return Finding(
        "wrong-type",
        f"{each.symbol}{said} is no value of a {kind} symbol, which takes {takes}; Kconfig drops the line, "
        f"and {stays} {becomes or 'empty'}",
        symbol=each.symbol,
        file=each.file,
        line=each.line,
        asked=each.value,
        becomes=becomes,
        causes=tuple(Cause(line) for line in tree.statements(each.symbol))[:2],
        fix=SuggestedFix(
            f"write {takes}; Kconfig itself takes {becomes or 'nothing'}",
            config_fragment(tree, {each.symbol: becomes}) if tree.is_written(each.symbol) else "",
        ),
    )


def _out_of_range(tree: Tree, each: RequestedValue, limit: str, nearest: str) -> Finding:
    becomes, shown = tree.written(each.symbol), tree.is_seen(each.symbol)
    return Finding(
        "out-of-range",
        f"{each.symbol}={each.value} is outside its range, {limit}"
        + (f"; it becomes {becomes}" if shown else "; it is dropped, for nobody can be asked for it here"),
        symbol=each.symbol,
        file=each.file,
        line=each.line,
        asked=each.value,
        becomes=becomes,
        causes=tuple(Cause(line) for line in tree.statements(each.symbol) if line.text.startswith("range")),
        fix=SuggestedFix(f"stay within {limit}", config_fragment(tree, {each.symbol: nearest}))
        if shown
        else as_computed(tree, each.symbol),
    )


def _changed(tree: Tree, each: RequestedValue, change: Override, *, part: bool) -> Finding:
    """A change; it is less grave where a part of a configuration leaves open what may be set elsewhere."""
    open_yet = part and change.reason in {OverrideReason.UNMET, OverrideReason.HIDDEN}
    return Finding(
        _IDS[change.reason],
        f"{setting(tree, each.symbol, each.value)} {change_words(tree, change)}",
        symbol=each.symbol,
        file=each.file,
        line=each.line,
        severity=Severity.WARNING if open_yet else Severity.ERROR,
        asked=each.value,
        becomes=change.becomes,
        causes=change.causes,
        fix=as_computed(tree, each.symbol),
    )


def _unmet(tree: Tree, asked: Mapping[str, RequestedValue]) -> Iterator[Finding]:
    for name, causes in unmet_selects(tree):
        each = asked.get(name)
        wants = because(causes)
        yield Finding(
            "unmet-select",
            f"{name} is selected although its dependencies are not met ({wants})",
            symbol=name,
            file=each.file if each else "",
            line=each.line if each else 0,
            severity=Severity.WARNING,
            asked=each.value if each else "",
            becomes=tree.value(name),
            causes=causes,
        )


def _unknown(tree: Tree, unknown: Sequence[RequestedValue]) -> Iterator[Finding]:
    """The symbols that do not exist, those that are set first; beyond a thousand they are counted."""
    by_gravity = sorted(unknown, key=lambda each: each.value == "n") if len(unknown) > _MOST_TOLD else unknown
    yield from (_stranger(tree, each) for each in by_gravity[:_MOST_TOLD])
    for each in by_gravity[_MOST_TOLD:]:
        yield _UNSET_STRANGER if each.value == "n" else _STRANGER


_STRANGER = Finding("unknown-symbol", "a symbol that does not exist", severity=Severity.WARNING)
_UNSET_STRANGER = replace(_STRANGER, severity=Severity.NOTE)


def _stranger(tree: Tree, each: RequestedValue) -> Finding:
    """A symbol that does not exist, and the nearest one that does."""
    meant = nearest(tree, each.symbol[:100]) if each.value != "n" else ""
    return Finding(
        "unknown-symbol",
        f"{tree.label} defines no symbol {each.symbol}; Kconfig drops the line"
        + (f"; did you mean {meant}?" if meant else ""),
        symbol=each.symbol,
        file=each.file,
        line=each.line,
        severity=Severity.NOTE if each.value == "n" else Severity.WARNING,
        asked=each.value,
        fix=SuggestedFix(f"write CONFIG_{meant}, or delete the line" if meant else "delete the line"),
    )
