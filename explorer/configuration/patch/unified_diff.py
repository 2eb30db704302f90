# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads unified diffs and applies them to the text of files, as ``git apply`` does.

1. A hunk applies where all of its lines match, context included. The line in its header is tried first, moved
   by the lines that earlier hunks added; then lines at increasing distance, forwards before backwards. There
   is no fuzz.
2. A hunk that starts at line 1 applies only at the start of a file, a hunk without context at its end only at
   the end.
3. Lines that an earlier hunk has changed are not matched again.
4. A CR at the end of a line is not compared. Added lines get the line end of the file's first line.
5. The first part of a name (``a/``, ``b/``) is removed, as with ``-p1``.

Diffs are parsed by unidiff. No file is read or written here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk as UnidiffHunk
from unidiff.patch import PatchedFile, PatchSet

from explorer.configuration.patch.mail import diffs
from explorer.errors import InputError, LimitError, printable
from explorer.unicode_text import is_printable

__all__ = ["FilePatch", "Hunk", "apply_hunks", "parse_patch"]

_MOST_LINES = 2_000_000  # unidiff needs 210 bytes for each
_LONG_NUMBER = re.compile(r"^@@ [-+, 0-9]*[0-9]{10}", re.MULTILINE)
_INTERNAL = (AttributeError, LookupError, TypeError, ValueError)
"""Exceptions of unidiff on text that it does not expect."""
_NOWHERE = "/dev/null"
_REBASE = "rebase the patch onto this tree"
_LINK_OR_MODULE = {"120000": "a symbolic link", "160000": "a submodule"}


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk.

    Attributes:
        header: its ``@@`` line, up to the second ``@@``.
        old_start: its first line in the old file, counted from 1; 0 for an empty file.
        new_start: its first line in the new file.
        old: the lines of the old file, with line ends.
        new: the lines that replace them.
        open_end: it has no context at its end.
    """

    header: str
    old_start: int
    new_start: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    open_end: bool


@dataclass(frozen=True, slots=True)
class FilePatch:
    """The patch of one file.

    Attributes:
        old: the old path in the patch; empty if the patch creates the file.
        new: the new path; empty if the patch deletes the file.
        hunks: in order.
        renames: the file moves from ``old`` to ``new``.
        refused: why the patch cannot be applied to a Kconfig file; empty if it can.
    """

    old: str
    new: str
    hunks: tuple[Hunk, ...]
    renames: bool
    refused: str

    @property
    def added(self) -> Iterator[str]:
        """The lines that the patch adds."""
        return (line for hunk in self.hunks for line in hunk.new if line not in hunk.old)


def parse_patch(data: bytes, source: str) -> tuple[FilePatch, ...]:
    """The files of a patch: a diff, a mail with a diff, or a mailbox, whose diffs apply one after the other.

    Args:
        data: the bytes of the file.
        source: its name, for errors.

    Raises:
        InputError: it holds no diff, a damaged diff, or a name outside the tree.
    """
    if data.count(b"\n") > _MOST_LINES:
        raise LimitError(
            f"has more than {_MOST_LINES} lines", most=_MOST_LINES, where=source, hint="split it"
        )
    patches: list[FilePatch] = []
    try:
        for text in diffs(data):
            patches += (_file_patch(item, source) for item in _parsed(text, source))
    except RecursionError:
        raise InputError("parts of a mail are nested too deeply", where=source, hint="give a diff") from None
    if not patches:
        raise InputError("holds no diff", where=source, hint="give a unified diff, or a mail with one")
    return tuple(patches)


def _parsed(text: str, source: str) -> PatchSet:
    """The files of one diff; refuses what unidiff refuses or fails on."""
    number = _LONG_NUMBER.search(text)
    if number:
        raise _damaged(f"{number[0].strip()[:60]!r} has a number of more than 9 digits", source)
    try:
        return PatchSet(text)
    except UnidiffParseError as error:
        raise _damaged(printable(" ".join(str(error).split()))[:120], source) from None
    except _INTERNAL as error:
        raise _damaged(f"unidiff cannot parse it ({type(error).__name__})", source) from error


def _damaged(what: str, source: str) -> InputError:
    return InputError(f"a damaged diff: {what}", where=source, hint="was it cut, or wrapped by mail?")


def _file_patch(item: PatchedFile, source: str) -> FilePatch:
    info = [line.split(" ", 2)[:2] for line in item.patch_info or ()]
    renames, copies = ["rename", "from"] in info, ["copy", "from"] in info
    mode = next((item_mode for item_mode in (item.target_mode, item.source_mode) if item_mode), "")
    refused = "is binary" if item.is_binary_file else ""
    refused = refused or (f"is {_LINK_OR_MODULE[mode]}" if mode in _LINK_OR_MODULE else "")
    refused = refused or ("is copied from another file" if copies else "")
    hunks = tuple(_hunk(hunk) for hunk in item)
    return FilePatch(
        _path(item.source_file, source), _path(item.target_file, source), hunks, renames, refused
    )


def _path(text: str, source: str) -> str:
    """A path of a patch; refuses a path that leaves the tree."""
    name = text.strip().strip('"')
    if name == _NOWHERE:
        return ""
    parts = name.split("/")
    if not all(parts) or ".." in parts or not is_printable(name):
        raise InputError(
            f"patches {printable(name)!r}", where=source, hint="only names inside the tree are patched"
        )
    return name


def _hunk(hunk: UnidiffHunk) -> Hunk:
    old: list[str] = []
    new: list[str] = []
    context_at_end = 0
    sides: tuple[list[str], ...] = ()
    for line in hunk:
        if line.line_type == "\\":  # the line before it ends without a newline
            for side in sides:
                side[-1] = side[-1].removesuffix("\n")
        elif line.line_type:  # an empty type is a blank line after the hunk
            sides = {"-": (old,), "+": (new,)}.get(line.line_type, (old, new))
            context_at_end = context_at_end + 1 if len(sides) == 2 else 0
            for side in sides:
                side.append(line.value)
    header = f"@@ -{hunk.source_start},{hunk.source_length} +{hunk.target_start},{hunk.target_length} @@"
    return Hunk(header, hunk.source_start, hunk.target_start, tuple(old), tuple(new), not context_at_end)


def apply_hunks(patch: FilePatch, text: str, name: str) -> str:
    """A file's text with a patch applied.

    Args:
        patch: what to do.
        text: the file; empty for one that is created.
        name: the file's name, for errors.

    Raises:
        InputError: a hunk does not apply; the message names it, the line, and what stands there instead.
    """
    lines = _split(text)
    crlf = bool(lines) and lines[0].endswith("\r\n")
    touched = [False] * len(lines)
    for number, hunk in enumerate(patch.hunks, start=1):
        at = _place(hunk, lines, touched)
        if at is None:
            raise _misfit(patch, number, lines, name)
        end = at + len(hunk.old)
        lines[at:end] = _ended(hunk, lines[at:end], crlf=crlf)
        touched[at:end] = [True] * len(hunk.new)
    return "".join(lines)


def _split(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends a line, no other line separator of Unicode."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _place(hunk: Hunk, lines: Sequence[str], touched: Sequence[bool]) -> int | None:
    """The index where a hunk applies (git's apply.c, find_pos())."""
    last = len(lines) - len(hunk.old)
    if hunk.old_start <= 1:
        places: Iterable[int] = (0,)
        if hunk.open_end and last != 0:
            return None
    elif hunk.open_end:
        places = (last,)
    else:
        places = _outwards(max(hunk.new_start - 1, 0), last)
    return next((at for at in places if _fits(hunk, at, lines, touched)), None)


def _outwards(start: int, last: int) -> Iterator[int]:
    """Indices from 0 to the last, the nearest to a start first."""
    start = min(start, last)
    for distance in range(max(start, last - start) + 1):
        yield from {at: None for at in (start + distance, start - distance) if 0 <= at <= last}


def _fits(hunk: Hunk, at: int, lines: Sequence[str], touched: Sequence[bool]) -> bool:
    end = at + len(hunk.old)
    if at < 0 or end > len(lines) or any(touched[at:end]):
        return False
    return all(_same(*pair) for pair in zip(hunk.old, lines[at:end], strict=True))


def _same(first: str, second: str) -> bool:
    return first == second or first.replace("\r\n", "\n") == second.replace("\r\n", "\n")


def _ended(hunk: Hunk, there: Sequence[str], *, crlf: bool) -> list[str]:
    """The new lines: unchanged lines keep their line ends, added lines get that of the file."""
    kept = {line.replace("\r\n", "\n"): line for line in there}
    plain = [line.replace("\r\n", "\n") for line in hunk.new]
    return [kept.get(line) or (line.replace("\n", "\r\n") if crlf else line) for line in plain]


def _misfit(patch: FilePatch, number: int, lines: Sequence[str], name: str) -> InputError:
    """The error for a hunk that does not apply: its number, the line, and the reason."""
    hunk = patch.hunks[number - 1]
    start = max(hunk.new_start - 1, 0)
    differs = next(_differences(hunk.old, lines, start), None)
    place = "at the end of the file" if hunk.open_end else "at its start, or an earlier hunk has changed them"
    line, why = differs or (start + 1, f"its lines are not {place}")
    done = replace(hunk, old=hunk.new, new=hunk.old)
    applied = _place(done, lines, [False] * len(lines)) is not None
    return InputError(
        f"hunk {number} of {len(patch.hunks)} ({hunk.header}) does not apply: {why}",
        where=f"{name}:{line}",
        hint="this hunk seems to be applied already" if applied else _REBASE,
    )


def _differences(old: Sequence[str], lines: Sequence[str], start: int) -> Iterator[tuple[int, str]]:
    """The lines of a file, from an index on, that differ from a hunk: number and message."""
    for number, expected in enumerate(old, start=start + 1):
        actual = lines[number - 1] if number <= len(lines) else ""
        if not _same(expected, actual):
            shown = repr(printable(actual.strip())[:60]) if actual else "past the end"
            yield number, f"line {number} is {shown}, the patch has {printable(expected.strip())[:60]!r}"
