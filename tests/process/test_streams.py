# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole program with streams that are closed or fail, and in odd surroundings."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from explorer.machine import all_shipped_maps

MAPS = ("maps",)
REFUSED = ("check", "no-such-file")
CLOSED = "standard output: is closed, or not open to be written"


def shell(
    words: tuple[str, ...], redirected: str, *, cwd: Path | None = None, environment: Mapping[str, str] = {}
) -> subprocess.CompletedProcess[str]:
    """Runs the program in a shell, with redirections behind the command."""
    command = f'"$0" -m explorer "$@" {redirected}'
    return subprocess.run(
        ["sh", "-c", command, sys.executable, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **environment},
        timeout=120,
    )


def is_list_of_maps(text: str) -> bool:
    return all(f"{shipped.name} " in text for shipped in all_shipped_maps())


@pytest.mark.parametrize("closed", ["<&-", "2>&-"])
def test_a_closed_stream_that_is_not_used_changes_nothing(closed: str) -> None:
    done = shell(MAPS, closed)
    assert (done.returncode, done.stderr) == (0, "")
    assert is_list_of_maps(done.stdout)


@pytest.mark.parametrize(
    ("lost", "words"),
    [(">&-", MAPS), ("<&- >&-", MAPS), ("1</dev/null", MAPS), (">/dev/full", MAPS), (">&-", ("--help",))],
)
def test_a_result_that_cannot_be_written_is_an_error(lost: str, words: tuple[str, ...]) -> None:
    done = shell(words, lost)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert ("No space left" if "full" in lost else CLOSED) in done.stderr


@pytest.mark.parametrize("lost", ["2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_the_exit_code_does_not_depend_on_standard_error(lost: str) -> None:
    assert shell(REFUSED, lost).returncode == 2


def test_a_closed_stream_does_not_get_the_number_of_the_output_file(tmp_path: Path) -> None:
    """Otherwise messages are written into the page."""
    page = tmp_path / "page"
    words = ("report", "--kernel", "4.17", "-m", "flat", "-o", str(page))
    assert shell(words, "<&- >&- 2>&-").returncode == 0
    assert page.read_text().startswith("<!doctype html>")


def test_standard_input_that_cannot_be_read_is_named() -> None:
    words = ("simulate", "-m", "flat", "-c", "-")
    assert "standard input: is closed, or not open to be read" in shell(words, "<&-").stderr
    assert "standard input: is closed, or not open to be read" in shell(words, "0>/dev/null").stderr


@pytest.mark.parametrize("words", [MAPS, (*MAPS, "--format", "json"), ("check", "--help")])
def test_a_reader_that_ended_is_exit_code_141_and_no_message(words: tuple[str, ...]) -> None:
    """Of a pipe whose reader has ended before the program starts."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "explorer", *words], stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_pipe_that_does_not_block_gets_everything() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    command = [sys.executable, "-m", "explorer", "graph", "--kernel", "6.12", "--symbol", "NUMA"]
    with subprocess.Popen(command, stdout=writer) as process:
        os.close(writer)
        with os.fdopen(reader, "rb") as file:
            whole = file.read()
    assert process.returncode == 0
    assert whole == subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    assert len(whole) > 0


@pytest.mark.parametrize("size", ["0", "\N{SUPERSCRIPT TWO}", "9" * 5000])
def test_a_size_that_no_terminal_has_is_ignored(size: str) -> None:
    done = shell(MAPS, "", environment={"COLUMNS": size, "LINES": size})
    assert (done.returncode, done.stderr) == (0, "")
    assert is_list_of_maps(done.stdout)


def test_a_terminal_of_one_column_gets_everything() -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "explorer", *MAPS]
    with subprocess.Popen(
        command, stdout=follower, stderr=follower, env={**os.environ, "COLUMNS": "1"}
    ) as process:
        os.close(follower)
        shown = bytearray()
        while chunk := _read(leader):
            shown += chunk
    os.close(leader)
    assert process.returncode == 0
    assert "nomap-mid" in "".join(shown.decode().split())


def _read(leader: int) -> bytes:
    """The next output on a terminal; empty at its end, which Linux reports as an error."""
    try:
        return os.read(leader, 1 << 16)
    except OSError:
        return b""


def test_a_working_folder_that_was_deleted_is_no_error(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("CONFIG_NUMA=y\n")
    for form in ("json", "sarif", "github"):
        words = f"check {config} -m flat --kernel 6.12 --format {form}"
        here = tmp_path / form
        here.mkdir()
        script = f'rmdir "{here}"; "{sys.executable}" -P -m explorer {words}'
        root = Path(__file__).parents[2]
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=here,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        assert done.returncode in {0, 1}, done.stderr
        assert "No such file" not in done.stderr
        assert not here.exists()


@pytest.mark.parametrize(
    "environment",
    [
        {"TERM": "dumb", "LC_ALL": "C", "PYTHONUTF8": "0"},
        {"TMPDIR": "/nonexistent", "HOME": "/nonexistent", "XDG_CACHE_HOME": ""},
    ],
    ids=lambda environment: next(iter(environment)),
)
def test_odd_surroundings_change_nothing(environment: dict[str, str]) -> None:
    words = ("explain", "--kernel", "4.17", "NUMA=y")
    usual = shell(words, "")
    done = shell(words, "", environment=environment)
    assert (done.returncode, done.stdout, done.stderr) == (usual.returncode, usual.stdout, usual.stderr)
    assert not Path("/nonexistent").exists()


def test_a_program_without_any_variable_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "explorer", *MAPS], env={}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert is_list_of_maps(done.stdout)
