# SPDX-License-Identifier: GPL-2.0-or-later
"""Decides whether symbols can have required values at once, with a witness or an unsat core.

1. Values that the clauses allow get a *witness*: the fewest answers found from which kconfiglib computes
   them. Without this confirmation nothing is called reachable.
2. Values whose reachability depends on what an unanswered compiler probe prints are *undecided*: the probes
   are named. kconfiglib computes with the output of a failed check.
3. Values that the clauses exclude in any case get an *unsat core*: a minimal set of Kconfig statements that
   excludes them. A core is computed for a minimal part of the values, once, and reused for all that contain
   this part. It is searched among the definitions near the values first. If the core is smaller when
   selecting symbols count as having their dependencies met, that one is taken.
4. Values that are not decided at the deadline are *out of time*: neither reachable nor unreachable.
5. The search for a core has a time of its own. When it has passed, the best core so far is returned, marked
   as not proven minimal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import kconfiglib

from explorer.configuration.encoding.deadline import NO_DEADLINE, Allowance, Deadline
from explorer.configuration.encoding.guard import Guarded
from explorer.configuration.encoding.sat_model import SatModel, UnsatCore
from explorer.configuration.queries.mcs import CorrectionSet, is_effective, one_minimal_subset
from explorer.configuration.queries.mus import ConflictStatement, conflict_statements
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.probe_operands import ProbeOperand
from explorer.configuration.tree.tree import Statement, Tree
from explorer.errors import InputError, LimitError, OutOfTimeError

__all__ = ["Combination", "Reachability", "lines_of", "out_of_time", "possible_values"]

_CORE_SECONDS = 30.0
"""For all cores of one part of values; later ones get less (``Allowance``)."""
_WITNESS_SECONDS = 30.0
_MOST_KEPT = 300_000
"""Variables of the models for cores that are kept for further cores."""
_DEPTHS = (1, 2, 3, 5, None)
"""Of the models that are searched for a core, in order."""


@dataclass(frozen=True, slots=True)
class Combination:
    """An assignment of values to the symbols under study.

    Attributes:
        values: symbol to ``n``, ``m`` or ``y``, in the order of the study.
        reachable: Kconfig can compute it from some answers.
        witness: such answers; ``None`` if it is unreachable.
        core: the unsat core; empty if it is reachable, or if an undefined symbol would have to be m or y.
        conflicting: the part of the values, and of those fixed, that the core excludes; a minimal one.
        is_core_minimal: neither a statement of the core nor one of the conflicting values can be left out;
            false if the time ran out before this was known. The core is empty then if none was found.
        out_of_time: the seconds after which it was left undecided; ``None`` if it is decided.
        correction_set: if all other answers were fixed and exclude the combination although the tree allows
            it: the fewest of them to change.
        undecided: the unanswered compiler probes on which it depends whether it is reachable; if there are
            any, ``reachable`` is false. There is a witness if it is reachable should these checks fail.
    """

    values: Mapping[str, str]
    reachable: bool
    witness: Mapping[str, str] | None
    core: tuple[ConflictStatement, ...]
    correction_set: CorrectionSet | None = None
    undecided: tuple[ProbeOperand, ...] = ()
    conflicting: Mapping[str, str] = field(default_factory=dict)
    is_core_minimal: bool = True
    out_of_time: float | None = None

    @property
    def is_unknown(self) -> bool:
        """It is not known whether Kconfig can compute it: a probe decides, or the time ran out."""
        return bool(self.undecided) or self.out_of_time is not None

    @property
    def unreachable(self) -> bool:
        """Kconfig can compute it from no answers, whatever unanswered compiler probes print."""
        return not self.reachable and not self.is_unknown

    @property
    def core_lines(self) -> tuple[Statement, ...]:
        """The lines of the core, each once."""
        return lines_of(self.core)


def out_of_time(values: Mapping[str, str], error: OutOfTimeError) -> Combination:
    """A combination that is not decided because the time has run out."""
    return Combination(values, reachable=False, witness=None, core=(), out_of_time=error.seconds)


def possible_values(tree: Tree, name: str) -> tuple[str, ...]:
    """The values that a symbol's type allows; an undefined symbol is studied as n or y."""
    symbol = tree.engine.kconfig.syms.get(name)
    tristate = symbol and symbol.nodes and symbol.orig_type == kconfiglib.TRISTATE
    return ("n", "m", "y") if tristate else ("n", "y")


class _Core(NamedTuple):
    """A core as statements, and whether it is known to be minimal."""

    statements: tuple[ConflictStatement, ...]
    is_minimal: bool


class Reachability:
    """Decides required values of some symbols of a tree; all other symbols are free.

    Args:
        tree: the tree.
        required: every symbol that will be asked about, with any value; numbers and strings with the very
            values.
        deadline: when all questions must be answered.

    Raises:
        OutOfTimeError: the clauses are not made in time. Every function but ``decide`` raises it, too.
    """

    def __init__(self, tree: Tree, required: Mapping[str, str], *, deadline: Deadline = NO_DEADLINE) -> None:
        self._tree = tree
        self._symbols = dict(required)
        self._deadline = deadline
        self._core_allowance = Allowance(_CORE_SECONDS)
        self._model = SatModel(tree, required, deadline=deadline)
        self._guarded: dict[Guarded, SatModel] = {}
        defaults = Evaluation(tree)
        self._defaults = {name: defaults.value(name) for name in self._model.prompts()}
        self._model.set_phases(self._defaults)
        self._cores: dict[frozenset[tuple[str, str]], _Core] = {}

    def is_reachable(self, required: Mapping[str, str]) -> bool:
        """Whether the clauses allow required values; unanswered probes print what is assumed."""
        return self._model.solve(required, deadline=self._deadline) is not None

    def is_unreachable(self, required: Mapping[str, str]) -> bool:
        """Whether the clauses exclude required values, whatever unanswered probes print."""
        return self._model.solve(required, any_output=True, deadline=self._deadline) is None

    def undecided(self, required: Mapping[str, str]) -> tuple[ProbeOperand, ...]:
        """The unanswered compiler probes on which it depends whether required values are reachable."""
        return self._model.deciding_probes(required, deadline=self._deadline)

    def decide(self, values: Mapping[str, str], fixed: Mapping[str, str] | None = None) -> Combination:
        """Whether some symbols can have some values at once, with a witness or an unsat core.

        At the deadline the combination is out of time.

        Args:
            values: the values in question.
            fixed: values that other symbols have at the same time.

        Raises:
            InputError: the clauses allow values that kconfiglib does not compute; a defect of this program.
        """
        try:
            return self._decided(values, {**(fixed or {}), **values})
        except OutOfTimeError as error:
            return out_of_time(values, error)

    def _decided(self, values: Mapping[str, str], required: Mapping[str, str]) -> Combination:
        known = self._known_conflict(required)
        model = None if known is not None else self._model.solve(required, deadline=self._deadline)
        undecided = () if known is not None else self.undecided(required)
        if model is None and undecided:
            return Combination(values, reachable=False, witness=None, core=(), undecided=undecided)
        if model is None:
            part = known if known is not None else self._conflict(required)
            core = self._cores[frozenset(part.items())]
            return Combination(
                values,
                reachable=False,
                witness=None,
                core=core.statements,
                conflicting=part,
                is_core_minimal=core.is_minimal,
            )
        answers = self.witness(model, required)
        if answers is None:
            assignments = ", ".join(f"{name}={value}" for name, value in required.items())
            raise InputError(
                f"cannot decide {assignments}: the clauses of the tree and kconfiglib disagree",
                where=self._tree.label,
                hint="please report it with the tree",
            )
        return Combination(values, not undecided, witness=answers, core=(), undecided=undecided)

    def core(self, required: Mapping[str, str]) -> tuple[ConflictStatement, ...]:
        """An unsat core of values that are unreachable."""
        return self._cores[frozenset(self._conflict(required).items())].statements

    def _conflict(self, required: Mapping[str, str]) -> dict[str, str]:
        """A minimal part of unreachable values that is unreachable; its core is kept.

        If the time for cores runs out, the part is the smallest that is known, and its core may be empty.
        """
        any_output = self.is_unreachable(required)
        deadline = self._core_allowance.deadline(self._deadline)
        part, is_minimal = self._minimal_part(required, any_output=any_output, deadline=deadline)
        if frozenset(part.items()) in self._cores:
            return part
        guards = self._smallest_core(part, any_output=any_output, deadline=deadline)
        is_minimal = is_minimal and guards.is_minimal
        if not is_minimal:
            self._core_allowance.spent()
        statements = conflict_statements(self._tree, guards.guards, part)
        self._cores[frozenset(part.items())] = _Core(statements, is_minimal)
        return part

    def _smallest_core(self, part: Mapping[str, str], *, any_output: bool, deadline: Deadline) -> UnsatCore:
        """The smaller of the cores of the exact and the eager model of the first depth that has one."""
        found: list[UnsatCore] = []
        try:
            for depth in _DEPTHS:
                for eager in (False, True):
                    model = self._guarded_model(Guarded(depth, eager=eager), deadline)
                    core = model.guards_in_conflict(part, any_output=any_output, deadline=deadline)
                    found += [core] if core.guards else []
                if found:
                    break
        except (OutOfTimeError, LimitError):
            found = [core._replace(is_minimal=False) for core in found] or [UnsatCore((), is_minimal=False)]
        return min(found, key=lambda core: len(core.guards), default=UnsatCore(()))

    def _guarded_model(self, guarded: Guarded, deadline: Deadline) -> SatModel:
        """A model for unsat cores."""
        if guarded not in self._guarded:
            if sum(model.variables for model in self._guarded.values()) > _MOST_KEPT:
                self._guarded.clear()
            self._guarded[guarded] = SatModel(self._tree, self._symbols, guarded=guarded, deadline=deadline)
        return self._guarded[guarded]

    def answers(self, required: Mapping[str, str]) -> dict[str, str] | None:
        """Some answers from which kconfiglib computes required values; not minimal, but found fast."""
        model = self._model.solve(required, deadline=self._deadline)
        return None if model is None else self._answers_of(model, required)

    def witness(self, model: Mapping[str, str], required: Mapping[str, str]) -> dict[str, str] | None:
        """A 1-minimal set of a model's answers from which kconfiglib computes required values.

        At the deadline it is the smallest set that is known.
        """
        answers = self._answers_of(model, required)
        return answers and one_minimal_subset(
            answers,
            lambda part: self._computes(part, required),
            deadline=self._deadline.within(_WITNESS_SECONDS),
        )

    def _answers_of(self, model: Mapping[str, str], required: Mapping[str, str]) -> dict[str, str] | None:
        """The first part of a model's answers from which kconfiglib computes required values."""
        silent = self._model.unanswered(model, deadline=self._deadline)
        names = [name for name in self._model.prompts() if is_effective(self._tree, name, model[name])]
        moved = self._model.moved_answers(model, deadline=self._deadline)
        answers = {name: model[name] for name in names if name not in silent} | moved
        answers = {name: value for name, value in answers.items() if value or name not in moved}
        changed = {name: value for name, value in answers.items() if self._defaults.get(name) != value}
        modules = self._tree.modules_symbol  # a change of it makes kconfiglib compute everything again
        without_modules = {name: value for name, value in changed.items() if name != modules}
        # the required values themselves first: a reader expects them, and the model may hold as few others
        asked = {name: answers[name] for name in required if name in answers}
        mode_y = {name: "y" for name in self._model.tristate_members if model[name] == "n"}
        parts = (asked, without_modules, changed, answers, {**answers, **mode_y})
        return next((part for part in parts if self._computes(part, required)), None)

    def _known_conflict(self, required: Mapping[str, str]) -> dict[str, str] | None:
        """An earlier part of these values that is unreachable."""
        items = frozenset(required.items())
        return next((dict(sorted(part)) for part in self._cores if part <= items), None)

    def _minimal_part(
        self, required: Mapping[str, str], *, any_output: bool, deadline: Deadline
    ) -> tuple[dict[str, str], bool]:
        """A part of unreachable values that is unreachable, and whether it is known to be minimal."""
        part = dict(required)
        try:
            names = self._model.symbols_in_conflict(required, any_output=any_output, deadline=deadline)
            part = {name: required[name] for name in names} or part
            for name in list(part):
                rest = {other: value for other, value in part.items() if other != name}
                if rest and self._model.solve(rest, any_output=any_output, deadline=deadline) is None:
                    part = rest
        except OutOfTimeError:
            return part, False
        return part, True

    def _computes(self, answers: Mapping[str, str], required: Mapping[str, str]) -> bool:
        evaluation = Evaluation(self._tree, answers)
        return all(evaluation.value(name) == value for name, value in required.items())


def lines_of(core: Sequence[ConflictStatement]) -> tuple[Statement, ...]:
    """The lines of a core, each once."""
    return tuple(dict.fromkeys(line for statement in core for line in statement.lines))
