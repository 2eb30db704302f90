# SPDX-License-Identifier: GPL-2.0-only
"""What a shell offers for an option's value: the names that exist here. Where none fits, it offers files."""

from collections.abc import Iterable

from explorer.boot import CHANGES
from explorer.configuration import fragment_spans
from explorer.machine import all_shipped_maps
from explorer.version import KernelVersion

__all__ = ["changes", "kernels", "maps"]

_LAST_OF = {4: 20, 5: 19}
"""The minor number that ended a major one; the next release was MAJOR+1.0."""


def kernels(incomplete: str) -> list[str]:
    """Releases that a fragment describes, oldest first."""
    spans = fragment_spans()
    newest = spans[-1].last
    found = {version for span in spans for version in (span.first, span.last)}
    for major in range(spans[0].first.major, newest.major + 1):
        for minor in range(_LAST_OF.get(major, newest.minor) + 1):
            version = KernelVersion(major, minor)
            if any(span.holds(version) for span in spans):
                found.add(version)
    return _beginning(incomplete, map(str, sorted(found)))


def maps(incomplete: str) -> list[str]:
    """Shipped memory maps."""
    return _beginning(incomplete, (shipped.name for shipped in all_shipped_maps()))


def changes(incomplete: str) -> list[str]:
    """Known changes that can be switched, by commit and by name."""
    switched = [change for change in CHANGES if not change.bound]
    commits = [commit for change in switched for commit in (change.commit, change.again) if commit]
    return _beginning(incomplete, [*commits, *(change.name for change in switched)])


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
