# SPDX-License-Identifier: GPL-2.0-or-later
"""A shell command that runs beside this program, and a queue of such commands.

1. A command runs as the kernel's parser runs it: with ``/bin/sh``, its output on one line, cut at 4095 bytes
   (scripts/kconfig/preprocess.c, do_shell()).
2. Its standard input is empty and its time is limited. The processes that it starts are killed with it.
3. The commands of a queue run one after the other, in order, as in the kernel's parser. The caller need not
   wait for one before it gives the next.
"""

import os
import select
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

__all__ = ["CommandQueue", "RunningCommand", "run"]

SECONDS = 10.0
_MOST_OUTPUT = 4095
_GLANCE = 0.05  # seconds


class RunningCommand:
    """A command that has been started.

    Args:
        command: the command.
        environment: its environment.
        folder: its working directory.
        seconds: its time limit.

    Attributes:
        done: it has ended, or its time is over.
    """

    def __init__(
        self, command: str, environment: Mapping[str, str], folder: Path, seconds: float = SECONDS
    ) -> None:
        self._until = time.monotonic() + seconds
        self._printed: bytes | None = b""
        self._pipe_ended = self.done = False
        self._process = subprocess.Popen(  # noqa: S603 # the user allowed it: probes are shell commands
            ["/bin/sh", "-c", command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._process.stdout is not None  # noqa: S101 # opened with PIPE
        self._pipe = self._process.stdout.fileno()
        self._exit = os.pidfd_open(self._process.pid) if hasattr(os, "pidfd_open") else -1

    @property
    def output(self) -> str | None:
        """What it printed, as Kconfig reads it; ``None`` if its time was over."""
        if self._printed is None:
            return None
        return self._printed.decode(errors="replace").rstrip("\n").replace("\n", " ")

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is done, or for some seconds; returns whether it is done.

        Args:
            seconds: the most to wait; ``None`` for no limit but its own.
        """
        until = self._until if seconds is None else min(self._until, time.monotonic() + seconds)
        try:
            while not self.done and self._look(until):
                pass
        finally:
            if self.done or seconds is None:
                self.end()
        return self.done

    def _look(self, until: float) -> bool:
        """Read its output, or see that it is done; ``False`` if nothing happens in time."""
        over = self._process.poll() is not None  # before select(): then its last output is in the pipe
        left = max(0.0, until - time.monotonic())
        sources = [] if self._pipe_ended else [self._pipe]
        if self._exit >= 0 and not over:
            sources.append(self._exit)
        longest = 0.0 if over else left if self._exit >= 0 else min(left, _GLANCE)
        ready, _, _ = select.select(sources, [], [], longest)
        if self._pipe in ready:
            self._read()
        elif over:
            self.done = True  # a process that it started may hold the pipe open
        elif not left and not ready:
            if time.monotonic() >= self._until:
                self._printed, self.done = None, True
            return False
        return True

    def _read(self) -> None:
        assert self._printed is not None  # noqa: S101 # it is not done
        more = os.read(self._pipe, _MOST_OUTPUT - len(self._printed))
        self._printed += more
        self._pipe_ended = not more
        self.done = len(self._printed) >= _MOST_OUTPUT

    def end(self) -> None:
        """Kill the command and the processes that it started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdout is not None and not self._process.stdout.closed:
            self._process.stdout.close()
            if self._exit >= 0:
                os.close(self._exit)
        self.done = True


def run(command: str, environment: Mapping[str, str], folder: Path, seconds: float = SECONDS) -> str | None:
    """The output of a command, as Kconfig reads it; ``None`` if it does not end in time."""
    running = RunningCommand(command, environment, folder, seconds)
    running.wait()
    return running.output


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
        """Kill the command that runs, and forget those that wait."""
        self._waiting.clear()
        if self._current and self._current[1]:
            self._current[1].end()

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
