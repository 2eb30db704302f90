# SPDX-License-Identifier: GPL-2.0-or-later
"""What the known guards against bad struct pages cost on a memory map, the cheapest safe one first.

1. A guard (``memmap_guards``) is put into the kernel by switching changes. A kernel may refuse one.
2. It is judged by the boots of all rows on the map: safe where all are safe.
3. Where it is not safe alone, the later checks of walkers are switched on, too. Those that are not needed are
   left out again, one after the other; what stays is a 1-minimal set.
4. Its cost is the highest of its rows. Guards are compared by what they do at run time for each page scanned:
   calls of pfn_valid(), then steps of its search in memblock; then by the bytes of struct pages that they
   write at boot; then by the number of changes.
5. Safe guards are proven in the order of their cost, up to the first of which every row is proven safe on a
   class of maps that holds this one. That is the cheapest guard that is proven.
6. Struct pages that are written at boot are those of nomap and of holes that are initialised or zeroed, and
   all that the allocation clears. Those of mapped memory are initialised in any case and not counted, nor is
   what DEBUG_VM poisons. Where the allocation has cleared a page, zeroing it again is not counted.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from explorer.boot import CHANGES, Boot, Change, Kernel, KernelConfig, MemoryModel, Verdict, simulate
from explorer.boot.fresh_memmap import FreshCause, FreshSpan
from explorer.boot.memmap import PageRun
from explorer.boot.memmap_rules import PageContent, PfnValid
from explorer.boot.sections import STRUCT_PAGE_SIZE, MemoryKind, PfnRange
from explorer.configuration import Tree
from explorer.machine import Firmware, MemoryMap
from explorer.proof import Level, MapClass, conditions_met
from explorer.study.change_search import ProveAll
from explorer.study.memmap_cost import MemmapCost, SectionCost, memmap_cost_of, section_cost_of
from explorer.study.memmap_guards import WALKER_CHECKS, MemmapGuard, recipe_of
from explorer.study.safe_sets import dies_on
from explorer.study.switched_rows import ConfiguredRow, SwitchedRows

__all__ = ["GuardCost", "GuardCosts", "GuardProof", "costs_of_guards"]

_CHANGE_OF = {change.name: change for change in CHANGES}


class GuardProof(NamedTuple):
    """What is proven of a guard.

    Attributes:
        covers: every row is proven safe on a class that holds the map.
        safe_on: the weakest named class of maps on which every row is proven safe; ``None`` without one.
    """

    covers: bool
    safe_on: MapClass | None


@dataclass(frozen=True, slots=True)
class GuardCost:
    """A guard in a kernel: its changes, its verdict on a map, its cost.

    Attributes:
        guard: the guard.
        added: changes to switch on, with what they need; empty where the kernel has all of them.
        removed: changes to switch off.
        checks: later checks of walkers without which the guard is not safe; part of ``added``.
        rows: rows that were booted.
        safe_rows: rows that are safe on the map.
        tests_per_page: calls of pfn_valid() for each page that a walker scans, 0 or 1.
        steps_per_test: comparisons of one search in memblock.memory, at most; 0 for the generic pfn_valid().
        bytes_written: struct pages that are written at boot, in bytes (rule 6).
        proof: what is proven of it; ``None`` where no proof was tried.
    """

    guard: MemmapGuard
    added: tuple[Change, ...]
    removed: tuple[Change, ...]
    checks: tuple[Change, ...]
    rows: int
    safe_rows: int
    tests_per_page: int
    steps_per_test: int
    bytes_written: int
    proof: GuardProof | None = None

    @property
    def is_in_kernel(self) -> bool:
        """Whether the kernel has it without any switching."""
        return not (self.added or self.removed)

    @property
    def is_safe(self) -> bool:
        """Whether every row is safe on the map."""
        return self.safe_rows == self.rows

    @property
    def order(self) -> tuple[bool, int, int, int, int]:
        """A key that sorts safe guards first, then cheap ones (rule 4)."""
        changes = len(self.added) + len(self.removed)
        return (
            not self.is_safe,
            self.tests_per_page,
            self.tests_per_page * self.steps_per_test,
            self.bytes_written,
            changes,
        )


@dataclass(frozen=True, slots=True)
class GuardCosts:
    """The guards of one kernel on one map, for one page size and memory model.

    Attributes:
        page_size: in bytes.
        memory_model: the memory model.
        section: what one whole section costs; ``None`` with FLATMEM, which has none.
        memmap: what the contract costs on the map in the kernel as it is, in its first row.
        costs: one for each guard that can be put into the kernel, safe ones first, the cheapest first.
        refused: guards that cannot be switched in this kernel.
    """

    page_size: int
    memory_model: MemoryModel
    section: SectionCost | None
    memmap: MemmapCost
    costs: tuple[GuardCost, ...]
    refused: tuple[MemmapGuard, ...]

    @property
    def cheapest(self) -> GuardCost | None:
        """The cheapest guard that is safe on the map, and proven where proofs were tried; may be ``None``."""
        tried = any(cost.proof for cost in self.costs)
        return next(
            (
                cost
                for cost in self.costs
                if (cost.proof.covers if cost.proof else cost.is_safe and not tried)
            ),
            None,
        )


def costs_of_guards(
    tree: Tree,
    rows: Sequence[ConfiguredRow],
    machine: MemoryMap | Firmware,
    prove_all: ProveAll | None = None,
) -> tuple[GuardCosts, ...]:
    """Return what each guard costs on a map, for each page size and memory model of the rows.

    Args:
        tree: the Kconfig of the kernel, with the changes in it that were switched.
        rows: rows of matrices of this kernel, reachable ones.
        machine: the memory map.
        prove_all: gives the claims of builds; without it nothing is proven, and boots on the map decide.

    Raises:
        InputError: a machine on which no kernel can start.
    """
    groups: dict[tuple[int, MemoryModel], list[ConfiguredRow]] = {}
    for row in rows:
        groups.setdefault((row.kernel_config.page_shift, row.kernel_config.memory_model), []).append(row)
    return tuple(_GuardSearch(tree, group, machine).costs(prove_all) for group in groups.values())


class _GuardSearch:
    """Puts guards into the kernel of rows with one geometry, and boots them on one map."""

    def __init__(self, tree: Tree, rows: Sequence[ConfiguredRow], machine: MemoryMap | Firmware) -> None:
        self._switched = SwitchedRows(tree, rows)
        self._machine = machine
        self._boots: dict[KernelConfig, Boot] = {}

    def costs(self, prove_all: ProveAll | None) -> GuardCosts:
        """The guards in the order of their cost, with proofs where there is a way to prove (rule 5)."""
        found = {guard: self._cost(guard) for guard in MemmapGuard}
        costs = sorted(filter(None, found.values()), key=lambda cost: cost.order)
        if prove_all:
            costs = list(self._proven(costs, prove_all))
        first = self._switched.rows[0].kernel_config
        return GuardCosts(
            1 << first.page_shift,
            first.memory_model,
            section_cost_of(self._boot(first)),
            memmap_cost_of(self._boot(first)),
            tuple(costs),
            tuple(guard for guard, cost in found.items() if cost is None),
        )

    def _proven(self, costs: Iterable[GuardCost], prove_all: ProveAll) -> Iterator[GuardCost]:
        """The guards, those that are safe with proofs, up to the first that is proven."""
        is_found = False
        for cost in costs:
            proof = None if is_found or not cost.is_safe else self._proof(cost, prove_all)
            is_found |= proof is not None and proof.covers
            yield replace(cost, proof=proof)

    def _proof(self, cost: GuardCost, prove_all: ProveAll) -> GuardProof:
        kernel = self._switched.with_changes(cost.added, cost.removed) or self._switched.kernel
        configs = self._switched.kernel_configs(kernel)
        claims = [each.of(Level.NEVER) for each in prove_all(configs)]
        known = [claim for claim in claims if claim is not None]
        if len(known) < len(claims):
            return GuardProof(covers=False, safe_on=None)
        met = [conditions_met(self._boot(config).memory_map, config) for config in configs]
        covers = not any(dies_on(claim, own) for claim, own in zip(known, met, strict=True))
        classes = (each for each in MapClass if not any(dies_on(claim, each.conditions) for claim in known))
        return GuardProof(covers, next(classes, None))

    def _cost(self, guard: MemmapGuard) -> GuardCost | None:
        """The cost of a guard, with the checks that it needs; ``None`` where it cannot be switched."""
        recipe = recipe_of(guard, self._switched.rows[0].kernel_config.memory_model)
        removed = self._there(self._switched.kernel, recipe.absent)
        kernel = self._kernel(recipe.present, removed)
        if kernel is None:
            return None
        checks = self._checks(recipe.present, removed, kernel)
        if checks:
            kernel = self._kernel((*recipe.present, *(check.name for check in checks)), removed) or kernel
        boots = self._boots_of(kernel)
        configs = [boot.kernel_config for boot in boots]
        return GuardCost(
            guard,
            self._switched.further_changes(kernel),
            removed,
            checks,
            len(boots),
            sum(boot.verdict is Verdict.SAFE for boot in boots),
            max(int(config.within_is_checked) for config in configs),
            max(_steps(boot) for boot in boots),
            max(map(_bytes_written, boots)),
        )

    def _there(self, kernel: Kernel, names: Iterable[str]) -> tuple[Change, ...]:
        return tuple(_CHANGE_OF[name] for name in names if kernel.has(name))

    def _kernel(self, present: Iterable[str], removed: Sequence[Change]) -> Kernel | None:
        """The kernel with some changes in it, and without others."""
        without = self._switched.with_changes((), removed)
        if without is None:
            return None
        added = [_CHANGE_OF[name] for name in present if not without.has(name)]
        return self._switched.with_changes(added, removed)

    def _checks(
        self, present: Sequence[str], removed: Sequence[Change], kernel: Kernel
    ) -> tuple[Change, ...]:
        """The later checks of walkers that make a guard safe; none where it is without, or stays unsafe."""
        if self._is_safe(kernel):
            return ()
        kept: list[str] = []
        for name in WALKER_CHECKS:
            if not kernel.has(name) and self._kernel((*present, *kept, name), removed) is not None:
                kept.append(name)
        if not self._is_safe(self._kernel((*present, *kept), removed)):
            return ()
        for name in tuple(kept):
            fewer = [other for other in kept if other != name]
            if self._is_safe(self._kernel((*present, *fewer), removed)):
                kept = fewer
        return tuple(map(_CHANGE_OF.__getitem__, kept))

    def _is_safe(self, kernel: Kernel | None) -> bool:
        return kernel is not None and all(boot.verdict is Verdict.SAFE for boot in self._boots_of(kernel))

    def _boots_of(self, kernel: Kernel) -> list[Boot]:
        return [self._boot(config) for config in self._switched.kernel_configs(kernel)]

    def _boot(self, config: KernelConfig) -> Boot:
        if config not in self._boots:
            self._boots[config] = simulate(config, self._machine)
        return self._boots[config]


def _steps(boot: Boot) -> int:
    """Comparisons of one search in memblock.memory, where pfn_valid() does one."""
    return len(boot.memory_map.memory).bit_length() if PfnValid.of(boot.kernel_config).of_arm64 else 0


def _bytes_written(boot: Boot) -> int:
    """Bytes of struct pages that are written at boot besides those of mapped memory (rule 6)."""
    return STRUCT_PAGE_SIZE * sum(_pages_written(boot))


def _pages_written(boot: Boot) -> Iterator[int]:
    for span in boot.fresh:
        if span.memmap.cause is FreshCause.ALLOCATED_ZEROED:
            yield sum(_overlap(present, span) for present in boot.present)
    for run in boot.page_runs:
        is_memory = run.kind is MemoryKind.MAP
        if run.page.content is PageContent.INITIALISED and not is_memory:
            yield run.end - run.start
        if run.page.content is PageContent.ZERO:
            yield sum(
                _overlap(run, span)
                for span in boot.fresh
                if span.memmap.cause is not FreshCause.ALLOCATED_ZEROED
            )


def _overlap(one: PageRun | PfnRange, other: FreshSpan) -> int:
    """How many pfns two spans share."""
    return max(0, min(one.end, other.end) - max(one.start, other.start))
