# SPDX-License-Identifier: GPL-2.0-only
"""What can be configured: Kconfig trees, their dependency graph and their reachable combinations."""
