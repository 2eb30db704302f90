# SPDX-License-Identifier: GPL-2.0-or-later
"""A value as a ``.config`` holds it: a string that remembers its quotes.

``conf_set_sym_val()`` (6.1's and 6.12's scripts/kconfig/confdata.c) requires quotes around strings and
accepts them for no other type. "is not set" means n for a bool or tristate and has no meaning for other
types. The type of a symbol decides, and it is not known when a file is read.
"""

import re
from typing import Self

__all__ = ["ConfigValue"]

_QUOTED = re.compile(
    r'"((?:[^"\\]++|(?:\\.)++)*+)"', re.DOTALL
)  # possessive, so that a line of 60 MB takes linear time
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_LOGICAL = re.compile(r"([ymn])\s+")


class ConfigValue(str):
    """A value without its quotes and escapes.

    Attributes:
        quoted: the file has it in quotes.
        unset: it is the n of a line "is not set".
    """

    __slots__ = ("quoted", "unset")
    quoted: bool
    unset: bool

    def __new__(cls, value: str, *, quoted: bool = False, unset: bool = False) -> Self:
        """A value from its text without quotes."""
        instance = super().__new__(cls, value)
        instance.quoted = quoted
        instance.unset = unset
        return instance

    @classmethod
    def read(cls, text: str) -> Self:
        """The value of the text after ``CONFIG_X=``.

        A string ends at its second quote, and the rest of the line is ignored. Without a second quote, the
        first is a part of the value, which no type accepts. Spaces after y, m or n are ignored.
        """
        if string := _QUOTED.match(text):
            return cls(_ESCAPED.sub(r"\1", string[1]), quoted=True)
        logical = _LOGICAL.fullmatch(text)
        return cls(logical[1] if logical else text)

    @property
    def shown(self) -> str:
        """The value with its quotes."""
        return f'"{self}"' if self.quoted else str(self)

    def __reduce__(self) -> tuple[type[Self], tuple[str], tuple[None, dict[str, bool]]]:
        """Pickles the attributes, too: findings of many files come from other processes."""
        return type(self), (str(self),), (None, {"quoted": self.quoted, "unset": self.unset})
