# SPDX-License-Identifier: GPL-2.0-or-later
"""What differs between two kernels; the schema is ``reports/diff.schema.json``."""

from collections.abc import Mapping, Sequence

from explorer.boot import SYMBOLS_USED, Boot, Verdict
from explorer.configuration import (
    Combination,
    Definition,
    DefinitionChanges,
    DefinitionProperty,
    ForcedSymbol,
    PatchedTree,
    SymbolChange,
    Tree,
    commit_of_checkout,
    config_fragment,
)
from explorer.document.cell_details import later_json
from explorer.document.elements import Json, compiler_json, generator, statement_json
from explorer.narrative.cure_narrative import cure_words
from explorer.narrative.fault_narrative import fault_reason
from explorer.narrative.gap_narrative import gap_words
from explorer.study.answer_comparison import AnswerComparison, AnswerOutcome, MachineComparison
from explorer.study.comparison_fixes import ComparisonFix
from explorer.study.kernel_comparison import ForcedChange, KernelComparison
from explorer.study.matrix import hazard
from explorer.study.patch_effects import SymbolEffect, SymbolValues

__all__ = ["DIFF_SCHEMA", "difference_json"]

_MOST_MOVED = 20  # of a case, if they are neither listed as definitions nor read by a boot
DIFF_SCHEMA = "kconfig-explorer/diff/1"


def difference_json(
    comparison: KernelComparison, patched: PatchedTree | None = None, patch: str = ""
) -> Json:
    """What differs between two kernels.

    Args:
        comparison: the comparison of the kernels.
        patched: the result of the patch, where the newer kernel is the older with a patch.
        patch: the name of the patch.
    """
    before, after = comparison.projections
    comparisons = comparison.comparisons
    return {
        "schema": DIFF_SCHEMA,
        "generator": generator(),
        "before": _kernel(comparison.before),
        "after": _kernel(comparison.after),
        "newer_first": comparison.is_newer_first,
        "patch": None if patched is None else _patch(patched, patch),
        "question": "rest fixed as set" if comparison.settings else "rest free",
        "settings": dict(comparison.settings),
        "symbols": list(comparison.names),
        "memory_maps": [boot.memory_map.name for boot in comparisons[0].before.boots] if comparisons else [],
        "definitions": _definitions(comparison.definitions),
        "touched": list(comparison.touched),
        "texts_only": comparison.texts_only,
        "effects": [_effect(effect) for effect in comparison.effects],
        "combinations": {
            "reachable_before": sum(combination.reachable for combination in before.combinations),
            "reachable_after": sum(combination.reachable for combination in after.combinations),
            "became_reachable": [_combination(c, comparison.after) for c in comparison.became_reachable],
            "became_unreachable": [_combination(c, comparison.after) for c in comparison.became_unreachable],
        },
        "forced": [_forced(change, comparison) for change in comparison.forced],
        "cases": [
            _case(case, fix, comparison) for case, fix in zip(comparisons, comparison.fixes, strict=True)
        ],
        "summary": _summary(comparison),
    }


def _kernel(tree: Tree) -> Json:
    return {
        "kernel": str(tree.version or ""),
        "kconfig": tree.label,
        "commit": commit_of_checkout(tree.parse_input.folder),
        "compiler": compiler_json(tree.compiler),
    }


def _patch(patched: PatchedTree, name: str) -> Json:
    return {
        "source": name,
        "files": [{"path": file, "hunks": hunks} for file, hunks in patched.hunks.items()],
        "passed_over": list(patched.skipped),
    }


def _definitions(changes: DefinitionChanges) -> Json:
    added, removed, changed = changes.elsewhere
    return {
        "added": [_definition(definition) for definition in changes.added],
        "removed": [_definition(definition) for definition in changes.removed],
        "changed": [_symbol(change) for change in changes.changed],
        "elsewhere": {"added": len(added), "removed": len(removed), "changed": len(changed)},
    }


def _effect(effect: SymbolEffect) -> Json:
    before, after = effect.shown
    shown = None if effect.answers is None else {"before": before, "after": after}
    return {
        "symbol": effect.symbol,
        "before": _values(effect.before),
        "after": _values(effect.after),
        "answers": None if effect.answers is None else dict(sorted(effect.answers.items())),
        "shown": shown,
    }


def _values(values: SymbolValues | None) -> Json | None:
    return None if values is None else {"default": values.default, "reachable": list(values.reachable)}


def _listed(comparison: KernelComparison) -> set[str]:
    """The symbols whose values are listed where they move."""
    changes = comparison.definitions
    names = {definition.symbol for definition in (*changes.added, *changes.removed)}
    names |= {change.symbol for change in changes.changed} | {effect.symbol for effect in comparison.effects}
    return names | set(SYMBOLS_USED)


def _definition(definition: Definition) -> Json:
    properties = [{"property": part.kind, **_property(part)} for part in definition.properties]
    return {"symbol": definition.symbol, "properties": properties}


def _symbol(change: SymbolChange) -> Json:
    properties = [
        {
            "property": part.kind,
            "before": None if part.before is None else _property(part.before),
            "after": None if part.after is None else _property(part.after),
        }
        for part in change.properties
    ]
    return {"symbol": change.symbol, "properties": properties}


def _property(part: DefinitionProperty) -> Json:
    return {"text": part.text, "file": part.where.file, "line": part.where.line}


def _combination(combination: Combination, tree: Tree) -> Json:
    witness, values = combination.witness, combination.values
    return {
        "values": dict(values),
        "witness": None if witness is None else dict(sorted(witness.items())),
        "witness_config": None if witness is None else config_fragment(tree, witness),
        "conflict": [statement_json(line) for line in combination.core_lines],
        "gone": [name for name, value in values.items() if value != "n" and not tree.defines(name)],
    }


def _forced(change: ForcedChange, comparison: KernelComparison) -> Json:
    return {
        "symbol": change.symbol,
        "before": _forced_symbol(change.before, comparison.before),
        "after": _forced_symbol(change.after, comparison.after),
    }


def _forced_symbol(forced: ForcedSymbol | None, tree: Tree) -> Json | None:
    if forced is None:
        return None
    return {
        "value": forced.value,
        "gone": forced.value == "n" and not tree.defines(forced.symbol),
        "because": [statement_json(line) for line in forced.lines],
    }


def _case(case: AnswerComparison, fix: ComparisonFix | None, comparison: KernelComparison) -> Json:
    moved = {name: pair for name, pair in case.moved.items() if name not in comparison.names}
    listed = _listed(comparison) if len(moved) > _MOST_MOVED else set(moved)
    return {
        "question": "same answers" if case.same_answers else "same combination",
        "context": dict(case.variant),
        "kinds": [kind for kind, cases in _kinds(comparison).items() if case in cases],
        "before": _outcome(case.before),
        "after": _outcome(case.after),
        "moved": {
            name: {"before": pair[0], "after": pair[1]} for name, pair in moved.items() if name in listed
        },
        "moved_elsewhere": sum(name not in listed for name in moved),
        "cells": [_cell(machine) for machine in case.machines],
        "fix": None if fix is None else _fix(fix),
    }


def _fix(fix: ComparisonFix) -> Json:
    cure = None if fix.changes is None else {"changes": dict(fix.changes)}
    later = later_json(fix.later)
    return {"words": cure_words(cure, [later]), "changes": cure and cure["changes"], "later": later}


def _kinds(comparison: KernelComparison) -> Mapping[str, Sequence[AnswerComparison]]:
    return {
        "became unsafe": comparison.became_unsafe,
        "new unsafe": comparison.new_unsafe,
        "became safe": comparison.became_safe,
        "still unsafe": comparison.still_unsafe,
    }


def _outcome(outcome: AnswerOutcome) -> Json:
    verdicts = [boot.verdict for boot in outcome.boots]
    return {
        "answers": dict(sorted(outcome.answers.items())),
        "lost": dict(sorted(outcome.overridden.items())),
        "values": dict(outcome.values),
        "memory_model": str(outcome.kernel_config.memory_model),
        "page_size": 1 << outcome.kernel_config.page_shift,
        **{str(verdict): verdicts.count(verdict) for verdict in Verdict},
    }


def _cell(machine: MachineComparison) -> Json:
    before, after = _verdict(machine.before), _verdict(machine.after)
    return {"memory_map": machine.memory_map, "before": before, "after": after}


def _verdict(boot: Boot) -> Json:
    """A verdict with the first fault, which is the most certain and earliest one."""
    reason = fault_reason(boot.faults[0], boot) if boot.faults else ""
    return {
        "verdict": str(boot.verdict),
        "hazard": str(hazard(boot)),
        "why": reason or "; ".join(map(gap_words, boot.unmodelled)),
    }


def _summary(comparison: KernelComparison) -> Json:
    counts = {kind.replace(" ", "_"): len(cases) for kind, cases in _kinds(comparison).items()}
    return {"cases": len(comparison.comparisons), **counts, "verdict": str(comparison.gate)}
