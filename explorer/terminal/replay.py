# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints recorded boots beside their simulations."""

from explorer.narrative.plurals import counted
from explorer.terminal.console import Json, console_of

__all__ = ["show_replayed", "show_totals"]


def show_replayed(number: int, replayed: Json) -> None:
    """Prints a recorded boot and its simulation, on one line."""
    observed = replayed["observed"]
    what = observed["stage"] if observed["outcome"] != "ok" else "survived"
    by = f" in {observed['fault_in']}" if observed["fault_in"] else ""
    faults = dict.fromkeys(f"{fault['trigger']} in {fault['walker']}" for fault in replayed["relevant"])
    predicted = ", ".join(faults) or "no fault there"
    config = "".join(replayed["predicted"]["config"].values())
    console_of().print(
        f"{number}: {replayed['outcome']}: {observed['layout']} {config}: "
        f"observed {what}{by}; predicted {predicted}"
    )


def show_totals(totals: Json) -> None:
    """Prints the totals of a replay."""
    console = console_of()
    console.print(
        f"{counted(totals['boots'], 'boot')}: {totals['match']} match, "
        f"{counted(totals['missed crash'], 'missed crash')}, {counted(totals['false alarm'], 'false alarm')}"
    )
    console.print(
        f"walker named in {totals['walker_named']} of {counted(totals['crashes'], 'crash')}, "
        f"page named in {totals['page_named']} of {counted(totals['pages'], 'decoded page')}"
    )
