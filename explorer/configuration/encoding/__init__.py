# SPDX-License-Identifier: GPL-2.0-or-later
"""A Kconfig tree as clauses for a SAT solver."""
