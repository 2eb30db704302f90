# SPDX-License-Identifier: GPL-2.0-or-later
"""The wheel works outside the checkout: built, installed afresh, and run from an empty folder."""

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_fragments_and_templates_and_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    fragments = {
        f"explorer/kconfig/{path.parent.name}/Kconfig" for path in (ROOT / "kconfig").glob("*/Kconfig")
    }
    assert fragments
    assert fragments <= names
    assert {"explorer/kconfig/spans.toml", "explorer/reports/report.html.j2"} <= names
    assert not [name for name in names if name.startswith("tests/")]


def test_the_main_job_runs_from_an_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True)
    run = environment / "bin"
    install = [str(run / "pip"), "install", "--quiet", "--disable-pip-version-check", str(wheel)]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    work = tmp_path / "work"
    work.mkdir()
    command = str(run / "kconfig-explorer")
    report = [command, "report", "--kernel", "4.17", "-o", "report.html"]
    done = subprocess.run(report, cwd=work, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 of 16 combinations are reachable" in (work / "report.html").read_text()
    matrix = [command, "matrix", "--kernel", "6.12", "-m", "flat", "--format", "json"]
    done = subprocess.run(matrix, cwd=work, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["generator"]["version"] == "0.1.0"
