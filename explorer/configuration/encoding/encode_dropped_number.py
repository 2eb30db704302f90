# SPDX-License-Identifier: GPL-2.0-or-later
"""Encodes a number that ``conf_read()`` can drop after other values have been computed from it (until v6.7).

``conf_read()`` goes through the numbers in one order. A number that was dropped before has its new value in
the range that decides about the next one; when all are dropped, each is computed from the new values. Where a
number does not read another one of them this is exact. Otherwise conf may compute it before a later one is
dropped, which is allowed here, too: kconfiglib confirms or refuses what the solver finds.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import kconfiglib

from explorer.configuration.encoding.encode_number import (
    Range,
    default_after_range,
    inside,
    moved,
    ranges_in_force,
)
from explorer.configuration.encoding.encoder import Encoder
from explorer.configuration.encoding.guard import Guard, GuardKind
from explorer.configuration.tree.expressions import operands
from explorer.configuration.tree.sym_calc_value import moved_into_range, strtoll, sym_string_valid

__all__ = ["add_dropped_number"]


class _Reading(NamedTuple):
    """What a number is computed from.

    Attributes:
        ranges: the ranges while all values are computed.
        default: its values without an answer then, each with its literal.
        deciding: the ranges that decide whether it is dropped.
        new: its values when it is computed again.
        is_same: nothing that it reads can have been dropped.
    """

    ranges: list[Range]
    default: dict[str, int]
    deciding: list[Range]
    new: dict[str, int]
    is_same: bool


def add_dropped_number(encoder: Encoder, symbol: Any) -> None:
    """Encode the computed value, the written one, and whether the answer is dropped."""
    gates, reading = encoder.gates, _reading(encoder, symbol)
    written, computed, dropped = (
        encoder.numbers[symbol],
        encoder.computed[symbol],
        encoder.dropped[symbol.name],
    )
    if not _has_unknown_ends(encoder, symbol):
        gates.add(-dropped, *(force for _, _, force in reading.deciding))
    for value, literal in written.items():
        gates.add(-dropped, -literal, reading.new.get(value, -gates.true))
        gates.add(dropped, -literal, computed[value])
    answered = _answered(encoder, symbol)
    for value, literal in computed.items():
        gates.add(answered, -literal, reading.default.get(value, -gates.true))
    allowed = _allowed(encoder, symbol, reading)
    unchanged = _encode_base(encoder, symbol, reading, answered)
    outside = _add_answers(encoder, symbol, reading)
    for value, literal in computed.items():
        loose = [unchanged] if reading.is_same else [unchanged, outside.get(value, -gates.true)]
        usual = allowed[value], reading.default.get(value, -gates.true)
        gates.add(-answered, dropped, -literal, *usual, *loose)
        gates.add(-answered, -dropped, -literal, outside.get(value, -gates.true), unchanged)


def _reading(encoder: Encoder, symbol: Any) -> _Reading:
    ranges, default = ranges_in_force(encoder, symbol), default_after_range(encoder, symbol)
    read = set().union(*(operands(part) for part in _expressions(symbol))) & encoder.computed.keys()
    if not read:
        return _Reading(ranges, default, ranges, default, is_same=True)
    order = list(encoder.computed)
    before = read.intersection(order[: order.index(symbol)])
    new = default_after_range(encoder.after_dropping(read), symbol)
    if any(reader in encoder.computed for reader in symbol._dependents):  # noqa: SLF001 # one can read it early
        early = default_after_range(encoder.after_dropping(before), symbol)
        for value, literal in early.items():
            new[value] = encoder.gates.either(new.get(value, -encoder.gates.true), literal)
    return _Reading(
        ranges, default, ranges_in_force(encoder.after_dropping(before), symbol), new, is_same=False
    )


def _expressions(symbol: Any) -> Iterator[Any]:
    """What the value of a number without an answer depends on."""
    for default in symbol.defaults:
        yield from default
    for bounds in symbol.ranges:
        yield from bounds


def _has_unknown_ends(encoder: Encoder, symbol: Any) -> bool:
    """Whether an unanswered probe prints an end of a range."""
    return any(encoder.unanswered(end) for low, high, _ in symbol.ranges for end in (low, high))


def _answered(encoder: Encoder, symbol: Any) -> int:
    """The literal that an answer counts while values are computed."""
    gates = encoder.gates
    if encoder.has_prompt(symbol):
        encoder.answers[symbol.name] = None
        return encoder.visibility(symbol).on
    if not encoder.guarded:
        return -gates.true
    return gates.both(
        -encoder.guard(Guard(symbol.name, GuardKind.NUMBER)), encoder.direct_dependency(symbol).on
    )


def _allowed(encoder: Encoder, symbol: Any, reading: _Reading) -> dict[str, int]:
    """The literal of each value that it is a valid answer."""
    no_number = -encoder.guard(Guard(symbol.name, GuardKind.NUMBER))
    return {
        value: inside(encoder, symbol, value, reading.ranges)
        if sym_string_valid(symbol.orig_type, value)
        else no_number
        for value in encoder.computed[symbol]
    }


def _encode_base(encoder: Encoder, symbol: Any, reading: _Reading, answered: int) -> int:
    """Encode what the base's answer gives if it stays; the literal that it stays."""
    gates, base = encoder.gates, encoder.base
    if base is None:
        return -gates.true
    unchanged = gates.true
    if encoder.has_prompt(symbol):
        unchanged = encoder.unchanged[symbol.name] = gates.literal()
    dropped, kept = encoder.dropped[symbol.name], dict(reading.default)
    answer = base.get(symbol.name, "")
    if symbol.name in base and sym_string_valid(symbol.orig_type, answer):
        is_inside = inside(encoder, symbol, answer, reading.deciding)
        gates.add(-unchanged, -dropped, -is_inside)
        gates.add(-unchanged, dropped, is_inside)
        kept = moved(encoder, symbol, {answer: gates.true}, reading.ranges)
    else:
        gates.add(-unchanged, -dropped)
    for value, literal in encoder.computed[symbol].items():
        gates.add(-unchanged, -answered, -literal, kept.get(value, -gates.true))
    return unchanged


def _add_answers(encoder: Encoder, symbol: Any, reading: _Reading) -> dict[str, int]:
    """Find the answers that are dropped; each value that is computed from them, with its literal."""
    gates, computed, dropped = encoder.gates, encoder.computed[symbol], encoder.dropped[symbol.name]
    outside: dict[str, int] = {}
    is_default = gates.some(
        gates.both(computed.get(value, -gates.true), given) for value, given in reading.default.items()
    )
    answers = [(gates.both(-dropped, is_default), "")]  # an answer could be dropped
    for value, literal, answer in _outside(encoder, symbol, reading):
        outside[value] = gates.either(outside.get(value, -gates.true), literal)
        answers.append((gates.every((dropped, computed[value], literal)), answer))
    answers += (
        [(dropped, _farthest(symbol, reading)[-1])] if reading.deciding else []
    )  # of an invisible number
    encoder.moved_answers[symbol.name] = dict.fromkeys(encoder.numbers[symbol], answers)
    return outside


def _outside(encoder: Encoder, symbol: Any, reading: _Reading) -> Iterator[tuple[str, int, str]]:
    """The values that dropped answers give while values are computed, each with its literal and an answer."""
    gates, computed = encoder.gates, encoder.computed[symbol]
    far = () if reading.is_same else _farthest(symbol, reading)
    for low, high, force in reading.ranges:
        ends = strtoll(symbol, low), strtoll(symbol, high)
        near = (_written(symbol, ends[0] - 1), _written(symbol, max(ends[1] + 1, ends[0])))
        for answer in filter(None, (*far, *near)):
            value = moved_into_range(symbol, answer, (low, high), ends)
            if value in computed:
                yield value, force, answer
    if not reading.is_same:
        for value in computed:
            if sym_string_valid(symbol.orig_type, value):
                is_dropped = -inside(encoder, symbol, value, reading.deciding)
                yield value, gates.both(inside(encoder, symbol, value, reading.ranges), is_dropped), value


def _farthest(symbol: Any, reading: _Reading) -> list[str]:
    """Answers below and above all ranges, as far as there are any."""
    ends = [
        strtoll(symbol, end) for low, high, _ in (*reading.ranges, *reading.deciding) for end in (low, high)
    ]
    return [answer for answer in (_written(symbol, min(ends) - 1), _written(symbol, max(ends) + 1)) if answer]


def _written(symbol: Any, number: int) -> str:
    """A number as an answer; empty if there is none, as of a hex below 0."""
    answer = hex(number) if symbol.orig_type is kconfiglib.HEX else str(number)
    is_answer = sym_string_valid(symbol.orig_type, answer) and strtoll(symbol, answer) == number
    return answer if is_answer else ""
