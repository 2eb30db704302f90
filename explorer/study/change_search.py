# SPDX-License-Identifier: GPL-2.0-or-later
"""The fewest known later changes that make every row of a kernel safe on a class of memory maps, by proof.

1. A set of changes counts if every row of the kernel with the changes in it is *proven* safe on the class. A
   row keeps its answers (``switched_rows``).
2. All sets of one later change are tried, then all sets of two, and so on. A change that another one pulls in
   counts: such a set is tried as the larger set that it is.
3. A set is refuted by one boot: of a row, on a map of the class on which it dies. The counterexamples of the
   rows are tried first, and the map that refuted the last set before the others.
4. On a set that none of them refutes, every row is booted on the counterexamples of all rows: a proof costs a
   thousand boots and more. Then it is proven row by row. A proof that fails gives new counterexamples.
5. The search stops at the first set that is proven. A set with a row that is not modelled is *undecided*: it
   is neither a result nor refuted.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from explorer.boot import CHANGES, Change, Kernel, KernelConfig, simulate, unmodelled
from explorer.configuration import Tree
from explorer.errors import InputError
from explorer.machine import MemoryMap
from explorer.proof import Claims, Condition, Level
from explorer.proof.conditions import violated
from explorer.study.change_switching import switching_of
from explorer.study.safe_sets import dies_on
from explorer.study.switched_rows import ConfiguredRow, SwitchedRows

__all__ = ["FewestChanges", "ProveAll", "fewest_changes"]

MOST_CHANGES = 2
"""The size of the largest set that is tried by default."""

_Set = tuple[Change, ...]
_Watched = Callable[[Sequence[_Set]], Iterable[_Set]]

ProveAll = Callable[[Sequence[KernelConfig]], Iterable[Claims]]
"""Gives the claims of builds in order, as they are asked for; the first ones may be all that is asked for."""


@dataclass(frozen=True, slots=True)
class FewestChanges:
    """The result of a search.

    Attributes:
        level: what is ruled out.
        conditions: the class of maps.
        changes: a smallest set that makes every row safe, each change after those that it needs; empty where
            every row is safe already; ``None`` if none was found.
        largest: the size up to which all sets were tried, or that of the set found.
        tried: how many sets were tried.
        undecided: sets that nothing refutes and that have a row which is not modelled.
    """

    level: Level
    conditions: frozenset[Condition]
    changes: _Set | None
    largest: int
    tried: int
    undecided: tuple[_Set, ...] = ()


def fewest_changes(  # noqa: PLR0913 # a kernel with its rows, what to prove, and limits that have defaults
    tree: Tree,
    rows: Sequence[ConfiguredRow],
    claims: Sequence[Claims],
    *,
    prove_all: ProveAll,
    conditions: frozenset[Condition] = frozenset(),
    level: Level = Level.NEVER,
    most: int = MOST_CHANGES,
    watched: _Watched = iter,
) -> FewestChanges:
    """Return the fewest later changes that make every row safe on a class of maps.

    Args:
        tree: the Kconfig of the kernel, with the changes in it that were switched.
        rows: the reachable rows of the kernel, at least one.
        claims: the claims of each row.
        prove_all: gives the claims of builds.
        conditions: the class of maps; default: every map.
        level: what is to be ruled out.
        most: the size of the largest set to try.
        watched: iterates over the sets of one size and shows progress.
    """
    search = _Search(SwitchedRows(tree, rows), claims, prove_all, conditions, level)
    for size in range(most + 1):
        for chosen in watched(search.sets(size)):
            if search.is_safe(chosen):
                return search.result(chosen, size)
    return search.result(None, most)


class _Search:
    """Tries sets of changes."""

    def __init__(
        self,
        switched: SwitchedRows,
        claims: Sequence[Claims],
        prove_all: ProveAll,
        conditions: frozenset[Condition],
        level: Level,
    ) -> None:
        self._switched = switched
        self._prove_all = prove_all
        self._conditions = conditions
        self._level = level
        self._tried = 0
        self._undecided: list[_Set] = []
        self._proven = {one.kernel_config: one for one in claims}
        self._deaths: list[tuple[int, MemoryMap]] = []
        for index, one in enumerate(claims):
            self._add_deaths(index, one)

    def sets(self, size: int) -> list[_Set]:
        """The sets of later changes of a size that pull in no other, those of earlier changes first."""
        removed = switching_of(self._switched.kernel).removed
        later = [
            change
            for change in CHANGES
            if change not in removed and self._switched.with_changes((change,)) is not None
        ]
        later.sort(key=lambda change: change.mainline)
        return [chosen for chosen in combinations(later, size) if self._kernel(chosen) is not None]

    def is_safe(self, chosen: _Set) -> bool:
        """Whether every row is proven safe with some changes."""
        self._tried += 1
        kernel = self._kernel(chosen)
        if kernel is None:
            return False
        configs = self._switched.kernel_configs(kernel)
        if self._is_refuted(configs) or self._is_refuted_by_others(configs):
            return False
        return self._is_proven(chosen, configs)

    def result(self, chosen: _Set | None, largest: int) -> FewestChanges:
        """The result of the search so far."""
        kernel = None if chosen is None else self._kernel(chosen)
        return FewestChanges(
            self._level,
            self._conditions,
            None if kernel is None else self._switched.further_changes(kernel),
            largest,
            self._tried,
            tuple(self._undecided),
        )

    def _kernel(self, chosen: Collection[Change]) -> Kernel | None:
        """The kernel with some changes; ``None`` where they cannot be switched on or pull in others."""
        kernel = self._switched.with_changes(chosen)
        if kernel is None or len(self._switched.further_changes(kernel)) != len(chosen):
            return None
        return kernel

    def _is_refuted(self, configs: Sequence[KernelConfig]) -> bool:
        """Whether a row dies on a known map of the class; the map moves to the front for the next set."""
        for position, (index, memory_map) in enumerate(self._deaths):
            if self._dies(configs[index], memory_map):
                self._deaths.insert(0, self._deaths.pop(position))
                return True
        return False

    def _is_refuted_by_others(self, configs: Sequence[KernelConfig]) -> bool:
        """Whether a row dies on a map that is known to kill some row; the map is kept for this row, too."""
        known = set(self._deaths)
        maps = {memory_map: None for _, memory_map in self._deaths}
        for index, memory_map in product(range(len(configs)), maps):
            if (index, memory_map) not in known and self._dies(configs[index], memory_map):
                self._deaths.insert(0, (index, memory_map))
                return True
        return False

    def _dies(self, config: KernelConfig, memory_map: MemoryMap) -> bool:
        """Whether a build dies on a map that is in the class of this build, too."""
        try:
            boot = simulate(config, memory_map)
        except InputError:
            return False
        if not any(map(self._level.is_reached_by, boot.faults)):
            return False
        return not violated(boot.memory_map, config) & self._conditions

    def _is_proven(self, chosen: _Set, configs: Sequence[KernelConfig]) -> bool:
        """Whether all rows are proven safe; those that were unsafe without the changes come first."""
        unsafe_first = dict.fromkeys([index for index, _ in self._deaths])
        is_unknown = any(map(unmodelled, configs))
        order = list(dict.fromkeys((*unsafe_first, *range(len(configs)))))
        for index, claims in zip(order, self._claims([configs[index] for index in order]), strict=True):
            is_unknown |= claims.of(self._level) is None
            if self._add_deaths(index, claims):
                return False
        if is_unknown:
            self._undecided.append(chosen)
        return not is_unknown

    def _claims(self, configs: Sequence[KernelConfig]) -> Iterator[Claims]:
        """The claims of builds, in order; each build is proven once."""
        missing = [config for config in dict.fromkeys(configs) if config not in self._proven]
        new = iter(self._prove_all(missing))
        for config in configs:
            if config not in self._proven:
                self._proven[config] = next(new)
            yield self._proven[config]

    def _add_deaths(self, index: int, claims: Claims) -> bool:
        """Keep the maps of the class on which a row dies, and tell whether there is one."""
        claim = claims.of(self._level)
        maps = () if claim is None else dies_on(claim, self._conditions)
        self._deaths[:0] = [(index, one.memory_map) for one in maps]
        return bool(maps)
