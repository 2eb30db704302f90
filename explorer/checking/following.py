# SPDX-License-Identifier: GPL-2.0-only
"""Which findings follow from others, and go when those are mended.

A value that is not kept can be the reason for the next: ``NUMA=banana`` makes NUMA n, and so ACPI_NUMA n.
The statements behind a finding name such symbols, and that is a guess. It is true where Kconfig keeps the
value as soon as the roots have theirs, and so that is computed: the roots are held at what was asked for,
by whatever means, and what is not kept then stands on its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from explorer.checking.findings import Finding, Fix, Severity
from explorer.configuration import Tree
from explorer.configuration.as_recorded import supposed
from explorer.configuration.unkept import keeps

__all__ = ["rooted"]

_FOLLOW = frozenset({"overridden", "unmet-dependency"})


def rooted(tree: Tree, given: Iterable[tuple[str, str]], found: Sequence[Finding]) -> list[Finding]:
    """The findings; those that follow from others say from which, and become notes.

    Args:
        tree: the tree; it has been given these answers, and has them afterwards.
        given: symbol and value in the order of the files.
        found: what is not kept.
    """
    roots = {name: ends for name, ends in _roots(found).items() if ends}
    if not roots:
        return list(found)
    ends = frozenset().union(*roots.values())
    wished = {each.symbol: _wished(tree, each) for each in found if each.symbol in ends}
    true = _confirmed(tree, list(given), wished, [each for each in found if each.symbol in roots])
    return [_following(each, roots[each.symbol]) if each.symbol in true else each for each in found]


def _following(finding: Finding, roots: frozenset[str]) -> Finding:
    names = tuple(sorted(roots))
    if finding.id not in _FOLLOW:
        return finding
    return replace(finding, severity=Severity.NOTE, follows_from=names, fix=Fix(f"mend {', '.join(names)}"))


def _confirmed(
    tree: Tree, given: Sequence[tuple[str, str]], wished: Mapping[str, str], found: Sequence[Finding]
) -> frozenset[str]:
    """The symbols that are kept once the roots have the values wished for."""
    chosen = [(name, value) for name, value in wished.items() if tree.kconfig.syms[name].choice]
    if chosen:
        tree.answer([*given, *chosen])
    with supposed(tree, {name: value for name, value in wished.items() if (name, value) not in chosen}):
        true = frozenset(each.symbol for each in found if keeps(tree, each.symbol, each.asked))
    if chosen:
        tree.answer(given)
    return true


def _wished(tree: Tree, root: Finding) -> str:
    """What a root is when it is mended; where nobody knows, the opposite of what Kconfig makes of it."""
    if tree.is_logical(root.symbol):
        if root.id == "wrong-type":
            return "y" if root.becomes == "n" else "n"
        return root.asked[:1]
    return root.asked if tree.takes(root.symbol, str(root.asked)) else root.becomes


def _roots(found: Sequence[Finding]) -> dict[str, frozenset[str]]:
    """Symbol to the symbols with findings of their own that its statements lead to."""
    parents = {finding.symbol: _mentioned(finding) for finding in found}
    changed = frozenset(parents)
    parents = {name: (names & changed) - {name} for name, names in parents.items()}
    roots: dict[str, frozenset[str]] = {}
    for name in parents:
        seen, todo, ends = {name}, [name], set()
        while todo:
            above = parents[here := todo.pop()]
            if not above and here != name:
                ends.add(here)
            todo += above - seen
            seen |= above
        roots[name] = frozenset(ends)
    return roots


def _mentioned(finding: Finding) -> frozenset[str]:
    """The symbols whose values stand beside the causes of a finding."""
    words = (word for cause in finding.causes for word in cause.because.split(", "))
    return frozenset(word.partition("=")[0] for word in words)
