# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands beside the program: one after the other, in order, and none is left behind."""

import os
import time
from pathlib import Path

from explorer.configuration.toolchain.running_command import CommandQueue, RunningCommand


def queue(folder: Path, started: list[str], ended: list[tuple[str, str | None]]) -> CommandQueue:
    def start(command: str) -> RunningCommand | None:
        started.append(command)
        return None if command == "refused" else RunningCommand(command, dict(os.environ), folder, 30)

    return CommandQueue(start, lambda command, printed: ended.append((command, printed)))


def test_a_queue_runs_in_order_and_does_not_wait_for_the_caller(tmp_path: Path) -> None:
    started: list[str] = []
    ended: list[tuple[str, str | None]] = []
    commands = queue(tmp_path, started, ended)
    first = commands.add("while [ ! -e go ]; do sleep 0.01; done; echo first; touch done")
    second = commands.add("test -e done && echo second")
    third = commands.add("refused")
    assert len(started) == 1
    commands.go_on()
    assert ended == []
    (tmp_path / "go").touch()
    assert (second(), first(), third()) == ("second", "first", None)
    assert [printed for _, printed in ended] == ["first", "second", None]


def test_a_command_that_has_ended_makes_room_for_the_next(tmp_path: Path) -> None:
    started: list[str] = []
    ended: list[tuple[str, str | None]] = []
    commands = queue(tmp_path, started, ended)
    commands.add("echo 1")
    commands.add("echo 2")
    for _ in range(3000):
        commands.go_on()
        if len(ended) == 2:
            break
        time.sleep(0.01)
    assert [printed for _, printed in ended] == ["1", "2"]


def test_a_closed_queue_leaves_nothing_behind(tmp_path: Path) -> None:
    started: list[str] = []
    commands = queue(tmp_path, started, [])
    commands.add("echo $$ > process; exec sleep 60")
    commands.add("touch never")
    while not (tmp_path / "process").exists() or not (tmp_path / "process").read_text():
        time.sleep(0.01)
    commands.close()
    process = int((tmp_path / "process").read_text())
    assert not Path(f"/proc/{process}").exists()
    assert len(started) == 1


def test_waiting_for_a_while_says_whether_a_command_is_done(tmp_path: Path) -> None:
    running = RunningCommand("while [ ! -e go ]; do sleep 0.01; done; echo x", dict(os.environ), tmp_path, 30)
    assert not running.wait(0.01)
    (tmp_path / "go").touch()
    assert running.wait()
    assert running.output == "x"
