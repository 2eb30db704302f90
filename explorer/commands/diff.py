# SPDX-License-Identifier: GPL-2.0-only
"""``diff``: two kernels, or one with a patch on top."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from explorer.boot import RamFill
from explorer.commands.completion import kernels
from explorer.commands.options import (
    DEFAULT_ARCH,
    FillOption,
    FormatOption,
    MapsOption,
    SetsOption,
    ShellOption,
    SymbolsOption,
    TextOrJson,
    checkout,
    machines_of,
    settings_of,
    symbols_of,
)
from explorer.commands.printing import progress, show
from explorer.configuration import (
    FilePatch,
    Tree,
    load_fragment,
    parse_patch,
    patched_tree,
)
from explorer.document.diff import difference_json
from explorer.errors import InputError
from explorer.files import read_bytes
from explorer.study.kernel_comparison import Gate, compare_kernels
from explorer.version import KernelVersion

__all__ = ["diff_command"]

_MOST_BYTES = 64 << 20
_HINT = "give a unified diff, or a mail with one"


def diff_command(  # noqa: PLR0913, PLR0917 # the options of the command
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
        typer.Argument(metavar="[AFTER]", help="Another; leave it out with --patch.", autocompletion=kernels),
    ] = None,
    patch: Annotated[
        str | None,
        typer.Option(
            "--patch",
            metavar="FILE",
            help="Compare BEFORE with itself after this patch: a unified diff, or a mail or mailbox as git "
            "format-patch and b4 am write them; - for standard input. BEFORE is not touched. A patch for the "
            "kernel's files wants a checkout; a release is our fragment, kconfig/4.16-4.18/Kconfig.",
        ),
    ] = None,
    allow_shell: ShellOption = False,  # noqa: FBT002 # typer's way to spell a switch
    sets: SetsOption = None,
    maps: MapsOption = None,
    symbols: SymbolsOption = None,
    ram_fill: FillOption = RamFill.STALE,
    everything: Annotated[  # noqa: FBT002 # typer makes the flag of it
        bool,
        typer.Option(
            "--all",
            help="Tell every symbol whose definition differs. Default: those that decide the symbols under "
            "study, and those that a boot asks for; the rest is counted.",
        ),
    ] = False,
    form: FormatOption = TextOrJson.TEXT,
) -> None:
    """Say what changes between two kernels' Kconfig, or what a patch changes, and who dies of it.

    First the definitions that differ, then combinations that became reachable or unreachable, then forced
    facts, then what users get: the same answers to the prompts are given to both sides, and both boot.
    Without --set this is done with defaults, and then with each memory model, DEBUG_VM=y, and each page size.

    Exit 1 when something safe became unsafe: on some memory map, answers that can be given before make a
    kernel that is safe, and the same answers, or a combination that both sides reach, make one that is unsafe
    after. Configurations that nobody could have before and that are unsafe are told, but do not count. Exit 2
    could not judge: bad input, or an unknown verdict where it would matter. Exit 0 otherwise.

    Examples: kconfig-explorer diff 4.17 4.19;  b4 am -o - MSGID | kconfig-explorer diff linux/ --patch -
    """
    if (after is None) == (patch is None):
        raise InputError(
            "there is nothing to compare with" if patch is None else "AFTER and --patch are both given",
            where="compare_kernels",
            hint="give two kernels, or one and --patch FILE",
        )
    machines, settings, names = machines_of(maps), settings_of(sets), symbols_of(symbols)
    studied = [name for name in settings if name in names]
    if studied:
        raise InputError(
            f"{studied[0]} is under study: all of its values are compared", where="--set", hint="leave it out"
        )
    changes = _patch_of(patch)
    load = partial(checkout, arch=DEFAULT_ARCH, allow_shell=allow_shell)
    tree = _kernel_of(before, load)
    patched = patched_tree(tree, changes) if after is None else None
    found = compare_kernels(
        tree,
        patched.tree if patched else _kernel_of(after or "", load),
        machines,
        names=names,
        settings=settings,
        ram_fill=ram_fill,
        everything=everything,
        watched=progress("booting"),
    )
    told: dict[str, Any] = difference_json(found, patched, _name(patch))
    show(told, form, "diff")
    raise typer.Exit({Gate.PASSED: 0, Gate.FAILED: 1, Gate.UNKNOWN: 2}[found.gate])


def _kernel_of(word: str, load: Callable[[Path], Tree]) -> Tree:
    """A release or a checkout; a folder with a Kconfig is no release."""
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
    return "standard input" if source == "-" else Path(source or "").name
