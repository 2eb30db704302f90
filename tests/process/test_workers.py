# SPDX-License-Identifier: GPL-2.0-or-later
"""Worker processes: every task has a result or a worker that ended, and no kill hangs."""

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from multiprocessing import active_children
from typing import NoReturn

import pytest

from explorer.errors import InputError
from explorer.process.workers import WorkerEnded, WorkerPool


def given(*tasks: int) -> Callable[[], int | None]:
    left = deque(tasks)
    return lambda: left.popleft() if left else None


def die(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


@pytest.mark.parametrize("forks", [True, False])
def test_each_task_has_its_result_and_that_of_a_killed_worker_says_so(*, forks: bool) -> None:
    with WorkerPool(die, 2, forks=forks) as pool:
        results = dict(pool.results(given(*range(8))))
    assert results == {**{number: number * number for number in range(8)}, 3: WorkerEnded(-9)}
    assert not active_children()


def test_a_worker_that_is_killed_while_it_writes_a_result_hangs_nobody() -> None:
    def work(number: int) -> bytes:
        if number == 1:
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGKILL)).start()
            return bytes(64 << 20)
        return b""

    pool: WorkerPool[int, bytes] = WorkerPool(work, 2)
    with pool:
        results = pool.results(given(0, 1))
        assert next(results) == (0, b"")
        time.sleep(0.5)  # the other worker fills its channel meanwhile
        assert next(results) == (1, WorkerEnded(-9))


def test_an_exception_of_the_work_is_raised_here_whatever_it_holds() -> None:
    class Local(Exception):  # noqa: N818 # cannot be pickled
        pass

    def work(number: int) -> NoReturn:
        raise InputError("no", parameter="jobs") if number else Local("inner")

    for number, expected in ((1, InputError), (0, RuntimeError)):
        with pytest.raises(expected, match=r"^jobs: no$|^Local: inner$"), WorkerPool(work, 1) as pool:
            list(pool.results(given(number)))
    assert not active_children()


def test_a_caller_that_stops_leaves_no_worker() -> None:
    def work(number: int) -> int:
        time.sleep(number)
        return number

    pool: WorkerPool[int, int] = WorkerPool(work, 2)
    with pool:
        assert next(pool.results(given(0, 600)))[0] == 0
    assert not active_children()


def test_without_more_processes_fewer_workers_do_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    start = WorkerPool.__dict__["_start"]
    started: list[object] = []

    def limited(pool: WorkerPool[int, int], most: int) -> object:
        if len(started) >= most:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        started.append(pool)
        return start(pool)

    monkeypatch.setattr(WorkerPool, "_start", lambda pool: limited(pool, 1))
    pool: WorkerPool[int, int] = WorkerPool(abs, 4)
    with pool:
        assert dict(pool.results(given(-1, -2, -3))) == {-1: 1, -2: 2, -3: 3}
    monkeypatch.setattr(WorkerPool, "_start", lambda pool: limited(pool, 0))
    pool = WorkerPool(abs, 4)
    with pytest.raises(InputError, match="no worker process can be started"), pool:
        list(pool.results(given(1)))
