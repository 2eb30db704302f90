# SPDX-License-Identifier: GPL-2.0-only
"""Real boots that bear on a cell: a shipped summary of the recordings, and which of its entries apply.

``reports/recorded.json`` is derived from ``tests/data/boots`` by ``summary`` (``make recorded`` writes it,
and a test fails while it is stale), so that a report made outside a checkout can cite what was booted.

An entry applies to a boot when the kernel initialises memory alike (same series, same changes) and page size,
memory model, the values that were recorded and every memory region are equal. What else was configured may
differ; so an entry is evidence beside a verdict and never decides one.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from explorer.boot import Boot, kernel
from explorer.evidence.boot_replay import ReplayedBoot, ReplayOutcome, base_trigger
from explorer.machine import MemoryMap, memory_map_to_json
from explorer.resources import data_folder
from explorer.version import KernelVersion

__all__ = ["BootEvidence", "evidence_for", "summary"]

_RECORDED_SYMBOLS = (
    "NUMA",
    "HOLES_IN_ZONE",
    "HAVE_ARCH_PFN_VALID",
    "ARCH_HAS_HOLES_MEMORYMODEL",
    "DEBUG_VM",
    "DEBUG_VM_PGFLAGS",
)


class BootEvidence(NamedTuple):
    """Recorded boots of one kernel on one memory map.

    Attributes:
        kernel: the release that booted.
        ram_fill: what RAM held before: ``zero`` or ``ff``.
        boots: how many there are.
        died: how many of them died.
        where: the triggers and functions in which they died, most frequent first.
        matched: how many came out as the simulator says.
    """

    kernel: str
    ram_fill: str
    boots: int
    died: int
    where: tuple[str, ...]
    matched: int


_Key = tuple[str, str, int, str, str, str]


def summary(replayed: Iterable[ReplayedBoot]) -> list[dict[str, Any]]:
    """The recordings of configurations that Kconfig can produce, counted, in stable order."""
    groups: dict[_Key, list[ReplayedBoot]] = {}
    for one in replayed:
        if one.reachable:
            groups.setdefault(_key_of_recording(one), []).append(one)
    return [_entry(key, found) for key, found in sorted(groups.items())]


def evidence_for(boot: Boot) -> tuple[BootEvidence, ...]:
    """The entries of the shipped summary that apply to a boot."""
    return tuple(
        entry
        for release, entry in _shipped().get(_place(boot), ())
        if release.series == boot.kernel_config.kernel.version.series
        and kernel(release).changes == boot.kernel_config.kernel.changes
    )


def _key_of_recording(one: ReplayedBoot) -> _Key:
    model, page_size, values, memory = _place(one.boot)
    return one.row["kernel"], model, page_size, values, memory, one.row.get("ram_fill") or "zero"


def _place(boot: Boot) -> tuple[str, int, str, str]:
    """What must be equal: memory model, page size, the recorded symbols' values, memory regions."""
    values = "".join("y" if boot.kernel_config.has(name) else "n" for name in _RECORDED_SYMBOLS)
    return (
        str(boot.kernel_config.memory_model),
        1 << boot.kernel_config.page_shift,
        values,
        _memory(boot.memory_map),
    )


def _memory(memory_map: MemoryMap) -> str:
    """The regions of memory in a short line; nodes count where a region has one other than 0."""
    regions = memory_map_to_json(memory_map)["memory"]
    return ";".join(
        f"{entry['base']}+{entry['size']}{''.join(entry.get('flags', ()))}@{entry.get('node') or 0}"
        for entry in regions
    )


def _entry(key: _Key, found: list[ReplayedBoot]) -> dict[str, Any]:
    release, model, page_size, values, memory, fill = key
    died = [one for one in found if one.row["outcome"] != "ok"]
    where = Counter(f"{base_trigger(one.row['stage'])}: {one.row.get('fault_in')}()" for one in died)
    return {
        "kernel": release,
        "memory_model": model,
        "page_size": page_size,
        "values": values,
        "memory": memory,
        "ram_fill": fill,
        "boots": len(found),
        "died": len(died),
        "where": [place for place, _ in sorted(where.items(), key=lambda entry: (-entry[1], entry[0]))],
        "matched": sum(one.outcome is ReplayOutcome.MATCH for one in found),
    }


@cache
def _shipped() -> Mapping[tuple[str, int, str, str], list[tuple[KernelVersion, BootEvidence]]]:
    entries = json.loads((data_folder("reports") / "recorded.json").read_text(encoding="utf-8"))
    found: dict[tuple[str, int, str, str], list[tuple[KernelVersion, BootEvidence]]] = {}
    for entry in entries:
        place = (entry["memory_model"], entry["page_size"], entry["values"], entry["memory"])
        told = BootEvidence(
            entry["kernel"],
            entry["ram_fill"],
            entry["boots"],
            entry["died"],
            tuple(entry["where"]),
            entry["matched"],
        )
        found.setdefault(place, []).append((KernelVersion.parse(entry["kernel"]), told))
    return found
