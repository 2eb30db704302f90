# SPDX-License-Identifier: GPL-2.0-only
"""Judgement of real ``.config`` files: what is wrong with them, why, and how to mend it.

``explorer.check`` is the function for other programs; the room bears another name so that both can exist.
"""

from explorer.checking.findings import KINDS, Finding, Fix, Kind, Severity
from explorer.checking.judge import Checked, check

__all__ = ["KINDS", "Checked", "Finding", "Fix", "Kind", "Severity", "check"]
