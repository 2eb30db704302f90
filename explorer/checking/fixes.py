# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixes of findings as data; ``explorer.narrative.fix_narrative`` writes the instruction and the fragment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from explorer.boot import Change
from explorer.version import KernelVersion

__all__ = ["FixAction", "OtherKernel", "SuggestedFix"]


class FixAction(Enum):
    """What to do with the line of a finding, or instead."""

    DELETE_LINE = auto()
    COMMENT_OUT = auto()
    CORRECT_LINE = auto()  # to ``text``
    CORRECT_LINE_EXACTLY = auto()  # as above; Kconfig accepts no other spaces and no further text
    RENAME_SYMBOL = auto()  # to ``symbols``
    MERGE_LAST = auto()
    MERGE_LAST_OR_SET_ONCE = auto()
    WRITE_COMPUTED = auto()  # and delete the lines of ``symbols``
    WRITE_VALUE_OF_TYPE = auto()
    WRITE_INTENDED = auto()
    WRITE_NEEDED = auto()  # what other lines of the file need
    WRITE_IN_RANGE = auto()
    CHANGE_ANSWERS = auto()  # Kconfig then computes the requested value
    FIX_ROOT_CAUSES = auto()
    REMOVE_REQUEST = auto()
    SAVE_KERNEL = auto()  # write ``values``, or apply ``changes`` to the source
    NAME_DESCRIBED_RELEASE = auto()
    GIVE_TREE = auto()  # of the kernel, which is patched


@dataclass(frozen=True, slots=True)
class OtherKernel:
    """A kernel near the judged release that keeps the values.

    Attributes:
        difference: the release that the header names, or a known change of the judged release.
        has: the kernel has the change and the release lacks it; if not, the other way round.
    """

    difference: KernelVersion | Change
    has: bool = True


@dataclass(frozen=True, slots=True)
class SuggestedFix:
    """The smallest known change that removes a finding.

    Attributes:
        action: what to do.
        values: the values that the action writes, symbol to value; ``ANY_TEXT`` for a string that must only
            not be empty.
        symbols: other symbols that the action is about.
        text: a whole line of a ``.config``.
        moved: the other symbols that change with ``values`` alone.
        pins: the answers that keep some of them as they are.
        unpinned: those that change all the same.
        changes: known changes of the kernel.
        unobtainable: the symbols whose requested values no configuration of the tree has (proven).
        by_compiler: compiler checks are among the causes of that.
        other_kernel: the kernel that the file may be of; the user knows.
    """

    action: FixAction
    values: Mapping[str, str] = field(default_factory=dict)
    symbols: tuple[str, ...] = ()
    text: str = ""
    moved: tuple[str, ...] = ()
    pins: Mapping[str, str] = field(default_factory=dict)
    unpinned: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    unobtainable: tuple[str, ...] = ()
    by_compiler: bool = False
    other_kernel: OtherKernel | None = None
