# SPDX-License-Identifier: GPL-2.0-or-later
"""``matrix``: every combination against memory maps."""

from typing import Any

import typer

from explorer.boot import RamFill
from explorer.commands.matrix_document import studied_document
from explorer.commands.options import (
    DEFAULT_ARCH,
    ArchOption,
    CmdlineOption,
    ConfigOption,
    EnvOption,
    FillOption,
    FormatOrMailOption,
    KernelsOption,
    MapsOption,
    MemoryOption,
    ProveOption,
    SeedOption,
    SetsOption,
    ShellOption,
    SymbolsOption,
    TextJsonOrMail,
    ThisMachineOption,
    TopOption,
    TreeOption,
    WithOption,
    WithoutOption,
    parameters_of,
)
from explorer.commands.printing import show
from explorer.commands.trees import TreeOptions

__all__ = ["matrix_command"]


def matrix_command(  # noqa: PLR0913, PLR0917 # the options of the command
    kernels: KernelsOption = None,
    folder: TreeOption = None,
    arch: ArchOption = DEFAULT_ARCH,
    top: TopOption = None,
    variables: EnvOption = None,
    allow_shell: ShellOption = False,  # noqa: FBT002 # typer's way to spell a switch
    sets: SetsOption = None,
    maps: MapsOption = None,
    memory: MemoryOption = None,
    this: ThisMachineOption = False,  # noqa: FBT002 # typer's flag
    symbols: SymbolsOption = None,
    config: ConfigOption = None,
    with_fixes: WithOption = None,
    without_fixes: WithoutOption = None,
    ram_fill: FillOption = RamFill.STALE,
    command_line: CmdlineOption = None,
    kaslr_seed: SeedOption = None,
    prove: ProveOption = False,  # noqa: FBT002 # typer's flag
    form: FormatOrMailOption = TextJsonOrMail.TEXT,
) -> None:
    """Show every combination of the four symbols against memory maps.

    For each combination: whether Kconfig can produce it, whether the kernel is safe on each memory map, and
    what is proven for every memory map there can be.
    Without --config a combination is reachable if any configuration has it. With --config the other answers
    are those of the file, and a row that only the file forbids shows the fewest answers to change.

    Exit 1 if a reachable combination is unsafe on a memory map, 2 if one is unknown.

    Example: kconfig-explorer matrix --kernel 4.17 -m nomap-mid -m flat

    Example: kconfig-explorer matrix --kernel 4.17 --set DEBUG_VM=y -m board.dtb

    Example: kconfig-explorer matrix --tree linux --format mail
    """
    document = studied_document(
        "matrix --format json" if form is TextJsonOrMail.JSON else "matrix",
        kernels,
        TreeOptions(folder, arch, top, variables, allow_shell),
        sets,
        maps,
        symbols,
        ram_fill,
        parameters_of(command_line, kaslr_seed),
        with_fixes=with_fixes or (),
        without_fixes=without_fixes or (),
        memory=memory,
        this=this,
        config=config,
        details=form is not TextJsonOrMail.TEXT,
        prove=prove,
    )
    show(document, form, "matrix")
    if form is TextJsonOrMail.TEXT and _has_unproven(document):
        typer.echo("not proven for every memory map (-): --prove proves these rows")
    unsafe = any(view["summary"]["unsafe"] for view in document["views"])
    summaries = [view["summary"] for view in document["views"]]
    unknown = any(summary["unknown"] or summary["undecided"] for summary in summaries)
    raise typer.Exit(1 if unsafe else 2 if unknown else 0)


def _has_unproven(document: dict[str, Any]) -> bool:
    """Whether nothing is proven of a reachable combination."""
    rows = (combination for view in document["views"] for combination in view["combinations"])
    return any(row["every_map"] and row["every_map"]["outcome"] == "unproven" for row in rows)
