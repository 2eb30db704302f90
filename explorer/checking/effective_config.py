# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration that files request, and the effective one, which is built from them.

1. A symbol that the files do not set has the value that Kconfig computes. In the effective configuration an
   undefined symbol is n.
2. An invalid value requests nothing, and neither does a value that changes only because another is invalid or
   because a fragment changes its base: such files are not unreachable.
3. A part of a configuration may leave open what its symbols depend on, since another part may set it: these
   symbols have the requested values. The four symbols are an exception.
4. In the file of a patched kernel, the values that only the fragment of its release rejects are those of the
   file, which the kernel's own Kconfig computed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from explorer.checking.findings import FindingKind
from explorer.checking.rejected_values import RejectedValues
from explorer.configuration import Tree
from explorer.study.matrix import FOUR

__all__ = ["EffectiveConfig", "effective_config_of"]


@dataclass(frozen=True, slots=True)
class EffectiveConfig:
    """Two configurations, symbol to value.

    Attributes:
        requested: the one that the files request.
        built: the effective one.
        left_open: values of the effective one that do not follow from the answers.
        tolerated: symbols whose requested value may change without making the files unreachable.
    """

    requested: Mapping[str, str]
    built: Mapping[str, str]
    left_open: Mapping[str, str]
    tolerated: frozenset[str]


def effective_config_of(rejected: RejectedValues, doubted: Collection[str] = ()) -> EffectiveConfig:
    """The configurations that files request and give.

    Args:
        rejected: the values that Kconfig does not keep.
        doubted: symbols whose rejection does not hold, because the kernel is patched.
    """
    tree, ignored = rejected.evaluation.tree, _ignored(rejected)
    requested = dict(rejected.values) | {
        name: _as_read(tree, name, setting.value)
        for name, setting in rejected.requested.items()
        if name not in ignored
    }
    left_open = {name: requested[name] for name in (*_left_open(rejected), *doubted)}
    return EffectiveConfig(requested, dict(rejected.values) | left_open, left_open, ignored.union(left_open))


def _ignored(rejected: RejectedValues) -> frozenset[str]:
    """The symbols whose values change only because another is invalid, or because of a fragment."""
    invalid = {finding.symbol for finding in rejected.findings if finding.id is FindingKind.WRONG_TYPE}
    invalid -= rejected.requested.keys()
    return rejected.moved | {
        finding.symbol
        for finding in rejected.findings
        if finding.follows_from and invalid.issuperset(finding.follows_from)
    }


def _as_read(tree: Tree, name: str, value: str) -> str:
    """A value as Kconfig reads it: of a bool or tristate only the first letter (``yes``, ``y"``)."""
    return value[:1] if tree.defines(name) and tree.is_logical(name) else str(value)


def _left_open(rejected: RejectedValues) -> list[str]:
    """The symbols of a part of a configuration whose dependencies it leaves open."""
    if "ARM64" in rejected.requested:
        return []
    unmet = [finding.symbol for finding in rejected.findings if finding.id is FindingKind.UNMET_DEPENDENCY]
    return [name for name in unmet if name not in FOUR]
