# SPDX-License-Identifier: GPL-2.0-or-later
"""What the claims of all rows of a kernel say together: safe sets, the fewest changes, guards on machines."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from explorer.document.guards import fewest_changes_json, guard_costs_json
from explorer.document.safe_sets import safe_set_json
from explorer.machine import Firmware, MemoryMap
from explorer.proof import Claims, Level
from explorer.proof.build_content import build_key
from explorer.study.change_search import ProveAll, fewest_changes
from explorer.study.guard_costs import costs_of_guards
from explorer.study.proven_builds import ProofRow, by_kernel
from explorer.study.safe_sets import ProvenRow, SafeSet, safe_sets_of

__all__ = ["KernelFindings"]

_Watched = Callable[[Sequence[Any]], Iterable[Any]]


class KernelFindings:
    """The findings about each kernel, added one after the other, so that an interrupt loses none.

    Attributes:
        kernels: one entry for each kernel of which every row was tried, in order.
    """

    def __init__(self, rows: Iterable[ProofRow], proven: Mapping[str, Claims]) -> None:
        tried = [
            each for each in by_kernel(rows) if all(build_key(row.kernel_config) in proven for row in each)
        ]
        self._rows = tried
        self._claims = [[proven[build_key(row.kernel_config)] for row in each] for each in tried]
        self._safe_sets = [list(self._sets(number)) for number in range(len(tried))]
        self.kernels: list[dict[str, Any]] = [
            {
                "kernel": str(each[0].kernel_config.kernel.version),
                "rows": len(each),
                "safe_sets": list(map(safe_set_json, sets)),
                "fewest_changes": [],
                "guards": [],
            }
            for each, sets in zip(tried, self._safe_sets, strict=True)
        ]

    def _sets(self, number: int) -> Iterator[SafeSet]:
        pairs = zip(self._rows[number], self._claims[number], strict=True)
        rows = [ProvenRow(row.combination.values, claims) for row, claims in pairs]
        for level in Level:
            yield from safe_sets_of(rows, level)

    def add_fewest_changes(self, most: int, prove_all: ProveAll, watched: _Watched) -> None:
        """Search the fewest later changes for each class of maps on which some row may have a fault.

        Args:
            most: the size of the largest set to try.
            prove_all: gives the claims of builds.
            watched: iterates over the sets of one size and shows progress.
        """
        for number, kernel in enumerate(self.kernels):
            for safe_set in self._safe_sets[number]:
                if safe_set.level is not Level.NEVER or safe_set.safe.is_always:
                    continue
                found = fewest_changes(
                    self._rows[number][0].tree,
                    self._rows[number],
                    self._claims[number],
                    prove_all=prove_all,
                    conditions=safe_set.conditions,
                    most=most,
                    watched=watched,
                )
                kernel["fewest_changes"].append(fewest_changes_json(found))

    def add_guards(self, machines: Sequence[MemoryMap | Firmware], prove_all: ProveAll) -> None:
        """Compare the guards of each kernel on machines; the cheapest ones are proven."""
        for number, kernel in enumerate(self.kernels):
            for machine in machines:
                rows = self._rows[number]
                found = costs_of_guards(rows[0].tree, rows, machine, prove_all)
                kernel["guards"] += guard_costs_json(machine, found)
