# SPDX-License-Identifier: GPL-2.0-or-later
"""Recorded boots of real kernels, compared with the simulator and cited in reports."""
