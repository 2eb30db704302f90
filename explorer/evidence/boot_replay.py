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
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from explorer.boot.kernel import kernel
from explorer.boot.kernel_config import KernelConfig, MemoryModel, RamFill
from explorer.boot.simulation import Boot, simulate
from explorer.boot.walkers import Fault
from explorer.configuration import complete, load_fragment
from explorer.errors import InputError
from explorer.machine.memory_map import MemoryMap, Region
from explorer.version import KernelVersion

__all__ = ["ReplayOutcome", "ReplayedBoot", "base_trigger", "replay", "totals"]

_PAGE_SYMBOLS = {4096: "ARM64_4K_PAGES", 16384: "ARM64_16K_PAGES", 65536: "ARM64_64K_PAGES"}
_LARGEST_SECTION = 18  # log2 of its pages: 1 GiB of 4 KiB

# What the rows do not name but every recorded kernel had: its triggers need them.
_RECORDED_WITH = {"COMPACTION": "y", "PROC_PAGE_MONITOR": "y", "HUGETLB_PAGE": "y"}


class ReplayOutcome(StrEnum):
    """How prediction and observation compare."""

    MATCH = "match"
    MISSED = "missed crash"
    FALSE_ALARM = "false alarm"


@dataclass(frozen=True, slots=True)
class ReplayedBoot:
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
    outcome: ReplayOutcome
    relevant: tuple[Fault, ...]
    walker_named: bool | None
    page_named: bool | None


def replay(lines: Iterable[str], where: str) -> Iterator[ReplayedBoot]:
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


def totals(replayed: Sequence[ReplayedBoot]) -> dict[str, int]:
    """How many boots came out how."""
    outcomes = [one.outcome for one in replayed]
    return {
        "boots": len(replayed),
        **{str(outcome): outcomes.count(outcome) for outcome in ReplayOutcome},
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


def _replayed(row: dict[str, Any], where: str) -> ReplayedBoot:
    try:
        kernel_config, reachable = _built(row)
        memory_map = _memory_map(row, where)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise InputError(
            f"not a recorded boot: {error!r}", where=where, hint="see tests/data/boots"
        ) from error
    boot = simulate(kernel_config, memory_map)
    if row["outcome"] == "ok":
        return _survived(row, boot, reachable=reachable)
    return _died(row, boot, reachable=reachable)


def _died(row: dict[str, Any], boot: Boot, *, reachable: bool) -> ReplayedBoot:
    relevant = tuple(fault for fault in boot.faults if fault.trigger == base_trigger(row["stage"]))
    names = {name for fault in relevant for name in (fault.walker, *fault.seen_in)}
    page = row.get("fault_page_pfn")
    pages = {fault.pfn for fault in relevant}
    return ReplayedBoot(
        row,
        boot,
        reachable,
        ReplayOutcome.MATCH if relevant else ReplayOutcome.MISSED,
        relevant,
        walker_named=row.get("fault_in") in names,
        page_named=None if page is None else int(page, 16) in pages,
    )


def _survived(row: dict[str, Any], boot: Boot, *, reachable: bool) -> ReplayedBoot:
    ran = {base_trigger(name) for name, result in row["triggers"].items() if result != "skipped"} | {"boot"}
    alarms = tuple(fault for fault in boot.faults if fault.certain and fault.trigger in ran)
    outcome = ReplayOutcome.FALSE_ALARM if alarms else ReplayOutcome.MATCH
    return ReplayedBoot(row, boot, reachable, outcome, alarms, walker_named=None, page_named=None)


def _built(row: Mapping[str, Any]) -> tuple[KernelConfig, bool]:
    """The kernel that booted, and whether Kconfig can produce it.

    What the row does not name takes the default of the fragment; geometry that it does name is a fact.
    """
    version = KernelVersion.parse(row["kernel"])
    model = MemoryModel(row["memory_model"])
    flat = model is MemoryModel.FLATMEM
    context = {
        _PAGE_SYMBOLS[row["page_size"]]: "y",
        "FLATMEM": "y" if flat else "n",
        "SPARSEMEM": "n" if flat else "y",
        "SPARSEMEM_VMEMMAP": "y" if model is MemoryModel.SPARSEMEM_VMEMMAP else "n",
    }
    recorded = tuple(sorted((name, str(value)) for name, value in row["config"].items()))
    values, reachable = _configuration(version, tuple(context.items()), recorded)
    config = {**_RECORDED_WITH, **values, **_zone_symbols(row)}
    kernel_config = KernelConfig.of(kernel(version), config, RamFill(row.get("ram_fill") or "stale"))
    found = replace(
        kernel_config,
        pageblock_order=int(row.get("pageblock_order") or kernel_config.pageblock_order),
        section_size_bits=int(row.get("section_size_bits") or kernel_config.section_size_bits),
    )
    if not 0 < found.pageblock_order <= found.section_size_bits - found.page_shift <= _LARGEST_SECTION:
        raise ValueError("a section holds whole pageblocks")  # include/linux/mmzone.h: #error
    return found, reachable


@cache
def _configuration(
    version: KernelVersion, context: tuple[tuple[str, str], ...], values: tuple[tuple[str, str], ...]
) -> tuple[Mapping[str, str], bool]:
    """The whole configuration; many rows share one."""
    absent = {name for name, _ in (*context, *values)}
    settled = complete(load_fragment(version), dict(context), dict(values), absent=absent)
    return settled.values, settled.reachable


def _zone_symbols(row: Mapping[str, Any]) -> dict[str, str]:
    """Whether the kernel was built with ZONE_DMA and ZONE_DMA32, told by the zones that it printed."""
    names = {zone["name"] for zone in [*(row.get("zones") or ()), *(row.get("zoneinfo") or ())]}
    symbols = {"ZONE_DMA": "DMA", "ZONE_DMA32": "DMA32"}
    return {symbol: "y" if name in names else "n" for symbol, name in symbols.items() if names}


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
