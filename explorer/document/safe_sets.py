# SPDX-License-Identifier: GPL-2.0-or-later
"""Safe sets, the fewest changes and the cost of guards of one kernel: parts of the document of ``prove``."""

from collections.abc import Iterable
from dataclasses import asdict

from explorer.boot import Verdict
from explorer.document.elements import Json, change_json
from explorer.machine import Firmware, MemoryMap
from explorer.narrative.safe_set_narrative import (
    GUARD_WORDS,
    fewest_changes_sentence,
    formula_words,
    guard_cost_words,
    safe_set_sentence,
)
from explorer.proof import Condition, MapClass
from explorer.study.change_search import FewestChanges
from explorer.study.formulas import Formula
from explorer.study.guard_costs import GuardCost, GuardCosts
from explorer.study.safe_sets import SafeSet

__all__ = ["fewest_changes_json", "guard_costs_json", "safe_set_json"]


def safe_set_json(safe_set: SafeSet) -> Json:
    """For which rows a kernel is safe on a class of memory maps."""
    return {
        "level": str(safe_set.level),
        **_class_json(safe_set.conditions),
        "rows": {str(verdict): safe_set.rows[verdict] for verdict in Verdict},
        "safe": _formula_json(safe_set.safe),
        "unknown": _formula_json(safe_set.unknown),
        "sentence": safe_set_sentence(safe_set),
    }


def _class_json(conditions: frozenset[Condition]) -> Json:
    """A class of memory maps: its name, ``null`` without one, and its conditions."""
    name = next((str(each) for each in MapClass if each.conditions == conditions), None)
    return {"maps": name, "conditions": sorted(map(str, conditions))}


def _formula_json(formula: Formula) -> Json:
    """A formula: holds where all literals of a term do; no term: never; a term without literals: always."""
    in_words = "" if formula.is_always or formula.is_never else formula_words(formula)
    return {
        "terms": [
            [{"symbol": literal.symbol, "values": list(literal.values)} for literal in term]
            for term in formula.terms
        ],
        "words": in_words,
    }


def fewest_changes_json(found: FewestChanges) -> Json:
    """The fewest later changes that make every row safe; ``changes`` is ``null`` where none were found."""
    return {
        "level": str(found.level),
        **_class_json(found.conditions),
        "changes": None if found.changes is None else list(map(change_json, found.changes)),
        "largest": found.largest,
        "tried": found.tried,
        "undecided": [[change.name for change in chosen] for chosen in found.undecided],
        "sentence": fewest_changes_sentence(found),
    }


def guard_costs_json(machine: MemoryMap | Firmware, found: Iterable[GuardCosts]) -> list[Json]:
    """The guards of a kernel on a memory map, a table for each page size and memory model."""
    return [
        {
            "memory_map": machine.name,
            "page_size": costs.page_size,
            "memory_model": str(costs.memory_model),
            "section": None if costs.section is None else costs.section._asdict(),
            "contract": asdict(costs.memmap),
            "guards": [_guard_json(cost) for cost in costs.costs],
            "refused": [str(guard) for guard in costs.refused],
            "cheapest": None if costs.cheapest is None else str(costs.cheapest.guard),
        }
        for costs in found
    ]


def _guard_json(cost: GuardCost) -> Json:
    return {
        "guard": str(cost.guard),
        "what": GUARD_WORDS[cost.guard],
        "needs": guard_cost_words(cost),
        "with": [change_json(change) for change in cost.added],
        "without": [change_json(change) for change in cost.removed],
        "checks": [change.name for change in cost.checks],
        "safe": cost.is_safe,
        "proven": cost.proof and cost.proof.covers,
        "safe_on": cost.proof and cost.proof.safe_on and str(cost.proof.safe_on),
        "rows": cost.rows,
        "safe_rows": cost.safe_rows,
        "tests_per_page": cost.tests_per_page,
        "steps_per_test": cost.steps_per_test,
        "bytes_written": cost.bytes_written,
    }
