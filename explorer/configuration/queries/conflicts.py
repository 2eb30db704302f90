# SPDX-License-Identifier: GPL-2.0-or-later
"""Enumerates the minimal sets of statements that exclude required values.

As in MARCO (Liffiton et al., 2016), with minimum hitting sets: the guards of a set that hits every core found
so far are left out. If the rest still excludes the values, it holds a further core; otherwise the set is a
correction set and is blocked. If no hitting set remains, every core was found.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from pysat.examples.hitman import Hitman

from explorer.configuration.encoding.guard import Guard, Guarded
from explorer.configuration.encoding.sat_model import SatModel
from explorer.configuration.queries.mus import ConflictStatement, conflict_statements, minimal_part
from explorer.configuration.tree.tree import Tree

__all__ = ["Conflict", "Conflicts", "conflicts_of"]

_MOST_TRIED = 300  # sets of statements that are left out; about a minute on a whole kernel


@dataclass(frozen=True, slots=True)
class Conflict:
    """Required values and the statements that exclude them; no smaller part of either conflicts.

    Attributes:
        values: the values that take part.
        statements: the statements, as of ``Combination.core``.
    """

    values: Mapping[str, str]
    statements: tuple[ConflictStatement, ...]


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Several conflicts of one request.

    Attributes:
        found: the conflicts.
        complete: there are no others.
    """

    found: tuple[Conflict, ...]
    complete: bool


def conflicts_of(tree: Tree, required: Mapping[str, str], most: int) -> Conflicts:
    """Conflicts of values that are unreachable whatever unanswered compiler probes print.

    Args:
        tree: the tree.
        required: symbol to value.
        most: stop after so many.
    """
    eager = SatModel(tree, required, guarded=Guarded(eager=True)).solve(required, any_output=True) is None
    found: dict[tuple[ConflictStatement, ...], Conflict] = {}
    cores = _cores(SatModel(tree, required, guarded=Guarded(eager=eager)), required)
    for core in cores:
        if core is None:
            return Conflicts(tuple(found.values()), complete=False)
        guards, part = core
        statements = conflict_statements(tree, guards, part)
        if statements not in found and len(found) == most:
            return Conflicts(tuple(found.values()), complete=False)
        found.setdefault(statements, Conflict(part, statements))
    return Conflicts(tuple(found.values()), complete=True)


def _cores(
    model: SatModel, required: Mapping[str, str]
) -> Iterator[tuple[tuple[Guard, ...], dict[str, str]] | None]:
    """The cores, each with a minimal part of the values; ``None`` when the search is given up."""
    left_out: list[Guard] = []
    with Hitman(solver="m22", htype="sorted") as hitting_sets:
        for _ in range(_MOST_TRIED):
            core = model.guards_in_conflict(required, any_output=True, left_out=left_out)
            if core:
                yield core, minimal_part(required, partial(model.is_excluded, guards=core))
                hitting_sets.hit(list(core))
            elif left_out:
                hitting_sets.block(left_out)
            left_out = hitting_sets.get() or []
            if not left_out:
                return
        yield None
