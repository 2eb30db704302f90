# SPDX-License-Identifier: GPL-2.0-or-later
"""The compiler checks of a tree: recorded answers, or commands that are run."""
