# SPDX-License-Identifier: GPL-2.0-or-later
"""The options that commands share, and what their words mean.

An option is declared once, so that it reads the same in every command's help.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from explorer.boot import BootParameters, RamFill, parse_command_line
from explorer.commands.completion import changes, kernels, maps
from explorer.errors import Argument, InputError, encodable
from explorer.machine import (
    Firmware,
    MemoryMap,
    Region,
    all_shipped_maps,
    parse_memory_range,
    read_machine,
    read_this_machine,
)
from explorer.study.matrix import FOUR

__all__ = [
    "CONFIG_HELP",
    "DEFAULT_ARCH",
    "DEFAULT_KERNEL",
    "KERNELS_HELP",
    "KERNEL_HELP",
    "ArchOption",
    "CmdlineOption",
    "ConfigOption",
    "EnvOption",
    "FillOption",
    "FormatOption",
    "JobsOption",
    "KernelOption",
    "KernelsOption",
    "LoneKernelOption",
    "MapOption",
    "MapsOption",
    "MemoryOption",
    "ProveOption",
    "SeedOption",
    "SetsOption",
    "ShellOption",
    "SymbolsOption",
    "TextJsonOrMail",
    "TextOrJson",
    "ThisMachineOption",
    "TimeoutOption",
    "TopOption",
    "TreeOption",
    "WithOption",
    "WithoutOption",
    "banks_of",
    "check_filled_in",
    "machine_of",
    "machines_of",
    "option_of",
    "parameters_of",
    "settings_of",
    "settings_with_seed",
    "symbols_of",
    "words_of",
]

DEFAULT_KERNEL = "4.17"
DEFAULT_ARCH = "arm64"
_NAME = re.compile("[A-Za-z0-9_]+")
_SEED = re.compile(r"0[xX][0-9a-fA-F]{1,16}|0|[1-9][0-9]{0,19}")
_OPTIONS = {
    "allow_shell": "--allow-shell",
    "arch": "--arch",
    "command_line": "--cmdline",
    "config": "--config",
    "environment": "--env",
    "jobs": "--jobs",
    "kaslr_seed": "--kaslr-seed",
    "kernel": "--kernel",
    "machines": "--memory-map",
    "memory": "--memory",
    "names": "--symbol",
    "output": "--output",
    "ram_fill": "--ram-fill",
    "requested": "--requested",
    "scheduler": "--scheduler",
    "settings": "--set",
    "timeout": "--timeout",
    "top": "--top",
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


class TextJsonOrMail(StrEnum):
    """The forms of a result that is sent to mailing lists."""

    TEXT = "text"
    JSON = "json"
    MAIL = "mail"


KERNEL_HELP = "Kernel release, such as 4.17 or 5.11.14. Known: 4.10 to 7.2."
"""The help of ``--kernel``, to which a command adds its default."""
KERNELS_HELP = f"{KERNEL_HELP[:-1]}; may be given again."
"""The same where several may be given."""
CONFIG_HELP = "A .config, plain or gzip (- for standard input)"
"""The beginning of the help of ``--config``."""
_KERNEL_DEFAULT = f"Default: the release in the header of --config, else {DEFAULT_KERNEL}; a note says so."
_MAP_HELP = (
    "A shipped map (see the command maps), a .dtb or .dts, a boot log with memblock=debug or efi=debug, "
    "/proc/iomem, /sys/kernel/debug/memblock, JSON, or - for standard input"
)

KernelOption = Annotated[
    str | None,
    typer.Option(
        "--kernel",
        metavar="VERSION",
        help=f"{KERNEL_HELP} {_KERNEL_DEFAULT}",
        autocompletion=kernels,
    ),
]
LoneKernelOption = Annotated[
    str | None,
    typer.Option(
        "--kernel",
        metavar="VERSION",
        help=f"{KERNEL_HELP} Default: {DEFAULT_KERNEL}; a note says so.",
        autocompletion=kernels,
    ),
]
"""The same for commands without ``--config``."""
KernelsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--kernel",
        metavar="VERSION",
        help=f"{KERNELS_HELP} {_KERNEL_DEFAULT}",
        autocompletion=kernels,
    ),
]
TreeOption = Annotated[
    str | None,
    typer.Option(
        "--tree",
        metavar="DIR",
        help="A kernel checkout instead of a shipped fragment; its Makefile names the release. Or the source "
        "of U-Boot, barebox, Xen, coreboot or busybox; only its Kconfig is judged. Nothing in it is run: its "
        "compiler checks get the recorded answers of Debian's arm64 cross compiler.",
    ),
]
ArchOption = Annotated[
    str,
    typer.Option(
        "--arch",
        metavar="ARCH",
        help="Architecture of --tree, as ARCH of its make: arm64, x86_64, arm, riscv and so on. Only arm64 "
        "kernels are booted.",
    ),
]
TopOption = Annotated[
    str | None,
    typer.Option(
        "--top",
        metavar="FILE",
        help="The top Kconfig file of --tree, relative to it. Default: Kconfig, Config.in (busybox), "
        "src/Kconfig (coreboot) or xen/Kconfig (Xen).",
    ),
]
EnvOption = Annotated[
    list[str] | None,
    typer.Option(
        "--env",
        metavar="NAME=VALUE",
        help="The value of $(NAME) in the Kconfig files of --tree; may be given again. Variables of the top "
        "Makefile are set already.",
    ),
]
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
ConfigOption = Annotated[
    str | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help=f"{CONFIG_HELP}, which answers all prompts but those of the symbols under study. Default: any "
        "configuration.",
    ),
]
MapOption = Annotated[
    str | None,
    typer.Option("--memory-map", "-m", metavar="NAME|FILE", help=f"{_MAP_HELP}.", autocompletion=maps),
]
MapsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--memory-map",
        "-m",
        metavar="NAME|FILE",
        help=f"{_MAP_HELP}; may be given again. Default: all shipped maps.",
        autocompletion=maps,
    ),
]
MemoryOption = Annotated[
    list[str] | None,
    typer.Option(
        "--memory",
        metavar="BASE+SIZE",
        help="The memory that a boot loader writes into the device trees of -m, such as 0x40000000+2G; may "
        "be given again, once for each bank. It replaces their /memory. Default: what they hold.",
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
ProveOption = Annotated[
    bool,
    typer.Option(
        "--prove",
        help="Prove for every memory map what is not proven yet; takes seconds for each kernel and "
        "configuration, once. Default: show what is proven.",
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
CmdlineOption = Annotated[
    str | None,
    typer.Option(
        "--cmdline",
        metavar="TEXT",
        help="The kernel command line that the boot loader passes, such as 'page_owner=on mem=2G'. Default: "
        "that of the boot log or device tree of -m, else none. CONFIG_CMDLINE is added as kernels do.",
    ),
]
SeedOption = Annotated[
    str | None,
    typer.Option(
        "--kaslr-seed",
        metavar="NUMBER",
        help="kaslr-seed of /chosen, 64 bits, such as 0x00ff0123456789ab; 0 for none. Without a .config it "
        "sets RANDOMIZE_BASE=y, too. Default: that of the device tree of -m, else not known.",
    ),
]
TimeoutOption = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        help="Stop searching after so many seconds, such as 30 or 0.5; what is not decided then is unknown. "
        "Default: search until it is decided; only the search for the smallest answer ends after 30 seconds.",
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", "-j", metavar="N", min=1, help="Worker processes. Default: one for each CPU."),
]
FormatOption = Annotated[TextOrJson, typer.Option("--format", help="The format of the result.")]
FormatOrMailOption = Annotated[
    TextJsonOrMail,
    typer.Option(
        "--format",
        help="The format of the result. mail: plain text for a mailing list, 72 columns, at most 36 lines.",
    ),
]


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
        if _NAME.fullmatch(name) and not value:
            hint = f"write {option}{name[:80]}=y, or =n"
            raise InputError("a value is missing", where=f"{option}{name[:80]}", hint=hint)
        if not (name and equals and value):
            what = f"{word[:80]!r} is not SYMBOL=VALUE"
            raise InputError(what, where=where, hint=f"write {option}DEBUG_VM=y")
        if encodable(value) != value:
            raise InputError("its value is not UTF-8", where=f"{option}{name[:80]}", hint="write it in UTF-8")
        if settings.get(name, value) != value:
            what = f"{name} is set to {settings[name]} and {value}"
            raise InputError(what, where=where, hint="set it once")
        settings[name] = value
    return settings


def parameters_of(command_line: str | None, kaslr_seed: str | None) -> BootParameters:
    """The command line and the seed of the options; what is not given is unknown."""
    seed = None
    if kaslr_seed is not None:
        if not _SEED.fullmatch(kaslr_seed):
            hint = "write it as 0x and 1 to 16 hexadecimal digits, or as a decimal number"
            raise InputError(
                f"{kaslr_seed[:80]!r} is not a number of 64 bits", where="--kaslr-seed", hint=hint
            )
        seed = int(kaslr_seed, 0)
    if command_line is None:
        return BootParameters(kaslr_seed=seed)
    if encodable(command_line) != command_line:
        raise InputError("is not UTF-8", parameter="command_line", hint="write it in UTF-8")
    return parse_command_line(command_line, seed)


def settings_with_seed(settings: Mapping[str, str], parameters: BootParameters) -> dict[str, str]:
    """The settings; with a seed RANDOMIZE_BASE=y, unless they set it: other kernels do not read a seed."""
    return {**({"RANDOMIZE_BASE": "y"} if parameters.kaslr_seed else {}), **settings}


def words_of(parameters: BootParameters) -> list[str]:
    """The words of the command line that give a kernel command line and a seed, as far as they are known."""
    line, seed = parameters.command_line, parameters.kaslr_seed
    words = ["--cmdline", line] if line is not None else []
    return words + (["--kaslr-seed", hex(seed)] if seed is not None else [])


def machines_of(
    sources: Sequence[str] | None, memory: Sequence[str] | None = None, *, this: bool = False
) -> tuple[MemoryMap | Firmware, ...]:
    """This machine if requested, and the machines of ``-m``, each once; all shipped maps without any.

    Args:
        sources: ``--memory-map``.
        memory: ``--memory``.
        this: ``--this-machine``.
    """
    banks = banks_of(memory)
    if not (sources or this) and not banks:
        return all_shipped_maps()
    machines = tuple(
        read_machine(source, sys.stdin.buffer, memory=banks) for source in dict.fromkeys(sources or ())
    )
    check_filled_in(machines, banks)
    if this:
        machines = (read_this_machine(), *machines)
    names = [machine.name for machine in machines]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated:
        what = f"two maps have the name {repeated!r}"
        raise InputError(what, where="--memory-map", hint="rename one of them")
    return machines


def machine_of(source: str, memory: Sequence[str] | None = None) -> MemoryMap | Firmware:
    """A shipped map, a file, or standard input for ``-``; ``--memory`` is the memory of a device tree."""
    banks = banks_of(memory)
    machine = read_machine(source, sys.stdin.buffer, memory=banks)
    check_filled_in((machine,), banks)
    return machine


def banks_of(words: Sequence[str] | None) -> tuple[Region, ...]:
    """The banks of ``--memory``."""
    return tuple(parse_memory_range(word) for word in words or ())


def check_filled_in(machines: Sequence[MemoryMap | Firmware], banks: tuple[Region, ...]) -> None:
    """Checks that ``--memory`` is used by a device tree."""
    if banks and not any(isinstance(machine, Firmware) and machine.banks == banks for machine in machines):
        what = "gives the memory of a device tree, and no -m is one"
        raise InputError(what, where="--memory", hint="name a .dtb or .dts with -m, or leave it out")
