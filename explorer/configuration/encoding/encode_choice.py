# SPDX-License-Identifier: GPL-2.0-or-later
"""Encodes a choice and its members: in y mode exactly one visible member is y.

Until v6.10 a choice has a mode, which depends on its prompt, an answer and its type; in m mode its members
are n or m, and a member that is not visible takes its default. Since v6.11 a choice is visible where its
dependencies are met, and its members are n or y (scripts/kconfig/symbol.c, sym_calc_choice()).

Until v6.10 a number or string can be a member, too. No answer selects it, but if it is the default of the
choice and no other member is answered with y, the others are n.
"""

from collections.abc import Mapping
from typing import Any

import kconfiglib

from explorer.configuration.encoding.encode_symbol import default_of
from explorer.configuration.encoding.encoder import Encoder
from explorer.configuration.encoding.guard import Guard, GuardKind, owner
from explorer.configuration.encoding.tseitin import TristateLiterals
from explorer.configuration.tree.expressions import has_prompt_elsewhere
from explorer.configuration.tree.sym_calc_value import has_steady_member

__all__ = ["add_choice", "add_member"]


def add_choice(encoder: Encoder, choice: Any) -> None:
    """Encode the mode of a choice, and that exactly one visible member is y in y mode."""
    gates, pair = encoder.gates, encoder.pairs[choice]
    guard = encoder.guard(Guard(owner(choice), GuardKind.CHOICE))
    for own, mode in zip(pair, _mode_with_members(encoder, choice), strict=True):
        gates.add(-guard, -own, mode)
        gates.add(-guard, own, -mode)
    if (
        encoder.guarded and not encoder.kconfig.rules.choice_accepts_n
    ):  # since v6.11 the dependencies of a bool choice may be m
        encoder.add_type_rule(choice)
    visibility = {member: _visibility(encoder, member) for member in choice.syms}
    chosen = {member: _chosen(encoder, member) for member in choice.syms}
    gates.at_most_one(chosen.values(), guard)
    full = pair.on if encoder.kconfig.rules.choice_accepts_n else pair.yes
    selectable = {member: _selectable(encoder, visible) for member, visible in visibility.items()}
    gates.some_if(((guard, full, literal) for literal in selectable.values()), chosen.values())
    free = [] if encoder.kconfig.rules.choice_accepts_n else choice.syms
    for member in filter(_has_other_definitions, free):
        gates.add(-chosen[member], selectable[member])
        gates.add(-guard, -chosen[member], full)
    others = [member for member in choice.syms if not _is_logical(member)]
    usual = _default_member(encoder, choice, selectable) if others else {}
    for member in others:
        gates.add(-chosen[member], usual[member])
    if encoder.base is not None and choice.syms:
        _encode_base(encoder, choice, full, selectable, chosen)


def _is_logical(item: Any) -> bool:
    return item.orig_type in {kconfiglib.BOOL, kconfiglib.TRISTATE}


def _mode(encoder: Encoder, choice: Any) -> TristateLiterals:
    """The mode of a choice; since v6.11 the value of its dependencies."""
    gates = encoder.gates
    if encoder.kconfig.rules.choice_accepts_n:
        return encoder.direct_dependency(choice)
    if not _is_logical(choice):  # its first member is no bool: it has the type of that
        return gates.n
    visible = encoder.visibility(choice)
    if not (choice.is_optional or choice.orig_type == kconfiglib.TRISTATE):
        return encoder.promoted(choice, visible)
    if choice not in encoder.modes:
        encoder.modes[choice] = gates.free()
    floor = gates.n if choice.is_optional else gates.m
    return encoder.promoted(choice, gates.least(gates.most(encoder.modes[choice], floor), visible))


def _mode_with_members(encoder: Encoder, choice: Any) -> TristateLiterals:
    """The mode of a choice; until v6.10 n in place of y if no member is visible in y mode.

    This is encoded only where a value depends on it.
    """
    gates, mode = encoder.gates, _mode(encoder, choice)
    is_read = choice.name is not None or any(map(_has_other_definitions, choice.syms))
    if encoder.kconfig.rules.choice_accepts_n or not is_read or has_steady_member(choice):
        return mode
    in_mode = encoder.seeing({choice: mode})
    some = gates.some(_visibility(in_mode, member).yes for member in choice.syms)
    return TristateLiterals(gates.both(mode.on, gates.either(-mode.yes, some)), gates.both(mode.yes, some))


def _has_other_definitions(member: Any) -> bool:
    """Whether a member has a default or a prompt outside its choice: until v6.10 these give values, too."""
    return bool(member.defaults) or has_prompt_elsewhere(member)


def _visibility(encoder: Encoder, member: Any) -> TristateLiterals:
    """The visibility of a member: until v6.10 m is n for a tristate in a choice in y mode."""
    visible, gates = encoder.visibility(member), encoder.gates
    if encoder.kconfig.rules.choice_accepts_n or member.orig_type != kconfiglib.TRISTATE:
        return visible
    if not _has_other_definitions(member):
        return visible
    is_seen = gates.either(visible.yes, -encoder.pairs[member.choice].yes)
    return TristateLiterals(gates.both(visible.on, is_seen), visible.yes)


def _selectable(encoder: Encoder, visibility: TristateLiterals) -> int:
    """Whether a member can be selected: until v6.10 it must be visible as y."""
    return visibility.on if encoder.kconfig.rules.choice_accepts_n else visibility.yes


def add_member(encoder: Encoder, symbol: Any) -> None:
    """Encode that a member is y only in a y choice, m only in an m choice, and n if it is invisible."""
    gates, pair, mode = encoder.gates, encoder.pairs[symbol], encoder.pairs[symbol.choice]
    encoder.answers[symbol.name] = None
    visibility = _visibility(encoder, symbol)
    if encoder.kconfig.rules.choice_accepts_n:
        gates.add(-pair.on, visibility.on)
        gates.add(-pair.on, pair.yes)
        return
    if encoder.guarded and not encoder.has_prompt(symbol):  # nothing but a prompt could select it
        absent = -encoder.guard(Guard(symbol.name, GuardKind.ONLY))
        visibility = TristateLiterals(absent, absent)
    if _has_other_definitions(symbol):
        _add_defined_member(encoder, symbol, visibility)
        encoder.add_type_rule(symbol)
        return
    guard = encoder.guard(Guard(owner(symbol.choice), GuardKind.CHOICE))
    for own, whole, visible in zip(pair, mode, visibility, strict=True):
        gates.add(-guard, -own, whole)
        gates.add(-own, visible)
    gates.add(-guard, -pair.on, pair.yes, -mode.yes)
    encoder.add_type_rule(symbol)


def _add_defined_member(encoder: Encoder, symbol: Any, visible: TristateLiterals) -> None:
    """Encode a member that has a value without being selected (until v6.10).

    Where it is visible as y it is y if it is selected, and n otherwise. Where it is visible as m it has its
    answer, at most m, or its default. Where it is not visible it has its default.
    """
    gates, pair = encoder.gates, encoder.pairs[symbol]
    selected, answer, silent = _chosen(encoder, symbol), gates.literal(), gates.literal()
    answered = gates.choose(silent, default_of(encoder, symbol), TristateLiterals(answer, -gates.true))
    unseen = gates.choose(visible.on, answered, default_of(encoder, symbol))
    value = gates.choose(visible.yes, TristateLiterals(selected, selected), unseen)
    for own, whole in zip(pair, encoder.promoted(symbol, value), strict=True):
        gates.add(-own, whole)
        gates.add(own, -whole)
    encoder.silences[symbol.name] = gates.both(-visible.yes, gates.either(-visible.on, silent))


def _chosen(encoder: Encoder, member: Any) -> int:
    """The literal that a member is y because it is selected, and not by its default."""
    if not _is_logical(member):
        return encoder.gates.literal()
    if encoder.kconfig.rules.choice_accepts_n or not _has_other_definitions(member):
        return encoder.pairs[member].yes
    if member not in encoder.chosen:
        encoder.chosen[member] = encoder.gates.literal()
    return encoder.chosen[member]


def _encode_base(
    encoder: Encoder, choice: Any, full: int, selectable: Mapping[Any, int], chosen: Mapping[Any, int]
) -> None:
    """Encode that the member selected by the base stays, and which one is selected without an answer."""
    gates, names = encoder.gates, {member.name for member in choice.syms if _is_logical(member)}
    given = {name: value for name, value in (encoder.base or {}).items() if name in names}
    selected = {member: gates.literal() for member in choice.syms}
    none = gates.literal()
    gates.one_of([none, *selected.values()])
    set_members = [encoder.kconfig.syms[name] for name, value in given.items() if value in {"m", "y"}]
    valid = [
        member
        for member in set_members
        if given[member.name] == "y" or member.orig_type == kconfiglib.TRISTATE
    ]
    kept = selected[valid[-1]] if valid else none
    for member in choice.syms:
        if _is_logical(member):
            encoder.unchanged[member.name] = kept
        else:
            gates.add(-selected[member])
    answered = gates.some(gates.both(selected[member], selectable[member]) for member in selected)
    unanswered = _unanswered(encoder, choice, selectable, given)
    for member, literal in selected.items():
        is_y = gates.either(gates.both(answered, literal), gates.both(-answered, unanswered[member]))
        own = chosen[member]
        gates.add(-full, -is_y, -selectable[member], own)


def _unanswered(
    encoder: Encoder, choice: Any, selectable: Mapping[Any, int], given: Mapping[str, str]
) -> dict[Any, int]:
    """When each member is y without a valid y: the default member is, unless it was answered with n."""
    usual = _default_member(encoder, choice, selectable)
    if not encoder.kconfig.rules.choice_accepts_n:
        return usual
    gates = encoder.gates
    unset = [member for member in choice.syms if member.name not in given]
    answered = [encoder.kconfig.syms[name] for name in given]
    is_y = {member: usual[member] if member in unset else -gates.true for member in choice.syms}
    none_yet = gates.every(-literal for literal in is_y.values())
    for member in [*unset, *answered]:
        is_y[member] = gates.either(is_y[member], gates.both(none_yet, selectable[member]))
        none_yet = gates.both(none_yet, -selectable[member])
    return is_y


def _default_member(encoder: Encoder, choice: Any, selectable: Mapping[Any, int]) -> dict[Any, int]:
    """When each member is the first selectable default, or otherwise the first selectable member."""
    gates, none_yet = encoder.gates, encoder.gates.true
    is_y = dict.fromkeys(choice.syms, -gates.true)
    defaults = [(default, encoder.expression(condition).on) for default, condition in choice.defaults]
    for member, met in [*defaults, *((member, gates.true) for member in choice.syms)]:
        if member in is_y:
            is_first = gates.every((none_yet, met, selectable[member]))
            is_y[member] = gates.either(is_y[member], is_first)
            none_yet = gates.both(none_yet, -gates.both(met, selectable[member]))
    return is_y
