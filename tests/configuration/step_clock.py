# SPDX-License-Identifier: GPL-2.0-or-later
"""A clock for tests of deadlines: time passes when it is read, so results do not depend on the machine."""

__all__ = ["StepClock"]


class StepClock:
    """Each reading is a step later.

    Args:
        step: seconds.
    """

    def __init__(self, step: float = 1.0) -> None:
        self._step = step
        self._now = 0.0

    def __call__(self) -> float:
        self._now += self._step
        return self._now
