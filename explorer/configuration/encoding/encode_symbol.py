# SPDX-License-Identifier: GPL-2.0-or-later
"""Encodes the definition of a bool or tristate symbol.

    value = max(visible ? min(answer, visibility) : max(default, imply), select)

where the answer is free, the default is the first whose condition holds, and select is the maximum of all
selects (scripts/kconfig/symbol.c, sym_calc_value()). Without the guard ONLY a symbol without a prompt can
have what a prompt could give: at most its dependencies.
"""

from collections.abc import Iterator
from functools import reduce
from typing import Any

import kconfiglib

from explorer.configuration.encoding.encoder import WIDTH, Encoder
from explorer.configuration.encoding.guard import (
    Guard,
    GuardKind,
    definition_of_select,
    with_definitions,
)
from explorer.configuration.encoding.tseitin import TristateLiterals
from explorer.configuration.tree.expressions import conjuncts, disjuncts, is_comparison

__all__ = ["add_symbol", "default_of"]


def add_symbol(encoder: Encoder, symbol: Any) -> None:
    """Encode what ``sym_calc_value()`` computes for a symbol outside choices."""
    gates, pair = encoder.gates, encoder.pairs[symbol]
    visible, answered, answer = _prompt(encoder, symbol)
    default = _implied(encoder, symbol, default_of(encoder, symbol))
    value = gates.choose(answered, gates.least(answer, visible), default)
    _add_floor(encoder, symbol, value)
    for selected in () if encoder.is_transitional(symbol) else _reverse(encoder, symbol, GuardKind.SELECT):
        _add_floor(encoder, symbol, selected)
        value = gates.most(value, selected)
    tops = _tops(encoder, symbol, encoder.promoted(symbol, value, pair))
    for own, top in zip(pair, tops, strict=True):
        gates.add(-own, top)
    if encoder.guarded:
        encoder.add_type_rule(symbol)


def _add_floor(encoder: Encoder, symbol: Any, value: TristateLiterals) -> None:
    """Encode a lower bound of a symbol."""
    pair = encoder.pairs[symbol]
    value = encoder.promoted(symbol, value, pair)
    if value != encoder.gates.n:
        encoder.gates.add(pair.on, -value.on)
        encoder.gates.add(pair.yes, -value.yes)


def _tops(encoder: Encoder, symbol: Any, value: TristateLiterals) -> TristateLiterals:
    """The upper bound: the value, and without the guard ONLY what a prompt could give, too."""
    if not encoder.guarded or encoder.has_prompt(symbol):
        return value
    gates, absent = encoder.gates, -encoder.guard(Guard(symbol.name, GuardKind.ONLY))
    direct = encoder.promoted(symbol, encoder.direct_dependency(symbol))
    open_to = TristateLiterals(gates.both(absent, direct.on), gates.both(absent, direct.yes))
    return gates.most(value, open_to)


def _reverse(encoder: Encoder, symbol: Any, kind: GuardKind) -> Iterator[TristateLiterals]:
    """The value of each select or imply of a symbol that is not always n."""
    gates, is_select = encoder.gates, kind is GuardKind.SELECT
    for term in disjuncts(symbol.rev_dep if is_select else symbol.weak_rev_dep):
        met = _reverse_term(encoder, symbol, term, "selects" if is_select else "implies")
        if met == gates.n:
            continue
        if encoder.guarded:
            guard = encoder.guard(Guard(symbol.name, kind, _selector(term).name))
            met = TristateLiterals(gates.both(met.on, guard), gates.both(met.yes, guard))
        yield met


def _reverse_term(encoder: Encoder, symbol: Any, term: Any, kind: str) -> TristateLiterals:
    """One select or imply: at most the value of the other symbol, and of the condition."""
    selector = _selector(term)
    if not encoder.guarded or term is selector:
        return encoder.expression(term)
    definition = definition_of_select(selector, symbol, term[2], kind)
    met = encoder.condition(selector, definition, term[2], dependencies=not encoder.eager)
    return encoder.gates.least(encoder.expression(selector), met)


def _prompt(encoder: Encoder, symbol: Any) -> tuple[TristateLiterals, int, TristateLiterals]:
    """The visibility of a symbol, the literal that an answer is given, and the answer."""
    gates = encoder.gates
    if not encoder.has_prompt(symbol):
        return gates.n, -gates.true, gates.n
    visible = encoder.visibility(symbol)
    answer = encoder.answers[symbol.name] = gates.free()
    if symbol.orig_type == kconfiglib.BOOL:
        gates.add(-answer.on, answer.yes)  # m is no answer
    answered = visible.on
    if encoder.base is None and _default_can_exceed_prompt(encoder, symbol):
        silent = encoder.silences[symbol.name] = gates.literal()
        answered = gates.both(visible.on, -silent)
    if encoder.base is not None:
        base_value = encoder.base.get(symbol.name)
        if base_value in WIDTH and not (base_value == "m" and symbol.orig_type == kconfiglib.BOOL):
            encoder.unchanged[symbol.name] = gates.equal(answer, getattr(gates, base_value))
        else:
            unanswered = encoder.unchanged[symbol.name] = gates.literal()
            answered = gates.both(visible.on, -unanswered)
    return visible, answered, answer


def _default_can_exceed_prompt(encoder: Encoder, symbol: Any) -> bool:
    """Whether a tristate without an answer can be y where its prompt is visible as m only.

    Then no answer makes it y, and a ``.config`` without an answer does. It cannot be where the condition of
    each default, or the dependency of an imply, holds every part of the prompt's condition that can be m.
    """
    if symbol.orig_type is not kconfiglib.TRISTATE:
        return False
    prompts = [node.prompt[1] for node in symbol.nodes if node.prompt]
    limits = [condition for _, condition in symbol.defaults]
    if symbol.weak_rev_dep is not symbol.kconfig.n:
        limits.append(symbol.direct_dep)
    shape = encoder.shapes.of
    parts = [set(map(shape, filter(_can_be_m, conjuncts(prompt)))) for prompt in prompts]
    return any(not any(part <= set(map(shape, conjuncts(limit))) for part in parts) for limit in limits)


def _can_be_m(expression: Any) -> bool:
    """Whether an expression can be m: it holds a tristate or choice outside comparisons."""
    pending = [expression]
    while pending:
        part = pending.pop()
        if part.__class__ is not tuple:
            if part.orig_type == kconfiglib.TRISTATE and part.nodes:
                return True
        elif not is_comparison(part):
            pending += part[1:]
    return False


def _implied(encoder: Encoder, symbol: Any, default: TristateLiterals) -> TristateLiterals:
    """The default, raised to what other symbols imply."""
    if symbol.weak_rev_dep is encoder.kconfig.n or encoder.is_transitional(symbol):
        return default
    gates = encoder.gates
    implied = reduce(gates.most, _reverse(encoder, symbol, GuardKind.IMPLY), gates.n)
    direct = encoder.direct_dependency(symbol)
    met = gates.most(default, implied)
    if encoder.kconfig.rules.imply_obeys_depends:
        return gates.choose(implied.on, gates.least(met, direct), default)
    return gates.choose(gates.both(implied.on, direct.on), met, default)


def default_of(encoder: Encoder, symbol: Any) -> TristateLiterals:
    """The first default whose condition holds, at most the value of the condition."""
    gates, value, none_yet = encoder.gates, encoder.gates.n, encoder.gates.true
    for (default, condition), definition, index in with_definitions(symbol, "defaults"):
        met = encoder.condition(symbol, definition, condition)
        guard = Guard(symbol.name, GuardKind.DEFAULT, definition=definition, entry=index)
        present = encoder.guard(guard)
        given = gates.least(encoder.expression(default), met)
        value = gates.most(value, gates.choose(gates.both(none_yet, present), given, gates.n))
        none_yet = gates.both(none_yet, -gates.both(present, met.on))
    return value


def _selector(term: Any) -> Any:
    """The symbol that selects or implies, in one term of the reverse dependency."""
    return term[1] if isinstance(term, tuple) else term
