# SPDX-License-Identifier: GPL-2.0-or-later
"""The summary of a sweep as text."""

from rich.table import Table
from rich.text import Text

from explorer.terminal.console import STYLE, Json, console_of

__all__ = ["show"]

_VERDICTS = ("safe", "unsafe", "unknown", "unreachable")
_LISTED = 20
"""The number of files that could not be judged and are listed."""


def show(document: Json) -> None:
    """Prints verdicts per kernel, the files that could not be read, and where the results are."""
    console = console_of()
    table = Table(box=None, pad_edge=False)
    table.add_column("kernel")
    for verdict in _VERDICTS:
        table.add_column(verdict, justify="right")
    for of_kernel in document["kernels"]:
        cells = (_number(of_kernel[verdict], verdict) for verdict in _VERDICTS)
        table.add_row(of_kernel["kernel"], *cells)
    console.print(table)
    claims = document["claims"]
    if any(claims.values()):
        console.print(
            f"builds safe on every memory map: {claims['everywhere']} proven; on a condition: "
            f"{claims['conditionally']}; on none: {claims['nowhere']}; unknown: {claims['unknown']}"
        )
    unreadable = document["unreadable"]
    for entry in unreadable[:_LISTED]:
        kernel = f" as {entry['kernel']}" if entry["kernel"] else ""
        console.print(f"could not judge {entry['file']}{kernel}: {entry['message']}")
    if len(unreadable) > _LISTED:
        console.print(f"and {len(unreadable) - _LISTED} more: see the table unreadable")
    if document["resumed"]:
        console.print(f"{document['resumed']} of {document['tasks']} tasks were done by an earlier run")
    names = [name for name in (document["output"], document["parquet"]) if name]
    console.print(f"results: {' and '.join(names)}")


def _number(count: int, verdict: str) -> Text:
    return Text(str(count), style=STYLE[verdict] if count else "dim")
