# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads and writes files of users: bounded reads, and writes that leave a whole file or none."""

import errno
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from explorer.errors import FileError, Hint, InputError

__all__ = ["output_of", "parse_json", "read_bytes", "shown_name", "text_lines", "written_whole"]

_MOST_OF_LINES = 64 << 20  # characters
_MOST_CONTAINERS = 2_000_000


def shown_name(source: str) -> str:
    """The name of a file in messages: ``standard input`` for ``-``."""
    return "standard input" if source == "-" else source


def read_bytes(source: str, stdin: BinaryIO | None, *, most: int, hint: Hint) -> bytes | None:
    """The bytes of a file; ``None`` where there is no such file.

    Args:
        source: the file's name; ``-`` for ``stdin``.
        stdin: the stream that ``-`` stands for; without it ``-`` is a file's name.
        most: the most bytes that the caller accepts. One more is read, so that the caller can refuse.
        hint: what to give instead, for errors.

    Raises:
        InputError: it is a directory, or cannot be read.
    """
    if source == "-" and stdin is not None:
        return stdin.read(most + 1)
    if not source:
        raise InputError("a file's name is empty", hint=hint)
    path = Path(source)
    try:
        if path.is_dir():
            raise FileError("is a directory", file=source, hint=hint)
        with path.open("rb") as file:
            return file.read(most + 1)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise FileError(f"cannot be read: {reason}", file=source, hint=hint) from None


def parse_json(data: bytes, source: str, *, hint: Hint) -> Any:
    """The value of a JSON document.

    The number of lists and objects is bounded: each takes up to 230 bytes in Python.

    Args:
        data: the document.
        source: the file's name, for errors.
        hint: what to give instead, for errors.

    Raises:
        InputError: it has more than 2,000,000 lists and objects.
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
    """
    if data.count(b"[") + data.count(b"{") > _MOST_CONTAINERS:
        raise FileError(f"more than {_MOST_CONTAINERS} lists and objects", file=source, hint=hint)
    return json.loads(data)


@contextmanager
def text_lines(source: str) -> Iterator[Iterator[str]]:
    """The lines of a text file, or of standard input for ``-``, each as soon as it can be read.

    Raises:
        InputError: there is no such file, it is not text, or it is larger than 64 MiB.
    """
    hint = "give a recording: one JSON object a line"
    if Path(source).is_dir():
        raise FileError("is a directory", file=source, hint=hint)
    try:
        if source == "-":
            yield _bounded(sys.stdin, shown_name(source), hint)
        else:
            with Path(source).open(encoding="utf-8") as file:
                yield _bounded(file, source, hint)
    except FileNotFoundError:
        raise FileError("no such file", file=source, hint=hint) from None
    except UnicodeDecodeError:
        raise FileError("is not text", file=source, hint=hint) from None


def _bounded(file: TextIO, source: str, hint: str) -> Iterator[str]:
    """The lines of a file; refuses more than 64 MiB of characters."""
    left = _MOST_OF_LINES
    while line := file.readline(left + 1):
        left -= len(line)
        if left < 0:
            raise FileError(f"larger than {_MOST_OF_LINES >> 20} MiB", file=source, hint=hint)
        yield line


@contextmanager
def output_of(name: str | None) -> Iterator[TextIO]:
    """The stream for a result: a file that is written whole, or standard output for ``-`` and for no name.

    It is UTF-8 in every locale, because other programs read it.

    Raises:
        InputError: the name is empty, or the file cannot be written.
    """
    if not name and name is not None:
        raise InputError("is empty", parameter="output", hint="name a file, or - for standard output")
    if name is not None and name != "-":
        with written_whole(Path(name)) as file:
            yield file
        return
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    yield sys.stdout


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """A stream into a new file, which takes the name when it is complete and keeps the mode of the old file.

    A device, a pipe, or a link to an open file (``/dev/stdout``) is opened and written instead: it cannot be
    replaced, or its other writers would lose it.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        if path.is_dir():
            raise FileError("is a directory", file=str(path), hint="name a file")
        with _opened(path) if _leads_elsewhere(path) else _replaced(Path(os.path.realpath(path))) as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise FileError(
            f"cannot be written: {error.strerror}",
            file=str(path),
            hint=_HINTS.get(error.errno or 0, "name another file"),
        ) from None


_HINTS = {
    errno.ENOENT: "name a file in a folder that exists",
    errno.ENOTDIR: "name a file in a folder that exists",
    errno.EACCES: "name a file in a folder that you may write to",
    errno.EPERM: "name a file in a folder that you may write to",
    errno.EROFS: "name a file in a folder that you may write to",
    errno.ENOSPC: "make room there, or name a file elsewhere",
    errno.ENAMETOOLONG: "give it a shorter name",
}
"""The hint for an error number of the system."""


def _leads_elsewhere(path: Path) -> bool:
    """Whether a name is that of a device, a pipe or an open file instead of a regular file."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 # resolve() follows links
    return (path.exists() and not path.is_file()) or (
        path.is_symlink() and absolute.parts[1] in {"dev", "proc"}
    )


def _opened(path: Path) -> TextIO:
    """A stream that appends, for other processes may have written to the file."""
    return path.open("a", encoding="utf-8")


@contextmanager
def _replaced(path: Path) -> Iterator[TextIO]:
    """A stream into a temporary file, which is renamed when it is complete and removed on an error."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:200]}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yield file
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise
