# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs shell commands under a supervisor, which leaves nothing behind: ``explorer.process.supervisor``."""

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from explorer.errors import InputError

__all__ = ["Supervisor"]

_PROGRAM = """
import sys
sys.path.append(sys.argv[1])
from explorer.process.supervisor import main
main(*sys.argv[2:])
"""
_PACKAGES = Path(__file__).parents[2]
_PATIENCE = 10.0
"""Seconds that a supervisor gets beyond the time of its commands, and to end."""
_HINT = "is there enough memory, and may you start processes? Run it again"


class Supervisor:
    """A supervisor. It answers one request after the other.

    Args:
        temporary: it makes a temporary folder and removes it at the end.

    Attributes:
        folder: the temporary folder, otherwise ``/``.

    Raises:
        InputError: it cannot be started.
    """

    def __init__(self, *, temporary: bool = False) -> None:
        self._until = 0.0
        try:
            made = f"{tempfile.gettempdir()}/kconfig-explorer-{os.urandom(8).hex()}" if temporary else ""
            self.folder = Path(made or "/")
            self._process = subprocess.Popen(  # noqa: S603 # this interpreter
                [sys.executable, "-I", "-S", "-c", _PROGRAM, str(_PACKAGES), made],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:  # no folder for temporary files, or no more processes
            raise _cannot_run(error.strerror or str(error)) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(
        self,
        commands: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        *,
        seconds: float,
        most: int,
    ) -> None:
        """Start commands, which run at the same time.

        Args:
            commands: for ``/bin/sh``. Their standard input is empty.
            environment: of the commands.
            folder: their working directory.
            seconds: how long they may run.
            most: the bytes of output after which a command is killed.

        Raises:
            InputError: the supervisor was killed.
        """
        request = {
            "commands": list(commands),
            "environment": dict(environment),
            "folder": str(folder),
            "seconds": seconds,
            "most": most,
        }
        self._until = time.monotonic() + seconds + _PATIENCE
        self._write(json.dumps(request).encode() + b"\n")

    def has_answer(self, seconds: float | None) -> bool:
        """Whether the commands that were started are done.

        Args:
            seconds: how long to wait for that; ``None`` for no limit but theirs.

        Raises:
            InputError: the supervisor does not answer.
        """
        left = self._until - time.monotonic()
        longest = left if seconds is None else min(left, seconds)
        assert self._process.stdout is not None  # noqa: S101 # opened with PIPE
        if select.select([self._process.stdout], [], [], max(0.0, longest))[0]:
            return True
        if time.monotonic() >= self._until:
            self._process.kill()
            raise _ended()
        return False

    def answer(self) -> list[bytes | None]:
        """What each command printed, after ``has_answer()``; ``None`` for one that did not end in time.

        Raises:
            InputError: the supervisor was killed, or could not start a command.
        """
        assert self._process.stdout is not None  # noqa: S101 # opened with PIPE
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise _ended()
        answer = json.loads(line)
        if "error" in answer:
            raise _cannot_run(answer["error"])
        return [None if output is None else output.encode("latin-1") for output in answer["outputs"]]

    def close(self) -> None:
        """Kill the commands that run and what they started, and remove the folder."""
        with suppress(InputError):
            self._write(b"\n")
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):
                if stream is not None:
                    stream.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self.folder.name:  # it still exists if the supervisor was killed
            shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, request: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 # opened with PIPE
        try:
            self._process.stdin.write(request)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise _ended() from None


def _cannot_run(reason: str) -> InputError:
    return InputError(f"a shell command cannot be run: {reason}", hint=_HINT)


def _ended() -> InputError:
    return InputError("the process that runs shell commands was killed", hint=_HINT)
