# SPDX-License-Identifier: GPL-2.0-or-later
"""The documentation agrees with the tree: lists, commands, examples, links."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from explorer.boot import CHANGES
from explorer.boot.walkers import WALKERS
from explorer.cli import app_of
from tests.commandline import explore

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
        assert re.findall(r'`(\w+)` \("(.*?)"\) \(in v(.*?)\)', commits) == list(map(tuple, change.commits))
        assert change.effect in effect


def commands(page: Path) -> list[list[str]]:
    """The arguments of every call of the program in the shell blocks of a page."""
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
    parameters = [parameter for command in top.commands.values() for parameter in command.params]
    known = {option for parameter in (*parameters, *top.params) for option in parameter.opts}
    elsewhere = {"--help", "--wheel", "--port", "--nthreads"}  # the last two are of dask
    for page in (*PAGES, ROOT / "action.yml", ROOT / ".pre-commit-hooks.yaml"):
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text()))
        assert named - known <= elsewhere, page


def examples(page: Path) -> list[tuple[str, str]]:
    """The commands of a page's console blocks that need no file of the reader, with the output shown."""
    blocks = re.findall(r"^```console\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    shown = re.findall(
        r"^\$ kconfig-explorer ([^\n]*)\n((?:(?!\$ )[^\n]*\n)*)", "".join(blocks), re.MULTILINE
    )
    return [(call, output) for call, output in shown if "linux" not in call]


@pytest.mark.parametrize(("call", "output"), [example for page in PAGES for example in examples(page)])
def test_an_example_prints_what_the_page_shows(call: str, output: str) -> None:
    printed = explore(*shlex.split(call)).stdout.decode()
    pattern = ".*".join(re.escape(part) for part in output.split("...\n"))
    assert re.fullmatch(pattern, printed.rstrip("\n") + "\n", re.DOTALL), printed


def test_the_readme_has_an_example_that_runs() -> None:
    assert len(examples(ROOT / "README.md")) > 1


RECORDS = sorted((DOCS / "adr").glob("*.md"))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_decision_record_has_a_date_a_status_and_the_standard_sections(record: Path) -> None:
    text = record.read_text()
    number = int(record.name[:4])
    assert re.match(rf"# {number}\. .+\n\n\* Date: \d{{4}}-\d\d-\d\d\n\* Status: (accepted|superseded)", text)
    assert [name for name in re.findall(r"^## (.*)$", text, re.MULTILINE) if name != "Alternatives"] == [
        "Context",
        "Decision",
        "Consequences",
    ]


def test_the_index_links_every_page() -> None:
    index = (DOCS / "README.md").read_text()
    for page in DOCS.rglob("*.md"):
        assert page == DOCS / "README.md" or f"({page.relative_to(DOCS)})" in index, page


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_contributing_names_exactly_the_rooms_that_exist() -> None:
    table = re.findall(r"^\| (`.*?) \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    named = {name.rstrip("/") for cell in table for name in re.findall(r"`([a-z_]+/?)`", cell)}
    package = ROOT / "explorer"
    rooms = {path.stem for path in package.iterdir() if not path.name.startswith(("_", "."))}
    assert named - {"make"} == rooms - {"py", "man_page"}


def test_every_python_in_the_classifiers_is_allowed_and_the_changelog_has_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = [each.rpartition(" ")[2] for each in project["classifiers"] if re.search(r":: 3\.\d+$", each)]
    assert versions[0] == project["requires-python"].removeprefix(">=")
    assert f"\n## [{project['version']}]" in (ROOT / "CHANGELOG.md").read_text()


def test_every_walker_stands_in_the_page_of_loops() -> None:
    page = (DOCS / "walkers.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("|")]
    for walker in WALKERS:
        assert any(f"`{walker.function}" in row and "record" in row.lower() for row in rows), walker.function
