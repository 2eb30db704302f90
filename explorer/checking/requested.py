# SPDX-License-Identifier: GPL-2.0-only
"""Did a fragment get what it asked for?

The fragment is compared with the resulting ``.config``, which needs no tree: a value that differs was
dropped or changed on the way; one that is none of its type was no wish. "Not set" and absent are one. With
a tree the reason is asked, too: the answers of the ``.config`` are given, the fragment's value last, and
what Kconfig then makes of it is explained. Each reason costs an evaluation of the tree, and a fix a search,
so the first hundred wishes and the first few alone have them.
"""

from collections.abc import Iterator, Mapping, Sequence

from explorer.checking.files import Asked
from explorer.checking.findings import Finding, Fix
from explorer.checking.kept import wrong_types
from explorer.checking.mending import wished_fix
from explorer.checking.words import change_words, setting
from explorer.configuration import Tree, changed, config_fragment
from explorer.configuration.as_recorded import as_recorded
from explorer.configuration.unkept import Unkept, alike, why_changed

__all__ = ["not_got"]

_MOST_SOUGHT = 5  # a search for a fix may take a second in a whole tree
_MOST_EXPLAINED = 100  # wishes; in a whole tree each takes some hundredths of a second
_LONGEST = 4096  # characters of a value that is told again
_NOT_ASKED = f"; why is told of the first {_MOST_EXPLAINED} alone"


def not_got(
    tree: Tree,
    asked: Mapping[str, Asked],
    result: Mapping[str, str],
    wishes: Mapping[str, Asked],
    dropped: Sequence[Asked],
) -> Iterator[Finding]:
    """A finding for each value that was asked for and is not there.

    Args:
        tree: the tree that says why; a symbol that it does not define is named without a reason.
        asked: what the resulting ``.config`` sets.
        result: its values, with those that Kconfig gives to what it does not set.
        wishes: what the fragments ask for when they are merged in order.
        dropped: the lines of the fragments that Kconfig drops for their value.
    """
    if dropped:
        tree.answer(result)
        yield from wrong_types(tree, wishes, dropped)
    given = {name: each.value for name, each in asked.items()}
    missed = [
        each
        for each in wishes.values()
        if not alike(tree, each.symbol, each.value, result.get(each.symbol, "n"))
    ]
    with as_recorded(tree, given):
        for number, each in enumerate(missed):
            yield _missed(tree, given, result, each, number)


def _missed(
    tree: Tree, given: Mapping[str, str], result: Mapping[str, str], each: Asked, number: int
) -> Finding:
    """A wish that was not granted; the first with a reason, and the very first with a search for a fix."""
    got = result.get(each.symbol, "n")
    explained = number < _MOST_EXPLAINED
    change = _reason(tree, given, each) if explained else None
    has = f"has {setting(tree, each.symbol, got)}" if each.symbol in given else "does not set it"
    return Finding(
        "not-got",
        f"{setting(tree, each.symbol, each.value)} was asked for, and the .config {has}"
        f"{_why(tree, each, change) if explained else _NOT_ASKED}",
        symbol=each.symbol,
        file=each.file,
        line=each.line,
        asked=each.value,
        becomes=got,
        causes=change.causes if change else (),
        fix=_fix(tree, given, each, change, near=number < _MOST_SOUGHT) if explained else None,
    )


def _reason(tree: Tree, given: Mapping[str, str], each: Asked) -> Unkept | None:
    """Why Kconfig does not grant a value; ``None`` where it would grant it, or where nobody can say."""
    if not tree.defines(each.symbol):
        return None
    tree.answer(changed(given, {each.symbol: each.value}))
    return why_changed(tree, each.symbol, each.value)


def _why(tree: Tree, each: Asked, change: Unkept | None) -> str:
    if change is not None:
        return f"; in it {setting(tree, each.symbol, each.value)} {change_words(tree, change)}"
    if tree.defines(each.symbol):
        return "; Kconfig would grant it, so the fragment was not merged, or something overrode it"
    return f"; {tree.label} defines no such symbol"


def _fix(
    tree: Tree, given: Mapping[str, str], each: Asked, change: Unkept | None, *, near: bool
) -> Fix | None:
    if not tree.defines(each.symbol):
        return None
    if change is None:
        short = {each.symbol: each.value} if len(each.value) <= _LONGEST else {}
        return Fix(f"merge {each.file} last", config_fragment(tree, short))
    return wished_fix(tree, given, each.symbol, each.value) if near else None
