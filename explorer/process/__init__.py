# SPDX-License-Identifier: GPL-2.0-or-later
"""The life of the process: interrupts, standard streams, children."""
