# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the document of ``count``."""

from explorer.narrative.plurals import counted
from explorer.narrative.verdict_narrative import undecided_after
from explorer.terminal.console import STYLE, Json, console_of, show_compiler, show_undecided

__all__ = ["show"]


def show(document: Json) -> None:
    """Prints the number of reachable combinations, and the symbols that are constant."""
    console = console_of()
    settings = "".join(f" {name}={value}" for name, value in document["settings"].items())
    console.print(f"{document['kconfig']}, {document['question']}{settings}")
    show_compiler(console, document["compiler"])
    count = len(document["symbols"])
    if document["out_of_time"] is not None:
        console.print(
            f"unknown: how many of {document['possible']} combinations of {counted(count, 'symbol')} are "
            f"reachable is {undecided_after(document['out_of_time'])}; the option timeout gives more time",
            style=STYLE["unknown"],
        )
        return
    console.print(
        f"{document['reachable']} of {document['possible']} combinations of "
        f"{counted(count, 'symbol')} are reachable (counted by {document['counter']})"
    )
    if document["at_most"] != document["reachable"]:
        console.print(
            f"at most {document['at_most']} with other answers of the compiler checks that have none"
        )
        show_undecided(console, document["undecided"])
    for name, value in document["always"].items():
        console.print(f"  {name} is always {value}")
