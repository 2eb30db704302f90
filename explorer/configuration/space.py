# SPDX-License-Identifier: GPL-2.0-only
"""Which combinations of some symbols a tree can produce, with a witness or a reason for each.

A combination is *reachable* when some answers to prompts make Kconfig compute it; the answers are its witness
and have been given to kconfiglib, which computed that very combination. It is *unreachable* when the logic of
the tree has no model for it; the reason is a minimal set of definitions, shown as the lines that matter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import kconfiglib

from explorer.configuration.logic import Bound, Guard, Logic
from explorer.configuration.tree import Statement, Tree
from explorer.errors import InputError

__all__ = ["Combination", "Forced", "Space", "Studied", "combinations", "decide", "witness"]

_MOST_LISTED = 1 << 14


@dataclass(frozen=True, slots=True)
class Studied:
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
class Combination:
    """An assignment of values to the symbols under study.

    Attributes:
        values: symbol to ``n``, ``m`` or ``y``, in the order of the study.
        reachable: Kconfig can produce it.
        witness: answers that produce it; ``None`` when it is unreachable.
        conflict: the lines that together rule it out; empty when it is reachable, or when it wants more than
            n of a symbol that the tree does not define.
    """

    values: Mapping[str, str]
    reachable: bool
    witness: Mapping[str, str] | None
    conflict: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Forced:
    """A symbol that has one value in every configuration, and the lines that force it."""

    symbol: str
    value: str
    because: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Space:
    """All combinations of the symbols under study.

    Attributes:
        studied: the symbols, in order.
        combinations: every combination; the first symbol changes slowest, n before m before y.
        forced: symbols with one value.
    """

    studied: tuple[Studied, ...]
    combinations: tuple[Combination, ...]
    forced: tuple[Forced, ...]


def combinations(tree: Tree, names: Sequence[str], given: Mapping[str, str] | None = None) -> Space:
    """Decide every combination of the named symbols.

    Args:
        tree: the tree.
        names: the symbols under study.
        given: values of other symbols that hold throughout; all the rest is free. Without it the question is
            what Kconfig can produce at all.

    Raises:
        InputError: a name is neither bool nor tristate, is given twice, there are too many to list, or the
            tree compares numbers in a way that the logic cannot follow.
    """
    fixed = {name: value for name, value in (given or {}).items() if tree.is_logical(name)}
    _check(names)
    studied = tuple(Studied(name, tree.defines(name), tree.has_prompt(name)) for name in names)
    domains = [_domain(tree, name) for name in names]
    size = 1
    for domain in domains:
        size *= len(domain)
    if size > _MOST_LISTED:
        raise InputError(
            f"{len(names)} symbols have {size} combinations; at most {_MOST_LISTED} are listed",
            where="--symbol",
            hint="name fewer symbols",
        )
    logic = Logic(tree, [*names, *fixed])
    decided = tuple(
        decide(tree, logic, dict(zip(names, values, strict=True)), fixed) for values in product(*domains)
    )
    return Space(studied, decided, tuple(_forced(tree, logic, fixed, decided)))


def _check(names: Sequence[str]) -> None:
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise InputError(
            f"{', '.join(sorted(repeated))} is named twice", where="--symbol", hint="name it once"
        )


def _domain(tree: Tree, name: str) -> tuple[str, ...]:
    """What a symbol could be; one that the tree lacks stays in the study as n or y."""
    symbol = tree.kconfig.syms.get(name)
    tristate = symbol and symbol.nodes and symbol.orig_type == kconfiglib.TRISTATE
    return ("n", "m", "y") if tristate else ("n", "y")


def decide(
    tree: Tree, logic: Logic, values: Mapping[str, str], fixed: Mapping[str, str] | None = None
) -> Combination:
    """Whether some symbols can have some values at once, with a witness or the lines in the way.

    Args:
        tree: the tree.
        logic: the logic of the tree around all symbols named.
        values: the values in question.
        fixed: values of other symbols that hold, too.

    Raises:
        InputError: the tree compares numbers in a way that the logic cannot follow.
    """
    wish = {**(fixed or {}), **values}
    model = logic.model(wish)
    if model is None:
        return Combination(
            values, reachable=False, witness=None, conflict=_lines(tree, logic.conflict(wish), wish)
        )
    answers = witness(tree, logic, model, wish)
    if answers is None:
        raise InputError(
            f"cannot decide {_words(wish)}: the tree compares numbers or strings on the way",
            where=tree.label,
            hint="name other symbols",
        )
    return Combination(values, reachable=True, witness=answers, conflict=())


def _words(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def witness(
    tree: Tree, logic: Logic, model: Mapping[str, str], values: Mapping[str, str]
) -> dict[str, str] | None:
    """The fewest answers, of those a model gives, that make kconfiglib compute some values; none may be."""
    answers = {name: model[name] for name in logic.answerable() if _counts(tree, name, model)}
    if not _computes(tree, answers, values):
        return None
    for name in list(answers):
        fewer = {other: value for other, value in answers.items() if other != name}
        if _computes(tree, fewer, values):
            answers = fewer
    return answers


def _counts(tree: Tree, name: str, model: Mapping[str, str]) -> bool:
    """Saying n to a member of a choice says nothing: the member that is y decides."""
    return tree.kconfig.syms[name].choice is None or model[name] != "n"


def _computes(tree: Tree, answers: Mapping[str, str], values: Mapping[str, str]) -> bool:
    tree.answer(answers)
    return all(tree.value(name) == value for name, value in values.items())


def _forced(
    tree: Tree, logic: Logic, fixed: Mapping[str, str], decided: Sequence[Combination]
) -> Iterator[Forced]:
    """Symbols whose value is the same in every reachable combination."""
    reachable = [combination.values for combination in decided if combination.reachable]
    for name in decided[0].values:
        values = {combination[name] for combination in reachable}
        if len(values) != 1:
            continue
        value = values.pop()
        others = [other for other in _domain(tree, name) if other != value]
        guards = [guard for other in others for guard in logic.conflict({**fixed, name: other})]
        yield Forced(name, value, _lines(tree, guards, {name: others[-1]}))


def _lines(tree: Tree, guards: Sequence[Guard], wish: Mapping[str, str]) -> tuple[Statement, ...]:
    """The lines behind the guards: what holds a symbol down, or what pushes it up."""
    found: list[Statement] = []
    for guard in dict.fromkeys(guards):
        own = list(tree.statements(guard.symbol))
        pushed = [] if guard.bound is Bound.AT_MOST else list(tree.selected_by(guard.symbol))
        found += [line for line in [*own, *pushed] if _matters(line, guard, wish)]
    return tuple(dict.fromkeys(found))


def _matters(line: Statement, guard: Guard, wish: Mapping[str, str]) -> bool:
    """Whether a line says something about the side of the definition that is in the way."""
    word = line.text.split(maxsplit=1)[0]
    if line.symbol != guard.symbol or word in {"config", "menuconfig"}:
        return True
    if word in {"select", "imply", "range", "option", "modules"}:
        return False
    return word != "depends" or guard.bound is Bound.AT_MOST or bool(wish)
