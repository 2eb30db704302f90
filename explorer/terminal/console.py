# SPDX-License-Identifier: GPL-2.0-or-later
"""What the text of several commands shares: styles, notes, changes, the compiler."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console

from explorer.terminal.guarded_console import GuardedConsole

__all__ = [
    "HAZARD",
    "HAZARD_STYLE",
    "STYLE",
    "Json",
    "boot_parameters_words",
    "console_of",
    "show_changes",
    "show_compiler",
    "show_notes",
    "show_undecided",
    "track",
]

Json = Mapping[str, Any]

STYLE = {
    "safe": "color(28)",
    "unsafe": "bold color(160)",
    "unknown": "color(63)",
    "unreachable": "dim",
    "not simulated": "",
}
"""The style of each verdict.

Colours 16 to 255 are the same on every terminal. Each of these has a contrast of at least 3.5 with black and
with white, so that it is readable on dark and on light terminals. A word or letter always says the same.
"""
HAZARD_STYLE = {
    "boot": "bold color(231) on color(160)",
    "trigger": "bold color(166)",
    "circumstances": "color(100)",
    "": STYLE["safe"],
}
"""The style of each grade of *unsafe*, as the page colours it: red, orange, yellow; and of *safe*."""
HAZARD = {
    "boot": "unsafe: dies at boot",
    "trigger": "unsafe: dies on trigger",
    "circumstances": "unsafe: may die",
    "": "safe",
}


def console_of(*, to_file: bool = False) -> Console:
    """A console that wraps text on a terminal, and not in a pipe or file."""
    return GuardedConsole(
        sys.stdout,
        highlight=False,
        soft_wrap=to_file or not sys.stdout.isatty(),
        emoji=False,
        markup=False,
        no_color=True if to_file else None,
        force_terminal=False if to_file else None,
    )


def track(what: str, items: Sequence[Any]) -> Iterable[Any]:
    """Iterates over items with a progress bar on standard error."""
    import rich.progress  # noqa: PLC0415 # slow, and most runs show no bar

    bar = rich.progress.track(items, what, console=GuardedConsole(sys.stderr), transient=True)
    yield from bar


def show_changes(console: Console, context: Json) -> None:
    """Prints the changes that were switched on and off in the release."""
    for change in context["changes"]["with"]:
        needed = ", which another needs" if change["pulled_in"] else ""
        console.print(f"  with {_change(change)}: {change['effect']}{needed}")
        if change["beside"]:
            console.print(f"    {change['beside']}")
    for change in context["changes"]["without"]:
        console.print(f"  without {_change(change)}, by which {change['effect']}")


def _change(change: Json) -> str:
    commits = f" ({', '.join(change['commits'])})" if change["commits"] else ""
    return f"{change['name']}{commits}"


def boot_parameters_words(holder: Json) -> str:
    """The command line and the seed of a context or a memory map; empty where none are known."""
    line, seed = holder["command_line"], holder["kaslr_seed"]
    return ", ".join(
        words
        for words in (
            f'command line "{line}"' if line else "",
            f"kaslr-seed {seed}" if seed is not None else "",
        )
        if words
    )


def show_notes(console: Console, memory_maps: Iterable[Json]) -> None:
    """Prints what the sources of memory maps show of boots, and what they cannot show."""
    for memory_map in memory_maps:
        if parameters := boot_parameters_words(memory_map):
            console.print(f"boot parameters of {memory_map['name']}: {parameters}")
        for note in memory_map["notes"]:
            console.print(f"note on {memory_map['name']}: {note}")


def show_compiler(console: Console, compiler: Json) -> None:
    """Prints the compiler of a result: another compiler can give another result."""
    if not compiler["probes"]:
        return
    how = "recorded answers" if compiler["recorded"] else "run here" if compiler["run"] else "no answers"
    version = compiler["version"] or "not known"
    console.print(f"compiler: {version} ({how}; {compiler['toolchain'] or 'no toolchain'})")
    counts = f"{compiler['recorded']} recorded, {compiler['run']} run, {compiler['unanswered']} unanswered"
    console.print(f"compiler checks: {counts}")
    if compiler["unanswered"]:
        console.print(
            '  a verdict that depends on an unanswered check is "unknown"; values are those if it fails'
        )


def show_undecided(console: Console, probes: Sequence[Json]) -> None:
    """Prints the compiler checks without an answer on which a verdict depends."""
    for probe in probes:
        console.print(f"  {probe['macro']} ({', '.join(probe['places'])})")
        for command in probe["commands"]:
            console.print(f"    runs: {command}")
    if probes:
        console.print("  to decide it, allow the shell; another architecture needs CROSS_COMPILE")
