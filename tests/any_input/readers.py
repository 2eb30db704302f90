# SPDX-License-Identifier: GPL-2.0-or-later
"""Every parameter of every command that takes text, and what is given to it.

``INPUTS`` names the kind of input by the name of the parameter. A test fails if a command has a parameter
that is not there, so no reader can be forgotten.
"""

import gzip
import json
import random
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.any_input.mutations import bent, hostile_name, hostile_word, mutated
from tests.audit.kernel import kernel_at
from tests.commandline import DATA
from tests.in_process import commands, run_in_process
from tests.machine.test_machine_sources import EFI, IOMEM, MEMORY, RANGES

__all__ = ["INPUTS", "UNREAD", "Reader", "readers"]

_EXAMPLES = DATA.parents[1] / "examples"
_BOARD = str(_EXAMPLES / "board.config")
_TREE = str(_EXAMPLES / "linux")
_JSON_MAP = json.dumps(
    {
        "memory": [
            {"base": "0x40000000", "size": 1 << 27, "flags": ["nomap"], "node": 0},
            {"base": 0, "size": 4096},
        ],
        "reserved": [{"base": "0x42080000", "size": "0x2fd000"}],
        "name": "map",
        "description": "words",
        "command_line": "quiet",
        "kaslr_seed": "0x1",
    }
).encode()

_BASE = {
    "matrix": ["--kernel", "6.1", "-m", "flat"],
    "report": ["--kernel", "6.1", "-m", "flat", "-o", "{folder}/page.html"],
    "prove": ["--kernel", "6.1", "-m", "flat"],
    "simulate": ["--kernel", "6.1", "-m", "flat"],
    "check": [_BOARD, "-m", "flat"],
    "rule": [],
    "explain": ["NUMA=y", "--kernel", "6.1"],
    "count": ["NUMA", "--kernel", "6.1"],
    "diff": ["6.1", "6.6", "-m", "flat"],
    "sweep": ["-m", "flat", "-c", _BOARD, "-o", "{folder}/sweep.duckdb"],
    "replay": [],
    "graph": ["--kernel", "6.1"],
}
"""The words that make each command valid and quick."""
_WITH_TREE = {
    "simulate": ["-m", "flat"],
    "check": [_BOARD, "-m", "flat"],
    "explain": ["NUMA=y"],
    "count": ["NUMA"],
}
"""Commands that are run on a tree of files."""

Make = Callable[[random.Random, Path], str]
"""Makes the value of a parameter; files are made in the folder."""


class Reader(NamedTuple):
    """A parameter of a command, and the words that give it a value.

    Attributes:
        command: the command.
        parameter: its name in the program.
        words: the words of the command, with ``{value}`` and ``{folder}``.
        make: makes the value.
        share: the least share of inputs of which the command makes a result.
    """

    command: str
    parameter: str
    words: tuple[str, ...]
    make: Make
    share: float


def _file(content: Callable[[random.Random], bytes]) -> Make:
    def make(chance: random.Random, folder: Path) -> str:
        if chance.random() < 0.05:
            return chance.choice(
                ("/dev/null", "/", "/dev/zero", "/proc/self/mem", "nowhere", "", str(folder))
            )
        path = folder / hostile_name(chance)
        path.write_bytes(content(chance))
        return str(path)

    return make


@cache
def _machines() -> tuple[bytes, ...]:
    files = [*sorted((DATA / "machines").glob("*.*")), _EXAMPLES / "board.dtb", DATA / "qemu-virt.dtb"]
    texts = tuple(text.encode() for text in (EFI, IOMEM, MEMORY, RANGES))
    return (*(path.read_bytes() for path in files if path.suffix != ".md"), *texts, _JSON_MAP)


def _machine(chance: random.Random) -> bytes:
    return bent((_JSON_MAP,), chance) if chance.random() < 0.3 else mutated(_machines(), chance)


@cache
def _configs() -> tuple[bytes, ...]:
    plain = [path.read_bytes() for path in sorted((DATA / "real-configs").glob("6.1*"))]
    return (*plain, Path(_BOARD).read_bytes(), gzip.compress(plain[0], mtime=0))


def _config(chance: random.Random) -> bytes:
    return mutated(_configs(), chance)


@cache
def _recordings() -> tuple[bytes, ...]:
    return tuple(
        path.read_bytes().split(b"\n", 1)[0] for path in sorted((DATA / "boots").glob("*.jsonl"))[::4]
    )


def _recording(chance: random.Random) -> bytes:
    if chance.random() < 0.5:
        return bent(_recordings(), chance)
    return mutated(_recordings(), chance)


@cache
def _document() -> bytes:
    return run_in_process("matrix", "--kernel", "6.1", "-m", "flat", "--format", "json").out.encode()


def _older(chance: random.Random) -> bytes:
    if chance.random() < 0.7:
        return bent((_document(),), chance)
    return mutated((_document(), gzip.compress(_document(), mtime=0)), chance)


@cache
def _findings() -> bytes:
    return run_in_process("check", _BOARD, "-m", "nomap-mid", "--format", "json").out.encode()


def _baseline(chance: random.Random) -> bytes:
    return bent((_findings(),), chance) if chance.random() < 0.7 else mutated((_findings(),), chance)


def _patch(chance: random.Random) -> bytes:
    return mutated(((_EXAMPLES / "holes-in-zone.patch").read_bytes(),), chance)


def _tree(chance: random.Random, folder: Path) -> str:
    """A kernel tree of a hostile name, with one file changed."""
    tree = folder / hostile_name(chance)
    shutil.copytree(_TREE, tree, dirs_exist_ok=True)
    if chance.random() < 0.7:
        path = chance.choice([path for path in sorted(tree.rglob("*")) if path.is_file()])
        path.write_bytes(mutated((path.read_bytes(),), chance))
    return str(tree)


def _c_tree(chance: random.Random, folder: Path) -> str:
    """A kernel tree with C files, one of them changed."""
    tree = kernel_at(folder / "c")
    path = tree / chance.choice(("mm/sweep.c", "mm/nodes.c", "mm/Makefile"))
    if chance.random() < 0.7:
        path.write_bytes(mutated((path.read_bytes(),), chance))
    return str(tree)


def _c_path(chance: random.Random, folder: Path) -> str:
    _c_tree(chance, folder)
    return chance.choice(("mm", "mm/sweep.c", hostile_word(chance)))


def _output(chance: random.Random, folder: Path) -> str:
    names = ("/dev/null", "/", "", "/dev/full", str(folder), "nowhere/x", "-")
    return chance.choice(names) if chance.random() < 0.3 else str(folder / hostile_name(chance))


def _word(chance: random.Random, _: Path) -> str:
    return hostile_word(chance)


INPUTS: dict[str, tuple[Make, float]] = {
    **dict.fromkeys(("maps", "machines", "memory_map"), (_file(_machine), 0.15)),
    **dict.fromkeys(("config", "configs", "requested"), (_file(_config), 0.15)),
    "recording": (_file(_recording), 0.15),
    "compare": (_file(_older), 0.15),
    "baseline": (_file(_baseline), 0.3),
    "patch": (_file(_patch), 0.05),
    "folder": (_tree, 0.2),
    **dict.fromkeys(("audited", "audited_before", "audits"), (_c_tree, 0.5)),
    "paths": (_c_path, 0.2),
    "before": (_tree, 0.2),
    "after": (_tree, 0.2),
    **dict.fromkeys(("output", "write_dts"), (_output, 0.3)),
    **dict.fromkeys(("kernels", "version", "symbols", "words"), (_word, 0)),
    **dict.fromkeys(("sets", "memory", "with_fixes", "without_fixes", "kaslr_seed"), (_word, 0)),
    "command_line": (_word, 0.3),
    **dict.fromkeys(("arch", "top", "variables", "kind", "timeout"), (_word, 0)),
    **dict.fromkeys(("jobs", "most_changes", "conflicts", "form", "fail_on", "ram_fill"), (_word, 0)),
}
"""What is given to each parameter that takes text, and the share of it that must be accepted."""
UNREAD = {"scheduler": "an address of the network", "context": "not a word of the command line"}
"""Parameters to which nothing is given, with the reason."""


_PROOFS = ("folder", "command_line", "sets", "config", "with_fixes", "without_fixes")
_SLOW = {("prove", name) for name in _PROOFS}
"""A build that is not shipped takes a minute to prove; other commands read the same."""


def readers() -> Iterator[Reader]:
    """Every parameter that takes a value, of every command."""
    for command, found in commands().commands.items():
        for parameter in found.params:
            name = parameter.name or ""
            is_flag = getattr(parameter, "is_flag", False)
            if name in INPUTS and not is_flag and (command, name) not in _SLOW:
                make, share = INPUTS[name]
                yield Reader(command, name, tuple(_words(command, parameter)), make, share)


def _words(command: str, parameter: Any) -> list[str]:
    """The words that give a command a value for a parameter."""
    base = list(_BASE.get(command, ()))
    name, value = parameter.name, ["{value}"]
    if name == "folder":
        return [command, *_WITH_TREE.get(command, _without_kernel(base)), "--tree", *value]
    if command == "audit":
        return [command, *_words_of_audit(parameter)]
    if parameter.param_type_name == "option":
        base = [_TREE, "-m", "flat"] if name == "patch" else _without(base, parameter.opts)
        return [command, *base, parameter.opts[0], *value]
    if name == "before":
        return [command, *value, "6.6", "-m", "flat"]
    if name == "after":
        return [command, "6.1", *value, "-m", "flat"]
    return [command, *([] if command in {"replay", "rule"} else base[1:]), "--", *value]


def _words_of_audit(parameter: Any) -> list[str]:
    name, value = parameter.name, ["{value}"]
    if name == "audited":
        return value
    if name == "paths":
        return ["{folder}/c", "--", *value]
    return ["{folder}/c", parameter.opts[0], *value]


def _without_kernel(words: list[str]) -> list[str]:
    return _without(words, ["--kernel"])


def _without(words: list[str], options: list[str]) -> list[str]:
    """The words without an option, so that the value of the test is the only one."""
    at = next((index for index, word in enumerate(words) if word in options), None)
    return words if at is None else words[:at] + words[at + 2 :]
