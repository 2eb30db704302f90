# SPDX-License-Identifier: GPL-2.0-or-later
"""The documentation agrees with the tree: lists, commands, examples, links."""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

import pytest
import typer

import explorer
from explorer.application import app_of
from explorer.boot import CHANGES
from explorer.boot.walkers import WALKERS
from explorer.commands.exit_codes import EXIT_CODES
from explorer.machine import Firmware, read_machine
from explorer.man_page import man_page_text
from tests.commandline import environment_without_coverage, explore

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


def test_the_exit_codes_are_the_same_everywhere() -> None:
    rows = [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items()]
    table = (DOCS / "commands.md").read_text().partition("| code | meaning |\n|---|---|\n")[2]
    assert table.partition("\n\n")[0].splitlines() == rows
    help_words = " ".join(explore("--help").stdout.decode().split())
    pages = {"--help": help_words, "manual": " ".join(man_page_text().split())}
    for code, meaning in EXIT_CODES.items():
        assert f"{code} {meaning}" in pages["--help"]
        assert meaning[1:].replace("-", "\\-") in pages["manual"]
    readme = (ROOT / "README.md").read_text()
    assert all(f"{code}: {EXIT_CODES[code].partition(':')[0]}" in readme for code in (0, 1, 2))


class Block(NamedTuple):
    """A fenced block of a page: its language, whether it may be run here, and its text."""

    language: str
    runs: bool
    text: str


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page. ``sh not-run`` needs a board, a network or a whole kernel tree."""
    found = re.findall(r"^( *)```(\w+)( not-run)?\n(.*?)^ *```$", page.read_text(), re.DOTALL | re.MULTILINE)
    return [Block(language, not mark, dedent(text)) for _, language, mark, text in found]


def commands(page: Path) -> list[list[str]]:
    """The arguments of every call of the program in the shell blocks and the tables of a page."""
    shell = [block.text for block in blocks(page) if block.language in ("sh", "console")]
    cells = re.findall(r"^\|.*\| `([^`]*kconfig-explorer [^`]*)` \|$", page.read_text(), re.MULTILINE)
    calls = re.findall(r"(?<![/\w])kconfig-explorer ([^\n;|#>()]*)", "\n".join([*shell, *cells]))
    return [shlex.split(call.rstrip("\\")) for call in calls]


PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted(DOCS.rglob("*.md"))]


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
    elsewhere = {"--help", "--no-deps", "--port", "--nthreads"}  # of pip, and of dask
    for page in (*PAGES, ROOT / "action.yml", ROOT / ".pre-commit-hooks.yaml"):
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text()))
        assert named - known <= elsewhere, page


RUN = [ROOT / "README.md", *sorted((DOCS / "users").glob("*.md"))]
"""The pages whose every command is run."""


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as a reader does at the top of a checkout. An exit code above 1 of any command ends it."""
    for name in ("examples", "tests"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    program = f'kconfig-explorer() {{ {shlex.quote(sys.executable)} -m explorer "$@"; }}'
    strict = "set -o pipefail; trap 's=$?; if [ $s -gt 1 ]; then exit $s; fi' ERR"
    return subprocess.run(
        ["bash", "-c", f"{program}\n{strict}\n{script}\n"],
        cwd=folder,
        env=environment_without_coverage() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_every_command_of_the_readme_and_of_the_pages_for_users_runs(page: Path, tmp_path: Path) -> None:
    """In order and in one folder: a command may use what an earlier one wrote."""
    for block in blocks(page):
        if block.language == "sh" and block.runs:
            done = shell(block.text, tmp_path)
            assert done.returncode in (0, 1), block.text + done.stderr
            assert "Traceback" not in done.stderr


def examples(page: Path) -> list[tuple[str, str]]:
    """The commands of a page's console blocks, with the output shown."""
    text = "".join(block.text for block in blocks(page) if block.language == "console" and block.runs)
    return re.findall(r"^\$ ([^\n]*)\n((?:(?!\$ )[^\n]*\n)*)", text, re.MULTILINE)


@pytest.mark.parametrize(("call", "output"), [example for page in PAGES for example in examples(page)])
def test_an_example_prints_what_the_page_shows(call: str, output: str, tmp_path: Path) -> None:
    """A line ``...`` stands for any lines, and ``...`` at the end of a line for its rest."""
    printed = shell(call, tmp_path).stdout
    lines = [re.escape(line).replace(r"\.\.\.", "[^\n]*") + "\n" for line in output.splitlines()]
    pattern = "".join("(?:[^\n]*\n)*?" if line == "[^\n]*\n" else line for line in lines)
    assert re.fullmatch(pattern, printed.rstrip("\n") + "\n"), printed


def test_the_readme_has_examples_that_run_and_its_blocks_are_found() -> None:
    page = ROOT / "README.md"
    assert len(examples(page)) > 1
    assert page.read_text().count("```") == 2 * len(blocks(page))


def test_few_blocks_of_the_pages_for_users_are_not_run() -> None:
    shown = [block for page in RUN[1:] for block in blocks(page) if block.language in ("sh", "console")]
    assert sum(not block.runs for block in shown) <= 4 < len(shown) / 4


def test_the_example_board_is_made_from_its_source() -> None:
    """The bytes of a device tree depend on the version of dtc; the memory map does not."""
    if not shutil.which("dtc"):
        pytest.skip("dtc is not installed")
    source, blob = (read_machine(str(ROOT / "examples" / name)) for name in ("board.dts", "board.dtb"))
    assert isinstance(source, Firmware)
    assert isinstance(blob, Firmware)
    assert (source.banks, source.reserved) == (blob.banks, blob.reserved)


def test_the_small_tree_of_the_examples_reaches_what_its_fragment_reaches() -> None:
    tree, fragment = explorer.load(ROOT / "examples" / "linux"), explorer.load("4.16.13")
    studies = [explorer.matrix(kernel, ["flat"]) for kernel in (tree, fragment)]
    reached = [[(row.combination.values, row.combination.reachable) for row in each.rows] for each in studies]
    assert reached[0] == reached[1]
    assert any(reachable for _, reachable in reached[0])


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


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_file_of_the_repository_that_a_page_names_exists(page: Path) -> None:
    folders = "benchmarks|docs|examples|explorer|kconfig|reports|tests"
    for name in re.findall(rf"(?<![\w/.~-])((?:{folders})/[\w./*-]+)", page.read_text()):
        assert next(ROOT.glob(name.rstrip("./")), None), name


def test_every_test_and_room_that_the_promises_name_exists() -> None:
    page = (ROOT / "SECURITY.md").read_text()
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    named = re.findall(r"`(test_\w+|readers_of_trees|unguarded_output)`", page)
    assert len(named) > 10
    assert [name for name in named if f"def {name}(" not in tests] == []
    modules = re.findall(r"`((?:\w+/)*\w+\.py)`", page)
    assert [name for name in modules if not [*ROOT.glob(name), *ROOT.glob(f"explorer/**/{name}")]] == []
    assert "FIGURE" not in page


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_anchor_of_a_link_is_a_heading(page: Path) -> None:
    for name, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text()):
        target = page.parent / name if name else page
        assert anchor in anchors(target), (name, anchor)


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
