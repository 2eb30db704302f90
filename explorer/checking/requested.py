# SPDX-License-Identifier: GPL-2.0-only
"""Did a fragment get what it asked for?

The fragment is compared with the resulting ``.config``, which needs no tree: a value that differs was dropped
or changed on the way. "Not set" and absent are one. With a tree the reason is asked, too: the answers of the
``.config`` are given, the fragment's value on top of them, and what Kconfig then makes of it is explained.
"""

from collections.abc import Iterator, Mapping, Sequence

from explorer.checking.files import Asked, asked_of
from explorer.checking.findings import Finding, Fix
from explorer.checking.kept import because
from explorer.configuration import DotConfig, Tree, config_fragment
from explorer.configuration.unkept import Unkept, why_changed

__all__ = ["not_got"]


def not_got(tree: Tree, result: Mapping[str, str], requested: Sequence[DotConfig]) -> Iterator[Finding]:
    """A finding for each value that was asked for and is not there.

    Args:
        tree: the tree that says why; a symbol that it does not define is named without a reason.
        result: the values of the resulting ``.config``.
        requested: the fragments in merge order; the last that sets a symbol is the one that counts.
    """
    for each in asked_of(requested).values():
        got = result.get(each.symbol, "n")
        if got == each.value:
            continue
        change = _reason(tree, result, each)
        why = _why(tree, each, change)
        yield Finding(
            "not-got",
            f"{each.symbol}={each.value or 'empty'} was asked for, and the .config "
            + (f"has {got or 'empty'}" if each.symbol in result else "does not set it")
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
    if not tree.defines(each.symbol) or tree.answer({**result, each.symbol: each.value}):
        return None
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
