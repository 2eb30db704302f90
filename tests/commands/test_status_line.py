# SPDX-License-Identifier: GPL-2.0-or-later
"""The line that says what a command is doing."""

import io
import sys
import time

import pytest

from explorer.commands import status_line as module
from explorer.commands.status_line import status_shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()], ids=["terminal", "pipe"])
def test_the_line_appears_on_a_terminal_alone_and_is_removed(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(module, "_PERIOD", 0.001)
    with status_shown("counting"):
        while stream.isatty() and not stream.getvalue():
            time.sleep(0.001)
    assert ("counting (0 s)" in stream.getvalue()) == stream.isatty()
    assert stream.getvalue().endswith("\r\x1b[2K" if stream.isatty() else "")


def test_short_work_shows_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(module, "_PERIOD", 3600.0)
    with status_shown("counting"):
        pass
    assert not stream.getvalue()
