# SPDX-License-Identifier: GPL-2.0-only
"""The kernel: arm64 memory initialisation, in boot order."""
