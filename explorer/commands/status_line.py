# SPDX-License-Identifier: GPL-2.0-or-later
"""Shows on a terminal what a command is doing, on one line, after a second; removes it at the end.

For work that does not tell how far it is. A pipe gets nothing.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

__all__ = ["status_shown"]

_PERIOD = 1.0  # seconds
_CLEAR = "\r\x1b[2K"


@contextmanager
def status_shown(text: str) -> Iterator[None]:
    """Shows a text with the seconds that have passed; nothing if standard error is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    done = Event()
    thread = Thread(target=_show, args=(text, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _show(text: str, done: Event) -> None:
    start, shown = time.monotonic(), False
    while not done.wait(_PERIOD):
        sys.stderr.write(f"{_CLEAR}{text} ({time.monotonic() - start:.0f} s)")
        sys.stderr.flush()
        shown = True
    if shown:
        sys.stderr.write(_CLEAR)
        sys.stderr.flush()
