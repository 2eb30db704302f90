# SPDX-License-Identifier: GPL-2.0-only
"""The matrix: everything that a report shows; ``reports/document.schema.json`` is its published schema."""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

from explorer.boot import Boot
from explorer.configuration import ForcedSymbol, config_fragment
from explorer.document.cell_details import (
    block_json,
    boot_facts,
    cure_json,
    graph_json,
    later_json,
    recorded_json,
)
from explorer.document.elements import (
    Json,
    build_json,
    compiler_json,
    fault_json,
    generator,
    statement_json,
)
from explorer.document.explanation import fix_json
from explorer.machine import EfiDescriptor, Firmware, MemoryMap, Region, memory_map_to_json
from explorer.study.cure_search import Cure, CureSearch, FirstSafeRelease
from explorer.study.matrix import Row, View, hazard, leading

__all__ = ["SCHEMA", "document"]

SCHEMA = "kconfig-explorer/document/1"


def document(views: Iterable[View], machines: Sequence[MemoryMap | Firmware], command: str) -> Json:
    """Everything that a report shows.

    Args:
        views: at least one.
        machines: those that the views were judged on, in the same order.
        command: the command that reproduces the document.
    """
    views = list(views)
    remedies = CureSearch(views, machines)
    names = [machine.name for machine in machines]
    return {
        "schema": SCHEMA,
        "generator": generator(),
        "command": command,
        "memory_maps": [_machine(machine) for machine in machines],
        "views": [_view(view, names, remedies) for view in views],
    }


def _machine(machine: MemoryMap | Firmware) -> Json:
    """A map as given, with a hash of its content."""
    facts = _firmware(machine) if isinstance(machine, Firmware) else memory_map_to_json(machine)
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return {
        "name": machine.name,
        "description": machine.description,
        "notes": list(machine.notes),
        "source": machine.source,
        "kind": "firmware" if isinstance(machine, Firmware) else "memblock",
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        **facts,
    }


def _firmware(firmware: Firmware) -> Json:
    """What firmware said: the kernel version decides what memblock becomes of it."""
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
    """An EFI descriptor, cut where the node changes: EFI's map is the memory, and banks tell nodes alone."""
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


def _view(view: View, names: Sequence[str], remedies: CureSearch) -> Json:
    listed = _Listed({}, {})
    combinations = [_combination(row, view, names, remedies, listed) for row in view.rows]
    return {
        "kernel": str(view.tree.release),
        "kconfig": view.tree.label,
        "files": [{"path": file.path, "sha256": file.sha256} for file in view.tree.files()],
        "compiler": compiler_json(view.tree.compiler),
        "question": _question(view),
        "context": {**build_json(view.context), "settings": dict(view.settings)},
        "symbols": [
            {"name": symbol.name, "defined": symbol.defined, "prompt": symbol.prompt}
            for symbol in view.space.studied
        ],
        "forced": [_forced(forced, view) for forced in view.space.forced],
        "what_ifs": view.what_ifs,
        "summary": _summary(view),
        "combinations": combinations,
        "statements": [json.loads(entry) for entry in listed.statements],
        "faults": [json.loads(entry) for entry in listed.faults],
        "boots": {name: boot_facts(boot) for name, boot in zip(names, _plain(view).boots, strict=True)},
        "graph": graph_json(view) if view.what_ifs else None,
    }


def _question(view: View) -> str:
    """Whether the rest is free or fixed; the two have different answers."""
    if view.base is not None:
        return f"rest fixed to {view.base.source}"
    return "rest fixed as set" if view.settings else "rest free"


def _plain(view: View) -> Row:
    """The first row that Kconfig can produce, or else the first: its boots stand for the view's geometry."""
    return next((row for row in view.rows if row.combination.reachable), view.rows[0])


def _forced(forced: ForcedSymbol, view: View) -> Json:
    gone = forced.value == "n" and not view.tree.defines(forced.symbol)
    return {
        "symbol": forced.symbol,
        "value": forced.value,
        "gone": gone,
        "because": [statement_json(line) for line in forced.because],
    }


def _summary(view: View) -> Json:
    reachable = [row for row in view.rows if row.combination.reachable]
    verdicts = [str(row.verdict) for row in reachable]
    return {
        "combinations": len(view.space.combinations),
        "reachable": len(reachable),
        **{verdict: verdicts.count(verdict) for verdict in ("unsafe", "safe", "unknown")},
    }


def _combination(row: Row, view: View, names: Sequence[str], remedies: CureSearch, listed: "_Listed") -> Json:
    combination = row.combination
    witness = combination.witness
    reachable = combination.reachable
    cures = remedies.cures(view, row) if reachable else repeat(None)
    later = remedies.later(view, row) if reachable else repeat(None)
    cells = [
        _cell(name, boot, reachable=reachable, listed=listed) | _remedies(cure, fixed, view)
        for name, boot, cure, fixed in zip(names, row.boots, cures, later, strict=False)
    ]
    return {
        "id": ",".join(f"{name}={value}" for name, value in combination.values.items()),
        "values": dict(combination.values),
        "reachable": reachable,
        "witness": None if witness is None else dict(sorted(witness.items())),
        "witness_config": None if witness is None else config_fragment(view.tree, witness),
        "fix": None if combination.fix is None else fix_json(combination.fix, view.tree),
        "conflict": [_index(statement_json(line), listed.statements) for line in combination.conflict],
        "memory_model": str(row.build.memory_model),
        "unmodelled": list(row.boots[0].unmodelled),
        "cells": cells,
    }


def _cell(name: str, boot: Boot, *, reachable: bool, listed: "_Listed") -> Json:
    verdict = str(boot.verdict)
    shown = [{**fault_json(fault, boot), "block": block_json(fault, boot)} for fault in leading(boot.faults)]
    return {
        "memory_map": name,
        "verdict": verdict if reachable else "unreachable",
        "what_if": verdict,
        "hazard": hazard(boot),
        "faults": [_index(fault, listed.faults) for fault in shown],
        "recorded": recorded_json(boot) if reachable else [],
    }


def _remedies(cure: Cure | None, later: FirstSafeRelease | None, view: View) -> Json:
    return {"cure": cure_json(cure, view.tree), "later": later_json(later)}


class _Listed(NamedTuple):
    """Entries of a view that many cells share, each once, as JSON with its place."""

    faults: dict[str, int]
    statements: dict[str, int]


def _index(entry: Json, listed: dict[str, int]) -> int:
    """The place of an entry in a list of the view, which holds equal entries once, as JSON."""
    return listed.setdefault(json.dumps(entry), len(listed))
