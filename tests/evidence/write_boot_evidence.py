# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the summary of the recordings that reports cite (``make recorded``)."""

import json
from pathlib import Path

from explorer.evidence.boot_replay import replay
from explorer.evidence.boot_summary import summary

BOOTS = Path(__file__).parents[1] / "data" / "boots"


def as_json() -> str:
    """The summary of every recording, a line each."""
    replayed = [
        boot
        for path in sorted(BOOTS.glob("*.jsonl"))
        for boot in replay(path.read_text(encoding="utf-8").splitlines(), path.name)
    ]
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in summary(replayed))
    return f"[\n{lines}\n]\n"


if __name__ == "__main__":
    print(as_json(), end="")  # noqa: T201 # it is what the program is for
