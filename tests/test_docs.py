# SPDX-License-Identifier: GPL-2.0-only
"""What docs/ lists is what there is."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from explorer.boot import CHANGES
from explorer.cli import app_of

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def test_every_change_stands_in_the_page_for_backporters_with_its_commits_and_effect() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (.*?) \| .*? \| (.*) \|$", (DOCS / "backports.md").read_text(), re.MULTILINE
    )
    listed = {name: (commits, effect) for name, commits, effect in rows}
    assert set(listed) == {change.name for change in CHANGES}
    for change in CHANGES:
        commits, effect = listed[change.name]
        assert set(re.findall(r"`(\w+)`", commits)) == {change.commit, change.again} - {""}
        assert change.effect in effect


def commands(page: Path) -> list[list[str]]:
    """The words of every call of the program in a page's blocks of shell."""
    blocks = re.findall(r"^```(?:sh|console)\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    calls = re.findall(r"kconfig-explorer ([^\n;|#]*)", "\n".join(blocks))
    return [shlex.split(call) for call in calls]


PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_every_command_of_a_page_can_be_given(page: Path) -> None:
    top: Any = typer.main.get_command(app_of())
    for name, *words in commands(page):
        command = top.commands[name]
        assert command.make_context(name, words, resilient_parsing=False), words


def test_every_option_that_a_page_names_exists() -> None:
    top: Any = typer.main.get_command(app_of())
    parameters = [each for command in top.commands.values() for each in command.params]
    known = {option for each in (*parameters, *top.params) for option in each.opts}
    elsewhere = {"--help", "--wheel"}
    for page in (*PAGES, ROOT / "action.yml", ROOT / ".pre-commit-hooks.yaml"):
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text()))
        assert named - known <= elsewhere, page
