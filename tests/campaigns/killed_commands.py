# SPDX-License-Identifier: GPL-2.0-or-later
"""The command lines that the campaign of kills runs, and their inputs."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.commandline import DATA
from tests.configuration.trees import tree_at

__all__ = ["CACHE_OF_ITS_OWN", "KilledCommand", "killed_commands"]

CACHE_OF_ITS_OWN = {"explain"}
"""Commands that would run no probe if another run had kept its output."""

_COMPILER = """#!/bin/sh
case "$1" in
-dumpmachine) echo aarch64-fake ;;
*) echo "fake-gcc 1.2" ;;
esac
"""
_PROBES = """
config ARM64
	def_bool y
config A
	bool "a"
B := $(shell,setsid sleep 600 & sleep 0.3; echo y)
C := $(shell,mkdir -p inner/folder; (setsid sh -c 'sleep 600; true' >/dev/null 2>&1 &); sleep 0.3; echo n)
"""


@dataclass(frozen=True, slots=True)
class KilledCommand:
    """A command line.

    Attributes:
        words: the command and its options.
        output: the file that it writes; empty for none.
        seconds: when it is killed at the latest, if it takes too long to be run undisturbed.
        environment: variables of its own.
    """

    words: tuple[str, ...]
    output: str = ""
    seconds: float = 0.0
    environment: Mapping[str, str] = field(default_factory=dict)


def killed_commands(folder: Path, *, files: int) -> dict[str, KilledCommand]:
    """The command lines by name; their inputs are written into a new folder."""
    tree = tree_at(folder / "tree", _symbols(60), padded=True)
    probes = tree_at(folder / "probes", _PROBES, padded=True)
    names = [f"S{number}" for number in range(60)]
    patch = str(DATA / "patches" / "holes-in-zone-without-numa.patch")
    return {
        "matrix": KilledCommand(("matrix", "--kernel", "5.10", "-m", "flat", "--format", "json")),
        "report": KilledCommand(("report", "--kernel", "6.1", "-o", "report.html"), "report.html"),
        "check": KilledCommand(
            ("check", *_configs(folder, files), "-m", "flat", "--format", "json", "-o", "check.json"),
            "check.json",
        ),
        "explain": KilledCommand(
            ("explain", "--tree", str(probes), "--allow-shell", "A=y"), environment=_cross(folder)
        ),
        "graph": KilledCommand(("graph", "--tree", str(tree))),
        "count": KilledCommand(("count", "--tree", str(tree), *names)),
        "simulate": KilledCommand(("simulate", "--kernel", "4.17", "-m", "flat", "--format", "json")),
        "diff": KilledCommand(("diff", "4.17", "--patch", patch, "-m", "flat", "--format", "json")),
        "prove": KilledCommand(
            ("prove", "--kernel", "4.17", "--set", "ARM64_64K_PAGES=y", "--ram-fill", "ff", "--jobs", "2"),
            seconds=5.0,
        ),
        "sweep": KilledCommand(
            ("sweep", "--kernel", "4.17", "--jobs", "2", "-o", "sweep.parquet"), "sweep.parquet"
        ),
    }


def _symbols(count: int) -> str:
    """Symbols that depend on distant ones, so that they cannot be counted apart."""
    text = "config ARM64\n\tdef_bool y\n"
    for index in range(count):
        earlier = [
            f"S{other}" for other in (index * 7 % 61, index * 31 % 59, index * 13 % 53) if other < index
        ]
        text += f'config S{index}\n\tbool "s"\n'
        text += f"\tdepends on !{' || '.join(earlier)}\n" if earlier else ""
    return text


def _configs(folder: Path, files: int) -> list[str]:
    """Copies of a distribution's configuration."""
    text = gzip.decompress((DATA / "configs" / "6.1.0-53-arm64.config.gz").read_bytes())
    paths = [folder / f"{number}.config" for number in range(files)]
    for path in paths:
        path.write_bytes(text)
    return [str(path) for path in paths]


def _cross(folder: Path) -> dict[str, str]:
    """The variable that names a compiler which knows its name only."""
    compiler = folder / "fake-gcc"
    compiler.write_text(_COMPILER)
    compiler.chmod(0o755)
    return {"CROSS_COMPILE": str(compiler).removesuffix("gcc")}
