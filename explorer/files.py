# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads and writes files of users: bounded reads, and writes that leave a whole file or none."""

import errno
import os
import re
import select
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from io import BufferedReader, FileIO, TextIOWrapper
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from explorer.errors import FileError, Hint, InputError

__all__ = ["output_of", "read_bytes", "shown_name", "text_lines", "written_whole"]

_MOST_OF_LINES = 64 << 20  # bytes
_WAIT_SECONDS = 10
_SURROGATE = re.compile("[\ud800-\udfff]")
_FIRST_BYTE = 0xDC00  # PEP 383: the surrogate of a byte


def shown_name(source: str) -> str:
    r"""The name of a file or folder in messages and results: ``standard input`` for ``-``.

    A name that is not UTF-8 has ``\xff`` for a byte that Python holds as a surrogate: no encoder takes one.
    """
    return "standard input" if source == "-" else _SURROGATE.sub(_escaped, source)


def _escaped(surrogate: re.Match[str]) -> str:
    code = ord(surrogate[0])
    return f"\\x{code - _FIRST_BYTE:02x}" if _FIRST_BYTE < code <= _FIRST_BYTE + 0xFF else f"\\u{code:04x}"


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
    if not source:
        raise InputError("a file's name is empty", hint=hint)
    try:
        stream = nullcontext(stdin) if source == "-" and stdin is not None else _opened_to_read(source, hint)
        with stream as file:
            return file.read(most + 1)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(error, source, hint) from None


def _unreadable(error: OSError | ValueError, source: str, hint: Hint) -> FileError:
    reason = error.strerror if isinstance(error, OSError) else "no file can have this name"
    return FileError(f"cannot be read: {reason}", file=shown_name(source), hint=hint)


def _opened_to_read(source: str, hint: Hint) -> BinaryIO:
    """A stream that reads a file.

    A pipe and a terminal are waited for, as standard input is: 10 seconds for the first byte, then until
    their writers close them. Everything else ends where it has nothing to read at once, as ``/dev/kmsg``
    does.

    Raises:
        FileError: it is a directory, or a pipe into which nobody writes.
        OSError: it cannot be opened.
        ValueError: no file can have this name.
    """
    handle = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        _check_opened(handle, source, hint)
        return BufferedReader(_NeverWaiting(handle))
    except BaseException:
        os.close(handle)
        raise


def _check_opened(handle: int, source: str, hint: Hint) -> None:
    mode = os.fstat(handle).st_mode
    if stat.S_ISDIR(mode):
        raise FileError("is a directory", file=shown_name(source), hint=hint)
    if stat.S_ISFIFO(mode) or os.isatty(handle):
        _wait_for_first_byte(handle, source)
        os.set_blocking(handle, True)


def _wait_for_first_byte(handle: int, source: str) -> None:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    if not poll.poll(_WAIT_SECONDS * 1000):
        raise FileError(
            f"nobody wrote into it for {_WAIT_SECONDS} s",
            file=shown_name(source),
            hint="start its writer first",
        )


class _NeverWaiting(FileIO):
    """A file that ends where nothing can be read without waiting."""

    def readinto(self, buffer: Any) -> int:
        return super().readinto(buffer) or 0


@contextmanager
def text_lines(source: str) -> Iterator[Iterator[str]]:
    """The lines of a text file, or of standard input for ``-``, each as soon as it can be read.

    Raises:
        InputError: there is no such file, it is not UTF-8 text, or it is larger than 64 MiB.
    """
    hint = "give a recording: one JSON object a line"
    try:
        stream = nullcontext(sys.stdin.buffer) if source == "-" else _opened_to_read(source, hint)
    except FileNotFoundError:
        raise FileError("no such file", file=shown_name(source), hint=hint) from None
    except (OSError, ValueError) as error:
        raise _unreadable(error, source, hint) from None
    with stream as file:
        yield _bounded(file, source, hint)


def _bounded(file: BinaryIO, source: str, hint: str) -> Iterator[str]:
    """The lines of a file; refuses more than 64 MiB, and what is not UTF-8."""
    left, name = _MOST_OF_LINES, shown_name(source)
    for number in count(1):
        try:
            line = file.readline(left + 1)
        except OSError as error:
            raise _unreadable(error, source, hint) from None
        if not line:
            return
        left -= len(line)
        if left < 0:
            raise FileError(f"larger than {_MOST_OF_LINES >> 20} MiB", file=name, hint=hint)
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise FileError("is not text", file=name, line=number, hint=hint) from None


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
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
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
