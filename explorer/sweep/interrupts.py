# SPDX-License-Identifier: GPL-2.0-or-later
"""Delays Ctrl-C while something is done that must not be torn apart, and takes SIGTERM like it."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["ended_by_sigterm", "uninterrupted"]


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delays SIGINT to the end of a block, also for the processes that are started in it.

    They inherit the blocked signal and unblock it when they are ready. Only the main thread may use it.
    """
    caught: list[tuple[Any, ...]] = []
    before = signal.signal(signal.SIGINT, lambda *seen: caught.append(seen))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.signal(signal.SIGINT, before)
        if caught and callable(before):
            before(*caught[0])


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Makes SIGTERM, which batch systems send, raise ``SystemExit`` with 143."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
