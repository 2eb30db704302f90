# SPDX-License-Identifier: GPL-2.0-or-later
"""``matrix``: every combination against memory maps."""

from collections.abc import Iterator
from typing import Annotated, Any

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
    TimeoutOption,
    TopOption,
    TreeOption,
    WithOption,
    WithoutOption,
    parameters_of,
)
from explorer.commands.printing import print_line, show
from explorer.commands.trees import TreeOptions
from explorer.configuration import Deadline
from explorer.narrative.plurals import counted

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
    timeout: TimeoutOption = None,
    what_ifs: Annotated[  # noqa: FBT002 # typer's flag
        bool,
        typer.Option(
            "--what-ifs",
            help="Text: show the combinations that Kconfig cannot produce, too, and what would happen. With "
            "--config: which answers they need. JSON has them in any case.",
        ),
    ] = False,
    form: FormatOrMailOption = TextJsonOrMail.TEXT,
) -> None:
    """Show every combination of the four symbols against memory maps.

    First the verdict and the fix for each kernel. Then each combination that Kconfig can produce: whether the
    kernel is safe on each memory map, why not, and what is proven for every memory map there can be.
    Without --config a combination is reachable if any configuration has it. With --config the other answers
    are those of the file; --what-ifs shows the fewest answers to change for each row that it forbids.

    Exit 1 if a reachable combination is unsafe on a memory map, 2 if one is unknown: not modelled, or not
    decided in the time of --timeout.

    Example: kconfig-explorer matrix --kernel 4.17 -m nomap-mid -m flat

    Example: kconfig-explorer matrix --kernel 4.17 --set DEBUG_VM=y -m board.dtb

    Example: kconfig-explorer matrix --tree linux --format mail
    """
    deadline = Deadline.after(timeout)
    is_text = form is TextJsonOrMail.TEXT
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
        what_ifs=what_ifs or not is_text,
        prove=prove,
        deadline=deadline,
    )
    show(document, form, "matrix")
    if is_text:
        for hint in _hints(document, what_ifs=what_ifs):
            print_line(hint)
    unsafe = any(view["summary"]["unsafe"] for view in document["views"])
    summaries = [view["summary"] for view in document["views"]]
    unknown = any(summary["unknown"] or summary["undecided"] for summary in summaries)
    raise typer.Exit(1 if unsafe else 2 if unknown else 0)


def _hints(document: dict[str, Any], *, what_ifs: bool) -> Iterator[str]:
    """What other options show."""
    summaries = [view["summary"] for view in document["views"]]
    others = sum(each["combinations"] - each["reachable"] - each["undecided"] for each in summaries)
    if others and not what_ifs:
        yield f"unreachable and not shown: {counted(others, 'combination')}; --what-ifs shows them"
    if _has_unproven(document):
        yield "not proven for every memory map (-): --prove proves these rows"


def _has_unproven(document: dict[str, Any]) -> bool:
    """Whether nothing is proven of a reachable combination."""
    rows = (combination for view in document["views"] for combination in view["combinations"])
    return any(row["every_map"] and row["every_map"]["outcome"] == "unproven" for row in rows)
