# SPDX-License-Identifier: GPL-2.0-or-later
"""Shows the progress of reading a tree on a terminal, on one line, after a second; removes it at the end.

The commands that are run are printed on standard error in any case.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from explorer.commands.printing import clear_status, say, show_status

__all__ = ["ParseProgress", "parse_progress_line"]

_PATIENCE = 1.0  # seconds
_PAUSE = 0.1


class ParseProgress:
    """The progress line.

    Args:
        what: the name of the tree.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._next = time.monotonic() + _PATIENCE
        self._steps = 0
        self._shown = False
        self._terminal = sys.stderr.isatty()

    def step(self, text: str) -> None:
        """Shows the file that is parsed or the command that is run."""
        self._steps += 1
        now = time.monotonic()
        if not self._terminal or now < self._next:
            return
        self._next, self._shown = now + _PAUSE, True
        show_status(f"reading {self._what}: {self._steps} files and probes, {text}")

    def keep(self, text: str) -> None:
        """Prints a command that was run."""
        self.clear()
        say(f"ran: {text}")

    def clear(self) -> None:
        """Removes the line."""
        if self._shown:
            clear_status()
            self._shown = False


@contextmanager
def parse_progress_line(what: str) -> Iterator[ParseProgress]:
    """A progress line that is removed at the end."""
    line = ParseProgress(what)
    try:
        yield line
    finally:
        line.clear()
