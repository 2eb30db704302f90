# SPDX-License-Identifier: GPL-2.0-only
"""Did a fragment get what it asked for?

The fragment is compared with the resulting ``.config``, which needs no tree: a value that differs was
dropped or changed on the way; one that is none of its type was no wish. "Not set" and absent are one. With
a tree the reason is asked, too: the answers of the ``.config`` are given, the fragment's value last, and
what Kconfig then makes of it is explained. Each reason costs an evaluation of the tree, and a fix a search,
so the first hundred wishes and the first few alone have them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from explorer.checking.config_fixes import wished_fix
from explorer.checking.files import RequestedValue
from explorer.checking.findings import Finding, SuggestedFix
from explorer.checking.rejected_values import wrong_types
from explorer.configuration import Tree, config_fragment, with_answers
from explorer.configuration.queries.overrides import Cause, equal_values, override_of
from explorer.configuration.tree.toolchain_override import toolchain_of_config
from explorer.narrative.value_narrative import reason_words, setting

__all__ = ["not_got"]

_MOST_SOUGHT = 5  # a search for a fix may take a second in a whole tree
_MOST_EXPLAINED = 100  # wishes; in a whole tree each takes some hundredths of a second
_LONGEST = 4096  # characters of a value that is told again
_Reason = tuple[str, tuple[Cause, ...], SuggestedFix | None]
"""The end of a sentence, the statements behind it, and what to do."""
_NOT_ASKED = f"; why is told of the first {_MOST_EXPLAINED} alone"


@dataclass(frozen=True, slots=True)
class ResultingConfig:
    """The resulting ``.config``.

    Attributes:
        name: the file, or the files that were merged.
        asked: what it sets.
        values: its values, with those that Kconfig gives to what it does not set.
    """

    name: str
    asked: Mapping[str, RequestedValue]
    values: Mapping[str, str]


def not_got(
    tree: Tree,
    got: ResultingConfig,
    wishes: Mapping[str, RequestedValue],
    dropped: Sequence[RequestedValue],
    *,
    whole_tree: bool,
) -> Iterator[Finding]:
    """A finding for each value that was asked for and is not there.

    Args:
        tree: the tree that says why; a symbol that it does not define is named without a reason.
        got: the resulting ``.config``.
        wishes: what the fragments ask for when they are merged in order.
        dropped: the lines of the fragments that Kconfig drops for their value.
        whole_tree: the tree defines all there is, so that what it lacks does not exist.
    """
    if dropped:
        tree.answer(got.values)
        yield from wrong_types(tree, wishes, dropped)
    given = {name: each.value for name, each in got.asked.items()}
    missed = [
        each
        for each in wishes.values()
        if not equal_values(tree, each.symbol, each.value, got.values.get(each.symbol, "n"))
    ]
    known = [each for each in missed if tree.defines(each.symbol)]
    explained, sought = known[:_MOST_EXPLAINED], known[:_MOST_SOUGHT]
    unheard_of = f"; {tree.label} defines no such symbol" if whole_tree else ""
    with toolchain_of_config(tree, given):
        for each in missed:
            if each in explained:
                reason = _reason(tree, given, each, sought=each in sought)
            else:
                reason = _NOT_ASKED if tree.defines(each.symbol) else unheard_of, (), None
            yield _missed(tree, got, each, reason)


def _missed(tree: Tree, got: ResultingConfig, each: RequestedValue, reason: _Reason) -> Finding:
    """A wish that was not granted."""
    value = got.values.get(each.symbol, "n")
    has = f"has {setting(tree, each.symbol, value)}" if each.symbol in got.asked else "does not set it"
    return Finding(
        "not-got",
        f"{setting(tree, each.symbol, each.value)} was asked for, and {got.name} {has}{reason[0]}",
        symbol=each.symbol,
        file=each.file,
        line=each.line,
        asked=each.value,
        becomes=value,
        causes=reason[1],
        fix=reason[2],
    )


def _reason(tree: Tree, given: Mapping[str, str], each: RequestedValue, *, sought: bool) -> _Reason:
    """Why Kconfig does not grant a value, or that it would."""
    tree.answer(with_answers(given, {each.symbol: each.value}))
    change = override_of(tree, each.symbol, each.value)
    if change is None:
        short = {each.symbol: each.value} if len(each.value) <= _LONGEST else {}
        fix = SuggestedFix(f"merge {each.file} last", config_fragment(tree, short))
        return "; Kconfig would grant it, so the fragment was not merged, or something overrode it", (), fix
    return (
        reason_words(change),
        change.causes,
        wished_fix(tree, given, each.symbol, each.value) if sought else None,
    )
