# SPDX-License-Identifier: GPL-2.0-or-later
"""When Kconfig lets a place of a C file be compiled: its ``#if`` lines and the Makefile of its folder.

A condition is a formula over values of symbols. What is no question to Kconfig (``MAX_NUMNODES > 1``) is
*open*: it may be true or false.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import NamedTuple

__all__ = ["ALWAYS", "Alternative", "BuildCondition", "all_of", "condition_of", "file_conditions"]

_TOKEN = re.compile(r"\s*(&&|\|\||!=|==|<=|>=|[!()<>]|[A-Za-z_]\w*|[^\s&|!()<>=]+|[&|=])")
_MOST_ALTERNATIVES = 256
_KNOWN = {"__KERNEL__": True, "__ASSEMBLY__": False, "__ASSEMBLER__": False, "1": True, "0": False}
_ASKED = {"defined": ("y",), "IS_BUILTIN": ("y",), "IS_ENABLED": ("y", "m"), "IS_REACHABLE": ("y", "m")}
_OBJECTS = re.compile(
    r"^\s*([\w-]+)-(?:\$\(CONFIG_(\w+)\)|([ym]|objs))\s*([:+]?=)\s*((?:\\\n|[^\n])*)", re.MULTILINE
)
_BRANCH = re.compile(r"^\s*(ifdef|ifndef|ifeq|ifneq|else|endif)\b[ \t]*(.*)$", re.MULTILINE)

Alternative = Mapping[str, tuple[str, ...]]
"""Symbols with the values that one of them must have; all must hold."""


@dataclass(frozen=True, slots=True)
class BuildCondition:
    """When something is compiled.

    Attributes:
        alternatives: it is compiled if one of them holds; none: never.
        is_open: what is no question to Kconfig may still leave it out.
        text: the condition as the sources state it; empty where there is none.
    """

    alternatives: tuple[Alternative, ...]
    is_open: bool
    text: str

    @property
    def symbols(self) -> frozenset[str]:
        """The symbols that it asks about."""
        return frozenset(name for alternative in self.alternatives for name in alternative)

    def __and__(self, other: "BuildCondition") -> "BuildCondition":
        pairs = product(self.alternatives, other.alternatives)
        joined = [both for one, another in pairs if (both := _joined(one, another)) is not None]
        text = all_of(dict.fromkeys(part for part in (self.text, other.text) if part))
        return BuildCondition(_simplest(joined), self.is_open or other.is_open, text)


def all_of(parts: Iterable[str]) -> str:
    """Conditions as one text: all must hold."""
    given = list(parts)
    return " && ".join(f"({part})" if "||" in part and len(given) > 1 else part for part in given)


ALWAYS = BuildCondition(({},), is_open=False, text="")


def _joined(one: Alternative, other: Alternative) -> Alternative | None:
    """Both alternatives at once; ``None`` if no value is left for a symbol."""
    both = dict(one)
    for name, values in other.items():
        both[name] = tuple(value for value in both.get(name, values) if value in values)
    return both if all(both.values()) else None


def _simplest(alternatives: Iterable[Alternative]) -> tuple[Alternative, ...]:
    """Alternatives without those that another one covers; too many become one that asks nothing."""
    kept: list[Alternative] = []
    for alternative in sorted(alternatives, key=len):
        if not any(_covers(other, alternative) for other in kept):
            kept.append(alternative)
    return tuple(kept) if len(kept) <= _MOST_ALTERNATIVES else ({},)


def _covers(wide: Alternative, narrow: Alternative) -> bool:
    return all(name in narrow and set(narrow[name]) <= set(values) for name, values in wide.items())


def condition_of(expressions: Iterable[str]) -> BuildCondition:
    """The condition that all expressions of ``#if`` are true."""
    found = ALWAYS
    for expression in expressions:
        found &= _parsed(expression)
    return found


def _parsed(expression: str) -> BuildCondition:
    try:
        formula = _Parser(expression).formula()
    except (ValueError, RecursionError):
        formula = _OPEN
    is_open = formula is _OPEN or _asks_more(expression)
    return BuildCondition(_simplest(formula.true), is_open, expression)


def _asks_more(expression: str) -> bool:
    """Whether an expression asks about more than symbols of Kconfig."""
    words = re.findall(r"[A-Za-z_]\w*", expression)
    return any(word not in _ASKED and word not in _KNOWN and not word.startswith("CONFIG_") for word in words)


@dataclass(frozen=True, slots=True)
class _Formula:
    """The alternatives in which a formula is true, and those in which it is false."""

    true: Sequence[Alternative]
    false: Sequence[Alternative]


_OPEN = _Formula([{}], [{}])


def _is(name: str, values: tuple[str, ...]) -> _Formula:
    others = tuple(value for value in ("y", "m", "n") if value not in values)
    return _Formula([{name: values}], [{name: others}])


def _known(word: str) -> _Formula:
    return _Formula([{}], []) if _KNOWN[word] else _Formula([], [{}])


def _both(one: _Formula, other: _Formula) -> _Formula:
    pairs = islice(product(one.true, other.true), _MOST_ALTERNATIVES + 1)
    true = [joined for left, right in pairs if (joined := _joined(left, right)) is not None]
    too_many = len(one.true) * len(other.true) > _MOST_ALTERNATIVES
    return _Formula([{}] if too_many else true, _simplest([*one.false, *other.false]))


def _not(formula: _Formula) -> _Formula:
    return _Formula(formula.false, formula.true)


class _Parser:
    """Parses an expression of ``#if``.

    Raises:
        ValueError: it is more than ``&&``, ``||``, ``!``, parentheses and questions.
    """

    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)
        self._at = 0

    def formula(self) -> _Formula:
        """The whole expression."""
        found = self._or()
        if self._at < len(self._tokens):
            raise ValueError
        return found

    def _or(self) -> _Formula:
        found = self._and()
        while self._next("||"):
            found = _not(_both(_not(found), _not(self._and())))
        return found

    def _and(self) -> _Formula:
        found = self._compared()
        while self._next("&&"):
            found = _both(found, self._compared())
        return found

    def _compared(self) -> _Formula:
        found = self._not()
        compared = False
        while self._peek() in {"<", ">", "<=", ">=", "==", "!=", "&", "|", "="}:
            self._at += 1
            self._not()
            compared = True
        return _OPEN if compared else found

    def _not(self) -> _Formula:
        if self._next("!"):
            return _not(self._not())
        if self._next("("):
            found = self._or()
            self._expect(")")
            return found
        return self._question()

    def _question(self) -> _Formula:
        word = self._take()
        if word in _ASKED:
            bracket = self._next("(")
            name = self._take()
            if bracket:
                self._expect(")")
            if name.startswith("CONFIG_"):
                return _is(name.removeprefix("CONFIG_"), _ASKED[word])
            return _known(name) if name in _KNOWN else _OPEN
        if word in _KNOWN:
            return _known(word)
        if self._next("("):
            self._skip()
            return _OPEN
        return _is(word.removeprefix("CONFIG_"), ("y",)) if word.startswith("CONFIG_") else _OPEN

    def _skip(self) -> None:
        """Pass over arguments up to the closing parenthesis."""
        depth = 1
        while depth:
            depth += {"(": 1, ")": -1}.get(self._take(), 0)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        if self._at >= len(self._tokens):
            raise ValueError
        self._at += 1
        return str(self._tokens[self._at - 1])

    def _next(self, token: str) -> bool:
        found = self._peek() == token
        self._at += found
        return found

    def _expect(self, token: str) -> None:
        if not self._next(token):
            raise ValueError


def file_conditions(makefile: str) -> dict[str, BuildCondition]:
    """The conditions under which a kernel Makefile builds the files of its folder, by file name.

    A file is built if ``obj-$(CONFIG_X)`` lists it, or a list in it does. Where ``MMU=y``,
    ``mmu-$(CONFIG_MMU) :=`` replaces what ``mmu-y :=`` listed before.
    """
    lists: dict[str, list[tuple[str, BuildCondition]]] = {}
    for found in _object_lists(makefile):
        listed = lists.setdefault(found.target, [])
        if found.replaces and found.symbol:
            kept = BuildCondition(
                ({found.symbol: ("n", "m")},), is_open=False, text=f"!CONFIG_{found.symbol}"
            )
            listed[:] = [(word, condition & kept) for word, condition in listed]
        listed += [(word, found.condition) for word in found.words]
    return dict(_built(lists, "obj", ALWAYS, 5))


class _ObjectList(NamedTuple):
    """A line of a Makefile that lists objects: ``target-$(CONFIG_SYMBOL) += words``."""

    target: str
    symbol: str
    replaces: bool
    words: list[str]
    condition: BuildCondition


def _object_lists(makefile: str) -> Iterator[_ObjectList]:
    branches = list(_BRANCH.finditer(makefile))
    for match in _OBJECTS.finditer(makefile):
        if match[3] == "m":
            continue
        words = match[5].split("#")[0].replace("\\\n", " ").split()
        open_branches: list[BuildCondition] = []
        for branch in branches:
            if branch.start() > match.start():
                break
            if branch[1] == "endif":
                open_branches = open_branches[:-1]
            elif branch[1] == "else":
                open_branches = [*open_branches[:-1], *map(_otherwise, open_branches[-1:])]
            else:
                open_branches.append(_branch(branch[1], branch[2].strip()))
        condition = ALWAYS
        for found in open_branches:
            condition &= found
        if match[2]:
            own = {match[2]: ("y", "m")}
            condition &= BuildCondition((own,), is_open=False, text=f"CONFIG_{match[2]}")
        yield _ObjectList(match[1], match[2] or "", match[4] != "+=", words, condition)


def _otherwise(branch: BuildCondition) -> BuildCondition:
    """The condition of an ``else``; open unless the branch asks whether a symbol is set."""
    if branch.is_open:
        return branch
    ((name, values),) = branch.alternatives[0].items()
    opposite = ("n",) if "y" in values else ("y", "m")
    return BuildCondition(({name: opposite},), is_open=False, text=f"not {branch.text}")


def _branch(word: str, text: str) -> BuildCondition:
    if word in {"ifdef", "ifndef"} and text.startswith("CONFIG_"):
        values = ("y", "m") if word == "ifdef" else ("n",)
        return BuildCondition(({text.removeprefix("CONFIG_"): values},), is_open=False, text=f"{word} {text}")
    return BuildCondition(({},), is_open=True, text=f"{word} {text}")


def _built(
    lists: Mapping[str, list[tuple[str, BuildCondition]]], target: str, condition: BuildCondition, depth: int
) -> Iterator[tuple[str, BuildCondition]]:
    """The files that a list holds, and those of the lists in it: ``$(mmu-y)``, ``name.o`` of ``name-y``."""
    for word, own in lists.get(target, []):
        both = condition & own
        inner = re.fullmatch(r"\$\(([\w-]+)-y\)|([\w-]+)\.o", word)
        if not inner:
            continue
        name = inner[1] or inner[2]
        if name in lists and depth:
            yield from _built(lists, name, both, depth - 1)
        if inner[2]:
            yield f"{name}.c", both
