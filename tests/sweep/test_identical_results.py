# SPDX-License-Identifier: GPL-2.0-or-later
"""Every way to run the tasks of a sweep gives the same rows, also if a worker is killed midway."""

import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import active_children
from pathlib import Path

import pytest

from explorer.errors import InputError
from explorer.machine import all_shipped_maps
from explorer.sweep import dask_cluster
from explorer.sweep.builds import variants_of
from explorer.sweep.dask_cluster import on_dask
from explorer.sweep.job import Conditions, Job, Machine
from explorer.sweep.processes import in_processes, in_this_process
from explorer.sweep.rows import ResultRow, Row
from explorer.sweep.task_run import TaskResult

MACHINES = tuple(Machine(shipped.name, shipped) for shipped in all_shipped_maps())
JOB = Job(variants_of("4.17", {}), MACHINES)
TASKS = tuple(JOB.tasks())


def rows(results: Iterable[TaskResult]) -> dict[int, tuple[Row, ...]]:
    """The rows of each task; no task may come twice."""
    seen: dict[int, tuple[Row, ...]] = {}
    for result in results:
        assert result.task not in seen
        seen[result.task] = result.rows
    return dict(sorted(seen.items()))


@pytest.fixture(scope="module")
def alone() -> dict[int, tuple[Row, ...]]:
    return rows(in_this_process(JOB, deque(TASKS)))


def test_one_process_gives_a_result_for_each_build_and_machine(alone: dict[int, tuple[Row, ...]]) -> None:
    results = [row for of_task in alone.values() for row in of_task if isinstance(row, ResultRow)]
    assert list(alone) == list(range(len(TASKS)))
    assert len(results) == len({(row.build, row.machine) for row in results}) == 24 * len(MACHINES)


def test_two_processes_give_the_same_though_one_is_killed(alone: dict[int, tuple[Row, ...]]) -> None:
    results = in_processes(JOB, deque(TASKS), 2)
    first = next(results)
    active_children()[0].kill()
    assert rows([first, *results]) == alone


def test_workers_that_are_killed_again_and_again_end_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.sweep.processes._MOST_KILLED", 0)
    tasks = deque(TASKS)
    results = in_processes(JOB, tasks, 1)
    first = next(results)
    active_children()[0].kill()
    with pytest.raises(InputError, match="killed again and again"):
        list(results)
    assert {first.task, *(task.number for task in tasks)} <= set(range(len(TASKS)))


def started(*words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dask", *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler with two workers, each in a process of its own: its address and the workers."""
    file = folder / "scheduler.json"
    scheduler = ("--scheduler-file", str(file))
    processes = [
        started("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *scheduler),
        *(started("worker", *scheduler, "--nthreads", "1", "--no-nanny", "--no-dashboard") for _ in range(2)),
    ]
    try:
        while not (file.exists() and file.read_text().endswith("}")):
            assert processes[0].poll() is None
            time.sleep(0.05)
        yield json.loads(file.read_text())["address"], processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_dask_gives_the_same_though_a_worker_is_killed(
    alone: dict[int, tuple[Row, ...]], tmp_path: Path
) -> None:
    with cluster(tmp_path) as (address, workers):
        results = on_dask(JOB, deque(TASKS), address)
        first = next(results)
        workers[0].kill()
        assert rows([first, *results]) == alone


def test_a_worker_with_another_program_is_refused() -> None:
    with pytest.raises(InputError, match="install the same version everywhere"):
        dask_cluster.__dict__["_run"](TASKS[0], b"", ("0.0 other", MACHINES, Conditions()))


def test_without_distributed_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install duckdb distributed"):
        list(on_dask(JOB, deque(TASKS), "tcp://127.0.0.1:1"))


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.sweep.dask_cluster._ANSWER", "100ms")
    with pytest.raises(InputError, match="no scheduler answers at tcp://127"):
        list(on_dask(JOB, deque(TASKS), "tcp://127.0.0.1:1"))
