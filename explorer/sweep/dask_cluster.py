# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the tasks of a sweep on a cluster of dask.distributed.

1. Workers need the same version of this program, and no file of this machine: a task brings the bytes of its
   ``.config``, and the memory maps are sent once.
2. If a worker ends, the scheduler runs its tasks on another one. Each result is taken once.
3. Without a worker for a minute, and without the scheduler, the sweep stops; what is done is kept.
"""

import logging
import time
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any
from uuid import uuid4

from explorer.errors import InputError
from explorer.sweep.job import Conditions, Job, Machine, Task
from explorer.sweep.processes import loaded
from explorer.sweep.running_program import program_identity
from explorer.sweep.task_run import TaskResult, run_task

__all__ = ["on_dask"]

_PATIENCE = 60.0
"""Seconds without a worker after which a sweep stops."""
_PAUSE = 2.0
_SUBMITTED = 4
"""How many tasks are submitted at a time for each core of the cluster."""
_ANSWER = "10s"
_INSTALL = "pip install duckdb distributed"
_CONTINUES = "what is done is kept, and the same command line continues"
_one_at_a_time = Lock()  # the threads of a worker share trees, which a task evaluates

_Shared = tuple[str, tuple[Machine, ...], Conditions]


def on_dask(job: Job, tasks: deque[Task], address: str) -> Generator[TaskResult, None, None]:
    """The results of the tasks as they are done.

    Args:
        job: the job.
        tasks: its tasks that are not done.
        address: of the scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises:
        InputError: dask.distributed is not installed, no scheduler answers, it has no workers, or it ended.
    """
    try:
        with _client(address) as client:
            yield from _through(client, job, tasks)
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 # run_task() raises none, so it is one of the cluster, which has many
        what = f"the cluster gave up: {type(error).__name__}: {' '.join(str(error).split())}"
        raise InputError(what, parameter="scheduler", hint=_CONTINUES) from None


def _through(client: Any, job: Job, tasks: deque[Task]) -> Generator[TaskResult, None, None]:
    distributed = _distributed()
    shared: _Shared = (program_identity(), tuple(job.machines), job.conditions)
    name = f"sweep-{uuid4().hex}"
    memory_maps = client.submit(_same, shared, key=f"{name}-memory-maps")  # the scheduler can make it again
    running: dict[Any, Task] = {}
    seen = time.monotonic()
    while tasks or running:
        cores = sum(client.nthreads().values())
        seen = time.monotonic() if cores else seen
        if time.monotonic() - seen > _PATIENCE:
            raise InputError("the scheduler has no worker", parameter="scheduler", hint=_CONTINUES)
        while tasks and len(running) < max(1, cores) * _SUBMITTED:
            task = tasks.popleft()
            key = f"{name}-{task.number}"
            running[client.submit(_run, task, loaded(task), memory_maps, key=key)] = task
        try:
            done = distributed.wait(list(running), timeout=_PAUSE, return_when="FIRST_COMPLETED").done
        except distributed.TimeoutError:
            continue
        for future in done:
            result: TaskResult = future.result()
            del running[future]
            yield result


@contextmanager
def _client(address: str) -> Iterator[Any]:
    """A client of a scheduler; what it logs is not shown, because exceptions tell it."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        with _connected(address) as client:
            yield client
    finally:
        logging.disable(before)


def _connected(address: str) -> Any:
    try:
        return _distributed().Client(address, timeout=_ANSWER)
    except (OSError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        what, hint = f"no scheduler answers at {address}: {reason}", "start one with: dask scheduler"
        raise InputError(what, parameter="scheduler", hint=hint) from None


def _same(shared: _Shared) -> _Shared:
    return shared


def _run(task: Task, content: bytes | InputError, shared: _Shared) -> TaskResult:
    """Runs a task on a worker."""
    version, machines, conditions = shared
    if version != program_identity():
        what = f"a worker runs this program as {program_identity()}, and not as {version}"
        raise InputError(what, parameter="scheduler", hint="install the same version everywhere")
    with _one_at_a_time:
        return run_task(task, content, machines, conditions)


def _distributed() -> Any:
    try:
        import distributed  # noqa: PLC0415 # an optional extra
    except ImportError:
        what = "needs the package distributed, which is not installed"
        raise InputError(what, parameter="scheduler", hint=_INSTALL) from None
    return distributed
