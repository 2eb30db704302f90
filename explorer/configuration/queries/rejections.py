# SPDX-License-Identifier: GPL-2.0-or-later
"""All requested values that Kconfig does not keep, with their root causes.

A value that Kconfig does not keep can cause the next: ``NUMA=banana`` makes NUMA n, and that makes ACPI_NUMA
n. The causes of a rejection name candidates for its roots. An evaluation confirms them: the roots are forced
to their requested values, and the rejection follows from them if Kconfig then keeps its value.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from explorer.configuration.files.config_value import ConfigValue
from explorer.configuration.files.dotconfig import DotConfig
from explorer.configuration.queries.overrides import (
    OutsideRanges,
    Override,
    OverrideReason,
    keeps,
    outside_every_range,
    override_of,
)
from explorer.configuration.queries.provenance import Cause
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.tree import Tree

__all__ = ["Rejection", "invalid_values", "moved_by_fragments", "rejections_of"]

_CAN_FOLLOW = frozenset(
    {
        OverrideReason.UNMET,
        OverrideReason.HIDDEN,
        OverrideReason.FORCED,
        OverrideReason.IMPLIED,
        OverrideReason.DERIVED,
    }
)
_MOST_CAUSES = 2
_MOST_EXPLAINED = 1000
Settings = Sequence[tuple[str, ConfigValue]]
"""Symbol and value, in the order of the files."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A requested value that Kconfig does not keep.

    Attributes:
        symbol: its name.
        requested: the value that a file gives.
        reason: how Kconfig replaces the value; ``None`` if the value is not of the symbol's type.
        becomes: the value that Kconfig computes; empty if a ``.config`` holds none.
        is_written: a ``.config`` holds a value for the symbol.
        causes: the statements that decide, nearest first.
        follows_from: the symbols whose own rejections are the root cause.
    """

    symbol: str
    requested: ConfigValue
    reason: Override | OutsideRanges | None
    becomes: str
    is_written: bool
    causes: tuple[Cause, ...]
    follows_from: tuple[str, ...] = ()


def rejections_of(
    evaluation: Evaluation, answers: Settings, requested: Settings, invalid: Sequence[Rejection]
) -> list[Rejection]:
    """The valid requested values that Kconfig does not keep; those that follow from others name them.

    Args:
        evaluation: the values under the answers.
        answers: every setting.
        requested: the last setting of each symbol; undefined symbols are ignored.
        invalid: the settings that Kconfig drops for their values; others can follow from them.
    """
    rejections = [
        rejection
        for name, value in requested
        if evaluation.tree.defines(name) and (rejection := _rejection(evaluation, name, value))
    ]
    return _with_root_causes(evaluation, answers, rejections, invalid)


def invalid_values(evaluation: Evaluation, dropped: Settings) -> list[Rejection | None]:
    """For each setting that Kconfig drops for its value, the rejection.

    ``None`` stands for "is not set" of a string or number whose value is empty: Kconfig accepts that.
    Only the first 1,000 settings get causes.
    """
    return [
        _invalid(evaluation, name, value, explained=number < _MOST_EXPLAINED)
        for number, (name, value) in enumerate(dropped)
    ]


def _invalid(evaluation: Evaluation, name: str, value: ConfigValue, *, explained: bool) -> Rejection | None:
    if value.unset and not evaluation.value(name):
        return None
    causes = tuple(map(Cause, evaluation.tree.statements(name)))[:_MOST_CAUSES] if explained else ()
    return Rejection(name, value, None, evaluation.written(name), evaluation.is_written(name), causes)


def _rejection(evaluation: Evaluation, name: str, value: ConfigValue) -> Rejection | None:
    """The rejection of a value of the symbol's type; ``None`` if Kconfig keeps it."""
    outside, override = outside_every_range(evaluation, name, value), override_of(evaluation, name, value)
    if outside and (override is None or override.reason is not OverrideReason.RANGE):
        lines = (line for line in evaluation.tree.statements(name) if line.text.startswith("range"))
        becomes, written = evaluation.written(name), evaluation.is_written(name)
        return Rejection(name, value, outside, becomes, written, tuple(map(Cause, lines)))
    if override is None:
        return None
    return Rejection(name, value, override, override.becomes, override.is_written, override.causes)


# --- root causes ------------------------------------------------------------------------------------------


def _with_root_causes(
    evaluation: Evaluation, answers: Settings, rejections: list[Rejection], invalid: Sequence[Rejection]
) -> list[Rejection]:
    roots = {symbol: ends for symbol, ends in _roots([*invalid, *rejections]).items() if ends}
    if not roots:
        return rejections
    all_roots = frozenset().union(*roots.values())
    fixed = {
        rejection.symbol: _fixed_value(evaluation.tree, rejection)
        for rejection in (*invalid, *rejections)
        if rejection.symbol in all_roots
    }
    after = _with_forced(evaluation.tree, answers, fixed)
    return [
        replace(rejection, follows_from=tuple(sorted(roots[rejection.symbol])))
        if rejection.symbol in roots
        and _can_follow(rejection)
        and keeps(after, rejection.symbol, rejection.requested)
        else rejection
        for rejection in rejections
    ]


def _can_follow(rejection: Rejection) -> bool:
    return isinstance(rejection.reason, Override) and rejection.reason.reason in _CAN_FOLLOW


def _with_forced(tree: Tree, answers: Settings, values: Mapping[str, str]) -> Evaluation:
    """The values if some symbols have theirs in any case; a member of a choice is answered instead."""
    chosen = {name: value for name, value in values.items() if tree.engine.kconfig.syms[name].choice}
    forced = {name: value for name, value in values.items() if name not in chosen}
    return Evaluation(tree, [*answers, *chosen.items()], forced=forced)


def _fixed_value(tree: Tree, root: Rejection) -> str:
    """The value of a root once it is fixed; if unknown, the opposite of what Kconfig computes."""
    if tree.is_logical(root.symbol):
        if root.reason is None:
            return "y" if root.becomes == "n" else "n"
        return root.requested[:1]
    return root.requested if tree.accepts(root.symbol, root.requested) else root.becomes


def moved_by_fragments(
    tree: Tree,
    base: DotConfig,
    fragments: Sequence[DotConfig],
    rejections: Sequence[Rejection],
    of_base: Collection[str],
) -> dict[str, tuple[str, ...]]:
    """The symbols that a base alone keeps and that fragments change, with the symbols of the fragments.

    Fragments are meant to do that: without NUMA there is no NODES_SHIFT.

    Args:
        tree: the tree.
        base: the file that the fragments are merged over, as Kconfig reads it alone.
        fragments: the others.
        rejections: the valid values of all files that Kconfig does not keep.
        of_base: the symbols that the base alone sets.
    """
    alone = Evaluation(tree, [(setting.symbol, setting.value) for setting in base.settings])
    own = base.values
    requested = {name: value for fragment in fragments for name, value in fragment.values.items()}
    new = {
        name for name, value in requested.items() if not (tree.defines(name) and keeps(alone, name, value))
    }
    parents = {rejection.symbol: _symbols_of_causes(rejection) for rejection in rejections}
    reached = _reached_from(new, parents)
    return {
        rejection.symbol: tuple(sorted(reached.get(rejection.symbol) or new))
        for rejection in rejections
        if rejection.symbol in of_base and keeps(alone, rejection.symbol, own[rejection.symbol])
    }


def _roots(rejections: Sequence[Rejection]) -> dict[str, frozenset[str]]:
    """Symbol to the symbols with rejections of their own that its causes lead to."""
    symbols = frozenset(rejection.symbol for rejection in rejections)
    parents = {
        rejection.symbol: (_symbols_of_causes(rejection) & symbols) - {rejection.symbol}
        for rejection in rejections
    }
    roots = _reached_from([name for name in parents if not parents[name]], parents)
    return {name: frozenset(roots.get(name, ())) - {name} for name in parents}


def _reached_from(
    sources: Iterable[str], parents: Mapping[str, Collection[str]]
) -> dict[str, dict[str, None]]:
    """Symbol to those of some symbols that its causes lead to, itself included."""
    children: dict[str, list[str]] = {}
    for name, causes in parents.items():
        for cause in causes:
            children.setdefault(cause, []).append(name)
    reached: dict[str, dict[str, None]] = {}
    for source in sources:
        pending = [source]
        while pending:
            name = pending.pop()
            found = reached.setdefault(name, {})
            if source not in found:
                found[source] = None
                pending += children.get(name, ())
    return reached


def _symbols_of_causes(rejection: Rejection) -> frozenset[str]:
    """The symbols whose values make the causes decide; that a choice has one member only explains nothing."""
    return frozenset(
        value.symbol for cause in rejection.causes if not cause.exclusive for value in cause.values
    )
