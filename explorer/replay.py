# SPDX-License-Identifier: GPL-2.0-only
"""Recorded boots of real kernels against the simulator.

A recording is one JSON object a line: the configuration read back from the image that booted, memblock as
that kernel dumped it, which triggers ran, and where it died. Each row is simulated and compared:

* *match*: it died and a fault was predicted for that trigger, or it survived and nothing certain was;
* *missed crash*: it died and nothing was predicted for that trigger;
* *false alarm*: it went through although a fault was called certain on a trigger that ran.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from explorer.boot.build import Build, MemoryModel, RamFill
from explorer.boot.kernel import Kernel, kernel
from explorer.boot.simulate import Boot, simulate
from explorer.boot.walkers import Fault
from explorer.configuration import Tree, load_fragment, settle
from explorer.errors import InputError
from explorer.machine.memory_map import MemoryMap, Region
from explorer.version import KernelVersion

__all__ = ["Outcome", "Replayed", "base_trigger", "replay", "totals"]

_PAGE_SYMBOLS = {4096: "ARM64_4K_PAGES", 16384: "ARM64_16K_PAGES", 65536: "ARM64_64K_PAGES"}

# What the rows do not name but every recorded kernel had: its triggers need them.
_RECORDED_WITH = {"COMPACTION": "y", "PROC_PAGE_MONITOR": "y", "HUGETLB_PAGE": "y"}


class Outcome(StrEnum):
    """How prediction and observation compare."""

    MATCH = "match"
    MISSED = "missed crash"
    FALSE_ALARM = "false alarm"


@dataclass(frozen=True, slots=True)
class Replayed:
    """A recorded boot beside its simulation.

    Attributes:
        row: the recording as read.
        boot: the simulation.
        reachable: Kconfig can produce the recorded configuration.
        outcome: how they compare.
        relevant: the predicted faults that the outcome rests on: those of the trigger that killed the boot,
            or the certain ones of triggers that ran.
        walker_named: the observed function is among those predicted for the trigger; ``None`` where the boot
            survived.
        page_named: the observed page is among those predicted for the trigger; ``None`` where the recording
            does not know the page.
    """

    row: Mapping[str, Any]
    boot: Boot
    reachable: bool
    outcome: Outcome
    relevant: tuple[Fault, ...]
    walker_named: bool | None
    page_named: bool | None


def replay(lines: Iterable[str], where: str) -> Iterator[Replayed]:
    """Replay every line of a recording, in order.

    Args:
        lines: JSON objects, one a line; empty lines are passed over.
        where: the file's name, for errors.

    Raises:
        InputError: a line is not a recorded boot.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _replayed(_row(line, f"{where}:{number}"), f"{where}:{number}")


def totals(replayed: Sequence[Replayed]) -> dict[str, int]:
    """How many boots came out how."""
    outcomes = [one.outcome for one in replayed]
    return {
        "boots": len(replayed),
        **{str(outcome): outcomes.count(outcome) for outcome in Outcome},
        "crashes": sum(one.walker_named is not None for one in replayed),
        "walker_named": sum(bool(one.walker_named) for one in replayed),
        "pages": sum(one.page_named is not None for one in replayed),
        "page_named": sum(bool(one.page_named) for one in replayed),
    }


def base_trigger(name: str) -> str:
    """A trigger without the digit of its repeat: ``fallback3`` is ``fallback``."""
    return name.rstrip("0123456789")


def _row(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"not JSON: {error}", where=where, hint="a recording holds one JSON object a line"
        ) from error
    needed = ("kernel", "page_size", "memory_model", "config", "memory_map", "outcome", "stage", "triggers")
    missing = [key for key in needed if not isinstance(row, dict) or key not in row]
    if missing:
        raise InputError(
            f"not a recorded boot: {', '.join(missing)} missing", where=where, hint="see tests/data/boots"
        )
    return dict(row)


def _replayed(row: dict[str, Any], where: str) -> Replayed:
    try:
        build, memory_map = _build(row), _memory_map(row, where)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise InputError(
            f"not a recorded boot: {error!r}", where=where, hint="see tests/data/boots"
        ) from error
    boot, reachable = simulate(build, memory_map), _reachable(row)
    if row["outcome"] == "ok":
        return _survived(row, boot, reachable=reachable)
    return _died(row, boot, reachable=reachable)


def _reachable(row: Mapping[str, Any]) -> bool:
    """Whether Kconfig can produce the recorded values, page size and memory model together."""
    vmemmap, page = _model_symbols(row), _PAGE_SYMBOLS[row["page_size"]]
    wish = {**row["config"], **vmemmap, page: "y"}
    return _settles(KernelVersion.parse(row["kernel"]), tuple(sorted(wish.items())))


@cache
def _settles(version: KernelVersion, wish: tuple[tuple[str, str], ...]) -> bool:
    values = dict(wish)
    return settle(_tree(version), {}, values, absent=values).reachable


@cache
def _tree(version: KernelVersion) -> Tree:
    return load_fragment(version)


def _died(row: dict[str, Any], boot: Boot, *, reachable: bool) -> Replayed:
    relevant = tuple(fault for fault in boot.faults if fault.trigger == base_trigger(row["stage"]))
    names = {name for fault in relevant for name in (fault.walker, *fault.seen_in)}
    page = row.get("fault_page_pfn")
    pages = {fault.pfn for fault in relevant}
    return Replayed(
        row,
        boot,
        reachable,
        Outcome.MATCH if relevant else Outcome.MISSED,
        relevant,
        walker_named=row.get("fault_in") in names,
        page_named=None if page is None else int(page, 16) in pages,
    )


def _survived(row: dict[str, Any], boot: Boot, *, reachable: bool) -> Replayed:
    ran = {base_trigger(name) for name, result in row["triggers"].items() if result != "skipped"} | {"boot"}
    alarms = tuple(fault for fault in boot.faults if fault.certain and fault.trigger in ran)
    outcome = Outcome.FALSE_ALARM if alarms else Outcome.MATCH
    return Replayed(row, boot, reachable, outcome, alarms, walker_named=None, page_named=None)


def _build(row: dict[str, Any]) -> Build:
    """The kernel that booted: its recorded configuration and geometry."""
    version = kernel(KernelVersion.parse(row["kernel"]))
    config = {
        **_RECORDED_WITH,
        **row["config"],
        _PAGE_SYMBOLS[row["page_size"]]: "y",
        **_model_symbols(row),
        **_orders(row, version),
        **_zone_symbols(row, version),
    }
    return Build.of(version, config, RamFill(row.get("ram_fill") or "stale"))


def _model_symbols(row: Mapping[str, Any]) -> dict[str, str]:
    model = MemoryModel(row["memory_model"])
    flat = model is MemoryModel.FLATMEM
    return {
        "FLATMEM": "y" if flat else "n",
        "SPARSEMEM": "n" if flat else "y",
        "SPARSEMEM_VMEMMAP": "y" if model is MemoryModel.SPARSEMEM_VMEMMAP else "n",
    }


def _orders(row: dict[str, Any], version: Kernel) -> dict[str, str]:
    """The order symbols that give the recorded pageblock_order and max_order."""
    symbols = {"HUGETLB_PAGE": "y"}
    if row.get("max_order"):
        exclusive = int(row["max_order"])
        symbols["FORCE_MAX_ZONEORDER"] = str(exclusive)
        symbols["ARCH_FORCE_MAX_ORDER"] = str(exclusive - version.has("inclusive_max_order"))
        if row.get("pageblock_order") == exclusive - 1:
            symbols["HUGETLB_PAGE"] = "n"
    return symbols


def _zone_symbols(row: dict[str, Any], version: Kernel) -> dict[str, str]:
    """ZONE_DMA and ZONE_DMA32, told by the zones that the kernel printed or computed."""
    names = {zone["name"] for zone in [*(row.get("zones") or ()), *(row.get("zoneinfo") or ())]}
    if not version.has("two_dma_zones") and not names:
        names = {"DMA32" if version.version.series >= (4, 16) else "DMA"}
    return {"ZONE_DMA": "y" if "DMA" in names else "n", "ZONE_DMA32": "y" if "DMA32" in names else "n"}


def _memory_map(row: dict[str, Any], where: str) -> MemoryMap:
    """The row's memblock dump."""
    dump = row["memory_map"]
    return MemoryMap(
        name=str(row.get("layout", "recorded")),
        memory=tuple(_region(entry) for entry in dump["memory"]),
        reserved=tuple(_region(entry) for entry in dump.get("reserved", ())),
        source=where,
    )


def _region(entry: Mapping[str, Any]) -> Region:
    flags = entry.get("flags") or ()
    return Region(int(entry["base"], 16), int(entry["size"], 16), "nomap" in flags, entry.get("node"))
