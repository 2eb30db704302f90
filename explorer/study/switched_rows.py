# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of a kernel under further changes: what each configuration becomes, and the kernel that it configures.

A row keeps its answers. Only the symbols that a change redefines take another value, the one that Kconfig
computes (``change_switching``). Each set of definitions is parsed and evaluated once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from explorer.boot import Change, Kernel, KernelConfig
from explorer.configuration import Tree, redefined_tree
from explorer.errors import InputError
from explorer.study.change_switching import (
    SwitchedKernel,
    switched_kernel,
    switching_of,
    values_after_switching,
)
from explorer.study.tree_kernel import kernel_of_tree

__all__ = ["ConfiguredRow", "SwitchedRows"]

_Definitions = tuple[tuple[str, tuple[str, ...]], ...]


class ConfiguredRow(Protocol):
    """A configuration of a kernel: the values of all symbols, and the kernel that they configure."""

    @property
    def values(self) -> Mapping[str, str]:
        """The values of all symbols."""

    @property
    def kernel_config(self) -> KernelConfig:
        """The configured kernel."""


class SwitchedRows:
    """The rows of one kernel under further changes.

    Args:
        tree: the Kconfig of the kernel, with the changes in it that were switched already.
        rows: rows of this kernel, at least one.
    """

    def __init__(self, tree: Tree, rows: Sequence[ConfiguredRow]) -> None:
        self.rows = tuple(rows)
        self.kernel = rows[0].kernel_config.kernel
        self._tree = tree
        self._before = switching_of(self.kernel)
        switched = isinstance(self.kernel, SwitchedKernel)
        self._released = kernel_of_tree(tree, self.kernel.version) if switched else self.kernel
        self._redefined: dict[_Definitions, tuple[Mapping[str, str], ...]] = {
            tuple(sorted(self._before.definitions.items())): tuple({} for _ in rows)
        }

    def with_changes(self, added: Collection[Change], removed: Collection[Change] = ()) -> Kernel | None:
        """Return the kernel with further changes; ``None`` where they cannot be switched in it.

        Args:
            added: changes to switch on; what they need is switched on, too.
            removed: changes to switch off.
        """
        on = [change.name for change in (*self._before.added, *added) if change not in removed]
        off = [change.name for change in (*self._before.removed, *removed) if change not in added]
        try:
            return switched_kernel(self._released, on, off)
        except InputError:
            return None

    def further_changes(self, kernel: Kernel) -> tuple[Change, ...]:
        """Return the changes that were switched on in a kernel and not in that of the rows."""
        return tuple(change for change in switching_of(kernel).added if change not in self._before.added)

    def kernel_configs(self, kernel: Kernel) -> tuple[KernelConfig, ...]:
        """Return what each row configures of a kernel with further changes, in the order of the rows."""
        definitions = switching_of(kernel).definitions
        key = tuple(sorted(definitions.items()))
        if key not in self._redefined:
            tree = redefined_tree(self._tree, definitions)
            self._redefined[key] = tuple(self._changed(tree, row, kernel) for row in self.rows)
        return tuple(
            _with_values(row.kernel_config.with_kernel(kernel), values)
            for row, values in zip(self.rows, self._redefined[key], strict=True)
        )

    def _changed(self, tree: Tree, row: ConfiguredRow, kernel: Kernel) -> Mapping[str, str]:
        """The redefined symbols with the values that Kconfig computes."""
        after = values_after_switching(tree, row.values, kernel)
        return {name: value for name, value in after.items() if row.values.get(name) != value}


def _with_values(config: KernelConfig, values: Mapping[str, str]) -> KernelConfig:
    """A configuration in which some bool symbols that decide no number have other values."""
    if not values:
        return config
    on = config.on.difference(values) | {name for name, value in values.items() if value == "y"}
    return replace(config, on=on)
