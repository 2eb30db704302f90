# SPDX-License-Identifier: GPL-2.0-or-later
"""``graph``: the dependency graph in the formats of other tools."""

from enum import StrEnum
from typing import Annotated

import typer

from explorer.commands.options import (
    DEFAULT_ARCH,
    ArchOption,
    EnvOption,
    LoneKernelOption,
    ShellOption,
    TopOption,
    TreeOption,
)
from explorer.commands.status_line import status_shown
from explorer.commands.trees import TreeOptions, chosen_kernels, tree_of
from explorer.configuration.queries.dependency_graph import graph_of
from explorer.formats.graph import write_graph
from explorer.output_files import output_of

__all__ = ["graph_command"]


class _GraphFormat(StrEnum):
    DOT = "dot"
    GRAPHML = "graphml"
    JSON = "json"
    MERMAID = "mermaid"


def graph_command(  # noqa: PLR0913, PLR0917 # the options of the command
    version: LoneKernelOption = None,
    folder: TreeOption = None,
    arch: ArchOption = DEFAULT_ARCH,
    top: TopOption = None,
    variables: EnvOption = None,
    allow_shell: ShellOption = False,  # noqa: FBT002 # typer's way to spell a switch
    symbols: Annotated[
        list[str] | None,
        typer.Option(
            "--symbol",
            metavar="SYMBOL",
            help="Only these symbols and those that decide them; may be given again.",
        ),
    ] = None,
    form: Annotated[
        _GraphFormat, typer.Option("--format", help="The format of the graph.")
    ] = _GraphFormat.DOT,
) -> None:
    """Write the dependency graph: dependencies, selects, implies and defaults, with their lines.

    Example: kconfig-explorer graph --kernel 4.17 --symbol NUMA

    Example: kconfig-explorer graph --tree linux --symbol NUMA | dot -Tsvg > numa.svg
    """
    where = TreeOptions(folder, arch, top, variables, allow_shell)
    chosen = chosen_kernels((version,), where)
    tree = tree_of(where, chosen.release)
    with status_shown("writing the graph"):
        graph = write_graph(graph_of(tree, symbols or ()), form)
    chosen.show_note()
    with output_of(None) as output:
        output.write(graph)
