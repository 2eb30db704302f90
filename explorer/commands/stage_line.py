# SPDX-License-Identifier: GPL-2.0-or-later
"""Shows on a terminal what a command is doing, on one line of standard error, once it has taken a second.

The line is written by a timer if the first stage is the slow one. It is removed at the end.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer

from explorer.errors import printable

__all__ = ["Tell", "stage_line"]

_PATIENCE = 1.0  # seconds
_CLEAR = "\r\x1b[2K"

Tell = Callable[[str], None]
"""A function that is told the stage that begins, such as ``booting, 3 of 6``."""


class _StageLine:
    """The line."""

    def __init__(self) -> None:
        self._text = ""
        self._is_shown = self._is_closed = False
        self._lock = Lock()
        self._timer = Timer(_PATIENCE, self._begin)
        self._timer.daemon = True
        self._timer.start()

    def tell(self, text: str) -> None:
        """Shows the stage that begins."""
        with self._lock:
            self._text = text
            if self._is_shown:
                self._write()

    def _begin(self) -> None:
        with self._lock:
            if not self._is_closed:
                self._is_shown = True
                self._write()

    def _write(self) -> None:
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(_CLEAR + printable(self._text)[:width])
        sys.stderr.flush()

    def close(self) -> None:
        """Removes the line."""
        self._timer.cancel()
        with self._lock:
            if self._is_shown:
                sys.stderr.write(_CLEAR)
                sys.stderr.flush()
            self._is_shown, self._is_closed = False, True


@contextmanager
def stage_line() -> Iterator[Tell]:
    """A function that shows a stage while the context lasts; only if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    line = _StageLine()
    try:
        yield line.tell
    finally:
        line.close()
