# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes inputs along their form: bytes, lines, words of a vocabulary, JSON values.

Every function takes an input and a generator of random numbers, and returns another input. The same numbers
give the same input.
"""

import json
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

__all__ = ["mutate_bytes", "mutate_json", "mutate_json_lines", "mutate_lines", "mutate_packed", "repeated"]

_NUMBERS = (
    *(b"0", b"1", b"-1", b"0x", b"0x0", b"0x1000", b"0x40000000", b"0xffffffff", b"0xffffffffffffffff"),
    *(b"0x10000000000000000", b"4096", b"9" * 20, b"9" * 5000, b"0x" + b"f" * 5000, b"1e400", b"\xd9\xa3"),
)
_TOKENS = (
    *(b"\0", b"\n", b"\r\n", b"\t", b"\x1b[31m", b"\xe2\x80\xae", b"\xff\xfe", b"\xed\xa0\x80", b"\xc2\x85"),
    *(b"\xef\xbb\xbf", b"{", b"[", b'"', b"'", b"\\", b"#", b"$(", b"=", b"-", b",", b"/*", b"<", b"&"),
)
_NUMBER = re.compile(rb"-?(?:0x[0-9a-fA-F]+|[0-9]+)")
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 4096, 1 << 63, 1 << 64, 10**20, 0.5, 1e400, -1e400, float("nan")),
    *(
        "",
        "y",
        "n",
        "0",
        "-1",
        "0x1000",
        "0x" + "f" * 20,
        "\0",
        "\n",
        "\x1b[31m",
        "\u202e",
        "\ud800",
        "9" * 5000,
    ),
    *([], {}, [[]], {"": None}, [None], "٣", "nomap", "safe"),
)
_DEEPEST = 20_000
_DEEPER = 0.9
_LONGEST_LIST = 1000


def mutate_bytes(data: bytes, chance: Random) -> bytes:
    """Overwrites, cuts, doubles or adds bytes, tokens and numbers in up to four places."""
    bent = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at, width = chance.randint(0, len(bent)), chance.randint(0, 40)
        match chance.randrange(6):
            case 0:
                bent[at : at + width] = chance.randbytes(width)
            case 1:
                del bent[at : at + width]
            case 2:
                bent[at:at] = bent[at : at + width] * chance.randint(1, 50)
            case 3:
                bent[at:at] = chance.choice(_TOKENS)
            case 4:
                bent = bytearray(_other_number(bytes(bent), chance))
            case _:
                bent[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(bent)


def _other_number(data: bytes, chance: Random) -> bytes:
    """The same with one number replaced by another, near it or at a limit."""
    found = list(_NUMBER.finditer(data))
    if not found:
        return data
    number = chance.choice(found)
    return data[: number.start()] + _near(number[0], chance) + data[number.end() :]


def _near(number: bytes, chance: Random) -> bytes:
    if chance.random() < 0.3 or len(number) > 40:
        return chance.choice(_NUMBERS)
    value = int(number, 16 if b"x" in number else 10)
    value = chance.choice((value + 1, value - 1, value * 2, value // 2, value ^ (1 << chance.randrange(64))))
    return hex(value).encode() if b"x" in number else str(value).encode()


def mutate_lines(*words: bytes) -> Callable[[bytes, Random], bytes]:
    """Moves, doubles, drops and mixes lines, and replaces words of them by words of a vocabulary."""

    def mutate(data: bytes, chance: Random) -> bytes:
        lines = data.split(b"\n")
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
            match chance.randrange(7):
                case 0:
                    lines.insert(at, lines[other])
                case 1 if len(lines) > 1:
                    del lines[at]
                case 2:
                    lines[at], lines[other] = lines[other], lines[at]
                case 3 | 4:
                    lines[at] = _with_word(lines[at], words, chance)
                case 5:
                    lines[at] = _other_number(lines[at], chance)
                case _:
                    lines[at] = mutate_bytes(lines[at], chance)
        return b"\n".join(lines)

    return mutate


def _with_word(line: bytes, words: Sequence[bytes], chance: Random) -> bytes:
    """A line with a word lost, doubled, replaced or added."""
    parts = re.split(rb"(\s+|[=:,()])", line)
    at = chance.randrange(len(parts))
    word = chance.choice(words) if words else b"0"
    parts[at : at + 1] = chance.choice(([], [parts[at]] * 2, [word], [parts[at], b" ", word]))
    return b"".join(parts)


def repeated(*mutations: Callable[[bytes, Random], bytes]) -> Callable[[bytes, Random], bytes]:
    """One of some ways to change an input, each as often as it is named."""
    return lambda data, chance: chance.choice(mutations)(data, chance)


def mutate_packed(
    mutate: Callable[[bytes, Random], bytes],
    *,
    pack: Callable[[bytes], bytes],
    unpack: Callable[[bytes], bytes],
) -> Callable[[bytes, Random], bytes]:
    """Changes what is packed in an input."""

    def changed(data: bytes, chance: Random) -> bytes:
        try:
            return pack(mutate(unpack(data), chance))
        except Exception:  # noqa: BLE001 # whatever cannot be unpacked
            return mutate_bytes(data, chance)

    return changed


# --- JSON -------------------------------------------------------------------------------------------------


def mutate_json(data: bytes, chance: Random) -> bytes:
    """Replaces, drops, doubles or exchanges values of a JSON document; other bytes are changed as bytes."""
    if chance.random() < 0.1:
        return mutate_bytes(data, chance)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return mutate_bytes(data, chance)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        document = _bent_value(document, chance)
    if chance.random() < 0.005:
        depth = chance.randint(1, _DEEPEST)
        return b"[" * depth + b"]" * chance.choice((0, depth))
    return json.dumps(document).encode("utf-8", "surrogatepass")


def mutate_json_lines(data: bytes, chance: Random) -> bytes:
    """Changes one line of several, each a JSON document."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    lines[at] = mutate_json(lines[at], chance)
    if chance.random() < 0.1:
        lines.insert(at, chance.choice(lines))
    return b"\n".join(lines)


def _bent_value(value: Any, chance: Random) -> Any:
    """A value in which one place is changed, near the root as often as far from it."""
    if isinstance(value, dict) and value and chance.random() < _DEEPER:
        return _bent_object(value, chance)
    if isinstance(value, list) and value and chance.random() < _DEEPER:
        return _bent_list(value, chance)
    return _other_scalar(value, chance)


def _bent_object(value: dict[str, Any], chance: Random) -> dict[str, Any]:
    key = chance.choice(list(value))
    rest = {name: part for name, part in value.items() if name != key}
    match chance.randrange(12):
        case 0:
            return rest
        case 1:
            return {**rest, chance.choice((*value, "", "\ud800", "x" * 3000)): value[key]}
        case 2:
            return {**value, key: value[chance.choice(list(value))]}
        case _:
            return {**value, key: _bent_value(value[key], chance)}


def _bent_list(value: list[Any], chance: Random) -> list[Any]:
    at = chance.randrange(len(value))
    before, after = value[:at], value[at + 1 :]
    match chance.randrange(10):
        case 0:
            return [*before, *after]
        case 1:
            return [*value, value[at]] if len(value) < _LONGEST_LIST else value[:1]
        case 2:
            return [value[at], *before, *after]
        case _:
            return [*before, _bent_value(value[at], chance), *after]


def _other_scalar(value: Any, chance: Random) -> Any:
    """Another value: near this one, of another type, or at a limit."""
    if chance.random() < 0.4:
        return chance.choice(_VALUES)
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int):
        return chance.choice(
            (value + 1, value - 1, -value, value * 4096, value // 2, str(value)[:4000], [value])
        )
    if isinstance(value, str):
        return mutate_bytes(value.encode("utf-8", "surrogatepass"), chance).decode("utf-8", "replace")
    return chance.choice(_VALUES)
