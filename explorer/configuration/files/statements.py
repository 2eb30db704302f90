# SPDX-License-Identifier: GPL-2.0-or-later
"""The statements and blocks of a Kconfig file, with their lines.

Continued lines are joined; comments and help are left out. kconfiglib folds each condition into the symbols
that it applies to and does not keep its place. This module finds the ``if``, ``menu`` and ``choice`` around a
symbol.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["ENTRY", "KconfigBlock", "LogicalLine", "blocks", "logical_lines", "properties"]

ENTRY = re.compile(
    r"\s*(?:config|menuconfig|choice|endchoice|menu|endmenu|comment|if|endif|source|rsource|osource|orsource"
    r"|mainmenu)\b"
)
"""A statement that begins or ends an entry."""
_HELP = frozenset({"help", "---help---", "---help", "help---"})
_OPENS = re.compile(r"\s*(if|menu|choice)\b")
_CLOSES = re.compile(r"\s*end(if|menu|choice)\b")
_PROPERTIES = ("depends", "visible", "prompt", "bool", "tristate", "default", "optional")


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """A statement: the number of its first line, from 1, and its text on one line, without tabs."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class KconfigBlock:
    """An ``if``, ``menu`` or ``choice`` with the lines that it encloses.

    Attributes:
        kind: ``if``, ``menu`` or ``choice``.
        first, last: numbers of its first and last line.
        lines: its own statements, the opening one first.
    """

    kind: str
    first: int
    last: int
    lines: tuple[LogicalLine, ...]


def logical_lines(source: Sequence[str]) -> tuple[LogicalLine, ...]:
    """All statements of a file, without comments and help."""
    return tuple(_statements(source))


def _statements(source: Sequence[str]) -> Iterator[LogicalLine]:
    number, help_indent = 0, -1
    while number < len(source):
        text, first = source[number], number + 1
        number += 1
        stripped = text.strip()
        if not stripped:
            continue
        if help_indent >= 0:
            indent = len(text[: len(text) - len(text.lstrip())].expandtabs())
            if indent >= max(help_indent, 1):
                help_indent = help_indent or indent
                continue
        help_indent = 0 if stripped in _HELP else -1
        if help_indent == 0:
            continue
        while stripped.endswith("\\") and number < len(source):
            stripped = f"{stripped[:-1].rstrip()} {source[number].strip()}".strip()
            number += 1
        if stripped and not stripped.startswith("#"):  # empty after a lone backslash
            yield LogicalLine(first, stripped.replace("\t", " "))


def properties(lines: Sequence[LogicalLine], start: int) -> Iterator[LogicalLine]:
    """The statement that begins at a line, and the properties that follow it."""
    index = bisect_left(lines, start, key=lambda line: line.number)
    yield from lines[index : index + 1]
    for position in range(index + 1, len(lines)):  # a slice would copy the rest of the file
        if ENTRY.match(lines[position].text):
            return
        yield lines[position]


def blocks(lines: Sequence[LogicalLine]) -> tuple[KconfigBlock, ...]:
    """All blocks of a file, inner before outer; a block without an end ends with the file."""
    complete: list[KconfigBlock] = []
    opened: list[tuple[str, LogicalLine]] = []
    for line in lines:
        if closed := _CLOSES.match(line.text):
            if opened and opened[-1][0] == closed[1]:
                complete.append(_block(lines, *opened.pop(), line.number))
        elif opening := _OPENS.match(line.text):
            opened.append((opening[1], line))
    end = lines[-1].number if lines else 0
    complete += [_block(lines, kind, line, end) for kind, line in reversed(opened)]
    return tuple(complete)


def _block(lines: Sequence[LogicalLine], kind: str, first: LogicalLine, last: int) -> KconfigBlock:
    own = [first]
    if kind != "if":
        own += [
            line for line in list(properties(lines, first.number))[1:] if line.text.split()[0] in _PROPERTIES
        ]
    return KconfigBlock(kind, first.number, last, tuple(own))
