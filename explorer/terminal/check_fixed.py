# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the fixes that ``check`` wrote into a file, with the lines that they changed."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from explorer.narrative.plurals import counted
from explorer.terminal.console import Json
from explorer.terminal.wrapping import show_wrapped

__all__ = ["show_fixed"]

_MOST_CHANGES = 12  # changed lines of a fix


def show_fixed(console: Console, checked: Json) -> None:
    """Prints the fixes of a file, and which are left to the user; nothing if there are none."""
    fixed = checked.get("fixed")
    if not fixed or not (fixed["fixes"] or fixed["contradicted"]):
        return
    for fix in fixed["fixes"]:
        place = f"{fix['file']}:{fix['line']}" if fix["line"] else fix["file"] or checked["file"]
        maps = len(fix["memory_maps"])
        words = f" on {counted(maps, 'memory map')}" if maps else f": {fix['message']}"
        line = Text("fixed ", "green").append(f"{place}: ", "not bold default")
        show_wrapped(console, line.append(fix["id"], "bold default").append(words, "default"))
        _changes(console, fix["changes"])
    if fixed["following"]:
        console.print(f"{counted(len(fixed['following']), 'line')} changed with them:")
        _changes(console, fixed["following"])
    for entry in fixed["contradicted"]:
        what = f"line {entry['line']}, {entry['symbol']}: its fix contradicts line {entry['by']['line']}"
        show_wrapped(console, Text(f"left to you: {what}: {entry['by']['text']}", "yellow"))
    console.print()


def _changes(console: Console, changes: Sequence[Json]) -> None:
    for change in changes[:_MOST_CHANGES]:
        if change["before"] is not None:
            console.print(Text(f"    - {change['before']}", "red"))
        if change["after"] is not None:
            console.print(Text(f"    + {change['after']}", "green"))
    if len(changes) > _MOST_CHANGES:
        console.print(f"    and {counted(len(changes) - _MOST_CHANGES, 'more line')}", style="dim")
