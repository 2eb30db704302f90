# SPDX-License-Identifier: GPL-2.0-or-later
"""The line that says what a command is doing: on a terminal, late, and gone at the end."""

import io
import sys
import threading

import pytest

from explorer.commands import status_line as module
from explorer.commands.status_line import stages_shown, status_shown


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
    monkeypatch.setattr(module, "_PERIOD", 0.01)
    with stages_shown() as tell:
        tell("comparing definitions")
        assert written.wait(60)
        tell("a\x07b" + "x" * 500)
    assert terminal.getvalue().startswith("\r\x1b[2Kcomparing definitions (0 s)")
    assert terminal.getvalue().endswith("\r\x1b[2K")
    assert "\x07" not in terminal.getvalue()
    assert "x" * 500 not in terminal.getvalue()


@pytest.mark.parametrize(("stream", "period"), [(Terminal(), 3600.0), (io.StringIO(), 0.0)])
def test_fast_work_and_a_pipe_get_no_line(
    stream: io.StringIO, period: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(module, "_PERIOD", period)
    with status_shown("booting"):
        pass
    assert stream.getvalue() == ""
