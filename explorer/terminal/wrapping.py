# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines that a terminal wraps, indented and without spaces at their ends. A pipe gets them whole."""

import textwrap

from rich.console import Console
from rich.text import Text

from explorer.errors import printable

__all__ = ["show_indented", "show_wrapped"]


def show_wrapped(console: Console, line: Text) -> None:
    """Prints a line; a terminal wraps it and gets no spaces at the ends."""
    for part in [line] if console.soft_wrap else line.wrap(console, console.width):
        part.rstrip()
        console.print(part)


def show_indented(console: Console, text: str, by: int, *, style: str = "") -> None:
    """Prints an indented text; a terminal indents the lines that it wraps, too."""
    lines = [printable(text)]
    if not console.soft_wrap:
        lines = textwrap.wrap(lines[0], max(console.width - by, 20), break_on_hyphens=False)
    for line in lines:
        console.print(Text(" " * by).append(line, style))
