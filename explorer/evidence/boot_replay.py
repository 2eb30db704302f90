# SPDX-License-Identifier: GPL-2.0-or-later
"""Recorded boots of real kernels, compared with the simulator.

A recording holds one JSON object a line: the configuration read back from the image that booted, memblock as
that kernel dumped it, the triggers that ran, and where the kernel died. Each row is simulated and compared:

* *match*: the kernel died and a fault was predicted for that trigger, or it survived and no certain fault was
  predicted for a trigger that ran;
* *missed crash*: the kernel died and no fault was predicted for that trigger;
* *false alarm*: the kernel survived and a certain fault was predicted for a trigger that ran.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from explorer.boot.boot_parameters import BootParameters, parse_command_line
from explorer.boot.kernel import Kernel
from explorer.boot.kernel_config import KernelConfig, MemoryModel, RamFill
from explorer.boot.memmap_rules import PageContent
from explorer.boot.simulation import Boot, simulate
from explorer.boot.walkers import Fault
from explorer.configuration import complete, load_fragment
from explorer.errors import FileError, InputError
from explorer.machine.memory_map import MemoryMap, Region
from explorer.version import KernelVersion

__all__ = ["ReplayOutcome", "ReplayedBoot", "base_trigger", "replay", "totals"]

_PAGE_SYMBOLS = {4096: "ARM64_4K_PAGES", 16384: "ARM64_16K_PAGES", 65536: "ARM64_64K_PAGES"}
_LARGEST_SECTION = 18  # log2 of its pages: 1 GiB of 4 KiB

_REQUIRED = ("kernel", "page_size", "memory_model", "config", "memory_map", "outcome", "stage", "triggers")

# Symbols that every recorded kernel had and no row holds: the triggers need them.
_RECORDED_WITH = {"COMPACTION": "y", "PROC_PAGE_MONITOR": "y", "HUGETLB_PAGE": "y"}

# Symbols that no row holds and no recorded kernel had as its fragment has them by default.
_RECORDED_AGAINST_DEFAULT = {"RODATA_FULL_DEFAULT_ENABLED": "n"}


class ReplayOutcome(StrEnum):
    """How prediction and observation compare."""

    MATCH = "match"
    MISSED = "missed crash"
    FALSE_ALARM = "false alarm"


@dataclass(frozen=True, slots=True)
class ReplayedBoot:
    """A recorded boot and its simulation.

    Attributes:
        row: the recording as read.
        boot: the simulation.
        reachable: Kconfig can produce the recorded configuration.
        outcome: how they compare.
        relevant: the predicted faults that decide the outcome: those of the trigger that killed the boot, or
            the certain ones of triggers that ran.
        walker_named: the recorded function is among those predicted for the trigger; ``None`` where the boot
            survived.
        page_named: the recorded page is among those predicted for the trigger; ``None`` where none is
            recorded.
    """

    row: Mapping[str, Any]
    boot: Boot
    reachable: bool
    outcome: ReplayOutcome
    relevant: tuple[Fault, ...]
    walker_named: bool | None
    page_named: bool | None


def replay(lines: Iterable[str], file: str) -> Iterator[ReplayedBoot]:
    """The boots of a recording, each simulated, in order.

    Args:
        lines: JSON objects, one a line; empty lines are ignored.
        file: the file's name, for errors.

    Raises:
        InputError: a line is not a recorded boot.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _replayed(_row(line, file, number), file, number)


def totals(replayed: Sequence[ReplayedBoot]) -> dict[str, int]:
    """How many boots have each outcome, and in how many the walker and the page are as predicted."""
    outcomes = [boot.outcome for boot in replayed]
    return {
        "boots": len(replayed),
        **{str(outcome): outcomes.count(outcome) for outcome in ReplayOutcome},
        "crashes": sum(boot.walker_named is not None for boot in replayed),
        "walker_named": sum(bool(boot.walker_named) for boot in replayed),
        "pages": sum(boot.page_named is not None for boot in replayed),
        "page_named": sum(bool(boot.page_named) for boot in replayed),
    }


def base_trigger(name: str) -> str:
    """A trigger without the number of its repetition: ``fallback`` for ``fallback3``."""
    return name.rstrip("0123456789")


def _row(line: str, file: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        hint = "a recording holds one JSON object a line"
        raise FileError(f"not JSON: {error}", file=file, line=number, hint=hint) from error
    missing = [key for key in _REQUIRED if not isinstance(row, dict) or key not in row]
    if missing:
        raise _not_a_boot(f"{', '.join(missing)} missing", file, number)
    return dict(row)


def _not_a_boot(reason: str, file: str, line: int) -> FileError:
    return FileError(f"not a recorded boot: {reason}", file=file, line=line, hint="see tests/data/boots")


def _replayed(row: dict[str, Any], file: str, number: int) -> ReplayedBoot:
    try:
        kernel_config, reachable = _kernel_config(row)
        memory_map = _memory_map(row, f"{file}:{number}")
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise _not_a_boot(repr(error), file, number) from error
    boot = simulate(kernel_config, memory_map)
    if row["outcome"] == "ok":
        return _survived(row, boot, reachable=reachable)
    return _died(row, boot, reachable=reachable)


def _died(row: dict[str, Any], boot: Boot, *, reachable: bool) -> ReplayedBoot:
    trigger = _deadly_trigger(row)
    relevant = tuple(fault for fault in boot.faults if fault.trigger == trigger)
    names = {name for fault in relevant for name in (fault.walker, *fault.seen_in)}
    page = row.get("fault_page_pfn")
    return ReplayedBoot(
        row,
        boot,
        reachable,
        ReplayOutcome.MATCH if relevant else ReplayOutcome.MISSED,
        relevant,
        walker_named=row.get("fault_in") in names,
        page_named=None if page is None else any(_ends_at(fault, int(page, 16), boot) for fault in relevant),
    )


def _ends_at(fault: Fault, pfn: int, boot: Boot) -> bool:
    """Whether a page is the predicted one, or follows it where what lies there decides how far the walk goes.

    So it is outside mem_map, and in freed memmap.
    """
    if fault.page.content is PageContent.OUTSIDE:
        return fault.pfn <= pfn
    if fault.page.content is not PageContent.FREED:
        return fault.pfn == pfn
    between = (run for run in boot.page_runs if run.end > fault.pfn and run.start <= pfn)
    return fault.pfn <= pfn and all(run.page.content is PageContent.FREED for run in between)


def _deadly_trigger(row: Mapping[str, Any]) -> str:
    """The trigger that killed; ``compact2`` fills memory before it compacts, which is a ``fallback``."""
    if row["stage"] == "compact2" and row.get("fault_in") == "move_freepages":
        return "fallback"
    return base_trigger(row["stage"])


def _survived(row: dict[str, Any], boot: Boot, *, reachable: bool) -> ReplayedBoot:
    """Compare a boot that survived.

    A trigger of which one repetition was left out, because it had killed, proves nothing where another
    repetition survived: which of them meets the bad page is chance.
    """
    left_out = {base_trigger(name) for name in row.get("skipped") or ()}
    ran = {base_trigger(name) for name, result in row["triggers"].items() if result != "skipped"} | {"boot"}
    ran -= left_out
    alarms = tuple(fault for fault in boot.faults if fault.certain and fault.trigger in ran)
    outcome = ReplayOutcome.FALSE_ALARM if alarms else ReplayOutcome.MATCH
    return ReplayedBoot(row, boot, reachable, outcome, alarms, walker_named=None, page_named=None)


def _kernel_config(row: Mapping[str, Any]) -> tuple[KernelConfig, bool]:
    """The kernel that booted, and whether Kconfig can produce it.

    Symbols that the row does not hold take the fragment's defaults; geometry that it holds is used as it is.
    """
    version = KernelVersion.parse(row["kernel"])
    model = MemoryModel(row["memory_model"])
    flat = model is MemoryModel.FLATMEM
    variant = {
        _PAGE_SYMBOLS[row["page_size"]]: "y",
        "FLATMEM": "y" if flat else "n",
        "SPARSEMEM": "n" if flat else "y",
        "SPARSEMEM_VMEMMAP": "y" if model is MemoryModel.SPARSEMEM_VMEMMAP else "n",
    }
    recorded = tuple(sorted((name, str(value)) for name, value in row["config"].items()))
    values, reachable = _configuration(version, tuple(variant.items()), recorded)
    config = {**_RECORDED_WITH, **values, **_RECORDED_AGAINST_DEFAULT, **dict(recorded), **_zone_symbols(row)}
    if row.get("kaslr_seed"):  # only kernels that use it were given one
        config["RANDOMIZE_BASE"] = "y"
    fill = RamFill(row.get("ram_fill") or "stale")
    configured = KernelConfig.of(Kernel.of(version), config, fill, _parameters(row))
    booted = replace(
        configured,
        pageblock_order=int(row.get("pageblock_order") or configured.pageblock_order),
        section_size_bits=int(row.get("section_size_bits") or configured.section_size_bits),
    )
    if not 0 < booted.pageblock_order <= booted.section_size_bits - booted.page_shift <= _LARGEST_SECTION:
        raise ValueError("a section holds whole pageblocks")  # include/linux/mmzone.h: #error
    return booted, reachable


def _parameters(row: Mapping[str, Any]) -> BootParameters:
    """The recorded command line, and the seed or 0."""
    seed = row.get("kaslr_seed") or "0"
    try:
        return parse_command_line(row.get("cmdline_extra") or "", int(seed, 16))
    except InputError as error:
        raise ValueError(error.what) from error


@cache
def _configuration(
    version: KernelVersion, variant: tuple[tuple[str, str], ...], values: tuple[tuple[str, str], ...]
) -> tuple[Mapping[str, str], bool]:
    """The values of all symbols, and whether Kconfig can produce them; many rows have the same."""
    absent = {name for name, _ in (*variant, *values)}
    completion = complete(load_fragment(version), dict(variant), dict(values), absent=absent)
    return completion.values, completion.reachable


def _zone_symbols(row: Mapping[str, Any]) -> dict[str, str]:
    """ZONE_DMA and ZONE_DMA32 according to the zones that the kernel printed; empty if it printed none."""
    names = {zone["name"] for zone in [*(row.get("zones") or ()), *(row.get("zoneinfo") or ())]}
    symbols = {"ZONE_DMA": "DMA", "ZONE_DMA32": "DMA32"}
    return {symbol: "y" if name in names else "n" for symbol, name in symbols.items() if names}


def _memory_map(row: dict[str, Any], where: str) -> MemoryMap:
    """The memory map of the row's memblock dump."""
    dump = row["memory_map"]
    return MemoryMap(
        name=str(row.get("layout", "recorded")),
        memory=tuple(_region(entry) for entry in dump["memory"]),
        reserved=tuple(_region(entry) for entry in dump.get("reserved", ())),
        source=where,
        command_line=str(row.get("cmdline_extra") or ""),
    )


def _region(entry: Mapping[str, Any]) -> Region:
    flags = entry.get("flags") or ()
    return Region(int(entry["base"], 16), int(entry["size"], 16), "nomap" in flags, entry.get("node"))
