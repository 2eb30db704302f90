# SPDX-License-Identifier: GPL-2.0-or-later
"""Overrides the results of a tree's compiler checks by those that a ``.config`` records.

A symbol whose definition calls a macro (``def_bool $(cc-option,...)``, ``default $(as-version)``) depends on
a toolchain that this machine may not have. The ``.config`` records the answers of its own toolchain. In the
overridden tree such a symbol has the value of the file, and all values that depend on it follow. Symbols that
the file does not set keep the tree's answers.
"""

from collections.abc import Mapping

from explorer.configuration.tree.tree import Tree

__all__ = ["with_toolchain_of"]


def with_toolchain_of(tree: Tree, values: Mapping[str, str]) -> Tree:
    """The tree in which the symbols that compiler checks decide have the values of a file.

    Args:
        tree: the tree.
        values: the values that the file sets; ``toolchain`` of the result holds those that are used.
    """
    recorded = {name: values[name] for name in tree.probe_dependent_symbols if name in values}
    return tree.with_toolchain(recorded)
