# SPDX-License-Identifier: GPL-2.0-or-later
"""Limits of a parse: sums over a whole tree, so that no number of small parts exceeds the memory.

The largest tree that is known, Linux 6.12 for one architecture, needs at most a twentieth of each limit.
"""

from collections.abc import Callable

from explorer.errors import LimitError

__all__ = ["ParseTotals"]

_HINT = "is this a kernel tree?"
_LONGEST_LINE = 1 << 20  # characters, with the lines that a backslash joins to it
_MOST_JOINED = 10_000


class Sum:
    """One sum of a parse.

    Args:
        what: what is counted.
        most: the limit.
        place: gives the file and line that is being parsed.
    """

    __slots__ = ("_most", "_place", "_value", "_what")

    def __init__(self, what: str, most: int, place: Callable[[], str]) -> None:
        self._what, self._most, self._place, self._value = what, most, place, 0

    def add(self, amount: int = 1) -> None:
        """Add to the sum.

        Raises:
            LimitError: the sum exceeds its limit.
        """
        self._value += amount
        if self._value > self._most:
            what = f"the tree has more than {self._most} {self._what}"
            raise LimitError(what, most=self._most, where=self._place(), hint=_HINT)

    def rise_to(self, count: int) -> None:
        """Set the sum to a number that is counted elsewhere.

        Raises:
            LimitError: the number exceeds the limit.
        """
        self._value = 0
        self.add(count)


class ParseTotals:
    """The sums of one parse; the comments say what Linux 6.12 needs.

    Args:
        place: gives the file and line that is being parsed.

    Attributes:
        entries: the entries of symbols, choices, menus and comments.
        names: symbols and constants.
        expansions: expanded macros.
        macro_text: characters of their arguments and their values.
        copies: characters that kconfiglib copies while it expands macros and escapes.
        help: characters of help texts.
    """

    def __init__(self, place: Callable[[], str]) -> None:
        self._files = Sum("sourced files", 50_000, place)  # 1,601
        self._text = Sum(
            "characters of Kconfig, with files that are sourced again", 32 << 20, place
        )  # 6 million
        self.entries = Sum("entries", 250_000, place)  # 19,000
        self.names = Sum("names of symbols and constants", 500_000, place)  # 20,000
        self.expansions = Sum("expanded macros", 500_000, place)  # 4,000
        self.macro_text = Sum("characters in macros", 64 << 20, place)  # 1 million
        self.copies = Sum("characters copied for macros and escapes", 8 << 30, place)  # 3 million
        self.help = Sum("characters of help", 32 << 20, place)  # 4 million

    def add_file(self, text: str, name: str) -> None:
        """Count a file that is parsed.

        Raises:
            LimitError: there are too many, or a line is too long.
        """
        self._files.add()
        self._text.add(len(text))
        _check_lines(text, name)

    def add_line(self, text: str) -> None:
        """Count the copies that kconfiglib makes of a line: one for each escape. Macros are counted later.

        Raises:
            LimitError: there are too many.
        """
        self.copies.add(len(text) * text.count("\\"))


def _check_lines(text: str, name: str) -> None:
    """Refuse lines that are too long, or joined from too many."""
    if len(text) <= _MOST_JOINED or (len(text) <= _LONGEST_LINE and text.count("\\\n") < _MOST_JOINED):
        return
    length = joined = 0
    for number, line in enumerate(text.split("\n"), start=1):
        length, joined = length + len(line), joined + 1
        for count, most, unit in (
            (length, _LONGEST_LINE, "characters"),
            (joined, _MOST_JOINED, "joined lines"),
        ):
            if count > most:
                what = f"a line has more than {most} {unit}"
                raise LimitError(what, most=most, where=f"{name}:{number}", hint=_HINT)
        if not line.endswith("\\"):
            length = joined = 0
