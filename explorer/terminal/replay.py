# SPDX-License-Identifier: GPL-2.0-only
"""Recorded boots beside their simulations."""

from explorer.errors import printable
from explorer.terminal.console import Json, console_of

__all__ = ["show_replayed", "show_totals"]


def show_replayed(number: int, replayed: Json) -> None:
    """One recorded boot beside its simulation, on a line."""
    observed = replayed["observed"]
    what = observed["stage"] if observed["outcome"] != "ok" else "survived"
    by = f" in {observed['fault_in']}" if observed["fault_in"] else ""
    named = dict.fromkeys(f"{fault['trigger']} in {fault['walker']}" for fault in replayed["relevant"])
    told = ", ".join(named) or "no fault there"
    config = "".join(replayed["predicted"]["config"].values())
    console_of().print(
        printable(
            f"{number}: {replayed['outcome']}: {observed['layout']} {config}: "
            f"observed {what}{by}; predicted {told}"
        )
    )


def show_totals(totals: Json) -> None:
    """The sum of a replay."""
    console = console_of()
    console.print(
        f"{totals['boots']} boots: {totals['match']} match, {totals['missed crash']} missed crashes, "
        f"{totals['false alarm']} false alarms"
    )
    console.print(
        f"walker named in {totals['walker_named']} of {totals['crashes']} crashes, "
        f"page named in {totals['page_named']} of {totals['pages']} decoded pages"
    )
