# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the results of tasks to the file of a sweep as they come.

Each result is written at once, unless writing takes more than a thirtieth of the time; then the results of up
to two seconds are written together. Whatever ends the sweep, what has come is written.
"""

import time
from collections.abc import Generator, Iterable

from explorer.sweep.store import Store
from explorer.sweep.task_run import TaskResult

__all__ = ["stored"]

_LONGEST = 2.0
_SHARE = 30
"""The time between two transactions is at least so many times that of a transaction."""


def stored(results: Iterable[TaskResult], store: Store) -> Generator[TaskResult, None, None]:
    """Each result, after it was written or kept for the next transaction."""
    batch: list[TaskResult] = []
    due = 0.0
    try:
        for result in results:
            batch.append(result)
            start = time.monotonic()
            if start >= due:
                complete, batch = batch, []
                store.add(complete)
                end = time.monotonic()
                due = end + min(_LONGEST, _SHARE * (end - start))
            yield result
    finally:
        if batch:
            store.add(batch)
