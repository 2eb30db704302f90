# SPDX-License-Identifier: GPL-2.0-or-later
"""A named change to the kernel: the releases and commits that have it, and what it changes.

A *change* is one commit or a small series. Most change what the kernel does; some change what arm64's Kconfig
can produce, and hold the definition before and after as lines. ``explorer.boot.changes`` lists them all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from explorer.version import KernelVersion

__all__ = ["Change", "Commit", "Redefinition", "within"]


class Commit(NamedTuple):
    """A commit of the mainline kernel.

    Attributes:
        id: its first 12 hexadecimal digits.
        subject: its subject line.
        release: the first mainline release that contains it, without ``-rc``.
    """

    id: str
    subject: str
    release: str

    def __str__(self) -> str:
        return f'commit {self.id} ("{self.subject}") (in v{self.release})'


@dataclass(frozen=True, slots=True)
class Redefinition:
    """What a change does to arm64's own definition of a Kconfig symbol.

    Attributes:
        symbol: its name.
        before: the lines of the definition before, without ``config``; empty where arm64 had none.
        after: the lines since; empty where arm64 has none any more.
    """

    symbol: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One change to the kernel.

    Attributes:
        name: the name, as in ``kernel.has(name)``.
        releases: the releases that contain it: ``first`` (from that release on), ``first..last`` (both
            included; a last release without stable number means its whole series) or ``=release`` (only that
            one). The span of mainline comes first, those of stable series follow.
        commits: the commit that made the change; a second one where it was reverted and made again.
        effect: what memory initialisation does since then.
        needs: names of the changes without which this one has no effect here.
        replaces: names of the changes that it replaces.
        definitions: the Kconfig definitions that it changes.
        bound: why it cannot be switched by itself; empty if it can.
        beside: what else a backport needs that memory initialisation does not depend on; may be empty.
        related: further commits of the same series: prerequisites and corrections of their own.
    """

    name: str
    releases: tuple[str, ...]
    commits: tuple[Commit, ...]
    effect: str
    needs: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    definitions: tuple[Redefinition, ...] = ()
    bound: str = ""
    beside: str = ""
    related: tuple[Commit, ...] = ()

    @property
    def series(self) -> tuple[Commit, ...]:
        """The commits that name the change."""
        return self.commits + self.related

    @property
    def label(self) -> str:
        """Its name and the ids of its commits."""
        return f"{self.name} ({' and again '.join(commit.id for commit in self.commits)})"

    def in_force(self, version: KernelVersion) -> bool:
        """Whether the release contains the change."""
        return any(within(version, span) for span in self.releases)

    @property
    def is_backported(self) -> bool:
        """Whether a stable series took it after its first release."""
        return any(_first(span).stable for span in self.releases)

    @property
    def mainline(self) -> KernelVersion:
        """The mainline release that contains it first."""
        return KernelVersion.parse(self.commits[0].release)

    @property
    def first(self) -> KernelVersion:
        """The first release that contains it, stable releases included."""
        return min(_first(span) for span in self.releases)

    @property
    def borders(self) -> frozenset[KernelVersion]:
        """The releases that are the first with it, or the first without it again, in their own series."""
        return frozenset(border for span in self.releases for border in _borders(span))

    def begun(self, version: KernelVersion) -> bool:
        """Whether this release or an earlier one contains it."""
        return version.has_reached(self.first)

    def is_over(self, version: KernelVersion) -> bool:
        """Whether neither this release nor any later one contains it."""
        return not self.in_force(version) and all(version.has_reached(_first(span)) for span in self.releases)


def within(version: KernelVersion, span: str) -> bool:
    """Whether a version lies in a span of releases, written as ``Change.releases`` explains."""
    first = _first(span)
    if span.startswith("="):
        return first in {version, version.judged_as}
    _, dots, last = span.partition("..")
    if not version.has_reached(first):
        return False
    if not dots:
        return True
    end = KernelVersion.parse(last)
    return version <= end or (end == KernelVersion(*end.series) and version.series == end.series)


def _borders(span: str) -> Iterator[KernelVersion]:
    """The first release of a span, and the first stable release after it."""
    yield _first(span)
    last = KernelVersion.parse(span.lstrip("=").rpartition("..")[2])
    if last.stable and not last.is_candidate:
        yield replace(last, stable=last.stable + 1)


def _first(span: str) -> KernelVersion:
    return KernelVersion.parse(span.lstrip("=").partition("..")[0])
