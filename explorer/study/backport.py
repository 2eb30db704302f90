# SPDX-License-Identifier: GPL-2.0-only
"""The backporter's question: what if this known change were applied, and which fewest make a kernel safe?

Rules:

1. A change of ``explorer.boot.CHANGES`` is switched on or off in a release; where it redefines symbols of
   Kconfig, the tree is parsed again with the other definition, and those symbols take what Kconfig computes.
2. A fix is a set of changes under which the same configuration is *safe* on every machine, by simulation.
   Unknown is not safe.
3. The smallest sets are found by trying: all sets of one later change, then of two, and so on, with what a
   change brings along counted. Sets of equal size are all answers; a human chooses.
4. None is a true answer only up to the size that was tried, and the result says which.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from explorer.boot import CHANGES, Boot, Change, Kernel, KernelConfig, RamFill, Verdict, kernel, simulate
from explorer.configuration import Evaluation, Tree, redefined_tree
from explorer.errors import InputError
from explorer.machine import Firmware, MemoryMap
from explorer.version import KernelVersion

__all__ = [
    "Backport",
    "SmallestBackports",
    "smallest_backports",
    "values_after_switching",
    "with_changes_switched",
]

MOST_CHANGES = 4
"""The largest set that is tried: who needs more wants another release."""


@dataclass(frozen=True, slots=True)
class Backport:
    """A set of changes that makes a configuration safe.

    Attributes:
        changes: what must be applied, in an order in which nothing is missing; ``beside`` of each says what
            else a backport needs.
        boots: the proof: one safe boot for each machine.
    """

    changes: tuple[Change, ...]
    boots: tuple[Boot, ...]


@dataclass(frozen=True, slots=True)
class SmallestBackports:
    """All smallest fixes.

    Attributes:
        fixes: sets of equal size, those of earlier changes first; empty where none was found.
        tried: how many sets were booted.
        largest: the size of the largest set that was tried.
    """

    fixes: tuple[Backport, ...]
    tried: int
    largest: int


def with_changes_switched(
    tree: Tree,
    with_changes: Iterable[str] = (),
    without_changes: Iterable[str] = (),
    release: KernelVersion | None = None,
) -> tuple[Kernel, Tree]:
    """A release with changes switched on and off: what it does, and what its Kconfig says.

    Args:
        tree: the Kconfig of the release as it is.
        with_changes: names or commits of changes that the release lacks.
        without_changes: names or commits of changes that it has.
        release: the release; without it the tree's.

    Raises:
        InputError: an unknown release or change, or one that cannot be switched there.
    """
    described = kernel(release or tree.release, with_changes, without_changes)
    return described, redefined_tree(tree, described.definitions)


def values_after_switching(tree: Tree, values: Mapping[str, str], described: Kernel) -> dict[str, str]:
    """A configuration after the changes: redefined symbols take what Kconfig now computes, the rest stays.

    Args:
        tree: the Kconfig with the changes in it.
        values: the configuration for the release as it is.
        described: the kernel with the changes.
    """
    if not described.definitions:
        return dict(values)
    computed = Evaluation(tree, values)
    return {**values, **{symbol: computed.value(symbol) for symbol in described.definitions}}


def smallest_backports(  # noqa: PLR0913 # a kernel as configured, machines, and two limits that have defaults
    tree: Tree,
    described: Kernel,
    values: Mapping[str, str],
    machines: Sequence[MemoryMap | Firmware],
    *,
    ram_fill: RamFill = RamFill.STALE,
    most: int = MOST_CHANGES,
) -> SmallestBackports:
    """The smallest sets of known later changes that make a configuration safe on all machines.

    Args:
        tree: the Kconfig of the kernel, with the changes of ``described`` in it.
        described: the kernel.
        values: the configuration; where it is safe as it is, the one smallest fix is empty.
        machines: at least one.
        ram_fill: what RAM held before the kernel started.
        most: the largest set to try, 1 or more.

    Raises:
        InputError: a machine that no kernel could start on.
    """
    judge = _Judge(tree, described, values, machines, ram_fill)
    candidates = judge.candidates()
    for size in range(most + 1):
        found = tuple(filter(None, (judge.fix(chosen) for chosen in combinations(candidates, size))))
        if found:
            return SmallestBackports(found, judge.tried, size)
    return SmallestBackports((), judge.tried, most)


class _Judge:
    """Boots one configuration under sets of changes."""

    def __init__(
        self,
        tree: Tree,
        described: Kernel,
        values: Mapping[str, str],
        machines: Sequence[MemoryMap | Firmware],
        ram_fill: RamFill,
    ) -> None:
        self.tried = 0
        self._tree = tree
        self._described = described
        self._values = values
        self._machines = list(machines)
        self._ram_fill = ram_fill
        self._configurations: dict[tuple[tuple[str, tuple[str, ...]], ...], Mapping[str, str]] = {}

    def candidates(self) -> list[Change]:
        """The later changes that can be switched on, the earliest first."""
        applicable = [
            change
            for change in CHANGES
            if change not in self._described.removed and self._with([change]) is not None
        ]
        return sorted(applicable, key=lambda change: change.first)

    def fix(self, chosen: Sequence[Change]) -> Backport | None:
        """The fix that these changes are, if they are one and need no others."""
        described = self._with(chosen)
        if described is None or len(described.added) != len(self._described.added) + len(chosen):
            return None  # what is pulled in counts: it is tried as the larger set that it is
        self.tried += 1
        kernel_config = KernelConfig.of(described, self._configuration(described), self._ram_fill)
        boots = list(self._safe_boots(kernel_config))
        if len(boots) < len(self._machines):
            return None
        new = tuple(change for change in described.added if change not in self._described.added)
        return Backport(new, tuple(boots))

    def _safe_boots(self, kernel_config: KernelConfig) -> Iterator[Boot]:
        """Boots up to the first that is not safe; its machine is tried first the next time."""
        for machine in list(self._machines):
            boot = simulate(kernel_config, machine)
            if boot.verdict is not Verdict.SAFE:
                self._machines.remove(machine)
                self._machines.insert(0, machine)
                return
            yield boot

    def _with(self, chosen: Sequence[Change]) -> Kernel | None:
        """The kernel with more changes, if they can be switched on there."""
        asked = [change.name for change in (*self._described.added, *chosen)]
        without = [change.name for change in self._described.removed]
        try:
            return kernel(self._described.version, asked, without)
        except InputError:
            return None

    def _configuration(self, described: Kernel) -> Mapping[str, str]:
        """The values under the kernel's definitions; each set of definitions is parsed once."""
        key = tuple(sorted(described.definitions.items()))
        if key not in self._configurations:
            same = described.definitions == self._described.definitions
            tree = self._tree if same else redefined_tree(self._tree, described.definitions)
            self._configurations[key] = (
                self._values if same else values_after_switching(tree, self._values, described)
            )
        return self._configurations[key]
