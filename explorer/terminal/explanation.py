# SPDX-License-Identifier: GPL-2.0-only
"""Why a wish can or cannot be had."""

from explorer.errors import printable
from explorer.terminal.parts import STYLE, Json, console_of, show_probes

__all__ = ["show"]


def show(found: Json) -> None:
    """Why a wish can or cannot be had."""
    console = console_of()
    wish = " ".join(f"{name}={value}" for name, value in found["wish"].items())
    console.print(printable(f"{found['kconfig']}, {found['question']}: {wish}"))
    show_probes(console, found)
    if found["reachable"]:
        console.print("reachable; these answers are enough:", style=STYLE["safe"])
        for answer in found["witness_config"].splitlines() or ["# none: every default gives it"]:
            console.print(printable(answer))
        return
    console.print("unreachable; these definitions together forbid it, and no one of them is idle:")
    for line in found["conflict"]:
        console.print(printable(f"  {line['file']}:{line['line']}: {line['text']}"))
