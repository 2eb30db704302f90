# SPDX-License-Identifier: GPL-2.0-only
"""What a choice and its members say, as clauses: in y mode exactly one visible member is y.

Until v6.10 a choice has a mode that its prompt, an answer and its type decide, and in m mode its members are
n or m. Since v6.11 a choice is as visible as its dependencies let it be, and its members are n or y
(scripts/kconfig/symbol.c, sym_calc_choice()).
"""

from collections.abc import Mapping
from typing import Any

import kconfiglib

from explorer.configuration.encoding.encoder import Encoder, Guard, GuardKind
from explorer.configuration.encoding.tseitin import TristateLiterals

__all__ = ["define_choice", "define_member"]


def define_choice(terms: Encoder, choice: Any) -> None:
    """The mode of a choice; in y mode exactly one visible member is y."""
    gates, pair, name = terms.gates, terms.pairs[choice], choice.syms[0].name if choice.syms else ""
    guard = terms.guard(Guard(name, GuardKind.CHOICE))
    mode, loose = _mode(terms, choice, relaxed=False), _mode(terms, choice, relaxed=terms.guarded)
    for own, floor, top in zip(pair, mode, loose, strict=True):
        gates.say(-guard, -own, top)
        gates.say(-guard, own, -floor)
    seen = {member: terms.visibility(member) for member in choice.syms}
    chosen = {member: terms.pairs[member].yes for member in choice.syms}
    for index, member in enumerate(choice.syms):
        for other in choice.syms[index + 1 :]:
            gates.say(-guard, -chosen[member], -chosen[other])
    full = pair.on if terms.kconfig.rules.choice_hears_no else pair.yes
    for member in choice.syms:
        gates.say(-guard, -full, -_seen_fully(terms, seen[member]), *chosen.values())
    if terms.base is not None and choice.syms:
        _keep_choice(terms, choice, full, seen)


def _mode(terms: Encoder, choice: Any, *, relaxed: bool) -> TristateLiterals:
    """How far a choice goes; since v6.11 its dependencies alone say so."""
    gates = terms.gates
    if terms.kconfig.rules.choice_hears_no:
        return terms.expression(choice.direct_dep)
    visible = terms.visibility(choice, relaxed=relaxed)
    if not (choice.is_optional or choice.orig_type == kconfiglib.TRISTATE):
        return terms.promoted(choice, visible)
    if choice not in terms.modes:
        terms.modes[choice] = gates.free()
    floor = gates.n if choice.is_optional else gates.m
    return terms.promoted(choice, gates.least(gates.most(terms.modes[choice], floor), visible))


def _seen_fully(terms: Encoder, seen: TristateLiterals) -> int:
    """A member that can be chosen: until v6.10 it must be able to be y."""
    return seen.on if terms.kconfig.rules.choice_hears_no else seen.yes


def define_member(terms: Encoder, symbol: Any) -> None:
    """A member is y only in a y choice, m only in an m choice, and neither when nobody sees it."""
    gates, pair, mode = terms.gates, terms.pairs[symbol], terms.pairs[symbol.choice]
    terms.answers[symbol.name] = None
    seen = terms.visibility(symbol, relaxed=terms.guarded)
    guard = terms.guard(Guard(symbol.name, GuardKind.ONLY))
    if terms.kconfig.rules.choice_hears_no:
        gates.say(-guard, -pair.on, seen.on)
        gates.say(-pair.on, pair.yes)
        return
    for own, whole, visible in zip(pair, mode, seen, strict=True):
        gates.say(-guard, -own, whole)
        gates.say(-guard, -own, visible)
    gates.say(-guard, -pair.on, pair.yes, -mode.yes)
    if symbol.orig_type == kconfiglib.BOOL:
        gates.say(-pair.on, pair.yes)


def _keep_choice(terms: Encoder, choice: Any, full: int, seen: Mapping[Any, TristateLiterals]) -> None:
    """A choice stays with the member that the base says yes to, or goes where silence leads it."""
    gates, names = terms.gates, [member.name for member in choice.syms]
    given = {name: value for name, value in (terms.base or {}).items() if name in names}
    picks = {member: gates.literal() for member in choice.syms}
    none = gates.literal()
    gates.one_of([none, *picks.values()])
    told = [terms.kconfig.syms[name] for name, value in given.items() if value in {"m", "y"}]
    said = [member for member in told if given[member.name] == "y" or member.orig_type == kconfiglib.TRISTATE]
    kept = picks[said[-1]] if said else none
    for member in choice.syms:
        terms.unchanged[member.name] = kept
    able = {member: _seen_fully(terms, visible) for member, visible in seen.items()}
    heard = gates.some(gates.both(picks[member], able[member]) for member in picks)
    silence = _silence(terms, choice, able, given)
    for member, pick in picks.items():
        goes = gates.either(gates.both(heard, pick), gates.both(-heard, silence[member]))
        gates.say(-full, -goes, -able[member], terms.pairs[member].yes)


def _silence(
    terms: Encoder, choice: Any, able: Mapping[Any, int], given: Mapping[str, str]
) -> dict[Any, int]:
    """Where a choice goes without a yes that counts: its usual member, unless that was told no."""
    usual = _usual(terms, choice, able)
    if not terms.kconfig.rules.choice_hears_no:
        return usual
    gates = terms.gates
    quiet = [member for member in choice.syms if member.name not in given]
    told = [terms.kconfig.syms[name] for name in given]
    goes = {member: usual[member] if member in quiet else -gates.true for member in choice.syms}
    open_ = gates.every(-literal for literal in goes.values())
    for member in [*quiet, *told]:
        goes[member] = gates.either(goes[member], gates.both(open_, able[member]))
        open_ = gates.both(open_, -able[member])
    return goes


def _usual(terms: Encoder, choice: Any, able: Mapping[Any, int]) -> dict[Any, int]:
    """The first default that can be chosen, or else the first member that can."""
    gates, open_ = terms.gates, terms.gates.true
    goes = dict.fromkeys(choice.syms, -gates.true)
    wanted = [(default, terms.expression(condition).on) for default, condition in choice.defaults]
    for member, met in [*wanted, *((member, gates.true) for member in choice.syms)]:
        if member in goes:
            taken = gates.every((open_, met, able[member]))
            goes[member] = gates.either(goes[member], taken)
            open_ = gates.both(open_, -gates.both(met, able[member]))
    return goes
