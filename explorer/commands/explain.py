# SPDX-License-Identifier: GPL-2.0-only
"""``explain``: can symbols have these values; if not, why; and what must change for it."""

import sys
from typing import Annotated

import typer

from explorer.commands.options import (
    DEFAULT_ARCH,
    DEFAULT_KERNEL,
    ArchOption,
    FormatOption,
    KernelOption,
    ShellOption,
    TextOrJson,
    TreeOption,
    settings_of,
    tree_of,
)
from explorer.commands.printing import show
from explorer.configuration import explain, read_config
from explorer.document.explanation import explained_json

__all__ = ["explain_command"]


def explain_command(  # noqa: PLR0913, PLR0917 # the options of the command
    wishes: Annotated[list[str], typer.Argument(metavar="SYMBOL=VALUE", help="What you want, all at once.")],
    version: KernelOption = DEFAULT_KERNEL,
    folder: TreeOption = None,
    arch: ArchOption = DEFAULT_ARCH,
    allow_shell: ShellOption = False,  # noqa: FBT002 # typer's way to spell a switch
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="A .config or fragment (- for standard input): say which of its answers must change, the "
            "fewest that do.",
        ),
    ] = None,
    form: FormatOption = TextOrJson.TEXT,
) -> None:
    """Say whether symbols can have these values, and how, or which lines of Kconfig forbid it.

    All the rest is free: the question is whether any configuration has them. With --config the fewest answers
    of that file to change are named as well, each set tried on Kconfig before it is shown.
    Exit 0 reachable, 1 unreachable.

    Example: kconfig-explorer explain --kernel 4.17 NUMA=n HOLES_IN_ZONE=y

    Example: kconfig-explorer explain --tree linux -c .config KASAN_HW_TAGS=y
    """
    tree = tree_of(folder, version, arch, allow_shell=allow_shell)
    given = None if config is None else read_config(config, sys.stdin.buffer)
    found = explain(tree, settings_of(wishes), None if given is None else given.values)
    show(explained_json(found, tree, given), form, "explanation")
    raise typer.Exit(0 if found.combination.reachable else 1)
