# SPDX-License-Identifier: GPL-2.0-only
"""The logic of a Kconfig tree: models are the configurations that the kernel's own tools keep.

Three questions are put to it:

* *plain*: can it be? Definitions are facts.
* *guarded*: why not? Each statement is in force only together with the literal of its guard; guards that
  cannot be assumed together are the reason.
* *from a base*: what must change? An answer that the base gives stays unless the literal that says so fails.
"""

from collections.abc import Iterable, Mapping

import kconfiglib
from pysat.solvers import Solver

from explorer.configuration.encoding.encode_choice import define_choice, define_member
from explorer.configuration.encoding.encode_number import define_number
from explorer.configuration.encoding.encode_symbol import define_symbol
from explorer.configuration.encoding.encoder import WIDTH, Encoder, Guard
from explorer.configuration.tree.tree import Tree

__all__ = ["SatModel"]


class SatModel:
    """Clauses over the cone of influence of some symbols.

    Args:
        tree: the tree.
        wish: the symbols asked for, with values that must be among those that matter (for bool and tristate
            symbols any value will do).
        guarded: ask for reasons.
        base: ask for changes to these answers; in order, the last of a choice's members weighs most.
    """

    def __init__(
        self,
        tree: Tree,
        wish: Mapping[str, str],
        *,
        guarded: bool = False,
        base: Mapping[str, str] | None = None,
    ) -> None:
        self._tree = tree
        self._terms = Encoder(tree, wish, guarded=guarded, base=base)
        for item in self._terms.pairs:
            if isinstance(item, kconfiglib.Choice):
                define_choice(self._terms, item)
            elif item.choice:
                define_member(self._terms, item)
            else:
                define_symbol(self._terms, item)
        for symbol in self._terms.numbers:
            define_number(self._terms, symbol)
        self._solver = Solver(name="minisat22", bootstrap_with=self.clauses)

    @property
    def clauses(self) -> list[list[int]]:
        """All that was said, as lists of signed numbers."""
        return self._terms.gates.clauses

    @property
    def unchanged(self) -> Mapping[str, int]:
        """Of every symbol that has a prompt, the literal that says that the base's answer stays."""
        return self._terms.unchanged

    @property
    def leaves_modes_open(self) -> bool:
        """Whether some choice's mode is free here, though the base's answers decide it (until v6.10)."""
        return bool(self._terms.modes)

    def model(self, wish: Mapping[str, str]) -> dict[str, str] | None:
        """Values of the cone's symbols in one configuration that fulfils the wish, or ``None``."""
        literals = self.literals(wish)
        if literals is None or not self._solver.solve([*self._terms.guards.values(), *literals]):
            return None
        return self.read(self._solver.get_model() or ())

    def prefer(self, values: Mapping[str, str]) -> None:
        """Look for models near these values first; which wishes have a model does not change."""
        near = [literal for name in values for literal in self.literals({name: values[name]}) or ()]
        for name, value in values.items():
            answer = self._terms.answers.get(name)
            if answer:
                near += [
                    literal if holds else -literal
                    for literal, holds in zip(answer, WIDTH[value], strict=True)
                ]
        self._solver.set_phases(near)

    def read(self, model: Iterable[int]) -> dict[str, str]:
        """The values that a model of the clauses gives."""
        true = set(model)
        values = {
            item.name: "y" if pair.yes in true else "m" if pair.on in true else "n"
            for item, pair in self._terms.pairs.items()
            if isinstance(item, kconfiglib.Symbol)
        }
        for symbol, literals in self._terms.numbers.items():
            values[symbol.name] = next(value for value, literal in literals.items() if literal in true)
        return values

    def core(self, wish: Mapping[str, str]) -> tuple[str, ...]:
        """Symbols whose wished values suffice to make a wish impossible that is."""
        literals = self.literals(wish)
        if literals is None:
            return tuple(
                name for name, value in wish.items() if value != "n" and not self._tree.defines(name)
            )
        self._solver.solve([*self._terms.guards.values(), *literals])
        struck = set(self._solver.get_core() or ())
        return tuple(name for name, value in wish.items() if struck & set(self.literals({name: value}) or ()))

    def conflict(self, wish: Mapping[str, str]) -> tuple[Guard, ...]:
        """A minimal set of guards that rules the wish out: without any one of them it could be."""
        literals = self.literals(wish)
        if literals is None:
            return ()
        kept = self._nearest(literals)
        for literal in list(reversed(kept)):
            if literal in kept:
                rest = [other for other in kept if other != literal]
                if not self._solver.solve([*rest, *literals]):
                    kept = self._core(rest, literals)
        return tuple(guard for guard, literal in self._terms.guards.items() if literal in set(kept))

    def _nearest(self, literals: list[int]) -> list[int]:
        """Guards that suffice, of symbols as near to the wish as can be: a reason nearby is clearer."""
        syms = self._terms.kconfig.syms
        steps = {guard: self._terms.distance[syms[guard.symbol]] for guard in self._terms.guards}
        for limit in sorted(set(steps.values())):
            near = [self._terms.guards[guard] for guard in self._terms.guards if steps[guard] <= limit]
            if not self._solver.solve([*near, *literals]):
                return self._core(near, literals)
        return list(self._terms.guards.values())

    def forbid(self, values: Mapping[str, str]) -> bool:
        """Rule out one combination from now on; whether there is anything left to rule out."""
        clause = [-literal for literal in self.literals(values) or ()]
        self._solver.add_clause(clause)
        return bool(clause)

    def literals(self, wish: Mapping[str, str]) -> list[int] | None:
        """The wish as literals; ``None`` when it wants something of a symbol that does not exist."""
        found: list[int] = []
        for name, value in wish.items():
            symbol = self._terms.kconfig.syms.get(name)
            if not self._tree.defines(name):
                if value != "n":
                    return None
            elif symbol in self._terms.numbers:
                found.append(self._terms.numbers[symbol].get(value, -self._terms.gates.true))
            else:
                on, yes = WIDTH[value]
                pair = self._terms.pairs[symbol]
                found += [pair.on if on else -pair.on, pair.yes if yes else -pair.yes]
        return found

    def answerable(self) -> tuple[str, ...]:
        """Symbols of the cone that a user can be asked for."""
        return tuple(self._terms.answers)

    def answer(self, name: str, model: Iterable[int]) -> str:
        """What a model answers to the prompt of a symbol."""
        given, true = self._terms.answers[name], set(model)
        if given is None:
            return self.read(model)[name]
        return "y" if given.yes in true else "m" if given.on in true else "n"

    def _core(self, guards: list[int], literals: list[int]) -> list[int]:
        """Guards that suffice to forbid the literals."""
        if self._solver.solve([*guards, *literals]):
            return guards
        core = set(self._solver.get_core() or ())
        return [guard for guard in guards if guard in core]
