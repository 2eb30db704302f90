# SPDX-License-Identifier: GPL-2.0-or-later
"""What a patch to Kconfig does to the symbols that it touches: their values, and answers that show it.

1. The symbols are those whose definitions the patch touches, and those that it selects or implies, or no
   longer does. Of many the first dozen are taken.
2. A bool or tristate has the values that some answers give it. The constants of a number's defaults and
   ranges are tried.
3. Answers show a difference if the same answers give a symbol different values before and after. Tried are
   no answers, and the answers that either tree needs for each value and for the conditions that the patch
   changes, with and without the answer to the symbol itself, so that a default is seen.
4. That no answers were found that show a difference proves nothing. If only texts differ, there are none.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from explorer.configuration import Definition, DefinitionChanges, Evaluation, Tree
from explorer.configuration.queries.reachability import Reachability, possible_values

__all__ = ["SymbolEffect", "SymbolValues", "effects_of"]

_MOST_SYMBOLS = 12
_MOST_CONDITIONS = 60
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


def effects_of(
    before: Tree, after: Tree, touched: Iterable[str], changes: DefinitionChanges
) -> tuple[SymbolEffect, ...]:
    """What a patch does to the symbols that it touches.

    Args:
        before: the tree.
        after: the same tree with the patch.
        touched: these symbols.
        changes: their definitions that differ.
    """
    first = list(touched)[:_MOST_SYMBOLS]
    changes = _of_symbols(changes, first)
    defined = (name for name in _targets(changes) if before.defines(name) or after.defines(name))
    names = list(dict.fromkeys([*first, *defined]))[: 2 * _MOST_SYMBOLS]
    tried = {name: _tried(before, after, name, changes) for name in names}
    conditions = list(islice(_conditions((before, after), changes, tried), _MOST_CONDITIONS))
    reachable: list[dict[str, list[str]]] = []
    candidates: dict[tuple[tuple[str, str], ...], Answers] = {(): {}}
    for tree in (before, after):
        values, witnesses = _explored(tree, tried, conditions)
        reachable.append(values)
        for answers in witnesses:
            candidates.setdefault(tuple(sorted(answers.items())), answers)
    ordered = sorted(candidates.values(), key=len)
    outcomes = [
        (answers, _outcome(before, answers, names), _outcome(after, answers, names)) for answers in ordered
    ]
    defaults = outcomes[0]
    return tuple(
        _effect(name, tuple(map(_side, (before, after), defaults[1:], reachable, (name, name))), outcomes)
        for name in names
    )


def _side(
    tree: Tree, defaults: Answers, reachable: Mapping[str, Sequence[str]], name: str
) -> SymbolValues | None:
    return SymbolValues(defaults[name], tuple(reachable[name])) if tree.defines(name) else None


def _effect(
    name: str,
    sides: tuple[SymbolValues | None, ...],
    outcomes: Iterable[tuple[Answers, Answers, Answers]],
) -> SymbolEffect:
    before, after = sides
    for answers, old, new in outcomes:
        if old[name] != new[name]:
            return SymbolEffect(name, before, after, answers, (old[name], new[name]))
    return SymbolEffect(name, before, after, None, ("", ""))


def _of_symbols(changes: DefinitionChanges, names: Sequence[str]) -> DefinitionChanges:
    """The changes of some symbols."""
    return DefinitionChanges(
        tuple(definition for definition in changes.added if definition.symbol in names),
        tuple(definition for definition in changes.removed if definition.symbol in names),
        tuple(change for change in changes.changed if change.symbol in names),
        changes.elsewhere,
    )


def _outcome(tree: Tree, answers: Answers, names: Iterable[str]) -> dict[str, str]:
    evaluation = Evaluation(tree, answers)
    return {name: evaluation.value(name) for name in names}


def _explored(
    tree: Tree, tried: Mapping[str, Sequence[str]], conditions: Iterable[Answers]
) -> tuple[dict[str, list[str]], list[Answers]]:
    """The reachable ones of the values that are tried, and the answers that give them or meet a condition."""
    values = [{name: value} for name, several in tried.items() for value in several if tree.defines(name)]
    wishes = [*values, *(wish for wish in conditions if wish and all(map(tree.defines, wish)))]
    logical = {name: "n" for wish in wishes for name in wish if tree.is_logical(name)}
    shared = Reachability(tree, logical)
    reachable: dict[str, list[str]] = {name: [] for name in tried}
    found: list[Answers] = []
    for index, wish in enumerate(wishes):
        reachability = shared if all(name in logical for name in wish) else Reachability(tree, wish)
        answers = _witness(reachability, wish)
        if answers is None:
            continue
        if index < len(values):
            reachable[next(iter(wish))] += wish.values()
        found.append(answers)
        found += [
            {other: answers[other] for other in answers if other != own} for own in wish if own in answers
        ]
    return reachable, found


def _witness(reachability: Reachability, wish: Answers) -> Answers | None:
    """Answers that give symbols some values; ``None`` if there are none."""
    if not reachability.is_reachable(wish):
        return None
    return reachability.decide(wish).witness


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


def _conditions(
    trees: Sequence[Tree], changes: DefinitionChanges, tried: Mapping[str, Sequence[str]]
) -> Iterator[dict[str, str]]:
    """Wishes that may meet the conditions of the changed properties: their symbols y, also with one of these.

    Args:
        trees: before and after.
        changes: the definitions that differ.
        tried: the symbols whose values are of interest, with values; the last is that of a visible prompt.
    """
    for kind, text in _texts(changes):
        words = text if kind == "depends" else text.partition(" if ")[2]
        symbols = [word for word in _WORD.findall(words) if word not in _CONSTANTS]
        wish = {name: "y" for name in symbols if any(t.defines(name) and t.is_logical(name) for t in trees)}
        if wish:
            yield wish
            yield from (
                {name: values[-1], **wish} for name, values in tried.items() if values and name not in wish
            )


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
