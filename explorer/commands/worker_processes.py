# SPDX-License-Identifier: GPL-2.0-or-later
"""A pool of worker processes that commands share."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from explorer.process.interrupts import kill_on_interrupt

__all__ = ["worker_pool"]


@contextmanager
def worker_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool whose workers end at once on an interrupt, and do not outlive the parent."""
    pool = ProcessPoolExecutor(
        workers,
        mp_context=get_context("fork"),
        initializer=kill_on_interrupt,
    )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
