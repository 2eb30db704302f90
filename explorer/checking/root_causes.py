# SPDX-License-Identifier: GPL-2.0-only
"""Which findings follow from others, and which from the fragments that are merged over a base.

A value that Kconfig does not keep can cause the next: ``NUMA=banana`` makes NUMA n, and that makes ACPI_NUMA
n. The causes of a finding name candidates for its roots. An evaluation confirms them: the roots are forced to
their requested values, and the finding follows from them if Kconfig then keeps its value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from explorer.checking.findings import Finding, FindingKind, Severity
from explorer.checking.fixes import FixAction, SuggestedFix
from explorer.configuration import DotConfig, Tree
from explorer.configuration.queries.overrides import keeps
from explorer.configuration.tree.evaluation import Evaluation

__all__ = ["moved_by_fragments", "with_root_causes"]

_FOLLOW = frozenset({FindingKind.OVERRIDDEN, FindingKind.UNMET_DEPENDENCY})
_MOVE = _FOLLOW | {FindingKind.CHOICE_CONFLICT, FindingKind.OUT_OF_RANGE}
_Answers = Sequence[tuple[str, str]]


def with_root_causes(evaluation: Evaluation, answers: _Answers, findings: Sequence[Finding]) -> list[Finding]:
    """The findings; those that follow from others are notes and name them.

    Args:
        evaluation: the values under the answers.
        answers: symbol and value in the order of the files.
        findings: the values that Kconfig does not keep.
    """
    roots = {symbol: ends for symbol, ends in _roots(findings).items() if ends}
    if not roots:
        return list(findings)
    all_roots = frozenset().union(*roots.values())
    fixed = {
        finding.symbol: _fixed_value(evaluation.tree, finding)
        for finding in findings
        if finding.symbol in all_roots
    }
    after = _with_forced(evaluation.tree, answers, fixed)
    return [
        _following(finding, roots[finding.symbol])
        if finding.symbol in roots and keeps(after, finding.symbol, finding.requested)
        else finding
        for finding in findings
    ]


def _following(finding: Finding, roots: frozenset[str]) -> Finding:
    if finding.id not in _FOLLOW:
        return finding
    names = tuple(sorted(roots))
    fix = SuggestedFix(FixAction.FIX_ROOT_CAUSES)
    return replace(finding, severity=Severity.NOTE, follows_from=names, fix=fix)


def _with_forced(tree: Tree, answers: _Answers, values: Mapping[str, str]) -> Evaluation:
    """The values if some symbols have theirs in any case; a member of a choice is answered instead."""
    chosen = {name: value for name, value in values.items() if tree.engine.kconfig.syms[name].choice}
    forced = {name: value for name, value in values.items() if name not in chosen}
    return Evaluation(tree, [*answers, *chosen.items()], forced=forced)


def _fixed_value(tree: Tree, root: Finding) -> str:
    """The value of a root once it is fixed; if unknown, the opposite of what Kconfig computes."""
    if tree.is_logical(root.symbol):
        if root.id is FindingKind.WRONG_TYPE:
            return "y" if root.becomes == "n" else "n"
        return root.requested[:1]
    return root.requested if tree.accepts(root.symbol, root.requested) else root.becomes


def moved_by_fragments(
    tree: Tree, base: DotConfig, fragments: Sequence[DotConfig], findings: Sequence[Finding]
) -> dict[str, tuple[str, ...]]:
    """The symbols that a base alone keeps and that fragments change, with the symbols of the fragments.

    Fragments are meant to do that: without NUMA there is no NODES_SHIFT.

    Args:
        tree: the tree.
        base: the file that the fragments are merged over, as Kconfig reads it alone.
        fragments: the others.
        findings: the values that Kconfig does not keep.
    """
    alone = Evaluation(tree, [(setting.symbol, setting.value) for setting in base.settings])
    own = base.values
    requested = {name: value for fragment in fragments for name, value in fragment.values.items()}
    new = {
        name for name, value in requested.items() if not (tree.defines(name) and keeps(alone, name, value))
    }
    parents = {finding.symbol: _symbols_of_causes(finding) for finding in findings}
    return {
        finding.symbol: tuple(sorted(_ancestors(parents, finding.symbol) & new or new))
        for finding in findings
        if finding.file == base.source
        and finding.id in _MOVE
        and keeps(alone, finding.symbol, own[finding.symbol])
    }


def _roots(findings: Sequence[Finding]) -> dict[str, frozenset[str]]:
    """Symbol to the symbols with findings of their own that its causes lead to."""
    symbols = frozenset(finding.symbol for finding in findings)
    parents = {
        finding.symbol: (_symbols_of_causes(finding) & symbols) - {finding.symbol} for finding in findings
    }
    return {
        name: frozenset(other for other in _ancestors(parents, name) if not parents[other]) - {name}
        for name in parents
    }


def _ancestors(parents: Mapping[str, frozenset[str]], name: str) -> frozenset[str]:
    """The symbols that the causes lead to from one symbol, itself included."""
    seen, pending = {name}, [name]
    while pending:
        unseen = parents.get(pending.pop(), frozenset()) - seen
        pending += unseen
        seen |= unseen
    return frozenset(seen)


def _symbols_of_causes(finding: Finding) -> frozenset[str]:
    """The symbols whose values make the causes decide; that a choice has one member only explains nothing."""
    return frozenset(
        value.symbol for cause in finding.causes if not cause.exclusive for value in cause.values
    )
