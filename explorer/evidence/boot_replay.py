# SPDX-License-Identifier: GPL-2.0-or-later
"""Recorded boots of real kernels, compared with the simulator.

A recording holds one JSON object a line: the configuration read back from the image that booted, memblock as
that kernel dumped it, the triggers that ran, and where the kernel died. Each row is simulated and compared:

* *match*: the kernel died and a fault was predicted for that trigger, or it survived and no certain fault was
  predicted for a trigger that ran;
* *missed crash*: the kernel died and no fault was predicted for that trigger;
* *false alarm*: the kernel survived and a certain fault was predicted for a trigger that ran.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from explorer.boot.kernel import Kernel
from explorer.boot.kernel_config import KernelConfig, MemoryModel
from explorer.boot.memmap_rules import PageContent
from explorer.boot.simulation import Boot, simulate
from explorer.boot.walkers import Fault
from explorer.configuration import complete, load_fragment
from explorer.errors import FileError, InputError
from explorer.evidence.recorded_boot import RecordedBoot, parse_recorded_boot
from explorer.version import KernelVersion

__all__ = ["ReplayOutcome", "ReplayedBoot", "base_trigger", "replay", "totals"]

_PAGE_SYMBOLS = {4096: "ARM64_4K_PAGES", 16384: "ARM64_16K_PAGES", 65536: "ARM64_64K_PAGES"}
_LARGEST_SECTION = 18  # log2 of its pages: 1 GiB of 4 KiB

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
            yield _replayed(parse_recorded_boot(line, file, number), file, number)


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


def _replayed(recorded: RecordedBoot, file: str, number: int) -> ReplayedBoot:
    try:
        kernel_config, reachable = _kernel_config(recorded)
        boot = simulate(kernel_config, recorded.memory_map)
    except InputError as error:
        what = f"not a recorded boot: {error.what}"
        raise FileError(what, file=file, line=number, part=error.where, hint=error.hint) from None
    if recorded.outcome == "ok":
        return _survived(recorded, boot, reachable=reachable)
    return _died(recorded, boot, reachable=reachable)


def _died(recorded: RecordedBoot, boot: Boot, *, reachable: bool) -> ReplayedBoot:
    trigger = _deadly_trigger(recorded)
    relevant = tuple(fault for fault in boot.faults if fault.trigger == trigger)
    names = {name for fault in relevant for name in (fault.walker, *fault.seen_in)}
    page = recorded.fault_page
    return ReplayedBoot(
        recorded.row,
        boot,
        reachable,
        ReplayOutcome.MATCH if relevant else ReplayOutcome.MISSED,
        relevant,
        walker_named=recorded.fault_in in names,
        page_named=None if page is None else any(_ends_at(fault, page, boot) for fault in relevant),
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


def _deadly_trigger(recorded: RecordedBoot) -> str:
    """The trigger that killed; ``compact2`` fills memory before it compacts, which is a ``fallback``."""
    if recorded.stage == "compact2" and recorded.fault_in == "move_freepages":
        return "fallback"
    return base_trigger(recorded.stage)


def _survived(recorded: RecordedBoot, boot: Boot, *, reachable: bool) -> ReplayedBoot:
    """Compare a boot that survived.

    A trigger of which one repetition was left out, because it had killed, proves nothing where another
    repetition survived: which of them meets the bad page is chance.
    """
    left_out = set(map(base_trigger, recorded.skipped))
    ran = {base_trigger(name) for name, result in recorded.triggers.items() if result != "skipped"}
    ran = (ran | {"boot"}) - left_out
    alarms = tuple(fault for fault in boot.faults if fault.certain and fault.trigger in ran)
    outcome = ReplayOutcome.FALSE_ALARM if alarms else ReplayOutcome.MATCH
    return ReplayedBoot(recorded.row, boot, reachable, outcome, alarms, walker_named=None, page_named=None)


def _kernel_config(recorded: RecordedBoot) -> tuple[KernelConfig, bool]:
    """The kernel that booted, and whether Kconfig can produce it.

    Symbols that the row does not hold take the fragment's defaults; geometry that it holds is used as it is.

    Raises:
        InputError: the kernel is not described, or its geometry is impossible.
    """
    flat = recorded.memory_model is MemoryModel.FLATMEM
    vmemmap = recorded.memory_model is MemoryModel.SPARSEMEM_VMEMMAP
    variant = {
        _PAGE_SYMBOLS[recorded.page_size]: "y",
        "FLATMEM": "y" if flat else "n",
        "SPARSEMEM": "n" if flat else "y",
        "SPARSEMEM_VMEMMAP": "y" if vmemmap else "n",
    }
    values, reachable = _configuration(
        recorded.version, tuple(variant.items()), tuple(sorted(recorded.config.items()))
    )
    config = {**_RECORDED_WITH, **values, **_RECORDED_AGAINST_DEFAULT, **recorded.config}
    config |= _zone_symbols(recorded.zones)
    if recorded.parameters.kaslr_seed:  # only kernels that use it were given one
        config["RANDOMIZE_BASE"] = "y"
    kernel = Kernel.of(recorded.version)
    configured = KernelConfig.of(kernel, config, recorded.ram_fill, recorded.parameters)
    booted = replace(
        configured,
        pageblock_order=recorded.pageblock_order or configured.pageblock_order,
        section_size_bits=recorded.section_size_bits or configured.section_size_bits,
    )
    if not 0 < booted.pageblock_order <= booted.section_size_bits - booted.page_shift <= _LARGEST_SECTION:
        raise InputError(  # include/linux/mmzone.h: #error
            "a section does not hold whole pageblocks",
            where="pageblock_order, section_size_bits",
            hint="write them as the kernel had them, or leave them out",
        )
    return booted, reachable


@cache
def _configuration(
    version: KernelVersion, variant: tuple[tuple[str, str], ...], values: tuple[tuple[str, str], ...]
) -> tuple[Mapping[str, str], bool]:
    """The values of all symbols, and whether Kconfig can produce them; many rows have the same."""
    absent = {name for name, _ in (*variant, *values)}
    completion = complete(load_fragment(version), dict(variant), dict(values), absent=absent)
    return completion.values, completion.reachable


def _zone_symbols(zones: frozenset[str]) -> dict[str, str]:
    """ZONE_DMA and ZONE_DMA32 according to the zones that the kernel printed; empty if it printed none."""
    symbols = {"ZONE_DMA": "DMA", "ZONE_DMA32": "DMA32"}
    return {symbol: "y" if name in zones else "n" for symbol, name in symbols.items() if zones}
