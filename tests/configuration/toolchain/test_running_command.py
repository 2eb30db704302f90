# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands beside the program: one after the other, in order, and none is left behind."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.configuration.toolchain.running_command import CommandQueue, RunningCommand
from explorer.process.supervised import Supervisor


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    with Supervisor(temporary=True) as started:
        yield started


def queue(supervisor: Supervisor, started: list[str], ended: list[tuple[str, str | None]]) -> CommandQueue:
    def start(command: str) -> RunningCommand | None:
        started.append(command)
        return None if command == "refused" else RunningCommand(supervisor, command, dict(os.environ), 30)

    return CommandQueue(start, lambda command, printed: ended.append((command, printed)))


def test_a_queue_runs_in_order_and_does_not_wait_for_the_caller(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    started: list[str] = []
    ended: list[tuple[str, str | None]] = []
    commands = queue(supervisor, started, ended)
    first = commands.add(f"while [ ! -e {tmp_path}/go ]; do sleep 0.01; done; echo first; touch done")
    second = commands.add("test -e done && echo second")
    third = commands.add("refused")
    assert len(started) == 1
    commands.go_on()
    assert ended == []
    (tmp_path / "go").touch()
    assert (second(), first(), third()) == ("second", "first", None)
    assert [printed for _, printed in ended] == ["first", "second", None]


def test_a_command_that_has_ended_makes_room_for_the_next(supervisor: Supervisor) -> None:
    started: list[str] = []
    ended: list[tuple[str, str | None]] = []
    commands = queue(supervisor, started, ended)
    commands.add("echo 1")
    commands.add("echo 2")
    for _ in range(3000):
        commands.go_on()
        if len(ended) == 2:
            break
        time.sleep(0.01)
    assert [printed for _, printed in ended] == ["1", "2"]


def test_a_closed_queue_and_supervisor_leave_nothing_behind(tmp_path: Path) -> None:
    started: list[str] = []
    mark = tmp_path / "process"
    with Supervisor(temporary=True) as supervisor:
        commands = queue(supervisor, started, [])
        commands.add(f"pwd > {mark}; echo $$ >> {mark}; exec sleep 60")
        commands.add("touch never")
        while not (mark.exists() and mark.read_text().count("\n") == 2):
            time.sleep(0.01)
        commands.close()
    folder, process = mark.read_text().split()
    assert Path(folder).name.startswith("kconfig-explorer-")
    assert not Path(folder).exists()
    assert not Path(f"/proc/{process}").exists()
    assert len(started) == 1


def test_waiting_for_a_while_says_whether_a_command_is_done(tmp_path: Path, supervisor: Supervisor) -> None:
    command = f"while [ ! -e {tmp_path}/go ]; do sleep 0.01; done; echo x"
    running = RunningCommand(supervisor, command, dict(os.environ), 30)
    assert not running.wait(0.01)
    (tmp_path / "go").touch()
    assert running.wait()
    assert running.output == "x"
