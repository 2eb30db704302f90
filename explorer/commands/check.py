# SPDX-License-Identifier: GPL-2.0-only
"""``check``: a real ``.config`` judged."""

import sys
from typing import Annotated

import typer

from explorer.boot import RamFill
from explorer.check import check
from explorer.commands.options import (
    DEFAULT_ARCH,
    ArchOption,
    FillOption,
    FormatOption,
    MapsOption,
    ShellOption,
    TextOrJson,
    TreeOption,
    bootable,
    checkout,
    machines_of,
)
from explorer.commands.printing import show
from explorer.configuration import read_config
from explorer.document import checked_json
from explorer.version import KernelVersion

__all__ = ["check_command"]


def check_command(  # noqa: PLR0913, PLR0917 # the options of the command
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="A .config, plain or gzip; - for standard input.")
    ],
    version: Annotated[
        str | None,
        typer.Option("--kernel", metavar="VERSION", help="Kernel release; default: the file's header."),
    ] = None,
    folder: TreeOption = None,
    arch: ArchOption = DEFAULT_ARCH,
    allow_shell: ShellOption = False,  # noqa: FBT002 # typer's way to spell a switch
    maps: MapsOption = None,
    ram_fill: FillOption = RamFill.STALE,
    form: FormatOption = TextOrJson.TEXT,
) -> None:
    """Judge a real .config: would Kconfig keep it, and does its kernel survive on these machines?

    Exit 0 safe, 1 findings, 2 could not judge.

    Example: zcat /proc/config.gz | kconfig-explorer check - -m machine.dtb
    """
    release = None if version is None else KernelVersion.parse(version)
    bootable(arch)
    tree = checkout(folder, arch, allow_shell=allow_shell) if folder else None
    given = read_config(config, sys.stdin.buffer)
    checked = check(given, machines_of(maps), version=release, tree=tree, ram_fill=ram_fill)
    show(checked_json(checked), form, "check")
    raise typer.Exit(2 if checked.verdict == "unknown" else 1 if checked.findings else 0)
