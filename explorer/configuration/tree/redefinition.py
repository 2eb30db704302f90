# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds a tree with other definitions of some symbols of the architecture.

The architecture's definition of a symbol is every entry that gives it a value (an entry with a default) and
every ``select`` of it. Entries without a default, which common code has so that architectures can select a
symbol, do not change.

1. The lines of the old definition become blank, so every other line keeps its number.
2. The new definition replaces the first of the old entries and must not be longer. Without an old entry it is
   appended to the file.
3. A definition without lines removes the symbol.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from explorer.configuration.files.statements import ENTRY
from explorer.configuration.tree.loading import with_files
from explorer.configuration.tree.tree import Tree
from explorer.errors import InputError

__all__ = ["Definitions", "redefined_text", "redefined_tree"]

_CONFIG = re.compile(r"\s*(?:menu)?config\s+(\w+)\s*(?:#.*)?$")
_GIVES_A_VALUE = re.compile(r"\s*(?:def_bool|def_tristate|default)\b")
_SELECT = re.compile(r"\s*select\s+(\w+)\b")


Definitions = Mapping[str, Sequence[str]]
"""Symbol to the lines below its ``config`` line; no lines if the symbol is removed."""


def redefined_tree(tree: Tree, definitions: Definitions) -> Tree:
    """The same tree with other definitions of some symbols; line numbers do not change.

    Args:
        tree: a kernel for arm64, or a shipped fragment.
        definitions: the new definitions.

    Raises:
        InputError: a definition is longer than the one that it replaces.
    """
    if not definitions:
        return tree
    own = "arch/arm64/Kconfig"
    name = own if tree.has_file(own) else "Kconfig"
    text = redefined_text(tree.text(name), definitions, f"{tree.label}/{name}")
    return with_files(tree, {name: text.encode()})


def redefined_text(text: str, definitions: Definitions, where: str) -> str:
    """A file with other definitions of some symbols.

    Args:
        text: the file.
        definitions: the new definitions.
        where: the file's name, for errors.

    Raises:
        InputError: a definition is longer than the one that it replaces.
    """
    lines = text.splitlines()
    for symbol, definition in definitions.items():
        _redefine(lines, symbol, definition, where)
    return "\n".join([*lines, ""])


def _redefine(lines: list[str], symbol: str, definition: Sequence[str], where: str) -> None:
    own = [entry for entry in _entries(lines, symbol) if any(_GIVES_A_VALUE.match(lines[at]) for at in entry)]
    selects = [at for at, line in enumerate(lines) if (match := _SELECT.match(line)) and match[1] == symbol]
    for at in (*selects, *(at for entry in own for at in entry)):
        lines[at] = ""
    if not definition:
        return
    written = [f"config {symbol}", *(f"\t{line}" for line in definition)]
    if not own:
        lines += ["", *written]
    elif len(written) > len(own[0]):
        raise InputError(
            f"the definition of {symbol} has {len(own[0])} lines and cannot hold {len(written)}",
            where=where,
            hint="switch the change in a release whose Kconfig is as it was when the change was made",
        )
    else:
        lines[own[0].start : own[0].start + len(written)] = written


def _entries(lines: Sequence[str], symbol: str) -> Iterator[range]:
    """The entries of a symbol, each with the blank lines that follow it."""
    for at, line in enumerate(lines):
        match = _CONFIG.match(line)
        if match and match[1] == symbol:
            end = next((other for other in range(at + 1, len(lines)) if ENTRY.match(lines[other])), None)
            yield range(at, len(lines) if end is None else end)
