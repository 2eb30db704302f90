# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines that a terminal wraps, indented and without spaces at their ends. A pipe gets them whole."""

import textwrap

from rich.console import Console
from rich.text import Text

from explorer.terminal.guarded_console import one_line

__all__ = ["show_hanging", "show_indented", "show_wrapped"]

_NARROWEST = 20  # columns of text beside a head or an indentation


def show_wrapped(console: Console, line: Text) -> None:
    """Prints a line; a terminal wraps it and gets no spaces at the ends."""
    line = one_line(line)
    for part in [line] if console.soft_wrap else line.wrap(console, console.width):
        part.rstrip()
        console.print(part)


def show_indented(console: Console, text: str, by: int, *, style: str = "") -> None:
    """Prints an indented text; a terminal indents the lines that it wraps, too."""
    lines = [one_line(text)]
    if not console.soft_wrap:
        lines = textwrap.wrap(lines[0], max(console.width - by, _NARROWEST), break_on_hyphens=False)
    for line in lines:
        console.print(Text(" " * by).append(line, style))


def show_hanging(console: Console, head: str, text: str) -> None:
    """Prints text behind its head; on a terminal further lines begin below the text."""
    lines = [one_line(head + text)]
    if not console.soft_wrap:
        width, indent = max(console.width, len(head) + _NARROWEST), " " * len(head)
        lines = textwrap.wrap(
            lines[0], width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )
    for line in lines:
        console.print(line)
