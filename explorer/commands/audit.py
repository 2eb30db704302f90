# SPDX-License-Identifier: GPL-2.0-or-later
"""``audit``: the pfn walkers of a kernel tree, found in its C, and how each is guarded."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from explorer.audit.comparison import WalkerChangeKind
from explorer.commands.options import DEFAULT_ARCH, ArchOption, TextOrJson
from explorer.commands.printing import print_json, print_line, print_text, progress, show
from explorer.commands.trees import TreeOptions, checkout
from explorer.document.audit import audit_json
from explorer.errors import InputError
from explorer.files import shown_name
from explorer.formats.audit_results import sarif_audit
from explorer.narrative.plurals import counted
from explorer.study.kernel_audit import AuditedTree, audited_tree

__all__ = ["audit_command", "audit_of"]


class _AuditFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def audit_command(  # noqa: PLR0913, PLR0917 # the options of the command
    audited: Annotated[str, typer.Argument(metavar="TREE", help="The kernel tree.")],
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Files and folders of the tree. Default: mm, arch/ARCH/mm, fs/proc, kernel/power, "
            "drivers/base and include/linux.",
        ),
    ] = None,
    arch: ArchOption = DEFAULT_ARCH,
    audited_before: Annotated[
        str | None,
        typer.Option(
            "--compare",
            metavar="OTHER_TREE",
            help="Show what changed from this tree: walkers that appeared, vanished, gained or lost a guard. "
            "Exit code 1 if one lost its guard, 2 if one could not be read again.",
        ),
    ] = None,
    shows_all: Annotated[  # noqa: FBT002 # typer's way to spell a switch
        bool, typer.Option("--all", help="Show every walker, and the calls that lead to it.")
    ] = False,
    form: Annotated[_AuditFormat, typer.Option("--format", help="The format.")] = _AuditFormat.TEXT,
) -> None:
    """List the functions of a kernel's C that step over page frames, and the guard before the first read.

    The C is parsed, not compiled. The Kconfig of the tree says which walkers some configuration compiles, and
    whether it can produce the value with which a guard guards nothing.

    Example: kconfig-explorer audit linux

    Example: kconfig-explorer audit linux mm/compaction.c --compare linux-before
    """
    audit = audit_of(audited, arch, paths or ())
    before = None if audited_before is None else audit_of(audited_before, arch, paths or ())
    document = audit_json(audit, before)
    if form is _AuditFormat.JSON:
        print_json(document)
    elif form is _AuditFormat.SARIF:
        print_text(sarif_audit(document))
    else:
        show(document, TextOrJson.TEXT, "audit", shows_all=shows_all)
        if not shows_all:
            print_line("--all shows every walker, and the calls that lead to it")
    changes = document["compared"]["changes"] if document["compared"] else ()
    if any(change["kind"] == WalkerChangeKind.LOST_GUARD for change in changes):
        raise typer.Exit(1)
    unread = [change["before"] for change in changes if change["kind"] == WalkerChangeKind.NOT_READ]
    if unread:
        what = f"{counted(len(unread), 'walker')} could not be read again: a lost guard would not be seen"
        raise InputError(what, where=f"{unread[0]['file']}: {unread[0]['name']}()")


def audit_of(folder: str, arch: str, paths: Sequence[str] = ()) -> AuditedTree:
    """The audit of a kernel tree; shows the progress."""
    return audited_tree(
        folder,
        lambda: checkout(folder, TreeOptions(folder, arch)),
        paths=paths,
        arch=arch,
        watched=progress(f"reading {shown_name(folder)}"),
    )
