# SPDX-License-Identifier: GPL-2.0-only
"""What a tree asks of the compiler while it is parsed, and who answers.

Since v4.18 Kconfig asks by ``$(shell,command)``; hundreds of symbols follow from the answers, so a wrong
compiler gives wrong answers, not errors.

1. Without leave nothing is run. Answers come from a *recorded toolchain*: real answers of Debian's cross
   compiler, by the text of the command (``kconfig/toolchains/``).
2. A command that nobody recorded is *unanswered*: it reads as if it had failed, and is counted.
3. With leave every command is run (``explorer.configuration.toolchain.shell``).
4. Every answer is kept beside the tree, with who gave it.

Commands are told with ``$(srctree)`` in place of the tree's path, so a recording fits any checkout.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Self

from explorer.errors import InputError
from explorer.resources import data_folder

__all__ = [
    "AnswerOrigin",
    "Compiler",
    "Probe",
    "ProbeSession",
    "Toolchain",
    "make_variables",
    "recorded_toolchain",
    "recording_key",
    "srcarch_of",
]

_SRCTREE = "$(srctree)"
_SRCARCH = {"x86_64": "x86", "i386": "x86", "sparc32": "sparc", "sparc64": "sparc", "parisc64": "parisc"}
_CROSS_TOOLS = ("gcc", "ld", "ar", "nm", "objcopy", "objdump", "readelf", "strip")
_HOST_TOOLS = {"HOSTCC": "gcc", "HOSTCXX": "g++", "HOSTRUSTC": "rustc", "RUSTC": "rustc"}
_HOST_TOOLS |= {"BINDGEN": "bindgen", "PAHOLE": "pahole", "PYTHON3": "python3", "PERL": "perl", "AWK": "awk"}
_ECHOES = re.compile(r"""&&\s*echo\s+["']?([^"']*?)["']?\s*\|\|\s*echo\s+["']?([^"']*?)["']?\s*$""")
_REMOVED, _MADE = r'trap "rm -rf \.tmp_\$+" EXIT;', r"mkdir \.tmp_\$+;"
_FOLDER = re.compile(rf"{_REMOVED} {_MADE}|{_MADE} {_REMOVED}")
_IN_FOLDER = re.compile(r"\.tmp_\$+/")
_VERSIONS = {"cc-version.sh": "GCC 0", "as-version.sh": "GNU 0", "ld-version.sh": "BFD 0"}


class AnswerOrigin(StrEnum):
    """Who answered a probe."""

    RECORDED = "recorded"
    RUN = "run"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Probe:
    """A command, what it printed, on one line, and how that is known."""

    command: str
    answer: str
    how: AnswerOrigin


@dataclass(frozen=True, slots=True)
class Compiler:
    """What a tree was told of the compiler.

    Attributes:
        toolchain: name of the recording, or ``CROSS_COMPILE=`` as it was where commands were run; empty where
            nobody could be asked.
        version: what the compiler says of itself; empty as above.
        probes: every command that the tree asked for, once, in order.
        variables: what the tree could read of it from the environment.
    """

    toolchain: str = ""
    version: str = ""
    probes: tuple[Probe, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    def count(self, how: AnswerOrigin) -> int:
        """How many commands were answered in a way."""
        return sum(probe.how is how for probe in self.probes)


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A compiler and its companions.

    Attributes:
        name: as ``Compiler.toolchain``.
        version: as ``Compiler.version``.
        variables: what the kernel's Makefile would export for it.
        answers: ``recording_key()`` of a command to its answer.
    """

    name: str = ""
    version: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def unknown(cls, arch: str) -> Self:
        """A GCC that nobody can ask."""
        return cls(variables=make_variables(arch, ""))


def srcarch_of(arch: str) -> str:
    """The folder under ``arch/`` for an ``ARCH`` (Makefile, "Additional ARCH settings").

    Raises:
        InputError: it is no word.
    """
    if not re.fullmatch(r"[a-z0-9_]+", arch):
        raise InputError(f"{arch!r} is not an architecture", where="--arch", hint="write --arch arm64")
    return _SRCARCH.get(arch, arch)


def make_variables(arch: str, cross: str) -> dict[str, str]:
    """What the top Makefile (v4.10 to v6.12) exports to Kconfig, for GCC and binutils.

    Args:
        arch: ``ARCH``.
        cross: ``CROSS_COMPILE``.
    """
    tools = {"CC" if tool == "gcc" else tool.upper(): cross + tool for tool in _CROSS_TOOLS}
    return {
        "ARCH": arch,
        "SRCARCH": srcarch_of(arch),
        "SUBARCH": arch,
        "CROSS_COMPILE": cross,
        "CONFIG_SHELL": "sh",
        "CLANG_FLAGS": "",
        **tools,
        **_HOST_TOOLS,
    }


@cache
def recorded_toolchain(arch: str) -> Toolchain:
    """The recorded toolchain for an architecture, or one that knows nothing."""
    path = data_folder("kconfig") / "toolchains" / f"{srcarch_of(arch)}.json"
    if not path.is_file():
        return Toolchain.unknown(arch)
    told = json.loads(path.read_text(encoding="utf-8"))
    return Toolchain(told["name"], told["version"], told["variables"], told["answers"])


class ProbeSession:
    """Answers the commands of one parse and remembers them; each is asked once.

    Args:
        toolchain: whom to ask.
        root: path of the tree, as its commands contain it.
        run: runs a command and returns its output; ``None`` from it means that it did not end in time.
    """

    def __init__(
        self, toolchain: Toolchain, root: str, run: Callable[[str], str | None] | None = None
    ) -> None:
        self._toolchain = toolchain
        self._root = root.rstrip("/") + "/"
        self._run = run
        self._asked: dict[str, Probe] = {}

    def answer(self, command: str) -> str:
        """What a command prints."""
        told = command.replace(self._root, f"{_SRCTREE}/")
        if told not in self._asked:
            self._asked[told] = self._ask(told, command)
        return self._asked[told].answer

    def compiler(self) -> Compiler:
        """All that was asked until now."""
        told = self._toolchain
        return Compiler(told.name, told.version, tuple(self._asked.values()), told.variables)

    def _ask(self, told: str, command: str) -> Probe:
        if self._run:
            printed = self._run(command)
            if printed is not None:
                return Probe(told, printed, AnswerOrigin.RUN)
        elif (key := recording_key(told)) in self._toolchain.answers:
            return Probe(told, self._toolchain.answers[key], AnswerOrigin.RECORDED)
        return Probe(told, _failed(told), AnswerOrigin.UNANSWERED)


def recording_key(command: str) -> str:
    """Under what a recording keeps a command, so that releases that write the same in other ways agree.

    How a command gets and removes its temporary folder is left out, and space is one blank; a command that
    holds source code is known by its hash.
    """
    text = " ".join(_IN_FOLDER.sub("tmp/", _FOLDER.sub("tmp;", command)).split())
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}" if "echo '" in text else text


def _failed(command: str) -> str:
    """What a probe says that nobody answers.

    ``$(success,...)`` and its kin (scripts/Kconfig.include) echo one word when a command succeeds and another
    when it fails: the compiler is there, and nothing else is. The version scripts name a tool and a number;
    whatever else is asked is a number or a word, and 0 is both.
    """
    echoes = _ECHOES.search(command)
    if echoes:
        return echoes[1] if "command -v " in command else echoes[2]
    return next((answer for script, answer in _VERSIONS.items() if script in command), "0")
