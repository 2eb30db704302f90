# SPDX-License-Identifier: GPL-2.0-only
"""Judgement of real ``.config`` files: what is wrong with them, why, and how to mend it.

``explorer.check`` is the function for other programs; the room bears another name so that both can exist.
"""

from explorer.checking.findings import FINDING_KINDS, Finding, FindingKind, Severity, SuggestedFix
from explorer.checking.judge import Checked, check

__all__ = ["FINDING_KINDS", "Checked", "Finding", "FindingKind", "Severity", "SuggestedFix", "check"]
