# SPDX-License-Identifier: GPL-2.0-or-later
"""The kinds of findings in words."""

from pathlib import Path

from explorer.narrative.kind_narrative import KIND_NARRATIVES

ROOT = Path(__file__).parents[2]


def test_the_documentation_lists_every_kind() -> None:
    rows = [
        line for line in (ROOT / "docs" / "findings.md").read_text().splitlines() if line.startswith("| `")
    ]
    listed = [row.split("|")[1:5] for row in rows[: len(KIND_NARRATIVES)]]
    assert [[cell.strip().strip("`") for cell in row] for row in listed] == [
        [kind, kind.severity, narrative.title, narrative.meaning]
        for kind, narrative in KIND_NARRATIVES.items()
    ]
