# SPDX-License-Identifier: GPL-2.0-only
"""The options that commands share, and what their words mean.

An option is declared once, so that it reads the same in every command's help.
"""

import re
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from explorer.boot import RamFill
from explorer.commands.completion import changes, kernels, maps
from explorer.commands.parse_progress import parse_progress_line
from explorer.configuration import Tree, load_fragment, load_tree
from explorer.errors import Argument, InputError
from explorer.machine import Firmware, MemoryMap, all_shipped_maps, read_machine, read_this_machine
from explorer.study.matrix import FOUR
from explorer.version import KernelVersion

__all__ = [
    "DEFAULT_ARCH",
    "DEFAULT_KERNEL",
    "ArchOption",
    "FillOption",
    "FormatOption",
    "KernelOption",
    "KernelsOption",
    "MapsOption",
    "SetsOption",
    "ShellOption",
    "SymbolsOption",
    "TextOrJson",
    "ThisMachineOption",
    "TreeOption",
    "WithOption",
    "WithoutOption",
    "bootable",
    "checkout",
    "checkout_of",
    "machine_of",
    "machines_of",
    "option_of",
    "settings_of",
    "symbols_of",
    "tree_of",
]

DEFAULT_KERNEL = "4.17"
DEFAULT_ARCH = "arm64"
_NAME = re.compile("[A-Za-z0-9_]+")
_OPTIONS = {
    "allow_shell": "--allow-shell",
    "arch": "--arch",
    "config": "--config",
    "kernel": "--kernel",
    "machines": "--memory-map",
    "names": "--symbol",
    "output": "--output",
    "ram_fill": "--ram-fill",
    "requested": "--requested",
    "settings": "--set",
    "tree": "--tree",
    "with_changes": "--with-fix",
    "without_changes": "--without-fix",
}
"""The option that gives a parameter of the Python API."""
_POSITIONAL = {("count", "names"): "SYMBOL", ("explain", "settings"): "SYMBOL=VALUE"}
"""Commands that take a parameter as arguments without an option."""


def option_of(argument: Argument, command: str = "") -> str:
    """The words of the command line for a parameter of the Python API that an error names."""
    option = _POSITIONAL.get((command, argument.parameter)) or _OPTIONS[argument.parameter]
    return f"{option} {argument.value}" if argument.value else option


class TextOrJson(StrEnum):
    """The two forms that nearly every result has."""

    TEXT = "text"
    JSON = "json"


KernelOption = Annotated[
    str,
    typer.Option(
        "--kernel",
        metavar="VERSION",
        help="Kernel release, such as 4.17 or 5.11.14. Known: 4.10 to 6.12.",
        autocompletion=kernels,
    ),
]
KernelsOption = Annotated[
    list[str],
    typer.Option(
        "--kernel",
        metavar="VERSION",
        help="Kernel release; may be given again.",
        autocompletion=kernels,
    ),
]
TreeOption = Annotated[
    str | None,
    typer.Option(
        "--tree",
        metavar="DIR",
        help="A kernel checkout instead of a shipped fragment; its Makefile names the release. Nothing in it "
        "is run: its compiler checks get the recorded answers of Debian's arm64 cross compiler.",
    ),
]
ArchOption = Annotated[str, typer.Option("--arch", metavar="ARCH", help="Architecture of --tree.")]
ShellOption = Annotated[
    bool,
    typer.Option(
        "--allow-shell",
        help="Run the compiler checks of --tree, which are shell commands in the tree, with the compiler "
        "that CROSS_COMPILE names in the environment. Standard error lists each.",
    ),
]
SetsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SYMBOL=VALUE",
        help="Set a symbol, such as ARM64_64K_PAGES=y, SPARSEMEM_VMEMMAP=n or DEBUG_VM=y; may be given "
        "again. Other symbols take their defaults.",
    ),
]
MapsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--memory-map",
        "-m",
        metavar="NAME|FILE",
        help="A shipped map (see the command maps), a .dtb or .dts, a boot log with memblock=debug or "
        "efi=debug, /proc/iomem, /sys/kernel/debug/memblock, JSON, or - for standard input; may be given "
        "again. Default: all shipped maps.",
        autocompletion=maps,
    ),
]
ThisMachineOption = Annotated[
    bool,
    typer.Option(
        "--this-machine",
        help="The memory of the arm64 machine that this program runs on; run it as root.",
    ),
]
SymbolsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--symbol",
        metavar="SYMBOL",
        help=f"Study these symbols instead of {', '.join(FOUR)}; may be given again.",
    ),
]
FillOption = Annotated[
    RamFill,
    typer.Option("--ram-fill", help="The contents of RAM before the kernel starts; stale means unknown."),
]
WithOption = Annotated[
    list[str] | None,
    typer.Option(
        "--with-fix",
        metavar="COMMIT|NAME",
        help="A known later change that this kernel has, such as f52bb98f5ade (docs/backports.md lists "
        "them); may be given again. The changes that it needs are added.",
        autocompletion=changes,
    ),
]
WithoutOption = Annotated[
    list[str] | None,
    typer.Option(
        "--without-fix",
        metavar="COMMIT|NAME",
        help="A known change that this kernel lacks; may be given again.",
        autocompletion=changes,
    ),
]
FormatOption = Annotated[TextOrJson, typer.Option("--format", help="The format of the result.")]


def tree_of(folder: str | None, release: str, arch: str, *, allow_shell: bool) -> Tree:
    """The tree of a checkout; without one the fragment of a release."""
    return checkout_of(folder, arch, allow_shell=allow_shell) or load_fragment(KernelVersion.parse(release))


def checkout_of(folder: str | None, arch: str, *, allow_shell: bool) -> Tree | None:
    """The tree of a checkout; ``None`` without one.

    Raises:
        InputError: there is no checkout, and another option is about it.
    """
    if folder is not None:
        return checkout(folder, arch, allow_shell=allow_shell)
    if arch != DEFAULT_ARCH or allow_shell:
        what = "--allow-shell" if allow_shell else "--arch"
        raise InputError("is about a kernel checkout", where=what, hint="give one with --tree DIR")
    return None


def checkout(folder: str | Path, arch: str, *, allow_shell: bool) -> Tree:
    """The tree of a checkout; shows the progress, and each command that is run."""
    if not str(folder):
        raise InputError("is empty", where="--tree", hint="give the top of a kernel tree, or leave it out")
    with parse_progress_line(Path(folder).resolve().name) as show:
        return load_tree(Path(folder), arch=arch, allow_shell=allow_shell, watched=show.step, ran=show.keep)


def bootable(arch: str) -> None:
    """Refuses an architecture whose memory initialisation is not described.

    Raises:
        InputError: it is not arm64.
    """
    if arch != DEFAULT_ARCH:
        raise InputError(
            f"{arch} kernels cannot be booted here, only {DEFAULT_ARCH}",
            where="--arch",
            hint="explain and graph take any architecture",
        )


def symbols_of(names: Sequence[str] | None) -> tuple[str, ...]:
    """The symbols under study; the four by default."""
    for name in names or ():
        if not _NAME.fullmatch(name):
            raise InputError(f"{name[:80]!r} is not a symbol", where="--symbol", hint="write --symbol NUMA")
    return tuple(names or FOUR)


def settings_of(words: Sequence[str] | None, option: str = "--set ") -> dict[str, str]:
    """The values of words such as ``DEBUG_VM=y``.

    Args:
        words: the words.
        option: the option with a space after it; empty if the words are arguments.
    """
    settings: dict[str, str] = {}
    where = option.strip() or "SYMBOL=VALUE"
    for word in words or ():
        name, equals, value = word.removeprefix("CONFIG_").partition("=")
        if not (name and equals and value):
            what = f"{word[:80]!r} is not SYMBOL=VALUE"
            raise InputError(what, where=where, hint=f"write {option}DEBUG_VM=y")
        if settings.get(name, value) != value:
            what = f"{name} is set to {settings[name]} and {value}"
            raise InputError(what, where=where, hint="set it once")
        settings[name] = value
    return settings


def machines_of(sources: Sequence[str] | None, *, this: bool = False) -> tuple[MemoryMap | Firmware, ...]:
    """This machine if requested, and the machines of ``-m``, each once; all shipped maps without any."""
    if not (sources or this):
        return all_shipped_maps()
    machines = tuple(machine_of(source) for source in dict.fromkeys(sources or ()))
    if this:
        machines = (read_this_machine(), *machines)
    names = [machine.name for machine in machines]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated:
        what = f"two maps have the name {repeated!r}"
        raise InputError(what, where="--memory-map", hint="rename one of them")
    return machines


def machine_of(source: str) -> MemoryMap | Firmware:
    """A shipped map, a file, or standard input for ``-``."""
    return read_machine(source, sys.stdin.buffer)
