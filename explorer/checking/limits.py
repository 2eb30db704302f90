# SPDX-License-Identifier: GPL-2.0-only
"""Limits of a judgement as data: what was not judged, and what was taken from somebody's word."""

from dataclasses import dataclass

from explorer.version import KernelVersion

__all__ = [
    "AssumedRelease",
    "EmptyRequest",
    "Limit",
    "OtherHeader",
    "OtherTree",
    "PartOfConfig",
    "RecordedToolchain",
    "UnjudgedSymbols",
    "UnsearchedFixes",
]


@dataclass(frozen=True, slots=True)
class OtherTree:
    """The tree is of another release than the one whose memory initialisation was booted."""

    label: str
    release: KernelVersion | None
    booted: KernelVersion


@dataclass(frozen=True, slots=True)
class OtherHeader:
    """The header names another release; the judged one was named by the user, or is the tree's."""

    header: str
    judged: KernelVersion
    named_by_user: bool


@dataclass(frozen=True, slots=True)
class AssumedRelease:
    """The header names the release of a distribution, whose source may hold later changes."""

    header: str


@dataclass(frozen=True, slots=True)
class UnjudgedSymbols:
    """How many of the requested symbols the shipped fragment does not define."""

    count: int
    requested: int
    label: str


@dataclass(frozen=True, slots=True)
class UnsearchedFixes:
    """For how many findings no smallest fix was searched."""

    count: int


@dataclass(frozen=True, slots=True)
class RecordedToolchain:
    """How many symbols that compiler checks decide have the values that the file records."""

    count: int


@dataclass(frozen=True, slots=True)
class PartOfConfig:
    """The file is a part of a configuration."""


@dataclass(frozen=True, slots=True)
class EmptyRequest:
    """A requested fragment sets no symbol."""

    file: str


Limit = (
    OtherTree
    | OtherHeader
    | AssumedRelease
    | UnjudgedSymbols
    | UnsearchedFixes
    | RecordedToolchain
    | PartOfConfig
    | EmptyRequest
)
