# SPDX-License-Identifier: GPL-2.0-or-later
"""``report``: the matrix as a page."""

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from explorer.boot import NO_PARAMETERS, BootParameters, RamFill
from explorer.commands.command_words import shell_words
from explorer.commands.completion import kernels as known_kernels
from explorer.commands.matrix_document import studied_document
from explorer.commands.options import (
    DEFAULT_ARCH,
    KERNELS_HELP,
    ArchOption,
    CmdlineOption,
    ConfigOption,
    EnvOption,
    FillOption,
    MapsOption,
    MemoryOption,
    ProveOption,
    SeedOption,
    SetsOption,
    ShellOption,
    SymbolsOption,
    TimeoutOption,
    TopOption,
    TreeOption,
    parameters_of,
    words_of,
)
from explorer.commands.printing import say
from explorer.commands.status_line import status_shown
from explorer.commands.trees import TreeOptions
from explorer.configuration import Deadline
from explorer.document.compared import compared_json, read_document
from explorer.errors import InputError
from explorer.files import shown_name
from explorer.machine import all_shipped_maps
from explorer.output_files import output_of
from explorer.process.guarded_text import guarded
from explorer.resources import PROGRAM

_OTHER_FILES = {
    ".pdf": "write report.html, open it in a browser and print it into a PDF file",
    ".json": "matrix --format json prints the data",
}
"""What to do instead, by the suffix of a file that is no page."""
CompareOption = Annotated[
    str | None,
    typer.Option(
        "--compare",
        metavar="FILE",
        help="An older document to compare with: the output of matrix --format json, or a file that the data "
        "link of a report saved. The page marks the cells that changed.",
    ),
]
AuditOption = Annotated[
    list[str] | None,
    typer.Option(
        "--audit",
        metavar="TREE",
        help="Add the audit of this kernel tree's C as a section: its pfn walkers with file, line and guard. "
        "Repeatable: each tree is compared with the one before. Needs the extra audit.",
    ),
]

__all__ = ["REPORT_KERNELS", "report_command", "simulate_command_line"]

REPORT_KERNELS = ["4.17", "4.19", "5.10", "5.15", "5.15.135", "6.1", "6.6", "6.12", "6.18", "7.2"]
"""The kernels of the thread of 2018, the long-term kernels of November 2026 and mainline."""


def report_command(  # noqa: PLR0913, PLR0917 # the options of the command
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The HTML file to write; - for standard output.",
        ),
    ],
    kernels: Annotated[
        list[str] | None,
        typer.Option(
            "--kernel",
            metavar="VERSION",
            help=f"{KERNELS_HELP} Default: {', '.join(REPORT_KERNELS)}; with --config the release in its "
            "header.",
            autocompletion=known_kernels,
        ),
    ] = None,
    folder: TreeOption = None,
    arch: ArchOption = DEFAULT_ARCH,
    top: TopOption = None,
    variables: EnvOption = None,
    allow_shell: ShellOption = False,  # noqa: FBT002 # typer's way to spell a switch
    sets: SetsOption = None,
    maps: MapsOption = None,
    memory: MemoryOption = None,
    symbols: SymbolsOption = None,
    config: ConfigOption = None,
    ram_fill: FillOption = RamFill.STALE,
    command_line: CmdlineOption = None,
    kaslr_seed: SeedOption = None,
    compare: CompareOption = None,
    audits: AuditOption = None,
    prove: ProveOption = False,  # noqa: FBT002 # typer's way to spell a switch
    timeout: TimeoutOption = None,
) -> None:
    """Write the matrix as one self-contained HTML page, readable offline and without scripts.

    Each kernel is shown with every page size, memory model and value of DEBUG_VM that --set leaves open.

    Exit 0 written, 2 if it says that something was not decided in the time of --timeout.

    Example: kconfig-explorer report --kernel 4.17 --kernel 4.19 -o report.html

    Example: kconfig-explorer report -c .config -m board.dtb -o report.html

    Example: kconfig-explorer report --tree linux --audit linux -o report.html
    """
    from explorer.report import render  # noqa: PLC0415 # only this command needs jinja2

    _check_output(output)
    deadline = Deadline.after(timeout)
    if kernels is None and config is None:
        kernels = REPORT_KERNELS
    older = None if compare is None else read_document(compare, sys.stdin.buffer)
    where = TreeOptions(folder, arch, top, variables, allow_shell)
    audited = _audited(audits or (), arch)
    more = [("--compare", compare)] if compare else []
    more += [("--audit", tree) for tree in audits or ()]
    command = shell_words(["report", "-o", "report.html", *chain.from_iterable(more)])
    parameters = parameters_of(command_line, kaslr_seed)
    document = studied_document(
        *(command, kernels, where, sets, maps, symbols, ram_fill, parameters),
        memory=memory,
        varied=config is None,
        config=config,
        prove=prove,
        deadline=deadline,
    )
    if older is not None and compare is not None:
        document["compared"] = compared_json(older, document, shown_name(compare))
    if audited:
        document["audits"] = audited
    again = partial(
        simulate_command_line,
        ram_fill=ram_fill,
        parameters=parameters,
        memory=memory,
        where=where,
        config=config,
    )
    with status_shown("writing the page"):
        page = guarded(render(document, again))
    with output_of(output) as file:
        file.write(page)
    if output != "-":
        say(f"wrote {output} ({len(page.encode()) >> 10} KiB)")
    if is_late := any(
        view["summary"]["out_of_time"] or view["variants_out_of_time"] for view in document["views"]
    ):
        say(f"note: not decided in {timeout:g} s: the page says what is unknown")
    raise typer.Exit(2 if is_late else 0)


def _audited(trees: Sequence[str], arch: str) -> list[dict[str, Any]]:
    """The audits of some trees, each with the changes from the one before."""
    if not trees:
        return []
    from explorer.commands.audit import audit_of  # noqa: PLC0415 # only --audit needs the parser of C
    from explorer.document.audit import audit_json  # noqa: PLC0415 # as above

    audits = [audit_of(tree, arch) for tree in trees]
    return [audit_json(audit, older) for audit, older in zip(audits, [None, *audits[:-1]], strict=True)]


def _check_output(output: str) -> None:
    """Refuse the name of a file that is no page, before the work begins."""
    hint = _OTHER_FILES.get(Path(output).suffix.lower())
    if hint:
        raise InputError("the page is HTML", where=f"--output {output[:80]}", hint=hint)


def simulate_command_line(  # noqa: PLR0913 # what a boot depends on
    kernel: str,
    settings: Mapping[str, str],
    memory_map: str,
    *,
    ram_fill: RamFill = RamFill.STALE,
    parameters: BootParameters = NO_PARAMETERS,
    memory: Sequence[str] | None = None,
    where: TreeOptions | None = None,
    config: str | None = None,
) -> str:
    """The command that simulates a kernel with some settings and boot parameters on a memory map.

    Args:
        kernel: the release; with a checkout unused.
        settings: values of symbols.
        memory_map: its name.
        ram_fill: ``--ram-fill``.
        parameters: ``--cmdline`` and ``--kaslr-seed``.
        memory: ``--memory``.
        where: ``--tree`` and what is said of it.
        config: ``--config``.
    """
    shipped = memory_map in {item.name for item in all_shipped_maps()}
    banks = [] if shipped else [word for bank in memory or () for word in ("--memory", bank)]
    sets = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    origin = ["--kernel", kernel]
    if where is not None and where.folder is not None:
        origin = ["--tree", where.folder, *where.words]
    file = [] if config is None else ["--config", config]
    fill = [] if ram_fill is RamFill.STALE else ["--ram-fill", str(ram_fill)]
    machine = ["-m", memory_map, *banks]
    return shell_words([PROGRAM, "simulate", *origin, *file, *sets, *machine, *fill, *words_of(parameters)])
