# SPDX-License-Identifier: GPL-2.0-only
"""Running a tree's shell commands, once the user has said that they may be run.

The compiler is the one that ``make`` would take: ``$(CROSS_COMPILE)gcc``, with ``CROSS_COMPILE`` from the
environment. It must make code for the architecture in question, or a probe that calls it is refused.

1. A command runs as the kernel's own parser runs it: ``/bin/sh``, its output on one line, cut at 4095 bytes
   (scripts/kconfig/preprocess.c, do_shell()).
2. It runs in an empty folder of its own, as in a build with ``O=``; the folder goes afterwards.
3. It reads nothing, has a bounded time, and whatever it started ends with it, also when we are interrupted.
4. What it printed is kept in the user's cache, by command, compiler and the tree's scripts.
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
    """What a command prints, as Kconfig reads it; ``None`` when it does not end in time."""
    process = subprocess.Popen(  # noqa: S603 # the user allowed it: a tree's probes are shell commands
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
    """The beginning of what a process prints; ``None`` when the time is over."""
    assert process.stdout is not None  # noqa: S101 # it was asked for
    pipe, printed = process.stdout.fileno(), b""
    while len(printed) < _MOST_OUTPUT:
        left = until - time.monotonic()
        if left <= 0:
            return None
        over = process.poll() is not None  # asked before the pipe: what it printed last is there by then
        ready, _, _ = select.select([pipe], [], [], 0 if over else min(left, _GLANCE))
        if ready:
            more = os.read(pipe, _MOST_OUTPUT - len(printed))
            if not more:
                break
            printed += more
        elif over:
            break  # something that it left behind holds the pipe
    else:
        return printed
    with suppress(subprocess.TimeoutExpired):
        process.wait(max(0.0, until - time.monotonic()))
        return printed
    return None


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a command and all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


class ProbeShell:
    """Runs the commands of one tree.

    Attributes:
        toolchain: the compiler; it has no recorded answers.
        identity: a hash of all that the answers depend on, as far as it can be known: the tools that are
            called, where and when they were installed, and the scripts of the tree.
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
        """What runs commands, in a folder that is gone afterwards."""
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
                "LLVM is set, and only GCC can be asked", where="--allow-shell", hint="unset LLVM"
            )
        if not re.fullmatch(r"[\w./+-]+", self._compiler):
            raise InputError(f"{self._compiler!r} is no program", where="CROSS_COMPILE", hint=_HINT)

    def _check_compiler(self) -> None:
        """Before the first command that calls it: the compiler must be the right one."""
        machine = self._first_line(f"{self._compiler} -dumpmachine")
        if not machine:
            raise InputError(f"{self._compiler} cannot be run", where="--allow-shell", hint=_HINT)
        wanted = _MACHINES.get(self._srcarch)
        if wanted and not re.match(wanted, machine):
            what = f"{self._compiler} makes code for {machine}, not for {self._srcarch}"
            raise InputError(what, where="--allow-shell", hint=_HINT)
        self._checked = True

    def _first_line(self, command: str) -> str:
        return run(command, self._environment, Path("/")) or ""


def _mapping(data: bytes) -> dict[str, str] | None:
    with suppress(ValueError, AttributeError):
        return {str(command): str(answer) for command, answer in json.loads(data).items()}
    return None


def _identity(variables: Mapping[str, str], environment: Mapping[str, str], sources: Sources) -> str:
    """A hash of what answers depend on."""
    tools = {name: _installed(tool, environment) for name, tool in variables.items()}
    scripts = {}
    for name in sources.find("scripts/*"):
        with suppress(InputError, OSError):  # a folder, or nothing that a probe could read
            scripts[name] = sources.digest(name).hex()
    facts = [sources.root, environment.get("PATH", ""), dict(variables), tools, scripts]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def _installed(tool: str, environment: Mapping[str, str]) -> list[int | str]:
    """Where a program lies, and which file that is now."""
    path = shutil.which(tool, path=environment.get("PATH", "")) if tool else None
    if path is None:
        return []
    facts = Path(path).stat()
    return [str(Path(path).resolve()), facts.st_size, facts.st_mtime_ns, facts.st_ino]
