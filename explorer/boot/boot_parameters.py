# SPDX-License-Identifier: GPL-2.0-or-later
"""The parameters of a boot: the kernel command line and the KASLR seed.

``parse_command_line`` splits a command line as the kernel does (lib/cmdline.c, ``next_arg()``):

1. White space separates words, except inside double quotes.
2. The first ``=`` of a word ends its name. Quotes around the word or around its value are removed.
3. ``-`` and ``_`` in names are equal (kernel/params.c, ``parameq()``).
4. The words after ``--`` belong to init and are ignored.

``BootParameters`` keeps every word in order, because parameters differ in what a repeated word does. What a
value means depends on the release: ``KernelConfig`` has the answers. A command line of a file is not checked:
the kernel ignores words that it does not know.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

from explorer.errors import InputError
from explorer.machine.memory_map import COMMAND_LINE_SIZE

__all__ = [
    "NO_PARAMETERS",
    "BootParameters",
    "kstrtobool",
    "memparse",
    "parse_command_line",
]

_BITS_64 = 1 << 64
_WHITE = " \t\n\v\f\r"
_NUMBER = re.compile(r"0[xX](?P<hexadecimal>[0-9a-fA-F]+)|(?P<octal>0[0-7]*)|(?P<decimal>[1-9][0-9]*)")
_BASES = {"hexadecimal": 16, "octal": 8, "decimal": 10}
_SUFFIXES = "KMGTPE"
_HARMLESS_HIBERNATE = ("noresume", "nocompress")


@dataclass(frozen=True, slots=True)
class BootParameters:
    """A kernel command line and a KASLR seed.

    Attributes:
        command_line: the text; ``None`` is unknown, and the kernel then finds no word in it.
        kaslr_seed: ``kaslr-seed`` of ``/chosen``: 64 bits; 0 is no seed, ``None`` is an unknown one.
    """

    command_line: str | None = None
    kaslr_seed: int | None = None

    def __post_init__(self) -> None:
        if self.kaslr_seed is not None and not 0 <= self.kaslr_seed < _BITS_64:
            raise InputError(
                f"{self.kaslr_seed:#x} does not have 64 bits"[:80],
                parameter="kaslr_seed",
                hint="write the number of /chosen/kaslr-seed, such as 0x00ff0123456789ab",
            )

    @property
    def words(self) -> tuple[tuple[str, str | None], ...]:
        """Name and value of each word, in order, with ``_`` for ``-`` in names.

        The value is ``None`` where the word has no ``=``.
        """
        return _words(self.command_line or "")

    def known_from(self, other: Self) -> Self:
        """These parameters; where one is unknown, that of others."""
        own_line = self.command_line is None
        return replace(
            self,
            command_line=other.command_line if own_line else self.command_line,
            kaslr_seed=other.kaslr_seed if self.kaslr_seed is None else self.kaslr_seed,
        )

    def built_into(self, built_in: str, *, forced: bool, extended: bool) -> Self:
        """What the kernel reads: the boot loader's words, the built-in ones, or both.

        Source: drivers/of/fdt.c, early_init_dt_scan_chosen(); both ends are cut at COMMAND_LINE_SIZE.

        Args:
            built_in: ``CONFIG_CMDLINE``.
            forced: ``CMDLINE_FORCE``: only the built-in words count.
            extended: ``CMDLINE_EXTEND``: the built-in words follow.
        """
        line = self.command_line or ""
        if extended and built_in:
            line = f"{line} {built_in}"
        elif forced or not line:
            line = built_in
        if line == (self.command_line or ""):
            return self
        kept = line.encode("utf-8", "surrogatepass")[: COMMAND_LINE_SIZE - 1]
        return replace(self, command_line=kept.decode("utf-8", "ignore"))

    def values(self, name: str) -> tuple[str | None, ...]:
        """The values of a parameter, in order; ``None`` for a word without ``=``."""
        return tuple(value for word, value in self.words if word == name)

    def booleans(self, name: str) -> tuple[bool, ...]:
        """The values of a parameter that ``kstrtobool()`` accepts, in order."""
        truths = (kstrtobool(value) for value in self.values(name))
        return tuple(truth for truth in truths if truth is not None)

    @property
    def memory_limit(self) -> int | None:
        """Bytes of the last ``mem=``, not rounded to pages; ``None`` without one (arm64's early_mem())."""
        limits = [memparse(value)[0] for value in self.values("mem") if value is not None]
        return limits[-1] if limits else None

    @property
    def allows_hibernation(self) -> bool:
        """Whether neither ``nohibernate`` nor ``hibernate=no`` is given (kernel/power/hibernate.c)."""
        answers = [value or "" for value in self.values("hibernate")]
        refused = any(
            value.startswith("no") and not value.startswith(_HARMLESS_HIBERNATE) for value in answers
        )
        return not (refused or self.values("nohibernate"))

    @property
    def is_kaslr_off(self) -> bool:
        """Whether ``nokaslr`` is given (arch/arm64/kernel/kaslr.c searches for the text)."""
        return any(name.startswith("nokaslr") for name, _ in self.words)

    @property
    def used_seed(self) -> int:
        """The KASLR seed that the kernel uses: 0 without one, and with ``nokaslr``."""
        return 0 if self.is_kaslr_off else self.kaslr_seed or 0


NO_PARAMETERS = BootParameters()
"""Nothing is known: the kernel finds an empty command line and no seed."""


def parse_command_line(text: str, kaslr_seed: int | None = None) -> BootParameters:
    """Return the parameters of a kernel command line.

    Args:
        text: the command line, as the boot loader passes it.
        kaslr_seed: ``kaslr-seed`` of ``/chosen``.

    Raises:
        InputError: the command line is longer than a kernel reads, or holds a character that none can hold;
            or the seed does not have 64 bits.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size >= COMMAND_LINE_SIZE:
        raise InputError(
            f"has {size} bytes, and arm64 reads {COMMAND_LINE_SIZE - 1}",
            parameter="command_line",
            hint="give the words that memory depends on, such as mem= or page_owner=on",
        )
    if any(not (character.isprintable() or character in _WHITE) for character in text):
        hint = "write it as /proc/cmdline shows it"
        raise InputError("holds a control character", parameter="command_line", hint=hint)
    return BootParameters(text, kaslr_seed)


@lru_cache(maxsize=256)
def _words(text: str) -> tuple[tuple[str, str | None], ...]:
    words: list[tuple[str, str | None]] = []
    rest = text.lstrip(_WHITE)
    while rest:
        name, value, rest = _next_arg(rest)
        if (name, value) == ("--", None):
            break
        words.append((name.replace("-", "_"), value))
    return tuple(words)


def _next_arg(text: str) -> tuple[str, str | None, str]:
    """Name and value of the first word, and the text after it (lib/cmdline.c, next_arg())."""
    quoted = text.startswith('"')
    word = text[1:] if quoted else text
    in_quotes, end = quoted, len(word)
    for place, character in enumerate(word):
        if character in _WHITE and not in_quotes:
            end = place
            break
        in_quotes ^= character == '"'
    word, rest = word[:end], word[end:].lstrip(_WHITE)
    equals = word.find("=", 1)
    name, value = (word, None) if equals < 0 else (word[:equals], word[equals + 1 :])
    if value is not None and value.startswith('"'):
        value = value[1:].removesuffix('"')
    elif quoted:
        name, value = (name.removesuffix('"'), None) if value is None else (name, value.removesuffix('"'))
    return name, value, rest


def kstrtobool(value: str | None) -> bool | None:
    """The truth of a word, by its first letters; ``None`` where the kernel refuses it (7.1 lib/kstrtox.c)."""
    start = (value or "")[:2].lower()
    if start[:1] in {"y", "t", "e", "1"} or start == "on":
        return True
    return False if start[:1] in {"n", "f", "d", "0"} or start == "of" else None


def memparse(text: str) -> tuple[int, str]:
    """A number of bytes with suffix K, M, G, T, P or E, and the text after it.

    As in the kernel, text that is no number is 0, and the number is cut to 64 bits (lib/cmdline.c).
    """
    found = _NUMBER.match(text)
    kind = found.lastgroup if found else None
    number = int(found[kind], _BASES[kind]) if found and kind else 0
    rest = text[found.end() :] if found else text
    power = _SUFFIXES.find(rest[:1].upper()) + 1 if rest else 0
    return (number << 10 * power) % _BITS_64, rest[1:] if power else rest
