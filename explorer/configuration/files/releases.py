# SPDX-License-Identifier: GPL-2.0-or-later
"""The Kconfig fragment of each kernel release (``kconfig/spans.toml``)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Self

from explorer.errors import Argument, NotAllowedError
from explorer.resources import data_folder
from explorer.version import KernelVersion

__all__ = ["FragmentSpan", "fragment_releases", "fragment_span", "fragment_spans"]


@dataclass(frozen=True, slots=True)
class FragmentSpan:
    """A folder of ``kconfig/`` and the releases that it describes.

    Attributes:
        folder: name of the folder.
        first: first release.
        last: last release; without a stable number it includes its whole series.
        read: the trees whose definitions the folder follows.
    """

    folder: str
    first: KernelVersion
    last: KernelVersion
    read: tuple[str, ...]

    @property
    def whole_series(self) -> bool:
        """Whether it includes every stable release of its last series."""
        return self.last == KernelVersion(*self.last.series)

    def holds(self, version: KernelVersion) -> bool:
        """Whether a release lies in the span; a candidate does if its release does."""
        reached = version.exists and version.has_reached(self.first)
        return reached and (
            version <= self.last or (self.whole_series and version.series == self.last.series)
        )

    def precedes(self, other: Self) -> bool:
        """Whether no release lies between this span and a later one."""
        if other.first.series == self.last.series:
            return self.last.is_candidate or other.first.stable == self.last.stable + 1
        return self.whole_series and self.last.next_series == other.first.series


@cache
def fragment_spans() -> tuple[FragmentSpan, ...]:
    """All spans, oldest first."""
    with (data_folder("kconfig") / "spans.toml").open("rb") as file:
        entries = tomllib.load(file)["span"]
    return tuple(
        FragmentSpan(
            entry["folder"],
            KernelVersion.parse(entry["first"]),
            KernelVersion.parse(entry["last"]),
            tuple(entry["read"]),
        )
        for entry in entries
    )


def fragment_releases() -> list[KernelVersion]:
    """Every release that a fragment describes, oldest first; of stable releases only the ends of spans."""
    spans = fragment_spans()
    releases = {version for span in spans for version in (span.first, span.last)}
    series = spans[0].first.series
    while series <= spans[-1].last.series:
        version = KernelVersion(*series)
        if any(span.holds(version) for span in spans):
            releases.add(version)
        series = version.next_series
    return sorted(releases)


def release_ranges() -> list[str]:
    """The first and the last of releases without a gap between them, as ``4.10 to 5.10``, oldest first."""
    spans = fragment_spans()
    gaps = [(earlier, later) for earlier, later in pairwise(spans) if not earlier.precedes(later)]
    firsts = [spans[0].first, *(later.first for _, later in gaps)]
    lasts = [*(earlier.last for earlier, _ in gaps), spans[-1].last]
    return [
        f"{first} to {last}" if first != last else str(first)
        for first, last in zip(firsts, lasts, strict=True)
    ]


@cache
def fragment_span(version: KernelVersion) -> FragmentSpan:
    """The span that holds a release.

    Raises:
        InputError: no fragment describes it; the hint lists the releases with one.
    """
    for span in fragment_spans():
        if span.holds(version):
            return span
    known = release_ranges()
    described = f"described are {', '.join(known)}"
    raise NotAllowedError(
        f"no Kconfig fragment describes kernel {version}",
        value=version,
        allowed=known,
        parameter="kernel",
        hint=(
            f"{version.followed_by or described}: name another release, or give the kernel's ",
            Argument("tree"),
        ),
    )
