# SPDX-License-Identifier: GPL-2.0-only
"""A kernel: a release and the set of named changes that decide what it does at memory initialisation.

The other modules call ``kernel.has("...")`` and never compare version numbers. The newest kernel is the
straight path. A release is *described* when its sources were read, or when it lies between two releases whose
sources were read and agree. Every other release is refused.
"""

from dataclasses import dataclass
from functools import cache
from typing import Self

from explorer.boot.change import within
from explorer.boot.changes import CHANGES
from explorer.errors import InputError
from explorer.version import KernelVersion

__all__ = ["DESCRIBED", "Kernel", "described_releases", "is_described"]

# Every series was read, or lies between two that agree, stable releases included: docs/backports.md and
# kconfig/README.md say what was read.
DESCRIBED: tuple[str, ...] = ("4.10..7.2",)


@dataclass(frozen=True, slots=True)
class Kernel:
    """A release with what it does.

    Attributes:
        version: the release.
        changes: names of the changes of ``CHANGES`` that it contains.
    """

    version: KernelVersion
    changes: frozenset[str]

    @classmethod
    def of(cls, version: KernelVersion) -> Self:
        """Return the kernel of a release as it was released.

        Raises:
            InputError: the release is not described.
        """
        return cls(version, _changes_of(version))

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
