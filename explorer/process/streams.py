# SPDX-License-Identifier: GPL-2.0-or-later
"""The standard streams: closed ones, ones that fail, and a reader that ends.

1. A descriptor of 0 to 2 that is closed is opened on ``/dev/null`` in the wrong direction. Otherwise the next
   file that is opened gets its number, and what is written to the stream goes into that file.
2. Reading standard input and writing standard output raise ``InputError`` where the system refuses it.
3. ``ReaderEnded`` is raised when the reader of standard output has ended (``| head``).
4. Nobody can be told of an error of standard error, so it is dropped. Exit codes do not depend on it.
5. A stream that does not block is waited for.
6. Characters that are not printable are replaced (``guarded_text``).
"""

import errno
import os
import select
import sys
from collections.abc import Callable
from contextlib import suppress
from io import BufferedReader, BufferedWriter, RawIOBase
from typing import Any, TypeVar

from explorer.errors import InputError
from explorer.process.guarded_text import GuardedText

__all__ = ["READER_ENDED", "ReaderEnded", "discard_output", "drop_invalid_sizes", "open_streams"]

READER_ENDED = 141
"""The exit code if the reader of the output ended: that of a program that SIGPIPE ends."""

_LARGEST = 9999  # columns or lines of a terminal

T = TypeVar("T")


class ReaderEnded(BaseException):
    """The reader of the output has ended."""


def open_streams() -> None:
    """Opens closed descriptors, and replaces the streams of ``sys`` by ones that keep the rules above.

    A stream that somebody else put into ``sys`` stays.
    """
    for number, flags in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_WRONLY)):
        _open_if_closed(number, flags)
    if sys.stdin is sys.__stdin__:
        sys.stdin = _text_stream(BufferedReader(_Input(0)), sys.stdin)
    if sys.stdout is sys.__stdout__:
        sys.stdout = _text_stream(BufferedWriter(_Output(1)), sys.stdout, errors="replace")
    if sys.stderr is sys.__stderr__:
        sys.stderr = _text_stream(BufferedWriter(_Messages(2)), sys.stderr, line_buffering=True)


def discard_output() -> None:
    """Drops what standard output still holds, so that nobody waits for its reader."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if isinstance(raw, _Output):
        raw.is_lost = True


def drop_invalid_sizes() -> None:
    """Removes ``COLUMNS`` and ``LINES`` from the environment unless they are 1 to 9999.

    The libraries that break lines print nothing if a size is 0, and some fail if it is no number.
    """
    for name in ("COLUMNS", "LINES"):
        text = os.environ.get(name, "")
        if not (text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= _LARGEST):
            os.environ.pop(name, None)


class _Descriptor(RawIOBase):
    """An open descriptor, which stays open."""

    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return os.isatty(self._number)


class _Input(_Descriptor):
    """Standard input."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            return _awaited(lambda: os.readv(self._number, [buffer]), self._number, select.POLLIN)
        except OSError as error:
            raise _refused("input", "read", error) from None


class _Output(_Descriptor):
    """Standard output.

    Attributes:
        is_lost: whether what is written is dropped: an earlier write failed.
    """

    is_lost = False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self.is_lost:
            return len(data)
        try:
            return _awaited(lambda: os.write(self._number, data), self._number, select.POLLOUT)
        except BrokenPipeError:
            self.is_lost = True
            raise ReaderEnded from None
        except OSError as error:
            self.is_lost = True
            raise _refused("output", "written", error) from None


class _Messages(_Descriptor):
    """Standard error."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        with suppress(OSError):
            return _awaited(lambda: os.write(self._number, data), self._number, select.POLLOUT)
        return len(data)


def _open_if_closed(number: int, flags: int) -> None:
    """Opens the null device under the number of a closed descriptor, if all below are open."""
    try:
        os.fstat(number)
    except OSError:
        with suppress(OSError):
            os.set_inheritable(os.open(os.devnull, flags), True)  # noqa: FBT003 # its only parameter


def _text_stream(
    buffer: BufferedReader | BufferedWriter,
    like: Any,
    *,
    errors: str | None = None,
    line_buffering: bool = False,
) -> GuardedText:
    """A guarded stream with the settings of another, which is ``None`` where the descriptor was closed."""
    return GuardedText(
        buffer,
        encoding=getattr(like, "encoding", None),
        errors=errors or getattr(like, "errors", None),
        line_buffering=line_buffering or buffer.isatty(),
        write_through=getattr(like, "write_through", False),
    )


def _awaited(action: Callable[[], T], number: int, event: int) -> T:
    """The result of a system call, once a descriptor that does not block is ready for it."""
    while True:
        try:
            return action()
        except BlockingIOError:
            ready = select.poll()
            ready.register(number, event)
            ready.poll()


def _refused(stream: str, done: str, error: OSError) -> InputError:
    """The error for a system call that failed."""
    where = f"standard {stream}"
    if error.errno == errno.EBADF:
        return InputError(f"is closed, or not open to be {done}", where=where, hint=_IF_CLOSED)
    return InputError(f"cannot be {done}: {error.strerror}", where=where, hint=_IF_FAILED)


_IF_CLOSED = f"redirect it from or to {os.devnull} instead of closing it"
_IF_FAILED = "redirect it from or to another file"
