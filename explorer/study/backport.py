# SPDX-License-Identifier: GPL-2.0-or-later
"""Searches the smallest sets of known later changes that make a configured kernel safe.

Rules:

1. A backport is a set of changes of ``explorer.boot.CHANGES`` under which the same configuration is *safe* on
   every machine, by simulation. *Unknown* is not safe.
2. All sets of one later change are booted, then all sets of two, and so on. A change that another one pulls
   in counts: such a set is tried as the larger set that it is.
3. The search stops at the first size that has a backport, and returns every backport of that size.
4. If none is found, the result holds the size up to which the search went.
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
        self._configurations: dict[tuple[tuple[str, tuple[str, ...]], ...], Mapping[str, str]] = {}

    def candidates(self) -> list[Change]:
        """Return the later changes that can be switched on, the earliest first."""
        applicable = [
            change
            for change in CHANGES
            if change not in self._switching.removed and self._with([change]) is not None
        ]
        return sorted(applicable, key=lambda change: change.mainline)

    def backport(self, chosen: Sequence[Change]) -> Backport | None:
        """Return the backport of these changes; ``None`` if it is not safe or pulls in more changes."""
        kernel = self._with(chosen)
        if kernel is None:
            return None
        new = tuple(change for change in switching_of(kernel).added if change not in self._switching.added)
        if len(new) != len(chosen):
            return None
        self.tried += 1
        values = self._configuration(kernel)
        config = KernelConfig.of(kernel, values, *self._conditions)
        boots = list(self._safe_boots(config))
        return Backport(new, tuple(boots)) if len(boots) == len(self._machines) else None

    def _safe_boots(self, kernel_config: KernelConfig) -> Iterator[Boot]:
        """Yield boots up to the first that is not safe; its machine moves to the front for the next set."""
        for machine in list(self._machines):
            boot = simulate(kernel_config, machine)
            if boot.verdict is not Verdict.SAFE:
                self._machines.remove(machine)
                self._machines.insert(0, machine)
                return
            yield boot

    def _with(self, chosen: Sequence[Change]) -> Kernel | None:
        """Return the kernel with more changes; ``None`` where they cannot be switched on in it."""
        with_changes = [change.name for change in (*self._switching.added, *chosen)]
        without_changes = [change.name for change in self._switching.removed]
        try:
            return switched_kernel(self._kernel.version, with_changes, without_changes)
        except InputError:
            return None

    def _configuration(self, kernel: Kernel) -> Mapping[str, str]:
        """Return the values under the kernel's definitions; each set of definitions is parsed once."""
        definitions = switching_of(kernel).definitions
        key = tuple(sorted(definitions.items()))
        if key not in self._configurations:
            if definitions == self._switching.definitions:
                self._configurations[key] = self._values
            else:
                tree = redefined_tree(self._tree, definitions)
                self._configurations[key] = values_after_switching(tree, self._values, kernel)
        return self._configurations[key]
