# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints an audit: the walkers by verdict, the worst first, and what could not be read."""

from rich.console import Console

from explorer.narrative.audit_narrative import (
    HIDDEN,
    agreement_sentence,
    audit_sentence,
    change_counts,
    change_words,
    differing_records,
    guard_words,
    is_shown,
    is_shown_change,
    is_worse,
    walker_words,
)
from explorer.terminal.console import STYLE, Json, console_of
from explorer.terminal.wrapping import show_indented

__all__ = ["show"]

_STYLES = {
    "unguarded": STYLE["unsafe"],
    "the guard reads the page": STYLE["unsafe"],
    "guarded in some configurations only": STYLE["unsafe"],
    "guarded at its start only": STYLE["unsafe"],
    "guarded only if HOLES_IN_ZONE": STYLE["unsafe"],
    "guarded for the section only": STYLE["unsafe"],
    "guarded for the block only": STYLE["unknown"],
    "guarded": STYLE["safe"],
}
_MOST_PLACES = 10


def show(document: Json, *, shows_all: bool = False) -> None:
    """Prints an audit, or the changes from another tree.

    Args:
        document: the document.
        shows_all: also walkers that read no struct page, that step over pages of their caller, and that no
            configuration compiles; and the calls up to each entry.
    """
    console = console_of()
    if document["compared"]:
        _changes(console, document, shows_all=shows_all)
    else:
        _walkers(console, document, shows_all=shows_all)
    _simulator(console, document)
    _unread(console, document)


def _walkers(console: Console, document: Json, *, shows_all: bool) -> None:
    summary = document["summary"]
    show_indented(console, f"{document['tree']}: {audit_sentence(document)}", 0)
    hidden = 0
    for verdict in summary["verdicts"]:
        walkers = [walker for walker in document["walkers"] if walker["verdict"] == verdict]
        shown = [walker for walker in walkers if shows_all or is_shown(walker)]
        hidden += len(walkers) - len(shown)
        if shown:
            console.print(f"\n{verdict}: {len(shown)}", style=_STYLES.get(verdict, ""))
        for walker in shown:
            _walker(console, walker, shows_all=shows_all)
    if hidden:
        console.print(f"\n{hidden} more {HIDDEN}")
    if document["kconfig"]:
        console.print(f"what is compiled is not known: {document['kconfig']}")


def _walker(console: Console, walker: Json, *, shows_all: bool) -> None:
    head = f"{walker['file']}:{walker['line']} {walker['name']}(): {walker['verdict']}"
    if walker["verdict"] == "guarded" and not shows_all:
        show_indented(console, f"{head} by {guard_words(walker)}", 2)
        return
    console.print(f"  {head}", style="bold")
    show_indented(console, walker_words(walker), 4)
    if walker["compiled"] == "never compiled":
        show_indented(console, f"no configuration compiles it: {walker['condition']}", 4)
    entries = sorted(walker["entries"], key=lambda entry: len(entry["functions"]))
    for entry in entries if shows_all else entries[:1]:
        show_indented(console, f"from {entry['entry']}: {' > '.join(entry['functions'])}", 4)
    if len(entries) > 1 and not shows_all:
        show_indented(console, f"also from {', '.join(entry['entry'] for entry in entries[1:])}", 4)


def _changes(console: Console, document: Json, *, shows_all: bool) -> None:
    compared = document["compared"]
    console.print(f"{document['tree']} compared with {compared['tree']}")
    hidden = 0
    for change in compared["changes"]:
        if shows_all or is_shown_change(change):
            style = STYLE["unsafe"] if is_worse(change) else ""
            show_indented(console, change_words(change), 2, style=style)
        else:
            hidden += 1
    if hidden:
        console.print(f"{hidden} more {HIDDEN}")
    console.print(change_counts(compared["changes"]) or "the walkers have the same guards")


def _simulator(console: Console, document: Json) -> None:
    """Prints where the records of the simulator and the C differ."""
    simulator = document["simulator"]
    if simulator is None:
        return
    console.print(f"\n{agreement_sentence(document)}")
    for words in differing_records(document):
        show_indented(console, words, 2, style=STYLE["unsafe"])
    names = [walker["name"] for walker in simulator["without_record"]]
    if names:
        show_indented(console, f"not guarded everywhere, and without a record: {', '.join(names)}", 2)


def _unread(console: Console, document: Json) -> None:
    for place in document["not_read"]:
        console.print(f"not read: {place['file']}:{place['line']}: {place['reason']}")
    for key, what in (
        ("not_understood", "functions of which the parser understood only a part"),
        ("left_out", "branches of #if that were left out"),
    ):
        places = [f"{place['file']}:{place['line']}" for place in document[key]]
        if places:
            more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
            console.print(f"{len(places)} {what}: {', '.join(places[:_MOST_PLACES])}{more}", style="dim")
