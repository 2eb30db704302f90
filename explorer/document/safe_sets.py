# SPDX-License-Identifier: GPL-2.0-or-later
"""Safe sets of a kernel: parts of the documents of ``matrix``, ``report`` and ``prove``."""

from collections.abc import Iterable

from explorer.boot import Kernel, Verdict
from explorer.configuration import Tree
from explorer.document.elements import Json
from explorer.narrative.safe_set_narrative import formula_words, safe_set_sentence
from explorer.proof import Condition, Level, MapClass
from explorer.proof.build_content import build_key
from explorer.study.formulas import Formula
from explorer.study.matrix import Matrix, Row
from explorer.study.safe_sets import ProvenRow, SafeSet, safe_sets_of

__all__ = ["class_json", "safe_set_json", "safe_sets_of_matrices"]


def safe_set_json(safe_set: SafeSet) -> Json:
    """For which rows a kernel is safe on a class of memory maps."""
    return {
        "level": str(safe_set.level),
        **class_json(safe_set.conditions),
        "rows": {str(verdict): safe_set.rows[verdict] for verdict in Verdict},
        "safe": _formula_json(safe_set.safe),
        "unknown": _formula_json(safe_set.unknown),
        "sentence": safe_set_sentence(safe_set),
    }


def class_json(conditions: frozenset[Condition]) -> Json:
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


def safe_sets_of_matrices(matrices: Iterable[Matrix]) -> list[Json]:
    """The safe sets of each kernel of which every reachable row has claims; equal rows count once."""
    found = []
    for (_, kernel), rows in _reachable_rows(matrices).items():
        if rows and all(row.claims for row in rows):
            distinct = _distinct_rows(rows)
            sets = [safe_set for level in Level for safe_set in safe_sets_of(distinct, level)]
            found.append(
                {
                    "kernel": str(kernel.version),
                    "rows": len(distinct),
                    "safe_sets": list(map(safe_set_json, sets)),
                }
            )
    return found


def _reachable_rows(matrices: Iterable[Matrix]) -> dict[tuple[Tree, Kernel], list[Row]]:
    """The reachable rows of all matrices of each kernel."""
    kernels: dict[tuple[Tree, Kernel], list[Row]] = {}
    for matrix in matrices:
        rows = kernels.setdefault((matrix.tree, matrix.kernel_config.kernel), [])
        rows += [row for row in matrix.rows if row.combination.reachable]
    return kernels


def _distinct_rows(rows: Iterable[Row]) -> list[ProvenRow]:
    """The rows that have claims; of those with the same assignment and build the first."""
    distinct: dict[tuple[object, ...], ProvenRow] = {}
    for row in rows:
        if row.claims:
            proven = ProvenRow(row.combination.values, row.claims)
            key = (build_key(row.kernel_config), *proven.assignment.items())
            distinct.setdefault(key, proven)
    return list(distinct.values())
