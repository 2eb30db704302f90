# SPDX-License-Identifier: GPL-2.0-or-later
"""The source distribution runs its own tests, and the wheel made of it works from an empty folder."""

import json
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from tests.commandline import environment_without_coverage

ROOT = Path(__file__).parents[1]
SOME_TESTS = ("tests/test_architecture.py", "tests/narrative/test_kind_narrative.py")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def sources(built: Path) -> Path:
    """The unpacked source distribution."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(built, filter="data")
    return next(path for path in built.iterdir() if path.is_dir())


def test_the_source_distribution_holds_every_file_of_the_repository(sources: Path) -> None:
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("no repository here: this is a source distribution, or git is not installed")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}
    assert len(tracked) > 500
    assert {name for name in tracked if not (sources / name).exists()} == set()


def test_the_source_distribution_passes_tests_of_its_own(sources: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *SOME_TESTS]
    environment = {**environment_without_coverage(), "PYTHONPATH": str(sources)}
    done = subprocess.run(command, cwd=sources, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_the_wheel_carries_fragments_and_templates_and_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    fragments = {
        f"explorer/kconfig/{path.parent.name}/Kconfig" for path in (ROOT / "kconfig").glob("*/Kconfig")
    }
    assert fragments
    assert fragments <= names
    assert {"explorer/kconfig/spans.toml", "explorer/reports/report.html.j2"} <= names
    assert {name.partition("/")[0] for name in names} == {
        "explorer",
        f"{wheel.name.rpartition('-py3')[0]}.dist-info",
    }


def test_the_main_job_runs_from_an_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    """Without a C compiler: all that is installed is a wheel."""
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True)
    run = environment / "bin"
    install = [str(run / "pip"), "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    done = subprocess.run(
        [*install, "--only-binary=:all:", str(wheel)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    work = tmp_path / "work"
    work.mkdir()
    report = [str(run / "kconfig-explorer"), "report", "--kernel", "4.17", "-o", "report.html"]
    done = subprocess.run(report, cwd=work, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 of 16 combinations are reachable" in (work / "report.html").read_text()
    matrix = [str(run / "python"), "-m", "explorer", "matrix", "--kernel", "6.12", "-m", "flat"]
    done = subprocess.run(
        [*matrix, "--format", "json"], cwd=work, capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout)["generator"]["version"] == "0.1.0"
