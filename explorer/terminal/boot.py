# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the document of ``simulate``: the verdict, the reason, the fix, and the story of one fault.

``everything`` prints the stories of all faults and the stages of the boot.
"""

from collections import Counter
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from explorer.narrative.cure_narrative import cure_words
from explorer.narrative.verdict_narrative import VERDICT_WORDS
from explorer.terminal.console import (
    HAZARD_STYLE,
    STYLE,
    Json,
    boot_parameters_words,
    console_of,
    show_changes,
    show_compiler,
    show_notes,
    show_undecided,
)
from explorer.terminal.wrapping import show_hanging

__all__ = ["show"]

_SAFE = "no modelled walker reads a struct page that it cannot survive"


def show(boot: Json, *, everything: bool = False) -> None:
    """Prints one simulated boot.

    Args:
        boot: the document.
        everything: print every story and every stage.
    """
    console = console_of()
    console.print(_verdict(boot))
    for name, text in _because(boot):
        show_hanging(console, f"{name}: ".ljust(8), text)
    if boot["undecided"]:
        show_undecided(console, boot["undecided"])
    told = [fault for fault in _worst_first(boot) if fault["chain"]]
    for fault in told if everything else told[:1]:
        _story(console, boot, fault)
    console.print()
    if everything:
        _stages(console, boot)
    _build(console, boot)


def _verdict(boot: Json) -> Text:
    """The verdict; of a configuration that Kconfig cannot produce, what it would be."""
    words = boot["verdict"] if boot["verdict"] != "unsafe" else f"unsafe: {VERDICT_WORDS[boot['hazard']]}"
    style = HAZARD_STYLE[boot["hazard"]] if boot["verdict"] == "unsafe" else STYLE[boot["verdict"]]
    where = f" (kernel {boot['kernel']} on {boot['memory_map']['name']})"
    if boot["reachable"] is False:
        return Text.assemble(("unreachable", STYLE["unreachable"]), f"; what-if: {words}{where}")
    return Text.assemble((words, style), where)


def _because(boot: Json) -> Iterator[tuple[str, str]]:
    """The reason of the verdict, and the fix."""
    if boot["undecided"]:
        yield "reached", "not known: whether Kconfig can produce this depends on compiler checks"
    if boot["reachable"] is False:
        yield "reason", "Kconfig cannot produce this configuration; explain says why"
    elif boot["verdict"] == "safe":
        yield "reason", _SAFE
    for gap in boot["unmodelled"]:
        yield "unknown", gap
    if boot["faults"]:
        yield "reason", _worst_first(boot)[0]["why"]
        if boot["reachable"] is not False:
            yield "fix", _fix(boot)


def _fix(boot: Json) -> str:
    applied = f"apply commit {' and '.join(boot['commits'])}" if boot["commits"] else ""
    ways = [cure_words(boot["cure"], [boot["later"]], none=""), applied]
    return ", or ".join(filter(None, ways)) or "none is known"


def _story(console: Console, boot: Json, fault: Json) -> None:
    count = Counter(map(_kind, boot["faults"]))[_kind(fault)]
    places = f" ({count} places)" if count > 1 else ""
    certain = "certain" if fault["certain"] else "uncertain"
    when = "while booting" if fault["stage"] == "boot" else f"trigger {fault['trigger']}"
    console.print(Text(f"\n{fault['walker']}(), {when}, {certain}{places}", style="bold"))
    for number, step in enumerate(fault["chain"], start=1):
        show_hanging(console, f"{number:>3}. ", step)


def _worst_first(boot: Json) -> list[Json]:
    """The faults; certain ones, which give the verdict, before others."""
    return sorted(boot["faults"], key=lambda fault: not fault["certain"])


def _kind(fault: Json) -> tuple[str, str]:
    return fault["walker"], fault["trigger"]


def _stages(console: Console, boot: Json) -> None:
    for stage in boot["story"]:
        console.print(f"{stage['name']:<12} {stage['decided']}")
        console.print(f"{'':<12} ({stage['rule']})", style="dim")


def _build(console: Console, boot: Json) -> None:
    """Prints what was built and booted."""
    context = boot["context"]
    values = {**boot["config"], "DEBUG_VM": context["DEBUG_VM"]}
    show_hanging(console, "built:  ", " ".join(f"{name}={value}" for name, value in values.items()))
    show_hanging(
        console,
        "        ",
        f"{context['memory_model']}, {context['page_size'] >> 10}K pages, pageblock order "
        f"{context['pageblock_order']}, sections of {1 << context['section_size_bits'] - 20} MiB, "
        f"RAM fill {context['ram_fill']}",
    )
    if parameters := boot_parameters_words(context):
        console.print(f"boot parameters: {parameters}")
    show_changes(console, context)
    show_compiler(console, boot["compiler"])
    show_notes(console, [boot["memory_map"]])
