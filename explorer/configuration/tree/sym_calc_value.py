# SPDX-License-Identifier: GPL-2.0-or-later
"""Corrects the values of kconfiglib to those of the kernel's own ``conf --olddefconfig``.

kconfiglib 14.1.0 follows the kernel of January 2020, and differs from it on configurations that Kconfig did
not write. ``ValueRules`` says which rules a tree has. The corrections are:

1. ``imply`` obeys the direct dependency: commit 3a9dd3ecb207 ("kconfig: make 'imply' obey the direct
   dependency") (in v5.7). It no longer promotes m to y: commit def2fbffe62c ("kconfig: allow symbols implied
   by y to become m") (in v5.7).
2. A number outside its range becomes the nearer end, in every release; kconfiglib drops it. Until v6.7
   ``conf_read()`` drops it, too, after all other values have been computed from the nearer end. It goes
   through the hash table of symbols: a number that was dropped has its new value in the ranges, defaults and
   conditions of those that follow.
3. A number without a default is empty until v6.7 and 0 since commit 6262afa10ef7 ("kconfig: default to zero
   if int/hex symbol lacks default property") (in v6.8).
4. Choices since v6.11: ``n`` for a member has an effect, the last answer to a visible member has priority,
   and the prompt of the choice hides no member. Commits f79dc03fe68c ("kconfig: refactor choice value
   calculation"), d533828ef3ca ("kconfig: fix conditional prompt behavior for choice") and fde192511bdb
   ("kconfig: remove tristate choice support") (all in v6.11).
5. A ``transitional`` symbol (v6.18) has no prompt, but takes the value that a ``.config`` gives it. Nothing
   selects or implies it, and no ``.config`` is written with it (``sym_calc_visibility()`` returns early).
6. Until v6.10: ``m`` for a member of a tristate choice, after ``y`` for a member, removes the answer of the
   choice, and no later line restores it. The choice is n if it is optional, otherwise m
   (``conf_read_simple()``).
7. Until v6.10: a member of a choice that is not visible takes its default; several members can be y then. In
   a tristate choice that is not y, a bool whose prompt is visible is n.
8. Until v6.10: a choice in y mode without a visible member becomes n, after the visibility of its members has
   been computed (``sym_calc_choice()``). Defaults inside the choice depend on its value.
9. A value is valid in the form that ``sym_string_valid()`` accepts: no leading zeros, no spaces. In a file
   strings, and nothing else, are in quotes.

The rules are those of ``sym_calc_value()``, ``sym_calc_choice()``, ``sym_validate_range()``
(scripts/kconfig/symbol.c) and ``conf_read()`` (scripts/kconfig/confdata.c), read in 6.1 and 6.12.
"""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any

import kconfiglib

from explorer.configuration.files.config_value import ConfigValue
from explorer.configuration.tree import expr_calc_value  # noqa: F401 # replaces the comparisons of kconfiglib
from explorer.configuration.tree.dependency_order import MOST_NESTED, evaluate_operands
from explorer.configuration.tree.expressions import requires
from explorer.configuration.tree.unbounded_parser import UnboundedKconfig
from explorer.configuration.tree.value_rules import ValueRules

__all__ = [
    "AnsweredKconfig",
    "has_steady_member",
    "is_outside_range",
    "moved_into_range",
    "needs_y",
    "strtoll",
    "sym_string_valid",
]

_LOGICAL = frozenset({kconfiglib.BOOL, kconfiglib.TRISTATE})
_NUMBERS = {kconfiglib.INT: 10, kconfiglib.HEX: 16}
_ZEROS = {kconfiglib.INT: "0", kconfiglib.HEX: "0x0"}
_FORMS = {
    kconfiglib.BOOL: re.compile(r"[yn].*", re.DOTALL),
    kconfiglib.TRISTATE: re.compile(r"[ymn].*", re.DOTALL),
    kconfiglib.INT: re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII),
    kconfiglib.HEX: re.compile(r"(?:0[xX])?[0-9a-fA-F]+", re.ASCII),
    kconfiglib.STRING: re.compile(r".*", re.DOTALL),
}
_LEADING_NUMBER = {
    10: re.compile(r"\s*([+-]?[0-9]{1,18})", re.ASCII),
    16: re.compile(r"\s*([+-]?(?:0[xX])?[0-9a-fA-F]{1,15})", re.ASCII),
}


class AnsweredKconfig(UnboundedKconfig):
    """A parsed tree that takes answers as ``conf_read()`` takes a ``.config``.

    Attributes:
        rules: the rules of the tree's release.
        nested_values: how many values are being computed within each other.
        nested_levels: the values of deeply nested expressions, each with its expression, by ``id()``.
        order: symbol to the position of its last answer; of a choice's members the last has priority.
        transitional: names of the symbols that only a ``.config`` sets.
        member_answers: choice to the answers to its members, in order.
        dropped: numbers outside their ranges whose answers were dropped after all values were computed.
        inconsistent: choices whose answer was removed by m for a member after y for a member.
        selecting: choices in y mode whose members' visibility is being computed.
    """

    rules: ValueRules
    nested_values = 0
    nested_levels: dict[int, tuple[int, Any]]
    order: dict[Any, int]
    transitional: set[str]
    member_answers: dict[Any, list[tuple[Any, str]]]
    inconsistent: set[Any]
    dropped: list[Any]
    selecting: set[Any]

    def reset_answers(self) -> None:
        """Set the state after parsing: no answers."""
        self.nested_values, self.nested_levels = 0, {}
        self.order = {}
        self.member_answers = {}
        self.inconsistent = set()
        self.dropped = []
        self.selecting = set()

    def assign(self, answers: Iterable[tuple[str, str]]) -> None:
        """Replace all answers.

        Args:
            answers: symbol and value in the order of the file; of several for one symbol the last counts.
                Values that its type does not accept are ignored, and so are undefined symbols.
        """
        self.nested_values = 0  # an interrupted computation leaves another number
        self.selecting.clear()
        for symbol in self.dropped:  # values computed from it must be computed again
            symbol._rec_invalidate()  # noqa: SLF001 # kconfiglib skips symbols without an answer
        self.dropped = []
        given = self._accepted(answers)
        member_answers: dict[Any, list[tuple[Any, str]]] = {}
        for symbol, value in given:
            if symbol.choice:
                member_answers.setdefault(symbol.choice, []).append((symbol, value))
        same = {
            choice
            for choice, given_now in member_answers.items()
            if self.member_answers.get(choice) == given_now
        }
        self._remove({symbol for symbol, _ in given if not symbol.choice or symbol.choice in same}, same)
        for position, (symbol, value) in enumerate(given):
            if symbol.choice in same:
                self.order[symbol] = position
            else:
                self._set(symbol, value, position)
        self.member_answers = member_answers
        if self.rules.drops_out_of_range:
            self._drop_out_of_range()

    def _accepted(self, answers: Iterable[tuple[str, str]]) -> list[tuple[Any, str]]:
        """The answers that the types of their symbols accept, in order."""
        given: list[tuple[Any, str]] = []
        for name, value in answers:
            symbol = self.syms.get(name)
            if symbol and symbol.nodes and sym_string_valid(symbol.orig_type, value):
                given.append((symbol, value[:1] if symbol.orig_type in _LOGICAL else str(value)))
        return _first_answers(given) if self.rules.first_answer_counts else given

    def _remove(self, answered: AbstractSet[Any], same: AbstractSet[Any]) -> None:
        """Remove all answers except those that will be given again; most of them do not change.

        Args:
            answered: symbols that will be answered.
            same: choices whose members will get the same answers in the same order.
        """
        for symbol in self.order:
            if symbol in answered:
                continue
            symbol.unset_value()
            self._invalidate_transitional(symbol)
            if symbol.choice:
                symbol.choice.unset_value()
                symbol.choice._rec_invalidate()  # noqa: SLF001 # n for a member may have had an effect
        self.order = {}
        self.inconsistent &= same

    def _set(self, symbol: Any, value: str, position: int) -> None:
        """Store an answer as ``conf_set_sym_val()`` does; a member that is set also sets its choice."""
        self.order[symbol] = position
        symbol.set_value(value)
        self._invalidate_transitional(symbol)
        choice = symbol.choice
        if choice and value != "n" and symbol.orig_type in _LOGICAL:
            self._set_choice(choice, kconfiglib.STR_TO_TRI[value])
        if choice and self.rules.choice_accepts_n:
            choice._rec_invalidate()  # noqa: SLF001 # in kconfiglib n for a member has no effect

    def _set_choice(self, choice: Any, value: int) -> None:
        """Store the mode that an answer to a member implies; m after y removes the answer of the choice."""
        if value == 1 and choice.user_value == 2:  # kconfiglib's y
            self.inconsistent.add(choice)
        mode = max(value, choice.user_value or 0)
        choice.set_value(0 if choice in self.inconsistent else mode)

    def _invalidate_transitional(self, symbol: Any) -> None:
        """Invalidate values that depend on a symbol without a prompt; kconfiglib does it for prompts only."""
        if symbol.name in self.transitional:
            symbol._rec_invalidate()  # noqa: SLF001 # as above

    def _drop_out_of_range(self) -> None:
        """Drop numbers outside their ranges, but no value computed from them (``conf_read()`` to v6.7)."""
        numbers = [symbol for symbol in self.order if symbol.orig_type in _NUMBERS and symbol.user_value]
        if not any(is_outside_range(symbol, symbol.user_value) for symbol in numbers):
            return
        for symbol in self.unique_defined_syms:
            _ = symbol.str_value
        for symbol in self.in_hash_table(numbers):
            if is_outside_range(symbol, symbol.user_value):
                self.dropped.append(symbol)
                symbol.user_value = None
                self.nested_levels.clear()
                symbol._cached_str_val = symbol._cached_vis = None  # noqa: SLF001 # of this symbol only, as conf_read() does

    def in_hash_table(self, symbols: Iterable[Any]) -> list[Any]:
        """Symbols in the order of ``for_all_symbols()``: in each list the last that was created is first."""
        created = {name: -number for number, name in enumerate(self.syms)}
        place = _sum_of_characters if self.rules.sums_characters else _fnv_1a
        return sorted(symbols, key=lambda symbol: (place(symbol.name), created[symbol.name]))


def _first_answers(given: Iterable[tuple[Any, str]]) -> list[tuple[Any, str]]:
    """The first answer to each symbol, without y for a member of a choice after y for another."""
    first: dict[Any, str] = {}
    chosen: set[Any] = set()
    for symbol, value in given:
        if symbol in first or (value == "y" and symbol.choice in chosen):
            continue
        first[symbol] = value
        if symbol.choice and value == "y":
            chosen.add(symbol.choice)
    return list(first.items())


def _fnv_1a(name: str) -> int:
    """The list of a name among 9,973 (``strhash()``)."""
    value = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value % 9973


def _sum_of_characters(name: str) -> int:
    """The list of a name among 257 (``sym_lookup()`` of older copies)."""
    return sum(name.encode()) & 0xFF


def sym_string_valid(kind: int, value: str) -> bool:
    """Whether a type accepts a value; a value from a file, in the form that ``conf`` reads there."""
    if isinstance(value, ConfigValue) and value.quoted is not (kind is kconfiglib.STRING):
        return False
    form = _FORMS.get(kind)  # a symbol without a type accepts no value
    return form is not None and form.fullmatch(value) is not None


def _rules(item: Any) -> ValueRules | None:
    """The rules of a symbol's tree; ``None`` for a tree that this program did not parse."""
    return getattr(item.kconfig, "rules", None)


# --- bool and tristate ------------------------------------------------------------------------------------

_stock_tri_value = kconfiglib.Symbol.tri_value.fget


def _tri_value(symbol: Any) -> int:
    """``Symbol.tri_value`` with the corrections."""
    cached: int | None = symbol._cached_tri_val  # noqa: SLF001 # the property's own cache
    if cached is not None:
        return cached
    rules = _rules(symbol)
    if rules is None:
        return int(_stock_tri_value(symbol))
    kconfig = symbol.kconfig
    if kconfig.nested_values >= MOST_NESTED:
        evaluate_operands(symbol)
    kconfig.nested_values += 1
    value = symbol._cached_tri_val = _computed_tri_value(symbol, rules)  # noqa: SLF001 # as above
    kconfig.nested_values -= 1
    return value


def _computed_tri_value(symbol: Any, rules: ValueRules) -> int:
    """The value of a symbol that is not in its cache."""
    if symbol.name in symbol.kconfig.transitional and symbol.orig_type in _LOGICAL:
        value = _transitional_value(symbol)
    elif rules.choice_accepts_n and symbol.choice and symbol.orig_type in _LOGICAL:
        value = _member_value(symbol)
    elif symbol.choice and symbol.defaults and _takes_default(symbol):
        value = _default_value(symbol)
        symbol._write_to_conf = bool(symbol.visibility or value)  # noqa: SLF001 # read by write_config()
        is_bool = symbol.orig_type is kconfiglib.BOOL or not symbol.kconfig.modules.tri_value
        value = 2 if value and is_bool else value  # Symbol.type is bool in a y choice, sym_get_type() is not
    elif rules.imply_obeys_depends and not symbol.choice and _is_implied(symbol):
        value = _value_with_imply(symbol)
    else:
        value = int(_stock_tri_value(symbol))
    return value


def _transitional_value(symbol: Any) -> int:
    """The value that a file gives to a transitional symbol, else its default."""
    value = _default_value(symbol) if symbol.user_value is None else symbol.user_value
    symbol._write_to_conf = False  # noqa: SLF001 # read by write_config()
    return 2 if value and symbol.type is kconfiglib.BOOL else int(value)


def _default_value(symbol: Any) -> int:
    """The first default whose condition holds, at most the value of the condition."""
    evaluate = kconfiglib.expr_value
    conditions = ((default, _met(symbol, condition)) for default, condition in symbol.defaults)
    return next((min(evaluate(default), met) for default, met in conditions if met), 0)


def _met(symbol: Any, condition: Any) -> int:
    """The value of a condition of a symbol."""
    if needs_y(symbol, condition) and symbol.choice.tri_value < 2:
        return 0
    return int(kconfiglib.expr_value(condition))


def needs_y(symbol: Any, condition: Any) -> bool:
    """Whether a condition holds only where the choice is y: of what is no tristate in a tristate choice.

    It must be a condition of a definition inside the choice (``menu_finalize()`` until v6.10).
    """
    choice = symbol.choice
    if not choice or choice.orig_type is not kconfiglib.TRISTATE or symbol.orig_type is kconfiglib.TRISTATE:
        return False
    return not symbol.kconfig.rules.choice_accepts_n and requires(condition, choice)


def _takes_default(symbol: Any) -> bool:
    """Whether a member takes its default until v6.10: it is not visible, or visible as m and not answered."""
    visible = symbol.visibility
    if visible == 1:  # m
        return symbol.user_value is None
    return not visible and not (symbol.orig_type is kconfiglib.BOOL and _has_prompt_in_sight(symbol))


def _has_prompt_in_sight(symbol: Any) -> bool:
    """Whether a prompt is visible; in kconfiglib a bool never is where its tristate choice is not y."""
    return any(node.prompt and _met(symbol, node.prompt[1]) for node in symbol.nodes)


def _is_implied(symbol: Any) -> bool:
    return symbol.weak_rev_dep is not symbol.kconfig.n and symbol.orig_type in _LOGICAL


def _value_with_imply(symbol: Any) -> int:
    """The value of a symbol that others imply (v5.7 scripts/kconfig/symbol.c, ``sym_calc_value()``)."""
    evaluate = kconfiglib.expr_value
    visible = symbol.visibility
    selected = evaluate(symbol.rev_dep)
    if visible and symbol.user_value is not None:
        value = min(symbol.user_value, visible)
    else:
        value = _default_value(symbol)
        implied = evaluate(symbol.weak_rev_dep)
        if implied:
            value = min(max(value, implied), evaluate(symbol.direct_dep))
    value = max(value, selected)
    symbol._write_to_conf = bool(visible or value)  # noqa: SLF001 # read by write_config()
    return 2 if value and symbol.type is kconfiglib.BOOL else int(value)


# --- choices ------------------------------------------------------------------------------------------------

_stock_choice_value = kconfiglib.Choice.tri_value.fget
_stock_selection = kconfiglib.Choice._selection  # noqa: SLF001 # the computation behind a property


def _member_value(symbol: Any) -> int:
    """The value of a member since v6.11: y or n if it is visible."""
    visible = symbol.visibility
    symbol._write_to_conf = bool(visible)  # noqa: SLF001 # read by write_config()
    return 2 if visible and symbol.choice.selection is symbol else 0


def _choice_value(choice: Any) -> int:
    """The mode of a choice: since v6.11 the value of its dependencies, without its prompt."""
    rules = _rules(choice)
    if not rules:
        return int(_stock_choice_value(choice))
    if not rules.choice_accepts_n:
        return _mode(choice)
    _ = choice.visibility  # kconfiglib reads its cache as the sign that a value was computed
    value: int = kconfiglib.expr_value(choice.direct_dep)
    return value


def _mode(choice: Any) -> int:
    """The mode until v6.10: n in place of y if no member is visible."""
    mode = int(_stock_choice_value(choice))
    if mode < 2 or choice in choice.kconfig.selecting or has_steady_member(choice):
        return mode
    return 0 if choice.selection is None else 2


def has_steady_member(choice: Any) -> bool:
    """Whether a member has a prompt that is visible wherever its choice is."""
    return any(node.prompt and node.prompt[1] is choice for member in choice.syms for node in member.nodes)


def _selection_until_v6_10(choice: Any) -> Any:
    """The member that is y; while it is searched, the choice is y even if no member is visible."""
    selecting: set[Any] = choice.kconfig.selecting
    selecting.add(choice)
    try:
        selection = _stock_selection(choice)
    finally:
        selecting.discard(choice)
    if selection is None:
        choice._cached_selection = None  # noqa: SLF001 # the mode reads it
        for member in choice.syms:  # as sym_calc_value() does, now that the choice may be n
            member._cached_vis = kconfiglib._visibility(member)  # noqa: SLF001 # as above
    return selection


def _selection(choice: Any) -> Any:
    """The member that is y (v6.11 scripts/kconfig/symbol.c, ``sym_calc_choice()``)."""
    rules = _rules(choice)
    if not rules:
        return _stock_selection(choice)
    if not rules.choice_accepts_n:
        return _selection_until_v6_10(choice)
    _ = choice.visibility  # as above
    visible = [member for member in choice.syms if member.visibility]
    order = choice.kconfig.order
    answered = sorted((member for member in visible if member in order), key=order.__getitem__)
    answered_y = [member for member in answered if member.user_value == 2]
    if answered_y:
        return answered_y[-1]
    default = choice._selection_from_defaults()  # noqa: SLF001 # the default, or the first visible member
    if default and default.user_value is None:
        return default
    unanswered = next((member for member in visible if member.user_value is None), None)
    return unanswered or next(iter(answered), None)


# --- numbers ------------------------------------------------------------------------------------------------

_stock_str_value = kconfiglib.Symbol.str_value.fget


def _str_value(symbol: Any) -> str:
    """``Symbol.str_value`` with the corrections for numbers."""
    cached: str | None = symbol._cached_str_val  # noqa: SLF001 # the property's own cache
    if cached is not None:
        return cached
    rules = _rules(symbol)
    is_number = symbol.orig_type in _NUMBERS
    if not rules or symbol.orig_type in _LOGICAL:
        return str(_stock_str_value(symbol))
    kconfig = symbol.kconfig
    if kconfig.nested_values >= MOST_NESTED:
        evaluate_operands(symbol)
    kconfig.nested_values += 1
    if is_number or (symbol.orig_type is kconfiglib.STRING and _is_transitional(symbol)):
        value = _within_range(symbol, _before_range(symbol, rules))
    else:
        value = str(_stock_str_value(symbol))
    symbol._cached_str_val = value  # noqa: SLF001 # as above
    kconfig.nested_values -= 1
    return value


def _before_range(symbol: Any, rules: ValueRules) -> str:
    """The answer if the symbol is visible, else the first default whose condition holds, else empty or 0."""
    transitional = _is_transitional(symbol)
    visible = symbol.visibility or transitional
    symbol._write_to_conf = bool(visible) and not transitional  # noqa: SLF001 # read by write_config()
    if visible and symbol.user_value is not None:
        return str(symbol.user_value)
    for default, condition in symbol.defaults:
        if kconfiglib.expr_value(condition):
            symbol._write_to_conf = not transitional  # noqa: SLF001 # as above
            return str(default.str_value)
    return _ZEROS.get(symbol.orig_type, "") if rules.number_is_zero else ""


def _is_transitional(symbol: Any) -> bool:
    return symbol.name in symbol.kconfig.transitional


def _within_range(symbol: Any, value: str) -> str:
    """The value, or the nearer end if it is outside the range (``sym_validate_range()``)."""
    ends = _range(symbol) if symbol.orig_type in _NUMBERS else None  # conf ignores the range of a string
    if ends is None:
        return value
    base = _NUMBERS[symbol.orig_type]
    texts = ends[0].str_value, ends[1].str_value
    return moved_into_range(symbol, value, texts, tuple(_end(item, base) for item in ends))


def moved_into_range(symbol: Any, value: str, texts: tuple[str, str], ends: tuple[int, ...]) -> str:
    """A value, or the nearer end if it is outside a range; the upper end if the range is empty.

    Args:
        symbol: an int or hex.
        value: the value.
        texts: the ends of the range, low and high.
        ends: the same as numbers.
    """
    number = strtoll(symbol, value)
    if ends[0] <= number <= ends[1]:
        return value
    is_high = number >= ends[0]
    if not symbol.kconfig.rules.prints_range_ends:
        return texts[is_high]
    return hex(ends[is_high] % (1 << 64)) if symbol.orig_type is kconfiglib.HEX else str(ends[is_high])


def is_outside_range(symbol: Any, text: str) -> bool:
    """Whether a number is outside the range of a symbol that is in force."""
    ends = _range(symbol) if symbol.orig_type in _NUMBERS else None
    if ends is None:
        return False
    base = _NUMBERS[symbol.orig_type]
    return not _end(ends[0], base) <= _leading(text, base) <= _end(ends[1], base)


def _range(symbol: Any) -> tuple[Any, Any] | None:
    """Both ends of the first range whose condition holds."""
    return next(
        ((low, high) for low, high, condition in symbol.ranges if kconfiglib.expr_value(condition)), None
    )


def _end(item: Any, base: int) -> int:
    """An end of a range; a number symbol is read in its own base (``sym_get_range_val()``)."""
    return _leading(item.str_value, _NUMBERS.get(item.orig_type, base))


def strtoll(symbol: Any, text: str) -> int:
    """The number that a text begins with, in the base of a symbol's type; 0 without one."""
    return _leading(text, _NUMBERS.get(symbol.orig_type, 10))


def _leading(text: str, base: int) -> int:
    match = _LEADING_NUMBER[base].match(text)
    return int(match[1], base) if match else 0


kconfiglib.Symbol._warn_select_unsatisfied_deps = lambda _: None  # noqa: SLF001 # nobody reads this warning
kconfiglib.Symbol.tri_value = property(_tri_value)
kconfiglib.Symbol.str_value = property(_str_value)
kconfiglib.Choice.tri_value = property(_choice_value)
kconfiglib.Choice._selection = _selection  # noqa: SLF001 # as above
