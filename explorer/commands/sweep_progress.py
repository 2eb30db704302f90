# SPDX-License-Identifier: GPL-2.0-or-later
"""Shows the progress of a sweep on a terminal: tasks, and the time that is left as a range."""

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from explorer.sweep.estimate import Estimate, Estimator
from explorer.sweep.job import Task
from explorer.sweep.task_run import TaskResult

__all__ = ["estimate_words", "progress_of"]

_MINUTE, _HOUR = 60, 3600


def progress_of(results: Iterable[TaskResult], tasks: Sequence[Task], of_all: int) -> Iterator[TaskResult]:
    """The results, with a progress bar if standard error is a terminal.

    Args:
        results: of the tasks.
        tasks: those that were not done before.
        of_all: how many tasks the job has.
    """
    if not sys.stderr.isatty():
        yield from results
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 # slow

    from explorer.terminal.guarded_console import GuardedConsole  # noqa: PLC0415 # as above

    kinds = {task.number: _kind(task) for task in tasks}
    estimator = Estimator.of(Counter(kinds.values()))
    columns = (
        TextColumn("sweep"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("tasks, {task.fields[left]}"),
    )
    start = time.monotonic()
    with Progress(*columns, console=GuardedConsole(sys.stderr), transient=True) as bar:
        line = bar.add_task("sweep", total=of_all, completed=of_all - len(tasks), left=estimate_words(None))
        for result in results:
            estimator.add(kinds[result.task], result.seconds)
            left = estimate_words(estimator.after(time.monotonic() - start))
            bar.update(line, advance=1, left=left)
            yield result


def _kind(task: Task) -> str:
    return "boots" if task.proven < 0 else "proofs"


def estimate_words(estimate: Estimate | None) -> str:
    """The time that is left, rounded so that it claims no more than is known."""
    if estimate is None:
        return "time left not known yet"
    low, high = _words(estimate.low), _words(estimate.high)
    return f"{low} left" if low == high else f"{low} to {high} left"


def _words(seconds: float) -> str:
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.0f} min" if seconds < 2 * _HOUR else f"{seconds / _HOUR:.1f} h"
