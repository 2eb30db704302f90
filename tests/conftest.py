# SPDX-License-Identifier: GPL-2.0-or-later
"""Profiles of Hypothesis, signals that the starter ignores, and coverage without random tests."""

import signal

import pytest
from hypothesis import Phase, settings

settings.register_profile("no-deadline", deadline=None)  # a slow machine is no defect
settings.load_profile("no-deadline")
settings.register_profile(
    "mutants", max_examples=25, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate)
)


def pytest_configure() -> None:
    """Takes signals that the starter of the tests ignores: what tests interrupt would ignore them, too."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave random examples out of the coverage: they take twice the time with it, and differ in each run."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("no_cover")
