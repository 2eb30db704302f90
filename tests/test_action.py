# SPDX-License-Identifier: GPL-2.0-or-later
"""The GitHub Action's own step, run as the runner runs it: by bash, with the inputs in the environment."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.commandline import explore

ACTION = (Path(__file__).parents[1] / "action.yml").read_text()
STEP = dedent(ACTION.rpartition("run: |\n")[2])
WRONG = "# Linux/arm64 6.12.0 Kernel Configuration\nCONFIG_ARM64=y\nCONFIG_NUMA=maybe\n"
GOOD = WRONG.replace("maybe", "y")

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A checkout, and a runner whose folder for temporary files has a blank in its name."""
    program = tmp_path / "run ner" / "kconfig-explorer" / "bin" / "kconfig-explorer"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m explorer "$@"\n')
    program.chmod(0o755)
    folder = tmp_path / "work"
    (folder / "my configs").mkdir(parents=True)
    (folder / "good.config").write_text(GOOD)
    (folder / "my configs" / "a b.config").write_text(WRONG)
    return folder


def step(workspace: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    names = re.findall(r"^        ([A-Z_]+): \$\{\{ inputs", ACTION, re.MULTILINE)
    variables = dict.fromkeys(names, "") | {"FAIL_ON": "warning", "MAPS": "flat"} | inputs
    runner = {
        "RUNNER_TEMP": str(workspace.parent / "run ner"),
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_STEP_SUMMARY": str(workspace.parent / "summary.md"),
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEP],
        cwd=workspace,
        env={**os.environ, **runner, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def annotated(done: subprocess.CompletedProcess[str]) -> set[str]:
    return set(re.findall(r"^::\w+ file=([^,]*),", done.stdout, re.MULTILINE))


@pytest.mark.parametrize(
    ("configs", "code", "found"),
    [
        ("good.config", 0, set()),
        ("good.config my*/*.config", 1, {"my configs/a b.config"}),
        ("my configs/a b.config\n", 1, {"my configs/a b.config"}),
        ("good.config\nmy configs/*.config\n", 1, {"my configs/a b.config"}),
        ("none/*.config", 2, {"none/*.config"}),
        ("--help", 2, {"--help"}),
    ],
    ids=repr,
)
def test_files_are_given_by_line_by_word_and_by_pattern(
    configs: str, code: int, found: set[str], workspace: Path
) -> None:
    done = step(workspace, CONFIGS=configs)
    assert (done.returncode, annotated(done)) == (code, found), done.stderr


def test_machines_and_the_threshold_arrive(workspace: Path) -> None:
    done = step(workspace, CONFIGS="my*/*", MAPS="flat nomap-mid", KERNEL="6.12", FAIL_ON="never")
    assert done.returncode == 0, done.stderr
    assert "no shipped memory map" in step(workspace, CONFIGS="good.config", MAPS="flat\nnone").stderr


@pytest.mark.parametrize(
    "name", ["CONFIGS", "KERNEL", "TREE", "MAPS", "CMDLINE", "REQUESTED", "BASELINE", "SARIF"]
)
def test_no_input_runs(name: str, workspace: Path) -> None:
    hostile = "$(touch pwned) `touch pwned` ; touch pwned & \"'\ntouch pwned\n"
    done = step(workspace, **{"CONFIGS": "good.config", name: hostile})
    assert done.returncode == (0 if name in {"SARIF", "CMDLINE"} else 2), done.stderr
    assert not (workspace / "pwned").exists()


def test_a_file_of_the_workspace_is_not_imported_and_a_name_is_no_command_of_the_runner(
    workspace: Path,
) -> None:
    """Python imports modules from the working folder with -m unless it is isolated."""
    (workspace / "typer.py").write_text("open('pwned', 'w')\n")
    done = step(workspace, CONFIGS="##[add-mask]x\n::stop-commands::x\n", TREE="none##[error]x")
    assert done.returncode == 2
    assert "# #[error]x" in done.stderr
    assert "##[" not in done.stderr
    assert not [line for line in done.stderr.splitlines() if line.startswith("::")]
    assert not (workspace / "pwned").exists()
    assert all(" -I " in line for line in ACTION.splitlines() if "python -" in line and "run:" in line)


def test_sarif_is_written_beside_the_annotations(workspace: Path) -> None:
    done = step(workspace, CONFIGS="my*/*.config", SARIF="out.sarif")
    assert (done.returncode, annotated(done)) == (1, {"my configs/a b.config"})
    assert '"wrong-type"' in (workspace / "out.sarif").read_text()
    done = step(workspace, CONFIGS="my*/*.config", SARIF="none/out.sarif")
    assert (done.returncode, annotated(done)) == (2, {"my configs/a b.config"})
    assert "name a file in a folder that exists" in done.stderr


def test_the_summary_shows_the_findings_as_indented_text(workspace: Path) -> None:
    summary = workspace.parent / "summary.md"
    (workspace / "my configs" / "# [a](b).config").write_text(WRONG + "</pre>\n```\n# heading\n")
    done = step(workspace, CONFIGS="good.config\nmy configs/*", SUMMARY="true")
    assert (done.returncode, done.stderr) == (1, "")
    title, blank, *lines = summary.read_text().splitlines()
    assert (title, blank) == ("### Kernel configurations", "")
    assert all(line.startswith("    ") or not line for line in lines)
    assert any("# [a](b).config" in line for line in lines)
    assert any("NUMA" in line for line in lines)
    step(workspace, CONFIGS="none", SUMMARY="true")
    assert "none: " in summary.read_text()


def test_the_step_has_options_that_exist_and_every_input() -> None:
    options = set(re.findall(r"--[a-z-]+", explore("check", "--help").stdout.decode()))
    assert set(re.findall(r"(?<=[(\s])--[a-z][a-z-]+", STEP)) <= options
    assert "${{" not in STEP
    inputs = set(re.findall(r"\$\{\{ inputs\.([a-z-]+) \}\}", ACTION))
    assert inputs == set(re.findall(r"^  ([a-z-]+):$", ACTION.partition("runs:")[0], re.MULTILINE))


def test_the_workflow_of_the_manual_has_inputs_that_exist_and_nothing_to_fill_in() -> None:
    page = (Path(__file__).parents[1] / "docs" / "users" / "distribution.md").read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 2
    assert not any(re.search(r"<[^>]*>", block) for block in blocks)
    inputs = set(re.findall(r"^  ([a-z-]+):$", ACTION.partition("runs:")[0], re.MULTILINE))
    (given,) = re.findall(r"uses: \./kconfig-explorer\n +with: \{(.*)\}", "".join(blocks))
    assert set(re.findall(r"([a-z-]+): ", given)) <= inputs
