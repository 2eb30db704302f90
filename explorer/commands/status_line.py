# SPDX-License-Identifier: GPL-2.0-or-later
"""Shows on a terminal what a command is doing, on one line of standard error, once it has taken a second.

A thread writes the line each second with the time that has passed, because most work tells nothing while it
lasts. The line is removed at the end. A pipe gets nothing.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

from explorer.commands.printing import clear_status, show_status

__all__ = ["Tell", "stages_shown", "status_shown"]

_PERIOD = 1.0  # seconds

Tell = Callable[[str], None]
"""A function that is told the stage that begins, such as ``booting, 3 of 6``."""


class _StatusLine:
    """The line."""

    def __init__(self) -> None:
        self._text = ""
        self._start = time.monotonic()
        self._is_shown = False
        self._closed, self._lock = Event(), Lock()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def tell(self, text: str) -> None:
        """Shows the stage that begins."""
        with self._lock:
            self._text = text
            if self._is_shown:
                self._write()

    def _run(self) -> None:
        while not self._closed.wait(_PERIOD):
            with self._lock:
                self._is_shown = True
                self._write()

    def _write(self) -> None:
        seconds = f" ({time.monotonic() - self._start:.0f} s)"
        show_status(self._text, seconds)

    def close(self) -> None:
        """Removes the line."""
        self._closed.set()
        self._thread.join()
        if self._is_shown:
            clear_status()


@contextmanager
def stages_shown() -> Iterator[Tell]:
    """A function that shows a stage while the context lasts; only if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    line = _StatusLine()
    try:
        yield line.tell
    finally:
        line.close()


@contextmanager
def status_shown(text: str) -> Iterator[None]:
    """Shows one stage while the context lasts; only if standard error is a terminal."""
    with stages_shown() as tell:
        tell(text)
        yield
