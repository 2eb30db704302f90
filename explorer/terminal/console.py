# SPDX-License-Identifier: GPL-2.0-only
"""What the words of several commands have in common."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console

from explorer.errors import printable

__all__ = ["HAZARD", "STYLE", "Json", "console_of", "show_changes", "show_compiler", "show_notes", "track"]

Json = Mapping[str, Any]

STYLE = {"safe": "green", "unsafe": "bold red", "unknown": "yellow", "unreachable": "dim"}
HAZARD = {
    "boot": "unsafe: dies at boot",
    "trigger": "unsafe: dies on trigger",
    "circumstances": "unsafe: may die",
    "": "safe",
}


def console_of(*, to_file: bool = False) -> Console:
    """Prose wraps on a terminal; in a pipe or a file a line stays a line, for grep."""
    return Console(
        highlight=False,
        soft_wrap=to_file or not sys.stdout.isatty(),
        emoji=False,
        markup=False,
        no_color=True if to_file else None,
        force_terminal=False if to_file else None,
    )


def track(what: str, items: Sequence[Any]) -> Iterable[Any]:
    """Hand items on, with a bar on standard error."""
    import rich.progress  # noqa: PLC0415 # most runs show no bar, and it takes its time

    bar = rich.progress.track(items, what, console=Console(stderr=True), transient=True)
    yield from bar


def show_changes(console: Console, context: Json) -> None:
    """What was switched in the release must be said beside every result, too."""
    for change in context["changes"]["with"]:
        needed = ", which another needs" if change["pulled_in"] else ""
        console.print(printable(f"  with {_change(change)}: {change['effect']}{needed}"))
        if change["beside"]:
            console.print(printable(f"    {change['beside']}"))
    for change in context["changes"]["without"]:
        console.print(printable(f"  without {_change(change)}, by which {change['effect']}"))


def _change(change: Json) -> str:
    commits = f" ({', '.join(change['commits'])})" if change["commits"] else ""
    return f"{change['name']}{commits}"


def show_notes(console: Console, memory_maps: Iterable[Json]) -> None:
    """What the sources of memory maps cannot know must be said beside every result."""
    for memory_map in memory_maps:
        for note in memory_map["notes"]:
            console.print(printable(f"note on {memory_map['name']}: {note}"))


def show_compiler(console: Console, compiler: Json) -> None:
    """Which compiler a tree was told about, said beside every result: a wrong one gives wrong results."""
    if not compiler["probes"]:
        return
    how = "recorded answers" if compiler["recorded"] else "asked here" if compiler["run"] else "nobody to ask"
    version = compiler["version"] or "not known"
    console.print(printable(f"compiler: {version} ({how}; {compiler['toolchain'] or 'no toolchain'})"))
    asked = f"{compiler['recorded']} recorded, {compiler['run']} run, {compiler['unanswered']} unanswered"
    console.print(f"probes: {asked}")
    if compiler["unanswered"]:
        console.print("  one without answer counts as failed: what depends on it may look impossible")
