# SPDX-License-Identifier: GPL-2.0-only
"""Did a fragment get what it asked for?

The fragment is compared with the resulting ``.config``, which needs no tree: a value that differs was dropped
or changed on the way; one that is none of its type was no wish. "Not set" and absent are one. With a tree the
reason is asked, too: the answers of the ``.config`` are given, the fragment's value on top of them, and what
Kconfig then makes of it is explained. Every reason costs an evaluation of the tree, so it is asked for the
first hundred wishes alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from explorer.checking.files import Asked
from explorer.checking.findings import Finding, Fix
from explorer.checking.kept import because, wrong_types
from explorer.configuration import Tree, config_fragment
from explorer.configuration.unkept import Cause, why_changed

__all__ = ["not_got"]

_MOST_EXPLAINED = 100  # wishes; in a whole tree each takes some hundredths of a second
_LONGEST = 4096  # characters of a value that is told again

_Reason = tuple[str, tuple[Cause, ...], Fix | None]
"""The end of a sentence, the statements behind it, and what to do."""


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
    denied = [each for each in wishes.values() if result.get(each.symbol, "n") != each.value]
    explained = set(islice((each for each in denied if tree.defines(each.symbol)), _MOST_EXPLAINED))
    for each in denied:
        got = result.get(each.symbol, "n")
        why, causes, fix = _reason(tree, result, each) if each in explained else _no_reason(tree, each)
        yield Finding(
            "not-got",
            f"{each.symbol}={each.value or 'empty'} was asked for, and the .config "
            + (f"has {got or 'empty'}" if each.symbol in asked else "does not set it")
            + why,
            symbol=each.symbol,
            file=each.file,
            line=each.line,
            asked=each.value,
            becomes=got,
            causes=causes,
            fix=fix,
        )


def _no_reason(tree: Tree, each: Asked) -> _Reason:
    """What is said of a wish whose reason nobody asks for; nothing where the tree does not know it."""
    told = f"; why is told of the first {_MOST_EXPLAINED} alone" if tree.defines(each.symbol) else ""
    return told, (), None


def _reason(tree: Tree, result: Mapping[str, str], each: Asked) -> _Reason:
    """Why Kconfig does not grant a value, or that it would."""
    tree.answer({**result, each.symbol: each.value})
    change = why_changed(tree, each.symbol, each.value)
    if change is None:
        short = {each.symbol: each.value} if len(each.value) <= _LONGEST else {}
        fix = Fix(f"merge {each.file} last", config_fragment(tree, short))
        return "; Kconfig would grant it, so the fragment was not merged, or something overrode it", (), fix
    values = because(change.causes) or "its definition decides"
    return f": Kconfig makes it {change.becomes or 'empty'} ({values})", change.causes, None
