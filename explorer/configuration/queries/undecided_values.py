# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether what Kconfig computes from given answers depends on compiler probes without an answer.

kconfiglib computes with the output of a failed check. The clauses of a model with a base say what other
outputs would give: all answers of the configuration stay, and the outputs of unanswered probes are free.
"""

from collections.abc import Collection, Mapping

from explorer.configuration.encoding.cone_of_influence import readers_of
from explorer.configuration.encoding.deadline import NO_DEADLINE, Deadline
from explorer.configuration.encoding.sat_model import SatModel
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.probe_operands import ProbeOperand
from explorer.configuration.tree.tree import Tree
from explorer.errors import InputError, OutOfTimeError

__all__ = ["UndecidedValues", "probes_behind"]


class UndecidedValues:
    """Asks about values of some symbols under the answers of a configuration.

    Args:
        tree: the tree.
        names: the symbols, each with any value; numbers and strings with the very value.
        base: the answers of the configuration, in order.
        free: symbols whose prompts may be answered in any way.
        deadline: when to stop.

    Raises:
        InputError: a symbol is compared with too many values.
        OutOfTimeError: the clauses are not made in time; so does ``probes``.
    """

    def __init__(
        self,
        tree: Tree,
        names: Mapping[str, str],
        base: Mapping[str, str],
        free: Collection[str] = (),
        *,
        deadline: Deadline = NO_DEADLINE,
    ) -> None:
        self._deadline = deadline
        is_asked = bool(_readers(tree).intersection(names))
        self._model = SatModel(tree, names, base=base, deadline=deadline) if is_asked else None
        unchanged = self._model.unchanged if self._model else {}
        changing = {unchanged[name] for name in free if name in unchanged}
        self._kept = [literal for literal in dict.fromkeys(unchanged.values()) if literal not in changing]

    def probes(self, values: Mapping[str, str]) -> tuple[ProbeOperand, ...]:
        """The unanswered probes on which it depends whether Kconfig computes some values."""
        if self._model is None:
            return ()
        return self._model.deciding_probes(values, self._kept, deadline=self._deadline)


def _readers(tree: Tree) -> frozenset[str]:
    """The symbols whose values depend on unanswered probes."""
    if not tree.unanswered_operands:
        return frozenset()
    return frozenset(item.name for item in readers_of(tree.kconfig, tree.unanswered_operands) if item.name)


def probes_behind(
    evaluation: Evaluation, values: Mapping[str, str], *, deadline: Deadline = NO_DEADLINE
) -> dict[str, tuple[ProbeOperand, ...]]:
    """The symbols that could have a value if unanswered probes printed something else, with these probes.

    Args:
        evaluation: the configuration; it does not compute the values.
        values: symbol to value; of a bool or tristate the first letter counts.
        deadline: when to stop.

    Raises:
        OutOfTimeError: it is not known of every symbol.
    """
    tree = evaluation.tree
    if not (values and tree.unanswered_operands):
        return {}
    readers = _readers(tree)
    wanted = {name: value[:1] if tree.is_logical(name) else value for name, value in values.items()}
    wanted = {
        name: value
        for name, value in wanted.items()
        if name in readers and not (tree.is_logical(name) and value not in "nmy")
    }
    if not wanted:
        return {}
    try:
        model = UndecidedValues(tree, wanted, evaluation.answers, deadline=deadline)
    except OutOfTimeError:
        raise
    except InputError:
        return {}
    asked = {name: model.probes({name: value}) for name, value in wanted.items()}
    return {name: probes for name, probes in asked.items() if probes}
