# SPDX-License-Identifier: GPL-2.0-or-later
"""The reasons of findings that no other room has a type for."""

from dataclasses import dataclass
from enum import Enum, auto

from explorer.boot import Boot, Gap
from explorer.checking.patched_kernel import PatchSign
from explorer.checking.settings import RequestedValue
from explorer.configuration import Combination, ProbeOperand
from explorer.configuration.queries.overrides import OutsideRanges, Override
from explorer.version import KernelVersion

__all__ = [
    "FindingReason",
    "LineFault",
    "NotGranted",
    "OutOfTime",
    "PatchedKernel",
    "UndecidedValue",
    "Ungranted",
    "UnlistedFindings",
    "UnreadableText",
]


class LineFault(Enum):
    """Why a line sets nothing."""

    BYTE_ORDER_MARK = auto()
    INDENTED = auto()
    TRAILING_TEXT = auto()
    COMMENT = auto()
    NO_SETTING = auto()


@dataclass(frozen=True, slots=True)
class UnreadableText:
    """A line that Kconfig does not read as a setting, without surrounding space."""

    fault: LineFault
    text: str


class Ungranted(Enum):
    """Why a requested value is missing, if Kconfig did not override it."""

    GRANTABLE = auto()
    UNDEFINED = auto()
    NOT_EXAMINED = auto()
    UNDECIDED = auto()
    """It depends on compiler checks without an answer whether Kconfig keeps it."""


@dataclass(frozen=True, slots=True)
class NotGranted:
    """A requested value is missing in the resulting configuration.

    Attributes:
        config: name of the resulting ``.config``.
        is_set: whether it sets the symbol.
        cause: what Kconfig does to the value if it is added to the configuration; ``None`` if not known.
    """

    config: str
    is_set: bool
    cause: Override | Ungranted | None


@dataclass(frozen=True, slots=True)
class OutOfTime:
    """It was not decided in so many seconds whether Kconfig can produce a combination."""

    seconds: float


@dataclass(frozen=True, slots=True)
class UndecidedValue:
    """Whether Kconfig keeps a value, or can produce a combination, depends on unanswered compiler probes."""

    probes: tuple[ProbeOperand, ...]


@dataclass(frozen=True, slots=True)
class PatchedKernel:
    """The fragment of a release rejects values of a kernel whose own Kconfig is patched.

    Attributes:
        signs: why it is known to be patched; at least one.
        symbols: the symbols whose values the fragment rejects, in the order of the findings.
    """

    signs: tuple[PatchSign, ...]
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnlistedFindings:
    """How many findings of one kind, by its id, are not listed."""

    kind: str
    count: int


FindingReason = (
    UnreadableText  # syntax
    | RequestedValue  # reassigned, fragment-lost, wrong-type: the line that counts instead
    | OutsideRanges  # out-of-range
    | Override  # out-of-range, unmet-dependency, choice-conflict, overridden
    | NotGranted  # not-got
    | Combination  # unreachable
    | Boot  # unsafe: its first fault
    | Gap  # unknown
    | OutOfTime  # unknown: not decided in time
    | UndecidedValue  # unknown: it depends on compiler probes without an answer
    | PatchedKernel  # unknown
    | KernelVersion  # unknown: its memory initialisation is not described
    | UnlistedFindings  # more
    | None  # all else is in the finding
)
