# SPDX-License-Identifier: GPL-2.0-only
"""English: a boot told stage by stage, a fault step by step, a cause as a sentence."""
