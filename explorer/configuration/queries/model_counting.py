# SPDX-License-Identifier: GPL-2.0-or-later
"""How many combinations of some symbols a tree can compute, without listing them.

A combination is a projection of a satisfying assignment of the tree's clauses on the symbols under study.
What compiler checks without a recorded answer print is unknown: ``reachable`` counts with what the tree
assumes, ``at_most`` with anything.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from pysat.solvers import Solver

from explorer.configuration.encoding.bounded_solving import is_satisfiable
from explorer.configuration.encoding.deadline import NO_DEADLINE, Deadline
from explorer.configuration.encoding.sat_model import SatModel
from explorer.configuration.queries.projected_counting import (
    ProjectedCount,
    Simplified,
    count_projected,
    simplify,
)
from explorer.configuration.queries.projection import check_names
from explorer.configuration.queries.reachability import possible_values
from explorer.configuration.queries.symbol_names import check_assignment
from explorer.configuration.tree.probe_operands import ProbeOperand
from explorer.configuration.tree.serialization import no_garbage_collection
from explorer.configuration.tree.tree import Tree
from explorer.errors import OutOfTimeError

__all__ = ["ModelCount", "count_combinations"]

_GANAK, _COMPONENTS = "ganak", "components"


@dataclass(frozen=True, slots=True)
class ModelCount:
    """How many combinations there are.

    Attributes:
        names: the symbols under study.
        possible: assignments of values to them, reachable or not.
        reachable: those that Kconfig can compute; ``None`` if they were not counted in time.
        at_most: the same with any answers of the compiler checks that have none; not less than ``reachable``.
        always: symbols that have the same value in all of them, with the value.
        counter: ``ganak`` if ganak has counted a part, otherwise ``components``.
        undecided: if the counts differ, the compiler checks without an answer on which single values depend.
        out_of_time: the seconds after which counting was given up; ``None`` if it was finished.
    """

    names: tuple[str, ...]
    possible: int
    reachable: int | None
    at_most: int | None
    always: Mapping[str, str]
    counter: str
    undecided: tuple[ProbeOperand, ...] = ()
    out_of_time: float | None = None


def count_combinations(
    tree: Tree,
    names: Sequence[str],
    given: Mapping[str, str] | None = None,
    *,
    deadline: Deadline = NO_DEADLINE,
) -> ModelCount:
    """The number of combinations of some symbols; all other symbols are free.

    Args:
        tree: the tree.
        names: the symbols under study.
        given: values of other symbols that hold in every combination.
        deadline: when to stop; the result then has no counts.

    Raises:
        InputError: a name is neither bool nor tristate or is given twice; a symbol of ``given`` is not
            defined, or its value is not of its type.
        LimitError: there are too many combinations to count.
    """
    check_names(tree, names)
    fixed = dict(given or {})
    for name, value in fixed.items():
        check_assignment(tree, name, value)
    possible = prod(len(possible_values(tree, name)) for name in names)
    try:
        return _counted(tree, names, fixed, possible, deadline)
    except OutOfTimeError as error:
        return ModelCount(tuple(names), possible, None, None, {}, _COMPONENTS, out_of_time=error.seconds)


def _counted(
    tree: Tree, names: Sequence[str], fixed: Mapping[str, str], possible: int, deadline: Deadline
) -> ModelCount:
    """The count of valid names.

    Raises:
        OutOfTimeError: they are not counted in time.
    """
    with no_garbage_collection():
        model = SatModel(tree, {**dict.fromkeys(names, "n"), **fixed}, deadline=deadline)
        literals = {name: _literals(tree, model, name) for name in names if tree.defines(name)}
        projected = {abs(literal) for of_value in literals.values() for literal in of_value["n"]}
        units = model.literals(fixed)
        clauses = [*model.clauses, *([unit] for unit in units or ())]
        simplified = None if units is None else simplify(clauses, projected, deadline)
    if simplified is None:
        return ModelCount(tuple(names), possible, 0, 0, {}, _COMPONENTS)
    always = dict(_always(tree, simplified, literals, names, deadline))
    at_most = reachable = count_projected(simplified, deadline)
    if model.assumed:
        reachable = _with_units(simplified, clauses, model.assumed, deadline)
    counter = _GANAK if at_most.by_ganak or reachable.by_ganak else _COMPONENTS
    is_open = reachable.count != at_most.count
    undecided = _undecided(tree, model, names, fixed, deadline) if is_open else ()
    return ModelCount(
        tuple(names), possible, reachable.count, at_most.count, always, counter, tuple(undecided)
    )


def _undecided(
    tree: Tree, model: SatModel, names: Sequence[str], fixed: Mapping[str, str], deadline: Deadline
) -> Iterable[ProbeOperand]:
    """The compiler checks without an answer on which the values of single symbols depend."""
    return dict.fromkeys(
        probe
        for name in names
        for value in possible_values(tree, name)
        for probe in model.deciding_probes({**fixed, name: value}, deadline=deadline)
    )


def _with_units(
    simplified: Simplified, clauses: Sequence[list[int]], units: Sequence[int], deadline: Deadline
) -> ProjectedCount:
    """The count of the same clauses with some literals true."""
    narrower = simplify([*clauses, *([unit] for unit in units)], simplified.projected, deadline)
    return ProjectedCount(0, by_ganak=False) if narrower is None else count_projected(narrower, deadline)


def _literals(tree: Tree, model: SatModel, name: str) -> dict[str, list[int]]:
    """The literals of each value of a symbol; a bool is decided by one, since its two are equal."""
    width = 1 if tree.type_of(name) == "bool" else None
    return {value: (model.literals({name: value}) or [])[:width] for value in possible_values(tree, name)}


def _always(
    tree: Tree,
    simplified: Simplified,
    literals: Mapping[str, Mapping[str, list[int]]],
    names: Sequence[str],
    deadline: Deadline,
) -> Iterator[tuple[str, str]]:
    """Symbols that have one possible value."""
    with Solver(name="minisat22", bootstrap_with=simplified.clauses) as solver:
        seen: dict[str, set[str]] = {name: set() for name in literals}
        for name in names:
            if not tree.defines(name):
                yield name, "n"
                continue
            for value, required in literals[name].items():
                if value not in seen[name] and is_satisfiable(solver, required, deadline):
                    _note_values(seen, literals, set(solver.get_model() or ()))
            if len(seen[name]) == 1:
                yield name, seen[name].pop()


def _note_values(
    seen: Mapping[str, set[str]], literals: Mapping[str, Mapping[str, list[int]]], true: Collection[int]
) -> None:
    """Add the values that the symbols have in a satisfying assignment."""
    for name, of_value in literals.items():
        for value, required in of_value.items():
            if all(literal in true for literal in required):
                seen[name].add(value)
