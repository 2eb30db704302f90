# SPDX-License-Identifier: GPL-2.0-or-later
"""Refuses symbols that no tree defines, and values that are not of their symbol's type."""

from collections.abc import Collection, Iterable, Sequence

from explorer.configuration.tree.tree import Tree
from explorer.errors import InputError, NotAllowedError, UnknownNameError

__all__ = ["check_assignment", "check_defined", "symbols_hint"]

_LOGICAL_VALUES = {"bool": ("n", "y"), "tristate": ("n", "m", "y"), "undefined": ("n", "y")}
_BASES = {"int": 10, "hex": 16}


def check_defined(
    trees: Sequence[Tree], names: Iterable[str], *, absent: Collection[str] = (), parameter: str = ""
) -> None:
    """Refuse a symbol that none of the trees defines.

    Args:
        trees: at least one.
        names: the symbols.
        absent: symbols that need not be defined.
        parameter: the parameter that names the symbols, for the error; default: the error names the symbol.

    Raises:
        UnknownNameError: as above; it proposes the most similar symbol.
    """
    for name in names:
        if name not in absent and not any(tree.defines(name) for tree in trees):
            known = list(dict.fromkeys(symbol for tree in trees for symbol in tree.symbols))
            raise UnknownNameError(
                _undefined(trees, name),
                name=name,
                known=known,
                where="" if parameter else name,
                parameter=parameter,
                hint=symbols_hint(trees),
            )


def symbols_hint(trees: Sequence[Tree]) -> str:
    """Which symbols trees define, for an error about one that they do not define."""
    count = len({name for tree in trees for name in tree.symbols})
    if all(tree.is_fragment for tree in trees):
        return f"shipped are the {count} symbols of memory initialisation; a kernel tree has all"
    return f"it defines {count} symbols"


def _undefined(trees: Sequence[Tree], name: str) -> str:
    labels = list(dict.fromkeys(tree.label for tree in trees))
    if len(labels) == 1:
        return f"{labels[0]} defines no symbol {name}"
    return f"none of the {len(labels)} Kconfig trees defines a symbol {name}"


def check_assignment(tree: Tree, name: str, value: str, absent: Collection[str] = ()) -> None:
    """Refuse a symbol that the tree does not define, and a value that is not of its type.

    Raises:
        InputError: as above.
    """
    check_defined((tree,), (name,), absent=absent)
    kind = tree.type_of(name)
    shown = repr(value[:80])
    allowed = _LOGICAL_VALUES.get(kind)
    if allowed and value not in allowed:
        assignments = " or ".join(f"{name}={choice}" for choice in allowed)
        raise NotAllowedError(
            f"{shown} is not a value of a {kind} symbol",
            value=value,
            allowed=allowed,
            where=name,
            hint=f"write {assignments}",
        )
    base = _BASES.get(kind)
    try:
        int(value, base) if base else None
    except ValueError:
        raise InputError(
            f"{shown} is not a value of a symbol of type {kind}", where=name, hint=f"give a {kind} number"
        ) from None
