# SPDX-License-Identifier: GPL-2.0-only
"""The text of a Kconfig file as statements: lines joined where they go on, no help, blocks with their span.

kconfiglib folds every condition into the symbols it applies to and forgets where it was written. An ``if``, a
``menu`` or a ``choice`` around a symbol is found again here.
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
"""The first word of what begins or ends an entry."""
_HELP = re.compile(r"\s*(?:---)?help(?:---)?\s*$")
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
    """What an ``if``, ``menu`` or ``choice`` encloses.

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
    number, helping = 0, -1
    while number < len(source):
        text, first = source[number], number + 1
        number += 1
        if not text.strip():
            continue
        indent = len(text.expandtabs()) - len(text.expandtabs().lstrip())
        if helping >= 0 and indent >= max(helping, 1):
            helping = helping or indent
            continue
        helping = -1
        if _HELP.match(text):
            helping = 0
            continue
        while text.rstrip().endswith("\\") and number < len(source):
            text = text.rstrip()[:-1].rstrip() + " " + source[number].strip()
            number += 1
        if text.strip() and not text.lstrip().startswith("#"):  # a lone backslash joins nothing to nothing
            yield LogicalLine(first, text.strip().replace("\t", " "))


def properties(lines: Sequence[LogicalLine], start: int) -> Iterator[LogicalLine]:
    """The statement that begins at a line, and those that belong to it."""
    index = bisect_left(lines, start, key=lambda line: line.number)
    yield from lines[index : index + 1]
    for line in lines[index + 1 :]:
        if ENTRY.match(line.text):
            return
        yield line


def blocks(lines: Sequence[LogicalLine]) -> tuple[KconfigBlock, ...]:
    """All blocks of a file, the inner before the outer; one that nobody closes ends with the file."""
    found: list[KconfigBlock] = []
    opened: list[tuple[str, LogicalLine]] = []
    for line in lines:
        if closed := _CLOSES.match(line.text):
            if opened and opened[-1][0] == closed[1]:
                found.append(_block(lines, *opened.pop(), line.number))
        elif begun := _OPENS.match(line.text):
            opened.append((begun[1], line))
    end = lines[-1].number if lines else 0
    found += [_block(lines, kind, line, end) for kind, line in reversed(opened)]
    return tuple(found)


def _block(lines: Sequence[LogicalLine], kind: str, first: LogicalLine, last: int) -> KconfigBlock:
    own = [first]
    if kind != "if":
        own += [
            line for line in list(properties(lines, first.number))[1:] if line.text.split()[0] in _PROPERTIES
        ]
    return KconfigBlock(kind, first.number, last, tuple(own))
