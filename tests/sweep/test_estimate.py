# SPDX-License-Identifier: GPL-2.0-or-later
"""The estimate of a sweep: nothing before it can be known, and a range that holds the truth."""

import random
import re
import sys
from io import StringIO

import pytest

from explorer.commands.sweep_progress import estimate_words, progress_of
from explorer.sweep.estimate import Estimate, Estimator
from explorer.sweep.job import Configuration, Task
from explorer.sweep.task_run import TaskResult


def test_nothing_is_said_before_tasks_of_each_kind_are_done() -> None:
    estimator = Estimator.of({"boots": 10, "proofs": 10})
    for _ in range(9):
        estimator.add("boots", 1)
    assert estimator.after(9) is None
    for _ in range(5):
        estimator.add("proofs", 10)
    assert estimator.after(59) == pytest.approx((51, 51))


def test_a_kind_without_remaining_tasks_needs_no_sample() -> None:
    estimator = Estimator.of({"boots": 1, "proofs": 0})
    estimator.add("boots", 3)
    assert estimator.after(3) == Estimate(0, 0)


def test_work_of_several_workers_counts_by_the_time_that_it_took() -> None:
    estimator = Estimator.of({"boots": 20})
    for _ in range(10):
        estimator.add("boots", 2)
    assert estimator.after(10) == pytest.approx((10, 10))


def test_the_range_holds_the_truth_nearly_always() -> None:
    chance = random.Random(14)  # noqa: S311 # durations
    held = 0
    for _ in range(200):
        seconds = [chance.uniform(0, 2) for _ in range(400)]
        estimator = Estimator.of({"boots": len(seconds)})
        for each in seconds[:40]:
            estimator.add("boots", each)
        estimate = estimator.after(sum(seconds[:40]))
        assert estimate is not None
        held += estimate.low <= sum(seconds[40:]) <= estimate.high
    assert 180 <= held <= 200


class Terminal(StringIO):
    """A standard error that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_tasks_and_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    tasks = [Task(number, Configuration("4.17"), (0, 1)) for number in range(3, 10)]
    results = [TaskResult(task.number, 1, ()) for task in tasks]
    assert list(progress_of(iter(results), tasks, 10)) == results
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    assert "10/10 tasks, 0 s left" in plain


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (None, "time left not known yet"),
        (Estimate(3.1, 3.3), "3 s left"),
        (Estimate(50, 130), "50 s to 2 min left"),
        (Estimate(7200, 9000), "2.0 h to 2.5 h left"),
    ],
)
def test_the_words_claim_no_more_than_is_known(estimate: Estimate | None, words: str) -> None:
    assert estimate_words(estimate) == words
