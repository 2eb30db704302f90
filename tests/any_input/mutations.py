# SPDX-License-Identifier: GPL-2.0-or-later
"""Inputs made from valid ones: bytes changed anywhere, numbers that are too long, JSON with another node."""

import json
import os
import random
import re
from collections.abc import Sequence

from tests.bent_json import KINDS, bent_at, places

__all__ = ["WORDS", "bent", "hostile_name", "hostile_word", "mutated"]

_NUMBER = re.compile(rb"0[xX][0-9a-fA-F]+|[0-9]+")
_NUMBERS = (
    *(
        b"0",
        b"-1",
        b"1",
        b"9" * 20,
        b"9" * 5000,
        b"0x" + b"f" * 5000,
        b"0x",
        b"1e400",
        b"18446744073709551616",
    ),
    *(b"0xffffffffffffffff", b"1180591620717411303424", b"0x1_0", "\u0663".encode(), b"4294967296", b"08"),
)
_PIECES = (
    *(
        b"\0",
        b"\r",
        b"\r\n",
        b"\n",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\x1b[31m",
        b"\t",
    ),
    *(
        "\u202e\u2028".encode(),
        b"[" * 5000,
        b"{" * 5000,
        b"(" * 5000,
        b'"',
        b"'",
        b"\\",
        b"=",
        b"\x1f\x8b\x08",
    ),
    *(b"x" * 100_000, b"NaN", b"Infinity", b"null", rb"\ud800", b"CONFIG_", b"#", b"-", b"@@", b"&gt;" * 50),
    *(
        b"]]>",
        b"<script>",
        b"%s",
        b"{0}",
        b"\n" * 3000,
        b"efi:",
        b"memory[0x0]",
        b"/dts-v1/;",
        b"\xd0\x0d\xfe\xed",
    ),
)
WORDS = (
    *(
        "",
        " ",
        "=",
        "-",
        "--",
        ":",
        "+",
        "/",
        ".",
        "..",
        "\n",
        "\t",
        "\x1b[31m",
        "\u202e",
        "\ufffd",
        "%s",
        "{}",
    ),
    *("0", "-1", "9" * 5000, "0x" + "f" * 5000, "-" + "9" * 5000, "1e400", "NaN", "\u0663", "0x1_0", "1_0"),
    *(
        "5.999999999999999999999999",
        "999.999",
        "6.1-rc" + "9" * 5000,
        "6.1" + "x" * 5000,
        "v",
        "6.1\n",
        "\u0666.\u0661",
    ),
    *("NUMA", "NUMA=", "=y", "NUMA=y", "NUMA=maybe", "NUMA==y", "NUMA=y=y", "ARM64_VA_BITS=" + "9" * 5000),
    *("NUMA=\x1b[31m", "NODES_SHIFT=" + "9" * 5000, "NODES_SHIFT=0x" + "f" * 5000, "CMDLINE=" + "x" * 70_000),
    *("0x40000000+2G", "0+1", "0+0", "0xffffffffffffffff+1", "9" * 20 + "T+1T", "0x40000000+" + "9" * 5000),
    *(
        "mem=" + "9" * 2000,
        "mem=0x" + "f" * 2000,
        "mem=1E",
        "crashkernel=" + "9" * 1900 + "T",
        'a="',
        "x" * 5000,
    ),
    *(
        "CONFIG_NUMA",
        "numa",
        "f52bb98f5ade",
        "A" * 100_000,
        "arm64",
        "x86_64",
        "../../etc",
        "Kconfig",
    ),
)
"""Words for options that take text."""


def mutated(seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """Random bytes, or one of the seeds with a few changes."""
    if chance.random() < 0.05:
        return chance.randbytes(chance.randrange(200))
    data = chance.choice(seeds)
    for _ in range(chance.choice((0, 0, 1, 1, 2, 3, 8))):
        data = chance.choice(_CHANGES)(data, chance)
    return data


def _other_byte(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(1) + data[at + 1 :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[end:] if chance.random() < 0.5 else data[:end]


def _piece(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(_PIECES) + data[at:]


def _again(data: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:end] + data[start : start + 2000] * chance.choice((1, 2, 20)) + data[end:]


def _other_number(data: bytes, chance: random.Random) -> bytes:
    numbers = list(_NUMBER.finditer(data[:100_000]))
    if not numbers:
        return data
    number = chance.choice(numbers)
    return data[: number.start()] + chance.choice(_NUMBERS) + data[number.end() :]


def _other_lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


_CHANGES = (_other_byte, _cut, _piece, _again, _other_number, _other_number, _other_lines)


def bent(documents: Sequence[bytes], chance: random.Random) -> bytes:
    """A JSON document with one node of another kind."""
    document = json.loads(chance.choice(documents))
    path = chance.choice(tuple(places(document)))
    return bent_at(document, path, chance.choice(KINDS)).encode("utf-8", "surrogatepass")


def hostile_word(chance: random.Random) -> str:
    """A word of the command line, which may hold bytes that are not UTF-8; never one with a NUL in it."""
    word = chance.choice(WORDS) + (chance.choice(WORDS) if chance.random() < 0.2 else "")
    return os.fsdecode(b"\xff\xed\xa0\x80") + word if chance.random() < 0.1 else word


def hostile_name(chance: random.Random) -> str:
    """The name of a file, as Python holds it."""
    names = (
        b"plain",
        b"\xff\xfe",
        b"caf\xe9.json",
        b"\x1b[31m",
        b"a b",
        b"a\nb",
        b"\xed\xa0\x80",
        b"'\"",
        b"<&>",
    )
    return os.fsdecode(
        chance.choice((*names, "\u202e\U0001f4a9".encode(), b"%s{0}", b"-x", b"::error::x", b"x" * 250))
    )
