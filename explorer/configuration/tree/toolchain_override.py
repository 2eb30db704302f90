# SPDX-License-Identifier: GPL-2.0-only
"""A tree whose compiler checks give what a ``.config`` records of them.

A symbol whose definition calls a macro (``def_bool $(cc-option,...)``, ``default $(as-version)``) depends on
a toolchain that this machine may not have. The ``.config`` says what that toolchain answered. In the
overridden tree such a symbol has the value of the file, whatever the tree's own probes answered, and all
that depends on it is computed from that. Symbols that the file does not set keep the tree's answers.
"""

from collections.abc import Mapping

from explorer.configuration.tree.tree import Tree

__all__ = ["with_toolchain_of"]


def with_toolchain_of(tree: Tree, values: Mapping[str, str]) -> Tree:
    """The tree in which the symbols that compiler checks decide have the values of a file.

    Args:
        tree: the tree.
        values: what the file sets; ``toolchain`` of the result holds what of it was taken over.
    """
    recorded = {name: values[name] for name in tree.probe_dependent_symbols if name in values}
    return tree.with_toolchain(recorded)
