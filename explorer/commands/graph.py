# SPDX-License-Identifier: GPL-2.0-only
"""``graph``: the dependency graph in a form for other tools."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from explorer.commands.options import (
    DEFAULT_ARCH,
    DEFAULT_KERNEL,
    ArchOption,
    KernelOption,
    ShellOption,
    TreeOption,
    tree_of,
)

__all__ = ["graph_command"]


class _GraphFormat(StrEnum):
    DOT = "dot"
    GRAPHML = "graphml"
    JSON = "json"
    MERMAID = "mermaid"


def graph_command(  # noqa: PLR0913, PLR0917 # the options of the command
    version: KernelOption = DEFAULT_KERNEL,
    folder: TreeOption = None,
    arch: ArchOption = DEFAULT_ARCH,
    allow_shell: ShellOption = False,  # noqa: FBT002 # typer's way to spell a switch
    symbols: Annotated[
        list[str] | None,
        typer.Option("--symbol", metavar="SYMBOL", help="Only these and what decides them; give it again."),
    ] = None,
    form: Annotated[_GraphFormat, typer.Option("--format", help="How to write it.")] = _GraphFormat.DOT,
) -> None:
    """Write the dependency graph: who depends on, selects, implies or gives defaults to whom, and where.

    Example: kconfig-explorer graph --kernel 4.17 --symbol HOLES_IN_ZONE | dot -Tsvg > holes.svg
    """
    from explorer.configuration.queries.dependency_graph import (  # noqa: PLC0415 # networkx is for this command alone
        graph_of,
        subgraph_of,
        write_graph,
    )

    whole = graph_of(tree_of(folder, version, arch, allow_shell=allow_shell))
    sys.stdout.write(write_graph(subgraph_of(whole, symbols) if symbols else whole, form))
