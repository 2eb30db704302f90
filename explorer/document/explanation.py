# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether Kconfig can produce some values, and which answers of a configuration must change for them."""

from explorer.configuration import (
    Conflicts,
    ConflictStatement,
    CorrectionSet,
    DotConfig,
    Explanation,
    Pins,
    Tree,
    config_fragment,
)
from explorer.document.correction_set import correction_set_json
from explorer.document.elements import Json, compiler_json, generator, statement_json, undecided_json
from explorer.narrative.fix_narrative import PINS_FOLLOW

__all__ = ["chain_json", "explained_json"]


def explained_json(explained: Explanation, tree: Tree, config: DotConfig | None = None) -> Json:
    """An explanation.

    Args:
        explained: the explanation.
        tree: the tree that it is about.
        config: the configuration whose answers change, if there is one.
    """
    combination = explained.combination
    witness = combination.witness
    return {
        "schema": "kconfig-explorer/explanation/2",
        "generator": generator(),
        "kernel": str(tree.version or ""),
        "kconfig": tree.label,
        "compiler": compiler_json(tree.compiler),
        "question": "rest free" if config is None else f"changes to {config.source}",
        "wish": dict(combination.values),
        "reachable": None if combination.is_unknown else combination.reachable,
        "out_of_time": combination.out_of_time,
        "undecided": undecided_json(combination.undecided),
        "witness": None if witness is None else dict(sorted(witness.items())),
        "witness_config": None if witness is None else config_fragment(tree, witness),
        "conflict": [statement_json(line) for line in combination.core_lines],
        "conflicting": dict(combination.conflicting),
        "chain": chain_json(combination.core),
        "chain_minimal": combination.is_core_minimal,
        "conflicts": None if explained.conflicts is None else _conflicts_json(explained.conflicts),
        "holds": explained.holds,
        "fix": None
        if explained.correction_set is None
        else _pinned_fix_json(explained.correction_set, explained.pins, tree),
        "fix_out_of_time": explained.fix_out_of_time,
    }


def _conflicts_json(conflicts: Conflicts) -> Json:
    found = [
        {"values": dict(conflict.values), "chain": chain_json(conflict.statements)}
        for conflict in conflicts.found
    ]
    return {"complete": conflicts.complete, "found": found, "out_of_time": conflicts.out_of_time}


def chain_json(chain: tuple[ConflictStatement, ...]) -> list[Json]:
    """The conflict as a chain from the requested values to the root: a minimal set of statements."""
    return [
        {
            "symbol": reason.symbol,
            "says": str(reason.kind),
            "others": list(reason.others),
            "about": reason.operand,
            "prompt": reason.has_prompt,
            "of_choice": reason.of_choice,
            "probes": [{"macro": probe.macro, "answer": probe.answer} for probe in reason.probes],
            "lines": [statement_json(line) for line in reason.lines],
        }
        for reason in chain
    ]


def _pinned_fix_json(fix: CorrectionSet, pins: Pins, tree: Tree) -> Json:
    """The answers to change with those that keep other symbols; ``config`` holds both."""
    document = correction_set_json(fix, tree)
    kept = config_fragment(tree, pins.answers)
    return {
        **document,
        "pins": [{"symbol": name, "value": value} for name, value in sorted(pins.answers.items())],
        "unpinned": [
            {"symbol": name, "before": before, "after": after}
            for name, (before, after) in pins.unpinned.items()
        ],
        "config": f"{document['config']}{PINS_FOLLOW}{kept}" if kept else document["config"],
    }
