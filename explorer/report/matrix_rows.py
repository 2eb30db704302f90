# SPDX-License-Identifier: GPL-2.0-only
"""The rows of the matrix: combinations that Kconfig can produce, in every context, equal ones joined.

Rules:

1. A row of a context and the same row of the view whose rest is free are one.
2. Rows of one kernel with equal values and equal cells join when their contexts differ in one dimension
   alone; so a joined row holds exactly the product of what it lists.
3. A cell points at its case. Rows that die the same way on a map and are cured
   alike share the case: the first is told, the others are listed with their numbers.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from explorer.report.words import ICONS, WORDS, Json, kind_of

__all__ = ["FaultStory", "MatrixCell", "MatrixRow", "SameFault", "merged_rows", "with_stories"]


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A cell as shown: its kind, its map's place, and the case that tells of it (-1 for none)."""

    kind: str
    memory_map: int
    case: int = -1

    @property
    def word(self) -> str:
        """The verdict in words."""
        return WORDS[self.kind]

    @property
    def icon(self) -> str:
        """The verdict as a sign."""
        return ICONS[self.kind]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A combination of one kernel in one or more contexts.

    Attributes:
        kernel: the release.
        page_sizes: bytes.
        models: memory models.
        debug: values of DEBUG_VM.
        combination: the document's entry of the first context.
        view: the document's view of the first context.
        cells: one for each memory map.
    """

    kernel: str
    page_sizes: tuple[int, ...]
    models: tuple[str, ...]
    debug: tuple[str, ...]
    combination: Json
    view: Json
    cells: tuple[MatrixCell, ...]

    @property
    def worst(self) -> str:
        """The gravest kind among the cells."""
        kinds = {cell.kind for cell in self.cells}
        order = ("boot", "trigger", "circumstances", "unknown", "safe")
        return next(kind for kind in order if kind in kinds)

    @property
    def unsafe(self) -> int:
        """On how many maps the combination is unsafe."""
        return sum(cell.kind not in {"safe", "unknown"} for cell in self.cells)


class SameFault(NamedTuple):
    """Another row that dies the same way on the same map: only numbers differ."""

    row: MatrixRow
    cell: Json
    fault: Json


@dataclass(frozen=True, slots=True)
class FaultStory:
    """A cell that is worth a story, told for the first context of its rows.

    Attributes:
        row: the first row that it belongs to.
        cell: the document's cell.
        memory_map: the map's place.
        faults: the document's faults, the nearest danger first.
        same_way: an earlier case that dies the same way but is cured otherwise; -1 where there is none.
        variants: further rows of which the same is true, with their own first fault.
    """

    row: MatrixRow
    cell: Json
    memory_map: int
    faults: tuple[Json, ...]
    same_way: int
    variants: list[SameFault] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Which kind of cell it is."""
        return kind_of(self.cell)


def merged_rows(document: Json) -> list[MatrixRow]:
    """The joined rows, kernels in the document's order."""
    found: dict[tuple[object, ...], MatrixRow] = {}
    for row in _single(document):
        context = (row.kernel, row.page_sizes, row.models, row.debug, row.combination["id"])
        found[context] = row  # the view of a context knows more of its settings than the one with free rest
    kernels = list(dict.fromkeys(row.kernel for row in found.values()))
    groups: dict[tuple[object, ...], list[MatrixRow]] = {}
    for row in found.values():
        kinds = tuple(cell.kind for cell in row.cells)
        groups.setdefault((row.kernel, row.combination["id"], kinds), []).append(row)
    joined = [row for group in groups.values() for row in _joined(group)]
    return sorted(joined, key=lambda row: (kernels.index(row.kernel), row.combination["id"], *_context(row)))


def _single(document: Json) -> Iterator[MatrixRow]:
    for view in document["views"]:
        for combination in view["combinations"]:
            if combination["reachable"]:
                cells = tuple(MatrixCell(kind_of(cell), at) for at, cell in enumerate(combination["cells"]))
                context = view["context"]
                yield MatrixRow(
                    view["kernel"],
                    (context["page_size"],),
                    (combination["memory_model"],),
                    (context["DEBUG_VM"],),
                    combination,
                    view,
                    cells,
                )


_DIMENSIONS = ("debug", "page_sizes", "models")


def _joined(group: list[MatrixRow]) -> list[MatrixRow]:
    """Join along one dimension after the other."""
    for dimension in _DIMENSIONS:
        kept: dict[tuple[object, ...], MatrixRow] = {}
        for row in group:
            key = tuple(getattr(row, other) for other in _DIMENSIONS if other != dimension)
            if key in kept:
                both = (*getattr(kept[key], dimension), *getattr(row, dimension))
                joined: Any = {dimension: tuple(dict.fromkeys(both))}
                kept[key] = replace(kept[key], **joined)
            else:
                kept[key] = row
        group = list(kept.values())
    return group


_MODELS = ("SPARSEMEM_VMEMMAP", "SPARSEMEM", "FLATMEM")


def _context(row: MatrixRow) -> tuple[int, int, str]:
    """Order among the contexts: what most people run comes first."""
    return _MODELS.index(row.models[0]), row.page_sizes[0], row.debug[0]


def with_stories(found: list[MatrixRow]) -> tuple[list[MatrixRow], list[FaultStory]]:
    """The rows with their cells pointing at cases, and the cases."""
    told: dict[str, int] = {}
    listed: list[FaultStory] = []
    pointed = []
    for row in found:
        cells = []
        for cell, entry in zip(row.cells, row.combination["cells"], strict=True):
            at = _case_of(row, cell, entry, told, listed) if entry["faults"] else -1
            cells.append(replace(cell, case=at))
        pointed.append(replace(row, cells=tuple(cells)))
    return pointed, listed


def _case_of(
    row: MatrixRow, cell: MatrixCell, entry: Json, told: dict[str, int], listed: list[FaultStory]
) -> int:
    """The case of a cell: rows share one that die the same way and are cured alike."""
    faults = tuple(row.view["faults"][index] for index in entry["faults"])
    way = [row.kernel, cell.memory_map, *(faults[0][part] for part in ("walker", "trigger", "effect"))]
    changes = entry["cure"] and entry["cure"]["changes"]
    key = json.dumps([*way, changes, entry["later"]])
    if key in told:
        listed[told[key]].variants.append(SameFault(row, entry, faults[0]))
        return told[key]
    told[key] = len(listed)
    earlier = told.setdefault(json.dumps(way), len(listed))
    same_way = earlier if earlier < len(listed) else -1
    listed.append(FaultStory(row, entry, cell.memory_map, faults, same_way))
    return told[key]
