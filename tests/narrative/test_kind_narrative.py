# SPDX-License-Identifier: GPL-2.0-or-later
"""The kinds of findings in words: as in the documentation, and with examples that have the findings."""

from pathlib import Path

import pytest

import explorer
from explorer.checking import FindingKind
from explorer.configuration import parse_config
from explorer.narrative.kind_narrative import EXAMPLE_KERNEL, EXAMPLE_MAP, KIND_NARRATIVES

ROOT = Path(__file__).parents[2]
TOLD = {
    FindingKind.FRAGMENT_LOST,
    FindingKind.UNKNOWN_SYMBOL,
    FindingKind.UNMET_SELECT,
    FindingKind.NOT_GOT,
    FindingKind.MORE,
}
"""Kinds whose example is no file for the shipped fragment."""


def rows(table: int) -> list[list[str]]:
    """The rows of the first or second table of kinds in the documentation."""
    lines = (ROOT / "docs" / "findings.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| `")]
    known = [row for row in cells if row[0].strip("`") in set(FindingKind)]
    return known[: len(FindingKind)] if table == 0 else known[len(FindingKind) :]


def test_the_documentation_lists_every_kind() -> None:
    assert [[cell.strip("`") for cell in row] for row in rows(0)] == [
        [kind, kind.severity, narrative.title, narrative.meaning]
        for kind, narrative in KIND_NARRATIVES.items()
    ]


def test_the_documentation_has_the_example_and_the_remedy_of_every_kind() -> None:
    assert [
        [row[0].strip("`"), row[1].replace("`", "").replace("<br>", "\n"), *row[2:]] for row in rows(1)
    ] == [
        [kind, narrative.example, narrative.remedy, "yes" if narrative.is_written else "no"]
        for kind, narrative in KIND_NARRATIVES.items()
    ]


@pytest.mark.parametrize("kind", sorted(set(FindingKind) - TOLD))
def test_an_example_has_its_finding(kind: FindingKind) -> None:
    header = f"# Linux/arm64 {EXAMPLE_KERNEL}.0 Kernel Configuration\nCONFIG_ARM64=y\n"
    config = parse_config(f"{header}{KIND_NARRATIVES[kind].example}\n".encode(), "example.config")
    assert kind in {finding.id for finding in explorer.check(config, machines=[EXAMPLE_MAP]).findings}
