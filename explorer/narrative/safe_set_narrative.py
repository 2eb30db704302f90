# SPDX-License-Identifier: GPL-2.0-or-later
"""Safe sets in words."""

from explorer.boot import Verdict
from explorer.narrative.condition_narrative import conditions_words
from explorer.proof import Condition, MapClass
from explorer.study.formulas import Formula, Literal
from explorer.study.safe_sets import MEMORY_MODEL, PAGE_SIZE, SafeSet

__all__ = ["formula_words", "map_class_words", "safe_set_sentence"]

_CLASSIC = {"SPARSEMEM": "classic SPARSEMEM"}


def formula_words(formula: Formula) -> str:
    """Return a formula that is neither always nor never true, as ``NUMA=y or (4K pages and DEBUG_VM=n)``."""
    several = len(formula.terms) > 1
    return " or ".join(
        f"({_term_words(term)})" if several and len(term) > 1 else _term_words(term) for term in formula.terms
    )


def _term_words(term: tuple[Literal, ...]) -> str:
    alone = len(term) == 1
    return " and ".join(_literal_words(literal, alone=alone) for literal in term)


def _literal_words(literal: Literal, *, alone: bool) -> str:
    values = [_CLASSIC.get(value, value) for value in literal.values]
    if literal.symbol == PAGE_SIZE:
        words = f"{' or '.join(values)} pages"
    elif literal.symbol == MEMORY_MODEL:
        words = " or ".join(values)
    else:
        words = " or ".join(f"{literal.symbol}={value}" for value in values)
    return words if alone or len(values) == 1 else f"({words})"


def safe_set_sentence(safe_set: SafeSet) -> str:
    """Return for which rows a kernel is safe on a class of memory maps."""
    rows = sum(safe_set.rows.values())
    known = f"on {map_class_words(safe_set.conditions)}: {_safe_words(safe_set)}"
    safe = safe_set.rows[Verdict.SAFE]
    if 0 < safe < rows:
        known += f" ({safe} of {rows} rows)"
    if safe_set.unknown.is_never:
        return known
    if safe_set.unknown.is_always:
        return f"on {map_class_words(safe_set.conditions)}: unknown for all rows"
    return f"{known}; unknown if and only if {formula_words(safe_set.unknown)}"


def _safe_words(safe_set: SafeSet) -> str:
    if safe_set.safe.is_never:
        return "no row is safe"
    if safe_set.safe.is_always:
        return "every row is safe"
    return f"safe if and only if {formula_words(safe_set.safe)}"


def map_class_words(conditions: frozenset[Condition]) -> str:
    """The name of a class of memory maps; its conditions where it has no name."""
    named = next((each for each in MapClass if each.conditions == conditions), None)
    return str(named) if named else f"maps where {conditions_words(conditions)}"
