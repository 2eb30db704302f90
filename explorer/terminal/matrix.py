# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the document of ``matrix``.

First the answer for each kernel: the verdict and the fix. Then for each kernel its rows, and why they are
unsafe. Last the memory maps, the legend, and how each kernel is built. Reachable rows come first. Rows of
combinations that Kconfig cannot produce are printed if the document has them.
"""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from explorer.narrative.answer_narrative import cause_fix, cause_hazards, cause_place, sentence_without_cause
from explorer.narrative.plurals import on_maps
from explorer.terminal.console import (
    HAZARD_STYLE,
    STYLE,
    Json,
    boot_parameters_words,
    console_of,
    show_changes,
    show_compiler,
    show_notes,
)
from explorer.terminal.guarded_console import one_line
from explorer.terminal.matrix_grid import legend, show_grid, width_of
from explorer.terminal.matrix_reasons import show_reasons
from explorer.terminal.wrapping import show_hanging

__all__ = ["show"]

_OTHER_VARIANTS = "report judges other page sizes, memory models and values of DEBUG_VM, too"


def show(document: Json) -> None:
    """Prints the matrix of every kernel."""
    console = console_of()
    views, names = document["views"], [memory_map["name"] for memory_map in document["memory_maps"]]
    summaries = {view["kernel"]: view["summary"] for view in views}
    for answer in document["answers"]:
        for verdict in _verdict(answer, summaries[answer["kernel"]]):
            _print_verdict(console, verdict)
    if not any(answer["given"] for answer in document["answers"]):
        console.print(_OTHER_VARIANTS, style="dim")
    for view in views:
        console.print(Text(f"\nkernel {view['kernel']}" if len(views) > 1 else "", "bold"))
        show_grid(console, view, names)
        show_reasons(console, view, names, document["counterexamples"])
    console.print()
    for line in _maps(names, width_of(console)):
        console.print(line)
    show_notes(console, document["memory_maps"])
    for head, line in legend(views):
        show_hanging(console, head, line)
    for view in views:
        _build(console, view, len(names))


def _verdict(answer: Json, summary: Json) -> Iterator[Text]:
    """The verdict on a kernel, a line for each cause, with its fix."""
    head = f"{answer['kernel']}: "
    for cause in answer["causes"]:
        where = on_maps(len(cause["memory_maps"]), answer["memory_maps"])
        unsafe = (f"unsafe {cause_place(cause)}", HAZARD_STYLE[cause["hazard"]])
        yield Text.assemble(
            (head, "bold"), unsafe, f"{where} ({cause_hazards(cause)}). Fix: {cause_fix(cause)}."
        )
    if not summary["reachable"] and not summary["undecided"]:
        yield Text.assemble((head, "bold"), "no combination is reachable with these settings.")
    elif not answer["causes"]:
        yield Text.assemble((head, "bold"), (sentence_without_cause(answer), STYLE[answer["verdict"]]))


def _print_verdict(console: Console, verdict: Text) -> None:
    """Prints a verdict; on a terminal further lines are indented."""
    verdict = one_line(verdict)
    if console.soft_wrap:
        console.print(verdict)
        return
    first, *others = verdict.wrap(console, console.width)
    console.print(first)
    rest = Text(" ").join(others)
    for line in rest.wrap(console, console.width - 2) if others else ():
        console.print(Text("  ") + line)


def _maps(names: Sequence[str], width: int) -> Iterator[str]:
    """The memory maps with their numbers, in as many columns as fit."""
    wide = len(str(len(names)))
    entries = [f"{number:>{wide}} {name}" for number, name in enumerate(names, start=1)]
    column = max(map(len, entries)) + 2
    count = max(1, (width - 6) // column)
    for start in range(0, len(entries), count):
        head = "maps" if start == 0 else ""
        line = "".join(f"{entry:<{column}}" for entry in entries[start : start + count])
        yield f"{head:<6}{line}".rstrip()


def _build(console: Console, view: Json, maps: int) -> None:
    """Prints how a kernel was built, and how many combinations have which verdict."""
    context, summary = view["context"], view["summary"]
    settings = "".join(f" {name}={value}" for name, value in context["settings"].items())
    rest = (
        f"({view['kconfig']}), {context['memory_model']}, {context['page_size'] >> 10}K pages,"
        f" {view['question']}{settings}, RAM fill {context['ram_fill']}"
    )
    console.print()
    show_hanging(console, "", f"kernel {view['kernel']} {rest}")
    if parameters := boot_parameters_words(context):
        show_hanging(console, "", f"boot parameters: {parameters}")
    show_changes(console, context)
    show_compiler(console, view["compiler"])
    where = f"the {maps} listed maps" if maps > 1 else "the listed map"
    counts = (
        f"{summary['reachable']} of {summary['combinations']} combinations are reachable: "
        f"{summary['safe']} safe on {where}, {summary['unsafe']} unsafe, {summary['unknown']} unknown"
    )
    late = f"; {summary['out_of_time']} not decided in time" if summary["out_of_time"] else ""
    show_hanging(console, "", counts + late)
    for forced in view["forced"]:
        reason = "this kernel does not define it" if forced["gone"] else _places(forced["because"])
        show_hanging(console, "  ", f"{forced['symbol']} is always {forced['value']}: {reason}")


def _places(lines: Iterable[Json]) -> str:
    """Files with their line numbers, each file once."""
    files: dict[str, set[int]] = {}
    for line in lines:
        files.setdefault(line["file"], set()).add(line["line"])
    return "; ".join(f"{file}:{','.join(map(str, sorted(numbers)))}" for file, numbers in files.items())
