# SPDX-License-Identifier: GPL-2.0-or-later
"""Combinations meet machines: the matrix, build variants, comparisons, cures, backports, costs."""
