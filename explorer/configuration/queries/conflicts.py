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

from explorer.configuration.encoding.bounded_solving import bound
from explorer.configuration.encoding.deadline import NO_DEADLINE, Deadline
from explorer.configuration.encoding.guard import Guard, Guarded
from explorer.configuration.encoding.sat_model import SatModel
from explorer.configuration.queries.mus import ConflictStatement, conflict_statements, minimal_part
from explorer.configuration.tree.tree import Tree
from explorer.errors import OutOfTimeError

__all__ = ["Conflict", "Conflicts", "conflicts_of"]

_MOST_TRIED = 300  # sets of statements that are left out; about a minute on a whole kernel
_MOST_SECONDS = 60.0


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
        out_of_time: the seconds after which the search ended; ``None`` if it did not run out of time.
    """

    found: tuple[Conflict, ...]
    complete: bool
    out_of_time: float | None = None


def conflicts_of(
    tree: Tree, required: Mapping[str, str], most: int, *, deadline: Deadline = NO_DEADLINE
) -> Conflicts:
    """Conflicts of values that are unreachable whatever unanswered compiler probes print.

    Args:
        tree: the tree.
        required: symbol to value.
        most: stop after so many.
        deadline: when to stop; the conflicts found until then are returned.
    """
    limited = deadline.within(_MOST_SECONDS)
    found: dict[tuple[ConflictStatement, ...], Conflict] = {}
    try:
        complete = _collect(found, tree, required, most, limited)
    except OutOfTimeError as error:
        return Conflicts(tuple(found.values()), complete=False, out_of_time=error.seconds)
    return Conflicts(tuple(found.values()), complete=complete)


def _collect(
    found: dict[tuple[ConflictStatement, ...], Conflict],
    tree: Tree,
    required: Mapping[str, str],
    most: int,
    deadline: Deadline,
) -> bool:
    """Add conflicts to those found; whether these are all."""
    model = SatModel(tree, required, guarded=Guarded(eager=True), deadline=deadline)
    eager = model.solve(required, any_output=True, deadline=deadline) is None
    model = SatModel(tree, required, guarded=Guarded(eager=eager), deadline=deadline)
    for core in _cores(model, required, deadline):
        if core is None:
            return False
        guards, part = core
        statements = conflict_statements(tree, guards, part)
        if statements not in found and len(found) == most:
            return False
        found.setdefault(statements, Conflict(part, statements))
    return True


def _cores(
    model: SatModel, required: Mapping[str, str], deadline: Deadline
) -> Iterator[tuple[tuple[Guard, ...], dict[str, str]] | None]:
    """The cores, each with a minimal part of the values; ``None`` when the search is given up."""
    left_out: list[Guard] = []
    with Hitman(solver="m22", htype="sorted") as hitting_sets:
        bound(hitting_sets.oracle, deadline)
        for _ in range(_MOST_TRIED):
            core = model.guards_in_conflict(required, any_output=True, left_out=left_out, deadline=deadline)
            if not core.is_minimal:
                raise OutOfTimeError(deadline.seconds)
            if core.guards:
                is_excluded = partial(model.is_excluded, guards=core.guards, deadline=deadline)
                yield core.guards, minimal_part(required, is_excluded)
                hitting_sets.hit(list(core.guards))
            elif left_out:
                hitting_sets.block(left_out)
            left_out = hitting_sets.get() or []
            if not left_out:
                return
        yield None
