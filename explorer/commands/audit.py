# SPDX-License-Identifier: GPL-2.0-or-later
"""``audit``: the pfn walkers of a kernel tree, found in its C, and how each is guarded."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from explorer.audit.c_files import folders_of
from explorer.audit.comparison import WalkerChange, WalkerChangeKind, changes_between
from explorer.audit.simulator_check import RecordCheck, held_against_simulator
from explorer.audit.tree_audit import TreeAudit, audit_tree
from explorer.boot import is_described
from explorer.commands.options import DEFAULT_ARCH, ArchOption, TextOrJson
from explorer.commands.printing import print_json, print_line, print_text, progress, show
from explorer.commands.trees import TreeOptions, checkout
from explorer.configuration import Tree
from explorer.configuration.files.sources import Sources
from explorer.document.audit import audit_json
from explorer.errors import InputError
from explorer.files import shown_name
from explorer.formats.audit_results import sarif_audit
from explorer.study.tree_kernel import kernel_of_tree

__all__ = ["audit_command"]


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
            "Exit code 1 if one lost its guard.",
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
    chosen = paths or folders_of(arch)
    tree, kconfig = _kconfig(audited, arch)
    audit = _audit(audited, tree, chosen, named=paths is not None)
    changes: list[WalkerChange] = []
    compared = None
    if audited_before is not None:
        before = _audit(audited_before, _kconfig(audited_before, arch)[0], chosen, named=paths is not None)
        changes = changes_between(before, audit)
        compared = (shown_name(audited_before), before, changes)
    document = audit_json(
        audit,
        tree=shown_name(audited),
        paths=chosen,
        kconfig=kconfig,
        release=str(tree.version or "") if tree is not None else "",
        checks=_checks(tree, audit) if paths is None and arch == DEFAULT_ARCH else None,
        compared=compared,
    )
    if form is _AuditFormat.JSON:
        print_json(document)
    elif form is _AuditFormat.SARIF:
        print_text(sarif_audit(document))
    else:
        show(document, TextOrJson.TEXT, "audit", shows_all=shows_all)
        if not shows_all:
            print_line("--all shows every walker, and the calls that lead to it")
    if any(change.kind is WalkerChangeKind.LOST_GUARD for change in changes):
        raise typer.Exit(1)


def _audit(folder: str, tree: Tree | None, paths: Sequence[str], *, named: bool) -> TreeAudit:
    """The audit of a tree; of folders that nobody named those that it has."""
    sources = Sources(Path(folder))
    there = paths if named else [path for path in paths if sources.find(f"{path}/*.[ch]")]
    if not there:
        hint = "name the top of a tree"
        raise InputError("no folder of a kernel is there", where=shown_name(folder), hint=hint)
    return audit_tree(sources, there, tree, progress(f"reading {shown_name(folder)}"))


def _checks(tree: Tree | None, audit: TreeAudit) -> Sequence[RecordCheck] | None:
    """The records of the simulator, held against an audit; ``None`` where the kernel is not described."""
    if tree is None or tree.version is None or not tree.is_arm64_linux or not is_described(tree.version):
        return None
    return held_against_simulator(kernel_of_tree(tree), audit.walkers)


def _kconfig(folder: str, arch: str) -> tuple[Tree | None, str]:
    """The Kconfig of a tree; ``None`` and the reason if it cannot be read: the C can be audited without."""
    try:
        return checkout(folder, TreeOptions(folder, arch)), ""
    except InputError as error:
        return None, str(error)
