# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of a matrix, one letter for each memory map, and the legend of the letters that occur."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from explorer.terminal.claims import LETTERS
from explorer.terminal.console import HAZARD_STYLE, STYLE, Json
from explorer.terminal.wrapping import show_hanging

__all__ = ["legend", "number_ranges", "row_name", "row_words", "show_grid", "status_of", "width_of"]

_WIDTH = 80  # of a pipe or file
_CELL = {"boot": "B", "trigger": "T", "circumstances": "c", "": "."}
_UNKNOWN = "?"
_CELL_WORDS = {
    ".": "safe",
    "B": "dies at boot",
    "T": "dies on trigger",
    "c": "may die",
    _UNKNOWN: "not modelled",
}
_EVERY_MAP_WORDS = {
    "proven": "safe, proven",
    "class": "safe on a class of maps, proven",
    "dies": "may die on maps of every class",
    "unproven": "not proven",
    "unknown": "not modelled",
}
_STATUS_WIDTH = len("unreachable") + 1


def width_of(console: Console) -> int:
    """The columns that a line may have."""
    return _WIDTH if console.soft_wrap else console.width


def status_of(row: Json) -> str:
    """Whether Kconfig can produce a row; ``unknown`` if unanswered compiler checks decide, or out of time."""
    if row["reachable"]:
        return "reachable"
    return "unknown" if row["undecided"] or row["out_of_time"] else "unreachable"


def row_name(row: Json) -> str:
    """The values of a row in the order of the symbols, as the grid shows them."""
    return " ".join(row["values"].values())


def row_words(view: Json, row: Json) -> str:
    """The values of a row that are not the same in all reachable rows; if there are none, all."""
    forced = {entry["symbol"] for entry in view["forced"]}
    values = {name: value for name, value in row["values"].items() if name not in forced} or row["values"]
    return " ".join(f"{name}={value}" for name, value in values.items())


def number_ranges(numbers: Iterable[int]) -> str:
    """Ascending numbers as ranges, such as ``2-10, 12``."""
    runs = groupby(enumerate(numbers), key=lambda entry: entry[1] - entry[0])
    spans = ([number for _, number in run] for _, run in runs)
    return ", ".join(f"{span[0]}-{span[-1]}" if len(span) > 1 else f"{span[0]}" for span in spans)


def _reachable_first(view: Json) -> list[Json]:
    order = ("reachable", "unknown", "unreachable")
    return sorted(view["combinations"], key=lambda row: order.index(status_of(row)))


def show_grid(console: Console, view: Json, names: Sequence[str]) -> None:
    """Prints the rows of a kernel, in blocks of as many memory maps as a line holds, and its symbols."""
    rows = _reachable_first(view)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(view["symbols"])]
    has_status = any(not row["reachable"] for row in rows)
    left = 2 * len(letters) + 1 + (_STATUS_WIDTH if has_status else 0)
    cell = max(3, len(str(len(names))) + 1)
    count = max(1, (width_of(console) - left - len("  all")) // cell)
    told, safe = list[tuple[int, int]](), list[int]()
    for start in range(0, len(names) if rows else 0, count):
        end = min(start + count, len(names))
        if end < len(names) and all(_letter(cell) == "." for row in rows for cell in row["cells"][start:end]):
            safe += range(start + 1, end + 1)
        else:
            told.append((start, end))
    for start, end in told:
        numbers = "".join(f"{number:>{cell}}" for number in range(start + 1, end + 1))
        every = "  all" if end == len(names) else ""
        console.print(f"{' '.join(letters):<{left}}{numbers}{every}")
        for row in rows:
            status = f"{status_of(row):<{_STATUS_WIDTH}}" if has_status else ""
            line = Text(f"{row_name(row)}  {status}", style="" if row["reachable"] else "dim")
            for entry in row["cells"][start:end]:
                line.append(" " * (cell - 1))
                line.append(_letter(entry), style=_style(entry))
            if every and row["every_map"]:
                line.append(f"    {LETTERS[row['every_map']['outcome']]}")
            console.print(line)
    if safe:
        show_hanging(console, "  ", f"safe in each row: maps {number_ranges(safe)}")
    symbols = list(_symbols(view, letters))
    one_line = ", ".join(symbols)
    for words in [one_line] if len(one_line) + 2 <= width_of(console) else symbols:
        console.print(f"  {words}")


def _symbols(view: Json, letters: str) -> Iterator[str]:
    """The symbols with their letters, and what is known of their values."""
    always = {entry["symbol"]: f" (always {entry['value']})" for entry in view["forced"]}
    for letter, symbol in zip(letters, view["symbols"], strict=False):
        name = symbol["name"]
        yield f"{letter} {name}{always.get(name, '') if symbol['defined'] else ' (not in this kernel)'}"


def _letter(cell: Json) -> str:
    return _UNKNOWN if cell["what_if"] == "unknown" else _CELL[cell["hazard"]]


def _style(cell: Json) -> str:
    if cell["verdict"] == "unsafe":
        return HAZARD_STYLE[cell["hazard"]]
    return STYLE[cell["verdict"]]


def legend(views: Sequence[Json]) -> Iterator[tuple[str, str]]:
    """The meaning of the letters that occur in the rows of some kernels, as heads and texts."""
    rows = [row for view in views for row in view["combinations"]]
    cells = {_letter(cell) for row in rows for cell in row["cells"]}
    outcomes = {row["every_map"]["outcome"] for row in rows if row["every_map"]}
    if cells:
        yield (
            "cells ",
            "   ".join(f"{letter} {words}" for letter, words in _CELL_WORDS.items() if letter in cells),
        )
    if any(not row["reachable"] for row in rows):
        yield " " * 6, "in other than reachable rows: what would happen if Kconfig could produce them"
    if outcomes:
        told = (f"{LETTERS[key]} {words}" for key, words in _EVERY_MAP_WORDS.items() if key in outcomes)
        yield "all   ", f"every memory map, listed or not: {'   '.join(told)}"
