# SPDX-License-Identifier: GPL-2.0-or-later
"""Diffs to Kconfig files, and trees with a diff applied."""
