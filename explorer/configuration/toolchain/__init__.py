# SPDX-License-Identifier: GPL-2.0-only
"""The compiler checks of a tree: recorded answers, or commands that are run."""
