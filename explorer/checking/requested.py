# SPDX-License-Identifier: GPL-2.0-only
"""Did a fragment get what it asked for?

The fragment is compared with the resulting ``.config``, which needs no tree: a value that differs was dropped
or changed on the way; one that is none of its type was no wish. "Not set" and absent are one. With a tree the
reason is asked, too: the answers of the ``.config`` are given, the fragment's value on top of them, and what
Kconfig then makes of it is explained.
"""

from collections.abc import Iterator, Mapping, Sequence

from explorer.checking.files import Asked
from explorer.checking.findings import Finding, Fix
from explorer.checking.kept import because, wrong_types
from explorer.configuration import Tree, config_fragment
from explorer.configuration.unkept import Unkept, why_changed

__all__ = ["not_got"]


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
    for each in wishes.values():
        got = result.get(each.symbol, "n")
        if got == each.value:
            continue
        change = _reason(tree, result, each)
        why = _why(tree, each, change)
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
            causes=change.causes if change else (),
            fix=_fix(tree, each, change),
        )


def _reason(tree: Tree, result: Mapping[str, str], each: Asked) -> Unkept | None:
    """Why Kconfig does not grant a value; ``None`` where it would grant it, or where nobody can say."""
    if not tree.defines(each.symbol):
        return None
    tree.answer({**result, each.symbol: each.value})
    return why_changed(tree, each.symbol, each.value)


def _why(tree: Tree, each: Asked, change: Unkept | None) -> str:
    if change is not None:
        values = because(change.causes) or "its definition decides"
        return f": Kconfig makes it {change.becomes or 'empty'} ({values})"
    if tree.defines(each.symbol):
        return "; Kconfig would grant it, so the fragment was not merged, or something overrode it"
    return ""


def _fix(tree: Tree, each: Asked, change: Unkept | None) -> Fix | None:
    if change is None and tree.defines(each.symbol):
        return Fix(f"merge {each.file} last", config_fragment(tree, {each.symbol: each.value}))
    return None
