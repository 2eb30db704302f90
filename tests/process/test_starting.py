# SPDX-License-Identifier: GPL-2.0-or-later
"""Interrupts while the program starts, works and exits: an exit code, no traceback, no file."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

HOOK = """
import atexit, os, sys

number, moment = int(os.environ["SIGNAL"]), os.environ["MOMENT"]

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == moment:
            os.kill(os.getpid(), number)

sys.meta_path.insert(0, Finder())
if moment == "exit":
    atexit.register(os.kill, os.getpid(), number)
"""
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def interrupted(folder: Path, moment: str, number: signal.Signals, *words: str) -> tuple[int, bytes]:
    """Runs the program with a signal at the import of a module, or while Python exits."""
    (folder / "sitecustomize.py").write_text(HOOK)
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "SIGNAL": str(int(number)), "MOMENT": moment}
    done = subprocess.run(
        [sys.executable, "-m", "explorer", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        env=environment,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("explorer.application", signal.SIGINT),
        ("dataclasses", signal.SIGTERM),
        *(("typer", number) for number in CODES),
        ("explorer.commands.report", signal.SIGHUP),
        *(("jinja2", number) for number in CODES),
    ],
)
def test_an_interrupt_of_an_import_is_an_exit_code(
    tmp_path: Path, moment: str, number: signal.Signals
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    words = ("report", "--kernel", "4.17", "-m", "flat", "-o", str(out / "page"))
    assert interrupted(tmp_path, moment, number, *words) == (CODES[number], b"")
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_an_interrupt_after_the_result_changes_nothing(tmp_path: Path, number: signal.Signals) -> None:
    assert interrupted(tmp_path, "exit", number, "maps") == (0, b"")


def test_ctrl_c_before_the_handlers_are_set_is_an_exit_code(tmp_path: Path) -> None:
    assert interrupted(tmp_path, "explorer.process.interrupts", signal.SIGINT, "maps") == (130, b"")


@pytest.mark.parametrize("redirected", ["", "2>&-"])
def test_a_program_that_cannot_start_has_not_found_anything(tmp_path: Path, redirected: str) -> None:
    """An incomplete installation is exit code 2, and never 1."""
    (tmp_path / "typer.py").write_text("raise MemoryError('none left')")
    command = f'"{sys.executable}" -m explorer maps {redirected}'
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=False, env=environment, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr == ("" if redirected else "kconfig-explorer: cannot start: MemoryError: none left\n")
