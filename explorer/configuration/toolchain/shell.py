# SPDX-License-Identifier: GPL-2.0-only
"""Runs the shell commands of a tree, if the user allows it.

The compiler is the one that ``make`` uses: ``$(CROSS_COMPILE)gcc``, with ``CROSS_COMPILE`` from the
environment. It must generate code for the architecture of the tree.

1. A command runs as the kernel's parser runs it: with ``/bin/sh``, its output on one line, cut at 4095 bytes
   (scripts/kconfig/preprocess.c, do_shell()).
2. It runs in an empty folder, as in a build with ``O=``. The folder is removed afterwards.
3. Its standard input is empty and its time is limited. The processes that it starts are killed with it, also
   if this program is interrupted.
4. Its output is kept in the user's cache, by command, compiler and the scripts of the tree.
"""

import hashlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from explorer.configuration.files.cache import Cache
from explorer.configuration.files.sources import Sources
from explorer.configuration.toolchain.probes import Toolchain, make_variables
from explorer.errors import InputError

__all__ = ["ProbeShell", "run"]

_SECONDS = 10.0
_ALL_SECONDS = 300.0
_MOST_OUTPUT = 4095
_GLANCE = 0.05  # seconds
_MACHINES = {
    "arm": "arm",
    "arm64": "aarch64",
    "loongarch": "loongarch",
    "mips": "mips",
    "powerpc": "powerpc",
    "riscv": "riscv",
    "s390": "s390",
    "x86": "x86_64|i[3-6]86",
}
_CACHED = 4 << 20
_HINT = "set CROSS_COMPILE, such as CROSS_COMPILE=aarch64-linux-gnu-"


def run(command: str, environment: Mapping[str, str], folder: Path, seconds: float = _SECONDS) -> str | None:
    """The output of a command, as Kconfig reads it; ``None`` if it does not end in time."""
    process = subprocess.Popen(  # noqa: S603 # the user allowed it: probes are shell commands
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        printed = _output(process, time.monotonic() + seconds)
    finally:
        _end(process)
    if printed is None:
        return None
    return printed.decode(errors="replace").rstrip("\n").replace("\n", " ")


def _output(process: "subprocess.Popen[bytes]", until: float) -> bytes | None:
    """The first bytes that a process prints; ``None`` if it does not end in time."""
    assert process.stdout is not None  # noqa: S101 # opened with PIPE
    pipe, printed = process.stdout.fileno(), b""
    while len(printed) < _MOST_OUTPUT:
        left = until - time.monotonic()
        if left <= 0:
            return None
        over = process.poll() is not None  # before select(): then its last output is in the pipe
        ready, _, _ = select.select([pipe], [], [], 0 if over else min(left, _GLANCE))
        if ready:
            more = os.read(pipe, _MOST_OUTPUT - len(printed))
            if not more:
                break
            printed += more
        elif over:
            break  # a process that it started holds the pipe open
    else:
        return printed
    with suppress(subprocess.TimeoutExpired):
        process.wait(max(0.0, until - time.monotonic()))
        return printed
    return None


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kills a command and the processes that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


class ProbeShell:
    """Runs the commands of one tree.

    Attributes:
        toolchain: the compiler, without recorded answers.
        identity: a hash of what the answers depend on: the tools, where and when they were installed, and the
            scripts of the tree.
    """

    def __init__(
        self, arch: str, sources: Sources, watched: Callable[[str], None], ran: Callable[[str], None]
    ) -> None:
        environment = dict(os.environ)
        cross = environment.get("CROSS_COMPILE", "")
        variables = make_variables(arch, cross)
        self._environment = {**environment, **variables, "srctree": sources.root, "LC_ALL": "C"}
        self._watched, self._ran = watched, ran
        self._until = time.monotonic() + _ALL_SECONDS
        self._compiler, self._srcarch, self._checked = variables["CC"], variables["SRCARCH"], False
        self._refuse_odd_words()
        version = self._first_line(f"{self._compiler} --version | head -n 1").replace("#", "")
        texts = {
            "CC_VERSION_TEXT": version,
            "RUSTC_VERSION_TEXT": self._first_line("rustc --version"),
            "PAHOLE_VERSION": "".join(re.findall(r"\d+", self._first_line("pahole --version"))) or "0",
        }
        self._environment |= texts
        self.toolchain = Toolchain(f"CROSS_COMPILE={cross}", version, {**variables, **texts})
        self.identity = _identity(self.toolchain.variables, environment, sources)
        self._known: dict[str, str] = {}
        self._fresh = False
        self._folder: Path | None = None

    @contextmanager
    def open(self) -> Iterator[Callable[[str], str | None]]:
        """A function that runs commands in a temporary folder."""
        self._known = Cache("probes", most=_CACHED).first(self.identity, _mapping) or {}
        with tempfile.TemporaryDirectory(prefix="kconfig-explorer-", ignore_cleanup_errors=True) as folder:
            self._folder = Path(folder)
            yield self._run
        if self._fresh:
            Cache("probes", most=_CACHED).keep(self.identity, json.dumps(self._known).encode())

    def _run(self, command: str) -> str | None:
        if command in self._known:
            return self._known[command]
        left = self._until - time.monotonic()
        if left <= 0 or self._folder is None:
            return None
        if not self._checked and (self._compiler in command or "$CC" in command):
            self._check_compiler()
        self._watched(command)
        printed = run(command, self._environment, self._folder, min(left, _SECONDS))
        self._ran(command)
        if printed is not None:
            self._known[command], self._fresh = printed, True
        return printed

    def _refuse_odd_words(self) -> None:
        if self._environment.get("LLVM"):
            raise InputError(
                "LLVM is set, and only GCC can be asked", parameter="allow_shell", hint="unset LLVM"
            )
        if not re.fullmatch(r"[\w./+-]+", self._compiler):
            raise InputError(f"{self._compiler!r} is not a program", where="CROSS_COMPILE", hint=_HINT)

    def _check_compiler(self) -> None:
        """Checks, before its first use, that the compiler generates code for the architecture."""
        machine = self._first_line(f"{self._compiler} -dumpmachine")
        if not machine:
            raise InputError(f"{self._compiler} cannot be run", parameter="allow_shell", hint=_HINT)
        expected = _MACHINES.get(self._srcarch)
        if expected and not re.match(expected, machine):
            what = f"{self._compiler} generates code for {machine}, not for {self._srcarch}"
            raise InputError(what, parameter="allow_shell", hint=_HINT)
        self._checked = True

    def _first_line(self, command: str) -> str:
        return run(command, self._environment, Path("/")) or ""


def _mapping(data: bytes) -> dict[str, str] | None:
    with suppress(ValueError, AttributeError):
        return {str(command): str(answer) for command, answer in json.loads(data).items()}
    return None


def _identity(variables: Mapping[str, str], environment: Mapping[str, str], sources: Sources) -> str:
    """A hash of what the answers depend on."""
    tools = {name: _installed(tool, environment) for name, tool in variables.items()}
    scripts = {}
    for name in sources.find("scripts/*"):
        with suppress(InputError, OSError):  # a folder, or a file that a probe cannot read
            scripts[name] = sources.digest(name).hex()
    parts = [sources.root, environment.get("PATH", ""), dict(variables), tools, scripts]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _installed(tool: str, environment: Mapping[str, str]) -> list[int | str]:
    """The path, size, time and inode of a program; empty if it is not installed."""
    path = shutil.which(tool, path=environment.get("PATH", "")) if tool else None
    if path is None:
        return []
    status = Path(path).stat()
    return [str(Path(path).resolve()), status.st_size, status.st_mtime_ns, status.st_ino]
