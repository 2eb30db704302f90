# SPDX-License-Identifier: GPL-2.0-or-later
"""Searches the smallest sets of known later changes that make a configured kernel safe.

Rules:

1. A backport is a set of changes of ``explorer.boot.CHANGES`` under which the same configuration is *safe* on
   every machine, by simulation. *Unknown* is not safe.
2. All sets of one later change are booted, then all sets of two, and so on. A change that another one pulls
   in counts: such a set is tried as the larger set that it is.
3. The search stops at the first size that has a backport, and returns every backport of that size.
4. If none is found, the result holds the size up to which the search went.
5. A boot that is not safe refutes every set that has the same of the changes which this boot asked for
   (``observed_kernel``). Most sets are refuted so and need no boot.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from explorer.boot import (
    CHANGES,
    NO_PARAMETERS,
    Boot,
    BootParameters,
    Change,
    Kernel,
    KernelConfig,
    RamFill,
    Verdict,
    simulate,
)
from explorer.configuration import Tree, redefined_tree
from explorer.errors import InputError
from explorer.machine import Firmware, MemoryMap
from explorer.study.change_switching import switched_kernel, switching_of, values_after_switching
from explorer.study.observed_kernel import ObservedKernel, Refutations, bits_of, redefining

__all__ = ["Backport", "SmallestBackports", "smallest_backports"]

MOST_CHANGES = 4
"""The size of the largest set that is tried by default."""


@dataclass(frozen=True, slots=True)
class Backport:
    """A set of changes that makes a configuration safe.

    Attributes:
        changes: the changes to apply, each after those that it needs; ``beside`` of a change names
            prerequisites that are not changes.
        boots: one safe boot for each machine.
    """

    changes: tuple[Change, ...]
    boots: tuple[Boot, ...]


@dataclass(frozen=True, slots=True)
class SmallestBackports:
    """All smallest backports.

    Attributes:
        fixes: sets of equal size, those of earlier changes first; empty if none was found.
        tried: the number of sets that were booted.
        largest: the size of the largest set that was tried.
    """

    fixes: tuple[Backport, ...]
    tried: int
    largest: int


def smallest_backports(  # noqa: PLR0913 # a kernel as configured, machines, and two limits that have defaults
    tree: Tree,
    kernel: Kernel,
    values: Mapping[str, str],
    machines: Sequence[MemoryMap | Firmware],
    *,
    ram_fill: RamFill = RamFill.STALE,
    parameters: BootParameters = NO_PARAMETERS,
    most: int = MOST_CHANGES,
) -> SmallestBackports:
    """Return the smallest sets of known later changes that make a configuration safe on all machines.

    Args:
        tree: the Kconfig of the kernel, with the changes in it that were switched in ``kernel``.
        kernel: the kernel.
        values: the configuration; where it is safe as it is, the only smallest backport is the empty set.
        machines: at least one.
        ram_fill: what RAM held before the kernel started.
        parameters: the command line and the KASLR seed that the boot loader passes.
        most: the size of the largest set to try, 1 or more.

    Raises:
        InputError: a machine on which no kernel can start.
    """
    search = _Search(tree, kernel, values, machines, (ram_fill, parameters))
    candidates = search.candidates()
    for size in range(most + 1):
        backports = tuple(filter(None, map(search.backport, combinations(candidates, size))))
        if backports:
            return SmallestBackports(backports, search.tried, size)
    return SmallestBackports((), search.tried, most)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A later change, and what it does to the set of changes.

    Attributes:
        change: the change.
        new: the bits of the changes that are switched on with it.
        added: those of them that are not replaced by another.
        removed: the bits of the changes that it takes away or replaces.
    """

    change: Change
    new: int
    added: int
    removed: int


class _Search:
    """Boots one configuration under sets of changes."""

    def __init__(
        self,
        tree: Tree,
        kernel: Kernel,
        values: Mapping[str, str],
        machines: Sequence[MemoryMap | Firmware],
        conditions: tuple[RamFill, BootParameters],
    ) -> None:
        self.tried = 0
        self._tree = tree
        self._kernel = kernel
        self._switching = switching_of(kernel)
        self._values = values
        self._machines = list(machines)
        self._conditions = conditions
        self._base = bits_of(kernel.changes)
        self._configurations: dict[int, Mapping[str, str]] = {}
        self._refutations: dict[int, Refutations] = {}

    def candidates(self) -> list[_Candidate]:
        """Return the later changes that can be switched on, the earliest first."""
        found: list[_Candidate] = []
        for change in CHANGES:
            kernel = None if change in self._switching.removed else self._with([change])
            if kernel is not None:
                new = self._new_changes(kernel)
                gone = self._kernel.changes.difference(kernel.changes).union(*(one.replaces for one in new))
                bits = bits_of(one.name for one in new)
                found.append(_Candidate(change, bits, bits & bits_of(kernel.changes), bits_of(gone)))
        return sorted(found, key=lambda candidate: candidate.change.mainline)

    def backport(self, chosen: Sequence[_Candidate]) -> Backport | None:
        """Return the backport of these changes; ``None`` if it is not safe or pulls in more changes."""
        if self._is_refuted(chosen):
            return None
        kernel = self._with([candidate.change for candidate in chosen])
        if kernel is None:
            return None
        new = self._new_changes(kernel)
        if len(new) != len(chosen):
            return None
        self.tried += 1
        values = self._configuration(kernel, redefining(bits_of(change.name for change in new)))
        boots = list(self._safe_boots(kernel, values))
        return Backport(new, tuple(boots)) if len(boots) == len(self._machines) else None

    def _is_refuted(self, chosen: Sequence[_Candidate]) -> bool:
        """Whether a set has too many changes, or a boot refutes it; false where that is not known."""
        new = added = removed = replaced = 0
        for candidate in chosen:
            new |= candidate.new
            added |= candidate.added
            removed |= candidate.removed
            replaced |= candidate.removed & ~candidate.new
        if new & replaced:
            return False  # one replaces another
        if new.bit_count() != len(chosen):
            return True
        values = self._configurations.get(redefining(new))
        if values is None or not self._refutations_of(values).refute((self._base | added) & ~removed):
            return False
        self.tried += 1
        return True

    def _refutations_of(self, values: Mapping[str, str]) -> Refutations:
        """What boots of a configuration refute."""
        return self._refutations[id(values)]

    def _safe_boots(self, kernel: Kernel, values: Mapping[str, str]) -> Iterator[Boot]:
        """Yield boots up to the first that is not safe; its machine moves to the front for the next set."""
        refutations = self._refutations_of(values)
        if refutations.refute(bits_of(kernel.changes)):
            return
        observed = ObservedKernel.observing(kernel)
        kernel_config = KernelConfig.of(observed, values, *self._conditions)
        for machine in list(self._machines):
            if simulate(kernel_config, machine).verdict is not Verdict.SAFE:
                self._machines.remove(machine)
                self._machines.insert(0, machine)
                refutations.add(observed)
                return
            yield simulate(KernelConfig.of(kernel, values, *self._conditions), machine)

    def _with(self, chosen: Sequence[Change]) -> Kernel | None:
        """Return the kernel with more changes; ``None`` where they cannot be switched on in it."""
        with_changes = [change.name for change in (*self._switching.added, *chosen)]
        without_changes = [change.name for change in self._switching.removed]
        try:
            return switched_kernel(self._kernel.version, with_changes, without_changes)
        except InputError:
            return None

    def _new_changes(self, kernel: Kernel) -> tuple[Change, ...]:
        """Return the changes that a kernel has and the searched one lacks, each after those that it needs."""
        return tuple(change for change in switching_of(kernel).added if change not in self._switching.added)

    def _configuration(self, kernel: Kernel, redefined: int) -> Mapping[str, str]:
        """Return the values under the kernel's definitions; equal values are one object.

        Args:
            kernel: the kernel.
            redefined: the bits of its new changes that redefine symbols.
        """
        if redefined not in self._configurations:
            values, definitions = self._values, switching_of(kernel).definitions
            if definitions != self._switching.definitions:
                tree = redefined_tree(self._tree, definitions)
                values = values_after_switching(tree, values, kernel)
            known = (each for each in self._configurations.values() if each == values)
            self._configurations[redefined] = next(known, values)
            self._refutations.setdefault(id(self._configurations[redefined]), Refutations())
        return self._configurations[redefined]
