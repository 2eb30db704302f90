# SPDX-License-Identifier: GPL-2.0-only
"""One simulated boot as a story."""

from collections import Counter

from rich.text import Text

from explorer.errors import printable
from explorer.terminal.console import (
    HAZARD,
    STYLE,
    Json,
    console_of,
    show_changes,
    show_compiler,
    show_notes,
)

__all__ = ["show"]


def show(boot: Json) -> None:
    """One simulated boot as a story."""
    console = console_of()
    config = " ".join(f"{name}={value}" for name, value in boot["config"].items())
    context = boot["context"]
    console.print(Text(f"kernel {boot['kernel']} on {printable(boot['memory_map']['name'])}", style="bold"))
    show_notes(console, [boot["memory_map"]])
    show_changes(console, context)
    console.print(f"{config}\nKconfig can produce this: {'yes' if boot['reachable'] else 'no, a what-if'}")
    console.print(
        f"{context['memory_model']}, {context['page_size'] >> 10}K pages, pageblock order "
        f"{context['pageblock_order']}, sections of {1 << context['section_size_bits'] - 20} MiB, "
        f"DEBUG_VM={context['DEBUG_VM']}, leftover RAM {context['ram_fill']}"
    )
    show_compiler(console, boot["compiler"])
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
        sure = "certain" if fault["certain"] else "uncertain"
        console.print(
            Text(f"\n{fault['walker']}(), {fault['stage']}, {fault['trigger']}, {sure}{more}", style="bold")
        )
        for number, step in enumerate(fault["chain"], start=1):
            console.print(printable(f"  {number}. {step}"))


def _kind(fault: Json) -> tuple[str, str]:
    return fault["walker"], fault["trigger"]


def _verdict(boot: Json) -> Text:
    words = boot["verdict"] if boot["verdict"] == "unknown" else HAZARD[boot["hazard"]]
    gaps = f" ({'; '.join(boot['unmodelled'])})" if boot["unmodelled"] else ""
    return Text(f"verdict: {words}{gaps}", style=STYLE[boot["verdict"]])
