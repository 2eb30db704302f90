# SPDX-License-Identifier: GPL-2.0-or-later
"""Every claim of speed, as a ratio measured in one run."""
