# SPDX-License-Identifier: GPL-2.0-or-later
"""All kernels side by side: memory maps are lines, the reachable combinations of each kernel columns.

The first line is every memory map: what is proven. It is missing on a page without proofs.

There is one strip for each value of DEBUG_VM, with the smallest page size and each kernel's usual memory
model. Neighbouring kernels whose columns are equal and tell no story share their columns. A numbered mark
between two kernels stands for the first release in which the answers of an unsafe row are safe, and for the
one difference that made them so.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from explorer.narrative.verdict_narrative import VERDICT_WORDS
from explorer.report.matrix_rows import MatrixRow
from explorer.report.words import ICONS, Json
from explorer.version import KernelVersion

__all__ = ["CureMark", "Square", "Strip", "StripName", "strips"]

_SIDE, _GAP, _LEFT, _TOP, _LINE = 26, 12, 204, 64, 20
_CHARACTER = 7.5  # the width of a character of the label, about


class Square(NamedTuple):
    """A cell of the strip; ``target`` is the id of its story or proof, empty for none."""

    x: float
    y: float
    kind: str
    icon: str
    title: str
    target: str


class Column(NamedTuple):
    """Kernels with equal squares: where these begin, how wide they are, and the values above each of them."""

    kernel: str
    label: str
    x: float
    width: float
    rows: list[tuple[float, str]]


class CureMark(NamedTuple):
    """A mark between two kernels; ``cells`` unsafe cells of the strip are safe since the release."""

    number: int
    x: float
    release: str
    cause: Json | None
    cells: int


class StripName(NamedTuple):
    """The name of a line: its place, and the index of its memory map; -1 for every map."""

    y: int
    name: str
    memory_map: int


class Strip(NamedTuple):
    """One strip and its size."""

    debug: str
    width: float
    height: float
    columns: list[Column]
    names: list[StripName]
    squares: list[Square]
    cures: list[CureMark]


def strips(rows: list[MatrixRow], maps: list[str]) -> list[Strip]:
    """The strips, DEBUG_VM=n first; none for a page of one kernel."""
    if len({row.kernel for row in rows}) < 2:
        return []
    smallest = min(size for row in rows for size in row.page_sizes)
    made = []
    for debug in ("n", "y"):
        of_debug = [row for row in rows if smallest in row.page_sizes and debug in row.debug]
        shown = list(_with_usual_model(of_debug))
        if shown:
            made.append(_strip(debug, shown, maps))
    return made


def _with_usual_model(rows: list[MatrixRow]) -> Iterable[MatrixRow]:
    """The rows of each kernel with SPARSEMEM_VMEMMAP; without it, with the memory model of its first row."""
    first: dict[str, str] = {}
    for row in rows:
        first.setdefault(row.kernel, row.models[0])
    vmemmap = "SPARSEMEM_VMEMMAP"
    has = {row.kernel for row in rows if vmemmap in row.models}
    return (row for row in rows if (vmemmap if row.kernel in has else first[row.kernel]) in row.models)


def _strip(debug: str, rows: list[MatrixRow], maps: list[str]) -> Strip:
    columns: list[Column] = []
    squares: list[Square] = []
    first = 1 if _has_proofs(rows) else 0
    x: float = _LEFT
    for kernels, own in _with_equal_columns(rows):
        label = kernels[0] if len(kernels) == 1 else f"{kernels[0]} to {kernels[-1]}"
        width = max(len(own) * _SIDE, len(label) * _CHARACTER)
        start = x + (width - len(own) * _SIDE) / 2
        above = [(start + at * _SIDE + _SIDE / 2, _short(row)) for at, row in enumerate(own)]
        columns.append(Column(kernels[0], label, x, width, above))
        for at, row in enumerate(own):
            squares += _squares(row, start + at * _SIDE, first)
            squares += [_every_map(row, start + at * _SIDE)] if first else []
        x += width + _GAP
    lines = ["every map", *maps] if _has_proofs(rows) else maps
    names = [StripName(_TOP + at * _LINE, name, at - first) for at, name in enumerate(lines)]
    height = _TOP + len(lines) * _LINE + 26
    return Strip(debug, x - _GAP + 4, height, columns, names, squares, _cures(rows, columns))


def _with_equal_columns(rows: list[MatrixRow]) -> Iterable[tuple[list[str], list[MatrixRow]]]:
    """Neighbouring kernels whose columns are equal and tell no story, with the rows of the first of them."""
    of_kernel: dict[str, list[MatrixRow]] = {}
    for row in rows:
        of_kernel.setdefault(row.kernel, []).append(row)
    for _, group in groupby(of_kernel.items(), key=lambda entry: _look(*entry)):
        kernels = list(group)
        yield [kernel for kernel, _ in kernels], kernels[0][1]


def _look(kernel: str, own: list[MatrixRow]) -> tuple[object, ...]:
    """What the columns of a kernel show; with stories, which only they lead to, also the kernel."""
    stories = any(cell.story >= 0 for row in own for cell in row.cells)
    kinds = tuple(
        (_short(row), row.every_map["words"], tuple(cell.kind for cell in row.cells)) for row in own
    )
    return kernel if stories else "", kinds


def _squares(row: MatrixRow, x: float, first: int) -> Iterable[Square]:
    for cell in row.cells:
        name = row.combination["cells"][cell.memory_map]["memory_map"]
        title = f"{_title(row)} on {name}: {VERDICT_WORDS[cell.kind]}"
        y = _TOP + (cell.memory_map + first) * _LINE
        yield Square(x, y, cell.kind, ICONS[cell.kind], title, cell.target)


_OUTCOME_ICONS = {"proven": "✓", "class": "≈", "dies": "✗", "unknown": "?", "unproven": "·"}


def _every_map(row: MatrixRow, x: float) -> Square:
    """The cell of all memory maps."""
    claims = row.every_map
    title = f"{_title(row)} on every map: {claims['words']}"
    target = f"p{row.proof}" if row.proof >= 0 else ""
    outcome = claims["outcome"]
    return Square(x, _TOP, f"every-{outcome}", _OUTCOME_ICONS[outcome], title, target)


def _title(row: MatrixRow) -> str:
    return f"{row.kernel} {row.combination['id'].replace(',', ' ')}"


def _has_proofs(rows: list[MatrixRow]) -> bool:
    return any(row.proof >= 0 for row in rows)


def _short(row: MatrixRow) -> str:
    """The values without their names, which are above the strip."""
    return "".join(str(value) for value in row.combination["values"].values())


def _cures(rows: list[MatrixRow], columns: list[Column]) -> list[CureMark]:
    """Each release and cause once, with the number of cells that are safe since then."""
    counted: dict[tuple[str, str], tuple[Json, int]] = {}
    for row in rows:
        for cell in row.combination["cells"]:
            later = cell["later"]
            if later:
                key = (later["release"], str(later["cause"]))
                counted[key] = (later, counted.get(key, (later, 0))[1] + 1)
    ordered = sorted(counted.values(), key=lambda entry: KernelVersion.parse(entry[0]["release"]))
    return [
        CureMark(number, _between(columns, later["release"]), later["release"], later["cause"], cells)
        for number, (later, cells) in enumerate(ordered, start=1)
    ]


def _between(columns: list[Column], release: str) -> float:
    """Before the first kernel that is not older than a release; after the last where all are older."""
    wanted = KernelVersion.parse(release)
    for column in columns:
        if KernelVersion.parse(column.kernel) >= wanted:
            return column.x - _GAP / 2
    last = columns[-1]
    return last.x + last.width + 2
