# SPDX-License-Identifier: GPL-2.0-only
"""Encodes the definition of a bool or tristate symbol.

    value = max(visible ? min(answer, visibility) : max(default, imply), select)

where the answer is free, the default is the first whose condition holds, and select is the maximum of all
selects (scripts/kconfig/symbol.c, sym_calc_value()). A part whose guard is false is weakened and never
changed: an upper bound rises, or a lower bound is removed.
"""

from typing import Any

import kconfiglib

from explorer.configuration.encoding.cone_of_influence import conjuncts, disjuncts
from explorer.configuration.encoding.encoder import WIDTH, Encoder, Guard, GuardKind
from explorer.configuration.encoding.tseitin import TristateLiterals

__all__ = ["add_symbol", "default_of"]


def add_symbol(encoder: Encoder, symbol: Any) -> None:
    """Encode what ``sym_calc_value()`` computes for a symbol outside choices."""
    gates, pair = encoder.gates, encoder.pairs[symbol]
    visible, answered, answer = _prompt(encoder, symbol)
    default = _implied(encoder, symbol, default_of(encoder, symbol))
    base = gates.choose(answered, gates.least(answer, visible), default)
    _floor(encoder, symbol, Guard(symbol.name, GuardKind.DEFAULT), base)
    top = base
    if encoder.guarded:
        relaxed_default = _implied(encoder, symbol, default_of(encoder, symbol, relaxed=True))
        relaxed_answer = gates.least(answer, encoder.visibility(symbol, relaxed=True))
        top = gates.most(gates.choose(answered, gates.n, relaxed_default), relaxed_answer)
    for term in () if encoder.is_transitional(symbol) else disjuncts(symbol.rev_dep):
        selected = encoder.expression(term)
        if selected != gates.n:
            _floor(encoder, symbol, Guard(symbol.name, GuardKind.SELECT, _selector(term)), selected)
            top = gates.most(top, selected)
    top = encoder.promoted(symbol, top, pair)
    guard = encoder.guard(Guard(symbol.name, GuardKind.ONLY))
    gates.add(-guard, -pair.on, top.on)
    gates.add(-guard, -pair.yes, top.yes)


def _floor(encoder: Encoder, symbol: Any, guard: Guard, value: TristateLiterals) -> None:
    """Encode a lower bound of a symbol that holds while the guard does."""
    pair = encoder.pairs[symbol]
    value = encoder.promoted(symbol, value, pair)
    if value == encoder.gates.n:
        return
    literal = encoder.guard(guard)
    encoder.gates.add(-literal, pair.on, -value.on)
    encoder.gates.add(-literal, pair.yes, -value.yes)


def _prompt(encoder: Encoder, symbol: Any) -> tuple[TristateLiterals, int, TristateLiterals]:
    """The visibility of a symbol, the literal that an answer is given, and the answer."""
    gates = encoder.gates
    if not (encoder.is_transitional(symbol) or any(node.prompt for node in symbol.nodes)):
        return gates.n, -gates.true, gates.n
    visible = encoder.visibility(symbol)
    answer = encoder.answers[symbol.name] = gates.free()
    if symbol.orig_type == kconfiglib.BOOL:
        gates.add(-answer.on, answer.yes)  # m is no answer
    answered = visible.on
    if encoder.base is None and _default_can_exceed_prompt(symbol):
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


def _default_can_exceed_prompt(symbol: Any) -> bool:
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
    parts = [set(filter(_can_be_m, conjuncts(prompt))) for prompt in prompts]
    return any(not any(part <= set(conjuncts(limit)) for part in parts) for limit in limits)


def _can_be_m(expression: Any) -> bool:
    """Whether an expression can be m: it holds a tristate or choice outside comparisons."""
    if isinstance(expression, tuple):
        is_comparison = expression[0] not in {kconfiglib.AND, kconfiglib.OR, kconfiglib.NOT}
        return not is_comparison and any(map(_can_be_m, expression[1:]))
    return bool(expression.orig_type == kconfiglib.TRISTATE and expression.nodes)


def _implied(encoder: Encoder, symbol: Any, default: TristateLiterals) -> TristateLiterals:
    """The default, raised to what other symbols imply."""
    if symbol.weak_rev_dep is encoder.kconfig.n or encoder.is_transitional(symbol):
        return default
    gates, implied = encoder.gates, encoder.expression(symbol.weak_rev_dep)
    direct = encoder.expression(symbol.direct_dep)
    met = gates.most(default, implied)
    if encoder.kconfig.rules.imply_obeys_depends:
        return gates.choose(implied.on, gates.least(met, direct), default)
    return gates.choose(gates.both(implied.on, direct.on), met, default)


def default_of(encoder: Encoder, symbol: Any, *, relaxed: bool = False) -> TristateLiterals:
    """The first default whose condition holds, at most the value of the condition."""
    gates, value, none_yet = encoder.gates, encoder.gates.n, encoder.gates.true
    for default, condition in symbol.defaults:
        met = encoder.expression(condition)
        cap = encoder.relaxed(symbol, condition) if relaxed else met
        given = gates.least(encoder.expression(default), cap)
        value = gates.most(value, gates.choose(none_yet, given, gates.n))
        none_yet = gates.both(none_yet, -met.on)
    return value


def _selector(term: Any) -> str:
    """The symbol that selects, in one term of the reverse dependency."""
    return str((term[1] if isinstance(term, tuple) else term).name)
