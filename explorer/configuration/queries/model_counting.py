# SPDX-License-Identifier: GPL-2.0-only
"""How many combinations of some symbols a tree can compute, without listing them.

A projected model counter (ganak) counts the combinations of the symbols under study over all satisfying
assignments. If it is not installed, combinations are enumerated, up to 20,000.
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
from explorer.errors import LimitError

__all__ = ["ModelCount", "count_combinations"]

_COUNTER = "pyganak"
_MOST_ENUMERATED = 20_000


@dataclass(frozen=True, slots=True)
class ModelCount:
    """How many combinations there are.

    Attributes:
        names: the symbols under study.
        possible: assignments of values to them, reachable or not.
        reachable: those that Kconfig can compute.
        always: symbols that have the same value in all of them, with the value.
        counter: the name of the model counter, or ``listing``.
    """

    names: tuple[str, ...]
    possible: int
    reachable: int
    always: Mapping[str, str]
    counter: str


def count_combinations(
    tree: Tree, names: Sequence[str], given: Mapping[str, str] | None = None
) -> ModelCount:
    """The number of combinations of some symbols; all other symbols are free.

    Args:
        tree: the tree.
        names: the symbols under study.
        given: values of other symbols that hold in every combination.

    Raises:
        InputError: a name is neither bool nor tristate or is given twice; or there are too many combinations
            to enumerate and no model counter is installed.
    """
    check_names(tree, names)
    fixed = dict(given or {})
    model = SatModel(tree, {**dict.fromkeys(names, "n"), **fixed})
    possible = prod(len(possible_values(tree, name)) for name in names)
    always = dict(_always(tree, model, names, fixed))
    free = [name for name in names if name not in always]
    if model.solve(fixed) is None:
        return ModelCount(tuple(names), possible, 0, {}, "listing")
    if find_spec(_COUNTER):
        return ModelCount(tuple(names), possible, _projected_count(model, free, fixed), always, "ganak")
    return ModelCount(tuple(names), possible, _enumerated_count(model, free, fixed), always, "listing")


def _always(
    tree: Tree, model: SatModel, names: Sequence[str], fixed: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Symbols that have one possible value."""
    for name in names:
        values = [
            value for value in possible_values(tree, name) if model.solve({**fixed, name: value}) is not None
        ]
        if len(values) == 1:
            yield name, values[0]


def _projected_count(model: SatModel, names: Sequence[str], fixed: Mapping[str, str]) -> int:
    """The projected count, computed by ganak."""
    if not names:
        return 1
    counter = import_module(_COUNTER).Counter()
    counter.add_clauses([*model.clauses, *([literal] for literal in model.literals(fixed) or ())])
    counter.set_sampling_set([abs(literal) for literal in model.literals(dict.fromkeys(names, "n")) or ()])
    count: int = counter.count()
    return count


def _enumerated_count(model: SatModel, names: Sequence[str], fixed: Mapping[str, str]) -> int:
    """The number of combinations, by enumeration."""
    count = 0
    while (values := model.solve(fixed)) is not None:
        count += 1
        if count > _MOST_ENUMERATED:
            raise LimitError(
                f"there are more than {_MOST_ENUMERATED} combinations",
                most=_MOST_ENUMERATED,
                parameter="names",
                hint=f"install {_COUNTER}, which counts without finding each, or name fewer symbols",
            )
        if not model.exclude({name: values[name] for name in names}):
            break
    return count
