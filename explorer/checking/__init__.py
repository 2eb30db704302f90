# SPDX-License-Identifier: GPL-2.0-or-later
"""Judgement of ``.config`` files: findings with their causes and fixes as data, without a sentence.

``explorer.check`` is the function for other programs.
"""

from explorer.checking.findings import Finding, FindingKind, Severity
from explorer.checking.judge import Checked, check, refuse_patched

__all__ = ["Checked", "Finding", "FindingKind", "Severity", "check", "refuse_patched"]
