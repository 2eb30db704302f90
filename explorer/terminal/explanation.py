# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the document of ``explain``: a witness, an unsat core, or the answers to change."""

from collections.abc import Iterator

from rich.console import Console

from explorer.narrative.plurals import counted
from explorer.narrative.verdict_narrative import undecided_after
from explorer.terminal.console import STYLE, Json, console_of, show_compiler, show_undecided

__all__ = ["show"]

_MOST_MOVED = 12

_SAYS = {
    "only": "{symbol} gets its value only here; add a prompt, a default or a select",
    "depends": "{symbol} needs {about}; remove or relax this condition",
    "prompt": "{symbol} can be set only if {about}; remove or relax the condition of its prompt",
    "default": "{symbol} has this default and no prompt; change the default or add a prompt",
    "select": "{about} selects {symbol}; remove the select or add a condition to it",
    "imply": "{about} implies {symbol} while no prompt of it is visible; remove the imply",
    "choice": "{symbol} is a member of a choice, and only one member can be y",
    "range": "{symbol} has this range; widen it",
    "number": "{symbol} gets its value only here; add a prompt, or change its default",
    "modules": "m needs {symbol}=y",
}
"""The meaning of each kind of statement, and how to relax it."""
_HIDDEN_DEFAULT = "{symbol} has this default while its prompt is not visible; change the default"
_CHOICE_NEEDS = "the choice of {symbol} needs {about}; remove or relax this condition"


def show(document: Json) -> None:
    """Prints the explanation, and the answers to change last."""
    console = console_of()
    request = " ".join(f"{name}={value}" for name, value in document["wish"].items())
    console.print(f"{document['kconfig']}, {document['question']}: {request}")
    show_compiler(console, document["compiler"])
    if document["out_of_time"] is not None:
        text = f"unknown: {undecided_after(document['out_of_time'])}; the option timeout gives more time"
        console.print(text, style=STYLE["unknown"])
    elif document["undecided"]:
        console.print("unknown without the compiler; it depends on", style=STYLE["unknown"])
        show_undecided(console, document["undecided"])
    elif not document["reachable"]:
        _show_chain(console, document)
    elif document["holds"] is None:
        console.print("reachable with these answers:", style=STYLE["safe"])
        _show_lines(console, document["witness_config"])
    elif document["holds"]:
        console.print("the file has these values already; nothing to change", style=STYLE["safe"])
    else:
        _show_fix(console, document)


def _show_chain(console: Console, document: Json) -> None:
    chain = document["chain"]
    if document["conflicts"] and document["conflicts"]["found"]:
        _show_conflicts(console, document["conflicts"])
        return
    if not chain and not document["chain_minimal"]:
        console.print(
            "unreachable: its conflict was not found in time and memory",
            style=STYLE["unsafe"],
        )
        return
    if not chain:
        console.print("unreachable: the tree does not define these symbols", style=STYLE["unsafe"])
        return
    _show_conflict(console, document["conflicting"], chain, "unreachable: ")
    if not document["chain_minimal"]:
        console.print("The time ran out: the set is not proven minimal, fewer of them may suffice.")
    elif len(chain) > 1:
        console.print("The set is minimal: without any one of them the others do not exclude it.")
    console.print("Other sets may exclude it, too: the option conflicts lists them.")


def _show_conflicts(console: Console, conflicts: Json) -> None:
    found = conflicts["found"]
    text = "1 set of statements conflicts" if len(found) == 1 else f"{len(found)} sets of statements conflict"
    more = "there are no others" if conflicts["complete"] else "there may be more"
    if conflicts["out_of_time"] is not None:
        more = f"there may be more: the search ended after {conflicts['out_of_time']:g} s"
    each = "each minimal; " if len(found) > 1 else ""
    console.print(f"unreachable: {text} ({each}{more})", style=STYLE["unsafe"])
    for number, conflict in enumerate(found, start=1):
        _show_conflict(console, conflict["values"], conflict["chain"], f"set {number}: ")


def _show_conflict(console: Console, values: Json, chain: list[Json], begin: str) -> None:
    request = " ".join(f"{name}={value}" for name, value in values.items())
    text = f"{len(chain)} statements exclude" if len(chain) > 1 else "1 statement excludes"
    console.print(f"{begin}{text} {request}:", style=STYLE["unsafe"])
    _show_statements(console, chain)


def _show_statements(console: Console, chain: list[Json]) -> None:
    for number, reason in enumerate(chain, start=1):
        console.print(f"{number}. {_sentence(reason).format(**reason)}")
        if reason["others"]:
            console.print(f"     so do {', '.join(reason['others'])}")
        for line in reason["lines"]:
            console.print(f"     {line['file']}:{line['line']}: {line['text']}")
        for probe in reason["probes"]:
            console.print(f"     the compiler's answer to {probe['macro']} is {probe['answer']}")


def _sentence(reason: Json) -> str:
    if reason["of_choice"]:
        return _CHOICE_NEEDS
    is_hidden_default = reason["says"] == "default" and reason["prompt"]
    return _HIDDEN_DEFAULT if is_hidden_default else _SAYS[reason["says"]]


def _show_fix(console: Console, document: Json) -> None:
    fix = document["fix"]
    if fix is None and document["fix_out_of_time"] is not None:
        text = f"reachable, but the answers to change were not found in {document['fix_out_of_time']:g} s"
        console.print(text, style=STYLE["unknown"])
        return
    if fix is None:
        console.print(
            "reachable, but Kconfig confirmed no change to this file that was found", style=STYLE["unknown"]
        )
        return
    count = len(fix["changes"])
    least = "the fewest possible" if fix["fewest"] else "few, perhaps not the fewest"
    text = f"{count} answer{'s' if count > 1 else ''} to change ({least}, confirmed by Kconfig):"
    console.print(text, style=STYLE["safe"])
    for change in fix["changes"]:
        console.print(f"  {change['symbol']}: {change['before'] or 'unset'} -> {change['after']}")
    for line in _moved(fix):
        console.print(line)
    console.print("as a fragment:")
    _show_lines(console, fix["config"])


def _moved(fix: Json) -> Iterator[str]:
    """Which other symbols change, how many of them the fragment keeps, and which change all the same."""
    moved, pins, unpinned = fix["moved"], fix["pins"], fix["unpinned"]
    if not moved:
        return
    if not pins:
        count = "1 other symbol changes" if len(moved) == 1 else f"{len(moved)} other symbols change"
        yield f"{count}: {_shown(moved)}"
        return
    count = "1 other symbol would change" if len(moved) == 1 else f"{len(moved)} other symbols would change"
    yield f"{count}: {_shown(moved)}"
    yield f"the fragment keeps what these were with {counted(len(pins), 'more answer')}"
    if unpinned:
        change = "1 symbol changes" if len(unpinned) == 1 else f"{len(unpinned)} symbols change"
        yield f"{change} all the same: {_shown(unpinned)}"


def _shown(moved: list[Json]) -> str:
    more = f" and {len(moved) - _MOST_MOVED} more" if len(moved) > _MOST_MOVED else ""
    return ", ".join(f"{entry['symbol']}={entry['after']}" for entry in moved[:_MOST_MOVED]) + more


def _show_lines(console: Console, text: str) -> None:
    for line in text.splitlines() or ["# none: the defaults suffice"]:
        console.print(line)
