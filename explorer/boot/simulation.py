# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot: the memory initialisation of a configured kernel on a memory map, stage after stage.

The stages are the kernel's: memblock is final, sections get their memmap, zones their spans, struct pages
their contents; then walkers run. ``Boot`` holds the result and the decisions of every stage, and the faults.
The verdict follows from the faults and from what is not modelled.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from explorer.boot.boot_parameters import BootParameters
from explorer.boot.deferred_init import DeferredInit, reserved_without_node
from explorer.boot.early_memory import from_firmware, from_map
from explorer.boot.fresh_memmap import FreshMemmap, FreshSpan, fresh_spans
from explorer.boot.kernel_config import KernelConfig
from explorer.boot.memmap import PageRun, page_runs
from explorer.boot.memmap_rules import MemmapPasses, MemmapRules, PfnValid
from explorer.boot.memory_state import MemoryState
from explorer.boot.reserved_pages import reserved_pfns
from explorer.boot.reserved_placement import MOST_PLACEMENTS
from explorer.boot.sections import (
    PfnRange,
    freed_memmap,
    memory_present_function,
    memory_runs,
    present_spans,
    with_holes,
)
from explorer.boot.walkers import Circumstance, Fault, Stage, faults
from explorer.boot.zones import Zone, populated_zones
from explorer.errors import InputError
from explorer.machine.memory_map import Firmware, MemoryMap

__all__ = ["Boot", "Gap", "GapKind", "Verdict", "simulate", "unmodelled"]


class GapKind(StrEnum):
    """What is not modelled."""

    DEFERRED_INITIALISATION = "deferred initialisation"
    MISSING_PFN_VALID = "missing pfn_valid"
    RESERVED_WITHOUT_NODE = "reserved without node"
    OPEN_CHANGE = "open change"


class Gap(NamedTuple):
    """A part of memory initialisation that is not modelled.

    Attributes:
        kind: what is not modelled.
        symbol: the Kconfig symbol that brings it about; the name of an open change.
    """

    kind: GapKind
    symbol: str


class Verdict(StrEnum):
    """The result of a boot."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Boot:
    """One simulated memory initialisation.

    Attributes:
        kernel_config: the kernel and its configuration.
        memory_map: memblock at the end of early set-up.
        present: pfns that have a memmap.
        present_by: the kernel function that marks sections present.
        fresh: what struct pages held before anything was initialised, and why.
        freed: pfns whose memmap was given back.
        zones: the populated zones.
        passes: which functions initialise struct pages.
        pfn_valid: which pfns the kernel's ``pfn_valid()`` accepts.
        page_runs: the state of every struct page.
        faults: the faults of walkers; see ``faults`` for the order.
        deferred: which struct pages are initialised late; ``None`` where none are.
        unmodelled: what this boot depends on and is not modelled; empty where the model covers it.
    """

    kernel_config: KernelConfig
    memory_map: MemoryMap
    present: tuple[PfnRange, ...]
    present_by: str
    fresh: tuple[FreshSpan, ...]
    freed: tuple[PfnRange, ...]
    zones: tuple[Zone, ...]
    passes: MemmapPasses
    pfn_valid: PfnValid
    page_runs: tuple[PageRun, ...]
    faults: tuple[Fault, ...]
    deferred: DeferredInit | None
    unmodelled: tuple[Gap, ...]

    @property
    def verdict(self) -> Verdict:
        """Unsafe where a walker faults; safe where none does and everything is modelled."""
        if self.faults:
            return Verdict.UNSAFE
        return Verdict.UNKNOWN if self.unmodelled else Verdict.SAFE

    def fresh_at(self, pfn: int) -> FreshMemmap:
        """What the struct page of a pfn held before anything was initialised."""
        return self.fresh[bisect_right(self.fresh, pfn, key=lambda span: span.start) - 1].memmap

    @property
    def unmovable_pageblocks(self) -> int:
        """The pageblocks that nothing made MOVABLE when it initialised their first page."""
        block = self.kernel_config.pageblock_nr_pages
        return sum(-(-run.end // block) - -(-run.start // block) for run in self.page_runs if not run.movable)


def simulate(config: KernelConfig, machine: MemoryMap | Firmware) -> Boot:
    """Boot a configured kernel on a machine.

    A command line or a seed that the configuration leaves unknown is that of the machine.

    If it is not known which changes the kernel contains, it is booted with and without each one and
    each pair. The result is unknown if one of them decides it.

    If the kernel chooses where reserved memory lies, every place that can matter is booted, and the worst
    boot is returned. A fault that depends on the place has the circumstance ``Circumstance.PLACE``.

    Raises:
        InputError: no kernel can start with the machine's memory.
    """
    config = _with_parameters_of(config, machine)
    if config.kernel.open:
        return _with_open_changes(config, machine)
    if isinstance(machine, MemoryMap):
        return _boot(config, from_map(machine, config))
    if not machine.unplaced:
        return _boot(config, from_firmware(machine, config))
    maps = (from_firmware(machine, config, choice) for choice in range(MOST_PLACEMENTS))
    return _worst(
        [_boot(config, memory_map) for memory_map in {found.placed: found for found in maps}.values()]
    )


def _with_open_changes(config: KernelConfig, machine: MemoryMap | Firmware) -> Boot:
    """Boot with and without each open change; return the boot as it is if none decides the verdict."""
    names = sorted(config.kernel.open)
    flips = (*((name,) for name in names), *combinations(names, 2))
    closed = replace(config, kernel=replace(config.kernel, open=frozenset()))
    boot = simulate(closed, machine)
    deciding: set[str] = set()
    for flip in flips:
        kernel = replace(closed.kernel, changes=closed.kernel.changes ^ frozenset(flip))
        other = simulate(closed.with_kernel(kernel), machine)
        deciding |= set(flip) if other.verdict is not boot.verdict else set()
    if not deciding:
        return replace(boot, kernel_config=config)
    gaps = tuple(Gap(GapKind.OPEN_CHANGE, name) for name in sorted(deciding))
    return replace(boot, kernel_config=config, faults=(), unmodelled=(*boot.unmodelled, *gaps))


def _worst(boots: Sequence[Boot]) -> Boot:
    """Return the first boot with the worst result; its faults that some place lacks have ``PLACE``."""
    worst = min(boots, key=_rank)
    everywhere = set.intersection(
        *({(fault.walker, fault.trigger) for fault in boot.faults} for boot in boots)
    )
    faults = tuple(
        fault
        if (fault.walker, fault.trigger) in everywhere
        else replace(fault, circumstances=(Circumstance.PLACE, *fault.circumstances))
        for fault in worst.faults
    )
    return replace(worst, faults=faults)


def _rank(boot: Boot) -> tuple[bool, bool, bool, bool]:
    """Return a key that sorts boots: death at boot first, then on a trigger, then by chance, then unknown."""
    certain = [fault for fault in boot.faults if fault.certain]
    return (
        not any(fault.stage is Stage.BOOT for fault in certain),
        not certain,
        not boot.faults,
        not boot.unmodelled,
    )


def _boot(config: KernelConfig, memory_map: MemoryMap) -> Boot:
    """Boot a configured kernel with the memory that memblock holds after early set-up."""
    memory = memory_map.memory
    runs = memory_runs(memory, config)
    present = present_spans(memory, config)
    zones = populated_zones(memory, runs, config)
    if not zones:
        raise InputError(
            f"no whole page of {1 << config.page_shift} bytes is memory",
            where=memory_map.source or memory_map.name,
            hint="give a region of at least one page",
        )
    freed = freed_memmap(memory, config)
    reserved = reserved_pfns(memory, memory_map.reserved, config)
    rules = MemmapRules.of(config)
    fresh = fresh_spans(memory, memory_map.reserved, config)
    ranges = with_holes(runs, present)
    deferred = DeferredInit.of(ranges, zones, reserved, memory_map.reserved, rules, config)
    states = page_runs(ranges, zones, reserved, freed, fresh, deferred, rules, config)
    max_pfn = memory[-1].end >> config.page_shift
    early = None
    if deferred and config.page_owner_enabled and not config.kernel.has("page_ext_after_deferral"):
        early = page_runs(ranges, zones, reserved, freed, fresh, deferred.before_threads, rules, config)
    state = MemoryState(config, zones, states, reserved, max_pfn, memory, memory_map.reserved, early)
    return Boot(
        kernel_config=config,
        memory_map=memory_map,
        present=tuple(present),
        present_by=memory_present_function(config),
        fresh=fresh,
        freed=tuple(freed),
        zones=zones,
        passes=rules.passes,
        pfn_valid=rules.pfn_valid,
        page_runs=states,
        faults=faults(state),
        deferred=deferred,
        unmodelled=(*unmodelled(config), *_gaps_of_machine(memory_map, present, config)),
    )


def _with_parameters_of(config: KernelConfig, machine: MemoryMap | Firmware) -> KernelConfig:
    """The configuration with what the machine's boot loader passes, where it is not known otherwise."""
    if machine.command_line is None and machine.kaslr_seed is None:
        return config
    return _passed(config, BootParameters(machine.command_line, machine.kaslr_seed))


@lru_cache(maxsize=256)
def _passed(config: KernelConfig, shown: BootParameters) -> KernelConfig:
    """The configuration with parameters where it is not known otherwise; many machines pass the same."""
    passed = config.passed.known_from(shown)
    return config if passed == config.passed else replace(config, passed=passed)


@lru_cache(maxsize=256)
def unmodelled(config: KernelConfig) -> tuple[Gap, ...]:
    """Return what memory initialisation does with this configuration and is not modelled.

    Before 4.16 arm64 could not set DEFERRED_STRUCT_PAGE_INIT; what a kernel does with it there was not read.

    With HAVE_ARCH_PFN_VALID a kernel whose arm64 has no pfn_valid() of its own does not link.
    """
    gaps: list[Gap] = []
    if config.has("DEFERRED_STRUCT_PAGE_INIT") and not config.kernel.has("deferred_init_everywhere"):
        gaps.append(Gap(GapKind.DEFERRED_INITIALISATION, "DEFERRED_STRUCT_PAGE_INIT"))
    if config.has("HAVE_ARCH_PFN_VALID") and config.kernel.has("generic_pfn_valid"):
        gaps.append(Gap(GapKind.MISSING_PFN_VALID, "HAVE_ARCH_PFN_VALID"))
    return tuple(gaps)


def _gaps_of_machine(
    memory_map: MemoryMap, present: Sequence[PfnRange], config: KernelConfig
) -> Iterable[Gap]:
    """What this machine makes the kernel do that is not modelled."""
    if reserved_without_node(memory_map.memory, memory_map.reserved, present, config):
        yield Gap(GapKind.RESERVED_WITHOUT_NODE, "DEFERRED_STRUCT_PAGE_INIT")
