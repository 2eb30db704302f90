# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints what kinds of findings mean: one in full, several as a list."""

from rich.console import Console

from explorer.terminal.console import Json, console_of
from explorer.terminal.wrapping import show_indented

__all__ = ["show"]


def show(document: Json) -> None:
    """Prints the texts of kinds of findings."""
    console, rules = console_of(), document["rules"]
    if len(rules) == 1:
        _whole(console, rules[0], document)
        return
    width = max(len(rule["id"]) for rule in rules)
    for rule in rules:
        console.print(f"{rule['id']:<{width}}  {rule['severity']:<7}  {rule['title']}")


def _whole(console: Console, rule: Json, document: Json) -> None:
    show_indented(console, f"{rule['id']} ({rule['severity']}): {rule['title']}", 0, style="bold")
    console.print()
    show_indented(console, rule["meaning"], 0)
    console.print()
    console.print(f"Example (Linux {document['kernel']} on {document['memory_map']}):")
    for line in rule["example"].splitlines():
        show_indented(console, line, 4)
    console.print()
    written = "yes, where it leaves no choice" if rule["is_written"] else "no"
    show_indented(console, f"Fix: {rule['remedy']}", 0)
    console.print(f"Can be written into the file: {written}")
    console.print(f"More: {document['documentation']}", style="dim")
