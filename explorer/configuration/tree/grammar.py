# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the kernel's grammar allows a statement (scripts/kconfig/parser.y); kconfiglib does not check it.

1. A symbol has every property except ``visible if`` and ``optional``.
2. A choice has a prompt, a logical type, dependencies, help, and symbols as defaults.
3. A menu has dependencies and ``visible if``, a comment has dependencies.
4. Since v6.11, no menu and no choice is in a choice.
"""

from collections.abc import Sequence
from typing import Any

import kconfiglib

__all__ = ["doubtful_properties", "is_in_choice", "misplaced"]

_SYMBOL, _CHOICE, _MENU, _COMMENT = "symbol", "choice", "menu", "comment"
_LOGICAL = frozenset({"bool", "tristate"})


def _token(word: str) -> Any:
    """The token of kconfiglib for a word."""
    return kconfiglib._get_keyword(word)  # noqa: SLF001 # the table of keywords is private


_PLACES: dict[Any, frozenset[str]] = {
    **{_token(word): frozenset({_SYMBOL, _CHOICE}) for word in (*_LOGICAL, "prompt", "default", "help")},
    **{_token(word): frozenset({_SYMBOL}) for word in ("int", "hex", "string", "def_bool", "def_tristate")},
    **{_token(word): frozenset({_SYMBOL}) for word in ("def_int", "def_hex", "def_string", "range")},
    **{_token(word): frozenset({_SYMBOL}) for word in ("select", "imply", "option")},
    _token("depends"): frozenset({_SYMBOL, _CHOICE, _MENU, _COMMENT}),
    _token("visible"): frozenset({_MENU}),
    _token("optional"): frozenset({_CHOICE}),
}
"""The entries that have the property of a token."""
_NAMES = {kconfiglib.Symbol: _SYMBOL, kconfiglib.Choice: _CHOICE}
_BLOCKS = {kconfiglib.MENU: _MENU, kconfiglib.COMMENT: _COMMENT}
_DEFAULT = _token("default")
_DOUBTFUL = {
    name: frozenset(token for token, places in _PLACES.items() if name not in places)
    | (frozenset({_DEFAULT}) if name == _CHOICE else frozenset())
    for name in (_SYMBOL, _CHOICE, _MENU, _COMMENT)
}


def doubtful_properties(item: Any) -> frozenset[Any]:
    """The tokens of kconfiglib that begin a property which the grammar may refuse.

    Args:
        item: of kconfiglib, whose properties are being read.
    """
    return _DOUBTFUL[_name(item)]


def misplaced(tokens: Sequence[Any], item: Any) -> str:
    """What is wrong with a property; empty if the grammar allows it.

    Args:
        tokens: of kconfiglib, of one line.
        item: as above.
    """
    name = _name(item)
    if name not in _PLACES[tokens[0]]:
        return f"not a property of a {name}"
    if name == _CHOICE and tokens[0] is _DEFAULT and not _is_symbol(tokens[1:3]):
        return "the default of a choice is a symbol"
    return ""


def _name(item: Any) -> str:
    return _NAMES.get(item.__class__) or _BLOCKS[item]


def _is_symbol(tokens: Sequence[Any]) -> bool:
    """Whether one symbol stands before the end of a line or a condition."""
    return tokens[0].__class__ is kconfiglib.Symbol and tokens[1] in {None, _token("if")}


def is_in_choice(node: Any) -> bool:
    """Whether a menu node of kconfiglib is in a choice, also within ``if``."""
    parent = node.parent
    while parent and parent.item is None:
        parent = parent.parent
    return parent is not None and parent.item.__class__ is kconfiglib.Choice
