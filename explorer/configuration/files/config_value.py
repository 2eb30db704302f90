# SPDX-License-Identifier: GPL-2.0-only
"""A value as a ``.config`` writes it: a text that remembers whether it stood in quotes.

``conf_set_sym_val()`` (6.1's and 6.12's scripts/kconfig/confdata.c) wants quotes around strings and takes
them nowhere else; "is not set" says n of a bool or tristate and nothing of other types. Only the type of a
symbol says which holds, so the reader of a file cannot decide.
"""

import re
from typing import Self

__all__ = ["ConfigValue"]

_QUOTED = re.compile(
    r'"((?:[^"\\]++|(?:\\.)++)*+)"', re.DOTALL
)  # never tries a part again: a line may have 60 MB
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_LOGICAL = re.compile(r"([ymn])\s+")


class ConfigValue(str):
    """A value without its quotes and escapes.

    Attributes:
        quoted: it stood in quotes.
        unset: it is the n of a line "is not set".
    """

    __slots__ = ("quoted", "unset")
    quoted: bool
    unset: bool

    def __new__(cls, value: str, *, quoted: bool = False, unset: bool = False) -> Self:
        """The value itself, as it is without quotes."""
        made = super().__new__(cls, value)
        made.quoted = quoted
        made.unset = unset
        return made

    @classmethod
    def read(cls, text: str) -> Self:
        """What stands after ``CONFIG_X=``.

        A string ends at its second quote, whatever follows; without one, the opening quote stays a part of
        the value, which no type takes. Spaces after a y, m or n do not count.
        """
        if found := _QUOTED.match(text):
            return cls(_ESCAPED.sub(r"\1", found[1]), quoted=True)
        found = _LOGICAL.fullmatch(text)
        return cls(found[1] if found else text)

    @property
    def shown(self) -> str:
        """The value with the quotes it had."""
        return f'"{self}"' if self.quoted else str(self)

    def __reduce__(self) -> tuple[type[Self], tuple[str], tuple[None, dict[str, bool]]]:
        """Pickled with what it remembers: findings of many files come from other processes."""
        return type(self), (str(self),), (None, {"quoted": self.quoted, "unset": self.unset})
