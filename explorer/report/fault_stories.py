# SPDX-License-Identifier: GPL-2.0-or-later
"""The stories of the page: unsafe cells grouped by cause.

Rules:

1. Cells of one kernel have one cause if their worst faults agree (walker, trigger and effect) and if the same
   answers make them safe. They share a story.
2. A story is told for one cell: one of the ``.config`` of which the page is, of these the most severe, of
   these one with recorded boots, of these the first. All are listed by memory map, with their numbers and the
   circumstances that the told cell does not need.
3. What all cells have in common (variant, values) is said once; an entry of the list says the rest.
4. Kernels come in the order of the rows. Of a kernel the most severe story comes first, then the one with the
   most memory maps.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

from explorer.narrative.cure_narrative import cure_words
from explorer.narrative.verdict_narrative import WORST_FIRST
from explorer.report.matrix_rows import MatrixRow
from explorer.report.words import Json, hazard_or_verdict

__all__ = ["FaultStory", "StoryCell", "StoryEntry", "StoryPlace", "fault_key", "with_stories"]


class StoryCell(NamedTuple):
    """An unsafe cell of the matrix: its row, the index of its memory map, the document's cell and faults."""

    row: MatrixRow
    memory_map: int
    cell: Json
    faults: tuple[Json, ...]

    @property
    def kind(self) -> str:
        """The hazard."""
        return hazard_or_verdict(self.cell)


class StoryEntry(NamedTuple):
    """Cells of one memory map with equal verdicts and circumstances.

    Attributes:
        kind: the hazard.
        only_if: the circumstances that the told cell does not need.
        pages: page frame numbers of the faults, each with the facts that other cells of the story lack.
    """

    kind: str
    only_if: tuple[str, ...]
    pages: dict[int, list[str]]


class StoryPlace(NamedTuple):
    """A memory map on which a story happens.

    Attributes:
        memory_map: its index.
        name: its name.
        entries: its cells.
        recorded: recorded boots of its cells, each once.
    """

    memory_map: int
    name: str
    entries: list[StoryEntry]
    recorded: list[Json]


@dataclass(frozen=True, slots=True)
class FaultStory:
    """Cells with one cause.

    Attributes:
        told: the cell whose steps are shown.
        shared: what its cells have in common: values of symbols with a prompt, and of the variant what is one
            value.
        contexts: in how many variants and combinations it happens.
        places: the memory maps.
        others: less severe faults of the cells, each once.
        later: the later releases in which the same answers are safe, each with the names of the maps; a
            release is ``None`` where there is none.
        fix: the cures in a few words.
    """

    told: StoryCell
    shared: list[str]
    contexts: int
    places: list[StoryPlace]
    others: list[Json]
    later: list[tuple[Json | None, list[str]]]
    fix: str

    @property
    def given(self) -> bool:
        """Whether the told cell is one of the ``.config`` of which the page is."""
        return bool(self.told.row.combination["given"])

    @property
    def kind(self) -> str:
        """The worst hazard of the cells."""
        return self.told.kind


def with_stories(rows: Sequence[MatrixRow]) -> tuple[list[MatrixRow], list[FaultStory]]:
    """The rows with their cells pointing at stories, and the stories."""
    causes: dict[str, list[StoryCell]] = {}
    for cell in _unsafe_cells(rows):
        causes.setdefault(_cause(cell), []).append(cell)
    kernels = list(dict.fromkeys(row.kernel for row in rows))
    ordered = sorted(causes.items(), key=lambda entry: _order(entry[1], kernels))
    indices = {key: index for index, (key, _) in enumerate(ordered)}
    index_of = {(id(cell.row), cell.memory_map): indices[key] for key, cells in ordered for cell in cells}
    return [_pointing(row, index_of) for row in rows], [_story(cells) for _, cells in ordered]


def _pointing(row: MatrixRow, index_of: Mapping[tuple[int, int], int]) -> MatrixRow:
    """The row with its cells pointing at stories."""
    indices = [index_of.get((id(row), cell.memory_map), -1) for cell in row.cells]
    cells = (replace(cell, story=index) for cell, index in zip(row.cells, indices, strict=True))
    return replace(row, cells=tuple(cells))


def fault_key(fault: Json) -> tuple[str, str, str]:
    """What equal faults agree in: walker, trigger and effect."""
    return fault["walker"], fault["trigger"], fault["effect"]


def _unsafe_cells(rows: Sequence[MatrixRow]) -> Iterator[StoryCell]:
    for row in rows:
        for at, cell in enumerate(row.combination["cells"]):
            if cell["faults"]:
                yield StoryCell(row, at, cell, tuple(row.view["faults"][index] for index in cell["faults"]))


def _cause(cell: StoryCell) -> str:
    cure = cell.cell["cure"]
    return json.dumps([cell.row.kernel, *fault_key(cell.faults[0]), cure and cure["changes"]])


def _order(cells: Sequence[StoryCell], kernels: Sequence[str]) -> tuple[int, int, int]:
    severity = min(WORST_FIRST.index(cell.kind) for cell in cells)
    return kernels.index(cells[0].row.kernel), severity, -len({cell.memory_map for cell in cells})


def _story(cells: Sequence[StoryCell]) -> FaultStory:
    told = min(cells, key=_told_order)
    facts = [cell.row.facts for cell in cells]
    shared = [fact for fact in facts[0] if all(fact in other for other in facts)]
    contexts = {context for cell in cells for context in _contexts(cell.row)}
    others = {fault_key(fault): fault for cell in cells for fault in cell.faults[1:]}
    others.pop(fault_key(told.faults[0]), None)
    later = _later(cells)
    said = [fact for fact in shared if " or " not in fact]
    places = _places(cells, told, shared)
    return FaultStory(
        told,
        said,
        len(contexts),
        places,
        list(others.values()),
        later,
        cure_words(told.cell["cure"], [entry for entry, _ in later]),
    )


def _told_order(cell: StoryCell) -> tuple[bool, int, bool]:
    """The cells of the ``.config`` first, then the most severe, of these one with recorded boots."""
    return not cell.row.combination["given"], WORST_FIRST.index(cell.kind), not cell.cell["recorded"]


def _contexts(row: MatrixRow) -> Iterator[tuple[object, ...]]:
    return product([row.combination["id"]], row.page_sizes, row.models, row.debug)


def _places(cells: Sequence[StoryCell], told: StoryCell, shared: Sequence[str]) -> list[StoryPlace]:
    """The memory maps, that of the told cell first."""
    of_map: dict[int, list[StoryCell]] = {}
    for cell in cells:
        of_map.setdefault(cell.memory_map, []).append(cell)
    ordered = sorted(of_map, key=lambda memory_map: (memory_map != told.memory_map, memory_map))
    return [_place(of_map[memory_map], told, shared) for memory_map in ordered]


def _place(cells: Sequence[StoryCell], told: StoryCell, shared: Sequence[str]) -> StoryPlace:
    entries: dict[tuple[str, tuple[str, ...]], StoryEntry] = {}
    recorded: dict[str, Json] = {}
    known = told.faults[0]["circumstances"]
    for cell in cells:
        fault = cell.faults[0]
        only_if = tuple(words for words in fault["circumstances"] if words not in known)
        entry = entries.setdefault((cell.kind, only_if), StoryEntry(cell.kind, only_if, {}))
        rest = [fact for fact in cell.row.facts if fact not in shared]
        entry.pages.setdefault(fault["pfn"], []).append(", ".join(rest))
        recorded.update({json.dumps(boots): boots for boots in cell.cell["recorded"]})
    first = cells[0]
    return StoryPlace(
        first.memory_map, first.cell["memory_map"], list(entries.values()), list(recorded.values())
    )


def _later(cells: Sequence[StoryCell]) -> list[tuple[Json | None, list[str]]]:
    """The later releases, each with the memory maps of the cells that it makes safe."""
    found: dict[str, tuple[Json | None, list[str]]] = {}
    for cell in cells:
        later = cell.cell["later"]
        names = found.setdefault(json.dumps(later), (later, []))[1]
        if cell.cell["memory_map"] not in names:
            names.append(cell.cell["memory_map"])
    return list(found.values())
