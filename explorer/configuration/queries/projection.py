# SPDX-License-Identifier: GPL-2.0-only
"""Which combinations of some symbols a tree can produce, with a witness or a reason for each.

A combination is *reachable* when some answers to prompts make Kconfig compute it; the answers are its witness
and have been given to kconfiglib, which computed that very combination. It is *unreachable* when the logic of
the tree has no model for it; the reason is a minimal set of statements, told as a chain.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from explorer.configuration.encoding.cone_of_influence import cone_of
from explorer.configuration.queries.mcs import minimum_correction_set, with_answers
from explorer.configuration.queries.reachability import Combination, Reachability, lines_of, possible_values
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.tree import Statement, Tree
from explorer.errors import InputError

__all__ = ["ForcedSymbol", "Projection", "StudiedSymbol", "check_names", "combinations"]

_MOST_LISTED = 1 << 14


@dataclass(frozen=True, slots=True)
class StudiedSymbol:
    """A symbol under study.

    Attributes:
        name: the symbol.
        defined: the tree defines it; otherwise it is gone, or not there yet, and always n.
        prompt: a user can be asked for it.
    """

    name: str
    defined: bool
    prompt: bool


@dataclass(frozen=True, slots=True)
class ForcedSymbol:
    """A symbol that has one value in every configuration, and the lines that force it.

    Where the rest is held fixed no line may force it: then the fixed rest does.
    """

    symbol: str
    value: str
    because: tuple[Statement, ...]


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


def combinations(
    tree: Tree,
    names: Sequence[str],
    given: Mapping[str, str] | None = None,
    *,
    base: Mapping[str, str] | None = None,
) -> Projection:
    """Decide every combination of the named symbols.

    Args:
        tree: the tree.
        names: the symbols under study.
        given: values of other symbols that hold throughout; all the rest is free. Without it the question is
            what Kconfig can produce at all.
        base: the answers of a ``.config``, in order. With it the rest is fixed: all prompts but those of the
            symbols under study are answered as it says, and ``given`` is put over it.

    Raises:
        InputError: a name is neither bool nor tristate, is given twice, or there are too many to list.
    """
    fixed = dict(given or {})
    check_names(tree, names)
    studied = tuple(StudiedSymbol(name, tree.defines(name), tree.has_prompt(name)) for name in names)
    domains = [possible_values(tree, name) for name in names]
    size = prod(map(len, domains))
    if size > _MOST_LISTED:
        raise InputError(
            f"{len(names)} symbols have {size} combinations; at most {_MOST_LISTED} are listed",
            where="--symbol",
            hint="name fewer symbols, or let the command count count them",
        )
    wanted = [dict(zip(names, values, strict=True)) for values in product(*domains)]
    if base is None:
        oracle = Reachability(tree, {**dict.fromkeys(names, "n"), **fixed})
        decided = tuple(oracle.decide(values, fixed) for values in wanted)
    else:
        oracle, fixed = Reachability(tree, dict.fromkeys(names, "n")), {}
        decided = tuple(_held(tree, oracle, wanted, with_answers(base, given or {})))
    return Projection(studied, decided, tuple(_forced(tree, oracle, fixed, decided)))


def _held(
    tree: Tree, oracle: Reachability, wanted: Sequence[Mapping[str, str]], base: Mapping[str, str]
) -> Iterator[Combination]:
    """Combinations with the rest fixed: each set of answers to the symbols' own prompts is given once."""
    names = list(wanted[0])
    asked = [name for name in names if tree.has_prompt(name)]
    start = (tree.kconfig.syms[name] for name in names if tree.defines(name))
    near = {item.name for item in cone_of(tree.kconfig, start).distance}
    rest = {name: value for name, value in base.items() if name in near and name not in asked}
    before = Evaluation(tree, base)
    reached: dict[tuple[str, ...], dict[str, str]] = {}
    for given in product(*(possible_values(tree, name) for name in asked)):
        answers = dict(zip(asked, given, strict=True))
        computed = Evaluation(tree, {**rest, **answers})
        reached.setdefault(tuple(computed.value(name) for name in names), answers)
    for values in wanted:
        if (key := tuple(values.values())) in reached:
            answers = reached[key]
            new = {name: value for name, value in answers.items() if base.get(name, "") != value}
            yield Combination(values, reachable=True, witness=new, chain=())
            continue
        found = oracle.decide(values)
        fix = minimum_correction_set(tree, base, values, before.values()) if found.reachable else None
        yield Combination(values, reachable=False, witness=None, chain=found.chain, fix=fix)


def check_names(tree: Tree, names: Sequence[str]) -> None:
    """Refuse what cannot be put under study.

    Raises:
        InputError: a name is neither bool nor tristate, or is given twice.
    """
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise InputError(
            f"{', '.join(sorted(repeated))} is named twice", where="--symbol", hint="name it once"
        )
    for name in names:
        if not tree.is_logical(name):
            raise InputError(
                f"{name} is neither bool nor tristate",
                where="--symbol",
                hint="ask for symbols that are n, m or y",
            )


def _forced(
    tree: Tree, oracle: Reachability, fixed: Mapping[str, str], decided: Sequence[Combination]
) -> Iterator[ForcedSymbol]:
    """Symbols whose value is the same in every reachable combination."""
    reachable = [combination.values for combination in decided if combination.reachable]
    for name in decided[0].values:
        values = {combination[name] for combination in reachable}
        if len(values) != 1:
            continue
        value = values.pop()
        others = [other for other in possible_values(tree, name) if other != value]
        wishes = [{**fixed, name: other} for other in others]
        chains = [oracle.chain(wish) for wish in wishes if not oracle.possible(wish)]
        yield ForcedSymbol(name, value, lines_of([reason for chain in chains for reason in chain]))
