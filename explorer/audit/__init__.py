# SPDX-License-Identifier: GPL-2.0-or-later
"""The pfn walkers of a kernel tree, found in its C."""
