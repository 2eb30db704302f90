# SPDX-License-Identifier: GPL-2.0-or-later
"""What is proven for every memory map: an entry for each set of equal claims, and the smallest maps drawn."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from explorer.report.map_drawing import Drawing, drawing
from explorer.report.matrix_rows import MatrixRow, claims_key
from explorer.report.words import Json

__all__ = ["ProofEntry", "SmallestMap", "smallest_maps", "with_proofs"]


_MOST_DRAWN = 10
"""The page must stay small; the others are named."""


class ProofEntry(NamedTuple):
    """Equal claims.

    Attributes:
        claims: the document's claims of the first row.
        rows: the rows that have them.
        smallest: the indices of their counterexamples; of a merged row those of the first variant.
    """

    claims: Json
    rows: list[MatrixRow]
    smallest: list[int]


class SmallestMap(NamedTuple):
    """A counterexample of the document with its drawing."""

    entry: Json
    drawing: Drawing


def with_proofs(rows: Sequence[MatrixRow]) -> tuple[list[MatrixRow], list[ProofEntry]]:
    """The rows pointing at their proofs, and the proofs."""
    indices: dict[tuple[str, ...], int] = {}
    proofs: list[ProofEntry] = []
    pointing = []
    for row in rows:
        key = claims_key(row)
        if row.every_map["outcome"] != "unproven":
            if key not in indices:
                indices[key] = len(proofs)
                proofs.append(ProofEntry(row.every_map, [], []))
            _add(proofs[indices[key]], row)
        pointing.append(replace(row, proof=indices.get(key, -1)))
    return pointing, proofs


def _add(proof: ProofEntry, row: MatrixRow) -> None:
    proof.rows.append(row)
    found = (level["smallest"] for level in row.every_map["levels"] if level["smallest"] is not None)
    proof.smallest.extend(index for index in dict.fromkeys(found) if index not in proof.smallest)


def smallest_maps(document: Json, proofs: Sequence[ProofEntry]) -> dict[int, SmallestMap]:
    """The counterexamples that are drawn, by index: up to ``_MOST_DRAWN``, the first of each proof first."""
    entries = document["counterexamples"]
    first = [index for proof in proofs for index in proof.smallest[:1]]
    others = [index for proof in proofs for index in proof.smallest[1:]]
    indices = sorted(list(dict.fromkeys([*first, *others]))[:_MOST_DRAWN])
    return {index: SmallestMap(entries[index], _drawing(entries[index])) for index in indices}


def _drawing(entry: Json) -> Drawing:
    context = {name: entry[name] for name in ("page_size", "pageblock_order", "section_size_bits")}
    view = {"kernel": entry["kernel"], "context": context, "boots": {"": {"zones": entry["zones"]}}}
    regions = {"name": "", "memory": entry["memory"], "reserved": entry["reserved"]}
    return drawing(regions, view, entry["fault"])
