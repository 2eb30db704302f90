# SPDX-License-Identifier: GPL-2.0-or-later
"""Every reader as a fuzz target: bytes in, a valid result or an error of one clear line out.

A target raises if a reader raises anything but InputError, returns an invalid result, or raises an error
without a hint.
"""

from typing import Any

from tests.fuzz.kconfig_targets import KCONFIG_TARGETS
from tests.fuzz.machine_targets import MACHINE_TARGETS
from tests.fuzz.result_targets import RESULT_TARGETS
from tests.fuzz.target import Target

__all__ = ["TARGETS"]

TARGETS: dict[str, Target[Any]] = {**MACHINE_TARGETS, **KCONFIG_TARGETS, **RESULT_TARGETS}
