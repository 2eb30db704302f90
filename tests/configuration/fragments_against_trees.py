# SPDX-License-Identifier: GPL-2.0-only
"""Holds every definition of a Kconfig fragment against real kernel trees of its span.

    make fragments TREES="DIR ..."

What it decides: for each symbol of the fragment, alone with the symbols that its definition names, which of
their values are reachable at once in the real tree, and which in the fragment.

* Values that are reachable in the tree and not in the fragment are a *lie*: the program would call a real
  configuration unreachable. The run fails.
* Values that are reachable in the fragment only are *extra*: a fragment leaves out most of the kernel. They
  are listed with the statements of the tree that exclude them.
* Values that are reachable in one tree of the span and not in another mean that a definition changed *inside*
  the span. The run fails: split the span.

Why this suffices: a fragment excludes a configuration only through one of its definitions, and a definition
excludes values of its own symbol and of those that it names. If no definition of the fragment excludes values
that the tree reaches, then everything that the tree reaches, projected on the symbols that both define, is
reachable in the fragment. Two limits: numbers are tried with the defaults and the bounds that the sides name,
and a symbol that only the fragment defines is compared as n, its value in every ``.config`` of the tree.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import kconfiglib

from explorer.configuration.encoding.sat_model import SatModel
from explorer.configuration.files.releases import FragmentSpan, fragment_span
from explorer.configuration.queries.reachability import Reachability, possible_values
from explorer.configuration.tree.loading import load_fragment, load_tree
from explorer.configuration.tree.tree import Tree
from explorer.errors import InputError

__all__ = ["Definition", "Difference", "compare", "definitions", "differences_between"]

Values = tuple[tuple[str, str], ...]
"""Symbols and values, in the order of a definition."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A symbol or choice of a fragment, and the symbols that its definition names.

    Attributes:
        name: the symbol, or the choice by its members.
        symbols: the bool and tristate symbols whose values are compared at once.
        number: the symbol, if it is a number.
    """

    name: str
    symbols: tuple[str, ...]
    number: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Values that one side reaches and the other does not; without any one of them both agree.

    Attributes:
        definition: the definition of the fragment.
        values: the values.
        reasons: statements of that side that exclude them, as ``file:line text``.
    """

    definition: Definition
    values: Values
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        settings = " ".join(f"{name}={value}" for name, value in self.values)
        return "\n".join([settings, *(f"    excluded by {reason}" for reason in self.reasons)])


class Side:
    """One tree, asked about values of a fragment's symbols; each value of a number has its own SAT model.

    Args:
        tree: the fragment or the real tree.
        symbols: every bool and tristate symbol of the fragment.
    """

    def __init__(self, tree: Tree, symbols: Iterable[str]) -> None:
        self.tree = tree
        self._symbols = dict.fromkeys(symbols, "y")
        self._models: dict[Values, SatModel] = {}

    def possible(self, name: str) -> tuple[str, ...]:
        """The values that a symbol has in some ``.config`` of the tree."""
        return possible_values(self.tree, name) if self.tree.defines(name) else ("n",)

    def reaches(self, values: Values) -> bool:
        """Whether the values are reachable at once."""
        return self._model(values).solve(dict(values)) is not None

    def reasons(self, values: Values) -> tuple[str, ...]:
        """The statements that exclude values."""
        undefined = [name for name, value in values if value != "n" and not self.tree.defines(name)]
        if undefined:
            return tuple(f"no definition of {name}" for name in undefined)
        core = Reachability(self.tree, dict(values)).core(dict(values))
        lines = [line for statement in core for line in statement.lines]
        return tuple(dict.fromkeys(f"{line.file}:{line.line} {line.text}" for line in lines))

    def places(self, names: Iterable[str]) -> str:
        """Where the tree defines some symbols."""
        nodes = (
            node
            for name in names
            if self.tree.defines(name)
            for node in self.tree.engine.kconfig.syms[name].nodes
        )
        return ", ".join(dict.fromkeys(f"{node.filename}:{node.linenr}" for node in nodes))

    def _model(self, values: Values) -> SatModel:
        numbers = tuple(pair for pair in values if pair[0] not in self._symbols)
        if numbers not in self._models:
            self._models[numbers] = SatModel(self.tree, {**self._symbols, **dict(numbers)})
        return self._models[numbers]


@dataclass(slots=True)
class Comparison:
    """What the comparison of a fragment with trees of its span found.

    Attributes:
        lies: by tree: values that the tree reaches and the fragment does not.
        extra: by tree: values that only the fragment reaches.
        changes: by pair of trees: values that the first reaches and the second does not, or the reverse.
        compared: how many assignments of values were compared.
    """

    lies: dict[str, list[Difference]] = field(default_factory=dict)
    extra: dict[str, list[Difference]] = field(default_factory=dict)
    changes: dict[tuple[str, str], list[Difference]] = field(default_factory=dict)
    compared: int = 0

    @property
    def failures(self) -> tuple[int, int]:
        """How many lies and how many changes were found."""
        return sum(map(len, self.lies.values())), sum(map(len, self.changes.values()))


def definitions(fragment: Tree, trees: Iterable[Tree]) -> list[Definition]:
    """The definitions of a fragment: choices with their members, then all other symbols.

    A definition names what it names in the fragment or in one of the trees, if the fragment defines it.
    """
    kconfig, sources = fragment.engine.kconfig, [fragment, *trees]
    choices = [[member.name for member in choice.syms] for choice in kconfig.unique_choices]
    others = [[symbol.name] for symbol in kconfig.unique_defined_syms if not symbol.choice]
    return [
        Definition(
            " / ".join(names),
            _named(fragment, names, sources),
            "" if fragment.is_logical(names[0]) else names[0],
        )
        for names in choices + others
    ]


def _named(fragment: Tree, names: Iterable[str], sources: Iterable[Tree]) -> tuple[str, ...]:
    """The bool and tristate symbols of the fragment among some symbols and those that these name."""
    named = dict.fromkeys(names)
    for tree in sources:
        for name in list(names):
            if tree.defines(name):
                named |= dict.fromkeys(operand.name for operand in _operands(tree.engine.kconfig.syms[name]))
    return tuple(name for name in named if fragment.defines(name) and fragment.is_logical(name))


def _operands(symbol: Any) -> Iterator[Any]:
    """The defined symbols that a symbol's definition names."""
    expressions = [symbol.direct_dep, symbol.rev_dep, symbol.weak_rev_dep]
    expressions += [part for default in symbol.defaults for part in default]
    expressions += [part for bounds in symbol.ranges for part in bounds]
    expressions += [node.prompt[1] for node in symbol.nodes if node.prompt]
    if symbol.choice:
        expressions += [part for default in symbol.choice.defaults for part in default]
        expressions += [node.prompt[1] for node in symbol.choice.nodes if node.prompt]
    for expression in expressions:
        for item in kconfiglib.expr_items(expression):
            if isinstance(item, kconfiglib.Symbol) and item.nodes:
                yield item


def _numbers(trees: Iterable[Tree], name: str) -> list[str]:
    """The defaults of a number, and the bounds of its ranges with their neighbours.

    0 only if it is one of these itself: a number without any value counts as 0 since 6.8.
    """
    symbols = [tree.engine.kconfig.syms[name] for tree in trees if tree.defines(name)]
    bounds = {
        int(bound.name)
        for symbol in symbols
        for low, high, _ in symbol.ranges
        for bound in (low, high)
        if bound.name.isdigit()
    }
    defaults = {int(value.name) for symbol in symbols for value, _ in symbol.defaults if value.name.isdigit()}
    named = bounds | defaults
    near = {bound + step for bound in bounds for step in (-1, 1)}
    return [str(value) for value in sorted(named | {value for value in near if value > 0})]


def _reachable(side: Side, domains: Mapping[str, tuple[str, ...]], start: Values) -> frozenset[Values]:
    """Every reachable assignment of values to some symbols; parts that are unreachable are left at once."""
    found: list[Values] = []
    pending = [start] if side.reaches(start) else []
    while pending:
        part = pending.pop()
        if len(part) == len(domains) + len(start):
            found.append(part)
            continue
        name = list(domains)[len(part) - len(start)]
        extended = ((*part, (name, value)) for value in domains[name])
        pending += [longer for longer in extended if side.reaches(longer)]
    return frozenset(found)


def differences_between(
    definition: Definition, more: Iterable[Values], side: Side, known: Iterable[Difference] = ()
) -> list[Difference]:
    """Minimal values that a side excludes, for assignments that it does not reach."""
    found = list(known)
    for values in sorted(more):
        if not any(set(difference.values) <= set(values) for difference in found):
            part = values
            for pair in values:
                rest = tuple(other for other in part if other != pair)
                if rest and not side.reaches(rest):
                    part = rest
            found.append(Difference(definition, part, side.reasons(part)))
    return found


def compare(pairs: Mapping[str, tuple[Tree, Tree]]) -> Comparison:
    """Compares a fragment with real trees of its span, and the trees with each other.

    Args:
        pairs: by name of the tree: the fragment as the rules of the tree's release read it, and the tree.
    """
    fragment = next(fragment for fragment, _ in pairs.values())
    logical = [name for name in fragment.symbols if fragment.is_logical(name)]
    ours = {label: Side(fragment, logical) for label, (fragment, _) in pairs.items()}
    theirs = {label: Side(tree, logical) for label, (_, tree) in pairs.items()}
    comparison = Comparison()
    for definition in definitions(fragment, [tree for _, tree in pairs.values()]):
        _compare_definition(definition, ours, theirs, comparison)
    return comparison


def _compare_definition(
    definition: Definition, ours: Mapping[str, Side], theirs: Mapping[str, Side], comparison: Comparison
) -> None:
    sides = [*ours.values(), *theirs.values()]
    domains = {
        name: tuple(dict.fromkeys(value for side in sides for value in side.possible(name)))
        for name in definition.symbols
    }
    defined = [label for label, side in theirs.items() if side.tree.defines(definition.number)]
    starts: list[Values] = [()]
    if definition.number:
        numbers = _numbers([side.tree for side in sides], definition.number)
        starts = [((definition.number, value),) for value in numbers] if defined else []
    for start in starts:
        tables = {label: _reachable(side, domains, start) for label, side in theirs.items()}
        for label, table in tables.items():
            reached = _reachable(ours[label], domains, start)
            comparison.compared += len(reached | table)
            lies = comparison.lies.setdefault(label, [])
            lies[:] = differences_between(definition, table - reached, ours[label], lies)
            extra = comparison.extra.setdefault(label, [])
            extra[:] = differences_between(definition, reached - table, theirs[label], extra)
        for one, other in pairwise(tables):
            changes = comparison.changes.setdefault((one, other), [])
            changes[:] = differences_between(definition, tables[one] - tables[other], theirs[other], changes)
            changes[:] = differences_between(definition, tables[other] - tables[one], theirs[one], changes)


def _by_span(folders: Iterable[Path]) -> dict[FragmentSpan, dict[str, Tree]]:
    spans: dict[FragmentSpan, dict[str, Tree]] = {}
    for folder in folders:
        tree = load_tree(folder)
        if tree.version is None:
            raise InputError("its Makefile names no release", where=str(folder))
        spans.setdefault(fragment_span(tree.version), {})[f"{tree.version} ({folder.name})"] = tree
    return spans


def _report(title: str, differences: Iterable[Difference], defining: Side | None = None) -> Iterator[str]:
    for difference in differences:
        yield f"{title}: {difference}"
        if defining:
            yield f"    defined in the tree at {defining.places(name for name, _ in difference.values)}"


def _lines(span: FragmentSpan, trees: Mapping[str, Tree], comparison: Comparison) -> Iterator[str]:
    for label, tree in trees.items():
        yield from _report(f"{span.folder}: LIE, {label} reaches", comparison.lies[label], Side(tree, ()))
        yield from _report(f"{span.folder}: extra, {label} does not reach", comparison.extra[label])
    for (one, other), changes in comparison.changes.items():
        yield from _report(f"{span.folder}: CHANGED between {one} and {other}", changes)
    lies, changed = comparison.failures
    yield f"{span.folder}: {comparison.compared} assignments compared, {lies} lies, {changed} changes"


def main(folders: list[str]) -> int:
    """Compares the trees in some folders with the fragments of their spans; 1 if a fragment says less."""
    failed = False
    for span, trees in _by_span(map(Path, folders)).items():
        comparison = compare({label: (load_fragment(tree.release), tree) for label, tree in trees.items()})
        sys.stdout.writelines(f"{line}\n" for line in _lines(span, trees, comparison))
        failed = failed or any(comparison.failures)
    return int(failed)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except InputError as error:
        sys.exit(f"fragments: {error}")
