# SPDX-License-Identifier: GPL-2.0-only
"""The reasons of findings, one class for each form of data that a kind of finding needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from explorer.boot import Boot, Gap
from explorer.checking.settings import RequestedValue
from explorer.configuration.queries.overrides import Override
from explorer.version import KernelVersion

__all__ = [
    "FatalBoot",
    "FindingReason",
    "LineFault",
    "NotGranted",
    "OutsideRanges",
    "SetLater",
    "UndefinedSymbol",
    "UndescribedRelease",
    "Ungranted",
    "UnlistedFindings",
    "UnmodelledSymbol",
    "UnreachableCombination",
    "UnreadableText",
    "WrongType",
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


@dataclass(frozen=True, slots=True)
class SetLater:
    """A later line sets the same symbol."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class UndefinedSymbol:
    """The tree does not define the symbol; ``near`` is a defined one with nearly the same name, or empty."""

    near: str = ""


@dataclass(frozen=True, slots=True)
class WrongType:
    """A value does not fit the symbol's type; ``counting`` is the earlier line that counts, if any."""

    counting: RequestedValue | None


@dataclass(frozen=True, slots=True)
class OutsideRanges:
    """A number is outside every range, each from lowest to highest value; Kconfig drops it if not visible."""

    ranges: tuple[tuple[str, str], ...]
    is_visible: bool


class Ungranted(Enum):
    """Why a requested value is missing, where Kconfig did not override it."""

    GRANTABLE = auto()
    UNDEFINED = auto()
    NOT_EXAMINED = auto()


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
class UnreachableCombination:
    """No answers give these values; ``undefined`` are the symbols of it that the tree does not define."""

    values: Mapping[str, str]
    undefined: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FatalBoot:
    """The kernel does not survive; its first fault is the one that is reported."""

    boot: Boot


@dataclass(frozen=True, slots=True)
class UnmodelledSymbol:
    """The simulator does not model what a symbol does in this kernel."""

    gap: Gap


@dataclass(frozen=True, slots=True)
class UndescribedRelease:
    """The memory initialisation of the release is not described."""

    release: KernelVersion


@dataclass(frozen=True, slots=True)
class UnlistedFindings:
    """Further findings of one kind, by its id."""

    kind: str
    count: int


FindingReason = (
    UnreadableText
    | SetLater
    | UndefinedSymbol
    | WrongType
    | OutsideRanges
    | Override
    | NotGranted
    | UnreachableCombination
    | FatalBoot
    | UnmodelledSymbol
    | UndescribedRelease
    | UnlistedFindings
    | None
)
"""``None`` for an unmet select: its causes are the reason."""
