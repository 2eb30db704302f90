# SPDX-License-Identifier: GPL-2.0-or-later
"""Completes required values to a whole configuration, and explains whether they are reachable.

A required value such as ``DEBUG_VM=y`` needs answers to other prompts (``DEBUG_KERNEL=y``). The solver finds
them; all other symbols take their defaults. A value that contradicts an earlier one or the tree is *what-if*:
it is unreachable, and replaces the computed value.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from explorer.configuration.encoding.deadline import NO_DEADLINE, Deadline
from explorer.configuration.queries.conflicts import Conflicts, conflicts_of
from explorer.configuration.queries.mcs import CorrectionSet, minimum_correction_set
from explorer.configuration.queries.pins import NO_PINS, Pins, pins_beside
from explorer.configuration.queries.reachability import Combination, Reachability, out_of_time
from explorer.configuration.queries.symbol_names import check_assignment
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.probe_operands import ProbeOperand
from explorer.configuration.tree.tree import Tree
from explorer.errors import OutOfTimeError

__all__ = ["Completion", "Explanation", "assumed", "complete", "config_fragment", "explain"]


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole configuration.

    Attributes:
        values: every symbol of the tree, and every symbol with a required value.
        answers: the fewest answers from which Kconfig computes the reachable part of the requirement.
        impossible: the symbols whose required values Kconfig does not compute from these answers.
        undecided: the unanswered compiler probes on which it depends whether the requirement is reachable.
    """

    values: Mapping[str, str]
    answers: Mapping[str, str]
    impossible: tuple[str, ...]
    undecided: tuple[ProbeOperand, ...] = ()

    @property
    def reachable(self) -> bool:
        """Whether Kconfig computes all required values at once, if unanswered compiler probes fail."""
        return not self.impossible


def complete(  # noqa: PLR0913 # a question, and what refines it
    tree: Tree,
    settings: Mapping[str, str],
    values: Mapping[str, str],
    *,
    absent: Iterable[str] = (),
    reachability: Reachability | None = None,
    deadline: Deadline = NO_DEADLINE,
) -> Completion:
    """A configuration with the required values.

    If settings and values are reachable together, that configuration is returned. Otherwise each setting is
    taken if it is reachable together with those before it, and the required values replace what Kconfig
    computes from these settings.

    Args:
        tree: the tree.
        settings: required values of symbols around those in question.
        values: required values of the symbols in question.
        absent: symbols that may have a required value although the tree does not define them.
        reachability: decides the required values; for callers that ask for many settings. It has a deadline
            of its own.
        deadline: when to stop.

    Raises:
        InputError: the tree does not define a symbol, or a value is not of its symbol's type.
        OutOfTimeError: it is not decided in time whether the values are reachable.
    """
    required = {**settings, **values}
    for name, value in required.items():
        check_assignment(tree, name, value, frozenset(absent))
    reachability = reachability or Reachability(tree, required, deadline=deadline)
    reachable = dict(required)
    if not reachability.is_reachable(required):
        reachable = _reachable_part(
            reachability, {name: value for name, value in required.items() if name not in values}
        )
    combination = reachability.decide(reachable)
    if combination.out_of_time is not None:
        raise OutOfTimeError(combination.out_of_time)
    answers = dict(combination.witness or reachable)
    numbers = {name: value for name, value in required.items() if not tree.is_logical(name)}
    computed = Evaluation(tree, {**answers, **numbers}).values()
    if all(computed.get(name, "n") == value for name, value in reachable.items()):
        answers |= numbers
    else:  # a number outside its range can be the answer that gives its end
        answers = dict(reachable if combination.witness is None else combination.witness)
        computed = Evaluation(tree, answers).values()
    impossible = tuple(name for name, value in required.items() if computed.get(name, "n") != value)
    return Completion({**computed, **required}, answers, impossible, reachability.undecided(required))


def assumed(tree: Tree, settings: Mapping[str, str]) -> Completion:
    """Settings as answers, and as values where Kconfig does not compute them: a what-if."""
    computed = Evaluation(tree, settings).values()
    impossible = tuple(name for name, value in settings.items() if computed.get(name, "n") != value)
    return Completion({**computed, **settings}, settings, impossible)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether required values are reachable.

    Attributes:
        combination: the values with all other symbols free: a witness, or an unsat core.
        holds: the given configuration has these values; ``None`` if none was given.
        correction_set: the fewest of its answers to change, if it does not have the values and the tree
            allows them.
        pins: the answers that keep other symbols as they are beside these changes.
        conflicts: several unsat cores, if more than one was asked for.
        fix_out_of_time: the seconds after which the search for a correction set ended without one; otherwise
            ``None``.
    """

    combination: Combination
    holds: bool | None = None
    correction_set: CorrectionSet | None = None
    pins: Pins = NO_PINS
    conflicts: Conflicts | None = None
    fix_out_of_time: float | None = None


def explain(
    tree: Tree,
    required: Mapping[str, str],
    base: Mapping[str, str] | None = None,
    *,
    conflicts: int = 1,
    deadline: Deadline = NO_DEADLINE,
) -> Explanation:
    """Whether required values are reachable, with a witness, an unsat core, or a minimal correction set.

    Args:
        tree: the tree.
        required: symbol to value, all at once; symbols of any type.
        base: the answers of a ``.config`` or fragment, in order; without it any configuration will do.
        conflicts: how many unsat cores to find at most.
        deadline: when to stop; the explanation says what is not decided then.

    Raises:
        InputError: the tree does not define a symbol, or a value is not of its symbol's type.
    """
    for name, value in required.items():
        check_assignment(tree, name, value)
    combination = _decided(tree, required, deadline)
    found = None
    if combination.unreachable and combination.conflicting and conflicts > 1:
        found = conflicts_of(tree, required, conflicts, deadline=deadline)
    if base is None:
        return Explanation(combination, conflicts=found)
    evaluation = Evaluation(tree, base)
    holds = all(evaluation.values()[name] == value for name, value in required.items())
    if holds or not combination.reachable:
        return Explanation(combination, holds, conflicts=found)
    try:
        correction = minimum_correction_set(evaluation, required, deadline=deadline)
    except OutOfTimeError as error:
        return Explanation(combination, holds, fix_out_of_time=error.seconds)
    return Explanation(combination, holds, correction, pins_beside(evaluation, correction, required))


def _decided(tree: Tree, required: Mapping[str, str], deadline: Deadline) -> Combination:
    """Whether values are reachable; out of time also where their clauses are not made in time."""
    try:
        reachability = Reachability(tree, required, deadline=deadline)
    except OutOfTimeError as error:
        return out_of_time(required, error)
    return reachability.decide(required)


def _reachable_part(reachability: Reachability, required: Mapping[str, str]) -> dict[str, str]:
    """The required values that are reachable together, taken in order."""
    reachable: dict[str, str] = {}
    for name, value in required.items():
        if reachability.is_reachable({**reachable, name: value}):
            reachable[name] = value
    return reachable


def config_fragment(tree: Tree, answers: Mapping[str, str]) -> str:
    """Answers as lines of a ``.config``, in order of name."""
    lines = []
    for name, value in sorted(answers.items()):
        kind = tree.type_of(name)
        if kind in {"bool", "tristate"} and value == "n":
            lines.append(f"# CONFIG_{name} is not set\n")
        else:
            lines.append(f"CONFIG_{name}={_quoted(value) if kind == 'string' else value}\n")
    return "".join(lines)


def _quoted(text: str) -> str:
    """A string as ``conf`` writes it, with quotes and backslashes escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
