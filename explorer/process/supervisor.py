# SPDX-License-Identifier: GPL-2.0-or-later
"""The process that runs shell commands for the program and leaves nothing behind.

``explorer.process.supervised`` starts it, with an interpreter of its own.

1. It adopts what its commands leave behind, also processes in a session of their own. When the commands of a
   request have ended, all their descendants are killed. Systems other than Linux cannot do that: there the
   process group of each command is killed.
2. It has a session of its own: no signal to the program's process group or terminal reaches it.
3. When the program ends, however it ends, standard input ends. The supervisor kills all descendants, removes
   the folder that it made, and ends.
4. If the supervisor itself is killed, the commands end with it, though not what they started.

Standard input has a request a line, standard output an answer a line, both in JSON. An empty line asks for
the end.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from explorer.process.children import adopt_orphans, kill_children, tied_to_this_process
from explorer.process.interrupts import Interrupted, raise_on_interrupt

__all__ = ["main"]

_GLANCE = 0.05  # seconds between two looks at a process, where the system does not tell its end
_PATIENCE = 5.0  # seconds for which descendants are killed
_STDIN = 0


class _ProgramEnded(Exception):  # noqa: N818 # not an error
    """Nobody waits for an answer."""


class _Command:
    """A command that runs.

    Attributes:
        printed: what it has printed, at most ``most`` bytes.
        done: it has ended, or printed that much.
    """

    def __init__(self, command: str, request: dict[str, Any]) -> None:
        self.printed, self.done = b"", False
        self._most: int = request["most"]
        self._pipe_ended = False
        self._process = subprocess.Popen(  # noqa: S603 # the user allowed the tree's commands
            ["/bin/sh", "-c", command],
            cwd=request["folder"],
            env=request["environment"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=tied_to_this_process(),  # noqa: PLW1509 # this process has one thread
        )
        assert self._process.stdout is not None  # noqa: S101 # opened with PIPE
        self._pipe = self._process.stdout.fileno()
        self._exit = os.pidfd_open(self._process.pid) if hasattr(os, "pidfd_open") else -1

    def sources(self) -> list[int]:
        """The file descriptors that become readable when something happens."""
        exit_seen = [self._exit] if self._exit >= 0 else []
        return exit_seen if self._pipe_ended else [self._pipe, *exit_seen]

    def has_ended(self) -> bool:
        """Whether the process has ended; its last output may still be in the pipe."""
        return self._process.poll() is not None

    def look(self, *, ended: bool) -> None:
        """Read what it printed.

        Args:
            ended: it had ended before; then there is no more output than the pipe holds.
        """
        if not self._pipe_ended and select.select([self._pipe], [], [], 0)[0]:
            more = os.read(self._pipe, self._most - len(self.printed))
            self.printed += more
            self._pipe_ended = not more
            self.done = len(self.printed) >= self._most
        elif ended:
            self.done = True  # a process that it started may hold the pipe open

    def end(self) -> None:
        """Kill it and its process group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None  # noqa: S101 # opened with PIPE
        self._process.stdout.close()
        if self._exit >= 0:
            os.close(self._exit)


def main(name: str = "") -> None:
    """Answer requests until the program ends.

    Args:
        name: the folder that is made and removed; empty for none.
    """
    folder = Path(name) if name else None
    raise_on_interrupt()
    adopt_orphans()
    with suppress(_ProgramEnded, BrokenPipeError, Interrupted):
        try:
            _serve(folder)
        finally:
            kill_children(_PATIENCE)
            if folder:
                _remove(folder)
    os._exit(0)  # the program waits for the end


def _serve(folder: Path | None) -> None:
    """Answer requests; the folder is there before commands run, also if one has removed it."""
    for line in sys.stdin.buffer:
        if not line.strip():
            return
        try:
            if folder:
                folder.mkdir(mode=0o700, exist_ok=True)
            answer: dict[str, Any] = {"outputs": _outputs(json.loads(line))}
        except (OSError, ValueError) as error:  # a limit of the system; a command with a null byte
            answer = {"error": str(error)}
        kill_children(_PATIENCE)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _outputs(request: dict[str, Any]) -> list[str | None]:
    """What the commands of a request print, a character for each byte; ``None`` where the time was over."""
    commands: list[_Command] = []
    try:
        for command in request["commands"]:
            commands.append(_Command(command, request))  # noqa: PERF401 # those that were started are ended below
        _wait(commands, time.monotonic() + request["seconds"])
    finally:
        for started in commands:
            started.end()
    return [each.printed.decode("latin-1") if each.done else None for each in commands]


def _wait(commands: list[_Command], until: float) -> None:
    """Wait until all commands are done, their time is over, or the program ends."""
    while running := [each for each in commands if not each.done]:
        ended = {
            each: each.has_ended() for each in running
        }  # before select(): the last output is in the pipe
        left = until - time.monotonic()
        if left <= 0:
            return
        sources = [source for each in running if not ended[each] for source in each.sources()]
        longest = 0.0 if any(ended.values()) else left if hasattr(os, "pidfd_open") else min(left, _GLANCE)
        if _STDIN in select.select([_STDIN, *sources], [], [], longest)[0]:
            raise _ProgramEnded
        for each in running:
            each.look(ended=ended[each])


def _remove(folder: Path) -> None:
    """Remove a folder, also what its owner may not write to."""
    from shutil import rmtree  # noqa: PLC0415 # its import would delay the first command

    with suppress(OSError):
        folder.chmod(0o700)
    for inner, names, _ in os.walk(folder):
        for path in (Path(inner) / name for name in names):
            with suppress(OSError):
                if not path.is_symlink():
                    path.chmod(0o700)
    rmtree(folder, ignore_errors=True)
