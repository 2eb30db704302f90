# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the document of ``matrix``: for each kernel the constant symbols, the rows, and the unsafe rows."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from explorer.errors import printable
from explorer.terminal.claims import LETTERS, smallest_line
from explorer.terminal.console import (
    STYLE,
    Json,
    boot_parameters_words,
    console_of,
    show_changes,
    show_compiler,
    show_notes,
)

__all__ = ["show"]

_ANY = "any memory map"
_LETTER = {"boot": "B", "trigger": "T", "circumstances": "c"}


def show(document: Json) -> None:
    """Prints the matrix of every kernel."""
    console = console_of()
    names = [memory_map["name"] for memory_map in document["memory_maps"]]
    for view in document["views"]:
        _heading(console, view, len(names))
        _show_rows(console, view)
        _every_map(console, view, document["counterexamples"])
    numbered = ", ".join(f"{number} {name}" for number, name in enumerate(names, start=1))
    console.print(f"\nmaps:    {printable(numbered)}")
    show_notes(console, document["memory_maps"])
    console.print(
        "cells:   . safe   B dies at boot   T dies on trigger   c may die   ? not modelled\n"
        "         in unreachable rows the cells show what would happen if the combination were reachable\n"
        "all:     every memory map, listed or not: P safe, proven   p safe on a class of maps, proven\n"
        "         D may die on maps of every class   - not proven   ? not modelled"
    )
    for view in document["views"]:
        _worst(console, view)


def _heading(console: Console, view: Json, maps: int) -> None:
    context, summary = view["context"], view["summary"]
    settings = "".join(f" {name}={value}" for name, value in context["settings"].items())
    rest = (
        f" ({view['kconfig']}), {context['memory_model']}, {context['page_size'] >> 10}K pages,"
        f" {view['question']}{settings}, RAM fill {context['ram_fill']}"
    )
    console.print(Text.assemble((f"\nkernel {view['kernel']}", "bold"), rest))
    if parameters := boot_parameters_words(context):
        console.print(printable(f"boot parameters: {parameters}"))
    show_changes(console, context)
    show_compiler(console, view["compiler"])
    where = f"the {maps} listed maps" if maps > 1 else "the listed map"
    console.print(
        f"{summary['reachable']} of {summary['combinations']} combinations are reachable: "
        f"{summary['safe']} safe on {where}, {summary['unsafe']} unsafe, {summary['unknown']} unknown"
    )
    for forced in view["forced"]:
        reason = "this kernel does not define it" if forced["gone"] else _places(forced["because"])
        console.print(f"  {forced['symbol']} is always {forced['value']}: {reason}")


def _places(lines: Iterable[Json]) -> str:
    """Files with their line numbers, each file once."""
    files: dict[str, set[int]] = {}
    for line in lines:
        files.setdefault(line["file"], set()).add(line["line"])
    return "; ".join(f"{file}:{','.join(map(str, sorted(numbers)))}" for file, numbers in files.items())


def _show_rows(console: Console, view: Json) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(view["symbols"])]
    for letter, symbol in zip(letters, view["symbols"], strict=False):
        console.print(f"  {letter} {symbol['name']}{'' if symbol['defined'] else ' (not in this kernel)'}")
    maps = range(1, len(view["combinations"][0]["cells"]) + 1)
    console.print(f"{' '.join(letters)}  {'':<12}{''.join(f'{number:>3}' for number in maps)}  all")
    for combination in view["combinations"]:
        style = "" if combination["reachable"] else "dim"
        doubtful = "unknown" if combination["undecided"] else "unreachable"
        status = "reachable" if combination["reachable"] else doubtful
        line = Text(f"{' '.join(combination['values'].values())}  {status:<12}", style=style)
        for cell in combination["cells"]:
            line.append(f"  {_cell(cell)}", style=STYLE[cell["verdict"]])
        if combination["every_map"]:
            line.append(f"    {LETTERS[combination['every_map']['outcome']]}")
        console.print(line)
    for combination in view["combinations"]:
        if combination["undecided"]:
            macros = ", ".join(probe["macro"] for probe in combination["undecided"])
            values = " ".join(combination["values"].values())
            console.print(printable(f"  {values} is unknown without the compiler; it depends on {macros}"))
        if combination["fix"]:
            changes = combination["fix"]["changes"]
            answers = " ".join(f"{change['symbol']}={change['after']}" for change in changes)
            console.print(printable(f"  {' '.join(combination['values'].values())} needs {answers}"))


def _every_map(console: Console, view: Json, counterexamples: Sequence[Json]) -> None:
    """Prints what is proven of each reachable combination for every memory map."""
    for combination in view["combinations"]:
        claims = combination["every_map"]
        if claims and claims["outcome"] != "unproven":
            values = " ".join(combination["values"].values())
            console.print(printable(f"  {values} on every map: {claims['words']}"))
            for level in claims["levels"][1:]:
                if level["safe_on"] == _ANY and claims["outcome"] != "proven":
                    console.print(f"    {level['sentence']}")
            smallest = claims["levels"][0]["smallest"] if claims["levels"] else None
            if smallest is not None:
                console.print(f"    {smallest_line(counterexamples[smallest])}")


def _cell(cell: Json) -> str:
    if cell["what_if"] == "unknown":
        return "?"
    return _LETTER.get(cell["hazard"], ".")


def _worst(console: Console, view: Json) -> None:
    """Prints, for each reachable and unsafe combination, the memory maps and the first fault."""
    for combination in view["combinations"]:
        unsafe = [cell for cell in combination["cells"] if cell["verdict"] == "unsafe"]
        if not unsafe:
            continue
        console.print(Text(f"\n{view['kernel']}: {combination['id'].replace(',', ' ')}", style="bold"))
        console.print(printable(f"unsafe on {', '.join(cell['memory_map'] for cell in unsafe)}"))
        first = view["faults"][unsafe[0]["faults"][0]]
        console.print(printable(f"  on {unsafe[0]['memory_map']}: {first['why']}"))
