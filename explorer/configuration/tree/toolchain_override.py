# SPDX-License-Identifier: GPL-2.0-only
"""What a ``.config`` records of its compiler, taken as the answers to the tree's probes.

A symbol whose definition holds a macro call (``def_bool $(cc-option,...)``, ``default $(as-version)``)
depends on a toolchain that this machine may not have. The file says what that toolchain answered. While
``as_recorded`` lasts such a symbol has the file's value, whatever the tree's own probes said, and all
that follows from it follows. Symbols that the file does not name keep the tree's answers.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import kconfiglib

from explorer.configuration.tree.tree import Tree

__all__ = ["forced_values", "probe_dependent_symbols", "toolchain_of_config"]

_LOGICAL = frozenset({kconfiglib.BOOL, kconfiglib.TRISTATE})


@lru_cache(maxsize=8)
def probe_dependent_symbols(tree: Tree) -> tuple[str, ...]:
    """The symbols that a macro call decides: those whose definition holds one, and what they select by it.

    A call in a dependency may have hidden a selector and all of its selects when the tree was parsed, so what
    such a symbol selects counts, too, where nobody can be asked for it.
    """
    found: dict[str, None] = {}
    files = tree.files_with("$(")
    for symbol in tree.kconfig.unique_defined_syms:
        if files.isdisjoint(node.filename for node in symbol.nodes):
            continue
        name = symbol.name
        texts = [line.text for line in tree.statements(name)]
        called = [text for text in texts if "$(" in text]
        selects = [text for text in called if text.startswith("select")]
        if len(called) > len(selects):
            found[name] = None
        if any(text.startswith("depends") for text in called):
            selects = [text for text in texts if text.startswith("select")]
        targets = [text.split()[1] for text in selects]
        found.update(
            dict.fromkeys(
                target for target in targets if tree.defines(target) and not tree.has_prompt(target)
            )
        )
    return tuple(found)


@contextmanager
def toolchain_of_config(tree: Tree, values: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Let the symbols that a macro call decides have the values of a file where it gives them.

    Args:
        tree: the tree; it is as before afterwards.
        values: what the file sets.

    Yields:
        The symbols that now have the file's value.
    """
    held = {name: values[name] for name in probe_dependent_symbols(tree) if name in values}
    with _held(tree, held):
        yield tuple(held)


@contextmanager
def forced_values(tree: Tree, values: Mapping[str, str]) -> Iterator[None]:
    """Let symbols have values whatever is selected and whatever they depend on; members of choices excepted.

    They select and imply as if their dependencies were met: kconfiglib has folded these into each select.

    Args:
        tree: the tree, which has been given answers; it is as before afterwards.
        values: symbol to value, of symbols that the tree defines.
    """
    symbols = [tree.kconfig.syms[name] for name in values]
    targets = {target for symbol in symbols for target, *_ in _aims(symbol)}
    before = {symbol: (symbol.rev_dep, symbol.weak_rev_dep) for symbol in targets.union(symbols)}
    try:
        with _held(tree, values):
            for symbol in symbols:
                for target, condition, kind in _aims(symbol):
                    term = (kconfiglib.AND, symbol, condition)
                    setattr(target, kind, (kconfiglib.OR, getattr(target, kind), term))
            for symbol in symbols:
                symbol.rev_dep = symbol.weak_rev_dep = tree.kconfig.n
            yield
    finally:
        for symbol, (selected, implied) in before.items():
            symbol.rev_dep, symbol.weak_rev_dep = selected, implied
            symbol._rec_invalidate()  # noqa: SLF001 # kconfiglib does not expect a definition to change


def _aims(symbol: Any) -> Iterator[tuple[Any, Any, str]]:
    """What a symbol selects and implies: whom, on which condition of its own, and where that is folded in."""
    for node in symbol.nodes:
        yield from ((target, condition, "rev_dep") for target, condition in node.orig_selects)
        yield from ((target, condition, "weak_rev_dep") for target, condition in node.orig_implies)


@contextmanager
def _held(tree: Tree, values: Mapping[str, str]) -> Iterator[None]:
    """Let symbols take a value by default whatever they depend on."""
    before = [(symbol := tree.kconfig.syms[name], _state(symbol)) for name in values]
    try:
        for symbol, _ in before:
            _hold(symbol, values[symbol.name])
        yield
    finally:
        for symbol, state in before:
            symbol.defaults, symbol.weak_rev_dep, symbol.direct_dep, prompts = state
            for node, prompt in zip(symbol.nodes, prompts, strict=True):
                node.prompt = prompt
            symbol._rec_invalidate()  # noqa: SLF001 # kconfiglib does not expect a definition to change


def _state(symbol: Any) -> tuple[Any, Any, Any, list[Any]]:
    return symbol.defaults, symbol.weak_rev_dep, symbol.direct_dep, [node.prompt for node in symbol.nodes]


def _hold(symbol: Any, value: str) -> None:
    """Make a value the default under no condition; what has a prompt can be answered, too."""
    kconfig = symbol.kconfig
    if symbol.orig_type in _LOGICAL:
        default = {"m": kconfig.m, "y": kconfig.y}.get(value, kconfig.n)
    else:
        default = kconfig._lookup_const_sym(value)  # noqa: SLF001 # how the parser makes a constant
    symbol.defaults = [(default, kconfig.y)]
    symbol.weak_rev_dep = kconfig.n
    symbol.direct_dep = kconfig.y
    for node in symbol.nodes:
        if node.prompt:
            node.prompt = (node.prompt[0], kconfig.y)
    symbol._rec_invalidate()  # noqa: SLF001 # as above
