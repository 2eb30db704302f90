# SPDX-License-Identifier: GPL-2.0-or-later
"""The functions that a C file defines, and the syntax tree of one.

Functions are found by their braces, so a macro that a C parser cannot read spoils no other function.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from explorer.audit.kernel_words import ANNOTATIONS
from explorer.audit.source_text import CText
from explorer.errors import InputError
from explorer.resources import package_version

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

__all__ = ["CFunction", "SyntaxTree", "functions_of", "parsed", "parser_version"]

_BRACE = re.compile(rb"[{};]")
_BLANKS = re.compile(rb"\s*+")
_BEHIND = re.compile(rb"(?:\s|\w|\([^()]*\))*")
_NAME = re.compile(rb"\b([A-Za-z_]\w*)\s*\Z")
_LOOP_MACRO = re.compile(rb"\b(\w*for_each\w*)(?=\s*\()")
_PAGE_DECLARATION = re.compile(rb"struct\s+(?:page|folio)\s*\*[^;(){}=,]*(?:,\s*\*[^;(){}=,]*)*")
_POINTER = re.compile(rb"(\*++)\s*+(?:const\s+)?(\w+)")
_LONG_WORD = re.compile(rb"\w{257}")
_BRACKET = re.compile(rb"[({\[)}\]]")
_DEEPEST = 150
_LONGEST_HEAD = 4096  # bytes
_LONGEST = 100_000  # bytes of a function; the longest of mm/ has 17 000
_MOST_JUMPS = 200  # each may make a loop of its label; the most of mm/ is 33
_MOST_ANNOTATIONS = 8  # behind the parameters


@dataclass(frozen=True, slots=True)
class CFunction:
    """A function definition.

    Attributes:
        text: its file.
        name: its name.
        start: the first byte of its head.
        body: its opening brace.
        end: behind its closing brace.
    """

    text: CText
    name: str
    start: int
    body: int
    end: int

    @property
    def head(self) -> bytes:
        """Return type, name and parameters."""
        return self.text.code[self.start : self.body]

    @property
    def code(self) -> bytes:
        """All of it."""
        return self.text.code[self.start : self.end]

    @property
    def line(self) -> int:
        """The line of its opening brace's head: the one with its name."""
        return self.text.line(self.start + self.head.find(self.name.encode()))

    @property
    def is_static(self) -> bool:
        """Whether only its file sees it; functions of headers are seen by all."""
        return b"static" in self.head.split() and not self.text.name.endswith(".h")

    @property
    def page_variables(self) -> frozenset[str]:
        """Its parameters and variables that are pointers to struct pages."""
        declarations = _PAGE_DECLARATION.findall(self.code)
        pointers = (found for text in declarations for found in _POINTER.findall(text))
        return frozenset(name.decode() for stars, name in pointers if stars == b"*")


@dataclass(frozen=True, slots=True)
class SyntaxTree:
    """The syntax tree of a function.

    Attributes:
        root: its root; offsets count from the start of the function.
        loop_macros: the macro behind a ``while``, by offset; ``for_each_...(...)`` is read as one.
        has_error: the parser did not understand a part of it.
    """

    root: "Node"
    loop_macros: dict[int, str]
    has_error: bool


def functions_of(text: CText) -> Iterator[CFunction]:
    """The functions that a file defines, in order."""
    depth = after = 0
    head: tuple[str, int, int] | None = None
    for match in _BRACE.finditer(text.code):
        if match[0] == b"{":
            if depth == 0:
                start = _head_start(text.code, after, match.start())
                name = _defined(text.code[start : match.start()])
                head = (name, start, match.start()) if name else None
            depth += 1
        elif match[0] == b"}":
            depth = max(0, depth - 1)
            if depth == 0:
                if head:
                    yield CFunction(text, head[0], head[1], head[2], match.end())
                head, after = None, match.end()
        elif depth == 0:
            after = match.end()


def _head_start(code: bytes, after: int, brace: int) -> int:
    """Where the head of a function begins that ends with an opening brace: behind blanks, and not too far."""
    blanks = _BLANKS.match(code, after, brace)
    return max(blanks.end() if blanks else after, brace - _LONGEST_HEAD)


def _defined(head: bytes) -> str:
    """The function that a head before an opening brace defines; empty if it is no function."""
    close = head.rfind(b")")
    for _ in range(_MOST_ANNOTATIONS):
        if close <= 0 or not _BEHIND.fullmatch(head, close + 1):
            return ""
        name = _NAME.search(head, 0, _opening(head, close))
        if name is None or b"=" in head[: name.start()]:
            return ""
        before = head[: name.start()].rstrip()
        if not before.endswith(b")"):
            return name[1].decode()
        close = len(before) - 1  # the name is that of an annotation: __must_hold(&lock)
    return ""


def _opening(head: bytes, close: int) -> int:
    """Where the parenthesis opens that closes at an offset; 0 if it does not."""
    depth = 0
    for offset in range(close, -1, -1):
        depth += {b")": 1, b"(": -1}.get(head[offset : offset + 1], 0)
        if depth == 0:
            return offset
    return 0


def parsed(function: CFunction) -> SyntaxTree:
    """The syntax tree of a function.

    Raises:
        InputError: it is too long or too deeply nested, or tree-sitter is not installed.
    """
    too = _too_much(function)
    if too:
        raise InputError(f"{function.name}(): {too}", where=f"{function.text.name}:{function.line}")
    code = ANNOTATIONS.sub(lambda match: b" " * len(match[0]), function.code)
    macros: dict[int, str] = {}

    def as_while(match: re.Match[bytes]) -> bytes:
        macros[match.start()] = match[1].decode()
        return b"while".ljust(len(match[1]))

    root = _parser().parse(_LOOP_MACRO.sub(as_while, code)).root_node
    return SyntaxTree(root, macros, root.has_error)


def _too_much(function: CFunction) -> str:
    """Why a function is not parsed; empty if it is."""
    if function.end - function.start > _LONGEST:
        return f"longer than {_LONGEST} bytes"
    if _LONG_WORD.search(function.code):
        return "a name has more than 256 characters"
    if function.code.count(b"goto") > _MOST_JUMPS:
        return f"more than {_MOST_JUMPS} goto"
    return f"brackets are nested more than {_DEEPEST} deep" if _depth(function.code) > _DEEPEST else ""


def _depth(code: bytes) -> int:
    depth = deepest = 0
    for match in _BRACKET.finditer(code):
        depth += 1 if match[0] in b"({[" else -1
        deepest = max(deepest, depth)
    return deepest


def parser_version() -> str:
    """The versions of the packages that parse; empty for one that is not installed."""
    return " ".join(map(package_version, ("tree-sitter", "tree-sitter-c")))


@cache
def _parser() -> "Parser":
    try:
        import tree_sitter_c  # noqa: PLC0415 # an extra
        from tree_sitter import Language, Parser  # noqa: PLC0415
    except ImportError:
        hint = "pip install tree-sitter tree-sitter-c"
        raise InputError("audit needs the packages tree-sitter and tree-sitter-c", hint=hint) from None
    return Parser(Language(tree_sitter_c.language()))
