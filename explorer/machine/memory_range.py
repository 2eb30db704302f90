# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads a range of memory that a user names: ``BASE+SIZE``, such as ``0x40000000+2G``."""

import re

from explorer.errors import InputError
from explorer.machine.memory_map import Region

__all__ = ["parse_memory_range"]

_NUMBER = r"(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})([KMGT]?)"
_RANGE = re.compile(rf"{_NUMBER}\+{_NUMBER}")
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
_HINT = "write BASE+SIZE in bytes, such as 0x40000000+2G"


def parse_memory_range(word: str) -> Region:
    """The range of ``BASE+SIZE``.

    Each is a decimal or hexadecimal number of bytes; K, M, G or T after it stand for powers of 1024.

    Raises:
        InputError: it is not such a range, is empty, or ends beyond 64 bits.
    """
    match = _RANGE.fullmatch(word)
    if match is None:
        raise InputError(f"{word[:80]!r} is not a range of memory", parameter="memory", hint=_HINT)
    base, size = _bytes(match[1], match[2]), _bytes(match[3], match[4])
    if not size:
        raise InputError(f"{word} is empty", parameter="memory", hint=_HINT)
    if base + size > 1 << 64:
        raise InputError(f"{word} ends beyond 64 bits", parameter="memory", hint=_HINT)
    return Region(base, size)


def _bytes(number: str, unit: str) -> int:
    value = int(number, 16) if number[:2].lower() == "0x" else int(number)
    return value << _UNITS[unit]
