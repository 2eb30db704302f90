# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers the compiler checks (probes) that a tree makes while it is parsed.

Since v4.18 Kconfig runs checks with ``$(shell,command)``. Hundreds of symbols depend on the answers, so
another compiler gives other values without any error.

1. By default nothing is run. The answers are those of a *recorded toolchain*, Debian's cross compiler, by the
   text of the command (``kconfig/toolchains/``).
2. An unrecorded command is *unanswered*: it gets the answer of a check that failed, and is counted.
   A check of ``true`` or ``false`` needs no recording.
3. If the user allows it, every command is run (``explorer.configuration.toolchain.shell``).
4. Each answer is kept with its origin.

``$(srctree)`` replaces the path of the tree in commands, so a recording fits any checkout.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import NamedTuple, Self

from explorer.errors import Argument, InputError
from explorer.resources import data_folder

__all__ = [
    "AnswerOrigin",
    "Compiler",
    "PendingProbe",
    "Probe",
    "ProbeSession",
    "Toolchain",
    "make_variables",
    "possible_answers",
    "recorded_toolchain",
    "recording_key",
    "srcarch_of",
]

_LOGICAL = frozenset("nmy")
_SRCTREE = "$(srctree)"
_SRCARCH = {"x86_64": "x86", "i386": "x86", "sparc32": "sparc", "sparc64": "sparc", "parisc64": "parisc"}
_CROSS_TOOLS = ("gcc", "ld", "ar", "nm", "objcopy", "objdump", "readelf", "strip")
_HOST_TOOLS = {"HOSTCC": "gcc", "HOSTCXX": "g++", "HOSTRUSTC": "rustc", "RUSTC": "rustc"}
_HOST_TOOLS |= {"BINDGEN": "bindgen", "PAHOLE": "pahole", "PYTHON3": "python3", "PERL": "perl", "AWK": "awk"}
_ECHO = r"""echo\s+["']?([^"';]*?)["']?\s*"""
_ECHOES = re.compile(rf"(?:&&\s*{_ECHO}\|\|\s*{_ECHO}|;\s*then\s+{_ECHO};\s*else\s+{_ECHO};\s*fi\s*)$")
_REMOVED, _MADE = r'trap "rm -rf \.tmp_\$+" EXIT;', r"mkdir \.tmp_\$+;"
_FOLDER = re.compile(rf"{_REMOVED} {_MADE}|{_MADE} {_REMOVED}")
_IN_FOLDER = re.compile(r"\.tmp_\$+/")
_QUIET = r"(?:>\s*/dev/null\s+2>&1)?"
_TRUE_OR_FALSE = re.compile(
    rf"(?:\{{\s*|if\s+)?(true|false)\s*(?:;\s*\}})?\s*{_QUIET}\s*(?:&&|;\s*then)\s*echo\b"
)
_VERSIONS = {
    re.compile(r"^\S*/cc-version\.sh "): "GCC 0",  # since v5.12
    re.compile(r"^\S*/as-version\.sh "): "GNU 0",  # since v5.13
    re.compile(r"^\S*/ld-version\.sh "): "BFD 0",  # since v5.12; before it prints a number
}


class AnswerOrigin(StrEnum):
    """Where the answer to a probe comes from."""

    RECORDED = "recorded"
    RUN = "run"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Probe:
    """A command, its output on one line, and the origin of the output."""

    command: str
    answer: str
    how: AnswerOrigin


class PendingProbe(NamedTuple):
    """A command that runs, and prints one of the words n, m and y.

    Attributes:
        command: as of ``Probe``.
        wait: waits for the probe.
    """

    command: str
    wait: Callable[[], Probe]


@dataclass(frozen=True, slots=True)
class Compiler:
    """The compiler that answered the probes of a tree, with the answers.

    Attributes:
        toolchain: name of the recording; ``CROSS_COMPILE=...`` if commands were run; empty without a
            toolchain.
        version: the first line of the compiler's ``--version``; empty without a toolchain.
        probes: every command of the tree, once, in order.
        variables: the environment variables of the toolchain that the tree could read.
    """

    toolchain: str = ""
    version: str = ""
    probes: tuple[Probe, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    def count(self, how: AnswerOrigin) -> int:
        """The number of probes whose answers have an origin."""
        return sum(probe.how is how for probe in self.probes)


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A compiler and its tools.

    Attributes:
        name: as ``Compiler.toolchain``.
        version: as ``Compiler.version``.
        variables: the variables that the kernel's Makefile exports for it.
        answers: the answer to each command, by ``recording_key()``.
    """

    name: str = ""
    version: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def unknown(cls, arch: str) -> Self:
        """A GCC without answers."""
        return cls(variables=make_variables(arch, ""))


def srcarch_of(arch: str) -> str:
    """The folder under ``arch/`` for an ``ARCH`` (Makefile, "Additional ARCH settings").

    Raises:
        InputError: the name holds other characters than a-z, 0-9 and ``_``.
    """
    if not re.fullmatch(r"[a-z0-9_]+", arch):
        hint = "write ", Argument("arch", "arm64")
        raise InputError(f"{arch!r} is not an architecture", parameter="arch", hint=hint)
    return _SRCARCH.get(arch, arch)


def make_variables(arch: str, cross: str) -> dict[str, str]:
    """The variables that the top Makefile (v4.10 to v6.12) exports to Kconfig, for GCC and binutils.

    Args:
        arch: ``ARCH``; empty where the tree has none.
        cross: ``CROSS_COMPILE``.
    """
    tools = {"CC" if tool == "gcc" else tool.upper(): cross + tool for tool in _CROSS_TOOLS}
    return {
        "ARCH": arch,
        "SRCARCH": srcarch_of(arch) if arch else "",
        "SUBARCH": arch,
        "CROSS_COMPILE": cross,
        "CONFIG_SHELL": "sh",
        "CLANG_FLAGS": "",
        **tools,
        **_HOST_TOOLS,
    }


@cache
def recorded_toolchain(arch: str) -> Toolchain:
    """The recorded toolchain of an architecture; one without answers if there is none."""
    path = data_folder("kconfig") / "toolchains" / f"{srcarch_of(arch)}.json"
    if not path.is_file():
        return Toolchain.unknown(arch)
    recording = json.loads(path.read_text(encoding="utf-8"))
    return Toolchain(recording["name"], recording["version"], recording["variables"], recording["answers"])


class ProbeSession:
    """Answers the commands of one parse, each once, and keeps the answers.

    Args:
        toolchain: has the recorded answers.
        root: path of the tree, as its commands contain it.
        run: runs a command and returns a function that waits for its output, which is ``None`` if it does not
            end in time; ``None`` to run nothing.
    """

    def __init__(
        self, toolchain: Toolchain, root: str, run: Callable[[str], Callable[[], str | None]] | None = None
    ) -> None:
        self._toolchain = toolchain
        self._root = root.rstrip("/") + "/"
        self._run = run
        self._probes: dict[str, Probe | PendingProbe] = {}

    def answer(self, command: str, within: Sequence[Probe] = ()) -> Probe | PendingProbe:
        """The output of a command, or one that prints n, m or y and runs while the caller goes on.

        Args:
            command: the command.
            within: the probes whose outputs are a part of it; if one is unanswered, so is the command.
        """
        portable = command.replace(self._root, f"{_SRCTREE}/")
        if portable not in self._probes:
            is_known = all(probe.how is not AnswerOrigin.UNANSWERED for probe in within)
            self._probes[portable] = self._probe(portable, command) if is_known else _unanswered(portable)
        return self._probes[portable]

    def compiler(self) -> Compiler:
        """The compiler with all probes up to now."""
        toolchain = self._toolchain
        probes = (
            probe.wait() if isinstance(probe, PendingProbe) else probe for probe in self._probes.values()
        )
        return Compiler(toolchain.name, toolchain.version, tuple(probes), toolchain.variables)

    def _probe(self, portable: str, command: str) -> Probe | PendingProbe:
        if self._run:
            output = self._run(command)
            words = possible_answers(portable)
            if words and _LOGICAL.issuperset(words):
                return PendingProbe(portable, lambda: _ran(portable, output()))
            return _ran(portable, output())
        if (key := recording_key(portable)) in self._toolchain.answers:
            return Probe(portable, self._toolchain.answers[key], AnswerOrigin.RECORDED)
        return _without_compiler(portable) or _unanswered(portable)


def recording_key(command: str) -> str:
    """The key of a command in a recording; equal for commands that releases write differently.

    The parts that make and remove a temporary folder are left out, and white space is one blank. The key of a
    command that holds source code is a hash.
    """
    text = " ".join(_IN_FOLDER.sub("tmp/", _FOLDER.sub("tmp;", command)).split())
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}" if "echo '" in text else text


def _ran(command: str, printed: str | None) -> Probe:
    """A command that was run; it is unanswered if it did not end in time."""
    return _unanswered(command) if printed is None else Probe(command, printed, AnswerOrigin.RUN)


def possible_answers(command: str) -> tuple[str, ...]:
    """The words that a command can print: for success, and for failure; empty if they are not known.

    ``$(success,...)`` and similar macros (scripts/Kconfig.include) echo one word if a command succeeds and
    another if it fails.
    """
    echoes = _ECHOES.search(command)
    return tuple(word for word in echoes.groups() if word is not None) if echoes else ()


def _without_compiler(command: str) -> Probe | None:
    """A check of ``true`` or ``false``, equal with every compiler; ``None`` for other commands."""
    words, check = possible_answers(command), _TRUE_OR_FALSE.match(command)
    if not (words and check):
        return None
    return Probe(command, words[check[1] == "false"], AnswerOrigin.RECORDED)


def _unanswered(command: str) -> Probe:
    """An unrecorded command, with the answer that a failed check gives; the compiler itself exists.

    The version scripts print a tool and a number. Other commands print a number or a word, and 0 is both.
    """
    words = possible_answers(command)
    if words:
        answer = words[0] if "command -v " in command else words[1]
    else:
        answer = next((answer for script, answer in _VERSIONS.items() if script.search(command)), "0")
    return Probe(command, answer, AnswerOrigin.UNANSWERED)
