# SPDX-License-Identifier: GPL-2.0-or-later
"""``count``: the number of reachable combinations of many symbols."""

from typing import Annotated

import typer

from explorer.commands.options import (
    DEFAULT_ARCH,
    ArchOption,
    EnvOption,
    FormatOption,
    LoneKernelOption,
    SetsOption,
    ShellOption,
    TextOrJson,
    TimeoutOption,
    TopOption,
    TreeOption,
    settings_of,
)
from explorer.commands.printing import show
from explorer.commands.status_line import status_shown
from explorer.commands.trees import TreeOptions, chosen_kernels, tree_of
from explorer.configuration import Deadline, check_defined, count_combinations
from explorer.document.count import count_json
from explorer.study.matrix import FOUR

__all__ = ["count_command"]


def count_command(  # noqa: PLR0913, PLR0917 # the options of the command
    symbols: Annotated[list[str], typer.Argument(metavar="SYMBOL...", help="bool or tristate symbols.")],
    version: LoneKernelOption = None,
    folder: TreeOption = None,
    arch: ArchOption = DEFAULT_ARCH,
    top: TopOption = None,
    variables: EnvOption = None,
    allow_shell: ShellOption = False,  # noqa: FBT002 # typer's way to spell a switch
    sets: SetsOption = None,
    timeout: TimeoutOption = None,
    form: FormatOption = TextOrJson.TEXT,
) -> None:
    """Count the combinations of symbols that Kconfig can produce, without listing them.

    This works for more symbols than matrix can show. Other symbols may have any value, except those of --set.
    The count is exact: symbols without influence on each other are counted apart. A large group of symbols
    that depend on each other is counted by pyganak (pip install pyganak), for 5 minutes.

    Exit 0 counted, 2 not counted in the time of --timeout.

    Example: kconfig-explorer count --kernel 6.12 NUMA ZONE_DMA32 CMA
    """
    deadline = Deadline.after(timeout)
    where, settings = TreeOptions(folder, arch, top, variables, allow_shell), settings_of(sets)
    chosen = chosen_kernels((version,), where)
    tree = tree_of(where, chosen.release)
    check_defined((tree,), symbols, absent=FOUR)
    with status_shown("counting"):
        counted = count_combinations(tree, symbols, settings, deadline=deadline)
    chosen.show_note()
    show(count_json(counted, tree, settings), form, "count")
    raise typer.Exit(0 if counted.out_of_time is None else 2)
