# SPDX-License-Identifier: GPL-2.0-only
"""Diffs to Kconfig files, and trees with a diff applied."""
