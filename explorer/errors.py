# SPDX-License-Identifier: GPL-2.0-only
"""The one exception that every room raises for what a user can mend, and how its words reach a terminal.

An error says *what* is wrong, *where* (file, line, option) and what to do *next*.
The faces print it as one line and exit with 2; a traceback means a defect in this program.
"""

__all__ = ["InputError", "printable", "printable_lines", "shortened"]

_LONGEST = 1000  # what a message repeats comes from strangers; the beginning of it is enough


class InputError(Exception):
    """Something handed to the program cannot be used.

    What is longer than 1,000 characters is cut: a message must fit a screen, whatever it quotes.

    Args:
        what: the fault, as a sentence without a full stop.
        where: file, ``file:line`` or option the fault lies in; empty where there is none.
        hint: what the user can do about it; empty where nothing helps.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = shortened(what, _LONGEST)
        self.where = shortened(where, _LONGEST)
        self.hint = shortened(hint, _LONGEST)

    def __str__(self) -> str:
        located = f"{self.where}: {self.what}" if self.where else self.what
        return f"{located} ({self.hint})" if self.hint else located


def shortened(text: str, longest: int) -> str:
    """A text, cut after so many characters; dots say so."""
    return text if len(text) <= longest else f"{text[:longest]}..."


def printable(text: str) -> str:
    """Text for a terminal: names come from strangers, and control characters must not reach it."""
    if text.isprintable():
        return text
    plain = text.replace("\t", " ")
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in plain)


def printable_lines(text: str) -> str:
    """The same for a text of several lines, which stay lines."""
    return "\n".join(map(printable, text.split("\n")))
