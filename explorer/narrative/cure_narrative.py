# SPDX-License-Identifier: GPL-2.0-or-later
"""What makes an unsafe boot safe, in a few words: answers in this kernel, or a later release."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from explorer.version import KernelVersion

__all__ = ["cure_words"]


def cure_words(
    cure: Mapping[str, Any] | None, later: Iterable[Mapping[str, Any] | None], none: str = "none is known"
) -> str:
    """Return the cures as alternatives, such as ``NUMA=y, or commit f52bb98f5ade (in 4.18.7)``.

    Args:
        cure: the ``cure`` of a document: its ``changes`` are the answers that make the kernel safe.
        later: the ``later`` of each unsafe boot: the release in which the same answers are safe.
        none: the words where nothing is known.
    """
    ways = [" and ".join(f"{name}={value}" for name, value in cure["changes"].items())] if cure else []
    ways += _later_words({_release(entry) for entry in later if entry})
    return ", or ".join(ways) or none


def _release(entry: Mapping[str, Any]) -> tuple[str, str]:
    """The name of a release, and the commit that alone makes the kernel safe; empty if none does."""
    cause = entry["cause"]
    return entry["release"], cause["commit"] if cause and cause["suffices"] else ""


def _later_words(later: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The releases, oldest first; those without a known commit in one phrase."""
    ordered = sorted(later, key=lambda entry: KernelVersion.parse(entry[0]))
    yield from (f"commit {commit} (in {release})" for release, commit in ordered if commit)
    if releases := [release for release, commit in ordered if not commit]:
        yield f"Linux {' or '.join(releases)}"
