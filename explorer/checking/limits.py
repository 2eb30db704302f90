# SPDX-License-Identifier: GPL-2.0-or-later
"""Limits of a judgement as data: what was not judged, and what was taken from somebody's word."""

from dataclasses import dataclass
from enum import Enum, auto

from explorer.study.tree_kernel import SourcesTell
from explorer.version import KernelVersion

__all__ = ["Limit", "LimitKind"]


class LimitKind(Enum):
    """The kinds of limits; ``name`` and ``count`` of a limit are what the comment says."""

    OTHER_TREE = auto()  # the tree is of ``release``, the booted kernel is ``judged``
    OTHER_HEADER_THAN_NAMED = auto()  # release of the header; the user named ``judged``
    OTHER_HEADER_THAN_TREE = auto()  # release of the header; the tree is of ``judged``
    RELEASE_OF_DISTRIBUTION = auto()  # release of the header
    UNJUDGED_SYMBOLS = auto()  # label of the fragment; requested symbols that it does not define
    UNSEARCHED_FIXES = auto()  # findings without a search
    FIXES_OUT_OF_TIME = auto()  # findings whose search ran out of time
    RECORDED_TOOLCHAIN = auto()  # symbols whose values the file records
    PART_OF_CONFIG = auto()
    EMPTY_REQUEST = auto()  # the fragment
    SOURCES = auto()  # the tree, and how its sources differ from its release
    NOT_SIMULATED = auto()  # program, architecture and release of the tree


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit.

    Attributes:
        kind: which one.
        name: a file, a tree, or a release as a header writes it.
        count: how many.
        total: of how many.
        release: the release of the tree.
        judged: the judged release.
        sources: what the sources of the tree show.
    """

    kind: LimitKind
    name: str = ""
    count: int = 0
    total: int = 0
    release: KernelVersion | None = None
    judged: KernelVersion | None = None
    sources: SourcesTell | None = None
