# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's own ``conf``, built from Debian's source packages, and our view of the very same tree.

Both parse the tree with the same variables and the same compiler, so that every probe is answered alike.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from explorer.configuration import Compiler, Tree, parse_config
from explorer.configuration.files.sources import Sources
from explorer.configuration.toolchain.probes import AnswerOrigin, Probe, Toolchain
from explorer.configuration.tree.parser import parse
from explorer.configuration.tree.tree import ParseInput
from explorer.configuration.tree.value_rules import ValueRules
from explorer.version import KernelVersion
from tests.live.debian import Unavailable, source_tree

__all__ = ["SERIES", "Conf", "conf"]

SERIES = tuple(
    pytest.param(series, id=series, marks=pytest.mark.xdist_group(f"conf {series}"))
    for series in ("6.1", "6.12")
)
"""Parameters of tests; those of one tree share a process, which builds conf and parses the tree once."""
_DRIVER = Path(__file__).with_name("conf_driver.c")
_PARTS = ("confdata", "expr", "menu", "preprocess", "symbol", "util")
_TOOLS = {"CC": "gcc", "LD": "ld", "NM": "nm", "AR": "ar", "OBJCOPY": "objcopy"}
_CROSS = "aarch64-linux-gnu-"


class Conf:
    """``conf --olddefconfig`` of one tree.

    Args:
        source: the tree.
        series: its release.
        arch: the folder of ``arch/`` that it reads.
        kernel: the tree that has the sources of ``conf``, if it is another one.

    Attributes:
        tree: the tree as we see it, with the same answers to its probes.
    """

    def __init__(self, source: Path, series: str, arch: str, kernel: Path | None = None) -> None:
        self._folder = Path(mkdtemp(prefix="conf-"))
        environment = _environment(source, arch)
        version, kernel = KernelVersion.parse(series), kernel or source
        self.tree = _ours(source, environment, version, ValueRules.of_tree(Sources(kernel), version))
        self._process = subprocess.Popen(
            [_built(kernel), "Kconfig"],
            cwd=source,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def close(self) -> None:
        """End the program and remove its files."""
        self._process.communicate()
        shutil.rmtree(self._folder)

    def olddefconfig(self, text: str) -> dict[str, str]:
        """The values in the file that ``conf --olddefconfig`` makes of a ``.config``."""
        return parse_config(self.rewritten(text), "conf").values

    def rewritten(self, text: str) -> bytes:
        """The file that ``conf --olddefconfig`` makes of a ``.config``."""
        given, made = self._folder / "given", self._folder / "made"
        given.write_text(text)
        made.unlink(missing_ok=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{given}\t{made}\n")
        self._process.stdin.flush()
        while (line := self._process.stdout.readline()).strip() != str(made):
            assert line, "conf ended"  # it prints remarks on the tree, too
        return made.read_bytes()


@cache
def conf(series: str, arch: str = "arm64") -> Conf:
    """The program of Debian's newest source of a series, built once a process.

    Args:
        series: such as 6.12.
        arch: the folder of ``arch/`` that it reads; the compiler is that of arm64 for every one.

    Raises:
        Unavailable: the source or a tool to build it cannot be had.
    """
    for tool in ("cc", "flex", "bison"):
        if not shutil.which(tool):
            raise Unavailable(f"{tool} is not installed: conf is built with it")
    return Conf(source_tree(series, "*/Kconfig*", "*/Makefile", "*/scripts/*"), series, arch)


@cache
def _built(source: Path) -> Path:
    """The driver, linked with the tree's own scripts/kconfig; built once a process."""
    folder = Path(mkdtemp(prefix="conf-driver-"))
    kconfig = source / "scripts" / "kconfig"
    if not (kconfig / "parser.y").is_file():
        raise Unavailable("conf of releases before 5.1 is not built here")
    grammar = (kconfig / "parser.y").read_text()  # until v5.10 it includes menu.c
    includes = [f"-I{folder}", f"-I{kconfig}", f"-I{source / 'scripts' / 'include'}"]
    parts = [str(kconfig / f"{part}.c") for part in _PARTS if f'"{part}.c"' not in grammar]
    steps = (
        ["flex", "-olexer.lex.c", str(kconfig / "lexer.l")],
        ["bison", "-o", "parser.tab.c", "--defines=parser.tab.h", "-t", "-l", str(kconfig / "parser.y")],
        ["cc", "-O1", "-w", *includes, "-o", "driver", str(_DRIVER), "lexer.lex.c", "parser.tab.c", *parts],
    )
    for step in steps:
        done = subprocess.run(step, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unavailable(f"{step[0]} cannot build conf: {done.stderr[-300:]}")
    return folder / "driver"


def _environment(source: Path, arch: str) -> dict[str, str]:
    """What the kernel's top Makefile exports to Kconfig; the cross compiler where there is one."""
    cross = _CROSS if shutil.which(f"{_CROSS}gcc") else ""
    tools = {name: f"{cross}{tool}" for name, tool in _TOOLS.items()}
    told = subprocess.run([tools["CC"], "--version"], capture_output=True, text=True, check=True)
    return {
        **tools,
        "srctree": str(source),
        "ARCH": arch,
        "SRCARCH": arch,
        "HOSTCC": "gcc",
        "HOSTCXX": "g++",
        "PAHOLE": "pahole",
        "RUSTC": "rustc",
        "BINDGEN": "bindgen",
        "CC_VERSION_TEXT": told.stdout.splitlines()[0],
        "RUSTC_VERSION_TEXT": "",
        "KERNELVERSION": source.name,
        "PATH": os.environ["PATH"],
    }


def _ours(source: Path, environment: dict[str, str], version: KernelVersion, rules: ValueRules) -> Tree:
    """The tree parsed by us, each probe run as conf runs it."""

    def shell(command: str, _within: Sequence[Probe]) -> Probe:
        words = ["sh", "-c", command]
        done = subprocess.run(words, cwd=source, env=environment, capture_output=True, text=True, check=False)
        return Probe(command, done.stdout.rstrip("\n").replace("\n", " "), AnswerOrigin.RUN)

    files = Sources(source)
    kconfig = parse("Kconfig", files, environment, rules=rules, shell=shell)
    parse_input = ParseInput(source, source.name, version, environment, Toolchain())
    return Tree(files, kconfig, Compiler(), parse_input)
