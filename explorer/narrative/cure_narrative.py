# SPDX-License-Identifier: GPL-2.0-or-later
"""What makes an unsafe cell safe, in a few words: answers in this kernel, or a later release."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from explorer.version import KernelVersion

__all__ = ["LaterRelease", "cure_words"]


class LaterRelease(NamedTuple):
    """The first later release in which the same answers are safe.

    Attributes:
        release: its name.
        commit: the commit that makes the difference; empty if none is known.
    """

    release: str
    commit: str


def cure_words(answers: Mapping[str, str], later: Iterable[LaterRelease]) -> str:
    """Return the cures as alternatives, such as ``NUMA=y, or commit f52bb98f5ade (in 4.18.7)``.

    Args:
        answers: the answers that make the kernel safe; empty if none are known.
        later: for each unsafe cell, the release in which it is safe; cells may share one.
    """
    ways = [" and ".join(f"{name}={value}" for name, value in answers.items())] if answers else []
    ways += _later_words(sorted(set(later), key=lambda entry: KernelVersion.parse(entry.release)))
    return ", or ".join(ways) or "none is known"


def _later_words(later: list[LaterRelease]) -> list[str]:
    """The releases; those without a known commit in one phrase."""
    commits = [f"commit {entry.commit} (in {entry.release})" for entry in later if entry.commit]
    releases = [entry.release for entry in later if not entry.commit]
    return [*commits, *([f"Linux {' or '.join(releases)}"] if releases else [])]
