# SPDX-License-Identifier: GPL-2.0-or-later
"""The line that says what a command is doing: on a terminal, late, and gone at the end."""

import io
import sys
import threading

import pytest

from explorer.commands import stage_line as module
from explorer.commands.stage_line import stage_line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_slow_stage_is_shown_though_no_other_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    written = threading.Event()

    class Watched(Terminal):
        def flush(self) -> None:
            written.set()

    terminal = Watched()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(module, "_PATIENCE", 0.01)
    with stage_line() as tell:
        tell("comparing definitions")
        assert written.wait(60)
        assert terminal.getvalue() == "\r\x1b[2Kcomparing definitions"
        tell("a\x07b" + "x" * 500)
    assert terminal.getvalue().endswith("\r\x1b[2K")
    assert "\x07" not in terminal.getvalue()
    assert "x" * 500 not in terminal.getvalue()


def test_a_fast_command_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(module, "_PATIENCE", 3600.0)
    with stage_line() as tell:
        tell("booting")
    assert terminal.getvalue() == ""


def test_a_pipe_gets_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    monkeypatch.setattr(module, "_PATIENCE", 0.0)
    with stage_line() as tell:
        tell("booting")
    assert pipe.getvalue() == ""
