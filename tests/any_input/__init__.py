# SPDX-License-Identifier: GPL-2.0-or-later
"""Every option and argument of every command, given anything."""
