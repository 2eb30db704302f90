# SPDX-License-Identifier: GPL-2.0-only
"""The judgement of a ``.config``."""

from rich.text import Text

from explorer.errors import printable
from explorer.terminal.parts import STYLE, Json, console_of, show_compiler

__all__ = ["show"]


def show(checked: Json) -> None:
    """The judgement of a ``.config``."""
    console = console_of()
    config = " ".join(f"{name}={value}" for name, value in checked["config"].items())
    maps = checked["memory_maps"]
    console.print(f"{printable(checked['file'])}: kernel {checked['kernel']} ({checked['kconfig']})")
    console.print(f"{config}\nKconfig can produce this: {'yes' if checked['reachable'] else 'no'}")
    show_compiler(console, checked["compiler"])
    for finding in checked["findings"]:
        place = f"{checked['file']}:{finding['line']}" if finding["line"] else checked["file"]
        on = f" on {finding['memory_map']}" if finding["memory_map"] else ""
        console.print(printable(f"{place}: {finding['id']}{on}: {finding['message']}"))
        for cause in finding["causes"]:
            console.print(printable(f"    {cause['file']}:{cause['line']}: {cause['text']}"))
    count = sum(entry["verdict"] == "safe" for entry in maps)
    survives = "survives" if checked["reachable"] else "what-if: it would survive"
    console.print(
        Text(
            f"verdict: {checked['verdict']}, {survives} on {count} of {len(maps)} memory maps",
            style=STYLE[checked["verdict"]],
        )
    )
