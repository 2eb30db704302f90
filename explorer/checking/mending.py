# SPDX-License-Identifier: GPL-2.0-only
"""The smallest fix of what Kconfig does not keep: the fewest answers to change so that the wish comes true.

The solver finds it and kconfiglib has computed the wish from it (``configuration.explain``). Where no
configuration of the tree has the value, that is said, and the fix is to write what Kconfig makes of it. A
search may take a second in a whole tree, so it is made for the first few findings of a file; the others keep
the plain fix.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from explorer.checking.findings import Finding, Fix
from explorer.configuration import Tree, config_fragment, explain
from explorer.errors import InputError

__all__ = ["mended"]

_MOST_SOUGHT = 5
_SOUGHT = frozenset({"unmet-dependency", "choice-conflict", "overridden"})


def mended(tree: Tree, given: Mapping[str, str], found: Sequence[Finding]) -> list[Finding]:
    """The findings, the first roots among them with their smallest fix.

    Args:
        tree: the tree.
        given: what the files ask for.
        found: what Kconfig does not keep.
    """
    sought = [each for each in found if each.id in _SOUGHT and not each.follows_from][:_MOST_SOUGHT]
    fixes = {each.symbol: fix for each in sought if (fix := _fix(tree, given, each)) is not None}
    return [
        replace(each, fix=fixes[each.symbol]) if each in sought and each.symbol in fixes else each
        for each in found
    ]


def _fix(tree: Tree, given: Mapping[str, str], finding: Finding) -> Fix | None:
    """The smallest fix; ``None`` where the logic cannot follow the tree."""
    try:
        explained = explain(tree, {finding.symbol: finding.asked}, given)
    except InputError:
        return None
    written = f"{finding.symbol}={finding.becomes or 'empty'}"
    if not explained.found.reachable:
        words = f"no configuration of this tree has {finding.symbol}={finding.asked}: write {written}"
        return Fix(words, config_fragment(tree, {finding.symbol: finding.becomes}))
    if explained.fix is None or not explained.fix.changes:
        return None
    changes = {change.symbol: change.after for change in explained.fix.changes}
    words = ", ".join(f"{name}={value}" for name, value in changes.items())
    moved = len(explained.fix.moved)
    others = f", which changes {moved} other symbol{'' if moved == 1 else 's'}" if moved else ""
    return Fix(f"for {finding.symbol}={finding.asked} set {words}{others}", config_fragment(tree, changes))
