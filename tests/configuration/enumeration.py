# SPDX-License-Identifier: GPL-2.0-or-later
"""Plain enumeration with kconfiglib: every answer to every prompt that could matter, one after the other.

The answers are given to kconfiglib directly; at the end all are removed, because tests share the fragments.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import kconfiglib

from explorer.configuration import Tree
from explorer.configuration.tree.engine import State


def cone(tree: Tree, names: Sequence[str]) -> list[Any]:
    """All symbols and choices that some expression leads to from the named symbols."""
    syms = tree.kconfig.syms
    pending = [tree.kconfig.modules, *(syms[name] for name in names if tree.defines(name))]
    seen: list[Any] = []
    while pending:
        item = pending.pop()
        if item in seen:
            continue
        seen.append(item)
        for node in item.nodes:
            pending += kconfiglib.expr_items(node.dep)
            if node.prompt:
                pending += kconfiglib.expr_items(node.prompt[1])
        for value, condition in item.defaults:
            pending += [*kconfiglib.expr_items(value), *kconfiglib.expr_items(condition)]
        if isinstance(item, kconfiglib.Choice):
            pending += item.syms
            continue
        pending += [*kconfiglib.expr_items(item.rev_dep), *kconfiglib.expr_items(item.weak_rev_dep)]
        if item.choice:
            pending.append(item.choice)
    return seen


def combinations_by_enumeration(tree: Tree, names: Sequence[str]) -> set[tuple[str, ...]]:
    """The values of the named symbols under every set of answers."""
    return {tuple(plain_value(tree, name) for name in names) for _ in answered(tree, names)}


def plain_value(tree: Tree, name: str) -> str:
    """What kconfiglib computes from the answers that it has."""
    symbol = tree.engine.kconfig.syms.get(name)
    return str(symbol.str_value) if symbol and symbol.nodes else "n"


def answered(tree: Tree, names: Sequence[str]) -> Iterator[None]:
    """Give every set of answers that could matter to some symbols, one after the other."""
    items = cone(tree, names)
    prompted = [item for item in items if any(node.prompt for node in item.nodes)]
    choices = [item for item in prompted if isinstance(item, kconfiglib.Choice)]
    symbols = [item for item in prompted if isinstance(item, kconfiglib.Symbol) and not item.choice]
    # A choice is answered by its mode and by its member; members of an m choice answer singly.
    members = [item for choice in choices for item in choice.syms]
    domains = [[*_domain(symbol), *_silence(symbol)] for symbol in symbols]
    modes = [_domain(choice) for choice in choices]
    selections = [choice.syms for choice in choices]
    singles = [_single(member) for member in members]
    try:
        for values, mode, chosen, single in product(
            product(*domains), product(*modes), product(*selections), product(*singles)
        ):
            tree.engine.kconfig.unset_values()
            for symbol, value in zip(symbols, values, strict=True):
                if value is not None:
                    symbol.set_value(value)
            for choice, value in zip(choices, mode, strict=True):
                choice.set_value(value)
            for member, answer in zip(members, single, strict=True):
                if answer is not None:
                    member.set_value(answer)
            for member, value in zip(chosen, mode, strict=True):
                if value == 2:
                    member.set_value(2)
            yield None
    finally:  # fragments are shared with other tests
        tree.engine.kconfig.unset_values()
        tree.engine.load(State())


def _single(member: Any) -> list[int | None]:
    """What a member of a choice that may be m can be on its own."""
    return [0, 1] if member.choice.orig_type == kconfiglib.TRISTATE else [None]


def _silence(symbol: Any) -> list[None]:
    """No answer: it gives more than any answer where a default or imply exceeds the prompt's visibility."""
    has_more = symbol.defaults or symbol.weak_rev_dep is not symbol.kconfig.n
    is_limited = any(node.prompt and node.prompt[1] is not symbol.kconfig.y for node in symbol.nodes)
    return [None] if symbol.orig_type == kconfiglib.TRISTATE and has_more and is_limited else []


def _domain(item: Any) -> list[int]:
    return [0, 1, 2] if item.orig_type == kconfiglib.TRISTATE else [0, 2]
