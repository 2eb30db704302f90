# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of the matrix: combinations that Kconfig can produce, in every variant; equal rows are merged.

Rules:

1. A row of a variant, and the same row of the view whose other symbols are free, are merged.
2. Rows of one kernel with equal values, cells and claims about every map are merged when their variants
   differ in one dimension only. So a merged row stands for the product of the page sizes, models and DEBUG_VM
   values that it lists.
3. A cell points at its story; ``explorer.report.fault_stories`` says which.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from explorer.narrative.verdict_narrative import VERDICT_WORDS, WORST_FIRST
from explorer.report.words import ICONS, Json, hazard_or_verdict, page_size

__all__ = [
    "MatrixCell",
    "MatrixRow",
    "claims_key",
    "merged_rows",
]


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A cell as shown.

    Attributes:
        kind: its hazard, or its verdict where it is not unsafe.
        memory_map: the index of its memory map.
        story: the index of its story; -1 for none.
    """

    kind: str
    memory_map: int
    story: int = -1

    @property
    def target(self) -> str:
        """The id of its entry in its story; empty for none."""
        return f"c{self.story}m{self.memory_map}" if self.story >= 0 else ""

    @property
    def word(self) -> str:
        """The verdict in words."""
        return VERDICT_WORDS[self.kind]

    @property
    def icon(self) -> str:
        """The icon of the verdict."""
        return ICONS[self.kind]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A combination of one kernel in one or more variants.

    Attributes:
        kernel: the release.
        page_sizes: bytes.
        models: memory models.
        debug: values of DEBUG_VM.
        combination: the document's entry of the first variant.
        view: the document's view of the first variant.
        cells: one for each memory map.
        proof: the index of its proof; -1 for none.
    """

    kernel: str
    page_sizes: tuple[int, ...]
    models: tuple[str, ...]
    debug: tuple[str, ...]
    combination: Json
    view: Json
    cells: tuple[MatrixCell, ...]
    proof: int = -1

    @property
    def facts(self) -> list[str]:
        """What tells it from other rows of its kernel: values of symbols with a prompt, and its variant."""
        asked = (symbol["name"] for symbol in self.view["symbols"] if symbol["prompt"])
        values = [f"{name}={self.combination['values'][name]}" for name in asked]
        pages = " or ".join(page_size(size) for size in self.page_sizes)
        return [*values, " or ".join(self.models), f"DEBUG_VM={' or '.join(self.debug)}", f"{pages} pages"]

    @property
    def every_map(self) -> Json:
        """The document's claims about every memory map."""
        claims: Json = self.combination["every_map"]
        return claims

    @property
    def smallest(self) -> int | None:
        """The index of the smallest memory map on which the kernel dies; ``None`` if none is known."""
        levels = self.every_map["levels"]
        return levels[0]["smallest"] if levels else None

    @property
    def worst(self) -> str:
        """The most severe hazard or verdict among the cells."""
        kinds = {cell.kind for cell in self.cells}
        return next(kind for kind in WORST_FIRST if kind in kinds)

    @property
    def unsafe(self) -> int:
        """On how many maps the combination is unsafe."""
        return sum(cell.kind not in {"safe", "unknown"} for cell in self.cells)


def merged_rows(document: Json) -> list[MatrixRow]:
    """The merged rows, kernels in the document's order."""
    rows: dict[tuple[object, ...], MatrixRow] = {}
    for row in _single_rows(document):
        key = (row.kernel, row.page_sizes, row.models, row.debug, row.combination["id"])
        rows[key] = row  # the view of a variant names more settings than the one whose other symbols are free
    kernels = list(dict.fromkeys(row.kernel for row in rows.values()))
    groups: dict[tuple[object, ...], list[MatrixRow]] = {}
    for row in rows.values():
        kinds = tuple(cell.kind for cell in row.cells)
        groups.setdefault((row.kernel, row.combination["id"], kinds, claims_key(row)), []).append(row)
    merged = [row for group in groups.values() for row in _merged(group)]
    return sorted(merged, key=lambda row: (kernels.index(row.kernel), row.combination["id"], *_order(row)))


def _single_rows(document: Json) -> Iterator[MatrixRow]:
    for view in document["views"]:
        for combination in view["combinations"]:
            if combination["reachable"]:
                kinds = map(hazard_or_verdict, combination["cells"])
                cells = tuple(MatrixCell(kind, at) for at, kind in enumerate(kinds))
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


def claims_key(row: MatrixRow) -> tuple[str, ...]:
    """What the claims of a row say, without the smallest maps: those differ with the page size."""
    claims = row.every_map
    return claims["words"], *(level["sentence"] for level in claims["levels"])


_DIMENSIONS = ("debug", "page_sizes", "models")


def _merged(group: list[MatrixRow]) -> list[MatrixRow]:
    """Merge along one dimension after the other."""
    for dimension in _DIMENSIONS:
        merged: dict[tuple[object, ...], MatrixRow] = {}
        for row in group:
            key = tuple(getattr(row, other) for other in _DIMENSIONS if other != dimension)
            if key in merged:
                values = (*getattr(merged[key], dimension), *getattr(row, dimension))
                changed: Any = {dimension: tuple(dict.fromkeys(values))}
                merged[key] = replace(merged[key], **changed)
            else:
                merged[key] = row
        group = list(merged.values())
    return group


_MODELS = ("SPARSEMEM_VMEMMAP", "SPARSEMEM", "FLATMEM")


def _order(row: MatrixRow) -> tuple[int, int, str]:
    """The order among variants: the most used comes first."""
    return _MODELS.index(row.models[0]), row.page_sizes[0], row.debug[0]
