# SPDX-License-Identifier: GPL-2.0-only
"""Decides wishes: whether some symbols can have some values at once, with a witness or a reason.

A wish that has a model gets a witness, the fewest answers that make kconfiglib compute it; without
kconfiglib's word nothing is called reachable. A wish that has none gets a chain, found once for the part of
it that is at fault and used again for every wish that holds the same part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import kconfiglib

from explorer.configuration.encoding.sat_model import SatModel
from explorer.configuration.queries.mcs import CorrectionSet, decides, one_minimal_subset
from explorer.configuration.queries.mus import ConflictStatement, conflict_statements
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.tree import Statement, Tree
from explorer.errors import InputError

__all__ = ["Combination", "Reachability", "lines_of", "possible_values"]


@dataclass(frozen=True, slots=True)
class Combination:
    """An assignment of values to the symbols under study.

    Attributes:
        values: symbol to ``n``, ``m`` or ``y``, in the order of the study.
        reachable: Kconfig can produce it.
        witness: answers that produce it; ``None`` when it is unreachable.
        chain: what together rules it out, and no part of it is idle; empty when it is reachable, or when it
            wants more than n of a symbol that the tree does not define.
        fix: where the rest was held fixed and forbids what the tree allows, the fewest answers to change.
    """

    values: Mapping[str, str]
    reachable: bool
    witness: Mapping[str, str] | None
    chain: tuple[ConflictStatement, ...]
    fix: CorrectionSet | None = None

    @property
    def conflict(self) -> tuple[Statement, ...]:
        """The lines of the chain, each once."""
        return lines_of(self.chain)


def possible_values(tree: Tree, name: str) -> tuple[str, ...]:
    """What a symbol could be; one that the tree lacks stays in the study as n or y."""
    symbol = tree.kconfig.syms.get(name)
    tristate = symbol and symbol.nodes and symbol.orig_type == kconfiglib.TRISTATE
    return ("n", "m", "y") if tristate else ("n", "y")


class Reachability:
    """Decides wishes about some symbols of a tree, all the rest being free.

    Args:
        tree: the tree.
        wish: every symbol that will be asked for; of numbers with the very value.
    """

    def __init__(self, tree: Tree, wish: Mapping[str, str]) -> None:
        self._tree = tree
        self._wish = dict(wish)
        self._logic = SatModel(tree, wish)
        self._guarded: SatModel | None = None
        defaults = Evaluation(tree)
        self._usual = {name: defaults.value(name) for name in self._logic.answerable()}
        self._logic.prefer(self._usual)
        self._struck: dict[frozenset[tuple[str, str]], tuple[ConflictStatement, ...]] = {}

    def possible(self, wish: Mapping[str, str]) -> bool:
        """Whether a wish can be had."""
        return self._logic.model(wish) is not None

    def decide(self, values: Mapping[str, str], fixed: Mapping[str, str] | None = None) -> Combination:
        """Whether some symbols can have some values at once, with a witness or what is in the way.

        Args:
            values: the values in question.
            fixed: values of other symbols that hold, too.

        Raises:
            InputError: the answers of the logic are not what kconfiglib computes; a defect of ours.
        """
        wish = {**(fixed or {}), **values}
        known = self._known(wish)
        model = None if known is not None else self._logic.model(wish)
        if model is None:
            chain = known if known is not None else self.chain(wish)
            return Combination(values, reachable=False, witness=None, chain=chain)
        answers = self.witness(model, wish)
        if answers is None:
            words = ", ".join(f"{name}={value}" for name, value in wish.items())
            raise InputError(
                f"cannot decide {words}: the logic of the tree and kconfiglib disagree",
                where=self._tree.label,
                hint="please report it with the tree",
            )
        return Combination(values, reachable=True, witness=answers, chain=())

    def chain(self, wish: Mapping[str, str]) -> tuple[ConflictStatement, ...]:
        """Why an impossible wish is impossible, as little of the wish as suffices."""
        struck = self._smallest(wish)
        if self._guarded is None:
            self._guarded = SatModel(self._tree, self._wish, guarded=True)
        found = conflict_statements(self._tree, self._guarded.conflict(struck), struck)
        self._struck[frozenset(struck.items())] = found
        return found

    def witness(self, model: Mapping[str, str], wish: Mapping[str, str]) -> dict[str, str] | None:
        """The fewest answers, of those a model gives, that make kconfiglib compute a wish."""
        names = [name for name in self._logic.answerable() if decides(self._tree, name, model[name])]
        answers = {name: model[name] for name in names}
        unusual = {name: value for name, value in answers.items() if self._usual[name] != value}
        modules = self._tree.modules_symbol  # kconfiglib computes all anew when it changes
        calm = {name: value for name, value in unusual.items() if name != modules}
        start = next((part for part in (calm, unusual) if self._computes(part, wish)), answers)
        return one_minimal_subset(start, lambda part: self._computes(part, wish))

    def _known(self, wish: Mapping[str, str]) -> tuple[ConflictStatement, ...] | None:
        """The chain of an earlier wish that is part of this one."""
        items = frozenset(wish.items())
        return next((chain for struck, chain in self._struck.items() if struck <= items), None)

    def _smallest(self, wish: Mapping[str, str]) -> dict[str, str]:
        """A part of an impossible wish that is impossible, and nothing in it is idle."""
        kept = {name: wish[name] for name in self._logic.core(wish)} or dict(wish)
        for name in list(kept):
            rest = {other: value for other, value in kept.items() if other != name}
            if rest and self._logic.model(rest) is None:
                kept = rest
        return kept

    def _computes(self, answers: Mapping[str, str], wish: Mapping[str, str]) -> bool:
        computed = Evaluation(self._tree, answers)
        return all(computed.value(name) == value for name, value in wish.items())


def lines_of(chain: Sequence[ConflictStatement]) -> tuple[Statement, ...]:
    """The lines of a chain, each once."""
    return tuple(dict.fromkeys(line for reason in chain for line in reason.lines))
