# SPDX-License-Identifier: GPL-2.0-only
"""Why a wish can or cannot be had, and what of a configuration must change for it."""

from collections.abc import Iterator

from rich.console import Console

from explorer.errors import printable
from explorer.terminal.console import STYLE, Json, console_of, show_compiler

__all__ = ["show"]

_MOST_MOVED = 12

_SAYS = {
    "only": "{symbol} gets its value here and nowhere else; give it a prompt, a default or a select",
    "depends": "{symbol} needs {about}; drop or widen this condition",
    "default": "{symbol} takes this default and no prompt lets anybody change it",
    "select": "{about} selects {symbol}; drop the select or put a condition on it",
    "choice": "{symbol} is in a choice, of which one member is y and no more",
    "number": "{symbol} keeps to its range and default",
}
"""What each kind of statement says, and how the tree would have to be relaxed."""


def show(found: Json) -> None:
    """The explanation, the fix last."""
    console = console_of()
    wish = " ".join(f"{name}={value}" for name, value in found["wish"].items())
    console.print(printable(f"{found['kconfig']}, {found['question']}: {wish}"))
    show_compiler(console, found["compiler"])
    if not found["reachable"]:
        _show_chain(console, found)
    elif found["holds"] is None:
        console.print("reachable; these answers are enough:", style=STYLE["safe"])
        _show_lines(console, found["witness_config"])
    elif found["holds"]:
        console.print("that is so already; nothing to change", style=STYLE["safe"])
    else:
        _show_fix(console, found)


def _show_chain(console: Console, found: Json) -> None:
    if not found["chain"]:
        console.print("unreachable; the tree does not define what you ask for", style=STYLE["unsafe"])
        return
    console.print(
        "unreachable; these statements together forbid it, and without any one of them it could be:",
        style=STYLE["unsafe"],
    )
    for number, reason in enumerate(found["chain"], start=1):
        console.print(printable(f"{number}. {_SAYS[reason['says']].format(**reason)}"))
        for line in reason["lines"]:
            console.print(printable(f"     {line['file']}:{line['line']}: {line['text']}"))


def _show_fix(console: Console, found: Json) -> None:
    fix = found["fix"]
    if fix is None:
        console.print(
            "reachable, but no change to this file was found that Kconfig confirms", style=STYLE["unknown"]
        )
        return
    count = len(fix["changes"])
    least = "the fewest that do" if fix["fewest"] else "few, perhaps not the fewest"
    words = (
        f"{count} answer{'s' if count > 1 else ''} to change ({least}; Kconfig computes the wish from them):"
    )
    console.print(words, style=STYLE["safe"])
    for change in fix["changes"]:
        console.print(printable(f"  {change['symbol']}: {change['before'] or 'unset'} -> {change['after']}"))
    for line in _moved(fix["moved"]):
        console.print(printable(line))
    console.print("as a fragment:")
    _show_lines(console, fix["config"])


def _moved(moved: list[Json]) -> Iterator[str]:
    if moved:
        shown = ", ".join(f"{entry['symbol']}={entry['after']}" for entry in moved[:_MOST_MOVED])
        more = f" and {len(moved) - _MOST_MOVED} more" if len(moved) > _MOST_MOVED else ""
        yield f"with them {len(moved)} other symbols move: {shown}{more}"


def _show_lines(console: Console, text: str) -> None:
    for line in text.splitlines() or ["# none: every default gives it"]:
        console.print(printable(line))
