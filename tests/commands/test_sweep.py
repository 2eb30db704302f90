# SPDX-License-Identifier: GPL-2.0-or-later
"""The command ``sweep`` as a user runs it."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import duckdb
import jsonschema
import pytest

from explorer.application import app_of
from explorer.commands.options import option_of
from explorer.errors import InputError, OutOfTimeError
from explorer.resources import data_folder
from explorer.sweep.rows import TABLES
from tests.commandline import DATA

SCHEMA = json.loads((data_folder("reports") / "sweep.schema.json").read_text())
PAGE = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text()
QUERIES = re.findall(r"^```sql\n((?:SELECT|WITH).*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def run(*words: str) -> int:
    """Runs the command in this process; its exit code."""
    code: int = app_of(("sweep",))(["sweep", *words], standalone_mode=False)
    return code


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    folder = tmp_path_factory.mktemp("sweep")
    with redirect_stdout(StringIO()) as printed:
        code = run(
            *("--kernel", "4.17", "--kernel", "5.10", "-o", str(folder / "s.parquet")), "--format", "json"
        )
    assert code == 1
    return folder, json.loads(printed.getvalue())


def test_the_summary_keeps_its_schema_and_counts_the_rows(sweep: tuple[Path, dict[str, object]]) -> None:
    folder, document = sweep
    jsonschema.validate(document, SCHEMA)
    assert document["kernels"] == [
        {"kernel": "4.17", "safe": 355, "unsafe": 77, "unknown": 0, "unreachable": 0},
        {"kernel": "5.10", "safe": 510, "unsafe": 30, "unknown": 0, "unreachable": 0},
    ]
    with duckdb.connect() as connection:
        query = "SELECT count(*), count(DISTINCT (build, machine)) FROM read_parquet($1)"
        counted = connection.execute(query, [str(folder / "s.parquet")])
        assert counted.fetchall() == [(972, 972)]


def test_the_example_queries_run(sweep: tuple[Path, dict[str, object]]) -> None:
    assert len(QUERIES) == 5
    with duckdb.connect(str(sweep[0] / "s.duckdb"), read_only=True) as connection:
        numbers = [len(connection.execute(query).fetchall()) for query in QUERIES]
    assert all(numbers[:4]), numbers  # the fifth needs proofs


def test_the_page_describes_every_column(sweep: tuple[Path, dict[str, object]]) -> None:
    rows = re.findall(r"^\| (`\w+`)? ?\| (.*?) \|", PAGE[PAGE.index("## Tables") :], re.MULTILINE)
    described: dict[str, list[str]] = {}
    table = ""
    for name, columns in rows:
        table = name.strip("`") or table
        described.setdefault(table, []).extend(re.findall(r"`(\w+)`", columns))
    with duckdb.connect(str(sweep[0] / "s.duckdb"), read_only=True) as connection:
        for name in ("job", "tasks", *TABLES):
            columns = [column for column, *_ in connection.execute(f"DESCRIBE {name}").fetchall()]
            assert sorted(described.pop(name)) == sorted(columns), name
    assert described == {}


def test_a_second_run_computes_nothing_again(
    sweep: tuple[Path, dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, document = sweep
    before = (folder / "s.parquet").read_bytes()
    run("--kernel", "4.17", "--kernel", "5.10", "-o", str(folder / "s.parquet"))
    assert f"{document['tasks']} of {document['tasks']} tasks were done" in capsys.readouterr().out
    assert (folder / "s.parquet").read_bytes() == before


def test_another_sweep_in_the_same_file_is_refused(sweep: tuple[Path, dict[str, object]]) -> None:
    with pytest.raises(InputError, match="holds another sweep: it had other configurations"):
        run("--kernel", "4.17", "-o", str(sweep[0] / "s.duckdb"))


def folders(folder: Path) -> tuple[str, ...]:
    """A folder of files and one of machines, each with files that cannot be judged; their options."""
    configs, machines = folder / "configs", folder / "machines"
    configs.mkdir()
    machines.mkdir()
    for file in sorted((DATA / "real-configs").iterdir())[::12]:
        shutil.copy(file, configs)
    (configs / "README").write_text("These are configurations.\n")
    (configs / "cut.config.gz").write_bytes(b"\x1f\x8b\x08")
    for name in ("emag.log", "thunderx.log", "README.md"):
        shutil.copy(DATA / "machines" / name, machines)
    (machines / "broken.dtb").write_bytes(b"\xd0\x0d\xfe\xed\0")
    return "--config", "configs", "--machine", "machines", "-o", "s.parquet"


def test_a_sweep_killed_at_any_moment_continues_to_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = folders(tmp_path)
    assert run(*words, "--jobs", "1") == 2
    listed = re.findall(r"could not judge (\S+)", capsys.readouterr().out)
    assert sorted(listed) == [
        "configs/README:",
        "configs/cut.config.gz:",
        "machines/README.md:",
        "machines/broken.dtb:",
    ]
    expected = (tmp_path / "s.parquet").read_bytes()
    (tmp_path / "s.parquet").unlink()
    (tmp_path / "s.duckdb").unlink()
    for kill in (signal.SIGKILL, signal.SIGINT):
        process = subprocess.Popen(
            [sys.executable, "-m", "explorer", "sweep", *words, "--jobs", "2"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and not (tmp_path / "s.duckdb.wal").exists():
            time.sleep(0.01)
        process.send_signal(kill)
        assert process.wait() in {-kill, 130, 2}
    assert run(*words) == 2
    assert re.findall(r"could not judge (\S+)", capsys.readouterr().out) == listed
    assert (tmp_path / "s.parquet").read_bytes() == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--machine", "."), "holds no file"),
        (("--config", "."), "holds no file"),
        (("--config", "gone"), "no such file or folder"),
        (("--kernel", "4.9"), "4.9"),
        (("--set", "NUMA=y"), "NUMA is under study"),
        (("--config", "/dev/null", "--set", "DEBUG_VM=y"), "--set: cannot be used with --config"),
        (("-o", "-"), "--output"),
        (("--memory", "0x40000000+2G"), "--memory: gives the memory of a device tree, and no -m is one"),
        (("-o", "gone/x.duckdb"), "cannot be written"),
        (("--scheduler", "nonsense"), "--scheduler: no scheduler answers at nonsense"),
        (("--machine", "/dev/null"), "--memory-map: no memory map could be read"),
    ],
)
def test_what_cannot_be_swept_is_refused(
    words: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        run(*words)
    assert message in refused.value.worded(option_of)


def test_a_sweep_ends_at_the_timeout_and_continues(tmp_path: Path) -> None:
    words = (
        "--kernel",
        "4.17",
        "-m",
        "flat",
        "--jobs",
        "1",
        "-o",
        str(tmp_path / "s.duckdb"),
        "--format",
        "json",
    )
    with redirect_stderr(StringIO()) as told, pytest.raises(OutOfTimeError):
        run(*words, "--timeout", "1e-9")
    assert "out of time: 1 of " in told.getvalue()
    with redirect_stdout(StringIO()) as printed:
        run(*words)
    document = json.loads(printed.getvalue())
    assert document["resumed"] == 1 < document["tasks"]
