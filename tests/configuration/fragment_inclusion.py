# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares a fragment with a kernel tree: is every configuration of the tree one of the fragment?

*Tighter.* A configuration of the tree satisfies a definition of the fragment if the values of the fragment's
symbols in it are what the definition computes from some answer. A symbol that the tree does not define is n
there. For each definition of the fragment a SAT solver searches a configuration of the tree that does not
satisfy it. If there is none for any definition, every configuration of the tree, projected on the fragment's
symbols, is reachable in the fragment: in a configuration of the fragment each symbol with a prompt can be
answered with its own value. The clauses of the tree and of the fragment are in one solver, and the clauses of
the fragment come from the same encoder (``explorer/configuration/encoding``).

*Looser, and changed.* The neighbourhood of a symbol is the symbol and the symbols in the fragment's
definition of it. What is reachable there is enumerated in the fragment and in the tree. A combination that
only the fragment reaches shows that the fragment is looser. Two trees of one span that reach different
combinations show that a definition changed inside the span. Equal neighbourhoods do not prove that the
fragment is equal: symbols that are far apart can be freer together than in the tree.

*Missing.* Of the symbols that a boot reads, those that only the tree defines and that can be other than n.

Compiler probes have the recorded answers; a probe without one may print anything.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import kconfiglib
from pysat.solvers import Solver

from explorer.configuration.encoding.cone_of_influence import cone_of
from explorer.configuration.encoding.encode_choice import add_choice, add_member
from explorer.configuration.encoding.encode_number import add_number
from explorer.configuration.encoding.encode_symbol import add_symbol
from explorer.configuration.encoding.encoder import Encoder
from explorer.configuration.encoding.sat_model import add_definitions
from explorer.configuration.encoding.tseitin import TristateLiterals, Tseitin
from explorer.configuration.encoding.value_abstraction import relevant_values
from explorer.configuration.tree.tree import Tree

__all__ = ["Comparison", "Projections", "Violation"]

Projections = Mapping[str, tuple[tuple[str, ...], frozenset[tuple[str, ...]]]]
"""Symbol to its neighbourhood and the reachable combinations of values there."""
_LOGICAL = frozenset({kconfiglib.BOOL, kconfiglib.TRISTATE})


@dataclass(frozen=True, slots=True)
class Violation:
    """A definition of the fragment that a configuration of the tree does not satisfy.

    Attributes:
        symbol: whose definition it is.
        values: the values of the symbol and of those in its definition, in that configuration.
        undefined: those of them that the tree does not define.
    """

    symbol: str
    values: Mapping[str, str]
    undefined: tuple[str, ...]


class _TreeEncoder(Encoder):
    """The clauses of a tree; its numbers have also the values that the fragment distinguishes."""

    def __init__(
        self, tree: Tree, required: Mapping[str, str], further: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._further = further
        super().__init__(tree, required, guarded=None, base=None)

    def _numbers(
        self, relevant: Mapping[Any, tuple[str, ...]], required: Mapping[str, str]
    ) -> dict[Any, dict[str, int]]:
        every = {
            symbol: tuple(dict.fromkeys((*values, *self._further.get(symbol.name, ()))))
            for symbol, values in relevant.items()
        }
        return super()._numbers(every, required)


class _Requirements(Tseitin):
    """Gates over the literals of another encoder that keep added clauses apart, as requirements.

    Attributes:
        answer: the answer of the symbol whose definition is encoded.
        required: the clauses of its definition.
    """

    def __init__(self, gates: Tseitin) -> None:
        super().__init__()
        self.__dict__.update(gates.__dict__)
        self.answer = gates.n
        self.required: list[tuple[int, ...]] = []

    def free(self) -> TristateLiterals:
        """The symbol's own value: if any answer gives this value, this answer does."""
        return self.answer

    def add(self, *literals: int) -> None:
        """Keep a clause apart."""
        self.required.append(literals)

    def violated(self) -> int:
        """The literal that a requirement is not met; the requirements are forgotten."""
        required, self.required = self.required, []
        return self.some(self.every(-literal for literal in clause) for clause in required)


class _Solver:
    """Clauses in a solver, with the values of some symbols."""

    def __init__(self, encoder: Encoder, clauses: list[list[int]], last: int) -> None:
        self._encoder, self._last = encoder, last
        self._solver = Solver(name="minisat22", bootstrap_with=clauses)

    def values(self, names: list[str], *assumed: int) -> dict[str, str] | None:
        """The values of some symbols in a configuration where some literals are true, if there is one."""
        if not self._solver.solve(assumed):
            return None
        true = set(self._solver.get_model() or ())
        return {name: self._value(name, true) for name in names}

    def projection(self, names: list[str]) -> frozenset[tuple[str, ...]]:
        """Every combination of values that some symbols have in configurations."""
        self._last += 1
        found: set[tuple[str, ...]] = set()
        while (values := self.values(names, self._last)) is not None:
            found.add(tuple(values.values()))
            true = (literal for name, value in values.items() for literal in self._literals(name, value))
            self._solver.add_clause([-self._last, *(-literal for literal in true)])
        self._solver.add_clause([-self._last])
        return frozenset(found)

    def _value(self, name: str, true: set[int]) -> str:
        symbol = self._encoder.kconfig.syms.get(name)
        if symbol in self._encoder.numbers:
            return next(value for value, literal in self._encoder.numbers[symbol].items() if literal in true)
        pair = self._encoder.pairs.get(symbol, self._encoder.gates.n)
        return "y" if pair.yes in true else "m" if pair.on in true else "n"

    def _literals(self, name: str, value: str) -> Iterator[int]:
        symbol = self._encoder.kconfig.syms.get(name)
        if symbol in self._encoder.numbers:
            yield self._encoder.numbers[symbol][value]
        elif symbol in self._encoder.pairs:
            pair = self._encoder.pairs[symbol]
            yield pair.on if value != "n" else -pair.on
            yield pair.yes if value == "y" else -pair.yes


class Comparison:
    """A fragment and a kernel tree.

    Attributes:
        fragment: the fragment.
        tree: the tree.
        names: the symbols of the fragment.
        read: the symbols that a boot reads.
    """

    def __init__(self, fragment: Tree, tree: Tree, read: Iterable[str] = ()) -> None:
        self.fragment, self.tree, self.names = fragment, tree, fragment.symbols
        self._only_tree = [name for name in read if tree.defines(name) and not fragment.defines(name)]
        required = dict.fromkeys(self.names, "n")
        cone = cone_of(fragment.kconfig, map(fragment.kconfig.syms.get, self.names))
        further = {
            symbol.name: values
            for symbol, values in relevant_values(cone.numbers, cone.comparisons).items()
            if not tree.defines(symbol.name) or tree.type_of(symbol.name) == fragment.type_of(symbol.name)
        }
        numbers = [symbol.name for symbol in cone.numbers]
        shared = [*(name for name in self.names if tree.defines(name)), *self._only_tree]
        numbers += [name for name in self._only_tree if tree.kconfig.syms[name].orig_type not in _LOGICAL]
        self._encoder = _TreeEncoder(tree, {name: "" if name in numbers else "n" for name in shared}, further)
        add_definitions(self._encoder)
        self._requirements = Encoder(fragment, required, guarded=None, base=None)
        self._join()
        self._violated = {name: self._violation_of(name) for name in self.names}
        gates = self._requirements.gates
        self._solver = _Solver(self._encoder, gates.clauses, gates.last)
        self._own = Encoder(fragment, required, guarded=None, base=None)
        add_definitions(self._own)
        self._own_solver = _Solver(self._own, self._own.gates.clauses, self._own.gates.last)

    def neighbourhood(self, name: str) -> list[str]:
        """A symbol and the symbols in the fragment's definition of it."""
        symbol = self.fragment.kconfig.syms[name]
        items = [symbol, *_operands(symbol)]
        names = dict.fromkeys(item.name for item in items if isinstance(item, kconfiglib.Symbol))
        return [name for name in names if self.fragment.defines(name)]

    def violations(self) -> Iterator[Violation]:
        """The definitions that a configuration of the tree does not satisfy."""
        for name, violated in self._violated.items():
            near = self.neighbourhood(name)
            values = self._solver.values(near, violated)
            if values is not None:
                undefined = tuple(other for other in near if not self.tree.defines(other))
                yield Violation(name, values, undefined)

    def missing(self) -> Iterator[str]:
        """Symbols that a boot reads, that only the tree defines, and that can have a value there."""
        for name in self._only_tree:
            pair = self._encoder.pairs.get(self.tree.kconfig.syms[name])
            if pair is None or self._solver.values([name], pair.on) is not None:
                yield name

    def of_other_type(self) -> Iterator[str]:
        """Symbols to which the tree gives another type."""
        for name in self.names:
            if self.tree.defines(name) and self.tree.type_of(name) != self.fragment.type_of(name):
                yield name

    def in_tree(self) -> Projections:
        """What is reachable in the tree in the neighbourhood of each symbol."""
        return self._projections(self._solver)

    def in_fragment(self) -> Projections:
        """What is reachable in the fragment in the neighbourhood of each symbol."""
        return self._projections(self._own_solver)

    def _projections(self, solver: _Solver) -> Projections:
        near = {name: self.neighbourhood(name) for name in self.names}
        return {name: (tuple(near[name]), solver.projection(near[name])) for name in self.names}

    def _join(self) -> None:
        """Let the fragment's symbols have the literals of the tree's."""
        encoder, syms = self._requirements, self.tree.kconfig.syms
        encoder.gates = gates = _Requirements(self._encoder.gates)
        for item in encoder.pairs:
            if isinstance(item, kconfiglib.Symbol):
                encoder.pairs[item] = self._encoder.pairs.get(syms.get(item.name), gates.n)
        for number in encoder.numbers:
            known = self._encoder.numbers.get(syms.get(number.name))
            encoder.numbers[number] = dict(known) if known else {"": gates.true}
        for choice in [item for item in encoder.pairs if isinstance(item, kconfiglib.Choice)]:
            accepts_n = encoder.kconfig.rules.choice_accepts_n
            encoder.pairs[choice] = (
                encoder.expression(choice.direct_dep)
                if accepts_n
                else encoder.promoted(choice, encoder.visibility(choice))
            )

    def _violation_of(self, name: str) -> int:
        """The literal that a configuration does not satisfy the fragment's definition of a symbol."""
        encoder, symbol = self._requirements, self.fragment.kconfig.syms[name]
        gates = encoder.gates
        assert isinstance(gates, _Requirements)
        if symbol in encoder.numbers:
            add_number(encoder, symbol)
        elif symbol.choice:
            add_member(encoder, symbol)
            add_choice(encoder, symbol.choice)
        else:
            gates.answer = encoder.pairs[symbol]
            add_symbol(encoder, symbol)
        return gates.violated()


def _operands(symbol: Any) -> Iterator[Any]:
    """The symbols in a definition, its selectors and the members of its choice."""
    pending = [symbol.direct_dep, symbol.rev_dep, symbol.weak_rev_dep]
    pending += [node.prompt[1] for node in symbol.nodes if node.prompt]
    pending += [part for default in symbol.defaults for part in default]
    pending += [part for bounds in symbol.ranges for part in bounds]
    if symbol.choice:
        pending += symbol.choice.syms
    while pending:
        part = pending.pop(0)
        if isinstance(part, tuple):
            pending += part[1:]
        elif not getattr(part, "is_constant", False):
            yield part
