# SPDX-License-Identifier: GPL-2.0-or-later
"""Shows on a terminal that work goes on whose end is not known."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from rich.console import Console

__all__ = ["status"]

_PATIENCE = 1.0  # seconds


@contextmanager
def status(what: str) -> Iterator[None]:
    """A line on standard error, if that is a terminal and the block takes longer than a second.

    Args:
        what: what is done.
    """
    if not sys.stderr.isatty():
        yield
        return
    line = Console(stderr=True).status(what)
    timer = Timer(_PATIENCE, line.start)
    timer.daemon = True
    timer.start()

    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        line.stop()
