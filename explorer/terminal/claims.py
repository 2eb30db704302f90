# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints claims about every memory map."""

from collections.abc import Iterator, Sequence

from explorer.terminal.console import Json

__all__ = ["LETTERS", "claims_lines", "smallest_line"]

LETTERS = {"proven": "P", "class": "p", "dies": "D", "unknown": "?", "unproven": "-"}
"""An outcome as one letter, for a column of a table."""


def claims_lines(claims: Json, counterexamples: Sequence[Json]) -> Iterator[str]:
    """The claims of a build: each level with its condition, and the smallest map that contradicts it."""
    for gap in claims["unmodelled"]:
        yield f"not modelled: {gap}"
    shown: set[int] = set()
    for level in claims["levels"]:
        yield f"proven: {level['sentence']}"
        smallest = level["smallest"]
        if smallest is not None and smallest not in shown:
            shown.add(smallest)
            yield f"  {smallest_line(counterexamples[smallest])}"


def smallest_line(entry: Json) -> str:
    """A smallest map that kills or may kill, and the fault on it."""
    fault = entry["fault"]
    what, dies = ("that kills", "dies ") if fault["certain"] else ("on which it may die", "")
    when = "while booting" if fault["stage"] == "boot" else f"on {fault['trigger']}"
    return f"smallest map {what}: {entry['words']}: {dies}{when} in {fault['walker']}()"
