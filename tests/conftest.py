# SPDX-License-Identifier: GPL-2.0-only
"""Profiles of Hypothesis: the default, and a short one that repeats itself, for ``make mutants``."""

from hypothesis import Phase, settings

settings.register_profile(
    "mutants", max_examples=25, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate)
)
