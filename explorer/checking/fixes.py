# SPDX-License-Identifier: GPL-2.0-only
"""Fixes of findings as data; ``explorer.narrative.fix_narrative`` writes the instruction and the fragment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from explorer.boot import Change

__all__ = [
    "ChangeAnswers",
    "CorrectLine",
    "DeleteLine",
    "FixRootCauses",
    "MergeLast",
    "NameDescribedRelease",
    "RemoveRequest",
    "RenameSymbol",
    "RootCausesUnobtainable",
    "SaveKernel",
    "StayInRange",
    "SuggestedFix",
    "Unobtainable",
    "WriteComputed",
    "WriteIntended",
    "WriteValueOfType",
]


@dataclass(frozen=True, slots=True)
class DeleteLine:
    """Delete a line, by its number if several lines set the symbol; or comment out what sets nothing."""

    line: int = 0
    or_comment_out: bool = False


@dataclass(frozen=True, slots=True)
class CorrectLine:
    """Write a line as Kconfig reads it, with this text; ``exactly`` where spaces and further text matter."""

    text: str
    exactly: bool = False


@dataclass(frozen=True, slots=True)
class RenameSymbol:
    """Write the name of another symbol, which the tree defines."""

    symbol: str


@dataclass(frozen=True, slots=True)
class MergeLast:
    """Merge a file last; or let one file alone set a symbol that two files set."""

    file: str
    values: Mapping[str, str] = field(default_factory=dict)
    competing_symbol: str = ""


@dataclass(frozen=True, slots=True)
class WriteComputed:
    """Write the values that Kconfig computes, and delete the lines of symbols that it does not write."""

    values: Mapping[str, str]
    deleted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WriteValueOfType:
    """Write a value of the symbol's type; Kconfig computes ``computed``, or ``None`` if it writes none."""

    symbol: str
    computed: str | None


@dataclass(frozen=True, slots=True)
class WriteIntended:
    """Write the value that the file intends, which Kconfig keeps; ``for_other_lines`` if these need it."""

    symbol: str
    value: str
    for_other_lines: bool = False


@dataclass(frozen=True, slots=True)
class StayInRange:
    """Write a number within the ranges, for example the nearest one."""

    symbol: str
    ranges: tuple[tuple[str, str], ...]
    nearest: str


@dataclass(frozen=True, slots=True)
class ChangeAnswers:
    """Change answers so that Kconfig computes a value for a symbol.

    Attributes:
        symbol: the symbol.
        value: its requested value.
        changes: the answers; ``ANY_TEXT`` for a string that must only not be empty.
        moved: how many other symbols change with them.
    """

    symbol: str
    value: str
    changes: Mapping[str, str]
    moved: int


@dataclass(frozen=True, slots=True)
class FixRootCauses:
    """Fix the findings of other symbols first."""

    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveRequest:
    """Remove the setting from the fragment that requests it."""


@dataclass(frozen=True, slots=True)
class Unobtainable:
    """No configuration of the tree has a value (proven).

    Attributes:
        symbol: the symbol.
        value: its value.
        by_compiler: compiler checks are among the causes.
        otherwise: what else can be done; ``None`` if nothing is known.
    """

    symbol: str
    value: str
    by_compiler: bool
    otherwise: "SuggestedFix | None"


@dataclass(frozen=True, slots=True)
class RootCausesUnobtainable:
    """The requested values of the root causes are unobtainable; what else can be done."""

    symbols: tuple[str, ...]
    otherwise: "SuggestedFix"


@dataclass(frozen=True, slots=True)
class SaveKernel:
    """Give answers that make an unsafe kernel safe, or apply changes to its source; at least one is known."""

    answers: Mapping[str, str]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class NameDescribedRelease:
    """Judge as the nearest release whose memory initialisation is described."""


SuggestedFix = (
    DeleteLine
    | CorrectLine
    | RenameSymbol
    | MergeLast
    | WriteComputed
    | WriteValueOfType
    | WriteIntended
    | StayInRange
    | ChangeAnswers
    | FixRootCauses
    | RemoveRequest
    | Unobtainable
    | RootCausesUnobtainable
    | SaveKernel
    | NameDescribedRelease
)
