# SPDX-License-Identifier: GPL-2.0-only
"""Which findings follow from others, and go when those are mended; and which from what fragments ask for.

A value that is not kept can be the reason for the next: ``NUMA=banana`` makes NUMA n, and so ACPI_NUMA n.
The statements behind a finding name such symbols, and that is a guess. It is true where Kconfig keeps the
value as soon as the roots have theirs, and so that is computed: the roots are held at what was asked for,
by whatever means, and what is not kept then stands on its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from explorer.checking.findings import Finding, Severity, SuggestedFix
from explorer.configuration import DotConfig, Tree
from explorer.configuration.queries.overrides import keeps
from explorer.configuration.tree.toolchain_override import forced_values

__all__ = ["moved", "rooted"]

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
    return replace(
        finding, severity=Severity.NOTE, follows_from=names, fix=SuggestedFix(f"mend {', '.join(names)}")
    )


def _confirmed(
    tree: Tree, given: Sequence[tuple[str, str]], wished: Mapping[str, str], found: Sequence[Finding]
) -> frozenset[str]:
    """The symbols that are kept once the roots have the values wished for."""
    chosen = [(name, value) for name, value in wished.items() if tree.kconfig.syms[name].choice]
    if chosen:
        tree.answer([*given, *chosen])
    with forced_values(tree, {name: value for name, value in wished.items() if (name, value) not in chosen}):
        true = frozenset(each.symbol for each in found if keeps(tree, each.symbol, each.asked))
    if chosen:
        tree.answer(given)
    return true


def moved(
    tree: Tree, base: DotConfig, fragments: Sequence[DotConfig], found: Sequence[Finding]
) -> dict[str, tuple[str, ...]]:
    """The symbols of a base that it keeps alone and the fragments move, with what of the fragments does it.

    That is what fragments are for: without NUMA there is no NODES_SHIFT, and nobody asked for both.

    Args:
        tree: the tree; it has other answers afterwards.
        base: the file that the fragments are merged over, as Kconfig hears it alone.
        fragments: the others.
        found: what is not kept.
    """
    tree.answer((setting.symbol, setting.value) for setting in base.settings)
    alone = base.values
    asked = {name: value for fragment in fragments for name, value in fragment.values.items()}
    news = {name for name, value in asked.items() if not (tree.defines(name) and keeps(tree, name, value))}
    parents = {each.symbol: _mentioned(each) for each in found}
    return {
        each.symbol: tuple(sorted(_reached(parents, each.symbol) & news or news))
        for each in found
        if each.file == base.source
        and each.id in {*_FOLLOW, "choice-conflict", "out-of-range"}
        and keeps(tree, each.symbol, alone[each.symbol])
    }


def _reached(parents: Mapping[str, frozenset[str]], name: str) -> frozenset[str]:
    """The symbols that the statements behind a finding lead to."""
    seen, todo = {name}, [name]
    while todo:
        above = parents.get(todo.pop(), frozenset())
        todo += above - seen
        seen |= above
    return frozenset(seen)


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
        ends = (other for other in _reached(parents, name) if not parents[other])
        roots[name] = frozenset(ends) - {name}
    return roots


def _mentioned(finding: Finding) -> frozenset[str]:
    """The symbols whose values stand beside the causes of a finding."""
    words = (word for cause in finding.causes for word in cause.because.split(", "))
    return frozenset(word.partition("=")[0] for word in words)
