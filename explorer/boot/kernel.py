# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel: a release and the set of named changes that decide what it does at memory initialisation.

The other modules call ``kernel.has("...")`` and never compare version numbers. The newest kernel is the
straight path. A release is *described* when its sources were read, or when it lies between two releases whose
sources were read and agree.

The sources of a checkout tell more than its number: ``Kernel.read`` takes each change from them that they
show (``source_marks``). The others are as in the release; in a release newer than the described ones they are
open, and ``simulate`` finds out whether they matter. Older releases are refused.
"""

from dataclasses import dataclass
from functools import cache
from typing import Self

from explorer.boot.change import within
from explorer.boot.changes import CHANGES
from explorer.boot.source_marks import MARKS, Reader, changes_shown
from explorer.errors import InputError
from explorer.version import KernelVersion

__all__ = ["DESCRIBED", "MOST_OPEN", "Kernel", "described_releases", "is_described"]

# Every series was read, or lies between two that agree, stable releases included: docs/backports.md and
# kconfig/README.md say what was read.
DESCRIBED: tuple[str, ...] = ("4.10..7.2",)

MOST_OPEN = 20
"""The most open changes of a kernel: each pair of them is booted."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A release with what it does.

    Attributes:
        version: the release.
        changes: names of the changes of ``CHANGES`` that it contains.
        open: names of the changes of which it is not known whether it contains them.
    """

    version: KernelVersion
    changes: frozenset[str]
    open: frozenset[str] = frozenset()

    @classmethod
    def of(cls, version: KernelVersion) -> Self:
        """Return the kernel of a release as it was released.

        Raises:
            InputError: the release is not described.
        """
        return cls(version, _changes_of(version))

    @classmethod
    def read(cls, version: KernelVersion, read: Reader) -> Self:
        """Return the kernel of a checkout, with the changes that its sources show.

        Args:
            version: the release that its Makefile names.
            read: returns the text of a file of the checkout; ``None`` without such a file.

        Raises:
            InputError: the release is older than the described ones or cannot exist; or it is newer, and the
                sources leave more than ``MOST_OPEN`` changes open.
        """
        shown = changes_shown(read)
        unseen = frozenset(MARKS).difference(shown)
        is_newer = version.exists and version > _newest_described()
        is_told = is_newer and len(unseen) <= MOST_OPEN
        released = _changes_of(_newest_described() if is_told else version)
        there = frozenset(name for name, is_there in shown.items() if is_there)
        return cls(version, released.difference(shown) | there, unseen if is_told else frozenset())

    def has(self, change: str) -> bool:
        """Whether the kernel contains a change, given by its name in ``CHANGES``."""
        return change in self.changes


def is_described(version: KernelVersion) -> bool:
    """Whether the memory initialisation of a release is described."""
    return version.exists and any(within(version, span) for span in DESCRIBED)


def described_releases(version: KernelVersion) -> str:
    """The described releases, for the message that refuses a release."""
    described = f"described are {', '.join(_span_words(span) for span in DESCRIBED)}"
    return version.followed_by or described


def _newest_described() -> KernelVersion:
    """Return the last described release; of its series the first release."""
    return KernelVersion.parse(DESCRIBED[-1].partition("..")[2])


@cache
def _changes_of(version: KernelVersion) -> frozenset[str]:
    """Return the names of the changes of a release."""
    if not is_described(version):
        raise InputError(
            f"what kernel {version} does at memory initialisation is not described",
            parameter="kernel",
            hint=described_releases(version),
        )
    return frozenset(change.name for change in CHANGES if change.in_force(version))


def _span_words(span: str) -> str:
    """Return a span of releases for a message."""
    first, _, last = span.lstrip("=").partition("..")
    return f"{first} to {last}" if last and last != first else first
