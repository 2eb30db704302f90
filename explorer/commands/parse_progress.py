# SPDX-License-Identifier: GPL-2.0-only
"""What a user sees while a tree is read: nothing for a second, then one line that is gone in the end.

Only a terminal shows it. What was run in a shell is told for good, everywhere.
"""

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from explorer.errors import printable

__all__ = ["ParseProgress", "parse_progress_line"]

_PATIENCE = 1.0  # seconds
_PAUSE = 0.1
_CLEAR = "\r\x1b[2K"


class ParseProgress:
    """The line.

    Args:
        what: what is being read.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._next = time.monotonic() + _PATIENCE
        self._steps = 0
        self._shown = False
        self._terminal = sys.stderr.isatty()

    def step(self, text: str) -> None:
        """Something is being done: a file is parsed, a command is run."""
        self._steps += 1
        now = time.monotonic()
        if not self._terminal or now < self._next:
            return
        self._next, self._shown = now + _PAUSE, True
        width = shutil.get_terminal_size().columns - 1
        line = printable(f"reading {self._what}: {self._steps} files and probes, {text}")
        sys.stderr.write(_CLEAR + line[:width])
        sys.stderr.flush()

    def keep(self, text: str) -> None:
        """Something was run."""
        self.clear()
        sys.stderr.write(printable(f"ran: {text}") + "\n")

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
            self._shown = False


@contextmanager
def parse_progress_line(what: str) -> Iterator[ParseProgress]:
    """The line, for as long as something takes."""
    line = ParseProgress(what)
    try:
        yield line
    finally:
        line.clear()
