# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the document of ``simulate``: one boot stage by stage, and its faults step by step."""

from collections import Counter

from rich.text import Text

from explorer.errors import printable
from explorer.terminal.console import (
    HAZARD,
    STYLE,
    Json,
    boot_parameters_words,
    console_of,
    show_changes,
    show_compiler,
    show_notes,
    show_undecided,
)

__all__ = ["show"]


def show(boot: Json) -> None:
    """Prints one simulated boot."""
    console = console_of()
    config = " ".join(f"{name}={value}" for name, value in boot["config"].items())
    context = boot["context"]
    console.print(Text(f"kernel {boot['kernel']} on {printable(boot['memory_map']['name'])}", style="bold"))
    show_notes(console, [boot["memory_map"]])
    show_changes(console, context)
    possible = "yes" if boot["reachable"] else "no, a what-if"
    console.print(f"{config}\nKconfig can produce this: {'not known' if boot['undecided'] else possible}")
    if boot["undecided"]:
        show_undecided(console, boot["undecided"])
    console.print(
        f"{context['memory_model']}, {context['page_size'] >> 10}K pages, pageblock order "
        f"{context['pageblock_order']}, sections of {1 << context['section_size_bits'] - 20} MiB, "
        f"DEBUG_VM={context['DEBUG_VM']}, RAM fill {context['ram_fill']}"
    )
    if parameters := boot_parameters_words(context):
        console.print(printable(f"boot parameters: {parameters}"))
    show_compiler(console, boot["compiler"])
    for stage in boot["story"]:
        console.print(printable(f"{stage['name']:<12} {stage['decided']}"))
        console.print(printable(f"{'':<12} ({stage['rule']})"), style="dim")
    console.print(_verdict(boot))
    counts = Counter(_kind(fault) for fault in boot["faults"])
    for fault in boot["faults"]:
        if not fault["chain"]:
            continue  # the same fault in another pageblock
        count = counts[_kind(fault)]
        places = f" ({count} places)" if count > 1 else ""
        certain = "certain" if fault["certain"] else "uncertain"
        when = "while booting" if fault["stage"] == "boot" else f"trigger {fault['trigger']}"
        console.print(Text(f"\n{fault['walker']}(), {when}, {certain}{places}", style="bold"))
        for number, step in enumerate(fault["chain"], start=1):
            console.print(printable(f"  {number}. {step}"))


def _kind(fault: Json) -> tuple[str, str]:
    return fault["walker"], fault["trigger"]


def _verdict(boot: Json) -> Text:
    text = boot["verdict"] if boot["verdict"] == "unknown" else HAZARD[boot["hazard"]]
    gaps = f" ({'; '.join(boot['unmodelled'])})" if boot["unmodelled"] else ""
    return Text(f"verdict: {text}{gaps}", style=STYLE[boot["verdict"]])
