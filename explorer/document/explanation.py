# SPDX-License-Identifier: GPL-2.0-only
"""Why a wish can or cannot be had, and what of a configuration must change for it."""

from typing import Any

from explorer.configuration import (
    ConflictStatement,
    CorrectionSet,
    DotConfig,
    Explanation,
    Tree,
    config_fragment,
)
from explorer.document.elements import Json, compiler_json, generator, statement_json

__all__ = ["chain_json", "explained_json", "fix_json"]


def explained_json(explained: Explanation, tree: Tree, config: DotConfig | None = None) -> Json:
    """An explanation.

    Args:
        explained: what was found.
        tree: the tree that was asked.
        config: the configuration that was to be changed, if any.
    """
    found = explained.found
    witness = found.witness
    return {
        "schema": "kconfig-explorer/explanation/2",
        "generator": generator(),
        "kernel": str(tree.version or ""),
        "kconfig": tree.label,
        "compiler": compiler_json(tree.compiler),
        "question": "rest free" if config is None else f"changes to {config.source}",
        "wish": dict(found.values),
        "reachable": found.reachable,
        "witness": None if witness is None else dict(sorted(witness.items())),
        "witness_config": None if witness is None else config_fragment(tree, witness),
        "conflict": [statement_json(line) for line in found.conflict],
        "chain": chain_json(found.chain),
        "holds": explained.holds,
        "fix": None if explained.fix is None else fix_json(explained.fix, tree),
    }


def chain_json(chain: tuple[ConflictStatement, ...]) -> list[Json]:
    """What stands in the way, from the wish to the root; without any one of them the wish could be had."""
    return [
        {
            "symbol": reason.symbol,
            "says": str(reason.says),
            "about": reason.about,
            "lines": [statement_json(line) for line in reason.lines],
        }
        for reason in chain
    ]


def fix_json(fix: CorrectionSet, tree: Tree) -> Json:
    """Answers to change; kconfiglib has computed the wish from them, else there would be no fix."""
    answers = {change.symbol: change.after for change in fix.changes}
    moved: list[dict[str, Any]] = [
        {"symbol": name, "before": before, "after": after} for name, (before, after) in fix.moved.items()
    ]
    return {
        "changes": [
            {"symbol": change.symbol, "before": change.before, "after": change.after}
            for change in fix.changes
        ],
        "verified": True,
        "fewest": fix.fewest,
        "moved": moved,
        "config": config_fragment(tree, answers),
    }
