# SPDX-License-Identifier: GPL-2.0-or-later
"""``count``: the number of reachable combinations of many symbols."""

from typing import Annotated

import typer

from explorer.commands.options import (
    DEFAULT_ARCH,
    DEFAULT_KERNEL,
    ArchOption,
    EnvOption,
    FormatOption,
    KernelOption,
    SetsOption,
    ShellOption,
    TextOrJson,
    TopOption,
    TreeOption,
    TreeOptions,
    settings_of,
    tree_of,
)
from explorer.commands.printing import show
from explorer.configuration import count_combinations
from explorer.document.count import count_json

__all__ = ["count_command"]


def count_command(  # noqa: PLR0913, PLR0917 # the options of the command
    symbols: Annotated[list[str], typer.Argument(metavar="SYMBOL", help="bool or tristate symbols.")],
    version: KernelOption = DEFAULT_KERNEL,
    folder: TreeOption = None,
    arch: ArchOption = DEFAULT_ARCH,
    top: TopOption = None,
    variables: EnvOption = None,
    allow_shell: ShellOption = False,  # noqa: FBT002 # typer's way to spell a switch
    sets: SetsOption = None,
    form: FormatOption = TextOrJson.TEXT,
) -> None:
    """Count the combinations of symbols that Kconfig can produce, without listing them.

    This works for more symbols than matrix can show. Other symbols may have any value, except those of --set.
    The count is exact: symbols without influence on each other are counted apart. A large group of symbols
    that depend on each other is counted by pyganak (pip install pyganak), for 5 minutes.

    Example: kconfig-explorer count --kernel 6.12 NUMA ZONE_DMA ZONE_DMA32 CMA KSM MEMORY_HOTPLUG
    """
    tree, settings = (
        tree_of(TreeOptions(folder, arch, top, variables, allow_shell), version),
        settings_of(sets),
    )
    show(count_json(count_combinations(tree, symbols, settings), tree, settings), form, "count")
