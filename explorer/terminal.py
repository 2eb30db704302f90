# SPDX-License-Identifier: GPL-2.0-only
"""Words for people in terminals: the same documents that ``--format json`` prints, told in 80 columns.

Colour comes only where the terminal wants it (``NO_COLOR``, pipes and files get none), and nothing is said by
colour alone.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import rich.progress
from rich.console import Console
from rich.text import Text

from explorer.errors import printable

__all__ = [
    "show_boot",
    "show_check",
    "show_explanation",
    "show_matrix",
    "show_replayed",
    "show_totals",
    "track",
]

Json = Mapping[str, Any]

_STYLE = {"safe": "green", "unsafe": "bold red", "unknown": "yellow", "unreachable": "dim"}
_LETTER = {"boot": "B", "trigger": "T", "circumstances": "c"}
_HAZARD = {
    "boot": "unsafe: dies at boot",
    "trigger": "unsafe: dies on trigger",
    "circumstances": "unsafe: may die",
    "": "safe",
}


def _console() -> Console:
    """Prose wraps on a terminal; in a pipe a line stays a line, for grep."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty(), emoji=False, markup=False)


def track(what: str, items: Sequence[Any]) -> Iterable[Any]:
    """Hand items on, with a bar on standard error."""
    bar = rich.progress.track(items, what, console=Console(stderr=True), transient=True)
    yield from bar


def show_matrix(document: Json) -> None:
    """The matrix of every view, forced facts first."""
    console = _console()
    names = [memory_map["name"] for memory_map in document["memory_maps"]]
    for view in document["views"]:
        _heading(console, view, len(names))
        _show_rows(console, view)
    numbered = ", ".join(f"{number} {name}" for number, name in enumerate(names, start=1))
    console.print(f"\nmaps:    {printable(numbered)}")
    console.print(
        "cells:   . safe   B dies at boot   T dies on trigger   c may die   ? not modelled\n"
        "         in rows that Kconfig cannot produce, the cells say what would happen if it could"
    )
    for view in document["views"]:
        _worst(console, view)


def _heading(console: Console, view: Json, maps: int) -> None:
    context, summary = view["context"], view["summary"]
    settings = "".join(f" {name}={value}" for name, value in context["settings"].items())
    rest = (
        f" ({view['kconfig']}), {context['memory_model']}, {context['page_size'] >> 10}K pages,"
        f"{settings or ' rest free'}, leftover RAM {context['ram_fill']}"
    )
    console.print(Text.assemble((f"\nkernel {view['kernel']}", "bold"), rest))
    _show_probes(console, view)
    console.print(
        f"{summary['reachable']} of {summary['combinations']} combinations are reachable: "
        f"{summary['safe']} safe on all {maps} maps, {summary['unsafe']} unsafe, {summary['unknown']} unknown"
    )
    for forced in view["forced"]:
        reason = "this kernel does not define it" if forced["gone"] else _places(forced["because"])
        console.print(f"  {forced['symbol']} is always {forced['value']}: {reason}")


def _show_probes(console: Console, found: Json) -> None:
    """What was not asked of a compiler must be said beside every result."""
    if found["probes_not_run"]:
        console.print(
            f"compiler probes not run: {found['probes_not_run']}; each is answered as if it had failed, "
            "so what depends on the compiler may look impossible"
        )


def _places(lines: Iterable[Json]) -> str:
    """Files with their lines, each file once."""
    files: dict[str, list[int]] = {}
    for line in lines:
        files.setdefault(line["file"], []).append(line["line"])
    return "; ".join(f"{file}:{','.join(map(str, sorted(set(found))))}" for file, found in files.items())


def _show_rows(console: Console, view: Json) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(view["symbols"])]
    for letter, symbol in zip(letters, view["symbols"], strict=False):
        console.print(f"  {letter} {symbol['name']}{'' if symbol['defined'] else ' (not in this kernel)'}")
    maps = range(1, len(view["combinations"][0]["cells"]) + 1)
    console.print(f"{' '.join(letters)}  {'':<12}{''.join(f'{number:>3}' for number in maps)}")
    for combination in view["combinations"]:
        style = "" if combination["reachable"] else "dim"
        status = "reachable" if combination["reachable"] else "unreachable"
        line = Text(f"{' '.join(combination['values'].values())}  {status:<12}", style=style)
        for cell in combination["cells"]:
            line.append(f"  {_cell(cell)}", style=_STYLE[cell["verdict"]])
        console.print(line)


def _cell(cell: Json) -> str:
    if cell["what_if"] == "unknown":
        return "?"
    return _LETTER.get(cell["hazard"], ".")


def _worst(console: Console, view: Json) -> None:
    """For each reachable and unsafe combination, where and by what."""
    for combination in view["combinations"]:
        struck = [cell for cell in combination["cells"] if cell["verdict"] == "unsafe"]
        if not struck:
            continue
        console.print(Text(f"\n{view['kernel']}: {combination['id'].replace(',', ' ')}", style="bold"))
        console.print(printable(f"unsafe on {', '.join(cell['memory_map'] for cell in struck)}"))
        first = view["faults"][struck[0]["faults"][0]]
        console.print(printable(f"  on {struck[0]['memory_map']}: {first['why']}"))


def show_boot(boot: Json) -> None:
    """One simulated boot as a story."""
    console = _console()
    config = " ".join(f"{name}={value}" for name, value in boot["config"].items())
    context = boot["context"]
    console.print(Text(f"kernel {boot['kernel']} on {printable(boot['memory_map']['name'])}", style="bold"))
    console.print(f"{config}\nKconfig can produce this: {'yes' if boot['reachable'] else 'no, a what-if'}")
    console.print(
        f"{context['memory_model']}, {context['page_size'] >> 10}K pages, pageblock order "
        f"{context['pageblock_order']}, sections of {1 << context['section_size_bits'] - 20} MiB, "
        f"DEBUG_VM={context['DEBUG_VM']}, leftover RAM {context['ram_fill']}"
    )
    for stage in boot["story"]:
        console.print(printable(f"{stage['name']:<12} {stage['decided']}"))
        console.print(printable(f"{'':<12} ({stage['rule']})"), style="dim")
    console.print(_verdict(boot))
    places = Counter(_kind(fault) for fault in boot["faults"])
    for fault in boot["faults"]:
        if not fault["chain"]:
            continue  # it tells the same of another pageblock
        same = places[_kind(fault)]
        more = f" ({same} places)" if same > 1 else ""
        sure = "certain" if fault["certain"] else "needs circumstances"
        console.print(
            Text(f"\n{fault['walker']}(), {fault['stage']}, {fault['trigger']}, {sure}{more}", style="bold")
        )
        for number, step in enumerate(fault["chain"], start=1):
            console.print(printable(f"  {number}. {step}"))


def _kind(fault: Json) -> tuple[str, str]:
    return fault["walker"], fault["trigger"]


def _verdict(boot: Json) -> Text:
    words = boot["verdict"] if boot["verdict"] == "unknown" else _HAZARD[boot["hazard"]]
    gaps = f" ({'; '.join(boot['unmodelled'])})" if boot["unmodelled"] else ""
    return Text(f"verdict: {words}{gaps}", style=_STYLE[boot["verdict"]])


def show_check(checked: Json) -> None:
    """The judgement of a ``.config``."""
    console = _console()
    config = " ".join(f"{name}={value}" for name, value in checked["config"].items())
    maps = checked["memory_maps"]
    console.print(f"{printable(checked['file'])}: kernel {checked['kernel']} ({checked['kconfig']})")
    console.print(f"{config}\nKconfig can produce this: {'yes' if checked['reachable'] else 'no'}")
    _show_probes(console, checked)
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
            style=_STYLE[checked["verdict"]],
        )
    )


def show_explanation(found: Json) -> None:
    """Why a wish can or cannot be had."""
    console = _console()
    wish = " ".join(f"{name}={value}" for name, value in found["wish"].items())
    console.print(printable(f"{found['kconfig']}, {found['question']}: {wish}"))
    _show_probes(console, found)
    if found["reachable"]:
        console.print("reachable; these answers are enough:", style=_STYLE["safe"])
        for answer in found["witness_config"].splitlines() or ["# none: every default gives it"]:
            console.print(printable(answer))
        return
    console.print("unreachable; these definitions together forbid it, and no one of them is idle:")
    for line in found["conflict"]:
        console.print(printable(f"  {line['file']}:{line['line']}: {line['text']}"))


def show_replayed(number: int, replayed: Json) -> None:
    """One recorded boot beside its simulation, on a line."""
    observed = replayed["observed"]
    what = observed["stage"] if observed["outcome"] != "ok" else "survived"
    by = f" in {observed['fault_in']}" if observed["fault_in"] else ""
    named = dict.fromkeys(f"{fault['trigger']} in {fault['walker']}" for fault in replayed["relevant"])
    told = ", ".join(named) or "no fault there"
    config = "".join(replayed["predicted"]["config"].values())
    _console().print(
        printable(
            f"{number}: {replayed['outcome']}: {observed['layout']} {config}: "
            f"observed {what}{by}; predicted {told}"
        )
    )


def show_totals(totals: Json) -> None:
    """The sum of a replay."""
    console = _console()
    console.print(
        f"{totals['boots']} boots: {totals['match']} match, {totals['missed crash']} missed crashes, "
        f"{totals['false alarm']} false alarms"
    )
    console.print(
        f"walker named in {totals['walker_named']} of {totals['crashes']} crashes, "
        f"page named in {totals['page_named']} of {totals['pages']} decoded pages"
    )
