# SPDX-License-Identifier: GPL-2.0-or-later
"""``diff``: two kernels, or one with a patch on top."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from explorer.boot import RamFill
from explorer.commands.command_words import running_command
from explorer.commands.completion import kernels
from explorer.commands.options import (
    DEFAULT_ARCH,
    ArchOption,
    CmdlineOption,
    EnvOption,
    FillOption,
    FormatOrMailOption,
    MapsOption,
    MemoryOption,
    SeedOption,
    SetsOption,
    ShellOption,
    SymbolsOption,
    TextJsonOrMail,
    TimeoutOption,
    TopOption,
    machines_of,
    parameters_of,
    settings_of,
    settings_with_seed,
    symbols_of,
)
from explorer.commands.printing import show
from explorer.commands.status_line import Tell, stages_shown
from explorer.commands.trees import TreeOptions, checkout, show_source_notes
from explorer.configuration import (
    Deadline,
    FilePatch,
    PatchedTree,
    Tree,
    check_defined,
    load_fragment,
    parse_patch,
    patched_tree,
)
from explorer.document.diff import difference_json
from explorer.errors import InputError
from explorer.files import read_bytes, shown_name
from explorer.study.kernel_comparison import ComparisonStage, Gate, compare_kernels
from explorer.study.matrix import FOUR
from explorer.version import KernelVersion

__all__ = ["diff_command"]

_MOST_BYTES = 64 << 20
_HINT = "give a unified diff, or a mail with one"


def diff_command(  # noqa: PLR0913, PLR0917 # the options of the command
    context: typer.Context,
    before: Annotated[
        str,
        typer.Argument(
            metavar="BEFORE",
            help="A kernel release such as 4.17, or a kernel checkout.",
            autocompletion=kernels,
        ),
    ],
    after: Annotated[
        str | None,
        typer.Argument(metavar="[AFTER]", help="Another one; not with --patch.", autocompletion=kernels),
    ] = None,
    patch: Annotated[
        str | None,
        typer.Option(
            "--patch",
            metavar="FILE",
            help="Compare BEFORE with itself after this patch: a unified diff, or a mail or mailbox as git "
            "format-patch and b4 am write them; - for standard input. BEFORE is not changed. A patch for the "
            "kernel's files needs a checkout, because a release is a single shipped file.",
        ),
    ] = None,
    arch: ArchOption = DEFAULT_ARCH,
    top: TopOption = None,
    variables: EnvOption = None,
    allow_shell: ShellOption = False,  # noqa: FBT002 # typer's way to spell a switch
    sets: SetsOption = None,
    maps: MapsOption = None,
    memory: MemoryOption = None,
    symbols: SymbolsOption = None,
    ram_fill: FillOption = RamFill.STALE,
    command_line: CmdlineOption = None,
    kaslr_seed: SeedOption = None,
    everything: Annotated[  # noqa: FBT002 # typer makes the flag of it
        bool,
        typer.Option(
            "--all",
            help="List every symbol whose definition differs. Default: those that the symbols under study or "
            "a boot depend on; the others are counted.",
        ),
    ] = False,
    timeout: TimeoutOption = None,
    form: FormatOrMailOption = TextJsonOrMail.TEXT,
) -> None:
    """Compare the Kconfig of two kernels, or of one with and without a patch, and the kernels that users get.

    The output lists the definitions that differ, combinations that became reachable or unreachable, constant
    symbols, and what users get: the same answers are given to both sides, and both results boot. Without
    --set this is done with defaults, and then with each memory model, DEBUG_VM=y, and each page size.

    Exit 1 if something safe became unsafe: on some memory map, answers that can be given before make a safe
    kernel, and the same answers, or a combination that both sides reach, make an unsafe kernel after. Unsafe
    combinations that were unreachable before are listed and do not count. Exit 2 could not judge: bad input,
    not decided in the time of --timeout, or an unknown verdict that could matter. Exit 0 otherwise. Trees of
    another architecture (--arch) or program are compared without boots, and give exit 0.

    Example: kconfig-explorer diff 4.17 4.19

    Example: b4 am -o - MSGID | kconfig-explorer diff linux --patch -
    """
    if (after is None) == (patch is None):
        raise InputError(
            "there is nothing to compare with" if patch is None else "AFTER and --patch are both given",
            where="diff",
            hint="give two kernels, or one and --patch FILE",
        )
    deadline = Deadline.after(timeout)
    parameters = parameters_of(command_line, kaslr_seed)
    machines, names = machines_of(maps, memory), symbols_of(symbols)
    settings = settings_with_seed(settings_of(sets), parameters)
    studied = [name for name in settings if name in names]
    if studied:
        raise InputError(
            f"{studied[0]} is under study: all of its values are compared", where="--set", hint="leave it out"
        )
    changes = _patch_of(patch)
    load = partial(checkout, options=TreeOptions(None, arch, top, variables, allow_shell))
    tree = _kernel_of(before, load)
    patched = None if patch is None else _patched(tree, changes, _name(patch))
    other = patched.tree if patched else _kernel_of(after or "", load)
    check_defined((tree, other), symbols or (), absent=FOUR, parameter="names")
    for shown in (tree, other):
        show_source_notes(shown)
    with stages_shown() as tell:
        comparison = compare_kernels(
            tree,
            other,
            machines,
            names=names if symbols else None,
            settings=settings,
            ram_fill=ram_fill,
            parameters=parameters,
            everything=everything,
            told=partial(_tell, tell),
            deadline=deadline,
        )
    document: dict[str, Any] = difference_json(comparison, patched, _name(patch))
    show(document, form, "diff", running_command(context))
    raise typer.Exit(
        {Gate.PASSED: 0, Gate.FAILED: 1, Gate.UNKNOWN: 2, Gate.NOT_SIMULATED: 0}[comparison.gate]
    )


def _patched(tree: Tree, changes: tuple[FilePatch, ...], name: str) -> PatchedTree:
    """The tree with a patch; shows on a terminal that it is read."""
    with stages_shown() as tell:
        tell(f"reading {tree.label} with {name}")
        return patched_tree(tree, changes)


def _tell(tell: Tell, stage: ComparisonStage, number: int, count: int) -> None:
    """Shows the stage of a comparison."""
    tell(f"{stage}, {number} of {count}" if count > 1 else str(stage))


def _kernel_of(word: str, load: Callable[[Path], Tree]) -> Tree:
    """The tree of a release or a checkout; a folder with a Kconfig is a checkout."""
    folder = Path(word)
    if not (folder / "Kconfig").is_file() and "/" not in word and word[:1].isdigit():
        return load_fragment(KernelVersion.parse(word))
    if not folder.is_dir():
        hint = "write 4.17, or name a kernel checkout"
        raise InputError("is neither a kernel release nor a folder", where=word, hint=hint)
    return load(folder)


def _patch_of(source: str | None) -> tuple[FilePatch, ...]:
    if source is None:
        return ()
    data = read_bytes(source, sys.stdin.buffer, most=_MOST_BYTES, hint=_HINT)
    if data is None:
        raise InputError("no such file", where=source, hint=_HINT)
    if len(data) > _MOST_BYTES:
        raise InputError(f"is larger than {_MOST_BYTES >> 20} MiB", where=_name(source), hint="give less")
    return parse_patch(data, _name(source))


def _name(source: str | None) -> str:
    return "standard input" if source == "-" else shown_name(Path(source or "").name)
