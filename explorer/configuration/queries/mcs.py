# SPDX-License-Identifier: GPL-2.0-or-later
"""Minimal correction sets: the fewest answers to change so that Kconfig computes required values.

1. An answer that the configuration gives stays unless it must change. A prompt that it does not answer keeps
   its default unless it must be answered. The member of a choice is one answer.
2. RC2, a MaxSAT solver, finds sets of the smallest size. Of several the one that affects the fewest other
   symbols is taken.
3. The search has a limited time. When it has passed, the best set so far is returned, and is not called the
   smallest.
4. kconfiglib evaluates every set before it is returned; a set from which it does not compute the required
   values is discarded.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from pysat.examples.rc2 import RC2
from pysat.formula import WCNF

from explorer.configuration.encoding.bounded_solving import bound
from explorer.configuration.encoding.deadline import NO_DEADLINE, Deadline
from explorer.configuration.encoding.sat_model import SatModel
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.tree import Tree
from explorer.errors import OutOfTimeError

__all__ = [
    "AnswerChange",
    "CorrectionSet",
    "is_effective",
    "low_impact_correction_set",
    "minimum_correction_set",
    "one_minimal_subset",
    "with_answers",
]

_MOST_EVALUATED = 12
_MOST_KEPT = 4
_MOST_SECONDS = 30.0
"""For all searches of one correction set."""
_MOST_TRIED = 500_000  # answers in all trials for one subset: 700 needed ones are tried one by one
_LOW_IMPACT = 20  # symbols that change; a set that changes no more is not improved


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """One answer to change.

    Attributes:
        symbol: the symbol of the prompt; for a choice the member to choose.
        before: the value that Kconfig computed from the configuration.
        after: the answer to give.
    """

    symbol: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CorrectionSet:
    """Changes to the answers of a configuration from which kconfiglib computes the required values.

    Attributes:
        changes: the answers to change, in order of name; empty if nothing has to change.
        affected: every other symbol whose value changes, with its value before and after.
        is_minimum: no smaller set of changes exists.
    """

    changes: tuple[AnswerChange, ...]
    affected: Mapping[str, tuple[str, str]]
    is_minimum: bool


def minimum_correction_set(
    evaluation: Evaluation, required: Mapping[str, str], *, deadline: Deadline = NO_DEADLINE
) -> CorrectionSet | None:
    """The fewest changes to answers that give some symbols required values; ``None`` if there are none.

    Args:
        evaluation: the configuration.
        required: symbol to value; symbols that the tree does not define are ignored.
        deadline: when to stop.

    Raises:
        OutOfTimeError: no set was found in time.
    """
    return _Search(evaluation, required, deadline.within(_MOST_SECONDS)).first()


def low_impact_correction_set(
    evaluation: Evaluation, required: Mapping[str, str], *, deadline: Deadline = NO_DEADLINE
) -> CorrectionSet | None:
    """Few changes to answers that affect few other symbols; ``None`` if there are none.

    The smallest set can be one answer that affects half of the tree: with MODULES=n every m becomes y. If the
    smallest set affects many symbols, its change of highest impact is excluded and the smallest set without
    it is searched, up to four times. The set with the fewest changes and affected symbols is returned.

    Args:
        evaluation: the configuration.
        required: as of ``minimum_correction_set``.
        deadline: when to stop.

    Raises:
        OutOfTimeError: no set was found in time.
    """
    search = _Search(evaluation, required, deadline.within(_MOST_SECONDS))
    best = search.first()
    try:
        best = _of_lower_impact(search, best)
        return best and search.with_modules(best)
    except OutOfTimeError:
        return best


def _of_lower_impact(search: "_Search", first: CorrectionSet | None) -> CorrectionSet | None:
    """The set with the fewest changes and affected symbols among the first one and others."""
    best = last = first
    kept: list[str] = []
    needed: set[str] = set()
    for _ in range(_MOST_KEPT):
        if best is None or last is None or _impact(best) <= _LOW_IMPACT:
            break
        changes = [change for change in last.changes if change.symbol not in needed]
        if not changes:
            break
        try:
            symbol = search.highest_impact(changes).symbol
            without = search.smallest([*kept, symbol])
        except OutOfTimeError:
            break
        if without is None:
            needed.add(symbol)
            continue
        kept.append(symbol)
        last = without
        if _impact(without) < _impact(best):
            minimum = len(without.changes) <= len(best.changes) and best.is_minimum
            best = replace(without, is_minimum=minimum)
    return best


def is_effective(tree: Tree, name: str, value: str) -> bool:
    """Whether an answer has an effect: ``n`` for a member of a choice without a default is ignored."""
    symbol = tree.engine.kconfig.syms[name]
    return symbol.choice is None or value != "n" or bool(symbol.defaults)


def with_answers(base: Mapping[str, str], answers: Mapping[str, str]) -> dict[str, str]:
    """Answers with others merged over them, as if a fragment with these came last."""
    kept = {name: value for name, value in base.items() if name not in answers}
    return {**kept, **answers}


def one_minimal_subset(
    answers: Mapping[str, str],
    works: Callable[[Mapping[str, str]], bool],
    *,
    deadline: Deadline = NO_DEADLINE,
) -> dict[str, str] | None:
    """A 1-minimal subset of answers that works; ``None`` if all of them together do not.

    Halves are tried before single answers, so few answers among many are found in few trials. If thousands of
    answers are needed, the trials end early, as at the deadline: it is the smallest subset that was found.
    """
    if not works(answers):
        return None
    subset, size, tried = dict(answers), max(1, len(answers) // 2), 0
    while True:
        names, shrunk = list(subset), False
        for start in range(0, len(names), size):
            if deadline.left <= 0:
                return subset
            removed = set(names[start : start + size])
            rest = {name: value for name, value in subset.items() if name not in removed}
            tried += len(rest)
            if tried > _MOST_TRIED:
                return subset
            if len(rest) < len(subset) and works(rest):
                subset, shrunk = rest, True
        if size == 1 and not shrunk:
            return subset
        size = max(1, size // 2)


def _impact(correction: CorrectionSet) -> int:
    return len(correction.changes) + len(correction.affected)


class _Search:
    """The search for correction sets of one configuration."""

    def __init__(self, evaluation: Evaluation, required: Mapping[str, str], deadline: Deadline) -> None:
        self._tree = evaluation.tree
        self._answers = evaluation.answers
        self._before = evaluation.values()
        self._required = required
        self._deadline = deadline

    def first(self) -> CorrectionSet | None:
        """The smallest set that the solver finds, otherwise one towards some configuration.

        The first search gets half of the time.

        Raises:
            OutOfTimeError: both ended without a set.
        """
        try:
            found = self.nothing_to_change() or self.smallest()
        except OutOfTimeError:
            found = None
        try:
            return found or self.from_witness()
        except OutOfTimeError:
            raise OutOfTimeError(self._deadline.seconds) from None

    def nothing_to_change(self) -> CorrectionSet | None:
        """The empty set, if the configuration has the required values."""
        return CorrectionSet((), {}, is_minimum=True) if self._holds(self._before) else None

    def smallest(self, kept: Sequence[str] = ()) -> CorrectionSet | None:
        """The smallest set that the solver finds and kconfiglib confirms.

        Args:
            kept: symbols whose answers must not change.

        Raises:
            OutOfTimeError: no set was found in time.
        """
        confirmed: list[CorrectionSet] = []
        deadline = self._deadline.within(max(self._deadline.left, 0) / 2)
        model = SatModel(self._tree, self._required, base=self._answers, deadline=deadline)
        try:
            for changes in islice(self._candidates(model, kept, deadline), _MOST_EVALUATED):
                if confirmed and len(changes) > len(confirmed[0].changes):
                    break
                after = self._after(changes)
                if self._holds(after):
                    confirmed.append(self._correction(changes, after, is_minimum=not model.leaves_modes_open))
        except OutOfTimeError:
            if not confirmed:
                raise
        return min(
            confirmed,
            key=lambda correction: (len(correction.changes), len(correction.affected)),
            default=None,
        )

    def from_witness(self) -> CorrectionSet | None:
        """A 1-minimal set of changes towards some configuration that has the required values."""
        model = SatModel(self._tree, self._required, deadline=self._deadline)
        values = model.solve(self._required, deadline=self._deadline)
        if values is None:
            return None
        given = {name for name, value in self._answers.items() if value != "n"}  # only n undoes these
        names = [
            name for name in model.prompts() if name in given or is_effective(self._tree, name, values[name])
        ]
        differing = {
            name: values[name]
            for name in names
            if values[name] != self._answers.get(name, self._before.get(name))
        }
        changes = one_minimal_subset(
            differing, lambda part: self._holds(self._after(part)), deadline=self._deadline
        )
        return None if changes is None else self._correction(changes, self._after(changes), is_minimum=False)

    def highest_impact(self, changes: Sequence[AnswerChange]) -> AnswerChange:
        """The change that, made alone, changes the most symbols."""

        def affected(change: AnswerChange) -> int:
            self._deadline.check()
            after = self._after({change.symbol: change.after})
            return sum(after[name] != value for name, value in self._before.items())

        return changes[0] if len(changes) == 1 else max(changes, key=affected)

    def with_modules(self, correction: CorrectionSet) -> CorrectionSet:
        """The same changes, with m in place of n where that works and affects no more symbols."""
        answers = {change.symbol: change.after for change in correction.changes}
        for change in correction.changes:
            self._deadline.check()
            removes = (change.before, change.after) == ("y", "n")
            if removes and self._tree.type_of(change.symbol) == "tristate":
                as_module = {**answers, change.symbol: "m"}
                after = self._after(as_module)
                other = self._correction(as_module, after, is_minimum=correction.is_minimum)
                if self._holds(after) and _impact(other) <= _impact(correction):
                    answers, correction = as_module, other
        return correction

    def _candidates(
        self, model: SatModel, kept: Sequence[str], deadline: Deadline
    ) -> Iterator[dict[str, str]]:
        """Sets of answers to change, the smallest first."""
        required = model.literals(self._required)
        if required is None:
            return
        formula = WCNF()
        hard = [*model.assumed, *required, *(model.unchanged[name] for name in kept)]
        formula.extend([*model.clauses, *([literal] for literal in hard)])
        for literal in dict.fromkeys(model.unchanged.values()):
            formula.append([literal], weight=1)
        with RC2(formula) as solver:
            bound(solver, deadline)
            for assignment in solver.enumerate(block=-1):
                true = set(assignment)
                changed = [name for name, literal in model.unchanged.items() if literal not in true]
                changes = {name: model.answer(name, assignment) for name in changed}
                yield {
                    name: value for name, value in changes.items() if is_effective(self._tree, name, value)
                }

    def _after(self, changes: Mapping[str, str]) -> dict[str, str]:
        """The values after some changes."""
        return Evaluation(self._tree, with_answers(self._answers, changes)).values()

    def _holds(self, values: Mapping[str, str]) -> bool:
        """Whether values are those required."""
        return all(
            values.get(name) == value for name, value in self._required.items() if self._tree.defines(name)
        )

    def _correction(
        self, changes: Mapping[str, str], after: Mapping[str, str], *, is_minimum: bool
    ) -> CorrectionSet:
        affected = {
            name: (value, after[name])
            for name, value in self._before.items()
            if after[name] != value and name not in changes
        }
        answers = (AnswerChange(name, self._before[name], value) for name, value in sorted(changes.items()))
        return CorrectionSet(tuple(answers), affected, is_minimum)
