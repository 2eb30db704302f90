# SPDX-License-Identifier: GPL-2.0-only
"""The Kconfig fragment of each kernel release (``kconfig/spans.toml``)."""

import tomllib
from dataclasses import dataclass
from functools import cache

from explorer.errors import NotAllowedError
from explorer.resources import data_folder
from explorer.version import KernelVersion

__all__ = ["FragmentSpan", "fragment_releases", "fragment_span", "fragment_spans"]

_LAST_MINOR = {4: 20, 5: 19}
"""The last minor number of each major number."""


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

    def holds(self, version: KernelVersion) -> bool:
        """Whether a release lies in the span; a candidate does if its release does."""
        whole_series = self.last == KernelVersion(*self.last.series)
        return version.has_reached(self.first) and (
            version <= self.last or (whole_series and version.series == self.last.series)
        )


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
    newest = spans[-1].last
    for major in range(spans[0].first.major, newest.major + 1):
        for minor in range(_LAST_MINOR.get(major, newest.minor) + 1):
            version = KernelVersion(major, minor)
            if any(span.holds(version) for span in spans):
                releases.add(version)
    return sorted(releases)


def fragment_span(version: KernelVersion) -> FragmentSpan:
    """The span that holds a release.

    Raises:
        InputError: no fragment describes it; the hint lists the fragments.
    """
    for span in fragment_spans():
        if span.holds(version):
            return span
    known = [span.folder for span in fragment_spans()]
    raise NotAllowedError(
        f"no Kconfig fragment describes kernel {version}",
        value=version,
        allowed=known,
        parameter="kernel",
        hint=f"described are {', '.join(known)}",
    )
