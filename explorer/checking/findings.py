# SPDX-License-Identifier: GPL-2.0-or-later
"""A finding of ``check`` as data: its kind, severity, setting, reason, causes and fix.

1. Kinds have stable ids: baselines, hooks and dashboards refer to them. ``docs/findings.md`` lists them.
2. A finding holds no sentence: ``explorer.narrative.finding_narrative`` writes the message from these data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from explorer.checking.fixes import SuggestedFix
from explorer.checking.reasons import FindingReason
from explorer.checking.settings import RequestedValue
from explorer.configuration.files.config_value import ConfigValue
from explorer.configuration.queries.overrides import Cause

__all__ = ["Finding", "FindingKind", "Severity"]


class Severity(StrEnum):
    """How severe a finding is, the most severe first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """The position in the order of severity; 0 is the most severe."""
        return list(Severity).index(self)


class FindingKind(StrEnum):
    """The kinds of findings, in the order in which they are listed."""

    SYNTAX = "syntax"
    REASSIGNED = "reassigned"
    FRAGMENT_LOST = "fragment-lost"
    UNKNOWN_SYMBOL = "unknown-symbol"
    WRONG_TYPE = "wrong-type"
    OUT_OF_RANGE = "out-of-range"
    UNMET_DEPENDENCY = "unmet-dependency"
    CHOICE_CONFLICT = "choice-conflict"
    OVERRIDDEN = "overridden"
    UNMET_SELECT = "unmet-select"
    NOT_GOT = "not-got"
    UNREACHABLE = "unreachable"
    UNSAFE = "unsafe"
    UNKNOWN = "unknown"
    MORE = "more"

    @property
    def severity(self) -> Severity:
        """The severity of most findings of this kind; a single finding can be less severe."""
        return _SEVERITIES.get(self, Severity.ERROR)


_SEVERITIES: Mapping[FindingKind, Severity] = {
    FindingKind.REASSIGNED: Severity.WARNING,
    FindingKind.FRAGMENT_LOST: Severity.WARNING,
    FindingKind.UNKNOWN_SYMBOL: Severity.WARNING,
    FindingKind.UNMET_SELECT: Severity.WARNING,
    FindingKind.MORE: Severity.NOTE,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of a ``.config``.

    Attributes:
        id: the kind.
        setting: symbol, requested value, file and line.
        reason: what is wrong, as data that depend on the kind.
        severity: how severe this finding is.
        becomes: the value that Kconfig computes; empty if it computes none.
        causes: the Kconfig statements that decide, nearest first.
        follows_from: the symbols whose own findings are the root cause; for a line of a base that fragments
            change, the symbols of the fragments that change it.
        fix: the smallest known change that removes the finding; ``None`` if none is known.
        memory_map: name of the memory map that it is about; empty if it is about none.
    """

    id: FindingKind
    setting: RequestedValue
    reason: FindingReason = None
    severity: Severity = Severity.ERROR
    becomes: str = ""
    causes: tuple[Cause, ...] = ()
    follows_from: tuple[str, ...] = ()
    fix: SuggestedFix | None = None
    memory_map: str = ""

    @property
    def symbol(self) -> str:
        """The symbol that it is about; may be empty."""
        return self.setting.symbol

    @property
    def requested(self) -> ConfigValue:
        """The value that the file requests; may be empty."""
        return self.setting.value

    @property
    def file(self) -> str:
        """The file of the setting; may be empty."""
        return self.setting.file

    @property
    def line(self) -> int:
        """The line of the setting, from 1; 0 if there is none."""
        return self.setting.line
