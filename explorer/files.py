# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads files of users: bounded, and without waiting for ever."""

import os
import select
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from io import BufferedReader, FileIO
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from explorer.errors import FileError, Hint, InputError, encodable

__all__ = ["read_bytes", "shown_name", "text_lines", "working_folder"]

_MOST_OF_LINES = 64 << 20  # bytes
_WAIT_SECONDS = 10


def working_folder() -> Path | None:
    """The working folder of the process; ``None`` if it was deleted."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


def shown_name(source: str) -> str:
    """The name of a file or folder in messages and results: ``standard input`` for ``-``."""
    return "standard input" if source == "-" else encodable(source)


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
