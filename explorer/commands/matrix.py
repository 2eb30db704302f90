# SPDX-License-Identifier: GPL-2.0-only
"""``matrix``: every combination against memory maps."""

from typing import Annotated

import typer

from explorer.boot import RamFill
from explorer.commands.matrix_document import studied_document
from explorer.commands.options import (
    DEFAULT_ARCH,
    DEFAULT_KERNEL,
    ArchOption,
    FillOption,
    FormatOption,
    KernelsOption,
    MapsOption,
    SetsOption,
    ShellOption,
    SymbolsOption,
    TextOrJson,
    ThisMachineOption,
    TreeOption,
    WithOption,
    WithoutOption,
)
from explorer.commands.printing import show

__all__ = ["matrix_command"]


def matrix_command(  # noqa: PLR0913, PLR0917 # the options of the command
    kernels: KernelsOption = [DEFAULT_KERNEL],  # noqa: B006 # typer copies defaults
    folder: TreeOption = None,
    arch: ArchOption = DEFAULT_ARCH,
    allow_shell: ShellOption = False,  # noqa: FBT002 # typer's way to spell a switch
    sets: SetsOption = None,
    maps: MapsOption = None,
    this: ThisMachineOption = False,  # noqa: FBT002 # typer's flag
    symbols: SymbolsOption = None,
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="A .config (- for standard input) that fixes the rest: all prompts but those of the symbols "
            "under study are answered as it says. Default: the rest is free.",
        ),
    ] = None,
    with_fixes: WithOption = None,
    without_fixes: WithoutOption = None,
    ram_fill: FillOption = RamFill.STALE,
    form: FormatOption = TextOrJson.TEXT,
) -> None:
    """Show every combination of the four symbols against memory maps.

    For each combination: whether Kconfig can produce it, and whether the kernel survives on each map.
    Without --config the rest of the configuration is free: a row counts as reachable when any configuration
    has it. With --config the rest is as in that file, and what it forbids comes with the fewest answers of it
    to change.
    Exit 1 when a combination that Kconfig can produce is unsafe on some map, 2 when one is unknown.

    Example: kconfig-explorer matrix --kernel 4.17 --set DEBUG_VM=y -m nomap-mid -m board.dtb
    """
    found = studied_document(
        "matrix --format json",
        kernels,
        (folder, arch, allow_shell),
        sets,
        maps,
        symbols,
        ram_fill,
        with_fixes=with_fixes or (),
        without_fixes=without_fixes or (),
        this=this,
        config=config,
        details=form is TextOrJson.JSON,
    )
    show(found, form, "matrix")
    unsafe = any(view["summary"]["unsafe"] for view in found["views"])
    unknown = any(view["summary"]["unknown"] for view in found["views"])
    raise typer.Exit(1 if unsafe else 2 if unknown else 0)
