# SPDX-License-Identifier: GPL-2.0-or-later
"""Why Kconfig computes another value than a file requests, and the statements that decide it.

There are six reasons:

* **unmet**: the prompt is invisible, or limits the value, because a dependency is not met;
* **hidden**: all dependencies are met but the condition of the prompt is not, so a default decides;
* **forced**: the symbol is selected;
* **derived**: the symbol has no prompt, and its defaults give another value;
* **chosen**: the symbol is a member of a choice, and another member is set;
* **range**: a number is outside its range.

``provenance`` finds the statements.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import kconfiglib

from explorer.configuration.queries import provenance
from explorer.configuration.queries.provenance import Cause
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.tree import Tree

__all__ = [
    "Cause",
    "OutsideRanges",
    "Override",
    "OverrideReason",
    "UnmetSelect",
    "equal_values",
    "keeps",
    "outside_every_range",
    "override_of",
    "unmet_selects",
]

_MOST_CAUSES = 12
_LOGICAL = frozenset({kconfiglib.BOOL, kconfiglib.TRISTATE})
_BASES = {kconfiglib.INT: 10, kconfiglib.HEX: 16}


class OverrideReason(StrEnum):
    """Why Kconfig computes another value."""

    UNMET = "unmet"
    HIDDEN = "hidden"
    FORCED = "forced"
    IMPLIED = "implied"
    DERIVED = "derived"
    CHOSEN = "chosen"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class Override:
    """A requested value that Kconfig replaces.

    Attributes:
        symbol: its name.
        requested: the value that a file gives.
        becomes: the value that Kconfig computes; empty if a ``.config`` holds none.
        is_written: a ``.config`` holds a value for the symbol; otherwise the line is dropped.
        reason: one of the seven.
        causes: the statements that decide, nearest first; at most 12.
        range: for RANGE, its two ends.
        member: for CHOSEN, the member that is set.
    """

    symbol: str
    requested: str
    becomes: str
    is_written: bool
    reason: OverrideReason
    causes: tuple[Cause, ...]
    range: tuple[str, str] | None = None
    member: str = ""


@dataclass(frozen=True, slots=True)
class OutsideRanges:
    """A number is outside every range.

    Attributes:
        ranges: lowest and highest value of each.
        nearest: the end that is nearest to the number.
        is_visible: the prompt is visible; otherwise Kconfig drops the number.
    """

    ranges: tuple[tuple[str, str], ...]
    nearest: str
    is_visible: bool


class _Decision(NamedTuple):
    """The part of an ``Override`` that its kind of symbol decides."""

    reason: OverrideReason
    causes: Iterable[Cause]
    range: tuple[str, str] | None = None
    member: str = ""


def override_of(evaluation: Evaluation, name: str, requested: str) -> Override | None:
    """How Kconfig replaces a requested value; ``None`` if it keeps the value.

    Args:
        evaluation: the values.
        name: a symbol that the tree defines.
        requested: the value that a file gives it.
    """
    if keeps(evaluation, name, requested):
        return None
    symbol = evaluation.symbol(name)
    becomes = evaluation.written(name)
    if symbol.orig_type in _LOGICAL:
        requested = requested[:1]  # conf reads no more of it
        decision = _logical(evaluation, symbol, requested, becomes)
    else:
        decision = _number_or_string(evaluation, symbol, requested)
    causes = _unique(decision.causes)
    written = evaluation.is_written(name)
    return Override(name, requested, becomes, written, decision.reason, causes, *decision[2:])


def _unique(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """The first 12 causes; of several at one line the last."""
    by_line = {(cause.statement.file, cause.statement.line): cause for cause in reversed(list(causes))}
    return tuple(reversed(by_line.values()))[:_MOST_CAUSES]


def keeps(evaluation: Evaluation, name: str, requested: str) -> bool:
    """Whether Kconfig computes a requested value; that of a transitional symbol is used and not written."""
    is_transitional = name in evaluation.tree.engine.kconfig.transitional
    computed = evaluation.value(name) if is_transitional else evaluation.written(name)
    return equal_values(evaluation.tree, name, requested, computed)


def equal_values(tree: Tree, name: str, first: str, second: str) -> bool:
    """Whether two values of a symbol are equal to Kconfig: hexadecimal numbers have several spellings.

    Args:
        tree: the tree.
        name: the symbol.
        first: a value as a file gives it; of a bool or tristate the first letter counts.
        second: a value as Kconfig computes it.
    """
    if first == second:
        return True
    kind = tree.type_of(name)
    if kind in {"bool", "tristate"}:
        return first[:1] == second
    if kind != "hex":
        return False
    try:
        return int(first, 16) == int(second, 16)
    except ValueError:
        return False


def outside_every_range(evaluation: Evaluation, name: str, requested: str) -> OutsideRanges | None:
    """The ranges of a number, if no range holds the value; otherwise ``None``.

    Conditions of the ranges are ignored: a value outside all of them is wrong in any configuration.
    """
    symbol = evaluation.symbol(name)
    base = _BASES.get(symbol.orig_type)
    if base is None or not symbol.ranges:
        return None
    ranges = [(evaluation.text(low), evaluation.text(high)) for low, high, _ in symbol.ranges]
    try:
        number = int(requested, base)
        numbers = [(int(low, base), int(high, base)) for low, high in ranges]
    except ValueError:  # not set, or an end that is a symbol without a value
        return None
    if any(low <= number <= high for low, high in numbers):
        return None
    nearest = min((end for ends in ranges for end in ends), key=lambda end: abs(int(end, base) - number))
    return OutsideRanges(tuple(dict.fromkeys(ranges)), nearest, evaluation.is_visible(name))


def _logical(evaluation: Evaluation, symbol: Any, requested: str, becomes: str) -> _Decision:
    """The decision about a bool or tristate."""
    level, computed = kconfiglib.STR_TO_TRI[requested], kconfiglib.STR_TO_TRI[becomes]
    if computed > level and evaluation.level(symbol.rev_dep) > level:
        return _Decision(OverrideReason.FORCED, provenance.selects(evaluation, symbol, level))
    as_bool = symbol.orig_type is kconfiglib.TRISTATE and symbol.type is kconfiglib.BOOL
    promoted = provenance.modules(evaluation) if level == 1 and as_bool else []
    if not any(node.prompt for node in symbol.nodes):
        derived = _derivation(evaluation, symbol, level, computed)
        return _Decision(OverrideReason.DERIVED, [*promoted, *derived])
    if symbol.choice and evaluation.level(symbol.choice):
        member = evaluation.selection(symbol.choice)
        if member is not None and evaluation.visibility(symbol) >= level:
            return _Decision(
                OverrideReason.CHOSEN, _choice(evaluation, symbol, member.name), member=member.name
            )
    if promoted and computed > level:
        return _Decision(OverrideReason.UNMET, promoted)
    if computed > level == 1 and evaluation.visibility(symbol):
        return _Decision(OverrideReason.IMPLIED, provenance.implied_by(evaluation, symbol, level))
    causes = list(provenance.unmet(evaluation, symbol, max(level, 1)))
    if computed >= level:
        causes += _derivation(evaluation, symbol, level, computed)
    return _Decision(_invisible(evaluation, symbol), causes)


def _derivation(evaluation: Evaluation, symbol: Any, level: int, computed: int) -> Iterator[Cause]:
    """What raises a symbol without a visible prompt above a level, or keeps it below."""
    if computed > level:
        implied = list(provenance.implied_by(evaluation, symbol, level))
        yield from implied or provenance.defaults(evaluation, symbol, 0)
        return
    causes = list(provenance.defaults(evaluation, symbol, level))
    if not any(cause.values for cause in causes):  # only constants: a select could have raised it
        yield from causes or provenance.lines(evaluation, symbol, "config", "menuconfig")
        causes = list(provenance.unselected(evaluation, symbol, level))
    yield from causes


def _number_or_string(evaluation: Evaluation, symbol: Any, requested: str) -> _Decision:
    """The decision about an int, hex or string."""
    conditional = ((low, high) for low, high, condition in symbol.ranges if evaluation.level(condition))
    ends = next(conditional, None)
    if ends and evaluation.visibility(symbol) and evaluation.is_outside_range(symbol, requested):
        texts = evaluation.text(ends[0]), evaluation.text(ends[1])
        return _Decision(OverrideReason.RANGE, provenance.lines(evaluation, symbol, "range"), texts)
    defaults = list(provenance.defaults(evaluation, symbol, 0))
    if not any(node.prompt for node in symbol.nodes):
        causes = defaults or provenance.lines(evaluation, symbol, "config", "range")
        return _Decision(OverrideReason.DERIVED, causes)
    reason = _invisible(evaluation, symbol)
    unmet = list(provenance.unmet(evaluation, symbol, 1))
    return _Decision(reason, [*unmet, *defaults] if reason is OverrideReason.HIDDEN else unmet)


def _invisible(evaluation: Evaluation, symbol: Any) -> OverrideReason:
    """HIDDEN if only the condition of the prompt is not met, otherwise UNMET."""
    return OverrideReason.HIDDEN if provenance.hidden(evaluation, symbol) else OverrideReason.UNMET


def _choice(evaluation: Evaluation, symbol: Any, member: str) -> list[Cause]:
    """The first line of a symbol's choice, and the member that is set."""
    first = next(evaluation.tree.node_statements(symbol.choice.nodes[0], symbol.name))
    return [Cause(first, (provenance.value_of(evaluation, member),), exclusive=True)]


class UnmetSelect(NamedTuple):
    """A symbol that is selected although its dependencies are not met.

    Attributes:
        symbol: its name.
        value: the value that it is selected to.
        causes: the lines of the selects, and those of the dependencies.
    """

    symbol: str
    value: str
    causes: tuple[Cause, ...]


def unmet_selects(evaluation: Evaluation) -> Iterator[UnmetSelect]:
    """The symbols that are selected although their dependencies are not met.

    ``conf`` warns about the same symbols ("unmet direct dependencies detected").
    """
    for symbol in evaluation.symbols():
        if symbol.rev_dep is symbol.kconfig.n:
            continue
        selected = _promoted(symbol, evaluation.level(symbol.rev_dep))
        met = evaluation.level(symbol.direct_dep)
        if selected and _promoted(symbol, met) < selected:
            unmet = provenance.unmet_dependencies(evaluation, symbol, selected)
            causes = _unique([*provenance.selects(evaluation, symbol, met), *unmet])
            yield UnmetSelect(symbol.name, evaluation.value(symbol.name), causes)


def _promoted(symbol: Any, level: int) -> int:
    """The level as ``sym_calc_visibility()`` has it: m counts as y for a bool."""
    return 2 if level and symbol.type is kconfiglib.BOOL else level
