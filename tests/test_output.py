# SPDX-License-Identifier: GPL-2.0-or-later
"""What every command writes in every format: safe to look at, well-formed, and the same everywhere."""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from explorer.application import COMMANDS
from tests.every_command import Result, Run, formats, results_of, runs
from tests.other_pythons import version_of

SEEDS = int(os.environ.get("OUTPUT_SEEDS", "1"))
"""The number of hash seeds with which results are compared; a person runs many."""
OTHER_PYTHONS = tuple(filter(None, os.environ.get("OTHER_PYTHONS", "").split(os.pathsep)))
"""Interpreters of other versions, with which results are compared (``tests/other_pythons.py``)."""
VARIANTS = (
    ({"LC_ALL": "C", "TZ": "Pacific/Kiritimati", "COLUMNS": "80"}, 0o077),
    ({"LC_ALL": "C.UTF-8", "LANGUAGE": "de", "TZ": "America/St_Johns"}, 0o002),
    ({"LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu"}, 0o022),
    ({"LC_ALL": "de_DE.UTF-8", "LC_NUMERIC": "de_DE.UTF-8"}, 0o027),
)
"""Environments and masks of permissions that must not change a byte; one for each seed, in turn."""
BINARY = {".duckdb", ".parquet"}


def texts(result: Result) -> Iterator[tuple[str, bytes]]:
    """The texts that a run wrote, by name."""
    yield from (("stdout", result.stdout), ("stderr", result.stderr))
    yield from ((name, data) for name, data in result.files.items() if Path(name).suffix not in BINARY)


def check_text(data: bytes, run: Run) -> None:
    """Fails for bytes that a terminal or the log of a CI system takes for more than text."""
    text = data.decode()
    assert [ascii(each) for each in text if not (each.isprintable() or each in "\n\t")] == [], run
    if run.form != "github" and run.command != "report":  # a page is HTML, where a name can have lines
        assert [line for line in text.split("\n") if line.startswith("::")] == [], run


def check_form(text: str, run: Run) -> None:
    """Fails if a text is not of the format of its run."""
    if run.form in {"json", "sarif"}:
        json.loads(text)
    elif run.form == "jsonl":
        assert all(map(json.loads, text.splitlines()))
    elif run.form in {"graphml", "junit"}:
        ET.fromstring(text)  # noqa: S314 # the program wrote it
    elif run.form == "mail":
        assert text.isascii()
    elif run.form == "github":
        assert all(line.startswith("::") for line in text.splitlines())


def kept(folder: Path) -> set[str]:
    """The checksums of the entries of the cache; a name begins with a key that depends on the Python."""
    return {path.name.rpartition("-")[2] for path in folder.rglob("*-*") if path.is_file()}


def test_every_command_in_every_format_is_safe_to_look_at_and_the_same_everywhere(tmp_path: Path) -> None:
    """The commands and formats are those that the program declares. ``made`` counts what was compared."""
    chosen = list(runs())
    base = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "XDG_CACHE_HOME": str(tmp_path / "cache0")}
    (tmp_path / "outside").write_text("CONFIG_NUMA=y\n")
    planted = Run("check", "text", ("check", "../outside"), is_refused=False)
    *results, outside = results_of([*chosen, planted], tmp_path / "base", base)
    assert outside.strayed == (f"open {str(tmp_path / 'outside')!a}",)
    made: Counter[tuple[str, str]] = Counter()
    for run, result in zip(chosen, results, strict=True):
        assert result.strayed == (), run
        for _, data in texts(result):
            check_text(data, run)
        assert (result.code == 2) == run.is_refused, (run, result)
        assert b"defect" not in result.stderr, result.stderr
        if not run.is_refused:
            written = [data for name, data in texts(result) if name != "stderr" and data]
            made[run.command, run.form] += bool(written)
            if "--diff" not in run.words:
                check_form(written[0].decode(), run)
    assert set(made) == {(command, form) for command, names in formats().items() for form in names}
    assert min(made.values()) > 0
    assert {command for command, _ in made} == set(COMMANDS)
    accepted = [(run, result) for run, result in zip(chosen, results, strict=True) if not run.is_refused]
    pythons = OTHER_PYTHONS or (sys.executable,)
    for seed in range(1, max(SEEDS, len(pythons)) + 1):
        python = pythons[seed % len(pythons)]
        cache, folder = tmp_path / f"cache{seed}", tmp_path / f"another{seed}"
        environment, umask = VARIANTS[(seed - 1) % len(VARIANTS)]
        varied = {**environment, "PYTHONHASHSEED": str(seed), "XDG_CACHE_HOME": str(cache)}
        again = results_of([run for run, _ in accepted], folder, varied, umask=umask, python=python)
        for (run, before), after in zip(accepted, again, strict=True):
            assert after.code == before.code, (run, varied, python)
            assert comparable(after, folder) == comparable(before, tmp_path / "base"), (run, varied, python)
        assert len(kept(cache)) > 0
        assert kept(cache) <= kept(tmp_path / "cache0")


def comparable(result: Result, folder: Path) -> dict[str, bytes]:
    """The outputs that must be equal.

    SARIF holds the address of the working folder. A DuckDB file holds when each task ended.
    """
    files = {name: data for name, data in result.files.items() if Path(name).suffix != ".duckdb"}
    outputs = {"stdout": result.stdout, "stderr": result.stderr, **files}
    return {name: data.replace(str(folder).encode(), b"FOLDER") for name, data in outputs.items()}


@pytest.mark.skipif(not OTHER_PYTHONS, reason="no other Python is compared: make test OTHERS=python3.13")
def test_results_are_compared_with_those_of_other_versions_of_python() -> None:
    versions = [version_of(python) for python in OTHER_PYTHONS]
    assert len({*versions, version_of(sys.executable)}) == len(versions) + 1


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_runs(command: str) -> None:
    assert any(run.command == command and not run.is_refused for run in runs())
