# SPDX-License-Identifier: GPL-2.0-only
"""``explain``: can symbols have these values, and if not, why."""

from typing import Annotated

import typer

from explorer.commands.options import (
    DEFAULT_KERNEL,
    FormatOption,
    KernelOption,
    TextOrJson,
    TreeOption,
    settings_of,
    tree_of,
)
from explorer.commands.printing import show
from explorer.configuration import explain
from explorer.document import explained_json

__all__ = ["explain_command"]


def explain_command(
    wishes: Annotated[
        list[str], typer.Argument(metavar="SYMBOL=VALUE...", help="What you want, all at once.")
    ],
    version: KernelOption = DEFAULT_KERNEL,
    folder: TreeOption = None,
    form: FormatOption = TextOrJson.TEXT,
) -> None:
    """Say whether symbols can have these values, and how, or which lines of Kconfig forbid it.

    All the rest is free: the question is whether any configuration has them. Exit 0 reachable, 1 unreachable.

    Example: kconfig-explorer explain --kernel 4.17 NUMA=n HOLES_IN_ZONE=y
    """
    tree = tree_of(folder, version)
    found = explain(tree, settings_of(wishes))
    show(explained_json(found, tree), form, "explanation")
    raise typer.Exit(0 if found.reachable else 1)
