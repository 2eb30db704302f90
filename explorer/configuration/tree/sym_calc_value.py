# SPDX-License-Identifier: GPL-2.0-only
"""What kconfiglib computes, made equal to what the kernel's own ``conf --olddefconfig`` computes.

kconfiglib 14.1.0 follows the kernel of January 2020 and departs from it where a configuration is not one that
the tools wrote. A tree's release decides which rules hold (``Rules``); the corrections are:

1. ``imply`` since v5.7 (def2fbffe62c) obeys the direct dependency and no longer promotes m to y.
2. A number outside its range is moved to the nearer end, in every release; kconfiglib drops it.
   Until v6.7 ``conf_read()`` drops it, too, but only after all the rest was computed from the moved one.
3. A number without any default is empty until v6.7 and 0 since v6.8 (6262afa10ef7).
4. A choice since v6.11 (f79dc03fe68c, d533828ef3ca, fde192511bdb): saying n to members counts, the answer
   given last wins among those that can be seen, and the choice's own prompt hides nothing.
5. A ``transitional`` symbol (v6.18) has no prompt, and yet the value that a ``.config`` gives it.
6. An m for a member of a tristate choice that was y already takes the choice's own answer away, and no later
   line gives it back: the choice is n where it is optional, else m (``conf_read_simple()``, until v6.10).
7. A value counts only in the form that ``sym_string_valid()`` takes: no leading zeros, no spaces. Where it
   comes from a file, quotes must stand around strings and around nothing else.

The rules are those of ``sym_calc_value()``, ``sym_calc_choice()``, ``sym_validate_range()``
(scripts/kconfig/symbol.c) and ``conf_read()`` (scripts/kconfig/confdata.c), read in 6.1 and 6.12.
"""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Self

import kconfiglib

from explorer.configuration.files.config_value import ConfigValue
from explorer.version import KernelVersion

__all__ = ["AnsweredKconfig", "ValueRules", "accepts", "outside", "strtoll"]

_LOGICAL = frozenset({kconfiglib.BOOL, kconfiglib.TRISTATE})
_NUMBERS = {kconfiglib.INT: 10, kconfiglib.HEX: 16}
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


@dataclass(frozen=True, slots=True)
class ValueRules:
    """Which of the changing rules a tree follows.

    Attributes:
        imply_obeys_depends: since v5.7.
        range_moves: a number outside its range stays moved to the nearer end, and one without default is 0:
            since v6.8.
        choice_hears_no: the choices of v6.11 and later.
    """

    imply_obeys_depends: bool
    range_moves: bool
    choice_hears_no: bool

    @classmethod
    def of(cls, version: KernelVersion | None) -> Self:
        """The rules of a release; those of the newest where it is not known."""
        version = version or KernelVersion(999, 0)
        return cls(
            imply_obeys_depends=version >= KernelVersion(5, 7),
            range_moves=version >= KernelVersion(6, 8),
            choice_hears_no=version >= KernelVersion(6, 11),
        )


class AnsweredKconfig(kconfiglib.Kconfig):  # type: ignore[misc] # kconfiglib is untyped
    """A parsed tree that takes answers as ``conf_read()`` takes a ``.config``.

    Attributes:
        rules: what the tree's release asks for.
        order: symbol to the turn of its last answer; among members of a choice the latest weighs most.
        transitional: names of the symbols that only a ``.config`` sets.
        spoken: choice to what was said of its members, in order.
        dropped: numbers outside their ranges, whose answers were dropped after all values were computed.
        inconsistent: choices whose answer was taken away, since a member said m after another had said y.
    """

    rules: ValueRules
    order: dict[Any, int]
    transitional: set[str]
    spoken: dict[Any, list[tuple[Any, str]]]
    inconsistent: set[Any]
    dropped: list[Any]

    def reset_answers(self) -> None:
        """State that no answer was given yet, as is true after parsing."""
        self.order = {}
        self.spoken = {}
        self.inconsistent = set()
        self.dropped = []

    def assign(self, answers: Iterable[tuple[str, str]]) -> None:
        """Forget all answers and give these.

        Args:
            answers: symbol and value in the order of the file; of several for one symbol the last counts.
                What its type does not take (``takes``) is passed over, and so are symbols that do not exist.
        """
        for symbol in self.dropped:  # what was computed from its value must be computed anew
            symbol._rec_invalidate()  # noqa: SLF001 # kconfiglib does not expect that of a symbol without a value
        self.dropped = []
        given: list[tuple[Any, str]] = []
        for name, value in answers:
            symbol = self.syms.get(name)
            if not symbol or not symbol.nodes:
                continue
            if accepts(symbol.orig_type, value):
                given.append((symbol, value[:1] if symbol.orig_type in _LOGICAL else str(value)))
        spoken: dict[Any, list[tuple[Any, str]]] = {}
        for symbol, value in given:
            if symbol.choice:
                spoken.setdefault(symbol.choice, []).append((symbol, value))
        same = {choice for choice, said in spoken.items() if self.spoken.get(choice) == said}
        self._forget({symbol for symbol, _ in given if not symbol.choice or symbol.choice in same}, same)
        for turn, (symbol, value) in enumerate(given):
            if symbol.choice in same:
                self.order[symbol] = turn
            else:
                self._give(symbol, value, turn)
        self.spoken = spoken
        if not self.rules.range_moves:
            self._drop_out_of_range()

    def _forget(self, answered: AbstractSet[Any], same: AbstractSet[Any]) -> None:
        """Forget all answers but those that are about to be given again: most often they are the same.

        Args:
            answered: symbols that are about to be answered.
            same: choices about which the same is about to be said in the same order.
        """
        for symbol in self.order:
            if symbol in answered:
                continue
            symbol.unset_value()
            self._forget_transitional(symbol)
            if symbol.choice:
                symbol.choice.unset_value()
                symbol.choice._rec_invalidate()  # noqa: SLF001 # an n to a member may have decided
        self.order = {}
        self.inconsistent &= same

    def _give(self, symbol: Any, value: str, turn: int) -> None:
        """One answer, as conf_set_sym_val() stores it; a member that is set sets its choice."""
        self.order[symbol] = turn
        symbol.set_value(value)
        self._forget_transitional(symbol)
        choice = symbol.choice
        if choice and value != "n" and symbol.orig_type in _LOGICAL:
            self._give_choice(choice, kconfiglib.STR_TO_TRI[value])
        if choice and self.rules.choice_hears_no:
            choice._rec_invalidate()  # noqa: SLF001 # kconfiglib does not expect an n to decide

    def _give_choice(self, choice: Any, value: int) -> None:
        """The mode that a member asks for; an m after a y takes the choice's answer away for good."""
        if value == 1 and choice.user_value == 2:  # kconfiglib's y
            self.inconsistent.add(choice)
        mode = max(value, choice.user_value or 0)
        choice.set_value(0 if choice in self.inconsistent else mode)

    def _forget_transitional(self, symbol: Any) -> None:
        """What follows from a symbol whose answer has changed; kconfiglib expects that of prompts alone."""
        if symbol.name in self.transitional:
            symbol._rec_invalidate()  # noqa: SLF001 # as above

    def _drop_out_of_range(self) -> None:
        """What conf_read() does until v6.7: whatever was computed from a moved number stays as it is."""
        numbers = (symbol for symbol in self.order if symbol.orig_type in _NUMBERS and symbol.user_value)
        beyond = [symbol for symbol in numbers if outside(symbol, symbol.user_value)]
        if not beyond:
            return
        for symbol in self.unique_defined_syms:
            _ = symbol.str_value
        self.dropped = beyond
        for symbol in beyond:
            symbol.user_value = None
            symbol._cached_str_val = None  # noqa: SLF001 # and of no other symbol, as conf_read() does


def accepts(kind: int, value: str) -> bool:
    """Whether a type takes a value; one that stood in a file, in the form that conf wants there."""
    if isinstance(value, ConfigValue) and value.quoted is not (kind is kconfiglib.STRING):
        return False
    form = _FORMS.get(kind)  # a symbol without a type takes nothing
    return form is not None and form.fullmatch(value) is not None


def _rules(item: Any) -> ValueRules | None:
    """The rules that a symbol or choice follows; none in a tree that is not ours."""
    return getattr(item.kconfig, "rules", None)


# --- bool and tristate ------------------------------------------------------------------------------------

_stock_tri_value = kconfiglib.Symbol.tri_value.fget


def _tri_value(symbol: Any) -> int:
    """Symbol.tri_value by the rules of the tree."""
    cached: int | None = symbol._cached_tri_val  # noqa: SLF001 # the property's own cache
    if cached is not None:
        return cached
    rules = _rules(symbol)
    if rules and symbol.name in symbol.kconfig.transitional and symbol.user_value is not None:
        value = 2 if symbol.user_value and symbol.type is kconfiglib.BOOL else int(symbol.user_value)
    elif rules and rules.choice_hears_no and symbol.choice and symbol.orig_type in _LOGICAL:
        value = _member_value(symbol)
    elif rules and rules.imply_obeys_depends and not symbol.choice and _is_implied(symbol):
        value = _value_with_imply(symbol)
    else:
        return int(_stock_tri_value(symbol))
    symbol._cached_tri_val = value  # noqa: SLF001 # as above
    return value


def _is_implied(symbol: Any) -> bool:
    return symbol.weak_rev_dep is not symbol.kconfig.n and symbol.orig_type in _LOGICAL


def _value_with_imply(symbol: Any) -> int:
    """What a symbol that others imply becomes (v5.7 scripts/kconfig/symbol.c, sym_calc_value())."""
    evaluate = kconfiglib.expr_value
    visible = symbol.visibility
    selected = evaluate(symbol.rev_dep)
    if visible and symbol.user_value is not None:
        value = min(symbol.user_value, visible)
    else:
        conditions = ((default, evaluate(condition)) for default, condition in symbol.defaults)
        value = next((min(evaluate(default), met) for default, met in conditions if met), 0)
        implied = evaluate(symbol.weak_rev_dep)
        if implied:
            value = min(max(value, implied), evaluate(symbol.direct_dep))
    value = max(value, selected)
    symbol._write_to_conf = bool(visible or value)  # noqa: SLF001 # what write_config() goes by
    return 2 if value and symbol.type is kconfiglib.BOOL else int(value)


# --- choices ------------------------------------------------------------------------------------------------

_stock_choice_value = kconfiglib.Choice.tri_value.fget
_stock_selection = kconfiglib.Choice._selection  # noqa: SLF001 # the computation behind a property


def _member_value(symbol: Any) -> int:
    """Since v6.11 a member that can be seen is y or n."""
    visible = symbol.visibility
    symbol._write_to_conf = bool(visible)  # noqa: SLF001 # what write_config() goes by
    return 2 if visible and symbol.choice.selection is symbol else 0


def _choice_value(choice: Any) -> int:
    """How far a choice lets its members be seen: since v6.11 its prompt has no say, its dependencies have."""
    rules = _rules(choice)
    if not (rules and rules.choice_hears_no):
        return int(_stock_choice_value(choice))
    _ = choice.visibility  # kconfiglib takes its cache as the sign that something was computed
    value: int = kconfiglib.expr_value(choice.direct_dep)
    return value


def _selection(choice: Any) -> Any:
    """The member that is y (v6.11 scripts/kconfig/symbol.c, sym_calc_choice())."""
    rules = _rules(choice)
    if not (rules and rules.choice_hears_no):
        return _stock_selection(choice)
    _ = choice.visibility  # as above
    seen = [member for member in choice.syms if member.visibility]
    order = choice.kconfig.order
    answered = sorted((member for member in seen if member in order), key=order.__getitem__)
    said_yes = [member for member in answered if member.user_value == 2]
    if said_yes:
        return said_yes[-1]
    usual = choice._selection_from_defaults()  # noqa: SLF001 # the default, or the first that is seen
    if usual and usual.user_value is None:
        return usual
    silent = next((member for member in seen if member.user_value is None), None)
    return silent or next(iter(answered), None)


# --- numbers ------------------------------------------------------------------------------------------------

_stock_str_value = kconfiglib.Symbol.str_value.fget


def _str_value(symbol: Any) -> str:
    """Symbol.str_value; numbers by the rules of the tree."""
    cached: str | None = symbol._cached_str_val  # noqa: SLF001 # the property's own cache
    if cached is not None:
        return cached
    rules = _rules(symbol)
    if not rules or symbol.orig_type not in _NUMBERS:
        return str(_stock_str_value(symbol))
    value = _within_range(symbol, _before_range(symbol, rules))
    symbol._cached_str_val = value  # noqa: SLF001 # as above
    return value


def _before_range(symbol: Any, rules: ValueRules) -> str:
    """The answer where it counts, else the first default whose condition holds, else nothing or 0."""
    visible = symbol.visibility
    symbol._write_to_conf = bool(visible)  # noqa: SLF001 # what write_config() goes by
    if visible and symbol.user_value is not None:
        return str(symbol.user_value)
    for default, condition in symbol.defaults:
        if kconfiglib.expr_value(condition):
            symbol._write_to_conf = True  # noqa: SLF001 # as above
            return str(default.str_value)
    nothing = "0x0" if symbol.orig_type is kconfiglib.HEX else "0"
    return nothing if rules.range_moves else ""


def _within_range(symbol: Any, value: str) -> str:
    """The value, or the end of the range that it is beyond (sym_validate_range())."""
    ends = _range(symbol)
    if ends is None:
        return value
    low, high = ends
    base = _NUMBERS[symbol.orig_type]
    number = _leading(value, base)
    if number < _end(low, base):
        return str(low.str_value)
    return str(high.str_value) if number > _end(high, base) else value


def outside(symbol: Any, text: str) -> bool:
    """Whether a number lies outside the range of a symbol that is in force."""
    ends = _range(symbol)
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
    """An end of a range: read in its own base where it is a number symbol (sym_get_range_val())."""
    return _leading(item.str_value, _NUMBERS.get(item.orig_type, base))


def strtoll(symbol: Any, text: str) -> int:
    """The number that a text begins with, in the base of a symbol's type; 0 where there is none."""
    return _leading(text, _NUMBERS.get(symbol.orig_type, 10))


def _leading(text: str, base: int) -> int:
    found = _LEADING_NUMBER[base].match(text)
    return int(found[1], base) if found else 0


kconfiglib.Symbol.tri_value = property(_tri_value)
kconfiglib.Symbol.str_value = property(_str_value)
kconfiglib.Choice.tri_value = property(_choice_value)
kconfiglib.Choice._selection = _selection  # noqa: SLF001 # as above
