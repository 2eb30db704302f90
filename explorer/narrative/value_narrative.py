# SPDX-License-Identifier: GPL-2.0-only
"""What Kconfig does to a value and why, in words for a message."""

from collections.abc import Iterable

from explorer.configuration import Tree
from explorer.configuration.queries.overrides import Cause, Override, OverrideReason

__all__ = ["because", "change_words", "reason_words", "setting"]

_MOST_VALUES = 8


def setting(tree: Tree, name: str, value: str) -> str:
    """A symbol with a value, as one word: strings stand in quotes."""
    if tree.type_of(name) == "string":
        return f'{name}="{value}"'
    return f"{name}={value or 'empty'}"


def because(causes: Iterable[Cause]) -> str:
    """The values that decide, each once, the nearest first; of very many the first few."""
    values = (word for cause in causes for word in cause.because.split(", ") if word)
    told = list(dict.fromkeys(values))
    more = len(told) - _MOST_VALUES
    return ", ".join([*told[:_MOST_VALUES], *([f"and {more} more"] if more > 0 else [])])


def change_words(tree: Tree, change: Override) -> str:
    """What becomes of a value and why, as the end of a sentence that begins with the setting."""
    if not tree.is_written(change.symbol) and not tree.is_logical(change.symbol):
        return f"is dropped{reason_words(change)}"
    becomes = f'"{change.becomes}"' if tree.type_of(change.symbol) == "string" else change.becomes
    return f"becomes {becomes or 'empty'}{reason_words(change)}"


def reason_words(change: Override) -> str:
    """Why a value changes, as the end of a sentence."""
    values = because(change.causes)
    within = f" ({values})" if values else ""
    if change.reason is OverrideReason.UNMET and (change.asked, change.becomes) == ("m", "y"):
        return f": without modules every m is a y{within}"
    if change.reason is OverrideReason.CHOSEN:
        if change.limit == change.symbol:
            return ": its choice must have one member, and no other is set that could be"
        return f": its choice is held by {change.limit}"
    return {
        OverrideReason.FORCED: f": it is selected{within}",
        OverrideReason.RANGE: f": the range is {change.limit}",
        OverrideReason.DERIVED: ": nobody can be asked for it, and "
        + (f"its definition decides{within}" if values else "nothing in this tree gives it another value"),
        OverrideReason.HIDDEN: f": nobody is asked for it here{within}",
    }.get(change.reason, f": its dependencies are not met{within}")
