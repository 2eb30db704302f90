# SPDX-License-Identifier: GPL-2.0-or-later
"""The console of rich, with text in which characters that are not printable are replaced.

Names in a text come from files of strangers. A terminal gets escape sequences from rich only:

1. ``print()`` prints one line for each text. Line feeds inside it are replaced, so that a name cannot begin
   a line. Those at its beginning stay: they are blank lines before it.
2. Every segment of every other object, such as a cell of a table, is replaced while it is rendered.
"""

from collections.abc import Iterable
from typing import Any, TextIO, cast

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from explorer.errors import printable, printable_lines
from explorer.process.guarded_text import StyledText

__all__ = ["GuardedConsole", "one_line"]


class GuardedConsole(Console):
    """A console that keeps the rules above.

    Args:
        stream: standard output or standard error.
        settings: those of rich's console.
    """

    def __init__(self, stream: TextIO, **settings: Any) -> None:
        super().__init__(file=cast("TextIO", StyledText(stream)), **settings)

    def print(self, *objects: Any, **settings: Any) -> None:
        """Prints objects; a text becomes one line."""
        super().print(*map(one_line, objects), **settings)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The segments of an object."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control else Segment(printable_lines(text), style)


def one_line(thing: Any) -> Any:
    """A text as one line; another object as it is."""
    if isinstance(thing, str):
        return _printable(thing)
    if isinstance(thing, Text):
        thing.plain = _printable(thing.plain)  # as long as before, so that its styles stay in place
    return thing


def _printable(text: str) -> str:
    line = text.lstrip("\n")
    return "\n" * (len(text) - len(line)) + printable(line)
