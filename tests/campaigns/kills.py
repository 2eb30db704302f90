# SPDX-License-Identifier: GPL-2.0-or-later
"""Kills the program at random moments, and looks at what is left.

A run begins, and SIGINT, SIGTERM, SIGHUP or SIGKILL ends it at a random moment, alone or with its process
group. Then these must hold:

1. The exit code is that of the signal, or of a run that ended before it. No message says "Traceback" or
   "defect".
2. Standard output and standard error end: no child holds them open.
3. The output file is absent, or has the bytes of an undisturbed run. No other file is beside it.
4. No process with the run's mark in its environment is left, and no file in its temporary folder.
5. A sweep that was killed continues to the same rows.
6. At the end each entry of the shared cache equals that of undisturbed runs, and nothing else is there.

    .venv/bin/python -m tests.campaigns.kills --kills 1000 --at-once 20

It prints a line of JSON for each run that breaks a rule, and the figures at the end.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.campaigns.killed_commands import CACHE_OF_ITS_OWN, killed_commands
from tests.commandline import environment_without_coverage

__all__ = ["campaign"]

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
_MARK = "KCONFIG_EXPLORER_KILLS"
_PATIENCE = 30.0  # seconds in which a killed run must have ended, and its children after it


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A run that nobody kills: its exit code, its output file and how long it takes.

    A command that takes too long has no exit code: it must end by the signal.
    """

    code: int | None
    output: bytes | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Kill:
    """A killed run.

    Attributes:
        command: its name.
        number: the signal.
        group: the process group got the signal.
        after: seconds from the start to the signal.
        code: the exit code; negative for a signal.
        faults: the rules that it broke.
    """

    command: str
    number: signal.Signals
    group: bool
    after: float
    code: int | None
    faults: tuple[str, ...]


class Campaign:
    """Runs in folders of their own, which share one cache.

    Args:
        folder: an empty folder.
        names: of the commands; all without any.
        files: how many files ``check`` gets.
        stretch: how much longer a run takes beside the others.
    """

    def __init__(self, folder: Path, names: Sequence[str], *, files: int, stretch: float) -> None:
        self.folder, self._stretch = folder, stretch
        commands = killed_commands(folder / "inputs", files=files)
        self.commands = {name: commands[name] for name in names or commands}
        self.undisturbed = {name: self._calm(name) for name in self.commands}

    def kill(self, command: str, number: signal.Signals, *, group: bool, moment: float) -> Kill:
        """Begin a run, kill it, and look at what is left.

        Args:
            command: its name.
            number: the signal.
            group: send it to the process group.
            moment: when, as a part of the time that the run takes.
        """
        folder = Path(tempfile.mkdtemp(prefix=f"{command}-", dir=self.folder))
        after = moment * self.undisturbed[command].seconds * self._stretch
        run = self._started(command, folder, "cache")
        with suppress(subprocess.TimeoutExpired):
            run.wait(after)
        ended = run.poll() is not None
        with suppress(ProcessLookupError):
            (os.killpg if group and not ended else os.kill)(run.pid, number if not ended else 0)
        error, faults = _last_words(run)
        if not _is_python_starting(error):
            faults += [*self._code_faults(command, run, number), *_word_faults(error)]
        faults += self._left(command, folder)
        if command == "sweep" and not faults:
            again = self._started(command, folder, "cache")
            again.communicate()
            faults = self._output_faults(command, folder, absent=False)
        return Kill(command, number, group, round(after, 3), run.returncode, tuple(faults))

    def cache_faults(self) -> Iterator[str]:
        """What differs between the cache of the killed runs and that of the undisturbed ones."""
        killed, calm = (_files(self.folder / name) for name in ("cache", "calm-cache"))
        for name in sorted(killed.keys() - calm.keys()):
            yield f"the cache has {name}"
        for name in sorted(killed.keys() & calm.keys()):
            if killed[name] != calm[name]:
                yield f"the cache differs in {name}"

    def _calm(self, command: str) -> Undisturbed:
        if seconds := self.commands[command].seconds:
            return Undisturbed(None, None, seconds)
        folder = self.folder / "calm" / command
        folder.mkdir(parents=True)
        start = time.monotonic()
        run = self._started(command, folder, "calm-cache")
        _, error = run.communicate()
        assert run.returncode in {0, 1}, error
        output = folder / "out" / self.commands[command].output
        return Undisturbed(
            run.returncode, output.read_bytes() if output.is_file() else None, time.monotonic() - start
        )

    def _started(self, command: str, folder: Path, cache: str) -> subprocess.Popen[bytes]:
        for name in ("out", "tmp"):
            (folder / name).mkdir(exist_ok=True)
        caches = folder / "cache" if command in CACHE_OF_ITS_OWN else self.folder / cache
        variables = {"TMPDIR": str(folder / "tmp"), "XDG_CACHE_HOME": str(caches), _MARK: str(folder)}
        return subprocess.Popen(
            [sys.executable, "-m", "explorer", *self.commands[command].words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder / "out",
            env={**environment_without_coverage(), **self.commands[command].environment, **variables},
            start_new_session=True,
        )

    def _code_faults(
        self, command: str, run: subprocess.Popen[bytes], number: signal.Signals
    ) -> Iterator[str]:
        """Rule 1; TERM and HUP before the first line of the program kill Python."""
        if run.returncode not in {128 + number, -number, self.undisturbed[command].code}:
            yield f"exit code {run.returncode}"

    def _left(self, command: str, folder: Path) -> Iterator[str]:
        """Rules 3 and 4."""
        until = time.monotonic() + _PATIENCE
        while (left := list(_marked(folder))) and time.monotonic() < until:
            time.sleep(0.02)
        for process in left:
            yield f"a process is left: {_words(process)}"
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for path in (folder / "tmp").rglob("*"):
            yield f"a temporary file is left: {path.name}"
        yield from self._output_faults(command, folder, absent=True)

    def _output_faults(self, command: str, folder: Path, *, absent: bool) -> list[str]:
        """Rule 3; a sweep has its database beside the output file."""
        name = self.commands[command].output
        output = folder / "out" / name
        faults = [
            f"there is a file {path.name}"
            for path in (folder / "out").iterdir()
            if path.name != name and command != "sweep"
        ]
        if output.is_file() and name and output.read_bytes() != self.undisturbed[command].output:
            faults.append("the output file differs")
        if not absent and not output.is_file():
            faults.append("there is no output file")
        return faults


def _last_words(run: subprocess.Popen[bytes]) -> tuple[str, list[str]]:
    """Rule 2: what a run wrote to standard error, and that its pipes did not end."""
    try:
        _, error = run.communicate(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        run.kill()
        return "", [f"the pipes are open after {_PATIENCE} s; exit code {run.poll()}"]
    return error.decode(errors="replace"), []


def _is_python_starting(error: str) -> bool:
    """Whether SIGINT came before the first line of the program: Python itself then writes a traceback."""
    return error.rstrip().endswith("KeyboardInterrupt") and "explorer/" not in error


def _word_faults(error: str) -> Iterator[str]:
    """Rule 1."""
    if "Traceback" in error or "defect" in error:
        yield error[-2000:]


def _marked(folder: Path) -> Iterator[int]:
    """The processes that a run has started."""
    mark = f"{_MARK}={folder}".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it has ended, or is not ours
            if mark in path.read_bytes().split(b"\0"):
                yield int(path.parent.name)


def _words(process: int) -> str:
    with suppress(OSError):
        return (
            Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:200]
        )
    return "ended"


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def campaign(  # noqa: PLR0913 # four have defaults
    folder: Path, kills: int, names: Sequence[str] = (), *, at_once: int = 1, files: int = 32, seed: int = 0
) -> tuple[list[Kill], list[str]]:
    """The killed runs, and what is wrong with the cache at the end.

    Args:
        folder: an empty folder.
        kills: how many runs are killed; commands, signals and targets take turns.
        names: of the commands; all without any.
        at_once: how many run at the same time.
        files: how many files ``check`` gets.
        seed: of the random moments.
    """
    stretch = max(1.0, at_once / len(os.sched_getaffinity(0)) / 2)
    plan = Campaign(folder, names, files=files, stretch=stretch)
    chance = random.Random(seed)  # noqa: S311 # no secret
    commands = list(plan.commands)

    def one(number: int, moment: float) -> Kill:
        turn, command = divmod(number, len(commands))
        group = bool(turn // len(SIGNALS) % 2)
        kill = plan.kill(commands[command], SIGNALS[turn % len(SIGNALS)], group=group, moment=moment)
        if kill.faults:
            sys.stdout.write(json.dumps({**_shown(kill), "faults": kill.faults}) + "\n")
            sys.stdout.flush()
        return kill

    with _none_ignored(), ThreadPoolExecutor(at_once) as threads:
        moments = [chance.uniform(0, 1.1) for _ in range(kills)]
        done = list(threads.map(one, range(kills), moments))
    return done, list(plan.cache_faults())


@contextmanager
def _none_ignored() -> Iterator[None]:
    """The program ignores what is ignored when it starts, as SIGINT is in a background job of a shell."""
    ignored = [number for number in SIGNALS if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)


def _shown(kill: Kill) -> dict[str, object]:
    target = "group" if kill.group else "process"
    return {
        "command": kill.command,
        "signal": kill.number.name,
        "to": target,
        "after": kill.after,
        "code": kill.code,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a campaign; returns 1 if a rule is broken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--command", action="append", default=[], help="may be given again; default: all")
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--files", type=int, default=32, help="how many files check gets")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        kills, cache = campaign(
            Path(folder),
            asked.kills,
            asked.command,
            at_once=asked.at_once,
            files=asked.files,
            seed=asked.seed,
        )
    faulty = [kill for kill in kills if kill.faults]
    figures = {
        "kills": len(kills),
        "by command": Counter(kill.command for kill in kills),
        "by exit code": Counter(f"{kill.number.name} {kill.code}" for kill in kills),
        "broken rules": len(faulty),
        "cache": cache,
    }
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return int(bool(faulty or cache))


if __name__ == "__main__":
    sys.exit(main())
