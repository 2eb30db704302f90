# SPDX-License-Identifier: GPL-2.0-or-later
"""Names the statements of a tree that an unsat core can hold.

The literal of a guard says that the statement is in the tree. Where it is false the definition is encoded as
if the statement were removed. Without ONLY or NUMBER a symbol can have what a prompt could give, without
CHOICE the members are not bound by the choice. If all literals are true the model is that of the tree.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

import kconfiglib

__all__ = ["Guard", "GuardKind", "Guarded", "definition_of_select", "owner", "with_definitions"]


class GuardKind(StrEnum):
    """What a statement does to its symbol."""

    ONLY = "only"
    """It has no prompt: only its defaults and selects raise it."""
    DEPENDS = "depends"
    """A dependency limits it."""
    PROMPT = "prompt"
    """A condition limits its prompt."""
    DEFAULT = "default"
    """A default sets it while no prompt of it is visible."""
    SELECT = "select"
    """A select raises it."""
    IMPLY = "imply"
    """An imply raises it while no prompt of it is visible."""
    CHOICE = "choice"
    """At most one member of a choice is y."""
    RANGE = "range"
    """A range limits a number."""
    NUMBER = "number"
    """A number has no prompt, or a value that its type does not allow."""
    MODULES = "modules"
    """The value m needs the symbol that allows modules."""


class Guard(NamedTuple):
    """Names a statement.

    Attributes:
        symbol: the symbol; for a choice its first member.
        kind: what the statement does.
        operand: for DEPENDS and PROMPT the condition, for SELECT and IMPLY the other symbol, otherwise empty.
        definition: which definition of the symbol holds it, from 0.
        entry: for DEFAULT and RANGE which of the definition's, from 0.
        of_choice: a condition of the choice of the symbol.
    """

    symbol: str
    kind: GuardKind
    operand: str = ""
    definition: int = 0
    entry: int = 0
    of_choice: bool = False


class Guarded(NamedTuple):
    """How a guarded model is made.

    Attributes:
        depth: the distance from the symbols in question from which on definitions are left out.
        eager: a selecting or implying symbol counts as having its dependencies met.
    """

    depth: int | None = None
    eager: bool = False


def owner(item: Any) -> str:
    """The name of a symbol; of a choice that of its first member."""
    symbol = item.syms[0] if isinstance(item, kconfiglib.Choice) and item.syms else item
    return str(symbol.name or "")


def with_definitions(item: Any, kind: str) -> Iterator[tuple[Any, int, int]]:
    """The defaults or ranges of a symbol, each with its definition and its index there.

    Args:
        item: the symbol.
        kind: ``defaults`` or ``ranges``.
    """
    entries = getattr(item, kind)
    places = [
        (number, index) for number, node in enumerate(item.nodes) for index in range(len(getattr(node, kind)))
    ]
    if len(places) != len(entries):  # an entry without a definition
        places = [(0, index) for index in range(len(entries))]
    for entry, (number, index) in zip(entries, places, strict=True):
        yield entry, number, index


def definition_of_select(selector: Any, target: Any, condition: Any, kind: str) -> int:
    """Which definition of a symbol holds a select or imply with a condition, from 0.

    Args:
        selector: the symbol that selects or implies.
        target: the other symbol.
        condition: the condition, with the dependencies of the definition.
        kind: ``selects`` or ``implies``.
    """
    for number, node in enumerate(getattr(selector, "nodes", ())):
        if any(item is target and met is condition for item, met in getattr(node, kind)):
            return number
    return 0
