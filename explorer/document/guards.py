# SPDX-License-Identifier: GPL-2.0-or-later
"""The fewest changes and the guards that make a kernel safe: parts of the document of ``prove``."""

from collections.abc import Iterable

from explorer.document.elements import Json, change_json
from explorer.document.safe_sets import class_json
from explorer.machine import Firmware, MemoryMap
from explorer.narrative.guard_narrative import GUARD_WORDS, fewest_changes_sentence, guard_cost_words
from explorer.study.change_search import FewestChanges
from explorer.study.guard_costs import GuardCost, GuardCosts

__all__ = ["fewest_changes_json", "guard_costs_json"]


def fewest_changes_json(found: FewestChanges) -> Json:
    """The fewest later changes that make every row safe; ``changes`` is ``null`` where none were found."""
    return {
        "level": str(found.level),
        **class_json(found.conditions),
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
            "contract": costs.memmap._asdict(),
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
