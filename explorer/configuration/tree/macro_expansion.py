# SPDX-License-Identifier: GPL-2.0-or-later
"""Expands macros nested to any depth: the recursive functions of kconfiglib's preprocessor as loops.

The rules are those of scripts/kconfig/preprocess.c, where kconfiglib has others:

1. Variables that use each other, and calls within arguments, nest to any depth. A function that calls itself
   is refused from 1,001 calls on (variable_expand()); kconfiglib refuses 101.
2. The value of a variable that was set with ``:=`` is not expanded again (variable_expand()).
3. A variable has no value while its first value is expanded: ``X := $(X)`` (variable_add()).
4. ``$(1)`` is an argument of the function that is being expanded if it has so many, and ``$(0)`` is none. The
   number stands in the file: it is no macro itself (eval_clause()).
5. A call has at most 15 arguments (eval_clause()).
6. Only a macro without arguments can be a variable of the environment (eval_clause()).

A text is copied once, however many macros it holds.
"""

import re
from collections.abc import Sequence
from typing import Any

import kconfiglib

from explorer.configuration.tree.unrecursed import Call, run

__all__ = ["MacroKconfig"]

_SPECIAL = re.compile(r"\(|\)|,|\$\(")
_ARGUMENT = re.compile(r"\s*\+?0*([1-9][0-9]{0,8})", re.ASCII)  # strtoul()
_MOST_WORDS = 16  # FUNCTION_MAX_ARGS: a function and its arguments
_MOST_CALLS = 1_000  # of a function by itself


class MacroKconfig(kconfiglib.Kconfig):  # type: ignore[misc] # kconfiglib is untyped
    """A Kconfig tree whose macros may nest to any depth."""

    def _expand_macro(self, s: str, i: int, args: Sequence[str]) -> tuple[str, int]:
        """The text with the macro at a place expanded, and the end of what it became."""
        value, end = run(self._macro(s, i, args))
        return f"{s[:i]}{value}{s[end:]}", i + len(value)

    def _expand_whole(self, s: str, args: Sequence[str]) -> str:
        """The text with all of its macros expanded."""
        return run(self._whole(s, args))

    def _whole(self, text: str, outer: Sequence[str]) -> Call[str]:
        parts: list[str] = []
        begin = 0
        while (place := text.find("$(", begin)) != -1:
            parts.append(text[begin:place])
            value, begin = yield self._macro(text, place, outer)
            parts.append(value)
        return "".join((*parts, text[begin:]))

    def _macro(self, text: str, place: int, outer: Sequence[str]) -> Call[tuple[str, int]]:
        """The value of a macro, and the place after it.

        Args:
            text: the text with the macro.
            place: where the macro begins.
            outer: the name and the arguments of the function that is being expanded; empty outside of one.
        """
        words: list[str] = []
        parts: list[str] = []
        brackets = 0
        begin = at = place + len("$(")
        while special := _SPECIAL.search(text, at):
            mark, at = special[0], special.end()
            if mark == "$(":
                parts.append(text[begin : special.start()])
                value, begin = yield self._macro(text, special.start(), outer)
                parts.append(value)
                at = begin
            elif brackets or mark == "(":
                brackets += {"(": 1, ")": -1}.get(mark, 0)
            else:
                is_written = begin == place + len("$(")  # one word without macros
                words.append("".join((*parts, text[begin : special.start()])))
                parts, begin = [], at
                if mark == ")":
                    own = _argument(words[0], outer) if is_written else None
                    return (own if own is not None else (yield self._called(words))), at
        self._parse_error("missing end parenthesis in macro expansion")
        return "", at

    def _called(self, words: list[str]) -> Call[str]:
        """The value of a variable or function.

        Args:
            words: its name, and its arguments.
        """
        if len(words) > _MOST_WORDS:
            self._parse_error("too many function arguments")
        name = self._plain(words[0])
        variable = self.variables.get(name)
        if variable is None or not hasattr(variable, "value"):
            return self._of_no_variable(name, words[1:])
        if not variable.is_recursive:
            return str(variable.value)
        self._check_recursion(variable, has_arguments=len(words) > 1)
        variable._n_expansions += 1  # noqa: SLF001 # kconfiglib's own count
        value: str = yield self._whole(variable.value, [name, *words[1:]])
        variable._n_expansions -= 1  # noqa: SLF001 # as above
        return value

    def _check_recursion(self, variable: Any, *, has_arguments: bool) -> None:
        calls = variable._n_expansions  # noqa: SLF001 # as above
        if calls and not has_arguments:
            self._parse_error(f"Preprocessor variable {variable.name} recursively references itself")
        if calls > _MOST_CALLS:
            self._parse_error(f"Preprocessor function {variable.name} seems stuck in infinite recursion")

    def _of_no_variable(self, name: str, arguments: list[str]) -> str:
        """The value of a built-in function or of a variable of the environment; empty for any other name."""
        if arguments and name not in self._functions:
            return ""
        unset = self.variables.pop(name, None)  # rule 3: kconfiglib looks for a variable first
        value = str(super()._fn_val([name, *arguments]))
        if unset is not None:
            self.variables[name] = unset
        return value

    def _plain(self, text: str) -> str:
        """The text of a name."""
        return text


def _argument(written: str, outer: Sequence[str]) -> str | None:
    """The argument of the function that is being expanded that a macro names by its number."""
    number = _ARGUMENT.fullmatch(written)
    return outer[int(number[1])] if number and int(number[1]) < len(outer) else None
