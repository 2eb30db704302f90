# SPDX-License-Identifier: GPL-2.0-or-later
"""A Kconfig tree: parsed, evaluated, and located in its source files."""
