# SPDX-License-Identifier: GPL-2.0-only
"""Why Kconfig gives a symbol another value than a file asked for, as the statements that decide.

All is asked of the answers that the tree has been given: ``Tree.answer`` comes first. There are five reasons:

* **unmet**: a prompt is hidden or capped, because a dependency does not hold;
* **forced**: something that is set selects the symbol;
* **derived**: nobody can be asked for it, and its defaults give another value;
* **chosen**: it is a member of a choice, and another member has it;
* **range**: a number is beyond the end of its range.

A cause is a statement and the values that make it decide. Where a dependency fails because of a symbol
that in turn has no say (no prompt, or a hidden one), the causes go on to that symbol, a few steps deep.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import kconfiglib

from explorer.configuration.tree import Statement, Tree

__all__ = ["Cause", "Unkept", "Why", "outside_every_range", "unmet_selects", "why_changed"]

_DEEPEST = 3
_MOST_CAUSES = 12
_WITH_IF = frozenset({"bool", "tristate", "prompt", "default", "def_bool", "def_tristate"})


class Why(StrEnum):
    """Why a value changes."""

    UNMET = "unmet"
    FORCED = "forced"
    DERIVED = "derived"
    CHOSEN = "chosen"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class Cause:
    """A statement of Kconfig, and the values that make it decide.

    Attributes:
        statement: the line.
        because: values in the configuration at hand, such as ``DEBUG_KERNEL=n``; may be empty.
    """

    statement: Statement
    because: str = ""


@dataclass(frozen=True, slots=True)
class Unkept:
    """A value that Kconfig does not keep.

    Attributes:
        symbol: its name.
        asked: the value that was asked for.
        becomes: the value that Kconfig computes.
        reason: which of the five.
        causes: the statements that decide, nearest first.
        limit: for a number, its range in words; for a choice, the member that is set; else empty.
    """

    symbol: str
    asked: str
    becomes: str
    reason: Why
    causes: tuple[Cause, ...]
    limit: str = ""


def why_changed(tree: Tree, name: str, asked: str) -> Unkept | None:
    """The change of a value under the tree's answers; ``None`` where Kconfig keeps it.

    Args:
        tree: a tree that has been given answers.
        name: a symbol that it defines.
        asked: the value that a file gives it.
    """
    symbol = tree.kconfig.syms[name]
    becomes = str(symbol.str_value)
    if symbol.orig_type in {kconfiglib.BOOL, kconfiglib.TRISTATE}:
        asked = asked[:1]  # all that conf reads of it
    if _same(symbol, asked, becomes):
        return None
    if symbol.orig_type in {kconfiglib.BOOL, kconfiglib.TRISTATE}:
        reason, causes, limit = _logical(tree, symbol, asked, becomes)
    else:
        reason, causes, limit = _other(tree, symbol, asked)
    found = tuple(dict.fromkeys(causes))[:_MOST_CAUSES]
    return Unkept(name, asked, becomes, reason, found, limit)


def outside_every_range(tree: Tree, name: str, asked: str) -> tuple[str, str] | None:
    """The ranges of a number in words and its nearest end, where no range holds the value.

    Whether a range is in force is left aside: a value outside all of them is wrong in any configuration.
    """
    symbol = tree.kconfig.syms[name]
    base = {kconfiglib.INT: 10, kconfiglib.HEX: 16}.get(symbol.orig_type)
    ends = [(low.str_value, high.str_value) for low, high, _ in symbol.ranges]
    try:
        number = int(asked, base or 10)
        numbers = [(int(low, base or 10), int(high, base or 10)) for low, high in ends]
    except ValueError:  # not set, or an end that is a symbol without a value
        return None
    if not base or not ends or any(low <= number <= high for low, high in numbers):
        return None
    spelled = [
        (value, text)
        for pair, texts in zip(numbers, ends, strict=True)
        for value, text in zip(pair, texts, strict=True)
    ]
    nearest = min(spelled, key=lambda end: abs(end[0] - number))[1]
    return " or ".join(f"{low} to {high}" for low, high in dict.fromkeys(ends)), nearest


def _same(symbol: Any, asked: str, becomes: str) -> bool:
    """Whether two values are one: hexadecimal has several spellings, and "is not set" leaves others empty."""
    if asked == becomes:
        return True
    if symbol.orig_type is kconfiglib.HEX:
        try:
            return int(asked, 16) == int(becomes, 16)
        except ValueError:
            return False
    return symbol.orig_type not in {kconfiglib.BOOL, kconfiglib.TRISTATE} and asked == "n"


def _logical(
    tree: Tree, symbol: Any, asked: str, becomes: str
) -> tuple[Why, Iterator[Cause] | list[Cause], str]:
    level = kconfiglib.STR_TO_TRI
    if level[becomes] > level[asked] and kconfiglib.expr_value(symbol.rev_dep) > level[asked]:
        return Why.FORCED, list(_selects(tree, symbol)), ""
    if not any(node.prompt for node in symbol.nodes):
        return Why.DERIVED, list(_derivation(tree, symbol, level[asked])), ""
    if symbol.choice and symbol.choice.tri_value:
        member = symbol.choice.selection
        if member is not None and symbol.visibility >= level[asked]:
            return Why.CHOSEN, _choice(tree, symbol, member), member.name
    return Why.UNMET, list(_unmet(tree, symbol, level[asked], _DEEPEST)), ""


def _other(tree: Tree, symbol: Any, asked: str) -> tuple[Why, list[Cause], str]:
    """A string or a number."""
    ends = next(
        ((low, high) for low, high, condition in symbol.ranges if kconfiglib.expr_value(condition)), None
    )
    if ends and symbol.visibility and asked == symbol.user_value:
        words = f"{ends[0].str_value} to {ends[1].str_value}"
        return Why.RANGE, _lines(tree, symbol, "range"), words
    if not any(node.prompt for node in symbol.nodes):
        return Why.DERIVED, _lines(tree, symbol, "default", "def_", "range"), ""
    return Why.UNMET, list(_unmet(tree, symbol, 2, _DEEPEST)), ""


# --- which statements -------------------------------------------------------------------------------------


def _lines(tree: Tree, symbol: Any, *words: str) -> list[Cause]:
    """The lines of a symbol that begin with a word."""
    return [Cause(line) for line in tree.statements(symbol.name) if line.text.startswith(words)]


def _choice(tree: Tree, symbol: Any, member: Any) -> list[Cause]:
    """The choice, and the member that has it."""
    head = symbol.choice.nodes[0]
    first = next(iter(tree.node_statements(head, symbol.name)))
    return [Cause(first, f"one member at most: {member.name}={member.str_value}")]


def _selects(tree: Tree, symbol: Any) -> Iterator[Cause]:
    """The select lines that are in force."""
    for term in kconfiglib.split_expr(symbol.rev_dep, kconfiglib.OR):
        if not kconfiglib.expr_value(term):
            continue
        selector = kconfiglib.split_expr(term, kconfiglib.AND)[0]
        aims = re.compile(rf"select\s+{re.escape(symbol.name)}\b")
        if not isinstance(selector, kconfiglib.Symbol) or not selector.nodes:
            continue
        because = f"{selector.name}={selector.str_value}"
        for line in tree.statements(selector.name):
            if aims.match(line.text):
                yield Cause(line, because)


def _derivation(tree: Tree, symbol: Any, wanted: int) -> Iterator[Cause]:
    """For a symbol without prompt: the default that decides, or the dependency that keeps it from any."""
    deciding = [default for default, condition in symbol.defaults if kconfiglib.expr_value(condition)]
    own = _lines(tree, symbol, "default", "def_bool", "def_tristate")
    if deciding:
        names = _names(deciding[0])
        values = ", ".join(f"{name}={tree.kconfig.syms[name].str_value}" for name in names)
        yield from [Cause(cause.statement, values) for cause in own or _lines(tree, symbol, "config")]
        for name in names:
            yield from _deeper(tree, name, wanted, _DEEPEST)
        return
    if symbol.defaults:
        yield from own
        yield from _failing(tree, symbol, symbol.direct_dep, wanted, _DEEPEST)
        return
    yield from _lines(tree, symbol, "config")
    for line in tree.selected_by(symbol.name):
        yield Cause(line, f"{line.symbol}={tree.value(line.symbol)}")


def _unmet(tree: Tree, symbol: Any, wanted: int, depth: int) -> Iterator[Cause]:
    """The dependencies that hide or cap the prompt of a symbol."""
    prompts = [node.prompt[1] for node in symbol.nodes if node.prompt]
    best = max(prompts, key=kconfiglib.expr_value, default=symbol.direct_dep)
    found = list(_failing(tree, symbol, best, wanted, depth))
    if not found and symbol.choice:
        found = list(_failing(tree, symbol, symbol.choice.direct_dep, wanted, depth))
    yield from found or _lines(tree, symbol, "config", "menuconfig")


def _failing(tree: Tree, symbol: Any, expression: Any, wanted: int, depth: int) -> Iterator[Cause]:
    """Each term of a conjunction that is less than wanted, with its line, and why that is so."""
    for term in kconfiglib.split_expr(expression, kconfiglib.AND):
        if kconfiglib.expr_value(term) >= wanted:
            continue
        names = _names(term)
        values = ", ".join(f"{name}={tree.kconfig.syms[name].str_value}" for name in names)
        line = _line_of(tree, symbol, names)
        if line is not None:
            yield Cause(line, values)
        if isinstance(term, kconfiglib.Symbol) and term.name:
            yield from _deeper(tree, term.name, wanted, depth - 1)


def _deeper(tree: Tree, name: str, wanted: int, depth: int) -> Iterator[Cause]:
    """Why a symbol that a dependency needs is less than wanted, where it is not simply answered so."""
    symbol = tree.kconfig.syms.get(name)
    if depth <= 0 or symbol is None or not symbol.nodes:
        return
    if symbol.orig_type not in {kconfiglib.BOOL, kconfiglib.TRISTATE} or symbol.tri_value >= wanted:
        return
    if symbol.visibility < wanted and any(node.prompt for node in symbol.nodes):
        yield from _unmet(tree, symbol, wanted, depth)
    elif not symbol.visibility:
        yield from _lines(tree, symbol, "default", "def_bool", "def_tristate") or _lines(
            tree, symbol, "config"
        )
        yield from _failing(tree, symbol, symbol.direct_dep, wanted, depth)


def _names(expression: Any) -> list[str]:
    """The symbols of an expression in order of name; constants left out."""
    items = kconfiglib.expr_items(expression)
    return sorted(
        item.name
        for item in items
        if isinstance(item, kconfiglib.Symbol) and item.name and not item.is_constant
    )


def _line_of(tree: Tree, symbol: Any, names: list[str]) -> Statement | None:
    """The line that brings a dependency in: of the symbol, of a block around it, or of its files' sources."""
    held = [re.compile(rf"\b{re.escape(name)}\b") for name in names]

    def brings(text: str) -> bool:
        return bool(held) and all(name.search(text) for name in held)

    for node in symbol.nodes:
        for line in (*tree.node_statements(node, symbol.name), *tree.enclosing(node, symbol.name)):
            if brings(_condition(line.text)):
                return line
    return None


def _condition(text: str) -> str:
    """The condition in a line: all of a dependency, what follows ``if`` elsewhere, and a continued line."""
    word = text.partition(" ")[0]
    if word in {"select", "imply", "range", "config", "menuconfig", "int", "hex", "string"}:
        return ""
    return (
        text.rpartition(" if ")[2]
        if word in _WITH_IF and " if " in text
        else ""
        if word in _WITH_IF
        else text
    )


def unmet_selects(tree: Tree) -> Iterator[tuple[str, tuple[Cause, ...]]]:
    """The symbols that are selected although their own dependencies are not met, with the lines of both.

    Yields:
        Name and causes, of those that ``conf`` warns about ("unmet direct dependencies detected").
    """
    for symbol in tree.kconfig.unique_defined_syms:
        if symbol.rev_dep is tree.kconfig.n:
            continue
        selected = _promoted(symbol, kconfiglib.expr_value(symbol.rev_dep))
        if selected and _promoted(symbol, kconfiglib.expr_value(symbol.direct_dep)) < selected:
            failing = _failing(tree, symbol, symbol.direct_dep, selected, 1)
            yield symbol.name, tuple(dict.fromkeys([*_selects(tree, symbol), *failing]))[:_MOST_CAUSES]


def _promoted(symbol: Any, value: int) -> int:
    """For a bool m is as good as y (sym_calc_visibility())."""
    return 2 if value and symbol.type is kconfiglib.BOOL else int(value)
