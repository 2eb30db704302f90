# SPDX-License-Identifier: GPL-2.0-only
"""What differs between two kernels; ``reports/diff.schema.json`` is its published schema."""

from collections.abc import Mapping, Sequence

from explorer.boot import Boot, Verdict
from explorer.configuration import (
    Combination,
    Definition,
    DefinitionChanges,
    DefinitionProperty,
    ForcedSymbol,
    PatchedTree,
    SymbolChange,
    Tree,
    config_fragment,
)
from explorer.document.elements import Json, compiler_json, generator, statement_json
from explorer.narrative.fault_narrative import fault_reason
from explorer.study.answer_comparison import AnswerComparison, AnswerOutcome, MachineComparison
from explorer.study.kernel_comparison import ForcedChange, KernelComparison
from explorer.study.matrix import hazard

__all__ = ["DIFF_SCHEMA", "difference_json"]

DIFF_SCHEMA = "kconfig-explorer/diff/1"


def difference_json(found: KernelComparison, patched: PatchedTree | None = None, patch: str = "") -> Json:
    """What differs between two kernels.

    Args:
        found: the difference.
        patched: what a patch did to the first, where the second is the first with a patch.
        patch: the name of the patch.
    """
    before, after = found.projections
    return {
        "schema": DIFF_SCHEMA,
        "generator": generator(),
        "before": _side(found.before),
        "after": _side(found.after),
        "patch": None if patched is None else _patch(patched, patch),
        "question": "rest fixed as set" if found.settings else "rest free",
        "settings": dict(found.settings),
        "symbols": list(found.names),
        "memory_maps": [boot.memory_map.name for boot in found.comparisons[0].before.boots]
        if found.comparisons
        else [],
        "definitions": _definitions(found.definitions),
        "combinations": {
            "reachable_before": sum(one.reachable for one in before.combinations),
            "reachable_after": sum(one.reachable for one in after.combinations),
            "became_reachable": [_combination(one, found.after) for one in found.became_reachable],
            "became_unreachable": [_combination(one, found.after) for one in found.became_unreachable],
        },
        "forced": [_forced(fact, found) for fact in found.forced],
        "cases": [_case(case, found) for case in found.comparisons],
        "summary": _summary(found),
    }


def _side(tree: Tree) -> Json:
    return {
        "kernel": str(tree.release),
        "kconfig": tree.label,
        "compiler": compiler_json(tree.compiler),
    }


def _patch(patched: PatchedTree, name: str) -> Json:
    return {
        "source": name,
        "files": [{"path": file, "hunks": hunks} for file, hunks in patched.hunks.items()],
        "passed_over": list(patched.passed_over),
    }


def _definitions(found: DefinitionChanges) -> Json:
    added, removed, changed = found.elsewhere
    return {
        "added": [_definition(one) for one in found.added],
        "removed": [_definition(one) for one in found.removed],
        "changed": [_symbol(one) for one in found.changed],
        "elsewhere": {"added": len(added), "removed": len(removed), "changed": len(changed)},
    }


def _definition(found: Definition) -> Json:
    properties = [{"property": one.kind, **(_property(one) or {})} for one in found.properties]
    return {"symbol": found.symbol, "properties": properties}


def _symbol(found: SymbolChange) -> Json:
    properties = [
        {"property": one.kind, "before": _property(one.before), "after": _property(one.after)}
        for one in found.properties
    ]
    return {"symbol": found.symbol, "properties": properties}


def _property(found: DefinitionProperty | None) -> Json | None:
    if found is None:
        return None
    return {"text": found.text, "file": found.where.file, "line": found.where.line}


def _combination(found: Combination, tree: Tree) -> Json:
    witness = found.witness
    gone = [name for name, value in found.values.items() if value != "n" and not tree.defines(name)]
    return {
        "values": dict(found.values),
        "witness": None if witness is None else dict(sorted(witness.items())),
        "witness_config": None if witness is None else config_fragment(tree, witness),
        "conflict": [statement_json(line) for line in found.conflict],
        "gone": gone,
    }


def _forced(fact: ForcedChange, found: KernelComparison) -> Json:
    return {
        "symbol": fact.symbol,
        "before": _fact(fact.before, found.before),
        "after": _fact(fact.after, found.after),
    }


def _fact(fact: ForcedSymbol | None, tree: Tree) -> Json | None:
    if fact is None:
        return None
    return {
        "value": fact.value,
        "gone": fact.value == "n" and not tree.defines(fact.symbol),
        "because": [statement_json(line) for line in fact.because],
    }


def _case(case: AnswerComparison, found: KernelComparison) -> Json:
    return {
        "question": "same answers" if case.same_answers else "same combination",
        "context": dict(case.variant),
        "kinds": [kind for kind, cases in _kinds(found).items() if case in cases],
        "before": _outcome(case.before),
        "after": _outcome(case.after),
        "cells": [_cell(cell) for cell in case.machines],
    }


def _kinds(found: KernelComparison) -> Mapping[str, Sequence[AnswerComparison]]:
    return {
        "became unsafe": found.became_unsafe,
        "new unsafe": found.new_unsafe,
        "became safe": found.became_safe,
        "still unsafe": found.still_unsafe,
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


def _cell(cell: MachineComparison) -> Json:
    return {"memory_map": cell.memory_map, "before": _verdict(cell.before), "after": _verdict(cell.after)}


def _verdict(boot: Boot) -> Json:
    """A verdict with the first fault, which is the surest and earliest one."""
    first = fault_reason(boot.faults[0], boot) if boot.faults else ""
    return {
        "verdict": str(boot.verdict),
        "hazard": str(hazard(boot)),
        "why": first or "; ".join(boot.unmodelled),
    }


def _summary(found: KernelComparison) -> Json:
    counts = {kind.replace(" ", "_"): len(cases) for kind, cases in _kinds(found).items()}
    return {"cases": len(found.comparisons), **counts, "verdict": str(found.gate)}
