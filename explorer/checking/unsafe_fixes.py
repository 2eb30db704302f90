# SPDX-License-Identifier: GPL-2.0-only
"""What would save an unsafe kernel, in words: the fewest other answers, or the fewest known changes.

``explorer.study.cure_search`` finds the answers, ``explorer.study.backport`` the changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.checking.findings import SuggestedFix
from explorer.configuration import Tree, config_fragment
from explorer.study.backport import SmallestBackports

__all__ = ["UnsafeFix", "cured"]


@dataclass(frozen=True, slots=True)
class UnsafeFix:
    """What would save a kernel.

    Attributes:
        answers: the fewest that do, symbol to value; empty where none are known.
        fix: the ways out in words; ``None`` where none is known.
    """

    answers: Mapping[str, str]
    fix: SuggestedFix | None


def cured(answers: Mapping[str, str] | None, changes: SmallestBackports, tree: Tree) -> UnsafeFix:
    """Both ways out as one fix; its fragment holds the answers, for no ``.config`` applies a change."""
    ways = []
    if answers:
        ways.append(f"set {', '.join(f'{name}={value}' for name, value in answers.items())}")
    if changes.fixes:
        labels = ", ".join(change.label for change in changes.fixes[0].changes)
        ways.append(f"apply {labels} to the kernel")
    if not ways:
        return UnsafeFix({}, None)
    words = (
        f"{', or '.join(ways)}: with {'either' if len(ways) > 1 else 'it'} it survives on every machine named"
    )
    return UnsafeFix(answers or {}, SuggestedFix(words, config_fragment(tree, answers or {})))
