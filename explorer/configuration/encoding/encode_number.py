# SPDX-License-Identifier: GPL-2.0-only
"""What the definition of an int, hex or string symbol says, as clauses.

An answer counts where the symbol is visible and the answer lies within the range in force; otherwise the
first default whose condition holds does, moved into the range (scripts/kconfig/symbol.c, sym_calc_value() and
sym_validate_range()).
"""

from collections.abc import Iterator, Mapping
from typing import Any

import kconfiglib

from explorer.configuration.encoding.encoder import Encoder, Guard, GuardKind
from explorer.configuration.tree.sym_calc_value import accepts, strtoll

__all__ = ["define_number"]

_OTHERWISE = {kconfiglib.INT: "0", kconfiglib.HEX: "0x0"}


def define_number(terms: Encoder, symbol: Any) -> None:
    """An answer within the range where one counts, else the default moved into the range."""
    gates, own = terms.gates, terms.numbers[symbol]
    guard = terms.guard(Guard(symbol.name, GuardKind.NUMBER))
    ranges = list(_ranges(terms, symbol))
    given = _moved(terms, symbol, _default_number(terms, symbol), ranges)
    heard = -gates.true
    if any(node.prompt for node in symbol.nodes):
        heard = _number_heard(terms, symbol, ranges, given)
    for value, literal in own.items():
        gates.say(-guard, heard, -literal, given.get(value, -gates.true))


def _number_heard(
    terms: Encoder, symbol: Any, ranges: list[tuple[str, str, int]], given: Mapping[str, int]
) -> int:
    """Whether an answer counts; it must have the form of the type and lie within the range."""
    gates, visible = terms.gates, terms.visibility(symbol, relaxed=terms.guarded).on
    guard = terms.guard(Guard(symbol.name, GuardKind.NUMBER))
    terms.answers[symbol.name] = None
    allowed = {
        value: _inside(terms, symbol, value, ranges) if accepts(symbol.orig_type, value) else -gates.true
        for value in terms.numbers[symbol]
    }
    heard = visible
    if terms.base is not None:
        kept = terms.unchanged[symbol.name] = gates.literal()
        told = terms.base.get(symbol.name)
        counts = allowed.get(told, -gates.true) if told is not None else -gates.true
        heard = gates.both(visible, gates.either(-kept, counts))
        if told is not None:
            gates.say(-kept, -heard, terms.numbers[symbol][told])
    for value, literal in terms.numbers[symbol].items():
        gates.say(-guard, -heard, -literal, allowed[value], given.get(value, -gates.true))
    return heard


def _default_number(terms: Encoder, symbol: Any) -> dict[str, int]:
    """Each value that defaults can give, and when they do."""
    gates, open_ = terms.gates, terms.gates.true
    given: dict[str, int] = {}
    for default, condition in symbol.defaults:
        met = terms.expression(condition).on
        for value, literal in terms.alternatives(default):
            now = gates.every((open_, met, literal))
            given[value] = gates.either(given.get(value, -gates.true), now)
        open_ = gates.both(open_, -met)
    nothing = _OTHERWISE.get(symbol.orig_type, "") if terms.kconfig.rules.range_moves else ""
    given[nothing] = gates.either(given.get(nothing, -gates.true), open_)
    return given


def _ranges(terms: Encoder, symbol: Any) -> Iterator[tuple[str, str, int]]:
    """Each pair of ends that can be in force, and when it is."""
    gates, open_ = terms.gates, terms.gates.true
    for low, high, condition in symbol.ranges:
        met = terms.expression(condition).on
        for bottom, first in terms.alternatives(low):
            for top, second in terms.alternatives(high):
                yield bottom, top, gates.every((open_, met, first, second))
        open_ = gates.both(open_, -met)


def _moved(
    terms: Encoder, symbol: Any, given: Mapping[str, int], ranges: list[tuple[str, str, int]]
) -> dict[str, int]:
    """Values after sym_validate_range(): what lies beyond an end becomes that end."""
    gates = terms.gates
    moved: dict[str, int] = {}
    free = gates.every(-force for _, _, force in ranges)
    for value, literal in given.items():
        ends = [(value, free)]
        for low, high, force in ranges:
            number, bottom, top = (strtoll(symbol, text) for text in (value, low, high))
            ends.append((low if number < bottom else high if number > top else value, force))
        for end, force in ends:
            now = gates.both(literal, force)
            moved[end] = gates.either(moved.get(end, -gates.true), now)
    return moved


def _inside(terms: Encoder, symbol: Any, value: str, ranges: list[tuple[str, str, int]]) -> int:
    """Whether a value lies within the range in force."""
    number = strtoll(symbol, value)
    return terms.gates.every(
        -force for low, high, force in ranges if not strtoll(symbol, low) <= number <= strtoll(symbol, high)
    )
