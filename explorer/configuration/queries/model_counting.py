# SPDX-License-Identifier: GPL-2.0-only
"""How many combinations of some symbols a tree can produce, without listing them.

A projected model counter (ganak) counts the values of the symbols under study over all models of the logic.
Where it is not installed, combinations are found one by one up to a bound.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from math import prod

from explorer.configuration.encoding.sat_model import SatModel
from explorer.configuration.queries.projection import check_names
from explorer.configuration.queries.reachability import possible_values
from explorer.configuration.tree.tree import Tree
from explorer.errors import InputError

__all__ = ["ModelCount", "count_combinations"]

_COUNTER = "pyganak"
_MOST_FOUND = 20_000


@dataclass(frozen=True, slots=True)
class ModelCount:
    """How many combinations there are.

    Attributes:
        names: the symbols under study.
        possible: assignments of values to them, reachable or not.
        reachable: those that Kconfig can produce.
        always: symbols that have one value in all of them, with it.
        counter: what counted: the name of the model counter, or ``listing``.
    """

    names: tuple[str, ...]
    possible: int
    reachable: int
    always: Mapping[str, str]
    counter: str


def count_combinations(
    tree: Tree, names: Sequence[str], given: Mapping[str, str] | None = None
) -> ModelCount:
    """Count the combinations of the named symbols, the rest being free.

    Args:
        tree: the tree.
        names: the symbols under study.
        given: values of other symbols that hold throughout.

    Raises:
        InputError: a name is neither bool nor tristate or is given twice; or there are too many combinations
            to find one by one and no model counter is installed.
    """
    check_names(tree, names)
    fixed = dict(given or {})
    logic = SatModel(tree, {**dict.fromkeys(names, "n"), **fixed})
    possible = prod(len(possible_values(tree, name)) for name in names)
    always = dict(_always(tree, logic, names, fixed))
    free = [name for name in names if name not in always]
    if logic.model(fixed) is None:
        return ModelCount(tuple(names), possible, 0, {}, "listing")
    if find_spec(_COUNTER):
        return ModelCount(tuple(names), possible, _counted(logic, free, fixed), always, "ganak")
    return ModelCount(tuple(names), possible, _found(logic, free, fixed), always, "listing")


def _always(
    tree: Tree, logic: SatModel, names: Sequence[str], fixed: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Symbols that can have one value only."""
    for name in names:
        values = [
            value for value in possible_values(tree, name) if logic.model({**fixed, name: value}) is not None
        ]
        if len(values) == 1:
            yield name, values[0]


def _counted(logic: SatModel, names: Sequence[str], fixed: Mapping[str, str]) -> int:
    """The projected count, by ganak."""
    if not names:
        return 1
    counter = import_module(_COUNTER).Counter()
    counter.add_clauses([*logic.clauses, *([literal] for literal in logic.literals(fixed) or ())])
    counter.set_sampling_set([abs(literal) for literal in logic.literals(dict.fromkeys(names, "n")) or ()])
    found: int = counter.count()
    return found


def _found(logic: SatModel, names: Sequence[str], fixed: Mapping[str, str]) -> int:
    """Combinations found one by one."""
    found = 0
    while (model := logic.model(fixed)) is not None:
        found += 1
        if found > _MOST_FOUND:
            raise InputError(
                f"there are more than {_MOST_FOUND} combinations",
                where="--symbol",
                hint=f"install {_COUNTER}, which counts without finding each, or name fewer symbols",
            )
        if not logic.forbid({name: model[name] for name in names}):
            break
    return found
