# SPDX-License-Identifier: GPL-2.0-or-later
"""What Kconfig does to a value and why, in words for a message."""

from collections.abc import Iterable

from explorer.configuration import Tree
from explorer.configuration.queries.overrides import Cause, Override, OverrideReason
from explorer.configuration.queries.provenance import SymbolValue

__all__ = ["cause_words", "causes_words", "override_words", "reason_words", "setting_words"]

_MOST_VALUES = 8


def setting_words(tree: Tree, name: str, value: str) -> str:
    """A symbol with its value: strings in double quotes, other empty values as ``empty``."""
    return f'{name}="{value}"' if tree.type_of(name) == "string" else f"{name}={value or 'empty'}"


def _value(value: SymbolValue) -> str:
    return f'{value.symbol}="{value.value}"' if value.type == "string" else f"{value.symbol}={value.value}"


def cause_words(cause: Cause) -> str:
    """The values that make a statement decide; may be empty."""
    values = ", ".join(map(_value, cause.values))
    return f"one member at most: {values}" if cause.exclusive else values


def causes_words(causes: Iterable[Cause]) -> str:
    """The values that make statements decide, each once, the nearest first; of many the first eight."""
    values = list(dict.fromkeys(_value(value) for cause in causes for value in cause.values))
    more = [f"and {len(values) - _MOST_VALUES} more"] if len(values) > _MOST_VALUES else []
    return ", ".join([*values[:_MOST_VALUES], *more])


def override_words(tree: Tree, override: Override) -> str:
    """What becomes of a value and why: the end of a sentence that begins with the setting."""
    if not override.is_written and not tree.is_logical(override.symbol):
        return f"is dropped{reason_words(override)}"
    quote = '"' if tree.type_of(override.symbol) == "string" else ""
    becomes = f"{quote}{override.becomes}{quote}" or "empty"
    return f"becomes {becomes}{reason_words(override)}"


def reason_words(override: Override) -> str:  # noqa: PLR0911 # a case for each reason
    """Why Kconfig overrides a value: the end of a sentence."""
    values = causes_words(override.causes)
    because = f" ({values})" if values else ""
    match override.reason:
        case OverrideReason.UNMET if (override.requested, override.becomes) == ("m", "y"):
            return f": without modules every m becomes y{because}"
        case OverrideReason.CHOSEN if override.member == override.symbol:
            return ": its choice must have a member, and no other visible member is set"
        case OverrideReason.CHOSEN:
            return f": another member of its choice is set, {override.member}"
        case OverrideReason.FORCED:
            return f": it is selected{because}"
        case OverrideReason.IMPLIED:
            return f": y implies it, and until v5.6 that raises m to y{because}"
        case OverrideReason.RANGE if override.range:
            return f": the range is {' to '.join(override.range)}"
        case OverrideReason.DERIVED if values:
            return f": it has no prompt, and its definition decides{because}"
        case OverrideReason.DERIVED:
            return ": it has no prompt, and nothing in this tree gives it another value"
        case OverrideReason.HIDDEN:
            return f": its prompt is not visible{because}"
        case _:
            return f": its dependencies are not met{because}"
