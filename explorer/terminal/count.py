# SPDX-License-Identifier: GPL-2.0-only
"""How many combinations there are."""

from explorer.errors import printable
from explorer.terminal.console import Json, console_of, show_compiler

__all__ = ["show"]


def show(found: Json) -> None:
    """The number, and the symbols that have no say in it."""
    console = console_of()
    settings = "".join(f" {name}={value}" for name, value in found["settings"].items())
    console.print(printable(f"{found['kconfig']}, {found['question']}{settings}"))
    show_compiler(console, found["compiler"])
    symbols = len(found["symbols"])
    console.print(
        f"{found['reachable']} of {found['possible']} combinations of {symbols} symbols are reachable "
        f"(counted by {found['counter']})"
    )
    for name, value in found["always"].items():
        console.print(printable(f"  {name} is always {value}"))
