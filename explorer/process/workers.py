# SPDX-License-Identifier: GPL-2.0-or-later
"""Worker processes that run one function.

``ProcessPoolExecutor`` is not used: all workers share its queues. A worker that is killed while it writes a
result leaves half of it there, and the reader waits for the rest for ever.

1. Each worker has a channel of its own. If the worker ends, however it ends, reading from the channel ends.
2. A worker has one task at a time, so nobody writes into a channel that nobody reads.
3. If a worker ends, its task comes back with ``WorkerEnded``. The caller decides whether it is run again.
4. Workers end with the thread that uses the pool, however it ends (``explorer.process.children``). An
   interrupt ends a worker at once. When the caller stops, the workers are killed.
5. If no more processes can be started, fewer workers do the work.
"""

import gc
import os
import pickle
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, Pipe, wait
from multiprocessing.process import BaseProcess
from multiprocessing.resource_tracker import ensure_running
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from explorer.errors import InputError
from explorer.process.children import end_with_parent
from explorer.process.interrupts import kill_on_interrupt, uninterrupted

__all__ = ["WorkerEnded", "WorkerPool"]

TaskT = TypeVar("TaskT")
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class WorkerEnded:
    """Instead of a result: the worker ended while it ran the task.

    Attributes:
        exit_code: of the worker; ``-9`` if it was killed, as the kernel does when memory runs out.
    """

    exit_code: int | None


@dataclass(frozen=True, slots=True)
class _Worker:
    process: BaseProcess
    channel: Connection


class WorkerPool(Generic[TaskT, ResultT]):
    """Workers, which are started when there are tasks for them.

    Args:
        work: what a worker does with a task. A forked worker inherits it, another one gets it by pickle.
        workers: the most processes.
        forks: workers are forked from this process and share its memory. Otherwise each has an interpreter
            of its own: a process with threads must not be forked.
    """

    def __init__(self, work: Callable[[TaskT], ResultT], workers: int, *, forks: bool = True) -> None:
        self._work, self._most, self._forks = work, workers, forks
        self._context: Any = get_context("fork" if forks else "spawn")
        self._busy: dict[Connection, tuple[_Worker, TaskT]] = {}
        self._idle: list[_Worker] = []
        self._waiting: deque[TaskT] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill all workers."""
        workers = [*self._idle, *(worker for worker, _ in self._busy.values())]
        self._idle.clear()
        self._busy.clear()
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.process.join()
            worker.channel.close()

    def results(
        self, next_task: Callable[[], TaskT | None]
    ) -> Generator[tuple[TaskT, ResultT | WorkerEnded], None, None]:
        """Each task with its result, as they are done. What the function raises is raised here.

        Args:
            next_task: gives a task for an idle worker; ``None`` if there is none. It is asked again after
                each result.

        Raises:
            InputError: no process can be started.
        """
        self._occupy(next_task)
        while self._busy:
            for channel in wait(list(self._busy)):
                assert isinstance(channel, Connection)  # noqa: S101 # wait() gives what it got
                worker, task = self._busy.pop(channel)
                outcome = self._outcome(worker)
                self._occupy(next_task)
                yield task, outcome
            self._occupy(next_task)

    def _occupy(self, next_task: Callable[[], TaskT | None]) -> None:
        """Give tasks to idle and new workers."""
        while len(self._busy) < self._most:
            task = self._waiting.popleft() if self._waiting else next_task()
            if task is None:
                return
            worker = self._idle.pop() if self._idle else self._started()
            if worker is None:  # rule 5
                self._waiting.append(task)
                self._most = len(self._busy)
                return
            self._busy[worker.channel] = worker, task
            with suppress(OSError):  # it has ended, which reading from the channel shows
                worker.channel.send(task)

    def _outcome(self, worker: _Worker) -> ResultT | WorkerEnded:
        """The result that a worker sent; raises the exception that it sent."""
        try:
            failed, value = worker.channel.recv()
        except (EOFError, OSError):
            worker.channel.close()
            worker.process.kill()
            worker.process.join()
            return WorkerEnded(worker.process.exitcode)
        self._idle.append(worker)
        if failed:
            raise value
        result: ResultT = value
        return result

    def _started(self) -> _Worker | None:
        """A new worker; ``None`` if the system allows no more and others work."""
        try:
            return self._start()
        except OSError as error:
            if self._busy:
                return None
            what = f"no worker process can be started: {error.strerror}"
            raise InputError(what, parameter="jobs", hint="give 1") from None

    def _start(self) -> _Worker:
        here, there = Pipe()
        inherited = [here, *self._busy, *(worker.channel for worker in self._idle)] if self._forks else []
        arguments = (there, os.getpid(), inherited, self._work)
        if not self._forks:
            ensure_running()  # it unblocks signals when it starts, which must not happen below
        process = self._context.Process(target=_run_tasks, args=arguments, daemon=True)
        try:
            with uninterrupted():
                process.start()
        finally:
            there.close()
        return _Worker(process, here)


def _run_tasks(
    channel: Connection, parent: int, inherited: Sequence[Connection], work: Callable[[Any], Any]
) -> None:
    """What a worker does: it runs tasks until it is killed or its channel ends."""
    kill_on_interrupt()
    end_with_parent(parent)
    for other in inherited:
        other.close()
    gc.freeze()
    with suppress(EOFError, OSError):  # the parent ended
        while True:
            channel.send_bytes(_answer(work, channel.recv()))


def _answer(work: Callable[[Any], Any], task: Any) -> bytes:
    """The result of a task, or its exception, pickled."""
    try:
        return pickle.dumps((False, work(task)))
    except Exception as error:  # noqa: BLE001 # raised in the parent
        with suppress(Exception):
            pickled = pickle.dumps((True, error))
            pickle.loads(pickled)  # noqa: S301 # written here
            return pickled
        return pickle.dumps((True, RuntimeError(f"{type(error).__name__}: {error}")))
