# SPDX-License-Identifier: GPL-2.0-or-later
"""``replay``: recorded boots of real kernels, compared with the simulator."""

from contextlib import nullcontext
from enum import StrEnum
from importlib import import_module
from typing import Annotated

import typer

from explorer.commands.printing import json_text, print_json, print_text
from explorer.commands.status_line import status_shown
from explorer.document.boot import replayed_json
from explorer.errors import InputError
from explorer.evidence.boot_replay import ReplayOutcome, replay, totals
from explorer.files import shown_name, text_lines

__all__ = ["replay_command"]


class _ReplayFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


def replay_command(
    recording: Annotated[
        str,
        typer.Argument(
            metavar="FILE.jsonl",
            help="Recorded boots, one JSON object a line; - for standard input.",
        ),
    ],
    form: Annotated[_ReplayFormat, typer.Option("--format", help="The format of the result.")] = (
        _ReplayFormat.TEXT
    ),
    verbose: Annotated[  # noqa: FBT002 # typer's way to spell a switch
        bool, typer.Option("--verbose", "-v", help="Text: also the boots that match.")
    ] = False,
) -> None:
    """Compare recorded boots of real kernels with the simulator.

    The text lists each missed crash and each false alarm, then the counts. With --verbose it lists each boot.

    Exit 0 if every outcome matches, 1 if the simulator missed a crash or gave a false alarm.

    Example: kconfig-explorer replay boots.jsonl
    """
    terminal = import_module("explorer.terminal.replay")
    boots = []
    streamed = form is _ReplayFormat.JSONL or (form is _ReplayFormat.TEXT and verbose)
    with (
        nullcontext() if streamed else status_shown("simulating the recorded boots"),
        text_lines(recording) as lines,
    ):
        for number, replayed in enumerate(replay(lines, shown_name(recording)), start=1):
            boots.append(replayed)
            if form is _ReplayFormat.JSONL:
                print_text(json_text(replayed_json(replayed)))
            elif streamed:
                terminal.show_replayed(number, replayed_json(replayed))
    if not boots:
        raise InputError("holds no recorded boot", where=recording, hint="give one JSON object a line")
    summary = totals(boots)
    if form is _ReplayFormat.JSON:
        print_json({"totals": summary, "boots": [replayed_json(replayed) for replayed in boots]})
    elif form is _ReplayFormat.TEXT:
        for number, replayed in enumerate(() if verbose else boots, start=1):
            if replayed.outcome is not ReplayOutcome.MATCH:
                terminal.show_replayed(number, replayed_json(replayed))
        terminal.show_totals(summary)
    raise typer.Exit(any(replayed.outcome is not ReplayOutcome.MATCH for replayed in boots))
