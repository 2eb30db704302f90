# SPDX-License-Identifier: GPL-2.0-or-later
"""What a patch to Kconfig does to the symbols that it touches: their values, and answers that show it.

1. The symbols are those whose definitions the patch touches, and those that it selects or implies, or no
   longer does. Of very many the first hundred are taken.
2. A bool or tristate has the values that some answers give it. The constants of a number's defaults and
   ranges are tried.
3. Answers show a difference if the same answers give a symbol different values before and after. Tried are
   no answers, and the answers that either tree needs for each value of the symbol, for the conditions that
   the patch changes, and for its value without a condition that only one tree has; with and without the
   answer to the symbol itself, so that a default is seen. Of the first that show one, a 1-minimal subset is
   taken.
4. That no answers were found that show a difference proves nothing. If only texts differ, there are none.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

from explorer.configuration import (
    NO_DEADLINE,
    Deadline,
    Definition,
    DefinitionChanges,
    DefinitionProperty,
    Evaluation,
    Tree,
)
from explorer.configuration.queries.mcs import one_minimal_subset
from explorer.configuration.queries.reachability import Reachability, possible_values

__all__ = ["SymbolEffect", "SymbolValues", "effects_of"]

_MOST_SYMBOLS = 100
_MOST_CONDITIONS = 12  # that are tried for a symbol
_MOST_NUMBERS = 6
_WORD = re.compile(r"[A-Za-z0-9_]+")
_CONSTANTS = frozenset({"n", "m", "y"})
_NUMBER = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|[0-9]+)")

Answers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SymbolValues:
    """The values of a symbol in one tree.

    Attributes:
        default: its value without any answer.
        reachable: the values that some answers give it, of those that were tried.
    """

    default: str
    reachable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SymbolEffect:
    """What a patch does to a symbol.

    Attributes:
        symbol: the symbol.
        before: its values before; ``None`` if it was not defined.
        after: its values after; ``None`` if it is not defined any more.
        answers: the fewest answers found that show a difference; ``None`` if none were found.
        shown: the values that these answers give it, before and after.
    """

    symbol: str
    before: SymbolValues | None
    after: SymbolValues | None
    answers: Answers | None
    shown: tuple[str, str]


def effects_of(  # noqa: PLR0913 # a patch, and how long to search
    before: Tree,
    after: Tree,
    touched: Iterable[str],
    changes: DefinitionChanges,
    told: Callable[[int, int], object] = lambda *_: None,
    *,
    deadline: Deadline = NO_DEADLINE,
) -> tuple[SymbolEffect, ...]:
    """What a patch does to the symbols that it touches.

    Args:
        before: the tree.
        after: the same tree with the patch.
        touched: these symbols.
        changes: their definitions that differ.
        told: is told the number of each symbol, and how many there are.
        deadline: when to stop solving.

    Raises:
        OutOfTimeError: not all answers are found in time.
    """
    first = list(touched)[:_MOST_SYMBOLS]
    changes = _of_symbols(changes, first)
    defined = (name for name in _targets(changes) if before.defines(name) or after.defines(name))
    names = list(dict.fromkeys([*first, *defined]))[: 2 * _MOST_SYMBOLS]
    tried = {name: _tried(before, after, name, changes) for name in names}
    wishes = {name: list(_wishes(before, after, name, tried, changes)) for name in names}
    searches = _Search(before, tried, wishes, deadline), _Search(after, tried, wishes, deadline)
    effects = []
    for number, name in enumerate(names, start=1):
        told(number, len(names))
        effects.append(_effect(name, searches, tried[name], wishes[name]))
    return tuple(effects)


class _Search:
    """Answers in one of the two trees.

    Args:
        tree: the tree.
        tried: the values of each symbol that are tried.
        wishes: the values of several symbols that are tried for each symbol.
        deadline: when to stop solving.
    """

    def __init__(
        self,
        tree: Tree,
        tried: Mapping[str, Sequence[str]],
        wishes: Mapping[str, Sequence[Answers]],
        deadline: Deadline,
    ) -> None:
        self.tree = tree
        self._deadline = deadline
        asked = {*tried, *(name for several in wishes.values() for wish in several for name in wish)}
        self._logical = {name: "n" for name in sorted(asked) if tree.defines(name) and tree.is_logical(name)}
        self._shared = Reachability(tree, self._logical, deadline=deadline)
        self._answers: dict[tuple[tuple[str, str], ...], Answers | None] = {}

    def answers(self, wish: Answers) -> Answers | None:
        """Answers that give symbols some values; ``None`` if there are none."""
        if not all(map(self.tree.defines, wish)):
            return None
        key = tuple(sorted(wish.items()))
        if key not in self._answers:
            is_shared = all(name in self._logical for name in wish)
            own = None if is_shared else Reachability(self.tree, wish, deadline=self._deadline)
            reachability = own or self._shared
            self._answers[key] = reachability.answers(wish)
        return self._answers[key]

    def values(self, name: str, tried: Iterable[str]) -> SymbolValues | None:
        """The default of a symbol, and those of some values that answers give it."""
        if not self.tree.defines(name):
            return None
        reachable = tuple(value for value in tried if self.answers({name: value}) is not None)
        return SymbolValues(Evaluation(self.tree, {}).value(name), reachable)


def _effect(
    name: str, searches: tuple[_Search, _Search], tried: Sequence[str], wishes: Sequence[Answers]
) -> SymbolEffect:
    before, after = (search.values(name, tried) for search in searches)
    trees = searches[0].tree, searches[1].tree
    for answers in _candidates(name, searches, [*({name: value} for value in reversed(tried)), *wishes]):
        if _differs(trees, name, answers):
            fewest = one_minimal_subset(answers, partial(_differs, trees, name)) or answers
            old, new = (Evaluation(tree, fewest).value(name) for tree in trees)
            return SymbolEffect(name, before, after, fewest, (old, new))
    return SymbolEffect(name, before, after, None, ("", ""))


def _differs(trees: tuple[Tree, Tree], name: str, answers: Answers) -> bool:
    """Whether the same answers give a symbol different values in two trees."""
    before, after = (Evaluation(tree, answers).value(name) for tree in trees)
    return before != after


def _candidates(name: str, searches: Iterable[_Search], wishes: Sequence[Answers]) -> Iterator[Answers]:
    """Sets of answers that may show a difference, each once; no answers first."""
    seen: set[tuple[tuple[str, str], ...]] = set()
    found: Iterable[Answers | None] = (search.answers(wish) for wish in wishes for search in searches)
    for answers in chain([{}], found):
        for part in () if answers is None else (answers, _without(name, answers)):
            key = tuple(sorted(part.items()))
            if key not in seen:
                seen.add(key)
                yield part


def _without(name: str, answers: Answers) -> Answers:
    return {other: value for other, value in answers.items() if other != name}


def _of_symbols(changes: DefinitionChanges, names: Sequence[str]) -> DefinitionChanges:
    """The changes of some symbols."""
    return DefinitionChanges(
        tuple(definition for definition in changes.added if definition.symbol in names),
        tuple(definition for definition in changes.removed if definition.symbol in names),
        tuple(change for change in changes.changed if change.symbol in names),
        changes.elsewhere,
    )


def _wishes(
    before: Tree, after: Tree, name: str, tried: Mapping[str, Sequence[str]], changes: DefinitionChanges
) -> Iterator[Answers]:
    """Values of several symbols that may show what a patch does to one; at most a few."""
    sources = [name, *_sources(name, changes)]
    own = _of_symbols(changes, sources)
    value = {name: tried[name][-1]} if tried[name] else {}
    wishes = chain(
        ({source: tried[source][-1]} for source in sources[1:] if tried.get(source)),
        ({**value, condition: "n"} for condition in _conditions_of_one(own) if value and condition != name),
        (wish for each in _conditions((before, after), own) for wish in (each, {**value, **each})),
    )
    yield from islice(wishes, _MOST_CONDITIONS)


def _sources(name: str, changes: DefinitionChanges) -> Iterator[str]:
    """The symbols that the patch makes select or imply a symbol, or no longer do so."""
    for definition in (*changes.added, *changes.removed):
        if any(_selects(part, name) for part in definition.properties):
            yield definition.symbol
    for symbol in changes.changed:
        parts = [part for change in symbol.properties for part in (change.before, change.after) if part]
        if any(_selects(part, name) for part in parts):
            yield symbol.symbol


def _selects(part: DefinitionProperty, name: str) -> bool:
    return part.kind in {"select", "imply"} and part.text.split()[0] == name


def _conditions_of_one(changes: DefinitionChanges) -> list[str]:
    """The symbols in the conditions of changed properties that stand on one side only."""
    sides: tuple[set[str], set[str]] = (set(), set())
    for symbol in changes.changed:
        for change in symbol.properties:
            for side, part in zip(sides, (change.before, change.after), strict=True):
                side.update(_symbols_in(part.kind, part.text) if part else ())
    return sorted(sides[0] ^ sides[1])


def _symbols_in(kind: str, text: str) -> list[str]:
    """The symbols in the condition of a property."""
    words = text if kind == "depends" else text.partition(" if ")[2]
    return [word for word in _WORD.findall(words) if word not in _CONSTANTS]


def _targets(changes: DefinitionChanges) -> Iterator[str]:
    """The symbols that the changed properties select or imply."""
    for kind, text in _texts(changes):
        if kind in {"select", "imply"}:
            yield text.split()[0]


def _texts(changes: DefinitionChanges) -> Iterator[tuple[str, str]]:
    """Kind and text of every property that differs."""
    whole: tuple[Definition, ...] = (*changes.added, *changes.removed)
    yield from ((part.kind, part.text) for definition in whole for part in definition.properties)
    for symbol in changes.changed:
        for change in symbol.properties:
            yield from ((part.kind, part.text) for part in (change.before, change.after) if part)


def _conditions(trees: Sequence[Tree], changes: DefinitionChanges) -> Iterator[dict[str, str]]:
    """Wishes that may meet the conditions of the changed properties: their symbols y."""
    for kind, text in _texts(changes):
        symbols = _symbols_in(kind, text)
        wish = {name: "y" for name in symbols if any(t.defines(name) and t.is_logical(name) for t in trees)}
        if wish:
            yield wish


def _tried(before: Tree, after: Tree, name: str, changes: DefinitionChanges) -> list[str]:
    """The values that are tried: all of a bool or tristate, the constants of a number."""
    tree = after if after.defines(name) else before
    if not tree.defines(name):
        return []
    if tree.is_logical(name):
        return list(possible_values(tree, name))
    texts = [
        part.text
        for definition in (*changes.added, *changes.removed)
        if definition.symbol == name
        for part in definition.properties
        if part.kind in {"default", "range"}
    ]
    texts += [
        part.text
        for symbol in changes.changed
        if symbol.symbol == name
        for change in symbol.properties
        for part in (change.before, change.after)
        if part and part.kind in {"default", "range"}
    ]
    numbers = [number for text in texts for number in _NUMBER.findall(text.partition(" if ")[0])]
    return list(dict.fromkeys(numbers))[:_MOST_NUMBERS]
