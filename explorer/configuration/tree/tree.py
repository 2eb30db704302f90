# SPDX-License-Identifier: GPL-2.0-or-later
"""A parsed Kconfig tree: a shipped fragment or a kernel checkout.

1. A tree is immutable. Its symbols have values in an ``Evaluation``.
2. Every statement has its file and line, which kconfiglib does not keep.
3. Files are named relative to the tree, so no output shows a path of this machine.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import kconfiglib

from explorer.configuration.files.programs import LINUX, Program
from explorer.configuration.files.sources import Sources
from explorer.configuration.files.statements import (
    KconfigBlock,
    LogicalLine,
    blocks,
    logical_lines,
    properties,
)
from explorer.configuration.toolchain.probes import Compiler, Toolchain
from explorer.configuration.toolchain.shell import ProbeShell
from explorer.configuration.tree.engine import Engine
from explorer.configuration.tree.parser import LinuxKconfig
from explorer.configuration.tree.probe_operands import ProbeOperand
from explorer.configuration.tree.sym_calc_value import sym_string_valid
from explorer.errors import InputError
from explorer.resources import data_folder
from explorer.version import KernelVersion

__all__ = ["ParseInput", "SourceFile", "Statement", "Tree", "symbol_type"]


def _unwatched(_file: str) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class ParseInput:
    """Everything that the parse of a tree depends on.

    Attributes:
        folder: the top of the tree.
        label: how reports name it, for example ``kconfig/4.16-4.18``.
        version: the kernel release, if it is known.
        environment: the variables that the tree may read, and the only ones.
        toolchain: the recorded compiler, or the one that the shell runs.
        shell: runs compiler probes; ``None`` if nothing may be run.
        watched: is called with each file that is parsed, to show progress.
        replaced: what some files hold instead, by name; ``None`` where a file is gone.
        cached: look for the parsed tree in the cache, and keep it there.
        top: the top Kconfig file, relative to the folder.
        program: what the tree is the source of.
        arch: the architecture as in ``ARCH``; empty where a Kconfig symbol selects it.
    """

    folder: Path
    label: str
    version: KernelVersion | None
    environment: Mapping[str, str]
    toolchain: Toolchain
    shell: ProbeShell | None = None
    watched: Callable[[str], None] = _unwatched
    replaced: Mapping[str, bytes | None] = field(default_factory=dict)
    cached: bool = False
    top: str = "Kconfig"
    program: Program = LINUX
    arch: str = "arm64"


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
        parse_input: what it was parsed from.
        label: as of ``ParseInput``.
        version: as of ``ParseInput``.
        program: as of ``ParseInput``.
        arch: as of ``ParseInput``.
        compiler: the compiler, and the answers to the tree's compiler checks.
        toolchain: values from a ``.config`` of symbols that compiler checks decide.
        engine: kconfiglib, for the modules of ``configuration``.
    """

    def __init__(
        self, sources: Sources, kconfig: LinuxKconfig, compiler: Compiler, parse_input: ParseInput
    ) -> None:
        self.engine = Engine(kconfig)
        self.toolchain: Mapping[str, str] = {}
        self.compiler = compiler
        self.parse_input = parse_input
        self.label = parse_input.label
        self.version = parse_input.version
        self.program = parse_input.program
        self.arch = parse_input.arch
        self._sources = sources
        self._lines: dict[str, tuple[LogicalLine, ...]] = {}
        self._blocks: dict[str, tuple[KconfigBlock, ...]] = {}

    @property
    def kconfig(self) -> LinuxKconfig:
        """The symbols of kconfiglib with this tree's definitions; their values are undefined."""
        return self.engine.define(self.toolchain)

    @property
    def is_arm64_linux(self) -> bool:
        """Whether it is the Kconfig of an arm64 kernel, whose memory initialisation can be simulated."""
        return self.program is LINUX and self.arch == "arm64"

    @property
    def is_fragment(self) -> bool:
        """Whether it is a shipped fragment: the symbols that decide memory initialisation."""
        return self.parse_input.folder.parent == data_folder("kconfig")

    @property
    def subject(self) -> str:
        """Program, architecture and release, as far as they exist: ``Linux x86 6.6``."""
        return " ".join(filter(None, (self.program.name, self.arch, str(self.version or ""))))

    @property
    def release(self) -> KernelVersion:
        """The kernel release.

        Raises:
            InputError: it is unknown, because the Makefile of a checkout does not set it, or the tree is the
                source of another program.
        """
        if self.program is not LINUX:
            what = f"is {self.program.name}, not Linux, and has no kernel release"
            raise InputError(what, where=self.label, hint="give the top of a kernel tree")
        if self.version is None:
            raise InputError(
                "its Makefile names no VERSION and PATCHLEVEL",
                where=self.label,
                hint="give the top of a kernel tree",
            )
        return self.version

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """Names of all defined symbols, in the order of their first definition."""
        return tuple(symbol.name for symbol in self.engine.kconfig.unique_defined_syms)

    @property
    def modules_symbol(self) -> str:
        """The symbol that allows the value m, ``MODULES`` in Linux."""
        return str(self.engine.kconfig.modules.name)

    def defines(self, name: str) -> bool:
        """Whether the tree defines a symbol."""
        symbol = self.engine.kconfig.syms.get(name)
        return bool(symbol and symbol.nodes)

    def has_prompt(self, name: str) -> bool:
        """Whether a definition of a symbol has a prompt."""
        return self.defines(name) and any(node.prompt for node in self.engine.kconfig.syms[name].nodes)

    def type_of(self, name: str) -> str:
        """``bool``, ``tristate``, ``int``, ``hex`` or ``string``; ``undefined`` without a definition."""
        return symbol_type(self.engine.kconfig.syms[name]) if self.defines(name) else "undefined"

    def is_logical(self, name: str) -> bool:
        """Whether the value of a symbol is n, m or y; an undefined symbol is n."""
        return self.type_of(name) in {"bool", "tristate", "undefined"}

    def choice_members(self, name: str) -> tuple[str, ...]:
        """The members of the choice that a symbol belongs to; none if it belongs to none."""
        symbol = self.engine.kconfig.syms.get(name)
        choice = symbol.choice if symbol else None
        return tuple(member.name for member in choice.syms) if choice else ()

    @cached_property
    def probe_dependent_symbols(self) -> tuple[str, ...]:
        """The symbols that compiler checks decide.

        Such a symbol has a definition that calls a macro, or is selected by a line that does.

        A call in a dependency may have removed a symbol and all of its selects when the tree was parsed, so
        the targets of these selects count if they have no prompt.
        """
        names: dict[str, None] = {}
        files = self.files_with("$(")
        for symbol in self.engine.kconfig.unique_defined_syms:
            if files.isdisjoint(node.filename for node in symbol.nodes):
                continue
            texts = [line.text for line in self.statements(symbol.name)]
            calls = [text for text in texts if "$(" in text]
            selects = [text for text in calls if text.startswith("select")]
            if len(calls) > len(selects):
                names[symbol.name] = None
            if any(text.startswith("depends") for text in calls):
                selects = [text for text in texts if text.startswith("select")]
            targets = [text.split()[1] for text in selects]
            names |= dict.fromkeys(
                name for name in targets if self.defines(name) and not self.has_prompt(name)
            )
        return tuple(names)

    @cached_property
    def _probe_operands(self) -> Mapping[Any, ProbeOperand]:
        """The operands of expressions that compiler probes decide, by the constants of kconfiglib."""
        operands = self.engine.kconfig.probe_operands
        return {constant: ProbeOperand(*known) for constant, known in operands.items()}

    @cached_property
    def unanswered_operands(self) -> frozenset[Any]:
        """The constants of kconfiglib that unanswered compiler probes decide.

        The place of a default configuration (``option defconfig_list``), which names the running kernel, does
        not count: no value depends on it.
        """
        places = self.engine.kconfig.defconfig_list
        ignored = {default for default, _ in places.defaults} if places else set()
        unanswered = (constant for constant, probe in self._probe_operands.items() if not probe.is_answered)
        return frozenset(unanswered) - ignored

    def probe_operand(self, item: Any) -> ProbeOperand | None:
        """What is known of an operand of kconfiglib that a compiler probe decides; ``None`` for others."""
        return self._probe_operands.get(item)

    def expression_text(self, expression: Any) -> str:
        """An expression of kconfiglib as text, with the macros of compiler probes as the tree writes them."""

        def operand_text(item: Any) -> str:
            probe = self.probe_operand(item)
            return probe.macro if probe else kconfiglib.standard_sc_expr_str(item)

        return str(kconfiglib.expr_str(expression, operand_text))

    def with_toolchain(self, toolchain: Mapping[str, str]) -> "Tree":
        """The tree in which compiler checks have given these values to some symbols."""
        tree = copy(self)
        tree.toolchain = dict(toolchain)
        return tree

    def files(self) -> tuple[SourceFile, ...]:
        """Every file that was read, in order of name."""
        names = sorted(set(self.engine.kconfig.kconfig_filenames))
        return tuple(SourceFile(f"{self.label}/{name}", self._sources.digest(name).hex()) for name in names)

    def text(self, name: str) -> str:
        """The text of a file, named relative to the tree.

        Raises:
            InputError: it is outside the tree, not a regular file, or too large.
            OSError: it cannot be opened.
        """
        return self._sources.text(name)

    def source(self, name: str) -> str | None:
        """The text of any file of the tree, such as a C source; ``None`` if it cannot be read.

        Files outside the tree, other than regular files and files above 4 MiB are not read.
        """
        return self._sources.peek(name)

    def has_file(self, name: str) -> bool:
        """Whether a name, relative to the tree, is that of a file.

        Raises:
            InputError: it is outside the tree.
        """
        return self._sources.has_file(name)

    def files_with(self, text: str) -> frozenset[str]:
        """The names, relative to the tree, of files that contain a text."""
        names = set(self.engine.kconfig.kconfig_filenames)
        return frozenset(name for name in names if text in self._sources.text(name))

    def accepts(self, name: str, value: str) -> bool:
        """Whether a value has the form that Kconfig reads for the type of a defined symbol."""
        return sym_string_valid(self.engine.kconfig.syms[name].orig_type, value)

    def statements(self, name: str) -> Iterator[Statement]:
        """The lines that define a symbol: each ``config`` line and its properties, without help texts."""
        for node in self.engine.kconfig.syms[name].nodes:
            yield from self.node_statements(node, name)

    def node_statements(self, node: Any, name: str) -> Iterator[Statement]:
        """The lines of one definition of a symbol, the ``config`` line first."""
        file = f"{self.label}/{node.filename}"
        for line in properties(self._file(node.filename), node.linenr):
            yield Statement(file, line.number, line.text, name)

    def enclosing(self, node: Any, name: str, *, kind: str = "") -> Iterator[Statement]:
        """The lines of every ``if``, ``menu`` and ``choice`` around a definition, from the inside outwards.

        Args:
            node: the definition.
            name: its symbol.
            kind: the kind of block; empty for all kinds.
        """
        for file, number in ((node.filename, node.linenr), *reversed(node.include_path)):
            for block in self._blocks_of(file):
                if block.first < number <= block.last and kind in {"", block.kind}:
                    for line in block.lines:
                        yield Statement(f"{self.label}/{file}", line.number, line.text, name)

    def _blocks_of(self, name: str) -> tuple[KconfigBlock, ...]:
        if name not in self._blocks:
            self._blocks[name] = blocks(self._file(name))
        return self._blocks[name]

    def _file(self, name: str) -> tuple[LogicalLine, ...]:
        if name not in self._lines:
            text = self._sources.text(name).replace("\r\n", "\n").replace("\r", "\n")
            self._lines[name] = logical_lines(text.split("\n"))  # str.splitlines() has more ends of lines
        return self._lines[name]


def symbol_type(symbol: Any) -> str:
    """``bool``, ``tristate``, ``int``, ``hex``, ``string`` or ``unknown``."""
    return str(kconfiglib.TYPE_TO_STR[symbol.orig_type])
