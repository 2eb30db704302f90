# SPDX-License-Identifier: GPL-2.0-or-later
"""The SAT model of a Kconfig tree: its satisfying assignments are the configurations that ``conf`` keeps.

There are three kinds of model:

* *plain*: every definition is a hard clause; it decides satisfiability.
* *guarded*: the literal of a guard says that a statement is in the tree; guards that cannot be assumed
  together are an unsat core.
* *with a base*: for each answer of a configuration one literal states that the answer stays; the literals
  that must be false are a correction set.

An unanswered compiler probe prints what the tree assumes (``assumed``), or anything.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import takewhile
from typing import Any, NamedTuple

import kconfiglib
from pysat.solvers import Solver

from explorer.configuration.encoding.bounded_solving import is_satisfiable
from explorer.configuration.encoding.deadline import NO_DEADLINE, Deadline
from explorer.configuration.encoding.encode_choice import add_choice, add_member
from explorer.configuration.encoding.encode_dropped_number import add_dropped_number
from explorer.configuration.encoding.encode_number import add_number
from explorer.configuration.encoding.encode_symbol import add_symbol
from explorer.configuration.encoding.encoder import WIDTH, Encoder
from explorer.configuration.encoding.guard import Guard, Guarded, GuardKind
from explorer.configuration.tree.probe_operands import ProbeOperand
from explorer.configuration.tree.tree import Tree
from explorer.errors import OutOfTimeError

__all__ = ["SatModel", "UnsatCore", "add_definitions"]

_FEW_LIMITS = 16  # distances that are tried one after another; then the steps grow, for long chains
_MOST_TRIED_LITERALS = 5_000_000  # guards in all trials to make one core smaller: 3,000 are tried one by one
_MOST_TRIED = 8  # configurations, each with outputs of the unanswered probes that it does not fit


def add_definitions(encoder: Encoder, deadline: Deadline = NO_DEADLINE) -> None:
    """Encode the definitions of all symbols and choices of an encoder.

    Raises:
        OutOfTimeError: the deadline passes meanwhile.
    """
    for item in encoder.pairs:
        deadline.check()
        is_choice = isinstance(item, kconfiglib.Choice)
        if not encoder.is_followed(item):
            if not is_choice:
                encoder.add_type_rule(item)
        elif is_choice:
            add_choice(encoder, item)
        elif item.choice:
            add_member(encoder, item)
        else:
            add_symbol(encoder, item)
    for symbol in filter(encoder.is_followed, encoder.numbers):
        deadline.check()
        if symbol in encoder.computed:
            add_dropped_number(encoder, symbol)
        else:
            add_number(encoder, symbol)


class UnsatCore(NamedTuple):
    """Guards that exclude required values.

    Attributes:
        guards: the guards; empty if there is no conflict.
        is_minimal: none of them can be left out; false if the time ran out before this was known.
    """

    guards: tuple[Guard, ...]
    is_minimal: bool = True


class SatModel:
    """Clauses over the cone of influence of some symbols, in a solver.

    Args:
        tree: the tree.
        required: the symbols in question. A number or string needs the very values that will be required; a
            bool or tristate may have any value here.
        guarded: give every statement a guard, and how; ``None`` for no guards.
        base: the answers of a configuration, in order: of a choice's members the last has priority.
        deadline: when to stop encoding; each search has a deadline of its own.

    Raises:
        OutOfTimeError: the deadline passes. Every search raises it, too.
    """

    def __init__(
        self,
        tree: Tree,
        required: Mapping[str, str],
        *,
        guarded: Guarded | None = None,
        base: Mapping[str, str] | None = None,
        deadline: Deadline = NO_DEADLINE,
    ) -> None:
        self._tree = tree
        self._encoder = Encoder(tree, required, guarded=guarded, base=base)
        add_definitions(self._encoder, deadline)

    @cached_property
    def _solver(self) -> Any:
        """The solver; a model of which only the clauses are wanted needs none."""
        return Solver(name="minisat22", bootstrap_with=self.clauses)

    @property
    def clauses(self) -> list[list[int]]:
        """All clauses, as lists of signed numbers."""
        return self._encoder.gates.clauses

    @property
    def variables(self) -> int:
        """How many variables there are."""
        return self._encoder.gates.last

    @property
    def unchanged(self) -> Mapping[str, int]:
        """Symbol with a prompt to the literal that states that the base's answer stays."""
        return self._encoder.unchanged

    @property
    def leaves_modes_open(self) -> bool:
        """Whether the mode of a choice is free here although the base's answers decide it (until v6.10)."""
        return bool(self._encoder.modes)

    @property
    def tristate_members(self) -> Iterator[str]:
        """The members of choices whose mode an answer decides, even one to an invisible member."""
        return (member.name for choice in self._encoder.modes for member in choice.syms)

    @property
    def assumed(self) -> list[int]:
        """The literals that unanswered compiler probes print what the tree assumes."""
        return [literal for _, literal in self._encoder.assumed.values()]

    def solve(
        self, required: Mapping[str, str], *, any_output: bool = False, deadline: Deadline = NO_DEADLINE
    ) -> dict[str, str] | None:
        """The values of the cone's symbols in one configuration with required values, if there is one.

        Until v6.7 it is one from whose answers ``conf_read()`` drops none, if there is one.

        Args:
            required: symbol to value.
            any_output: unanswered compiler probes print anything; otherwise what the tree assumes.
            deadline: when to stop.
        """
        literals = self.literals(required)
        assumed = [] if any_output else self.assumed
        if literals is None or not self._solved_with_usual_answers([*assumed, *literals], deadline):
            return None
        return self.values_of(self._solver.get_model() or ())

    def _solved(self, literals: Iterable[int], deadline: Deadline) -> bool:
        """Whether literals can be true with all statements of the tree."""
        return is_satisfiable(self._solver, [*self._encoder.guards.values(), *literals], deadline)

    def _solved_with_usual_answers(self, literals: Iterable[int], deadline: Deadline) -> bool:
        """As ``_solved``; of the answers that can be dropped none is that need not be."""
        every, usual = list(literals), [-dropped for dropped in self._encoder.dropped.values()]
        needed: list[int] = []
        while not self._solved([*usual, *every], deadline):
            core = set(self._solver.get_core() or ())
            first = next((literal for literal in usual if literal in core), None)
            if first is None:
                return False
            usual.remove(first)
            needed.append(first)
        for literal in needed[:-1]:
            usual += [literal] if self._solved([*usual, literal, *every], deadline) else []
        return not needed[1:] or self._solved([*usual, *every], deadline)

    def deciding_probes(
        self,
        required: Mapping[str, str],
        kept: Sequence[int] = (),
        *,
        deadline: Deadline = NO_DEADLINE,
    ) -> tuple[ProbeOperand, ...]:
        """A minimal set of unanswered probes on which it depends whether values are reachable.

        It is empty if the values are reachable, or unreachable, whatever the probes print.

        Args:
            required: symbol to value.
            kept: literals that hold in any case, such as those of ``unchanged``.
            deadline: when to stop.
        """
        literals = self.literals(required)
        if literals is None or not self._encoder.assumed:
            return ()
        return self._deciding_probes(literals, list(kept), deadline)

    def _deciding_probes(
        self, literals: list[int], kept: list[int], deadline: Deadline
    ) -> tuple[ProbeOperand, ...]:
        every = [*kept, *literals]
        outputs = self.assumed
        if not self._solved([*outputs, *every], deadline):
            is_possible = self._solved(every, deadline)
            return self._probes_in_conflict(outputs, every, deadline) if is_possible else ()
        is_new = self._encoder.gates.literal()
        for _ in range(_MOST_TRIED):
            answers = self._answers_of(self._solver.get_model() or ())
            self._solver.add_clause([-is_new, *(-output for output in outputs)])
            outputs = self._outputs_that_fail([is_new, *kept, *answers], literals, deadline)
            if not outputs:
                return ()
            if not self._solved([*outputs, *every], deadline):
                return self._probes_in_conflict(outputs, every, deadline)
        return ()

    def _answers_of(self, assignment: Iterable[int]) -> list[int]:
        """The answers to the prompts of bools and tristates in a satisfying assignment, as literals."""
        true = set(assignment)
        pairs = [pair for pair in self._encoder.answers.values() if pair is not None]
        return [literal if literal in true else -literal for pair in pairs for literal in pair]

    def _outputs_that_fail(
        self, fixed: Sequence[int], literals: Sequence[int], deadline: Deadline
    ) -> list[int]:
        """Outputs of unanswered probes with which some answers do not give values; empty without any."""
        for literal in literals:
            if self._solved([*fixed, -literal], deadline):
                true = set(self._solver.get_model() or ())
                outputs = (*self.assumed, *self._encoder.printed)
                return [output if output in true else -output for output in outputs]
        return []

    def _probes_in_conflict(
        self, outputs: Sequence[int], literals: Sequence[int], deadline: Deadline
    ) -> tuple[ProbeOperand, ...]:
        """The probes in a minimal set of outputs that exclude some values."""
        needed = [output for output in outputs if abs(output) in set(self.assumed)]
        others = [output for output in outputs if output not in set(needed)]
        for output in list(needed):
            rest = [other for other in needed if other != output]
            if not self._solved([*rest, *others, *literals], deadline):
                needed = rest
        variables = set(map(abs, needed))
        return tuple(probe for probe, literal in self._encoder.assumed.values() if literal in variables)

    def set_phases(self, values: Mapping[str, str]) -> None:
        """Set the solver's phases to these values; satisfiability is unaffected."""
        phases = [literal for name in values for literal in self.literals({name: values[name]}) or ()]
        for name, value in values.items():
            answer = self._encoder.answers.get(name)
            if answer:
                phases += [
                    literal if holds else -literal
                    for literal, holds in zip(answer, WIDTH[value], strict=True)
                ]
        self._solver.set_phases(phases)

    def values_of(self, assignment: Iterable[int]) -> dict[str, str]:
        """The values of the cone's symbols in a satisfying assignment."""
        true = set(assignment)
        values = {
            item.name: "y" if pair.yes in true else "m" if pair.on in true else "n"
            for item, pair in self._encoder.pairs.items()
            if isinstance(item, kconfiglib.Symbol)
        }
        for symbol, literals in self._encoder.numbers.items():
            values[symbol.name] = next(value for value, literal in literals.items() if literal in true)
        return values

    def symbols_in_conflict(
        self, required: Mapping[str, str], *, any_output: bool, deadline: Deadline = NO_DEADLINE
    ) -> tuple[str, ...]:
        """Symbols whose required values suffice for a conflict, given that all of them are in conflict."""
        literals = self.literals(required)
        if literals is None:
            return tuple(
                name for name, value in required.items() if value != "n" and not self._tree.defines(name)
            )
        self._solved([*(() if any_output else self.assumed), *literals], deadline)
        core = set(self._solver.get_core() or ())
        return tuple(
            name for name, value in required.items() if core & set(self.literals({name: value}) or ())
        )

    def guards_in_conflict(
        self,
        required: Mapping[str, str],
        *,
        any_output: bool,
        left_out: Collection[Guard] = (),
        deadline: Deadline = NO_DEADLINE,
    ) -> UnsatCore:
        """A minimal unsat core: guards that exclude required values, none of which can be left out.

        If the time runs out while a core is made smaller, it is returned as it is then.

        Args:
            required: symbol to value.
            any_output: as of ``solve``.
            left_out: guards that the core must not hold; it is empty if the others exclude nothing.
            deadline: when to stop.

        Raises:
            OutOfTimeError: no core is found in time.
        """
        literals = self.literals(required)
        if literals is None:
            return UnsatCore(())
        literals += [] if any_output else self.assumed
        near = self._nearest(literals, frozenset(left_out), deadline)
        literals_of_core, is_minimal = self._shrunk(near, literals, deadline)
        core = set(literals_of_core)
        guards = tuple(guard for guard, literal in self._encoder.guards.items() if literal in core)
        return UnsatCore(guards, is_minimal=is_minimal)

    def is_excluded(
        self, required: Mapping[str, str], guards: Iterable[Guard], *, deadline: Deadline = NO_DEADLINE
    ) -> bool:
        """Whether some guards exclude required values, whatever unanswered probes print."""
        literals = [self._encoder.guards[guard] for guard in guards]
        return not is_satisfiable(self._solver, [*literals, *(self.literals(required) or ())], deadline)

    def _shrunk(self, core: list[int], literals: list[int], deadline: Deadline) -> tuple[list[int], bool]:
        """A smaller unsat core of an ordered one, and whether it is minimal; the last are left out first."""
        tried = 0
        try:
            for literal in list(reversed(core)):
                if literal in core:
                    rest = [other for other in core if other != literal]
                    tried += len(rest)
                    if tried > _MOST_TRIED_LITERALS:
                        return core, False
                    if not is_satisfiable(self._solver, [*rest, *literals], deadline):
                        core = self._core(rest)
        except OutOfTimeError:
            return core, False
        return core, True

    @cached_property
    def _distances(self) -> dict[Guard, int]:
        """The distance of each guard from the symbols in question, the nearest first."""
        symbols, distance = self._encoder.kconfig.syms, self._encoder.distance
        distances = {guard: distance.get(symbols.get(guard.symbol), 0) for guard in self._encoder.guards}
        last = {guard: guard.kind is GuardKind.MODULES for guard in distances}
        return {guard: distances[guard] for guard in sorted(distances, key=lambda g: (distances[g], last[g]))}

    def _nearest(self, literals: list[int], left_out: Collection[Guard], deadline: Deadline) -> list[int]:
        """An unsat core, not minimal, from symbols as near to those in question as possible, or nothing."""
        guards, distance = self._encoder.guards, self._distances
        limits = sorted(set(distance.values()))

        def near(limit: int) -> list[int]:
            nearest = takewhile(lambda guard: distance[guard] <= limit, distance)
            return [guards[guard] for guard in nearest if guard not in left_out]

        def allows(limit: int) -> bool:
            return is_satisfiable(self._solver, [*near(limit), *literals], deadline)

        low, high, last = -1, 0, len(limits) - 1
        while last < 0 or allows(limits[high]):
            if high >= last:
                return []
            low, high = high, min(last, high + max(1, high - _FEW_LIMITS))
        core = self._core(near(limits[high]))
        while high - low > 1:
            middle = (low + high) // 2
            if allows(limits[middle]):
                low = middle
            else:
                high, core = middle, self._core(near(limits[middle]))
        return core

    def exclude(self, values: Mapping[str, str]) -> bool:
        """Exclude one combination from now on; ``False`` if it is empty, so that nothing remains."""
        clause = [-literal for literal in self.literals(values) or ()]
        self._solver.add_clause(clause)
        return bool(clause)

    def literals(self, required: Mapping[str, str]) -> list[int] | None:
        """Required values as literals; ``None`` if an undefined symbol would have to be m or y."""
        literals: list[int] = []
        for name, value in required.items():
            symbol = self._encoder.kconfig.syms.get(name)
            if not self._tree.defines(name):
                if value != "n":
                    return None
            elif symbol in self._encoder.numbers:
                literals.append(self._encoder.numbers[symbol].get(value, -self._encoder.gates.true))
            else:
                on, yes = WIDTH[value]
                pair = self._encoder.pairs[symbol]
                literals += [pair.on if on else -pair.on, pair.yes if yes else -pair.yes]
        return literals

    def prompts(self) -> tuple[str, ...]:
        """Symbols of the cone that have a prompt."""
        return tuple(self._encoder.answers)

    def unanswered(self, values: Mapping[str, str], *, deadline: Deadline = NO_DEADLINE) -> frozenset[str]:
        """Symbols with a visible prompt that have their values only without an answer.

        Args:
            values: the values of the cone's symbols in a configuration of this model.
            deadline: when to stop.
        """
        literals = self.literals(values) or []
        silences = self._encoder.silences.items()
        return frozenset(
            name for name, silent in silences if not self._solved([*literals, -silent], deadline)
        )

    def moved_answers(self, values: Mapping[str, str], *, deadline: Deadline = NO_DEADLINE) -> dict[str, str]:
        """The answers that give numbers their values where these values as answers might not.

        An empty one stands for no answer.

        Args:
            values: the values of the cone's symbols in a configuration of this model.
            deadline: when to stop.
        """
        moved = self._encoder.moved_answers
        names = [name for name, ends in moved.items() if values[name] in ends]
        if not names or not self._solved_with_usual_answers(self.literals(values) or (), deadline):
            return {}
        true = set(self._solver.get_model() or ())
        answers = {name: self._moved_answer(name, values[name], true) for name in names}
        return {name: answer for name, answer in answers.items() if answer is not None}

    def _moved_answer(self, name: str, value: str, true: Collection[int]) -> str | None:
        """The answer that becomes a value by the range in force; ``None`` if the value itself is one."""
        answers = self._encoder.moved_answers.get(name, {}).get(value, ())
        return next((answer for force, answer in answers if force in true), None)

    def answer(self, name: str, assignment: Iterable[int]) -> str:
        """The answer to a prompt in a satisfying assignment."""
        answer, true = self._encoder.answers[name], set(assignment)
        if answer is None:
            value = self.values_of(assignment)[name]
            return self._moved_answer(name, value, true) or value
        return "y" if answer.yes in true else "m" if answer.on in true else "n"

    def _core(self, guards: list[int]) -> list[int]:
        """Those of some guards that suffice for the conflict that the solver has just found."""
        core = set(self._solver.get_core() or ())
        return [guard for guard in guards if guard in core]
