# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the tasks of a sweep in this process, or in worker processes on this machine.

1. Each worker has an interpreter of its own and shares nothing with this process, its threads and database.
   (A fork server would start workers faster. It leaves a temporary folder behind when the program is killed.)
2. A worker ends when this process ends, however it ends.
3. If a worker is killed, the tasks that ran are run again by new workers. If that happens
   again and again and no task is finished in between, the sweep stops.
4. Short tasks are sent together, as many as take a fifth of a second, and fewer at the end of the job. A
   proof is sent alone.
"""

from collections import deque
from collections.abc import Generator, Sequence
from functools import partial
from itertools import islice, takewhile

from explorer.errors import InputError
from explorer.process.workers import WorkerEnded, WorkerPool
from explorer.sweep.input_files import content_of
from explorer.sweep.job import Conditions, Job, Machine, Task
from explorer.sweep.task_run import TaskResult, run_task

__all__ = ["in_processes", "in_this_process", "loaded"]

_BATCH = 0.2
"""Seconds that a batch of short tasks takes."""
_MOST_IN_BATCH = 16
_MOST_KILLED = 10
"""After how many kills without a finished task a sweep stops."""


def in_this_process(job: Job, tasks: deque[Task]) -> Generator[TaskResult, None, None]:
    """The results of the tasks, in order."""
    machines = tuple(job.machines)
    while tasks:
        task = tasks.popleft()
        yield run_task(task, loaded(task), machines, job.conditions)


def in_processes(job: Job, tasks: deque[Task], workers: int) -> Generator[TaskResult, None, None]:
    """The results of the tasks as they are done.

    Args:
        job: the job.
        tasks: its tasks that are not done.
        workers: how many processes.

    Raises:
        InputError: workers are killed again and again.
    """
    killed, count, seconds = 0, 0, 0.0

    def next_batch() -> list[Task] | None:
        batch = _batch(tasks, seconds / count if count else _BATCH, workers) if tasks else []
        return [tasks.popleft() for _ in batch] or None

    work = partial(_run, machines=tuple(job.machines), conditions=job.conditions)
    with WorkerPool(work, workers, forks=False) as pool:
        for batch, results in pool.results(next_batch):
            if not isinstance(results, WorkerEnded):
                killed, count = 0, count + len(results)
                seconds += sum(result.seconds for result in results)
                yield from results
                continue
            tasks.extendleft(reversed(batch))
            killed += 1
            if killed > _MOST_KILLED:
                what = "worker processes are killed again and again"
                hint = "is there enough memory? The same command line continues; fewer workers need less"
                raise InputError(what, parameter="jobs", hint=hint)


def loaded(task: Task) -> bytes | InputError:
    """The bytes of a task's file; the error where it cannot be read any more."""
    try:
        return content_of(task.configuration)
    except InputError as error:
        return error


def _batch(tasks: deque[Task], mean: float, workers: int) -> list[Task]:
    """The next tasks that are sent together (rule 4); ``mean`` is the seconds of a task."""
    most = min(_MOST_IN_BATCH, int(_BATCH / mean) if mean else 1, len(tasks) // (2 * workers))
    boots = takewhile(lambda task: task.proven < 0, islice(tasks, most))
    return list(boots) or [tasks[0]]


def _run(batch: Sequence[Task], machines: Sequence[Machine], conditions: Conditions) -> list[TaskResult]:
    """Runs tasks in a worker process, which reads the files itself."""
    return [run_task(task, loaded(task), machines, conditions) for task in batch]
