# SPDX-License-Identifier: GPL-2.0-or-later
"""Words for what the sources of a checkout show beside its release."""

from collections.abc import Iterator

from explorer.boot import CHANGES
from explorer.study.tree_kernel import SourcesTell

__all__ = ["source_notes"]

_LABELS = {change.name: change.label for change in CHANGES}


def source_notes(tell: SourcesTell) -> Iterator[str]:
    """A note for each way in which the kernel of a checkout differs from what its release says."""
    if tell.added:
        yield f"its sources have changes that its release lacks: {_listed(tell.added)}"
    if tell.missing:
        yield f"its sources lack changes that its release has: {_listed(tell.missing)}"
    if tell.is_newer:
        yield (
            "it is newer than the described releases: the known changes are read from its sources, and later "
            "changes are not known"
        )
    if tell.open:
        yield f"its sources do not show whether it has: {_listed(tell.open)}"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(_LABELS[name] for name in names)
