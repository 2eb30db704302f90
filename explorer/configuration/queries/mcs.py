# SPDX-License-Identifier: GPL-2.0-only
"""The smallest fix: the fewest answers of a ``.config`` to change so that a wish comes true.

What a ``.config`` answers stays unless it must change, and what it does not answer keeps its default unless
it must be answered; the member that a choice goes to is one answer. The fewest changes are a minimal
correction set (RC2, a MaxSAT solver). Several may be equally few: the one that moves the fewest other symbols
is taken. Each is given to kconfiglib before anybody sees it; what does not make the wish true there is not a
fix.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from pysat.examples.rc2 import RC2
from pysat.formula import WCNF

from explorer.configuration.encoding.sat_model import SatModel
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.tree import Tree

__all__ = [
    "AnswerChange",
    "CorrectionSet",
    "decides",
    "low_impact_correction_set",
    "minimum_correction_set",
    "one_minimal_subset",
    "with_answers",
]

_MOST_TRIED = 12
_MOST_SPARED = 4
_LIGHT = 20  # symbols that change; a fix that moves no more is taken as it is


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """One answer to change.

    Attributes:
        symbol: whom the prompt asks for; of a choice the member that it must go to.
        before: what the ``.config`` made of the symbol.
        after: the answer to give.
    """

    symbol: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CorrectionSet:
    """Changes that make a wish come true; kconfiglib has computed it from them.

    Attributes:
        changes: the answers to change, in order of name; empty when the wish is true already.
        moved: every other symbol that becomes something else, with its value before and after.
        fewest: no smaller set of changes would do.
    """

    changes: tuple[AnswerChange, ...]
    moved: Mapping[str, tuple[str, str]]
    fewest: bool


def minimum_correction_set(
    tree: Tree, base: Mapping[str, str], wish: Mapping[str, str], before: Mapping[str, str] | None = None
) -> CorrectionSet | None:
    """The fewest changes to the answers of a configuration that give a wish; ``None`` if there are none.

    Args:
        tree: the tree.
        base: what a ``.config`` or a fragment sets, in order of its lines.
        wish: what must come true, of symbols that the tree defines.
        before: what Kconfig makes of the base, where that is known already.
    """
    before = before or Evaluation(tree, base).values()
    if _fulfils(tree, before, wish):
        return CorrectionSet((), {}, fewest=True)
    return _smallest(tree, base, wish, before) or _from_witness(tree, base, wish, before)


def low_impact_correction_set(
    tree: Tree, base: Mapping[str, str], wish: Mapping[str, str], before: Mapping[str, str] | None = None
) -> CorrectionSet | None:
    """Few changes that move little else; ``None`` if there are none.

    The fewest changes can be one answer that takes half of the tree with it: MODULES=n makes every m a y.
    Where the smallest fix moves many, its heaviest answer is spared and the fewest changes without it are
    looked for, a few times. What changes and moves the fewest symbols is taken.

    Args:
        tree: the tree.
        base: what a ``.config`` or a fragment sets, in order of its lines.
        wish: what must come true, of symbols that the tree defines.
        before: what Kconfig makes of the base, where that is known already.
    """
    before = before or Evaluation(tree, base).values()
    best = last = minimum_correction_set(tree, base, wish, before)
    spared: list[str] = []
    needed: set[str] = set()
    for _ in range(_MOST_SPARED):
        if best is None or last is None or _weight(best) <= _LIGHT:
            break
        changes = [change for change in last.changes if change.symbol not in needed]
        if not changes:
            break
        heaviest = _heaviest(tree, base, before, changes).symbol
        found = _smallest(tree, base, wish, before, [*spared, heaviest])
        if found is None:
            needed.add(heaviest)
            continue
        spared.append(heaviest)
        last = found
        if _weight(found) < _weight(best):
            best = replace(found, fewest=len(found.changes) <= len(best.changes) and best.fewest)
    return best and _softened(tree, base, wish, before, best)


def _softened(
    tree: Tree,
    base: Mapping[str, str],
    wish: Mapping[str, str],
    before: Mapping[str, str],
    fix: CorrectionSet,
) -> CorrectionSet:
    """The same answers, a module rather than nothing where that does, too."""
    answers = {change.symbol: change.after for change in fix.changes}
    for change in fix.changes:
        if change.before == "y" and change.after == "n" and tree.type_of(change.symbol) == "tristate":
            softer = {**answers, change.symbol: "m"}
            after = Evaluation(tree, with_answers(base, softer)).values()
            found = _fix(softer, before, after, fewest=fix.fewest)
            if _fulfils(tree, after, wish) and _weight(found) <= _weight(fix):
                answers, fix = softer, found
    return fix


def _weight(fix: CorrectionSet) -> int:
    return len(fix.changes) + len(fix.moved)


def _heaviest(
    tree: Tree, base: Mapping[str, str], before: Mapping[str, str], changes: Sequence[AnswerChange]
) -> AnswerChange:
    """The change that alone moves the most symbols."""

    def moved(change: AnswerChange) -> int:
        after = Evaluation(tree, with_answers(base, {change.symbol: change.after})).values()
        return sum(after[name] != value for name, value in before.items())

    return changes[0] if len(changes) == 1 else max(changes, key=moved)


def _smallest(
    tree: Tree,
    base: Mapping[str, str],
    wish: Mapping[str, str],
    before: Mapping[str, str],
    spared: Sequence[str] = (),
) -> CorrectionSet | None:
    """The fewest changes that the solver finds and kconfiglib confirms, some answers being left alone."""
    tried: list[CorrectionSet] = []
    logic = SatModel(tree, wish, base=base)
    for answers in islice(_candidates(tree, logic, wish, spared), _MOST_TRIED):
        if tried and len(answers) > len(tried[0].changes):
            break
        after = Evaluation(tree, with_answers(base, answers)).values()
        if _fulfils(tree, after, wish):
            tried.append(_fix(answers, before, after, fewest=not logic.leaves_modes_open))
    return min(tried, key=lambda fix: (len(fix.changes), len(fix.moved)), default=None)


def _candidates(
    tree: Tree, logic: SatModel, wish: Mapping[str, str], spared: Sequence[str]
) -> Iterator[dict[str, str]]:
    """Sets of answers to change, the fewest first."""
    hard, soft = logic.literals(wish), dict.fromkeys(logic.unchanged.values())
    if hard is None:
        return
    formula = WCNF()
    hard = [*hard, *(logic.unchanged[name] for name in spared)]
    formula.extend([*logic.clauses, *([literal] for literal in hard)])
    for literal in soft:
        formula.append([literal], weight=1)
    with RC2(formula) as solver:
        for model in solver.enumerate(block=-1):
            true = set(model)
            gone = [name for name, literal in logic.unchanged.items() if literal not in true]
            given = {name: logic.answer(name, model) for name in gone}
            yield {name: value for name, value in given.items() if decides(tree, name, value)}


def decides(tree: Tree, name: str, value: str) -> bool:
    """Whether an answer says anything: of the members of a choice only that of the one that is y does."""
    return tree.kconfig.syms[name].choice is None or value != "n"


def with_answers(base: Mapping[str, str], answers: Mapping[str, str]) -> dict[str, str]:
    """The base with answers given last, as a later fragment would."""
    kept = {name: value for name, value in base.items() if name not in answers}
    return {**kept, **answers}


def _fulfils(tree: Tree, values: Mapping[str, str], wish: Mapping[str, str]) -> bool:
    return all(values.get(name) == value for name, value in wish.items() if tree.defines(name))


def _fix(
    answers: Mapping[str, str], before: Mapping[str, str], after: Mapping[str, str], *, fewest: bool = True
) -> CorrectionSet:
    moved = {
        name: (value, after[name])
        for name, value in before.items()
        if after[name] != value and name not in answers
    }
    changes = tuple(AnswerChange(name, before[name], value) for name, value in sorted(answers.items()))
    return CorrectionSet(changes, moved, fewest)


def _from_witness(
    tree: Tree, base: Mapping[str, str], wish: Mapping[str, str], before: Mapping[str, str]
) -> CorrectionSet | None:
    """Where the fewest changes did not hold, as few as can be found of a configuration that has the wish."""
    logic = SatModel(tree, wish)
    model = logic.model(wish)
    if model is None:
        return None
    said = {name for name, value in base.items() if value != "n"}  # an n takes such a line back
    names = [name for name in logic.answerable() if name in said or decides(tree, name, model[name])]
    answers = one_minimal_subset(
        {name: model[name] for name in names if model[name] != base.get(name, before.get(name))},
        lambda part: _fulfils(tree, Evaluation(tree, with_answers(base, part)).values(), wish),
    )
    return (
        None
        if answers is None
        else _fix(answers, before, Evaluation(tree, with_answers(base, answers)).values(), fewest=False)
    )


def one_minimal_subset(
    answers: Mapping[str, str], works: Callable[[Mapping[str, str]], bool]
) -> dict[str, str] | None:
    """A part of some answers that works and from which no single answer can be taken; ``None`` if they fail.

    Halves are tried before single answers, so that few among many are found in a few trials.
    """
    if not works(answers):
        return None
    kept, size = dict(answers), max(1, len(answers) // 2)
    while True:
        names, shrunk = list(kept), False
        for start in range(0, len(names), size):
            gone = set(names[start : start + size])
            rest = {name: value for name, value in kept.items() if name not in gone}
            if len(rest) < len(kept) and works(rest):
                kept, shrunk = rest, True
        if size == 1 and not shrunk:
            return kept
        size = max(1, size // 2)
