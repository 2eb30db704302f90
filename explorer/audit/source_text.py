# SPDX-License-Identifier: GPL-2.0-or-later
"""The text of a C file without what is no code. Every byte keeps its place, so offsets and lines stay right.

Blanked are: comments, the inside of literals, preprocessor lines, and branches that cannot stand beside each
other: if the braces or parentheses of a branch of ``#if`` are not balanced, only the first branch stays.
A literal ends with its line, and a directive goes on behind a comment of several lines.
The time grows with the bytes, for the depth and the branches of ``#if`` are limited.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from explorer.errors import InputError

__all__ = ["CText", "Span", "c_text"]

_COMMENT = r"/\*(?:.*?\*/|.*\Z)|//[^\n]*"
_STRING = r'"(?:\\.|[^"\\\n])*+"?'
_CHARACTER = r"'(?:\\.|[^'\\\n]){1,12}+'"
_LITERAL = re.compile(f"{_COMMENT}|{_STRING}|{_CHARACTER}".encode(), re.DOTALL)
_DIRECTIVE = re.compile(rb"^[ \t\0]*#[ \t\0]*(\w+)((?:\\\r?\n|[^\n])*)", re.MULTILINE)
_CONDITIONAL = frozenset({b"if", b"ifdef", b"ifndef", b"elif", b"else", b"endif"})
_WITHIN_LINE = bytes(0 if byte == ord("\n") else ord(" ") for byte in range(256))  # NUL: a line goes on
_BLANKS = bytes(byte if byte == ord("\n") else ord(" ") for byte in range(256))
_DEEPEST = 100  # #if in #if; the deepest of Linux 6.12 is 6
_MOST_BRANCHES = 100  # of one #if; the most of Linux 6.12 is 11
_MOST_LINES = 5000


@dataclass(frozen=True, slots=True)
class Span:
    """A branch of ``#if``: its bytes, and the condition under which they are compiled.

    Attributes:
        start: the first byte.
        end: behind the last byte.
        condition: expressions of ``#if`` that must all be true; those of branches before it stand negated.
    """

    start: int
    end: int
    condition: tuple[str, ...]


@dataclass(frozen=True)
class CText:
    """A C file.

    Attributes:
        name: its path in the tree.
        code: its bytes, with blanks for all that is no code.
        spans: the branches of its ``#if`` lines.
        left_out: the branches whose code was blanked.
    """

    name: str
    code: bytes
    spans: tuple[Span, ...]
    left_out: tuple[Span, ...]

    def line(self, offset: int) -> int:
        """The line of a byte, counted from 1."""
        return bisect_right(self._line_starts, offset)

    def condition(self, offset: int) -> tuple[str, ...]:
        """The expressions of ``#if`` that must be true for a byte to be compiled, from the outermost."""
        spans = [span for span in self.spans if span.start <= offset < span.end]
        return tuple(text for span in sorted(spans, key=lambda span: span.start) for text in span.condition)

    @property
    def is_balanced(self) -> bool:
        """Whether each brace that opens is closed; otherwise functions may be hidden behind it."""
        return self.code.count(b"{") == self.code.count(b"}")

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer(rb"\n", self.code))]


def c_text(name: str, data: bytes) -> CText:
    """The text of a C file.

    Args:
        name: its path in the tree.
        data: its bytes.

    Raises:
        InputError: it holds NUL bytes or a comment that does not end, its ``#if`` are nested too deeply, or
            there are too many of them.
    """
    _check(b"\0" not in data, "holds NUL bytes: this is no C", name)

    def without_content(match: re.Match[bytes]) -> bytes:
        _check(not _is_open_comment(match[0]), "a comment does not end", name)
        return _without_content(match)

    plain = _LITERAL.sub(without_content, data)
    code = bytearray(plain.replace(b"\0", b"\n"))
    spans: list[Span] = []
    left_out: list[Span] = []
    for match in _DIRECTIVE.finditer(plain):
        _blank(code, match.start(), match.end())
    without_directives = bytes(code)
    for branches in _groups(name, plain):
        spans += branches
        if any(not _is_balanced(without_directives[branch.start : branch.end]) for branch in branches):
            left_out += branches[1:]
    for span in left_out:
        _blank(code, span.start, span.end)
    return CText(name, bytes(code), tuple(spans), tuple(left_out))


def _is_open_comment(text: bytes) -> bool:
    return text[:2] == b"/*" and (len(text) < len("/**/") or text[-2:] != b"*/")


def _without_content(match: re.Match[bytes]) -> bytes:
    """A comment as blanks, with NUL for the ends of its lines; a literal as blanks between its quotes."""
    text = match[0]
    if text[:1] == b"/":
        return text.translate(_WITHIN_LINE)
    blank = text.translate(_BLANKS)
    if text[:1] == b"'":
        return b"0" + blank[1:]
    return b'"' + blank[1:-1] + b'"' if text[-1:] == b'"' and len(text) > 1 else blank


def _blank(code: bytearray, start: int, end: int) -> None:
    code[start:end] = code[start:end].translate(_BLANKS)


def _groups(name: str, plain: bytes) -> Iterator[list[Span]]:
    """The branches of each ``#if`` with its ``#elif`` and ``#else``; an open one ends with the file."""
    open_groups: list[list[Span]] = []
    matches = [match for match in _DIRECTIVE.finditer(plain) if match[1] in _CONDITIONAL]
    _check(len(matches) <= _MOST_LINES, f"more than {_MOST_LINES} lines of #if, #elif, #else", name)
    for match in matches:
        word = match[1]
        rest = " ".join(match[2].replace(b"\\\n", b" ").replace(b"\0", b" ").decode("latin-1").split())
        if word in {b"if", b"ifdef", b"ifndef"}:
            open_groups.append([Span(match.end(), len(plain), (_opening(word, rest),))])
            _check(len(open_groups) <= _DEEPEST, f"#if lines are nested more than {_DEEPEST} deep", name)
        elif open_groups:
            group = open_groups[-1]
            last = group[-1]
            group[-1] = Span(last.start, match.start(), last.condition)
            if word == b"endif":
                yield open_groups.pop()
            else:
                before = (*last.condition[:-1], f"!({last.condition[-1]})")
                group.append(Span(match.end(), len(plain), (*before, rest) if word == b"elif" else before))
                _check(len(group) <= _MOST_BRANCHES, f"an #if has more than {_MOST_BRANCHES} branches", name)
    yield from open_groups


def _check(holds: bool, what: str, name: str) -> None:  # noqa: FBT001 # the only thing that is told
    if not holds:
        raise InputError(what, where=name)


def _opening(word: bytes, rest: str) -> str:
    """The expression of ``#if``, ``#ifdef`` or ``#ifndef``."""
    name = rest.split(" ", 1)[0]
    return {b"if": rest, b"ifdef": f"defined({name})"}.get(word, f"!defined({name})")


def _is_balanced(code: bytes) -> bool:
    return code.count(b"{") == code.count(b"}") and code.count(b"(") == code.count(b")")
