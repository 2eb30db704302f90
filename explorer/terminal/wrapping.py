# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines that a terminal wraps, indented and without spaces at their ends. A pipe gets them whole."""

import textwrap

from rich.console import Console
from rich.text import Text

from explorer.errors import printable

__all__ = ["show_hanging", "show_indented", "show_wrapped"]

_NARROWEST = 20  # columns of text beside a head or an indentation


def show_wrapped(console: Console, line: Text) -> None:
    """Prints a line; a terminal wraps it and gets no spaces at the ends."""
    for part in [line] if console.soft_wrap else line.wrap(console, console.width):
        part.rstrip()
        console.print(part)


def show_indented(console: Console, text: str, by: int, *, style: str = "") -> None:
    """Prints an indented text; a terminal indents the lines that it wraps, too."""
    lines = [printable(text)]
    if not console.soft_wrap:
        lines = textwrap.wrap(lines[0], max(console.width - by, _NARROWEST), break_on_hyphens=False)
    for line in lines:
        console.print(Text(" " * by).append(line, style))


def show_hanging(console: Console, head: str, text: str) -> None:
    """Prints text behind its head; on a terminal further lines begin below the text."""
    line = printable(head + text)
    if not console.soft_wrap:
        width = max(console.width, len(head) + _NARROWEST)
        line = textwrap.fill(
            line, width, subsequent_indent=" " * len(head), break_long_words=False, break_on_hyphens=False
        )
    console.print(line)
