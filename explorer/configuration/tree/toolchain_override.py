# SPDX-License-Identifier: GPL-2.0-only
"""A tree whose compiler checks give what a ``.config`` records of them.

A symbol whose definition calls a macro (``def_bool $(cc-option,...)``, ``default $(as-version)``) depends on
a toolchain that this machine may not have. The ``.config`` says what that toolchain answered. In the
overridden tree such a symbol has the value of the file, whatever the tree's own probes answered, and all
that depends on it is computed from that. Symbols that the file does not set keep the tree's answers.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.tree import Tree

__all__ = ["forced_values", "probe_dependent_symbols", "toolchain_of_config", "with_toolchain_of"]


def with_toolchain_of(tree: Tree, values: Mapping[str, str]) -> Tree:
    """The tree in which the symbols that compiler checks decide have the values of a file.

    Args:
        tree: the tree.
        values: what the file sets; ``toolchain`` of the result holds what of it was taken over.
    """
    recorded = {name: values[name] for name in tree.probe_dependent_symbols if name in values}
    return tree.with_toolchain(recorded)


def probe_dependent_symbols(tree: Tree) -> tuple[str, ...]:
    """Temporary: ``tree.probe_dependent_symbols``."""
    return tree.probe_dependent_symbols


@contextmanager
def toolchain_of_config(tree: Tree, values: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Temporary: ``with_toolchain_of``."""
    before, tree.toolchain = tree.toolchain, with_toolchain_of(tree, values).toolchain
    tree.answer(tree._given)  # noqa: SLF001 # temporary
    try:
        yield tuple(tree.toolchain)
    finally:
        tree.toolchain = before
        tree.answer(tree._given)  # noqa: SLF001 # temporary


@contextmanager
def forced_values(tree: Tree, values: Mapping[str, str]) -> Iterator[None]:
    """Temporary: ``Evaluation(tree, answers, forced=values)``."""
    tree._last = Evaluation(tree, tree._given, values)  # noqa: SLF001 # temporary
    try:
        yield
    finally:
        tree.answer(tree._given)  # noqa: SLF001 # temporary
