# SPDX-License-Identifier: GPL-2.0-or-later
"""Profiles of Hypothesis: no deadlines, and one that repeats itself. Random tests run without coverage."""

import pytest
from hypothesis import Phase, settings

settings.register_profile("no-deadline", deadline=None)  # a slow machine is no defect
settings.load_profile("no-deadline")
settings.register_profile(
    "mutants", max_examples=25, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate)
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave random examples out of the coverage: they take twice the time with it, and differ in each run."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("no_cover")
