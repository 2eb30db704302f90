# SPDX-License-Identifier: GPL-2.0-or-later
"""The values of a tree's symbols under some answers.

An ``Evaluation`` behaves like an immutable value: its reads depend on its tree and answers, and not on other
evaluations. kconfiglib holds one set of answers at a time (``engine``), so alternating reads of two
evaluations are correct but slow: read one to the end, or take all of its values.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import kconfiglib

from explorer.configuration.tree.engine import State
from explorer.configuration.tree.sym_calc_value import is_outside_range
from explorer.configuration.tree.tree import Tree
from explorer.errors import InputError

__all__ = ["Evaluation", "bounded_depth"]


class Evaluation:
    """The values of a tree's symbols under some answers; a prompt without an answer takes its default.

    Args:
        tree: the tree.
        answers: symbol to value, or pairs in the order of a file; of several for one symbol the last counts.
            Answers to undefined symbols and values of another type are ignored, as ``conf`` does.
        forced: values that symbols have whatever selects them and whatever they depend on; members of choices
            excepted.
    """

    def __init__(
        self,
        tree: Tree,
        answers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        forced: Mapping[str, str] | None = None,
    ) -> None:
        self.tree = tree
        pairs = answers.items() if isinstance(answers, Mapping) else answers
        self._state = State(tree.toolchain, tuple(pairs), dict(forced or {}))
        self._read: dict[str, str] = {}
        self._values: dict[str, str] | None = None

    @property
    def answers(self) -> dict[str, str]:
        """The answers, the last one of each symbol, in the order in which these were given."""
        answers: dict[str, str] = {}
        for name, value in self._state.answers:
            answers.pop(name, None)
            answers[name] = value
        return answers

    def value(self, name: str) -> str:
        """The value of a symbol; ``n`` if the tree does not define it.

        Raises:
            InputError: values depend on each other more deeply than Python's stack.
        """
        if name not in self._read:
            symbol = self.symbol(name)
            with bounded_depth(self.tree):
                self._read[name] = str(symbol.str_value) if symbol and symbol.nodes else "n"
        return self._read[name]

    def values(self) -> dict[str, str]:
        """What ``written`` gives for every symbol, in the order of definition.

        Raises:
            InputError: as ``value``.
        """
        if self._values is None:
            kconfig = self._loaded()
            with bounded_depth(self.tree):
                self._values = {symbol.name: _written(symbol) for symbol in kconfig.unique_defined_syms}
        return dict(self._values)

    def written(self, name: str) -> str:
        """The value that a ``.config`` holds for a symbol: ``n`` or empty if it holds none.

        It holds none for a transitional symbol.
        """
        return self._values[name] if self._values is not None else _written(self.symbol(name))

    def is_written(self, name: str) -> bool:
        """Whether a ``.config`` holds a value for a symbol; always for a bool or tristate."""
        kind = self.tree.type_of(name)
        if kind in {"bool", "tristate"}:
            return True
        symbol = self.symbol(name)
        value = str(symbol.str_value)
        return bool(symbol._write_to_conf) and (kind == "string" or value != "")  # noqa: SLF001 # set with the value

    def is_visible(self, name: str) -> bool:
        """Whether a symbol is defined and its prompt is visible."""
        return self.tree.defines(name) and bool(self.symbol(name).visibility)

    # --- for the queries of this room: kconfiglib's items and expressions ---------------------------------

    def symbol(self, name: str) -> Any:
        """The symbol of kconfiglib, with these answers loaded; ``None`` if no file names it."""
        return self._loaded().syms.get(name)

    def symbols(self) -> list[Any]:
        """Every defined symbol, with these answers loaded."""
        return list(self._loaded().unique_defined_syms)

    def level(self, expression: Any) -> int:
        """The value of an expression, symbol or choice: 0 for n, 1 for m, 2 for y."""
        self._loaded()
        return int(kconfiglib.expr_value(expression))

    def visibility(self, item: Any) -> int:
        """The visibility of a symbol or choice: 0 for n, 1 for m, 2 for y."""
        self._loaded()
        return int(item.visibility)

    def text(self, symbol: Any) -> str:
        """The value of a symbol or constant as text."""
        self._loaded()
        return str(symbol.str_value)

    def is_outside_range(self, symbol: Any, text: str) -> bool:
        """Whether a number is outside the range of a symbol that is in force."""
        self._loaded()
        return is_outside_range(symbol, text)

    def selection(self, choice: Any) -> Any:
        """The member of a choice that is y; ``None`` if none is."""
        self._loaded()
        return choice.selection

    def _loaded(self) -> Any:
        return self.tree.engine.load(self._state)


def _written(symbol: Any) -> str:
    value = str(symbol.str_value)
    if symbol.name in symbol.kconfig.transitional:
        return "n" if symbol.orig_type in {kconfiglib.BOOL, kconfiglib.TRISTATE} else ""
    return value if value in {"n", "m", "y"} or symbol._write_to_conf else ""  # noqa: SLF001 # set with the value


@contextmanager
def bounded_depth(tree: Tree) -> Iterator[None]:
    """Turn a stack overflow into an error: values, clauses and causes are computed recursively.

    Raises:
        InputError: Python's stack was too small.
    """
    try:
        yield
    except RecursionError:
        what, hint = "values depend on each other too deeply", "is this a kernel tree?"
        raise InputError(what, where=tree.label, hint=hint) from None
