# SPDX-License-Identifier: GPL-2.0-or-later
"""For which values of the symbols a kernel is safe on a class of memory maps, as a minimal formula.

1. A row is a reachable combination in a variant, with the claims of its build (``explorer.proof``). Its
   assignment: the values of the symbols under study, the page size, the memory model, DEBUG_VM.
2. A class of maps is a set of conditions: the maps that meet all of them. Each build has its own grids:
   "page-aligned" means the pages of that build.
3. A row is safe on a class unless a counterexample of its claim lies in the class. A claim has one for each
   smallest set of conditions that maps violate which die: if any map of the class dies, one of them does.
4. An assignment is unsafe where one of its rows is, otherwise unknown where one is. Assignments of no row are
   unreachable, and don't cares.
5. *Safe* and *unknown* have a formula each. Neither says anything of the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from explorer.boot import Verdict
from explorer.proof import Claim, Claims, Condition, Counterexample, Level, MapClass
from explorer.study.formulas import Formula, minimal_formula

__all__ = [
    "MEMORY_MODEL",
    "PAGE_SIZE",
    "ProvenRow",
    "SafeSet",
    "dies_on",
    "safe_sets_of",
    "verdict_on",
]

PAGE_SIZE, MEMORY_MODEL, DEBUG_VM = "page size", "memory model", "DEBUG_VM"
"""What an assignment holds besides the symbols under study."""

_Assignment = tuple[tuple[str, str], ...]
_CLASSES = tuple(map_class.conditions for map_class in MapClass)


@dataclass(frozen=True, slots=True)
class ProvenRow:
    """A reachable combination in a variant, and the claims of its build.

    Attributes:
        values: the values of the symbols under study.
        claims: what is proven of the build.
    """

    values: Mapping[str, str]
    claims: Claims

    @property
    def assignment(self) -> dict[str, str]:
        """What tells this row from others: symbols, page size, memory model, DEBUG_VM."""
        config = self.claims.kernel_config
        debug = "y" if config.has(DEBUG_VM) else "n"
        return {
            **self.values,
            PAGE_SIZE: f"{1 << config.page_shift - 10}K",
            MEMORY_MODEL: config.memory_model.value,
            DEBUG_VM: debug,
        }


@dataclass(frozen=True, slots=True)
class SafeSet:
    """Where a kernel is safe on a class of memory maps.

    Attributes:
        level: what is ruled out.
        conditions: the class of maps.
        safe: holds for the assignments whose rows are all proven safe.
        unknown: holds for those of which a row is unknown and none unsafe.
        rows: how many rows have each verdict.
    """

    level: Level
    conditions: frozenset[Condition]
    safe: Formula
    unknown: Formula
    rows: Mapping[Verdict, int]

    @property
    def map_class(self) -> MapClass | None:
        """The named class with these conditions; ``None`` without one."""
        return next((each for each in MapClass if each.conditions == self.conditions), None)


def safe_sets_of(
    rows: Sequence[ProvenRow],
    level: Level = Level.NEVER,
    classes: Iterable[frozenset[Condition]] = _CLASSES,
) -> tuple[SafeSet, ...]:
    """Return the safe set of each class on which more rows are safe than on all classes before it.

    Args:
        rows: the reachable rows of one kernel.
        level: what is ruled out.
        classes: classes of maps, wider ones first. The first one always has a safe set.
    """
    found: list[SafeSet] = []
    for conditions in classes:
        verdicts = [verdict_on(row.claims, level, conditions) for row in rows]
        if not found or verdicts.count(Verdict.SAFE) > max(one.rows[Verdict.SAFE] for one in found):
            found.append(_safe_set(rows, verdicts, level, conditions))
    return tuple(found)


def verdict_on(claims: Claims, level: Level, conditions: frozenset[Condition]) -> Verdict:
    """Return whether a build is safe on all maps of a class; unknown where it is not modelled."""
    claim = claims.of(level)
    if claim is None:
        return Verdict.UNKNOWN
    return Verdict.UNSAFE if dies_on(claim, conditions) else Verdict.SAFE


def dies_on(claim: Claim, conditions: frozenset[Condition]) -> tuple[Counterexample, ...]:
    """Return the counterexamples of a claim that lie in a class, the smallest first (rule 3)."""
    return tuple(one for one in claim.counterexamples if not one.violated & conditions)


def _safe_set(
    rows: Sequence[ProvenRow], verdicts: Sequence[Verdict], level: Level, conditions: frozenset[Condition]
) -> SafeSet:
    by_assignment: dict[_Assignment, set[Verdict]] = {}
    for row, verdict in zip(rows, verdicts, strict=True):
        by_assignment.setdefault(tuple(row.assignment.items()), set()).add(verdict)
    sides: dict[Verdict, tuple[_Assignment, ...]] = dict.fromkeys(Verdict, ())
    for assignment, found in by_assignment.items():
        worst = next(one for one in (Verdict.UNSAFE, Verdict.UNKNOWN, Verdict.SAFE) if one in found)
        sides[worst] += (assignment,)
    safe, unsafe, unknown = (sides[one] for one in (Verdict.SAFE, Verdict.UNSAFE, Verdict.UNKNOWN))
    return SafeSet(
        level,
        conditions,
        _formula(safe, unsafe + unknown),
        _formula(unknown, unsafe + safe),
        {verdict: verdicts.count(verdict) for verdict in Verdict},
    )


@cache
def _formula(inside: tuple[_Assignment, ...], outside: tuple[_Assignment, ...]) -> Formula:
    """The minimal formula of some assignments: many kernels and classes of maps have the same."""
    return minimal_formula(list(map(dict, inside)), list(map(dict, outside)))
