# SPDX-License-Identifier: GPL-2.0-only
"""The logic of a Kconfig tree as clauses: models are the configurations that the kernel's own tools keep.

Every bool or tristate symbol is a pair of literals: *on* (at least m) and *yes* (y). An expression of the
tree becomes a pair as well: and is the minimum, or the maximum, not swaps n and y. For each symbol

    value = max(visible ? min(answer, visibility) : max(default, imply), select)

where the answer is free, the default is the first whose condition holds, and select is the strongest of all
selects (scripts/kconfig/symbol.c, sym_calc_value()). A choice that is y has exactly one visible member y.

Only the cone of influence of the symbols asked for is encoded. What each definition says is guarded by two
literals, one for "nothing makes it larger" and one for "something makes it at least that large": a set of
them that cannot be assumed together is a reason why a combination is impossible.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import kconfiglib
from pysat.solvers import Solver

from explorer.configuration.tree import Tree
from explorer.errors import InputError

__all__ = ["Bound", "Guard", "Logic"]

_LOGICAL = frozenset({kconfiglib.BOOL, kconfiglib.TRISTATE})
_WIDTH = {"n": (False, False), "m": (True, False), "y": (True, True)}


class Bound(StrEnum):
    """Which side of a symbol's definition a guard holds in force."""

    AT_MOST = "at most"
    AT_LEAST = "at least"


class Guard(NamedTuple):
    """One side of what the definition of a symbol (or of a choice, by its first member) says."""

    symbol: str
    bound: Bound


class _Pair(NamedTuple):
    on: int
    yes: int


class Logic:
    """Clauses over the cone of influence of some symbols.

    Args:
        tree: the tree.
        names: the symbols asked for; each must be bool or tristate, or undefined (then it is n).

    Raises:
        InputError: a name is an int, hex or string symbol.
    """

    def __init__(self, tree: Tree, names: Iterable[str]) -> None:
        self._tree = tree
        self._kconfig = tree.kconfig
        self._solver = Solver(name="minisat22")
        self._last = 0
        self._true = self._new()
        self._solver.add_clause([self._true])
        self._pairs: dict[Any, _Pair] = {}
        self._guards: dict[Guard, int] = {}
        self._atoms: dict[tuple[Any, ...], int] = {}
        self._answers: dict[str, _Pair] = {}
        self._pending: list[Any] = []
        for name in names:
            self._check(name)
            self._pair(self._kconfig.syms[name]) if tree.defines(name) else None
        while self._pending:
            self._define(self._pending.pop())

    def model(self, wish: Mapping[str, str]) -> dict[str, str] | None:
        """Values of the cone's symbols in one configuration that fulfils the wish, or ``None``."""
        literals = self._wish(wish)
        if literals is None or not self._solver.solve([*self._guards.values(), *literals]):
            return None
        true = set(self._solver.get_model() or ())
        return {
            item.name: "y" if pair.yes in true else "m" if pair.on in true else "n"
            for item, pair in self._pairs.items()
            if isinstance(item, kconfiglib.Symbol)
        }

    def conflict(self, wish: Mapping[str, str]) -> tuple[Guard, ...]:
        """A minimal set of guards that rules the wish out: without any one of them it could be."""
        literals = self._wish(wish)
        if literals is None:
            return ()
        names = {literal: guard for guard, literal in self._guards.items()}
        kept = self._core(list(names), literals)
        for literal in list(kept):
            rest = [other for other in kept if other != literal]
            if literal in kept and not self._solver.solve([*rest, *literals]):
                kept = self._core(rest, literals)
        return tuple(guard for guard in self._guards if self._guards[guard] in set(kept))

    def _core(self, guards: list[int], literals: list[int]) -> list[int]:
        """Guards that suffice to forbid the literals."""
        if self._solver.solve([*guards, *literals]):
            return guards
        core = set(self._solver.get_core() or ())
        return [guard for guard in guards if guard in core]

    def answerable(self) -> tuple[str, ...]:
        """Symbols of the cone that a user can be asked for."""
        return tuple(self._answers)

    def _check(self, name: str) -> None:
        symbol = self._kconfig.syms.get(name)
        if symbol and symbol.nodes and symbol.orig_type not in _LOGICAL:
            raise InputError(
                f"{name} is neither bool nor tristate",
                where="--symbol",
                hint="ask for symbols that are n, m or y",
            )

    def _wish(self, wish: Mapping[str, str]) -> list[int] | None:
        """The wish as literals; ``None`` when it wants more than n of a symbol that does not exist."""
        literals: list[int] = []
        for name, value in wish.items():
            on, yes = _WIDTH[value]
            if not self._tree.defines(name):
                if on:
                    return None
                continue
            pair = self._pairs[self._kconfig.syms[name]]
            literals += [pair.on if on else -pair.on, pair.yes if yes else -pair.yes]
        return literals

    # --- definitions --------------------------------------------------------------------------------

    def _define(self, item: Any) -> None:
        if isinstance(item, kconfiglib.Choice):
            self._define_choice(item)
        elif item.choice:
            self._define_member(item)
        else:
            self._define_symbol(item)

    def _define_symbol(self, symbol: Any) -> None:
        """What sym_calc_value() computes for a symbol outside choices."""
        default, implied = self._default(symbol), self._expression(symbol.weak_rev_dep)
        if symbol.weak_rev_dep is not self._kconfig.n:
            direct = self._expression(symbol.direct_dep)
            if self._kconfig.rules.imply_obeys_depends:
                met = self._min(self._max(default, implied), direct)
            else:
                met = self._max(default, implied)
            allowed = self._and(implied.on, direct.on)
            default = self._choose(allowed, met, default)
        base = default
        if any(node.prompt for node in symbol.nodes):
            visible = self._visibility(symbol)
            answer = self._answers[symbol.name] = self._free()
            base = self._choose(visible.on, self._min(answer, visible), default)
        value = self._max(base, self._expression(symbol.rev_dep))
        value = self._promoted(symbol, value)
        if not self._kconfig.rules.imply_obeys_depends:
            value = _Pair(value.on, self._or(value.yes, self._and(implied.yes, value.on)))
        self._equate(symbol.name, self._pairs[symbol], value)

    def _define_choice(self, choice: Any) -> None:
        """The mode of a choice; in y mode exactly one visible member is y."""
        pair = self._pairs[choice]
        visible = self._visibility(choice)
        mode = visible
        if choice.is_optional or choice.orig_type == kconfiglib.TRISTATE:
            answer = self._free()
            floor = _Pair(-self._true, -self._true) if choice.is_optional else _Pair(self._true, -self._true)
            mode = self._min(self._max(answer, floor), visible)
        mode = self._promoted(choice, mode)
        name = choice.syms[0].name
        self._equate(name, pair, mode)
        at_most = self._guard(name, Bound.AT_MOST)
        at_least = self._guard(name, Bound.AT_LEAST)
        members = [(self._pair(symbol), self._visibility(symbol)) for symbol in choice.syms]
        for index, (member, _) in enumerate(members):
            for other, _ in members[index + 1 :]:
                self._solver.add_clause([-at_most, -member.yes, -other.yes])
        for _, seen in members:
            self._solver.add_clause([-at_least, -pair.yes, -seen.yes, *(member.yes for member, _ in members)])

    def _define_member(self, symbol: Any) -> None:
        """A member is y only in a y choice, m only in an m choice, and neither when nobody sees it."""
        pair, mode, seen = self._pairs[symbol], self._pair(symbol.choice), self._visibility(symbol)
        self._answers[symbol.name] = pair
        at_most = self._guard(symbol.name, Bound.AT_MOST)
        for literal in (mode.on, seen.on):
            self._solver.add_clause([-at_most, -pair.on, literal])
        for literal in (mode.yes, seen.yes):
            self._solver.add_clause([-at_most, -pair.yes, literal])
        self._solver.add_clause([-at_most, -pair.on, pair.yes, -mode.yes])
        if symbol.orig_type == kconfiglib.BOOL:
            self._solver.add_clause([-pair.on, pair.yes])

    def _visibility(self, item: Any) -> _Pair:
        """The strongest prompt condition; for a member, kconfiglib has put the choice's mode into it."""
        seen = _Pair(-self._true, -self._true)
        for node in item.nodes:
            if node.prompt:
                seen = self._max(seen, self._expression(node.prompt[1]))
        return self._promoted(item, seen)

    def _promoted(self, item: Any, value: _Pair) -> _Pair:
        """Make m y for what is bool, and for tristates while there are no modules."""
        if item.orig_type == kconfiglib.BOOL:
            return _Pair(value.on, value.on)
        no_modules = -self._expression(self._kconfig.modules).on
        return _Pair(value.on, self._or(value.yes, self._and(value.on, no_modules)))

    def _default(self, symbol: Any) -> _Pair:
        """The first default whose condition holds, capped by the condition."""
        value = _Pair(-self._true, -self._true)
        for default, condition in reversed(symbol.defaults):
            met = self._expression(condition)
            value = self._choose(met.on, self._min(self._expression(default), met), value)
        return value

    def _guard(self, name: str, bound: Bound) -> int:
        guard = Guard(name, bound)
        if guard not in self._guards:
            self._guards[guard] = self._new()
        return self._guards[guard]

    def _equate(self, name: str, pair: _Pair, value: _Pair) -> None:
        """Tie a symbol to its value, each direction under its own guard."""
        at_most, at_least = self._guard(name, Bound.AT_MOST), self._guard(name, Bound.AT_LEAST)
        for own, computed in ((pair.on, value.on), (pair.yes, value.yes)):
            self._solver.add_clause([-at_most, -own, computed])
            self._solver.add_clause([-at_least, own, -computed])

    # --- expressions --------------------------------------------------------------------------------

    def _pair(self, item: Any) -> _Pair:
        """The literals of a symbol or choice; its definition is queued when it is met for the first time."""
        if item not in self._pairs:
            self._pairs[item] = self._free()
            self._pending.append(item)
        return self._pairs[item]

    def _expression(self, expression: Any) -> _Pair:
        if not isinstance(expression, tuple):
            return self._operand(expression)
        operator, first, *second = expression
        if operator == kconfiglib.AND:
            return self._min(self._expression(first), self._expression(second[0]))
        if operator == kconfiglib.OR:
            return self._max(self._expression(first), self._expression(second[0]))
        if operator == kconfiglib.NOT:
            pair = self._expression(first)
            return _Pair(-pair.yes, -pair.on)
        return self._comparison(operator, first, second[0])

    def _operand(self, item: Any) -> _Pair:
        if isinstance(item, kconfiglib.Choice):
            return self._pair(item)
        if item.is_constant or not item.nodes:
            on, yes = _WIDTH.get(item.name if item.is_constant else "n", (False, False))
            return _Pair(self._true if on else -self._true, self._true if yes else -self._true)
        if item.orig_type not in _LOGICAL:
            return _Pair(-self._true, -self._true)
        return self._pair(item)

    def _comparison(self, operator: Any, first: Any, second: Any) -> _Pair:
        """``=`` and ``!=`` of logical symbols exactly; numbers and strings as an atom."""
        logical = all(
            item.orig_type in _LOGICAL or (item.is_constant and item.name in _WIDTH)
            for item in (first, second)
        )
        if logical and operator in {kconfiglib.EQUAL, kconfiglib.UNEQUAL}:
            left, right = self._operand(first), self._operand(second)
            equal = self._and(self._iff(left.on, right.on), self._iff(left.yes, right.yes))
            literal = equal if operator == kconfiglib.EQUAL else -equal
            return _Pair(literal, literal)
        if all(item.is_constant or not item.nodes for item in (first, second)):
            holds = kconfiglib.expr_value((operator, first, second))
            literal = self._true if holds else -self._true
            return _Pair(literal, literal)
        key = (operator, first.name, second.name)
        literal = self._atoms.setdefault(key, self._last + 1)
        self._last = max(self._last, literal)
        return _Pair(literal, literal)

    # --- gates --------------------------------------------------------------------------------------

    def _new(self) -> int:
        self._last += 1
        return self._last

    def _free(self) -> _Pair:
        pair = _Pair(self._new(), self._new())
        self._solver.add_clause([-pair.yes, pair.on])
        return pair

    def _and(self, first: int, second: int) -> int:
        if second in {first, self._true}:
            return first
        if first == self._true:
            return second
        if -self._true in (first, second) or first == -second:
            return -self._true
        gate = self._atoms.get(("and", *sorted((first, second))))
        if gate is None:
            gate = self._atoms["and", *sorted((first, second))] = self._new()
            self._solver.add_clause([-gate, first])
            self._solver.add_clause([-gate, second])
            self._solver.add_clause([gate, -first, -second])
        return gate

    def _or(self, first: int, second: int) -> int:
        return -self._and(-first, -second)

    def _iff(self, first: int, second: int) -> int:
        return self._or(self._and(first, second), self._and(-first, -second))

    def _min(self, first: _Pair, second: _Pair) -> _Pair:
        return _Pair(self._and(first.on, second.on), self._and(first.yes, second.yes))

    def _max(self, first: _Pair, second: _Pair) -> _Pair:
        return _Pair(self._or(first.on, second.on), self._or(first.yes, second.yes))

    def _choose(self, condition: int, then: _Pair, otherwise: _Pair) -> _Pair:
        return _Pair(
            self._or(self._and(condition, then.on), self._and(-condition, otherwise.on)),
            self._or(self._and(condition, then.yes), self._and(-condition, otherwise.yes)),
        )
