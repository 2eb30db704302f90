# SPDX-License-Identifier: GPL-2.0-or-later
"""The only mutable part of a tree: kconfiglib, which holds one set of definitions and answers at a time.

kconfiglib computes values from answers that its symbols hold. ``Engine`` knows which ``State`` they hold and
replaces it when another one is read, so that ``Evaluation`` behaves like a value. A state has three parts:

1. *Toolchain*: values that a ``.config`` records for symbols that compiler checks decide. Such a symbol gets
   the value as its only default, and its dependencies are ignored.
2. *Answers*: what ``conf_read()`` reads from a ``.config``.
3. *Forced*: values of symbols whatever selects them and whatever they depend on, except members of choices.
   These symbols select and imply as if their dependencies were met; kconfiglib has added the dependencies to
   the condition of each select.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import kconfiglib

from explorer.configuration.tree.parser import LinuxKconfig

__all__ = ["Engine", "State"]

_LOGICAL = frozenset({kconfiglib.BOOL, kconfiglib.TRISTATE})


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What kconfiglib's symbols hold; states are compared by identity.

    Attributes:
        toolchain: values of symbols that compiler checks decide.
        answers: symbol and value, in the order in which they are given.
        forced: values that symbols have in any case.
    """

    toolchain: Mapping[str, str] = field(default_factory=dict)
    answers: tuple[tuple[str, str], ...] = ()
    forced: Mapping[str, str] = field(default_factory=dict)


class Engine:
    """The symbols of kconfiglib, and the state that they hold.

    Attributes:
        kconfig: the symbols; their values and some definitions are those of the last state that was read.
    """

    def __init__(self, kconfig: LinuxKconfig) -> None:
        self.kconfig = kconfig
        kconfig.warn = False  # parsing is over, and warnings about answers are not read
        self._loaded: State | None = None
        self._toolchain = _Edit()
        self._forced = _Edit()

    def load(self, state: State) -> LinuxKconfig:
        """The symbols, in a state."""
        if self._loaded is not state:
            self.define(state.toolchain)
            self.kconfig.assign(state.answers)
            self._forced = _forced(self.kconfig, state.forced)
            self._loaded = state
        return self.kconfig

    def define(self, toolchain: Mapping[str, str]) -> LinuxKconfig:
        """The symbols, with the definitions that a toolchain gives; their values are undefined."""
        if self._forced.values:
            self._forced.undo()
            self._forced, self._loaded = _Edit(), None
        if self._toolchain.values != toolchain:
            self._toolchain.undo()
            self._toolchain, self._loaded = _with_defaults(self.kconfig, toolchain), None
        return self.kconfig


class _Edit:
    """A change of definitions that can be undone.

    Args:
        values: the values that it gives to symbols.
        kconfig: the symbols; ``None`` if there are no values.
    """

    def __init__(self, values: Mapping[str, str] | None = None, kconfig: LinuxKconfig | None = None) -> None:
        self.values: Mapping[str, str] = dict(values or {})
        self._before: list[tuple[Any, str, Any]] = []
        self.symbols = [kconfig.syms[name] for name in self.values] if kconfig else []

    def set(self, item: Any, attribute: str, value: object) -> None:
        """Set an attribute of a symbol or a node."""
        self._before.append((item, attribute, getattr(item, attribute)))
        setattr(item, attribute, value)

    def invalidate(self) -> None:
        """Invalidate computed values; kconfiglib does not do it when a definition changes."""
        for item in dict.fromkeys([*self.symbols, *(item for item, _, _ in self._before)]):
            if isinstance(item, kconfiglib.Symbol):
                item._rec_invalidate()  # noqa: SLF001 # as above

    def undo(self) -> None:
        """Restore every attribute."""
        for item, attribute, value in reversed(self._before):
            setattr(item, attribute, value)
        self.invalidate()


def _with_defaults(kconfig: LinuxKconfig, values: Mapping[str, str]) -> _Edit:
    """Make values the unconditional defaults of symbols, and their prompts visible."""
    edit = _Edit(values, kconfig)
    _set_defaults(edit)
    edit.invalidate()
    return edit


def _set_defaults(edit: _Edit) -> None:
    for symbol in edit.symbols:
        kconfig = symbol.kconfig
        edit.set(symbol, "defaults", [(_constant(symbol, edit.values[symbol.name]), kconfig.y)])
        edit.set(symbol, "weak_rev_dep", kconfig.n)
        edit.set(symbol, "direct_dep", kconfig.y)
        for node in symbol.nodes:
            if node.prompt:
                edit.set(node, "prompt", (node.prompt[0], kconfig.y))


def _constant(symbol: Any, value: str) -> Any:
    """A value as kconfiglib's parser represents it."""
    kconfig = symbol.kconfig
    if symbol.orig_type in _LOGICAL:
        return {"m": kconfig.m, "y": kconfig.y}.get(value, kconfig.n)
    return kconfig._lookup_const_sym(value)  # noqa: SLF001 # how the parser makes a constant


def _forced(kconfig: LinuxKconfig, values: Mapping[str, str]) -> _Edit:
    """Force values of symbols, and select and imply as if their dependencies were met."""
    edit = _Edit(values, kconfig)
    _set_defaults(edit)
    for symbol in edit.symbols:
        for target, condition, reverse in _reverse_dependencies(symbol):
            term = (kconfiglib.AND, symbol, condition)
            edit.set(target, reverse, (kconfiglib.OR, getattr(target, reverse), term))
    for symbol in edit.symbols:
        edit.set(symbol, "rev_dep", kconfig.n)
        edit.set(symbol, "weak_rev_dep", kconfig.n)
    edit.invalidate()
    return edit


def _reverse_dependencies(symbol: Any) -> Iterator[tuple[Any, Any, str]]:
    """The targets of selects and implies, with their conditions and the attribute that collects them."""
    for node in symbol.nodes:
        yield from ((target, condition, "rev_dep") for target, condition in node.orig_selects)
        yield from ((target, condition, "weak_rev_dep") for target, condition in node.orig_implies)
