# SPDX-License-Identifier: GPL-2.0-only
"""A Kconfig tree as clauses for a SAT solver."""
