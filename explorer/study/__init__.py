# SPDX-License-Identifier: GPL-2.0-only
"""Combinations meet machines: the matrix, build variants, comparisons, cures, backports, costs."""
