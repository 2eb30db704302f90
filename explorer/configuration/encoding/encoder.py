# SPDX-License-Identifier: GPL-2.0-only
"""The literals of everything in a cone of influence, and the expressions of the tree over them.

Every bool or tristate symbol and every choice is a pair of literals, every number one literal for each value
that can matter. An expression becomes a pair: and is the minimum, or the maximum, not swaps n and y. Where
reasons are asked for, what a statement says is in force only together with the literal of its guard.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import kconfiglib

from explorer.configuration.encoding.cone_of_influence import cone_of, conjuncts
from explorer.configuration.encoding.tseitin import TristateLiterals, Tseitin
from explorer.configuration.encoding.value_abstraction import compare, relevant_values
from explorer.configuration.tree.tree import Tree

__all__ = ["WIDTH", "Encoder", "Guard", "GuardKind"]

WIDTH = {"n": (False, False), "m": (True, False), "y": (True, True)}
"""Of a value: whether it is at least m, and whether it is y."""


class GuardKind(StrEnum):
    """What a statement does to a symbol."""

    ONLY = "only"
    """Nothing but its prompts, defaults and selects makes it larger."""
    DEPENDS = "depends"
    """A condition keeps it down."""
    DEFAULT = "default"
    """A default gives it a value that no prompt lets a user change."""
    SELECT = "select"
    """A select raises it."""
    CHOICE = "choice"
    """One member of a choice, and no more."""
    NUMBER = "number"
    """A number's defaults and ranges."""


class Guard(NamedTuple):
    """Something that the definition of a symbol says.

    Attributes:
        symbol: the symbol; for a choice its first member.
        says: what.
        about: the condition for DEPENDS, the symbol that selects for SELECT, else empty.
    """

    symbol: str
    says: GuardKind
    about: str = ""


class Encoder:
    """What clauses over a cone are made of.

    Args:
        tree: the tree.
        wish: the symbols whose cone it is; the values of numbers among them count among those that matter.
        guarded: give every statement a guard.
        base: the answers that are to be kept, in order; ``None`` where any answer will do.

    Attributes:
        kconfig: kconfiglib's view of the tree.
        gates: the clauses.
        pairs: of every bool and tristate symbol, and of every choice.
        numbers: of every number, a literal for each value.
        distance: how many definitions lie between an item and the wish.
        guards: the literal of each guard.
        answers: of every symbol that has a prompt, its answer; ``None`` where that is its value.
        unchanged: for each of them, the literal that says that the base's answer stays.
        modes: of every choice that can be m or n, its answer.
    """

    def __init__(
        self, tree: Tree, wish: Mapping[str, str], *, guarded: bool, base: Mapping[str, str] | None
    ) -> None:
        self.kconfig = tree.kconfig
        self.guarded = guarded
        self.base = base
        self.gates = Tseitin()
        self.guards: dict[Guard, int] = {}
        self.answers: dict[str, TristateLiterals | None] = {}
        self.unchanged: dict[str, int] = {}
        self.modes: dict[Any, TristateLiterals] = {}
        around = cone_of(self.kconfig, [self.kconfig.syms[name] for name in wish if tree.defines(name)])
        self.distance = around.distance
        self.pairs = {item: self.gates.free() for item in around.items}
        self.numbers = self._values(relevant_values(around.numbers, around.comparisons), wish)

    def _values(
        self, found: Mapping[Any, tuple[str, ...]], wish: Mapping[str, str]
    ) -> dict[Any, dict[str, int]]:
        """A literal for each value of each number; what is wished for or stands in the base is among them."""
        numbers = {}
        for symbol, values in found.items():
            told = (source.get(symbol.name) for source in (wish, self.base or {}))
            every = dict.fromkeys([*values, *(value for value in told if value is not None)])
            numbers[symbol] = {value: self.gates.literal() for value in every}
            self.gates.one_of(numbers[symbol].values())
        return numbers

    def guard(self, guard: Guard) -> int:
        """The literal of a guard; where nobody asks for reasons everything is in force."""
        if not self.guarded:
            return self.gates.true
        if guard not in self.guards:
            self.guards[guard] = self.gates.literal()
        return self.guards[guard]

    def relaxed(self, item: Any, condition: Any) -> TristateLiterals:
        """A condition each part of which keeps the symbol down only while its guard holds."""
        gates, value = self.gates, self.gates.y
        owner = item.syms[0] if isinstance(item, kconfiglib.Choice) else item
        for part in conjuncts(condition):
            met = self.expression(part)
            if met != gates.y:
                guard = self.guard(Guard(owner.name, GuardKind.DEPENDS, kconfiglib.expr_str(part)))
                met = TristateLiterals(gates.either(met.on, -guard), gates.either(met.yes, -guard))
            value = gates.least(value, met)
        return value

    def expression(self, expression: Any) -> TristateLiterals:
        """The value of an expression of the tree."""
        if not isinstance(expression, tuple):
            return self.operand(expression)
        gates = self.gates
        operator, first, *second = expression
        if operator == kconfiglib.AND:
            return gates.least(self.expression(first), self.expression(second[0]))
        if operator == kconfiglib.OR:
            return gates.most(self.expression(first), self.expression(second[0]))
        if operator == kconfiglib.NOT:
            pair = self.expression(first)
            return TristateLiterals(-pair.yes, -pair.on)
        return self.comparison(operator, first, second[0])

    def operand(self, item: Any) -> TristateLiterals:
        """The value of a symbol, choice or constant; numbers and what the tree lacks are n."""
        if item in self.pairs:
            return self.pairs[item]
        constant = getattr(item, "is_constant", False)
        value: TristateLiterals = getattr(self.gates, item.name if constant and item.name in WIDTH else "n")
        return value

    def comparison(self, operator: Any, first: Any, second: Any) -> TristateLiterals:
        """A comparison holds where two values do that fulfil it."""
        gates, holds = self.gates, -self.gates.true
        rights = list(self.alternatives(second))
        for left, one in self.alternatives(first):
            for right, other in rights:
                if compare(operator, (left, first.orig_type), (right, second.orig_type)):
                    holds = gates.either(holds, gates.both(one, other))
        return TristateLiterals(holds, holds)

    def alternatives(self, item: Any) -> Iterator[tuple[str, int]]:
        """The values that an operand can have as text, each with the literal that says so."""
        if item in self.numbers:
            yield from self.numbers[item].items()
        elif item in self.pairs:
            on, yes = self.pairs[item]
            yield from (("n", -on), ("m", self.gates.both(on, -yes)), ("y", yes))
        else:
            yield item.name, self.gates.true

    def visibility(self, item: Any, *, relaxed: bool = False) -> TristateLiterals:
        """The strongest prompt condition; for a member, kconfiglib has put its choice into it."""
        seen = self.gates.n
        for node in item.nodes:
            if node.prompt:
                condition = node.prompt[1]
                met = self.relaxed(item, condition) if relaxed else self.expression(condition)
                seen = self.gates.most(seen, met)
        return self.promoted(item, seen)

    def promoted(
        self, item: Any, value: TristateLiterals, own: TristateLiterals | None = None
    ) -> TristateLiterals:
        """Make m y for what is bool, for tristates without modules and, until v5.6, where y is implied."""
        gates = self.gates
        if item.orig_type == kconfiglib.BOOL:
            return TristateLiterals(value.on, value.on)
        yes = gates.either(value.yes, gates.both(value.on, -self.expression(self.kconfig.modules).on))
        if own and not self.kconfig.rules.imply_obeys_depends:
            yes = gates.either(yes, gates.both(self.expression(item.weak_rev_dep).yes, value.on))
        return TristateLiterals(value.on, yes)
