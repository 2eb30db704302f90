# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything that a matrix or report shows; the schema is ``reports/document.schema.json``."""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, repeat
from typing import NamedTuple

from explorer.boot import Boot, Verdict
from explorer.configuration import Combination, ForcedSymbol, commit_of_checkout, config_fragment
from explorer.document.answers import kernel_answers
from explorer.document.cell_details import (
    block_json,
    boot_facts,
    cure_json,
    graph_json,
    later_json,
    recorded_json,
)
from explorer.document.claims import CounterexampleList
from explorer.document.correction_set import correction_set_json
from explorer.document.elements import (
    Json,
    boot_parameters_json,
    compiler_json,
    fault_json,
    generator,
    kernel_config_json,
    statement_json,
    undecided_json,
)
from explorer.document.safe_sets import safe_sets_of_matrices
from explorer.machine import EfiDescriptor, Firmware, MemoryMap, Region, memory_map_to_json
from explorer.narrative.gap_narrative import gap_words
from explorer.study.cure_search import CureSearch
from explorer.study.matrix import Matrix, Row, hazard, leading
from explorer.study.release_search import ReleaseSearch
from explorer.study.results import StudyResults

__all__ = ["SCHEMA", "MatrixDocument", "document"]

SCHEMA = "kconfig-explorer/document/1"


def document(
    matrices: Iterable[Matrix],
    machines: Sequence[MemoryMap | Firmware],
    command: str,
    *,
    results: StudyResults | None = None,
    details: bool = True,
) -> Json:
    """Everything that a report shows.

    Args:
        matrices: at least one.
        machines: the machines of the matrices, in the same order.
        command: the command that reproduces the document.
        results: what the study of the matrices computed.
        details: search for cures and later releases, answer for each kernel, and draw the dependency graph;
            otherwise these fields are null, and there are no answers.
    """
    made = MatrixDocument(machines, results or StudyResults(machines), details=details)
    for _, of_kernel in groupby(matrices, key=lambda matrix: id(matrix.tree)):
        made.add(list(of_kernel))
    return made.finished(command)


class MatrixDocument:
    """Makes a document kernel by kernel: what was added needs neither matrices nor boots any more.

    Args:
        machines: as of ``document()``.
        results: as of ``document()``.
        details: as of ``document()``.
    """

    def __init__(
        self, machines: Sequence[MemoryMap | Firmware], results: StudyResults, *, details: bool = True
    ) -> None:
        self._machines = machines
        self._results = results
        self._later = ReleaseSearch(results) if details else None
        self._views: list[Json] = []
        self._once = _Once()
        self._counterexamples = CounterexampleList()
        self._safe_sets: list[Json] = []

    def add(self, matrices: Sequence[Matrix], variants_out_of_time: float | None = None) -> None:
        """Add one kernel: the matrix as Kconfig gives it, then those of its variants.

        Args:
            matrices: the matrices.
            variants_out_of_time: the seconds after which its variants were left undecided; there are no
                matrices of them then.
        """
        details = _Details(matrices, self._results, self._later) if self._later else None
        names = [machine.name for machine in self._machines]
        for matrix in matrices:
            shared = _Shared(_Entries(self._once), _Entries(self._once), self._once, self._counterexamples)
            view = _view(matrix, names, details, shared, matrix is matrices[0])
            self._views.append(view | {"variants_out_of_time": variants_out_of_time})
        self._safe_sets += safe_sets_of_matrices(matrices)

    def finished(self, command: str) -> Json:
        """The document of all kernels that were added.

        Args:
            command: the command that reproduces it.
        """
        return {
            "schema": SCHEMA,
            "generator": generator(),
            "command": command,
            "answers": kernel_answers(self._views) if self._later else [],
            "memory_maps": [_machine(machine) for machine in self._machines],
            "views": self._views,
            "counterexamples": self._counterexamples.entries,
            "safe_sets": self._safe_sets,
        }


class _Details:
    """The cures and later releases of cells."""

    def __init__(self, matrices: Sequence[Matrix], results: StudyResults, later: ReleaseSearch) -> None:
        self._cures = CureSearch(matrices, results)
        self._releases = later

    def of(self, matrix: Matrix, row: Row) -> Iterator[Json]:
        """The fields of each cell of a reachable row, in order."""
        searches = zip(self._cures.cures(matrix, row), self._releases.first_safe(matrix, row), strict=True)
        for cure, later in searches:
            yield {
                "cure": cure_json(cure, matrix.tree, is_whole=matrix.base is None),
                "later": later_json(later),
            }


_NO_DETAILS: Json = {"cure": None, "later": None}


def _machine(machine: MemoryMap | Firmware) -> Json:
    """A memory map as given, with the SHA-256 of its content."""
    facts = _firmware(machine) if isinstance(machine, Firmware) else memory_map_to_json(machine)
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return {
        "name": machine.name,
        "description": machine.description,
        "notes": list(machine.notes),
        **boot_parameters_json(machine.command_line, machine.kaslr_seed),
        "source": machine.source,
        "kind": "firmware" if isinstance(machine, Firmware) else "memblock",
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        **facts,
    }


def _firmware(firmware: Firmware) -> Json:
    """The memory that firmware describes; each kernel makes its own memblock of it."""
    memory = memory_map_to_json(MemoryMap(firmware.name, firmware.banks))["memory"]
    if firmware.efi:
        banks = sorted(firmware.banks, key=lambda bank: bank.base)
        memory = [entry for descriptor in firmware.efi for entry in _descriptor(descriptor, banks)]
    reserved = [
        {"base": hex(node.base), "size": hex(node.size), "flags": ["no-map"] if node.no_map else []}
        for node in firmware.reserved
    ]
    return {"memory": memory, "reserved": reserved}


def _descriptor(descriptor: EfiDescriptor, banks: Sequence[Region]) -> Iterator[Json]:
    """An EFI descriptor, split where the node changes; the banks give the nodes, EFI gives the memory."""
    low, end = descriptor.base, descriptor.base + descriptor.size
    flags = [descriptor.kind, *sorted(descriptor.attributes)]
    while low < end:
        index = bisect_left(banks, low + 1, key=lambda bank: bank.end)
        bank = banks[index] if index < len(banks) else None
        inside = bank is not None and bank.base <= low
        high = end if bank is None else min(end, bank.end if inside else bank.base)
        piece = MemoryMap("", (Region(low, high - low, node=bank.node if bank and inside else None),))
        yield memory_map_to_json(piece)["memory"][0] | {"flags": flags}
        low = high


def _view(
    matrix: Matrix,
    names: Sequence[str],
    details: _Details | None,
    shared: "_Shared",
    lists_files: bool,  # noqa: FBT001 # positional like the rest
) -> Json:
    facts = map(shared.once.value, map(boot_facts, _geometry(matrix)))
    combinations = [_combination(row, matrix, names, details, shared) for row in matrix.rows]
    return {
        "kernel": str(matrix.tree.release),
        "kconfig": matrix.tree.label,
        "commit": commit_of_checkout(matrix.tree.parse_input.folder),
        "files": [{"path": file.path, "sha256": file.sha256} for file in matrix.tree.files() if lists_files],
        "compiler": compiler_json(matrix.tree.compiler),
        "question": _question(matrix),
        "context": {**kernel_config_json(matrix.kernel_config), "settings": dict(matrix.settings)},
        "symbols": [
            {"name": symbol.name, "defined": symbol.defined, "prompt": symbol.prompt}
            for symbol in matrix.projection.studied
        ],
        "forced": [_forced(forced, matrix) for forced in matrix.projection.forced],
        "what_ifs": matrix.what_ifs,
        "summary": _summary(matrix),
        "combinations": combinations,
        "statements": shared.statements.listed,
        "faults": shared.faults.listed,
        "boots": dict(zip(names, facts, strict=False)),
        "graph": graph_json(matrix) if details and matrix.what_ifs else None,
    }


def _question(matrix: Matrix) -> str:
    """Whether the other symbols are free or fixed; the two questions have different answers."""
    if matrix.base is not None:
        return f"rest fixed to {matrix.base.source}"
    return "rest fixed as set" if matrix.settings else "rest free"


def _geometry(matrix: Matrix) -> Sequence[Boot]:
    """The boots whose zones and sections the matrix shows: of the first reachable row, else of the first."""
    rows = sorted(matrix.rows, key=lambda row: not row.combination.reachable)
    return rows[0].boots if rows else ()


def _forced(forced: ForcedSymbol, matrix: Matrix) -> Json:
    gone = forced.value == "n" and not matrix.tree.defines(forced.symbol)
    return {
        "symbol": forced.symbol,
        "value": forced.value,
        "gone": gone,
        "because": [statement_json(line) for line in forced.lines],
    }


def _summary(matrix: Matrix) -> Json:
    reachable = [row for row in matrix.rows if row.combination.reachable]
    verdicts = [str(row.verdict) for row in reachable]
    return {
        "combinations": len(matrix.projection.combinations),
        "reachable": len(reachable),
        "undecided": sum(row.combination.is_unknown for row in matrix.rows),
        "out_of_time": sum(row.combination.out_of_time is not None for row in matrix.rows),
        **{verdict: verdicts.count(verdict) for verdict in ("unsafe", "safe", "unknown")},
    }


def _combination(
    row: Row, matrix: Matrix, names: Sequence[str], details: _Details | None, shared: "_Shared"
) -> Json:
    combination = row.combination
    witness = combination.witness
    reachable = combination.reachable
    of_cells = details.of(matrix, row) if details and reachable else repeat(_NO_DETAILS, len(names))
    cells = [
        shared.once.value(_cell(name, boot, combination, shared) | of_cell)
        for name, boot, of_cell in zip(names, row.boots, of_cells, strict=True)
    ]
    return {
        "id": ",".join(f"{name}={value}" for name, value in combination.values.items()),
        "values": dict(combination.values),
        "reachable": reachable,
        "given": combination.values == matrix.given,
        "undecided": undecided_json(combination.undecided),
        "out_of_time": combination.out_of_time,
        "witness": None if witness is None else dict(sorted(witness.items())),
        "witness_config": None if witness is None else config_fragment(matrix.tree, witness),
        "fix": None
        if combination.correction_set is None
        else correction_set_json(combination.correction_set, matrix.tree),
        "conflict": [shared.statements.index(statement_json(line)) for line in combination.core_lines],
        "conflict_minimal": combination.is_core_minimal,
        "memory_model": str(row.kernel_config.memory_model),
        "unmodelled": list(map(gap_words, row.boots[0].unmodelled)),
        "cells": cells,
        "every_map": shared.counterexamples.claims_json(row.claims) if reachable else None,
    }


def _cell(name: str, boot: Boot, combination: Combination, shared: "_Shared") -> Json:
    verdict = str(boot.verdict)
    doubtful = "unreachable" if combination.unreachable else str(Verdict.UNKNOWN)
    faults = [{**fault_json(fault, boot), "block": block_json(fault, boot)} for fault in leading(boot.faults)]
    return {
        "memory_map": name,
        "verdict": verdict if combination.reachable else doubtful,
        "what_if": verdict,
        "hazard": str(hazard(boot)),
        "faults": list(map(shared.faults.index, faults)),
        "recorded": recorded_json(boot) if combination.reachable else [],
    }


class _Once:
    """Keeps equal values of a document as one object: the kernels and variants of a report are much alike."""

    def __init__(self) -> None:
        self._values: dict[bytes, Json] = {}

    def value(self, value: Json) -> Json:
        """The first value that was equal to this one."""
        return self._values.setdefault(hashlib.sha256(json.dumps(value).encode()).digest(), value)


class _Entries:
    """Entries of a view, each once. Cells and rows refer to them by index.

    Attributes:
        listed: the entries in order.
    """

    def __init__(self, once: _Once) -> None:
        self.listed: list[Json] = []
        self._once = once
        self._indices: dict[int, int] = {}

    def index(self, entry: Json) -> int:
        """The index of an entry in the list; a new one is appended."""
        kept = self._once.value(entry)
        if id(kept) not in self._indices:
            self._indices[id(kept)] = len(self.listed)
            self.listed.append(kept)
        return self._indices[id(kept)]


class _Shared(NamedTuple):
    """What many rows or cells refer to, each once.

    Attributes:
        faults: the faults of the view.
        statements: the Kconfig statements of the view.
        once: the values of the document.
        counterexamples: the counterexamples of the document.
    """

    faults: _Entries
    statements: _Entries
    once: _Once
    counterexamples: CounterexampleList
