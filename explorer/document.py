# SPDX-License-Identifier: GPL-2.0-only
"""The one JSON document behind every face, as plain data.

``reports/document.schema.json`` is its published schema. Numbers are pfns or counts; addresses are
hexadecimal strings of bytes; order is stable, so equal input gives equal bytes.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from explorer.boot import Boot, Build, Fault, account, chain, struct_page_words, why
from explorer.check import Checked
from explorer.configuration import Combination, Forced, Statement, Tree, config_fragment
from explorer.machine import Firmware, MemoryMap, Region, memory_map_to_json
from explorer.matrix import Row, View, hazard, leading
from explorer.replay import Replayed

__all__ = ["SCHEMA", "boot_json", "checked_json", "document", "explained_json", "replayed_json"]

SCHEMA = "kconfig-explorer/document/1"

Json = dict[str, Any]


def document(views: Iterable[View], machines: Sequence[MemoryMap | Firmware], command: str) -> Json:
    """Everything that a report shows.

    Args:
        views: at least one.
        machines: those that the views were judged on, in the same order.
        command: the command that reproduces the document.
    """
    return {
        "schema": SCHEMA,
        "generator": _generator(),
        "command": command,
        "memory_maps": [_machine(machine) for machine in machines],
        "views": [_view(view, [machine.name for machine in machines]) for view in views],
    }


def _generator() -> Json:
    """Name and version of this program."""
    try:
        return {"name": "kconfig-explorer", "version": version("kconfig-explorer")}
    except PackageNotFoundError:
        return {"name": "kconfig-explorer", "version": "unknown"}


def _machine(machine: MemoryMap | Firmware) -> Json:
    """A map as given, with a hash of its content."""
    facts = _firmware(machine) if isinstance(machine, Firmware) else memory_map_to_json(machine)
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return {
        "name": machine.name,
        "description": machine.description,
        "source": machine.source,
        "kind": "firmware" if isinstance(machine, Firmware) else "memblock",
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        **facts,
    }


def _firmware(firmware: Firmware) -> Json:
    """What firmware said: the kernel version decides what memblock becomes of it."""
    told = firmware.banks or tuple(Region(entry.base, entry.size) for entry in firmware.efi)
    banks = memory_map_to_json(MemoryMap(firmware.name, told))["memory"]
    for bank, entry in zip(banks, firmware.efi, strict=False):
        bank["flags"] = [entry.kind, *sorted(entry.attributes)]
    reserved = [
        {"base": hex(node.base), "size": hex(node.size), "flags": ["no-map"] if node.no_map else []}
        for node in firmware.reserved
    ]
    return {"memory": banks, "reserved": reserved}


def _view(view: View, names: Sequence[str]) -> Json:
    faults: dict[str, int] = {}
    statements: dict[str, int] = {}
    combinations = [_combination(row, view, names, faults, statements) for row in view.rows]
    return {
        "kernel": str(view.tree.release),
        "kconfig": view.tree.label,
        "files": [{"path": file.path, "sha256": file.sha256} for file in view.tree.files()],
        "probes_not_run": view.tree.probes_not_run,
        "question": "rest fixed as set" if view.settings else "rest free",
        "context": {**_build(view.context), "settings": dict(view.settings)},
        "symbols": [
            {"name": symbol.name, "defined": symbol.defined, "prompt": symbol.prompt}
            for symbol in view.space.studied
        ],
        "forced": [_forced(forced, view) for forced in view.space.forced],
        "summary": _summary(view.rows),
        "combinations": combinations,
        "statements": [json.loads(entry) for entry in statements],
        "faults": [json.loads(entry) for entry in faults],
        "boots": {
            name: {"zones": _zones(boot)} for name, boot in zip(names, view.rows[0].boots, strict=True)
        },
    }


def _build(build: Build) -> Json:
    return {
        "page_size": 1 << build.page_shift,
        "memory_model": str(build.memory_model),
        "DEBUG_VM": "y" if build.has("DEBUG_VM") else "n",
        "DEBUG_VM_PGFLAGS": "y" if build.has("DEBUG_VM_PGFLAGS") else "n",
        "pageblock_order": build.pageblock_order,
        "max_order": build.largest_order + 1,
        "section_size_bits": build.section_size_bits,
        "ram_fill": str(build.ram_fill),
    }


def _forced(forced: Forced, view: View) -> Json:
    gone = forced.value == "n" and not view.tree.defines(forced.symbol)
    return {
        "symbol": forced.symbol,
        "value": forced.value,
        "gone": gone,
        "because": [_statement_json(line) for line in forced.because],
    }


def _statement_json(line: Statement) -> Json:
    """A line of Kconfig."""
    return {"file": line.file, "line": line.line, "text": line.text}


def _summary(rows: Sequence[Row]) -> Json:
    reachable = [row for row in rows if row.combination.reachable]
    verdicts = [str(row.verdict) for row in reachable]
    return {
        "combinations": len(rows),
        "reachable": len(reachable),
        **{verdict: verdicts.count(verdict) for verdict in ("unsafe", "safe", "unknown")},
    }


def _combination(
    row: Row, view: View, names: Sequence[str], faults: dict[str, int], statements: dict[str, int]
) -> Json:
    combination = row.combination
    witness = combination.witness
    cells = zip(names, row.boots, strict=True)
    return {
        "id": ",".join(f"{name}={value}" for name, value in combination.values.items()),
        "values": dict(combination.values),
        "reachable": combination.reachable,
        "witness": None if witness is None else dict(sorted(witness.items())),
        "witness_config": None if witness is None else config_fragment(view.tree, witness),
        "conflict": [_index(_statement_json(line), statements) for line in combination.conflict],
        "memory_model": str(row.build.memory_model),
        "unmodelled": list(row.boots[0].unmodelled),
        "cells": [_cell(name, boot, combination, faults) for name, boot in cells],
    }


def _cell(name: str, boot: Boot, combination: Combination, faults: dict[str, int]) -> Json:
    verdict = str(boot.verdict)
    shown = [_fault_json(fault, boot) for fault in leading(boot.faults)]
    return {
        "memory_map": name,
        "verdict": verdict if combination.reachable else "unreachable",
        "what_if": verdict,
        "hazard": hazard(boot),
        "faults": [_index(fault, faults) for fault in shown],
    }


def _index(entry: Json, listed: dict[str, int]) -> int:
    """The place of an entry in a list of the view, which holds equal entries once, as JSON."""
    return listed.setdefault(json.dumps(entry), len(listed))


def _fault_json(fault: Fault, boot: Boot, *, told: bool = True) -> Json:
    """A fault, with its chain of steps where it is to be told."""
    return {
        "walker": fault.walker,
        "seen_in": list(fault.seen_in),
        "trigger": fault.trigger,
        "stage": str(fault.stage),
        "pfn": fault.pfn,
        "pageblock_start_pfn": fault.pageblock_start_pfn,
        "pageblocks": fault.pageblocks,
        "zone": fault.zone.name,
        "node": fault.zone.node,
        "struct_page": struct_page_words(fault),
        "read": str(fault.read),
        "effect": str(fault.effect),
        "certain": fault.certain,
        "circumstances": [str(circumstance) for circumstance in fault.circumstances],
        "why": why(fault, boot),
        "chain": list(chain(fault, boot)) if told else [],
    }


def _zones(boot: Boot) -> list[Json]:
    return [
        {
            "node": zone.node,
            "name": zone.name,
            "start_pfn": zone.start_pfn,
            "end_pfn": zone.end_pfn,
            "spanned": zone.spanned,
            "present": zone.present,
        }
        for zone in boot.zones
    ]


def boot_json(boot: Boot, config: Mapping[str, str], *, reachable: bool) -> Json:
    """One simulated boot: what ``simulate`` prints and ``replay`` predicts.

    The chain of steps is told for the first fault of each walker and trigger; it is empty for the others,
    which tell the same of other pageblocks.

    Args:
        boot: the boot.
        config: the values that tell which kernel it was.
        reachable: Kconfig can produce them.
    """
    told = frozenset(leading(boot.faults))
    return {
        "kernel": str(boot.build.kernel.version),
        "config": dict(config),
        "reachable": reachable,
        "context": _build(boot.build),
        "memory_map": {"name": boot.memory_map.name, **memory_map_to_json(boot.memory_map)},
        "verdict": str(boot.verdict),
        "hazard": hazard(boot),
        "unmodelled": list(boot.unmodelled),
        "story": [stage._asdict() for stage in account(boot)],
        "zones": _zones(boot),
        "faults": [_fault_json(fault, boot, told=fault in told) for fault in boot.faults],
    }


def checked_json(checked: Checked) -> Json:
    """The judgement of a ``.config``."""
    return {
        "schema": "kconfig-explorer/check/1",
        "generator": _generator(),
        "file": checked.config.source,
        "kernel": str(checked.version),
        "kconfig": checked.tree.label,
        "probes_not_run": checked.tree.probes_not_run,
        "config": dict(checked.combination.values),
        "context": _build(checked.build),
        "reachable": not any(finding.id in {"unreachable", "overridden"} for finding in checked.findings),
        "verdict": checked.verdict,
        "findings": [
            {
                "id": finding.id,
                "symbol": finding.symbol,
                "line": finding.line,
                "memory_map": finding.memory_map,
                "message": finding.message,
                "causes": [_statement_json(line) for line in finding.causes],
            }
            for finding in checked.findings
        ],
        "memory_maps": [
            {
                "name": boot.memory_map.name,
                "verdict": str(boot.verdict),
                "hazard": hazard(boot),
                "faults": [_fault_json(fault, boot) for fault in leading(boot.faults)],
            }
            for boot in checked.boots
        ],
    }


def replayed_json(replayed: Replayed) -> Json:
    """A recorded boot: the prediction beside the observation."""
    row = replayed.row
    kept = ("layout", "outcome", "stage", "fault_in", "fault_page_pfn", "triggers", "skipped", "ram_fill")
    return {
        "outcome": str(replayed.outcome),
        "walker_named": replayed.walker_named,
        "page_named": replayed.page_named,
        "relevant": [
            {"trigger": fault.trigger, "walker": fault.walker, "pfn": fault.pfn}
            for fault in replayed.relevant
        ],
        "predicted": boot_json(replayed.boot, row["config"], reachable=replayed.reachable),
        "observed": {key: row.get(key) for key in kept},
    }


def explained_json(found: Combination, tree: Tree) -> Json:
    """Why a wish can or cannot be had."""
    witness = found.witness
    return {
        "schema": "kconfig-explorer/explanation/1",
        "generator": _generator(),
        "kernel": str(tree.version or ""),
        "kconfig": tree.label,
        "probes_not_run": tree.probes_not_run,
        "question": "rest free",
        "wish": dict(found.values),
        "reachable": found.reachable,
        "witness": None if witness is None else dict(sorted(witness.items())),
        "witness_config": None if witness is None else config_fragment(tree, witness),
        "conflict": [_statement_json(line) for line in found.conflict],
    }
