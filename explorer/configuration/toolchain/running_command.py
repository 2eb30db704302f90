# SPDX-License-Identifier: GPL-2.0-or-later
"""A shell command that runs beside this program, and a queue of such commands.

1. A command runs as the kernel's parser runs it: with ``/bin/sh``, its output on one line, cut at 4095 bytes
   (scripts/kconfig/preprocess.c, do_shell()).
2. Its standard input is empty and its time is limited. The processes that it starts are killed with it
   (``explorer.process.supervisor``).
3. The commands of a queue run one after the other, in order, as in the kernel's parser. The caller need not
   wait for one before it gives the next.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from explorer.process.supervised import Supervisor

__all__ = ["SECONDS", "CommandQueue", "RunningCommand", "outputs"]

SECONDS = 10.0
"""The time limit of a command."""
_MOST_OUTPUT = 4095


class RunningCommand:
    """A command that has been started.

    Args:
        supervisor: runs it; it runs nothing else meanwhile.
        command: the command.
        environment: its environment.
        seconds: its time limit.

    Attributes:
        output: what it printed, as Kconfig reads it; ``None`` before it is done, and if its time was over.
    """

    def __init__(
        self, supervisor: Supervisor, command: str, environment: Mapping[str, str], seconds: float = SECONDS
    ) -> None:
        self._supervisor = supervisor
        self.output: str | None = None
        self._done = False
        supervisor.start([command], environment, supervisor.folder, seconds=seconds, most=_MOST_OUTPUT)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is done, or for some seconds; returns whether it is done.

        Args:
            seconds: the most to wait; ``None`` for no limit but its own.
        """
        if not self._done and self._supervisor.has_answer(seconds):
            (self.output,) = map(_as_read, self._supervisor.answer())
            self._done = True
        return self._done


def outputs(
    commands: Sequence[str], environment: Mapping[str, str], folder: Path, seconds: float = SECONDS
) -> list[str | None]:
    """The outputs of commands, which run at the same time; ``None`` for one that does not end in time."""
    with Supervisor() as supervisor:
        supervisor.start(commands, environment, folder, seconds=seconds, most=_MOST_OUTPUT)
        supervisor.has_answer(None)
        return [_as_read(printed) for printed in supervisor.answer()]


def _as_read(printed: bytes | None) -> str | None:
    """An output as Kconfig reads it."""
    return None if printed is None else printed.decode(errors="replace").rstrip("\n").replace("\n", " ")


class CommandQueue:
    """Runs commands one after the other.

    Args:
        start: starts a command.
        ended: is called with each command that has ended and its output.
    """

    def __init__(
        self, start: Callable[[str], RunningCommand | None], ended: Callable[[str, str | None], None]
    ) -> None:
        self._start, self._ended = start, ended
        self._waiting: deque[str] = deque()
        self._current: tuple[str, RunningCommand | None] | None = None
        self._outputs: dict[str, str | None] = {}

    def add(self, command: str) -> Callable[[], str | None]:
        """Run a command after those before it; returns a function that waits for its output."""
        self._waiting.append(command)
        self.go_on()
        return lambda: self._output(command)

    def go_on(self) -> None:
        """Start the next command if the last one has ended."""
        while self._waiting or self._current:
            if self._current is None:
                command = self._waiting.popleft()
                self._current = command, self._start(command)
            if not self._finish(0.0):
                return

    def close(self) -> None:
        """Forget the commands that run and wait; the supervisor ends the one that runs."""
        self._waiting.clear()
        self._current = None

    def _output(self, command: str) -> str | None:
        while command not in self._outputs:
            if self._current is None:
                next_command = self._waiting.popleft()
                self._current = next_command, self._start(next_command)
            self._finish(None)
        return self._outputs[command]

    def _finish(self, seconds: float | None) -> bool:
        """Wait for the current command; returns whether it has ended."""
        assert self._current is not None  # noqa: S101 # as called
        command, running = self._current
        if running and not running.wait(seconds):
            return False
        self._current = None
        self._outputs[command] = running.output if running else None
        self._ended(command, self._outputs[command])
        return True
