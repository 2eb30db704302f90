# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers that keep all other symbols as they are when some answers of a configuration change.

``EXPERT=y`` moves defaults and shows prompts of many symbols that nobody wanted to change. A *pin* answers
such a symbol with the value that it had.

1. A symbol is pinned if it changes, its prompt is visible after the change, and Kconfig then keeps its value.
2. A pinned symbol can bring back, or show, others, so this is repeated until nothing new can be pinned.
3. Pins that cost a required value are left out. The symbols of the changes and of the required values are
   not pinned, nor are the other members of their choices.
4. A symbol that gets the value of its own answer in the configuration is not pinned: it was wanted.
5. kconfiglib evaluates changes and pins together: what still changes is what no pin can keep.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from explorer.configuration.queries.mcs import CorrectionSet, with_answers
from explorer.configuration.queries.overrides import equal_values, keeps
from explorer.configuration.tree.evaluation import Evaluation

__all__ = ["NO_PINS", "Pins", "pins_beside", "pins_of"]

_MOST_ROUNDS = 6
_MOST_TRIALS = 40


@dataclass(frozen=True, slots=True)
class Pins:
    """Answers beside a change.

    Attributes:
        answers: symbol to the value that it had and keeps by this answer.
        unpinned: the other symbols that change all the same, with their values before and after.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    unpinned: Mapping[str, tuple[str, str]] = field(default_factory=dict)


NO_PINS = Pins()


def pins_of(evaluation: Evaluation, changes: Mapping[str, str], required: Mapping[str, str]) -> Pins:
    """The pins of a change.

    Args:
        evaluation: the configuration before.
        changes: the answers that change, symbol to value.
        required: the values that the change is made for.
    """
    return _Pinning(evaluation, changes, required).pins()


def pins_beside(
    evaluation: Evaluation, correction: CorrectionSet | None, required: Mapping[str, str]
) -> Pins:
    """The pins of a correction set; none if it moves no other symbol.

    Args:
        evaluation: the configuration that it corrects.
        correction: the correction set; ``None`` if there is none.
        required: the values that it gives.
    """
    if correction is None or correction.affected.keys() <= required.keys():
        return NO_PINS
    return pins_of(evaluation, {change.symbol: change.after for change in correction.changes}, required)


class _Pinning:
    """The search for the pins of one change."""

    def __init__(
        self, evaluation: Evaluation, changes: Mapping[str, str], required: Mapping[str, str]
    ) -> None:
        self._tree = evaluation.tree
        self._answers = with_answers(evaluation.answers, changes)
        self._before = evaluation.values()
        self._required = {name: value for name, value in required.items() if self._tree.defines(name)}
        self._wanted = frozenset((*changes, *required))
        self._free = self._wanted.union(*map(self._tree.choice_members, self._wanted))

    def pins(self) -> Pins:
        """The pins, found in rounds."""
        pinned: dict[str, str] = {}
        after = self._after(pinned)
        for _ in range(_MOST_ROUNDS):
            new = {
                name: self._before[name]
                for name in self._moved(after)
                if name not in pinned and name not in self._free and self._is_pinnable(after, name)
            }
            together = self._after({**pinned, **new}) if new else after
            if not self._has_required(together):
                new = self._workable(pinned, new)
                together = self._after({**pinned, **new}) if new else after
            if not new:
                break
            pinned, after = {**pinned, **new}, together
        kept = {name: value for name, value in pinned.items() if self._is_kept(after, name, value)}
        if len(kept) < len(pinned):
            after = self._after(kept)
        values = after.values()
        return Pins(kept, {name: (self._before[name], values[name]) for name in self._moved(after)})

    def _after(self, pinned: Mapping[str, str]) -> Evaluation:
        return Evaluation(self._tree, with_answers(self._answers, pinned))

    def _moved(self, after: Evaluation) -> Iterator[str]:
        values = after.values()
        return (
            name for name, value in self._before.items() if values[name] != value and name not in self._wanted
        )

    def _is_pinnable(self, after: Evaluation, name: str) -> bool:
        """Whether an answer to a symbol may bring back its value; n selects no member of a choice."""
        is_idle = after.symbol(name).choice is not None and self._before[name] == "n"
        return after.is_visible(name) and not is_idle and not self._is_answered(after, name)

    def _is_answered(self, after: Evaluation, name: str) -> bool:
        """Whether a symbol gets the value of its answer, which it did not have before."""
        answer = self._answers.get(name)
        return answer is not None and equal_values(self._tree, name, answer, after.written(name))

    def _is_kept(self, after: Evaluation, name: str, value: str) -> bool:
        return after.is_visible(name) and keeps(after, name, value)

    def _has_required(self, after: Evaluation) -> bool:
        values = after.values()
        return all(values[name] == value for name, value in self._required.items())

    def _workable(self, pinned: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
        """Many of some pins that cost no required value, halves first; a limited number of trials."""
        kept: dict[str, str] = {}
        parts, trials = [dict(new)], 0
        while parts and trials < _MOST_TRIALS:
            part, trials = parts.pop(), trials + 1
            if trials > 1 and self._has_required(self._after({**pinned, **kept, **part})):
                kept |= part
            elif len(part) > 1:
                names, half = list(part), len(part) // 2
                parts += [{name: part[name] for name in half_of} for half_of in (names[half:], names[:half])]
        return kept
