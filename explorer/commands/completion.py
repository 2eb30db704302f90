# SPDX-License-Identifier: GPL-2.0-or-later
"""What a shell offers for an option's value: the names that exist here. Where none fits, it offers files.

typer writes the scripts for the shells (``--install-completion``) and asks these functions.
"""

from collections.abc import Iterable

from explorer.boot import CHANGES
from explorer.configuration import fragment_releases
from explorer.machine import all_shipped_maps

__all__ = ["changes", "kernels", "maps"]


def kernels(incomplete: str) -> list[str]:
    """Releases that a fragment describes, oldest first."""
    return _beginning(incomplete, map(str, fragment_releases()))


def maps(incomplete: str) -> list[str]:
    """Shipped memory maps."""
    return _beginning(incomplete, (shipped.name for shipped in all_shipped_maps()))


def changes(incomplete: str) -> list[str]:
    """Known changes that can be switched, by commit and by name."""
    switched = [change for change in CHANGES if not change.bound]
    commits = [commit.id for change in switched for commit in change.commits]
    return _beginning(incomplete, [*commits, *(change.name for change in switched)])


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
