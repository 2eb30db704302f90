# SPDX-License-Identifier: GPL-2.0-only
"""Which configurations can this kernel's Kconfig produce, and which survive memory initialisation?"""
