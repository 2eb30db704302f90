# SPDX-License-Identifier: GPL-2.0-or-later
"""Shows on a terminal that work goes on whose end is not known."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

__all__ = ["status"]


@contextmanager
def status(what: str) -> Iterator[Callable[[], None]]:
    """A line on standard error that counts steps while the block runs, if that is a terminal.

    Args:
        what: what is done.
    """
    if not sys.stderr.isatty():
        yield lambda: None
        return
    with Console(stderr=True).status(what) as line:
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 1
            line.update(f"{what}: {steps} judgement{'' if steps == 1 else 's'}")

        yield step
