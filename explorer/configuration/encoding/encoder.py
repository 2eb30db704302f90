# SPDX-License-Identifier: GPL-2.0-or-later
"""The literals of the symbols in a cone of influence, and the tree's expressions over them.

A bool, a tristate or a choice is a pair of literals; a number or string has one literal for each relevant
value. An expression becomes a pair: ``&&`` is the minimum, ``||`` the maximum, and ``!`` swaps n and y. In a
guarded model the literal of a guard says that a statement is in the tree.

What an unanswered compiler probe prints is free. One literal for each probe says that it prints what the tree
assumes: the output of a failed check.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, Self

import kconfiglib

from explorer.configuration.encoding.cone_of_influence import cone_of
from explorer.configuration.encoding.dropped_answers import dropped_numbers
from explorer.configuration.encoding.guard import Guard, Guarded, GuardKind, owner
from explorer.configuration.encoding.tseitin import TristateLiterals, Tseitin
from explorer.configuration.encoding.value_abstraction import relevant_values
from explorer.configuration.tree.expr_calc_value import compare, comparison_type
from explorer.configuration.tree.expressions import ExpressionShapes, conjuncts
from explorer.configuration.tree.probe_operands import ProbeOperand
from explorer.configuration.tree.sym_calc_value import needs_y
from explorer.configuration.tree.tree import Tree

__all__ = ["WIDTH", "Encoder"]

WIDTH = {"n": (False, False), "m": (True, False), "y": (True, True)}
"""Value to whether it is at least m, and whether it is y."""


class Encoder:
    """Literals and clauses over the cone of influence of some symbols.

    Args:
        tree: the tree.
        required: the symbols in question; the values of numbers among them are relevant values.
        guarded: give every statement a guard, and how; ``None`` for no guards.
        base: answers to keep, in order; ``None`` if any answers will do.

    Attributes:
        kconfig: kconfiglib's symbols.
        gates: the clauses.
        pairs: bool, tristate or choice to its pair.
        numbers: number or string to a literal for each value.
        computed: number that conf can drop to a literal for each value that others are computed from.
        dropped: name of such a number to the literal that its answer is dropped.
        distance: symbol or choice to the number of definitions between it and the symbols in question.
        guards: the literal of each guard.
        answers: name of a symbol with a prompt to its answer; ``None`` if its value is the answer.
        unchanged: name of such a symbol to the literal that the base's answer stays.
        moved_answers: name of a number to its values that another answer gives, each with that answer (empty
            for none) and the literal that it does.
        modes: choice that can be m or n to its answer.
        chosen: member of a choice to the literal that the choice selects it, where it can be y otherwise.
        silences: name of a symbol whose prompt gives less than its default to the literal that it has no
            answer; of a member with a default to the literal that its answer has no effect.
        assumed: the commands of each unanswered probe, to an operand of it and the literal that it prints
            what is assumed.
        printed: further literals that stand for what unanswered probes print.
        shapes: compares expressions.
    """

    def __init__(
        self,
        tree: Tree,
        required: Mapping[str, str],
        *,
        guarded: Guarded | None,
        base: Mapping[str, str] | None,
    ) -> None:
        self.kconfig = tree.kconfig
        self.guarded = guarded is not None
        self.depth, self.eager = guarded or Guarded()
        self.base = base
        self.gates = Tseitin()
        self.guards: dict[Guard, int] = {}
        self.answers: dict[str, TristateLiterals | None] = {}
        self.unchanged: dict[str, int] = {}
        self.moved_answers: dict[str, dict[str, list[tuple[int, str]]]] = {}
        self.modes: dict[Any, TristateLiterals] = {}
        self.chosen: dict[Any, int] = {}
        self.silences: dict[str, int] = {}
        self.assumed: dict[tuple[str, ...], tuple[ProbeOperand, int]] = {}
        self.printed: list[int] = []
        self.shapes = ExpressionShapes()
        self._known: dict[int, TristateLiterals] = {}
        self._tree = tree
        self._printed_pairs: dict[tuple[str, ...], TristateLiterals] = {}
        start = [self.kconfig.syms[name] for name in required if tree.defines(name)]
        cone = cone_of(self.kconfig, start, dependencies=self.guarded, depth=self.depth)
        self.distance = cone.distance
        self.pairs = {item: self.gates.free() for item in cone.items}
        self.numbers = self._numbers(relevant_values(cone.numbers, cone.comparisons, required), required)
        self.computed = {
            symbol: self._values(self.numbers[symbol])
            for symbol in dropped_numbers(self.kconfig, cone.numbers, cone.distance)
        }
        self.dropped = {symbol.name: self.gates.literal() for symbol in self.computed}

    def _numbers(
        self, relevant: Mapping[Any, tuple[str, ...]], required: Mapping[str, str]
    ) -> dict[Any, dict[str, int]]:
        """A literal for each value of each number: relevant, required, or given by the base to its group."""
        given: dict[int, dict[str, None]] = {}
        for symbol, values in relevant.items():  # the symbols of a group share one tuple
            own = (source.get(symbol.name) for source in (required, self.base or {}))
            given.setdefault(id(values), {}).update({value: None for value in own if value is not None})
        numbers = {}
        for symbol, values in relevant.items():
            every = dict.fromkeys([*values, *given[id(values)]])
            numbers[symbol] = self._values(every)
        return numbers

    def _values(self, values: Iterable[str]) -> dict[str, int]:
        """A literal for each value, of which one is true."""
        literals = {value: self.gates.literal() for value in values}
        self.gates.one_of(literals.values())
        return literals

    def seeing(self, pairs: Mapping[Any, TristateLiterals]) -> Self:
        """The same clauses and literals, but expressions have other values of some bools or choices."""
        other = copy(self)
        other.pairs = {**self.pairs, **pairs}
        other._known = {}  # noqa: SLF001 # an encoder, too
        return other

    def after_dropping(self, numbers: Collection[Any]) -> Self:
        """The same clauses and literals, but expressions have the written values of some numbers."""
        other = copy(self)
        other.computed = {item: values for item, values in self.computed.items() if item not in numbers}
        other._known = {}  # noqa: SLF001 # as above
        return other

    def guard(self, guard: Guard) -> int:
        """The literal of a guard; true if the model is not guarded."""
        if not self.guarded:
            return self.gates.true
        if guard not in self.guards:
            self.guards[guard] = self.gates.literal()
        return self.guards[guard]

    def condition(
        self,
        item: Any,
        definition: int,
        condition: Any,
        kind: GuardKind | None = None,
        *,
        dependencies: bool = True,
    ) -> TristateLiterals:
        """A condition in a definition, without the parts whose guards are false.

        Args:
            item: the symbol or choice.
            definition: which of its definitions, from 0.
            condition: the condition of a property, with the dependencies of the definition.
            kind: the kind of the parts that are no dependencies; ``None`` if they have no guards.
            dependencies: include the dependencies of the definition; only a guarded model can leave them out.
        """
        if isinstance(item, kconfiglib.Symbol) and needs_y(item, condition):
            yes = self.pairs[item.choice].yes
            if self.guarded:
                yes = self.gates.either(yes, -self.guard(Guard(owner(item.choice), GuardKind.CHOICE)))
            met = self._condition(item, definition, condition, kind, dependencies=dependencies)
            return self.gates.least(met, TristateLiterals(yes, yes))
        return self._condition(item, definition, condition, kind, dependencies=dependencies)

    def _condition(
        self, item: Any, definition: int, condition: Any, kind: GuardKind | None, *, dependencies: bool
    ) -> TristateLiterals:
        """A condition as ``expr_calc_value()`` computes it."""
        if not self.guarded or condition is self.kconfig.y:
            return self.expression(condition)
        gates, value = self.gates, self.gates.y
        parts = list(conjuncts(condition))
        own = Counter(map(self.shapes.of, parts))
        own.subtract(map(self.shapes.of, self._dependencies(item, definition)))
        for part in parts:
            met, shape = self.expression(part), self.shapes.of(part)
            part_kind = kind if own[shape] > 0 else GuardKind.DEPENDS
            own[shape] -= 1
            if part_kind is GuardKind.DEPENDS and not dependencies:
                continue
            if met != gates.y and part_kind is not None:
                absent = -self._guard_of_part(item, definition, part, part_kind)
                met = TristateLiterals(gates.either(met.on, absent), gates.either(met.yes, absent))
            value = gates.least(value, met)
        return value

    @staticmethod
    def _dependencies(item: Any, definition: int) -> list[Any]:
        nodes = getattr(item, "nodes", ())
        return list(conjuncts(nodes[definition].dep)) if nodes else []

    def _guard_of_part(self, item: Any, definition: int, part: Any, kind: GuardKind) -> int:
        """The guard of a part of a condition; that of a member by its choice is the choice's."""
        if isinstance(part, kconfiglib.Choice):
            return self.guard(Guard(owner(part), GuardKind.CHOICE))
        of_choice = isinstance(item, kconfiglib.Choice)
        text = self._tree.expression_text(part)
        return self.guard(Guard(owner(item), kind, text, definition, of_choice=of_choice))

    def expression(self, expression: Any) -> TristateLiterals:
        """The value of an expression of the tree; a part that several expressions share is encoded once."""
        pending, known = [expression], self._known
        while pending:
            part = pending[-1]
            if part.__class__ is tuple and id(part) not in known:
                nested = [side for side in part[1:] if side.__class__ is tuple and id(side) not in known]
                pending += reversed(nested)
                if not nested:
                    known[id(part)] = self._gate(*part)
            if pending[-1] is part:
                pending.pop()
        return self._value(expression)

    def _value(self, expression: Any) -> TristateLiterals:
        """The value of an operand, or of an expression that has been encoded."""
        return self._known[id(expression)] if expression.__class__ is tuple else self.operand(expression)

    def _gate(self, operator: Any, first: Any, second: Any = None) -> TristateLiterals:
        """The value of an operator whose operands have been encoded."""
        if operator == kconfiglib.AND:
            return self.gates.least(self._value(first), self._value(second))
        if operator == kconfiglib.OR:
            return self.gates.most(self._value(first), self._value(second))
        if operator == kconfiglib.NOT:
            pair = self._value(first)
            return TristateLiterals(-pair.yes, -pair.on)
        return self.comparison(operator, first, second)

    def operand(self, item: Any) -> TristateLiterals:
        """The value of a symbol, choice or constant; numbers and undefined symbols are n."""
        if item in self.pairs:
            return self.pairs[item]
        if probe := self.unanswered(item):
            return self._printed_pair(probe)
        return self._constant(item.name if getattr(item, "is_constant", False) else "n")

    def comparison(self, operator: Any, first: Any, second: Any) -> TristateLiterals:
        """A comparison: true for the pairs of values that satisfy it."""
        gates = self.gates
        kinds = [comparison_type(item, self.kconfig.rules) for item in (first, second)]
        is_exact = not any(map(self.unanswered, (first, second)))  # each side has one of its values
        negated = operator is kconfiglib.UNEQUAL and is_exact
        wanted = kconfiglib.EQUAL if negated else operator
        rights = list(self.alternatives(second))
        pairs = [
            (one, [other for right, other in rights if compare(wanted, (left, kinds[0]), (right, kinds[1]))])
            for left, one in self.alternatives(first)
        ]
        holds = -self._holds(pairs) if negated else self._holds(pairs)
        for item in (first, second):
            if (probe := self.unanswered(item)) and not probe.possible:
                holds = gates.either(holds, gates.both(-self.assumption(probe), self._printed_literal()))
        return TristateLiterals(holds, holds)

    def _holds(self, pairs: Iterable[tuple[int, Sequence[int]]]) -> int:
        """The literal that a left literal and one of its right literals are true.

        For ``<`` and ``>`` the right literals of one left literal are a part of those of the next. They share
        their gates, so that there are only as many gates as literals.
        """
        gates, holds = self.gates, -self.gates.true
        before, some = frozenset[int](), -self.gates.true
        for one, rights in sorted(pairs, key=lambda pair: len(pair[1])):
            more = frozenset(rights)
            if not before <= more:
                before, some = frozenset(), -gates.true
            for other in rights:
                if other not in before:
                    some = gates.either(some, other)
            before = more
            holds = gates.either(holds, gates.both(one, some))
        return holds

    def alternatives(self, item: Any) -> Iterator[tuple[str, int]]:
        """The possible values of an operand as text, each with its literal."""
        if item in self.computed:
            yield from self.computed[item].items()
        elif item in self.numbers:
            yield from self.numbers[item].items()
        elif item in self.pairs:
            on, yes = self.pairs[item]
            yield from (("n", -on), ("m", self.gates.both(on, -yes)), ("y", yes))
        elif probe := self.unanswered(item):
            assumed = self.assumption(probe)
            yield probe.answer, assumed
            yield from ((other, -assumed) for other in probe.possible if other != probe.answer)
        else:
            yield item.name, self.gates.true

    # --- unanswered compiler probes ---------------------------------------------------------------------

    def unanswered(self, item: Any) -> ProbeOperand | None:
        """What is known of an operand if an unanswered probe decides it, otherwise ``None``."""
        probe = self._tree.probe_operand(item)
        return None if probe is None or probe.is_answered else probe

    def assumption(self, probe: ProbeOperand) -> int:
        """The literal that a probe prints what is assumed."""
        if probe.possible and set(probe.possible) == {probe.answer}:
            return self.gates.true
        if probe.commands not in self.assumed:
            self.assumed[probe.commands] = probe, self.gates.literal()
        return self.assumed[probe.commands][1]

    def any_of(self, values: Iterable[str]) -> dict[str, int]:
        """A literal for each value; a probe that prints any text prints one of them."""
        printed = {value: self._printed_literal() for value in values}
        self.gates.one_of(printed.values())
        return printed

    def _printed_literal(self) -> int:
        self.printed.append(self.gates.literal())
        return self.printed[-1]

    def _printed_pair(self, probe: ProbeOperand) -> TristateLiterals:
        """The value of a probe as an operand: the assumed one or another."""
        others = [word for word in probe.possible if word != probe.answer]
        if others or probe.possible:
            other = self._constant(others[0] if others else probe.answer)
        else:
            if probe.commands not in self._printed_pairs:
                pair = self._printed_pairs[probe.commands] = self.gates.free()
                self.printed += pair
            other = self._printed_pairs[probe.commands]
        return self.gates.choose(self.assumption(probe), self._constant(probe.answer), other)

    def _constant(self, text: str) -> TristateLiterals:
        value: TristateLiterals = getattr(self.gates, text if text in WIDTH else "n")
        return value

    def visibility(self, item: Any) -> TristateLiterals:
        """The maximum of the prompt conditions; kconfiglib has added the choice to those of a member.

        A transitional symbol counts as visible: a ``.config`` can answer it.
        """
        if self.is_transitional(item):
            return self.gates.y
        visibility = self.gates.n
        for number, node in enumerate(item.nodes):
            if node.prompt:
                met = self.condition(item, number, node.prompt[1], GuardKind.PROMPT)
                visibility = self.gates.most(visibility, met)
        return self.promoted(item, visibility)

    def direct_dependency(self, item: Any) -> TristateLiterals:
        """The maximum of the dependencies of all definitions."""
        if not self.guarded:
            return self.expression(item.direct_dep)
        value = self.gates.n
        for number, node in enumerate(item.nodes):
            value = self.gates.most(value, self.condition(item, number, node.dep))
        return value

    def forbids_m(self) -> int:
        """The literal that m becomes y, because modules are not allowed."""
        guard = self.guard(Guard(self.kconfig.modules.name, GuardKind.MODULES))
        return self.gates.both(guard, -self.expression(self.kconfig.modules).on)

    def add_type_rule(self, item: Any) -> None:
        """Encode that a bool is never m, and nothing is m while modules are not allowed."""
        pair = self.pairs[item]
        if item.orig_type == kconfiglib.BOOL:
            self.gates.add(-pair.on, pair.yes)
        elif self.guarded:
            self.gates.add(-pair.on, pair.yes, -self.forbids_m())

    def is_followed(self, item: Any) -> bool:
        """Whether the definition of an item is encoded."""
        return self.depth is None or self.distance[item] < self.depth

    def has_prompt(self, item: Any) -> bool:
        """Whether an answer can be given to a symbol."""
        return self.is_transitional(item) or any(node.prompt for node in item.nodes)

    def is_transitional(self, item: Any) -> bool:
        """Whether only a ``.config`` sets a symbol."""
        return item.name in self.kconfig.transitional

    def promoted(
        self, item: Any, value: TristateLiterals, own: TristateLiterals | None = None
    ) -> TristateLiterals:
        """The value with m raised to y: of a bool, without modules and, until v5.6, if y is implied."""
        gates = self.gates
        if item.orig_type == kconfiglib.BOOL:
            return TristateLiterals(value.on, value.on)
        yes = gates.either(value.yes, gates.both(value.on, self.forbids_m()))
        if own and not self.kconfig.rules.imply_obeys_depends:
            yes = gates.either(yes, gates.both(self.expression(item.weak_rev_dep).yes, value.on))
        return TristateLiterals(value.on, yes)
