# SPDX-License-Identifier: GPL-2.0-or-later
"""Why rows of a matrix are unsafe or unknown, what makes them safe, and what is proven for every memory map.

Rows with the same verdict, reason and fix are told once. So are memory maps of a row.
"""

import json
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from explorer.narrative.cure_narrative import cure_words
from explorer.narrative.plurals import on_maps
from explorer.narrative.verdict_narrative import HAZARDS, VERDICT_WORDS, undecided_after
from explorer.terminal.claims import smallest_line
from explorer.terminal.console import HAZARD_STYLE, STYLE, Json
from explorer.terminal.matrix_grid import number_ranges, row_name, row_words
from explorer.terminal.wrapping import show_hanging

__all__ = ["show_reasons"]

_ANY = "any memory map"

_Line = tuple[str, str, str]
"""The style of a verdict, a head, and a text."""


def show_reasons(console: Console, view: Json, names: Sequence[str], counterexamples: Sequence[Json]) -> None:
    """Prints the verdict of each row that is reachable or may be, with its reasons and fixes."""
    groups: dict[tuple[_Line, ...], list[Json]] = {}
    for row in view["combinations"]:
        if lines := tuple(_lines(view, row, names, counterexamples)):
            groups.setdefault(lines, []).append(row)
    for lines, rows in groups.items():
        console.print()
        console.print(Text("; ".join(f"{row_name(row)} ({row_words(view, row)})" for row in rows), "bold"))
        for style, head, text in lines:
            if style:
                console.print(Text(f"  {text}", style))
            else:
                show_hanging(console, f"  {head:<11}", text)


def _lines(view: Json, row: Json, names: Sequence[str], counterexamples: Sequence[Json]) -> Iterator[_Line]:
    """What is told of a row; nothing of one that Kconfig cannot produce, but the answers that it needs."""
    if row["out_of_time"]:
        yield (
            STYLE["unknown"],
            "",
            f"unknown: whether it is reachable is {undecided_after(row['out_of_time'])}",
        )
    if row["undecided"]:
        macros = ", ".join(probe["macro"] for probe in row["undecided"])
        yield STYLE["unknown"], "", "unknown: whether it is reachable depends on compiler checks"
        yield "", "depends on", macros
    if row["fix"]:
        answers = " ".join(f"{change['symbol']}={change['after']}" for change in row["fix"]["changes"])
        yield "", "needs", answers
    if row["reachable"]:
        yield from _verdicts(view, row, names)
        yield from _fixes(row, names)
        if every := _every_map(row["every_map"], counterexamples):
            yield "", "every map", every


def _verdicts(view: Json, row: Json, names: Sequence[str]) -> Iterator[_Line]:
    """On which memory maps a row has which verdict, the worst first, with the reason on one of them."""
    cells = row["cells"]
    for hazard in HAZARDS:
        struck = [
            number
            for number, cell in enumerate(cells, start=1)
            if cell["verdict"] == "unsafe" and cell["hazard"] == hazard
        ]
        if struck:
            words = f"unsafe: {VERDICT_WORDS[hazard]}{_where(struck, len(cells))}"
            yield HAZARD_STYLE[hazard], "", words
            first = struck[0]
            on = f"on {first} {names[first - 1]}: " if len(cells) > 1 else ""
            yield "", "reason", on + _reason(view, cells[first - 1])
    unknown = [number for number, cell in enumerate(cells, start=1) if cell["verdict"] == "unknown"]
    if unknown:
        yield STYLE["unknown"], "", f"unknown{_where(unknown, len(cells))}: not modelled"
        yield "", "reason", "; ".join(row["unmodelled"]) or "the kernel needs something that is not modelled"
    safe = sum(cell["verdict"] == "safe" for cell in cells)
    if safe == len(cells):
        yield STYLE["safe"], "", f"safe on the {f'{safe} listed maps' if safe > 1 else 'listed map'}"


def _where(numbers: Sequence[int], maps: int) -> str:
    """How many and which memory maps; empty if there is only one."""
    which = f": {number_ranges(numbers)}" if len(numbers) < maps else ""
    return f"{on_maps(len(numbers), maps)}{which}"


def _reason(view: Json, cell: Json) -> str:
    """The reason of the worst fault of a cell."""
    faults = [view["faults"][index] for index in cell["faults"]]
    worst = min(faults, key=lambda fault: (not fault["certain"], fault["stage"] != "boot"))
    return str(worst["why"])


def _fixes(row: Json, names: Sequence[str]) -> Iterator[_Line]:
    """What makes a row safe; for which memory maps, if they need different fixes."""
    groups: dict[str, list[int]] = {}
    for number, cell in enumerate(row["cells"], start=1):
        if cell["verdict"] == "unsafe":
            key = json.dumps([cell["cure"] and cell["cure"]["changes"], cell["later"]])
            groups.setdefault(key, []).append(number)
    for numbers in groups.values():
        cell = row["cells"][numbers[0] - 1]
        words = cure_words(cell["cure"], [cell["later"]])
        yield "", "fix", words if len(groups) == 1 else f"{words}{_where(numbers, len(names))}"


def _every_map(claims: Json, counterexamples: Sequence[Json]) -> str:
    """What is proven of a row for every memory map, in one line; empty if nothing is."""
    if claims["outcome"] == "unproven":
        return ""
    told = [claims["words"]]
    if claims["outcome"] != "proven":
        told += [level["sentence"] for level in claims["levels"][1:] if level["safe_on"] == _ANY]
    smallest = claims["levels"][0]["smallest"] if claims["levels"] else None
    if smallest is not None:
        told.append(smallest_line(counterexamples[smallest]))
    return "; ".join(told)
