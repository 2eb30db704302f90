# SPDX-License-Identifier: GPL-2.0-only
"""Profiles of Hypothesis: a default without deadlines, and one that repeats itself."""

from hypothesis import Phase, settings

settings.register_profile("no-deadline", deadline=None)  # a slow machine is no defect
settings.load_profile("no-deadline")
settings.register_profile(
    "mutants", max_examples=25, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate)
)
