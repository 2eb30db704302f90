# SPDX-License-Identifier: GPL-2.0-only
"""Files: read whole, read line by line, and written whole or not at all; nothing is read without bound."""

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

from explorer.errors import InputError

__all__ = ["output_of", "parse_json", "read_bytes", "text_lines", "written_whole"]

_MOST_OF_LINES = 64 << 20  # characters
_MOST_CONTAINERS = 2_000_000


def read_bytes(source: str, stdin: BinaryIO | None, *, most: int, hint: str) -> bytes | None:
    """The bytes of a file, or of ``stdin`` for ``-``.

    Args:
        source: the file's name.
        stdin: what ``-`` reads from; without it ``-`` is a name like any other.
        most: bytes that are enough; one more is read where there are more, so that the caller can tell.
        hint: what to give instead, for errors.

    Returns:
        ``None`` where there is no such file.

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
            raise InputError("is a directory", where=source, hint=hint)
        with path.open("rb") as file:
            return file.read(most + 1)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"cannot be read: {reason}", where=source, hint=hint) from None


def parse_json(data: bytes, source: str, *, hint: str) -> Any:
    """What a JSON document holds. Python makes up to 230 bytes of a pair of brackets, so these are bounded.

    Args:
        data: the document.
        source: the file's name, for errors.
        hint: what to give instead, for errors.

    Raises:
        InputError: it has more than 2,000,000 lists and objects.
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    if data.count(b"[") + data.count(b"{") > _MOST_CONTAINERS:
        raise InputError(f"more than {_MOST_CONTAINERS} lists and objects", where=source, hint=hint)
    return json.loads(data)


@contextmanager
def text_lines(source: str) -> Iterator[Iterator[str]]:
    """The lines of a text file, or of standard input for ``-``, each as soon as it is there.

    Raises:
        InputError: there is no such file, it is no text, or it is larger than 64 MiB.
    """
    hint = "give a recording: one JSON object a line"
    if Path(source).is_dir():
        raise InputError("is a directory", where=source, hint=hint)
    try:
        if source == "-":
            yield _bounded(sys.stdin, "standard input", hint)
        else:
            with Path(source).open(encoding="utf-8") as file:
                yield _bounded(file, source, hint)
    except FileNotFoundError:
        raise InputError("no such file", where=source, hint=hint) from None
    except UnicodeDecodeError:
        raise InputError("is not text", where=source, hint=hint) from None


def _bounded(file: TextIO, source: str, hint: str) -> Iterator[str]:
    """The lines of a file, until there are too many characters."""
    left = _MOST_OF_LINES
    while line := file.readline(left + 1):
        left -= len(line)
        if left < 0:
            raise InputError(f"larger than {_MOST_OF_LINES >> 20} MiB", where=source, hint=hint)
        yield line


@contextmanager
def output_of(name: str | None) -> Iterator[TextIO]:
    """Where ``--output`` leads: a file that is written whole; standard output for ``-`` and without a name.

    It is UTF-8 in any case: programs read it, whatever the terminal has.

    Raises:
        InputError: the file cannot be made or filled.
    """
    if not name and name is not None:
        raise InputError("is empty", where="--output", hint="name a file, or - for standard output")
    if name is not None and name != "-":
        with written_whole(Path(name)) as file:
            yield file
        return
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    yield sys.stdout


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """A file that appears whole or not at all, with the mode that it has already.

    What is no regular file (a pipe, ``/dev/null``) and what leads to an open one (``/dev/stdout``) is just
    written: the first cannot be replaced, and replacing the second would take the name from everybody else.

    Raises:
        InputError: the file cannot be made or filled there.
    """
    try:
        if path.is_dir():
            raise InputError("is a directory", where=str(path), hint="name a file")
        with _opened(path) if _leads_elsewhere(path) else _replaced(Path(os.path.realpath(path))) as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}",
            where=str(path),
            hint=_NEXT.get(error.errno or 0, "name another file"),
        ) from None


_NEXT = {
    errno.ENOENT: "name a file in a folder that exists",
    errno.ENOTDIR: "name a file in a folder that exists",
    errno.EACCES: "name a file in a folder that you may write to",
    errno.EPERM: "name a file in a folder that you may write to",
    errno.EROFS: "name a file in a folder that you may write to",
    errno.ENOSPC: "make room there, or name a file elsewhere",
    errno.ENAMETOOLONG: "give it a shorter name",
}
"""What to do about an error of the system."""


def _leads_elsewhere(path: Path) -> bool:
    """Whether a name stands for something open or for a device, rather than for a file of its own."""
    named = Path(os.path.abspath(path))  # noqa: PTH100 # resolve() follows links
    return (path.exists() and not path.is_file()) or (path.is_symlink() and named.parts[1] in {"dev", "proc"})


def _opened(path: Path) -> TextIO:
    """What a name leads to, written on from where its other writers are."""
    return path.open("a", encoding="utf-8")


@contextmanager
def _replaced(path: Path) -> Iterator[TextIO]:
    """A new file that takes a name when it is whole."""
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
