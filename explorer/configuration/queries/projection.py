# SPDX-License-Identifier: GPL-2.0-or-later
"""Which combinations of some symbols a tree can compute, with a witness or an unsat core for each.

A combination is *reachable* if Kconfig computes it from some answers to prompts. The answers are its witness,
and kconfiglib has computed the combination from them. It is *unreachable* if the clauses of the tree exclude
it; a minimal set of statements says why.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from explorer.configuration.encoding.cone_of_influence import cone_of
from explorer.configuration.encoding.deadline import NO_DEADLINE, Deadline
from explorer.configuration.queries.mcs import minimum_correction_set, with_answers
from explorer.configuration.queries.reachability import (
    Combination,
    Reachability,
    lines_of,
    out_of_time,
    possible_values,
)
from explorer.configuration.queries.undecided_values import UndecidedValues
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.tree import Statement, Tree
from explorer.errors import InputError, LimitError, OutOfTimeError

__all__ = ["ForcedSymbol", "Projection", "StudiedSymbol", "check_names", "combinations", "decided"]

_MOST_LISTED = 1 << 14


@dataclass(frozen=True, slots=True)
class StudiedSymbol:
    """A symbol under study.

    Attributes:
        name: the symbol.
        defined: the tree defines it; otherwise it is always n.
        prompt: it has a prompt.
    """

    name: str
    defined: bool
    prompt: bool


@dataclass(frozen=True, slots=True)
class ForcedSymbol:
    """A symbol that has one value in every reachable combination.

    Attributes:
        symbol: its name.
        value: its value.
        lines: the lines that force it; empty if only the fixed answers to other prompts do.
    """

    symbol: str
    value: str
    lines: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Projection:
    """All combinations of the symbols under study.

    Attributes:
        studied: the symbols, in order.
        combinations: every combination; the first symbol changes slowest, n before m before y.
        forced: symbols with one value.
    """

    studied: tuple[StudiedSymbol, ...]
    combinations: tuple[Combination, ...]
    forced: tuple[ForcedSymbol, ...]


def combinations(  # noqa: PLR0913 # what a study can vary
    tree: Tree,
    names: Sequence[str],
    given: Mapping[str, str] | None = None,
    *,
    base: Mapping[str, str] | None = None,
    reachability: Reachability | None = None,
    deadline: Deadline = NO_DEADLINE,
) -> Projection:
    """Decide every combination of some symbols.

    Args:
        tree: the tree.
        names: the symbols under study.
        given: values of other symbols that hold in every combination.
        base: the answers of a ``.config``, in order. With it all prompts but those of the symbols under study
            are answered as it says, with ``given`` merged over it. Without it the rest is free.
        reachability: decides values of ``names`` and ``given``; for callers that ask about many ``given``. It
            has a deadline of its own.
        deadline: when to stop; the combinations that are not decided then are out of time.

    Raises:
        InputError: a name is neither bool nor tristate, is given twice, or there are too many to list.
    """
    fixed = dict(given or {})
    check_names(tree, names)
    studied = tuple(StudiedSymbol(name, tree.defines(name), tree.has_prompt(name)) for name in names)
    domains = [possible_values(tree, name) for name in names]
    size = prod(map(len, domains))
    if size > _MOST_LISTED:
        raise LimitError(
            f"{len(names)} symbols have {size} combinations; at most {_MOST_LISTED} are listed",
            most=_MOST_LISTED,
            count=size,
            parameter="names",
            hint="name fewer symbols, or let the command count count them",
        )
    candidates = [dict(zip(names, values, strict=True)) for values in product(*domains)]
    asked = {**dict.fromkeys(names, "n"), **(fixed if base is None else {})}
    try:
        reachability = reachability or Reachability(tree, asked, deadline=deadline)
    except OutOfTimeError as error:
        return Projection(studied, tuple(out_of_time(each, error) for each in candidates), ())
    if base is None:
        found = tuple(reachability.decide(values, fixed) for values in candidates)
    else:
        fixed, answers = {}, with_answers(base, given or {})
        found = tuple(_rest_fixed(tree, reachability, candidates, answers, deadline))
    return Projection(studied, found, tuple(_forced(tree, reachability, fixed, found)))


def decided(projection: Projection) -> Projection:
    """The projection itself, for callers that need each combination decided.

    Raises:
        OutOfTimeError: a combination is out of time.
    """
    for combination in projection.combinations:
        if combination.out_of_time is not None:
            raise OutOfTimeError(combination.out_of_time)
    return projection


def _rest_fixed(
    tree: Tree,
    reachability: Reachability,
    candidates: Sequence[Mapping[str, str]],
    base: Mapping[str, str],
    deadline: Deadline,
) -> Iterator[Combination]:
    """Combinations with the answers to all other prompts fixed."""
    names = list(candidates[0])
    computed = _computed_combinations(tree, names, base)
    configuration = Evaluation(tree, base)
    outputs: UndecidedValues | None = None
    for values in candidates:
        try:
            outputs = outputs or UndecidedValues(
                tree, dict.fromkeys(names, "n"), base, names, deadline=deadline
            )
            undecided = outputs.probes(values)
        except OutOfTimeError as error:
            yield out_of_time(values, error)
            continue
        if (key := tuple(values.values())) in computed:
            answers = computed[key]
            changed = {name: value for name, value in answers.items() if base.get(name, "") != value}
            yield Combination(values, not undecided, witness=changed, core=(), undecided=undecided)
        elif undecided:
            yield Combination(values, reachable=False, witness=None, core=(), undecided=undecided)
        else:
            yield _forbidden(configuration, reachability.decide(values), deadline)


def _forbidden(configuration: Evaluation, combination: Combination, deadline: Deadline) -> Combination:
    """A combination that the fixed answers exclude: with what must change, if the tree allows it.

    If the time runs out, it has no correction set, and its core counts as not minimal.
    """
    correction, in_time = None, combination.out_of_time is None
    try:
        if combination.reachable:
            correction = minimum_correction_set(configuration, combination.values, deadline=deadline)
    except OutOfTimeError:
        in_time = False
    return Combination(
        combination.values,
        reachable=False,
        witness=None,
        core=combination.core,
        correction_set=correction,
        conflicting=combination.conflicting,
        is_core_minimal=combination.is_core_minimal and in_time,
    )


def _computed_combinations(
    tree: Tree, names: Sequence[str], base: Mapping[str, str]
) -> dict[tuple[str, ...], dict[str, str]]:
    """What Kconfig computes from each set of answers to the prompts of some symbols.

    Returns:
        The values of the symbols to the first answers that give them.
    """
    prompts = [name for name in names if tree.has_prompt(name)]
    start = (tree.kconfig.syms[name] for name in names if tree.defines(name))
    cone = {item.name for item in cone_of(tree.kconfig, start).distance}
    rest = {name: value for name, value in base.items() if name in cone and name not in prompts}
    computed: dict[tuple[str, ...], dict[str, str]] = {}
    for values in product(*(possible_values(tree, name) for name in prompts)):
        answers = dict(zip(prompts, values, strict=True))
        evaluation = Evaluation(tree, {**rest, **answers})
        computed.setdefault(tuple(evaluation.value(name) for name in names), answers)
    return computed


def check_names(tree: Tree, names: Sequence[str]) -> None:
    """Refuse names that cannot be studied.

    Raises:
        InputError: a name is neither bool nor tristate, or is given twice.
    """
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise InputError(
            f"{', '.join(sorted(repeated))} is named twice", parameter="names", hint="name it once"
        )
    for name in names:
        if not tree.is_logical(name):
            raise InputError(
                f"{name} is neither bool nor tristate",
                parameter="names",
                hint="ask for symbols that are n, m or y",
            )


def _forced(
    tree: Tree, reachability: Reachability, fixed: Mapping[str, str], decided: Sequence[Combination]
) -> Iterator[ForcedSymbol]:
    """Symbols whose value is the same in every combination that may be reachable; those found in time."""
    reachable = [combination.values for combination in decided if not combination.unreachable]
    for name in decided[0].values:
        values = {combination[name] for combination in reachable}
        if len(values) != 1:
            continue
        value = values.pop()
        others = ({**fixed, name: other} for other in possible_values(tree, name) if other != value)
        try:
            cores = [reachability.core(other) for other in others if reachability.is_unreachable(other)]
        except OutOfTimeError:
            return
        yield ForcedSymbol(name, value, lines_of([statement for core in cores for statement in core]))
