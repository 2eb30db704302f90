# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the shell commands of a tree, if the user allows it.

The compiler is the one that ``make`` uses: ``$(CROSS_COMPILE)gcc``, with ``CROSS_COMPILE`` from the
environment. It must generate code for the architecture of the tree.

1. Commands run one after the other (``running_command``), in an empty folder, as in a build with ``O=``. The
   folder is removed afterwards.
2. When this program ends, however it ends, the commands and all processes that they started are killed, and
   the folder is removed (``explorer.process.supervisor``).
3. The output is kept in the user's cache, by command, compiler and the scripts of the tree.
"""

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

from explorer.configuration.files.cache import Cache
from explorer.configuration.files.sources import Sources
from explorer.configuration.toolchain.probes import Toolchain, make_variables, srcarch_of
from explorer.configuration.toolchain.running_command import SECONDS, CommandQueue, RunningCommand, outputs
from explorer.errors import InputError
from explorer.process.supervised import Supervisor

__all__ = ["ProbeShell"]

_ALL_SECONDS = 300.0
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


class ProbeShell:
    """Runs the commands of one tree.

    Args:
        arch: the architecture that the compiler must generate code for; empty for any.
        sources: the files of the tree.
        watched: is called with each command before it runs.
        ran: is called with each command that was run.
        exported: variables that replace those of Linux's Makefile.

    Attributes:
        toolchain: the compiler, without recorded answers.
        identity: a hash of what the answers depend on: the tools, where and when they were installed, and the
            scripts of the tree.
    """

    def __init__(
        self,
        arch: str,
        sources: Sources,
        watched: Callable[[str], None],
        ran: Callable[[str], None],
        exported: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        environment = dict(os.environ)
        cross = environment.get("CROSS_COMPILE", "")
        variables = {**make_variables(arch, cross), **exported}
        self._environment = {**environment, **variables, "srctree": sources.root, "LC_ALL": "C"}
        self._watched, self._ran = watched, ran
        self._until = time.monotonic() + _ALL_SECONDS
        self._compiler, self._checked = variables["CC"], False
        self._srcarch = srcarch_of(arch) if arch else ""
        self._refuse_odd_words()
        first = f"{self._compiler} --version | head -n 1"
        version, rustc, pahole = self._first_lines(first, "rustc --version", "pahole --version")
        version = version.replace("#", "")
        texts = {
            "CC_VERSION_TEXT": version,
            "RUSTC_VERSION_TEXT": rustc,
            "PAHOLE_VERSION": "".join(re.findall(r"\d+", pahole)) or "0",
        }
        self._environment |= texts
        self.toolchain = Toolchain(f"CROSS_COMPILE={cross}", version, {**variables, **texts})
        self.identity = _identity(self.toolchain.variables, environment, sources)
        self._known: dict[str, str] = {}
        self._fresh = False
        self._supervisor: Supervisor | None = None
        self._queue = CommandQueue(self._start, self._keep)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Commands can run, in a temporary folder."""
        self._known = Cache("probes", most=_CACHED).first(self.identity, _mapping) or {}
        self._queue = CommandQueue(self._start, self._keep)
        try:
            yield
        finally:
            self._queue.close()
            if self._supervisor is not None:
                self._supervisor.close()
                self._supervisor = None
        if self._fresh:
            Cache("probes", most=_CACHED).keep(self.identity, json.dumps(self._known).encode())

    def run(self, command: str) -> Callable[[], str | None]:
        """A function that waits for the output of a command; ``None`` if it does not end in time."""
        if command in self._known:
            printed = self._known[command]
            return lambda: printed
        return self._queue.add(command)

    def go_on(self) -> None:
        """Start the next command if one has ended meanwhile."""
        self._queue.go_on()

    def _start(self, command: str) -> RunningCommand | None:
        left = self._until - time.monotonic()
        if left <= 0:
            return None
        if not self._checked and (self._compiler in command or "$CC" in command):
            self._check_compiler()
        self._watched(command)
        if self._supervisor is None:
            self._supervisor = Supervisor(temporary=True)
        return RunningCommand(self._supervisor, command, self._environment, min(left, SECONDS))

    def _keep(self, command: str, printed: str | None) -> None:
        self._ran(command)
        if printed is not None:
            self._known[command], self._fresh = printed, True

    def _refuse_odd_words(self) -> None:
        if self._environment.get("LLVM"):
            raise InputError(
                "LLVM is set, and only GCC can be asked", parameter="allow_shell", hint="unset LLVM"
            )
        if not re.fullmatch(r"[\w./+-]+", self._compiler):
            raise InputError(f"{self._compiler!r} is not a program", where="CROSS_COMPILE", hint=_HINT)

    def _check_compiler(self) -> None:
        """Checks, before its first use, that the compiler generates code for the architecture."""
        (machine,) = self._first_lines(f"{self._compiler} -dumpmachine")
        if not machine:
            raise InputError(f"{self._compiler} cannot be run", parameter="allow_shell", hint=_HINT)
        expected = _MACHINES.get(self._srcarch)
        if expected and not re.match(expected, machine):
            what = f"{self._compiler} generates code for {machine}, not for {self._srcarch}"
            raise InputError(what, parameter="allow_shell", hint=_HINT)
        self._checked = True

    def _first_lines(self, *commands: str) -> tuple[str, ...]:
        """What some commands print; they run at the same time."""
        return tuple(output or "" for output in outputs(commands, self._environment, Path("/")))


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
    return [os.path.realpath(path), status.st_size, status.st_mtime_ns, status.st_ino]
