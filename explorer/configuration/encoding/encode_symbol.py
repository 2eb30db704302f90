# SPDX-License-Identifier: GPL-2.0-only
"""What the definition of a bool or tristate symbol says, as clauses.

    value = max(visible ? min(answer, visibility) : max(default, imply), select)

where the answer is free, the default is the first whose condition holds, and select is the strongest of all
selects (scripts/kconfig/symbol.c, sym_calc_value()). With guards each part says less when its guard does not
hold, and never something else: an upper bound may rise, a lower bound may go.
"""

from typing import Any

import kconfiglib

from explorer.configuration.encoding.cone_of_influence import disjuncts
from explorer.configuration.encoding.encoder import WIDTH, Encoder, Guard, GuardKind
from explorer.configuration.encoding.tseitin import TristateLiterals

__all__ = ["define_symbol"]


def define_symbol(terms: Encoder, symbol: Any) -> None:
    """What sym_calc_value() computes for a symbol outside choices."""
    gates, pair = terms.gates, terms.pairs[symbol]
    visible, heard, answer = _prompt(terms, symbol)
    default = _implied(terms, symbol, _default(terms, symbol, relaxed=False))
    base = gates.choose(heard, gates.least(answer, visible), default)
    _floor(terms, symbol, Guard(symbol.name, GuardKind.DEFAULT), base)
    top = base
    if terms.guarded:
        loose = _implied(terms, symbol, _default(terms, symbol, relaxed=True))
        answered = gates.least(answer, terms.visibility(symbol, relaxed=True))
        top = gates.most(gates.choose(heard, gates.n, loose), answered)
    for term in disjuncts(symbol.rev_dep):
        selected = terms.expression(term)
        if selected != gates.n:
            _floor(terms, symbol, Guard(symbol.name, GuardKind.SELECT, _selector(term)), selected)
            top = gates.most(top, selected)
    top = terms.promoted(symbol, top, pair)
    guard = terms.guard(Guard(symbol.name, GuardKind.ONLY))
    gates.say(-guard, -pair.on, top.on)
    gates.say(-guard, -pair.yes, top.yes)


def _floor(terms: Encoder, symbol: Any, guard: Guard, value: TristateLiterals) -> None:
    """A symbol is at least this, while the guard holds."""
    pair = terms.pairs[symbol]
    value = terms.promoted(symbol, value, pair)
    if value == terms.gates.n:
        return
    literal = terms.guard(guard)
    terms.gates.say(-literal, pair.on, -value.on)
    terms.gates.say(-literal, pair.yes, -value.yes)


def _prompt(terms: Encoder, symbol: Any) -> tuple[TristateLiterals, int, TristateLiterals]:
    """How visible a symbol is, whether an answer counts, and the answer."""
    gates = terms.gates
    if not any(node.prompt for node in symbol.nodes):
        return gates.n, -gates.true, gates.n
    visible = terms.visibility(symbol)
    answer = terms.answers[symbol.name] = gates.free()
    if symbol.orig_type == kconfiglib.BOOL:
        gates.say(-answer.on, answer.yes)  # nobody can answer m
    heard = visible.on
    if terms.base is not None:
        given = terms.base.get(symbol.name)
        if given in WIDTH and not (given == "m" and symbol.orig_type == kconfiglib.BOOL):
            terms.unchanged[symbol.name] = gates.equal(answer, getattr(gates, given))
        else:
            silent = terms.unchanged[symbol.name] = gates.literal()
            heard = gates.both(visible.on, -silent)
    return visible, heard, answer


def _implied(terms: Encoder, symbol: Any, default: TristateLiterals) -> TristateLiterals:
    """The default and what other symbols imply."""
    if symbol.weak_rev_dep is terms.kconfig.n:
        return default
    gates, implied = terms.gates, terms.expression(symbol.weak_rev_dep)
    direct = terms.expression(symbol.direct_dep)
    met = gates.most(default, implied)
    if terms.kconfig.rules.imply_obeys_depends:
        return gates.choose(implied.on, gates.least(met, direct), default)
    return gates.choose(gates.both(implied.on, direct.on), met, default)


def _default(terms: Encoder, symbol: Any, *, relaxed: bool) -> TristateLiterals:
    """The first default whose condition holds, capped by the condition."""
    gates, value, open_ = terms.gates, terms.gates.n, terms.gates.true
    for default, condition in symbol.defaults:
        met = terms.expression(condition)
        cap = terms.relaxed(symbol, condition) if relaxed else met
        given = gates.least(terms.expression(default), cap)
        value = gates.most(value, gates.choose(open_, given, gates.n))
        open_ = gates.both(open_, -met.on)
    return value


def _selector(term: Any) -> str:
    """The symbol that selects, in one part of what kconfiglib makes of all selects."""
    return str((term[1] if isinstance(term, tuple) else term).name)
