# SPDX-License-Identifier: GPL-2.0-or-later
"""English sentences for facts: stages of a boot, steps to a fault, findings, fixes, causes, verdicts."""
