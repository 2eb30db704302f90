# SPDX-License-Identifier: GPL-2.0-only
"""Kconfig trees: a shipped fragment or a kernel checkout, parsed once, asked many times.

``Tree`` wraps kconfiglib and is the only thing that touches it besides ``compat``. It adds what kconfiglib
forgets, the line of every statement, and it never shows a path of this machine: files are named relative to
the tree.
"""

import hashlib
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import kconfiglib

from explorer.configuration.blocks import Line, blocks, properties, statements
from explorer.configuration.compat import LinuxKconfig, parse
from explorer.configuration.redefine import redefined_text
from explorer.configuration.spans import fragment_span
from explorer.configuration.values import Rules
from explorer.errors import InputError
from explorer.resources import data_folder
from explorer.version import KernelVersion

__all__ = ["SourceFile", "Statement", "Tree", "load_fragment", "load_tree", "symbol_type"]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a tree: its name relative to the tree and the SHA-256 of its bytes, in hexadecimal."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True, order=True)
class Statement:
    """A line of Kconfig.

    Attributes:
        file: name relative to the tree.
        line: number, from 1.
        text: the line without surrounding space.
        symbol: the symbol whose definition it belongs to.
    """

    file: str
    line: int
    text: str
    symbol: str


class Tree:
    """A parsed Kconfig tree.

    Attributes:
        label: how reports name it, for example ``kconfig/4.16-4.18``.
        version: the kernel release, where it is known.
        probes_not_run: how many shell commands the tree asked for and did not get; each was answered as if it
            had failed, so that what depends on the compiler may look impossible.
        kconfig: kconfiglib's view, for the other modules of this room.
    """

    def __init__(  # noqa: PLR0913, PLR0917 # what was parsed, whose it is, and how to parse it again
        self,
        kconfig: LinuxKconfig,
        folder: Path,
        label: str,
        version: KernelVersion | None,
        probes_not_run: int,
        texts: Mapping[str, str] = MappingProxyType({}),
        again: Callable[[Mapping[str, Sequence[str]]], "Tree"] | None = None,
    ) -> None:
        self.kconfig = kconfig
        self.probes_not_run = probes_not_run
        self.label = label
        self.version = version
        self._again = again
        self._folder = folder
        self._texts = texts
        self._lines: dict[str, tuple[Line, ...]] = {}

    @property
    def release(self) -> KernelVersion:
        """The kernel release.

        Raises:
            InputError: the tree does not tell; a checkout tells in its Makefile.
        """
        if self.version is None:
            raise InputError(
                "its Makefile names no VERSION and PATCHLEVEL",
                where=self.label,
                hint="point at the top of a kernel tree",
            )
        return self.version

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names of all defined symbols, in the order of their first definition."""
        return tuple(symbol.name for symbol in self.kconfig.unique_defined_syms)

    def defines(self, name: str) -> bool:
        """Whether the tree defines a symbol."""
        symbol = self.kconfig.syms.get(name)
        return bool(symbol and symbol.nodes)

    def has_prompt(self, name: str) -> bool:
        """Whether a user can be asked for a symbol somewhere."""
        return self.defines(name) and any(node.prompt for node in self.kconfig.syms[name].nodes)

    def type_of(self, name: str) -> str:
        """``bool``, ``tristate``, ``int``, ``hex`` or ``string``; ``undefined`` where the tree lacks it."""
        return symbol_type(self.kconfig.syms[name]) if self.defines(name) else "undefined"

    def is_logical(self, name: str) -> bool:
        """Whether a symbol is n, m or y, whatever happens; one that the tree lacks is n."""
        return self.type_of(name) in {"bool", "tristate", "undefined"}

    def redefined(self, definitions: Mapping[str, Sequence[str]]) -> "Tree":
        """The same tree with other definitions of some symbols of the architecture; line numbers stay.

        Args:
            definitions: symbols to the lines below their ``config`` line, none where the symbol goes.

        Raises:
            InputError: a definition does not fit where the old one stands.
        """
        if self._again is None:
            raise ValueError(f"{self.label} was not loaded by load_fragment() or load_tree()")
        return self._again(definitions)

    def files(self) -> tuple[SourceFile, ...]:
        """Every file that was read, in order of name."""
        names = sorted(set(self.kconfig.kconfig_filenames))
        return tuple(
            SourceFile(f"{self.label}/{name}", hashlib.sha256(self._bytes(name)).hexdigest())
            for name in names
        )

    def _bytes(self, name: str) -> bytes:
        """A file as it was parsed."""
        if name in self._texts:
            return self._texts[name].encode()
        return (self._folder / name).read_bytes()

    def values(self, answers: Mapping[str, str]) -> dict[str, str]:
        """The value of every symbol when these answers are given and the rest takes its default.

        Answers to symbols that do not exist or cannot be answered are ignored, as the kernel's own tools do.
        A number that would not be written to a ``.config`` is empty.
        """
        self.answer(answers)
        return {symbol.name: _written(symbol) for symbol in self.kconfig.unique_defined_syms}

    def value(self, name: str) -> str:
        """The value of one symbol under the answers given last; ``n`` where the tree lacks it."""
        symbol = self.kconfig.syms.get(name)
        return str(symbol.str_value) if symbol and symbol.nodes else "n"

    def answer(self, answers: Mapping[str, str] | Iterable[tuple[str, str]]) -> tuple[str, ...]:
        """Forget all answers and give these, in order.

        Returns:
            The symbols that were given something that no value of their type looks like.
        """
        self.kconfig.warnings.clear()
        return self.kconfig.assign(answers.items() if isinstance(answers, Mapping) else answers)

    def statements(self, name: str) -> Iterator[Statement]:
        """The lines that define a symbol: each ``config`` line and its properties, help left out."""
        for node in self.kconfig.syms[name].nodes:
            yield from self.node_statements(node, name)

    def selected_by(self, name: str) -> Iterator[Statement]:
        """The select and imply lines, anywhere, that aim at a symbol."""
        aims = re.compile(rf"\s*(?:select|imply)\s+{re.escape(name)}\b")
        for symbol in self.kconfig.unique_defined_syms:
            targets = {target.name for target, _ in [*symbol.selects, *symbol.implies]}
            if name in targets:
                yield from (found for found in self.statements(symbol.name) if aims.match(found.text))

    def node_statements(self, node: Any, name: str) -> Iterator[Statement]:
        """The lines of one definition of a symbol, the ``config`` line first."""
        for line in properties(self._file(node.filename), node.linenr):
            yield Statement(f"{self.label}/{node.filename}", line.number, line.text, name)

    def enclosing(self, node: Any, name: str, *, kind: str = "") -> Iterator[Statement]:
        """The lines of every ``if``, ``menu`` and ``choice`` around a definition, from the inside outwards.

        Args:
            node: the definition.
            name: its symbol.
            kind: look for blocks of one kind only.
        """
        for file, number in ((node.filename, node.linenr), *reversed(node.include_path)):
            for block in blocks(self._file(file)):
                if block.first < number <= block.last and kind in {"", block.kind}:
                    for line in block.lines:
                        yield Statement(f"{self.label}/{file}", line.number, line.text, name)

    def _file(self, name: str) -> tuple[Line, ...]:
        if name not in self._lines:
            self._lines[name] = statements(self._bytes(name).decode("utf-8", "replace").splitlines())
        return self._lines[name]


def load_fragment(version: KernelVersion) -> Tree:
    """The shipped fragment that describes a kernel release.

    Raises:
        InputError: no fragment describes it.
    """
    span = fragment_span(version)
    folder = data_folder("kconfig") / span.folder
    return _load(folder, f"kconfig/{span.folder}", version, {}, allow_shell=False)


def load_tree(folder: Path, *, arch: str = "arm64", allow_shell: bool = False) -> Tree:
    """A kernel checkout, or any folder with a ``Kconfig``.

    Args:
        folder: the top of the tree.
        arch: ``ARCH`` and ``SRCARCH``.
        allow_shell: run ``$(shell,...)``; otherwise every probe is answered as if its command had failed, so
            that the compiler is a GCC without any feature that is asked for.

    Raises:
        InputError: there is no tree, or it cannot be parsed.
    """
    if not folder.is_dir():
        raise InputError("not a folder", where=str(folder), hint="give the top of a kernel tree")
    if not (folder / "Kconfig").is_file():
        raise InputError("holds no file Kconfig", where=str(folder), hint="give the top of a kernel tree")
    version = _makefile_version(folder)
    environment = {
        "ARCH": arch,
        "SRCARCH": arch,
        "KERNELVERSION": str(version or ""),
        "CC": "gcc",
        "LD": "ld",
    }
    return _load(folder, folder.resolve().name, version, environment, allow_shell=allow_shell)


def _load(  # noqa: PLR0913 # where a tree is, how it is named and read, and what stands there instead
    folder: Path,
    label: str,
    version: KernelVersion | None,
    environment: Mapping[str, str],
    *,
    allow_shell: bool,
    definitions: Mapping[str, Sequence[str]] | None = None,
) -> Tree:
    not_run: list[str] = []

    def shell(command: str) -> str:
        if allow_shell:
            return _run(command, folder)
        not_run.append(command)
        return _unasked(command)

    def again(edits: Mapping[str, Sequence[str]]) -> Tree:
        edits = {**(definitions or {}), **edits}
        return _load(folder, label, version, environment, allow_shell=allow_shell, definitions=edits)

    texts = _redefined_texts(folder, definitions or {}, label)
    top = folder.resolve()
    kconfig = parse(
        "Kconfig",
        {"srctree": str(top), **environment},
        rules=Rules.of(version),
        shell=shell,
        texts={str(top / name): text for name, text in texts.items()},
    )
    return Tree(kconfig, folder, label, version, len(not_run), texts, again)


def _redefined_texts(folder: Path, definitions: Mapping[str, Sequence[str]], label: str) -> dict[str, str]:
    """The one file that holds the architecture's own definitions, with others in it."""
    if not definitions:
        return {}
    name = "arch/arm64/Kconfig" if (folder / "arch/arm64/Kconfig").is_file() else "Kconfig"
    text = (folder / name).read_text(encoding="utf-8", errors="replace")
    return {name: redefined_text(text, definitions, f"{label}/{name}")}


_ECHOES = re.compile(r"""&&\s*echo\s+["']?(\w*)["']?\s*\|\|\s*echo\s+["']?(\w*)["']?\s*$""")
_VERSIONS = {"cc-version.sh": "GCC 0", "as-version.sh": "GNU 0", "ld-version.sh": "BFD 0"}


def _unasked(command: str) -> str:
    """What a probe says that nobody runs.

    ``$(success,...)`` and its kin (scripts/Kconfig.include) echo one word when a command succeeds and another
    when it fails: the compiler is there, and nothing else is. The version scripts name a tool and a number;
    whatever else is asked is a number or a word, and 0 is both.
    """
    echoes = _ECHOES.search(command)
    if echoes:
        return echoes[1] if "command -v " in command else echoes[2]
    return next((answer for script, answer in _VERSIONS.items() if script in command), "0")


def _run(command: str, folder: Path) -> str:
    """Run a probe as the kernel's own parser does: its output on one line."""
    done = subprocess.run(  # noqa: S602 # the user allowed it: a tree's probes are shell commands
        command, shell=True, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout.rstrip("\n").replace("\n", " ")


def _makefile_version(folder: Path) -> KernelVersion | None:
    """VERSION, PATCHLEVEL and SUBLEVEL of a kernel's top Makefile."""
    makefile = folder / "Makefile"
    if not makefile.is_file():
        return None
    found = dict(
        re.findall(
            r"^(VERSION|PATCHLEVEL|SUBLEVEL) *= *(\d+)", makefile.read_text(errors="replace"), re.MULTILINE
        )
    )
    if not {"VERSION", "PATCHLEVEL"} <= found.keys():
        return None
    return KernelVersion(int(found["VERSION"]), int(found["PATCHLEVEL"]), int(found.get("SUBLEVEL", 0)))


def _written(symbol: Any) -> str:
    value = str(symbol.str_value)
    return value if value in {"n", "m", "y"} or symbol._write_to_conf else ""  # noqa: SLF001 # set with the value


def symbol_type(symbol: Any) -> str:
    """``bool``, ``tristate``, ``int``, ``hex``, ``string`` or ``unknown``."""
    return str(kconfiglib.TYPE_TO_STR[symbol.orig_type])
