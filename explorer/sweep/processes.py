# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the tasks of a sweep in this process, or in worker processes on this machine.

1. Workers come from a fork server: they share nothing with this process, its threads and its database.
2. A worker ends when this process ends, however it ends.
3. Only a few tasks a worker are submitted at a time, so a job may have any number of them.
4. If a worker or the fork server is killed, the tasks that ran are run again by new workers. If that happens
   again and again and no task is finished in between, the sweep stops.
5. Short tasks are sent together, as many as take a fifth of a second, and fewer at the end of the job. A
   proof is sent alone.
"""

import gc
import os
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice, takewhile
from multiprocessing import active_children, get_context, parent_process
from queue import SimpleQueue
from threading import Thread

from explorer.errors import InputError
from explorer.process.interrupts import kill_on_interrupt, uninterrupted
from explorer.sweep.input_files import content_of
from explorer.sweep.job import Conditions, Job, Machine, Task
from explorer.sweep.task_run import TaskResult, run_task

__all__ = ["SUBMITTED", "in_processes", "in_this_process", "loaded"]

SUBMITTED = 4
"""How many tasks or batches a worker are submitted at a time."""
_BATCH = 0.2
"""Seconds that a batch of short tasks takes."""
_MOST_IN_BATCH = 16
_MOST_KILLED = 10
"""After how many kills without a finished task a sweep stops."""
_PRELOADED = "explorer.sweep.task_run"
_job: tuple[tuple[Machine, ...], Conditions] | None = None


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
    killed = 0
    while tasks:
        try:
            with _pool(job, workers) as pool:
                for result in _through(pool, tasks, workers):
                    killed = 0
                    yield result
        except (BrokenProcessPool, EOFError, ConnectionError):  # a worker was killed, or the fork server
            killed += 1
            if killed > _MOST_KILLED:
                what = "worker processes are killed again and again"
                hint = "is there enough memory? The same command line continues; fewer workers need less"
                raise InputError(what, parameter="jobs", hint=hint) from None


def loaded(task: Task) -> bytes | InputError:
    """The bytes of a task's file; the error where it cannot be read any more."""
    try:
        return content_of(task.configuration)
    except InputError as error:
        return error


def _through(
    pool: ProcessPoolExecutor, tasks: deque[Task], workers: int
) -> Generator[TaskResult, None, None]:
    """The results of tasks as they are done; what is not done in the end is put back."""
    running: dict[Future[list[TaskResult]], list[Task]] = {}
    done: SimpleQueue[Future[list[TaskResult]]] = SimpleQueue()
    count, seconds = 0, 0.0
    try:
        while tasks or running:
            while tasks and len(running) < workers * SUBMITTED:
                batch = _batch(tasks, seconds / count if count else _BATCH, workers)
                with uninterrupted():  # it may start a worker
                    future = pool.submit(_run, batch)
                    running[future] = [tasks.popleft() for _ in batch]
                future.add_done_callback(done.put)
            future = done.get()
            results = future.result()
            del running[future]
            count, seconds = count + len(results), seconds + sum(result.seconds for result in results)
            yield from results
    finally:
        for batch in reversed(running.values()):
            tasks.extendleft(reversed(batch))


def _batch(tasks: deque[Task], mean: float, workers: int) -> list[Task]:
    """The next tasks that are sent together (rule 5); ``mean`` is the seconds of a task."""
    most = min(_MOST_IN_BATCH, int(_BATCH / mean) if mean else 1, len(tasks) // (2 * workers))
    boots = takewhile(lambda task: task.proven < 0, islice(tasks, most))
    return list(boots) or [tasks[0]]


@contextmanager
def _pool(job: Job, workers: int) -> Iterator[ProcessPoolExecutor]:
    """Worker processes, which are ended at once if there is an error or an interrupt."""
    context = get_context("forkserver")
    context.set_forkserver_preload([_PRELOADED])
    arguments = (tuple(job.machines), job.conditions)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=arguments)
    try:
        yield pool
    except BaseException:
        for worker in active_children():
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(machines: tuple[Machine, ...], conditions: Conditions) -> None:
    """Begins a worker process."""
    global _job  # noqa: PLW0603 # sent once, not with each task
    _job = machines, conditions
    kill_on_interrupt()
    Thread(target=_end_with_parent, daemon=True).start()
    gc.freeze()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(batch: Sequence[Task]) -> list[TaskResult]:
    """Runs tasks in a worker process, which reads the files itself."""
    assert _job is not None  # noqa: S101 # _begin() sets it
    return [run_task(task, loaded(task), *_job) for task in batch]
