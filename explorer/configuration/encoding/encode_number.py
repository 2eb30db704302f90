# SPDX-License-Identifier: GPL-2.0-or-later
"""Encodes the definition of an int, hex or string symbol.

The value is the answer if the symbol is visible and the answer is inside the range in force. Otherwise it is
the first default whose condition holds, moved into the range (scripts/kconfig/symbol.c, sym_calc_value() and
sym_validate_range()). Since v6.8 an answer outside the range is moved, too: a range whose low end is above
its high end gives either end, and no answer is inside it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import kconfiglib

from explorer.configuration.encoding.encoder import Encoder
from explorer.configuration.encoding.guard import Guard, GuardKind, with_definitions
from explorer.configuration.tree.sym_calc_value import moved_into_range, strtoll, sym_string_valid

__all__ = ["Range", "add_number", "default_after_range", "inside", "moved", "ranges_in_force"]

Range = tuple[str, str, int]
"""The two ends of a range, and the literal that it is in force."""

_OTHERWISE = {kconfiglib.INT: "0", kconfiglib.HEX: "0x0"}


def add_number(encoder: Encoder, symbol: Any) -> None:
    """Encode the value: a valid answer, or the default moved into the range."""
    gates, own = encoder.gates, encoder.numbers[symbol]
    if symbol.orig_type is kconfiglib.UNKNOWN:  # the value of a symbol without a type is its name
        gates.add(own[symbol.name])
        return
    ranges, given = ranges_in_force(encoder, symbol), default_after_range(encoder, symbol)
    answered = -gates.true
    if encoder.has_prompt(symbol):
        answered = _encode_answer(encoder, symbol, ranges, given)
    elif encoder.guarded:
        absent = -encoder.guard(Guard(symbol.name, GuardKind.NUMBER))
        answered = gates.both(absent, encoder.direct_dependency(symbol).on)
    for value, literal in own.items():
        gates.add(answered, -literal, given.get(value, -gates.true))


def ranges_in_force(encoder: Encoder, symbol: Any) -> list[Range]:
    """The ranges that can be in force; conf ignores the range of a string."""
    return [] if symbol.orig_type is kconfiglib.STRING else list(_ranges(encoder, symbol))


def default_after_range(encoder: Encoder, symbol: Any) -> dict[str, int]:
    """Each value that a number can have without an answer, with its literal."""
    ranges = ranges_in_force(encoder, symbol)
    given = moved(encoder, symbol, _default_number(encoder, symbol), ranges)
    _add_unknown_ends(encoder, symbol, given)
    return given


def _encode_answer(encoder: Encoder, symbol: Any, ranges: list[Range], given: Mapping[str, int]) -> int:
    """The literal that a valid answer is given: of the type's form and inside the range."""
    gates, visible = encoder.gates, encoder.visibility(symbol).on
    encoder.answers[symbol.name] = None
    ends = {} if encoder.kconfig.rules.drops_out_of_range else _moved_answers(encoder, symbol, ranges)
    encoder.moved_answers[symbol.name] = ends
    allowed = {
        value: inside(encoder, symbol, value, ranges)
        if sym_string_valid(symbol.orig_type, value)
        else -encoder.guard(Guard(symbol.name, GuardKind.NUMBER))
        for value in encoder.numbers[symbol]
    }
    for value, answers in ends.items():
        allowed[value] = gates.some([allowed[value], *(force for force, _ in answers)])
    answered = visible if encoder.base is None else _encode_base(encoder, symbol, ranges, allowed)
    for value, literal in encoder.numbers[symbol].items():
        gates.add(-answered, -literal, allowed[value], given.get(value, -gates.true))
    return answered


def _encode_base(encoder: Encoder, symbol: Any, ranges: list[Range], allowed: Mapping[str, int]) -> int:
    """The literal that a valid answer is given, if the answer of the base can stay."""
    gates, base = encoder.gates, encoder.base or {}
    unchanged = encoder.unchanged[symbol.name] = gates.literal()
    valid, kept = -gates.true, dict[str, int]()
    if symbol.name in base:
        given = {base[symbol.name]: gates.true}
        if encoder.kconfig.rules.drops_out_of_range:
            valid, kept = allowed.get(base[symbol.name], -gates.true), given
        elif sym_string_valid(symbol.orig_type, base[symbol.name]):
            valid, kept = gates.true, moved(encoder, symbol, given, ranges)
    answered = gates.both(encoder.visibility(symbol).on, gates.either(-unchanged, valid))
    if kept:
        for value, literal in encoder.numbers[symbol].items():
            gates.add(-unchanged, -answered, -literal, kept.get(value, -gates.true))
    return answered


def _moved_answers(encoder: Encoder, symbol: Any, ranges: list[Range]) -> dict[str, list[tuple[int, str]]]:
    """The ends of ranges that are no valid answers, but that answers outside the range become (v6.8).

    Each has, for every such range, the literal that the range is in force and an answer that becomes the end.
    """
    found: dict[str, list[tuple[int, str]]] = {}
    for low, high, force in ranges:
        ends = strtoll(symbol, low), strtoll(symbol, high)
        for number in (ends[0] - 1, max(ends[1] + 1, ends[0])):
            answer = hex(number) if symbol.orig_type is kconfiglib.HEX else str(number)
            if not sym_string_valid(symbol.orig_type, answer) or strtoll(symbol, answer) != number:
                continue  # no hex is below 0
            end = moved_into_range(symbol, answer, (low, high), ends)
            is_answer = sym_string_valid(symbol.orig_type, end) and ends[0] <= strtoll(symbol, end) <= ends[1]
            if end in encoder.numbers[symbol] and not is_answer:
                found.setdefault(end, []).append((force, answer))
    return found


def _default_number(encoder: Encoder, symbol: Any) -> dict[str, int]:
    """Each value that a default can give, with the literal that it does."""
    gates, none_yet = encoder.gates, encoder.gates.true
    given: dict[str, int] = {}
    for (default, condition), definition, index in with_definitions(symbol, "defaults"):
        guard = Guard(symbol.name, GuardKind.DEFAULT, definition=definition, entry=index)
        met = gates.both(encoder.guard(guard), encoder.condition(symbol, definition, condition).on)
        for value, literal in _outputs(encoder, symbol, default):
            now = gates.every((none_yet, met, literal))
            given[value] = gates.either(given.get(value, -gates.true), now)
        none_yet = gates.both(none_yet, -met)
    nothing = _OTHERWISE.get(symbol.orig_type, "") if encoder.kconfig.rules.number_is_zero else ""
    given[nothing] = gates.either(given.get(nothing, -gates.true), none_yet)
    return given


def _outputs(encoder: Encoder, symbol: Any, default: Any) -> Iterator[tuple[str, int]]:
    """The values of a default, each with its literal; an unanswered probe may print any value."""
    yield from encoder.alternatives(default)
    probe = encoder.unanswered(default)
    if probe and not probe.possible:
        for value, literal in encoder.any_of(encoder.numbers[symbol]).items():
            yield value, encoder.gates.both(-encoder.assumption(probe), literal)


def _ranges(encoder: Encoder, symbol: Any) -> Iterator[Range]:
    """The two ends of each range that can be in force, with the literal that it is."""
    gates, none_yet = encoder.gates, encoder.gates.true
    for (low, high, condition), definition, index in with_definitions(symbol, "ranges"):
        guard = Guard(symbol.name, GuardKind.RANGE, definition=definition, entry=index)
        met = gates.both(encoder.guard(guard), encoder.condition(symbol, definition, condition).on)
        for bottom, first in encoder.alternatives(low):
            for top, second in encoder.alternatives(high):
                yield bottom, top, gates.every((none_yet, met, first, second))
        none_yet = gates.both(none_yet, -met)


def _add_unknown_ends(encoder: Encoder, symbol: Any, given: dict[str, int]) -> None:
    """Allow any value where an unanswered probe prints an end of a range."""
    gates = encoder.gates
    for low, high, condition in symbol.ranges:
        for probe in filter(None, map(encoder.unanswered, (low, high))):
            unknown = gates.both(encoder.expression(condition).on, -encoder.assumption(probe))
            for value, literal in encoder.any_of(encoder.numbers[symbol]).items():
                given[value] = gates.either(given.get(value, -gates.true), gates.both(unknown, literal))


def moved(encoder: Encoder, symbol: Any, given: Mapping[str, int], ranges: list[Range]) -> dict[str, int]:
    """Values after ``sym_validate_range()``: a value outside the range becomes the nearer end."""
    gates = encoder.gates
    values: dict[str, int] = {}
    free = gates.every(-force for _, _, force in ranges)
    for value, literal in given.items():
        ends = [(value, free)]
        for low, high, force in ranges:
            numbers = strtoll(symbol, low), strtoll(symbol, high)
            ends.append((moved_into_range(symbol, value, (low, high), numbers), force))
        for end, force in ends:
            now = gates.both(literal, force)
            values[end] = gates.either(values.get(end, -gates.true), now)
    return values


def inside(encoder: Encoder, symbol: Any, value: str, ranges: list[Range]) -> int:
    """Whether a value lies within the range in force."""
    number = strtoll(symbol, value)
    return encoder.gates.every(
        -force for low, high, force in ranges if not strtoll(symbol, low) <= number <= strtoll(symbol, high)
    )
