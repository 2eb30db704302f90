# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel tree whose C was audited, with the Kconfig of the same tree and the records of the simulator."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer.audit.c_files import folders_of
from explorer.audit.comparison import WalkerChange, changes_between
from explorer.audit.simulator_check import RecordCheck, held_against_simulator
from explorer.audit.tree_audit import AuditedWalker, TreeAudit, audit_tree
from explorer.boot import is_described
from explorer.configuration import Tree
from explorer.configuration.files.sources import Sources
from explorer.configuration.toolchain.probes import srcarch_of
from explorer.errors import InputError
from explorer.files import shown_name
from explorer.study.tree_kernel import kernel_of_tree

__all__ = ["AuditedTree", "audited_tree"]

_SIMULATED = "arm64"


@dataclass(frozen=True, slots=True)
class AuditedTree:
    """The audit of a kernel tree.

    Attributes:
        name: the folder, as it was given.
        paths: the files and folders that were read.
        audit: the walkers, and what could not be read.
        release: the release that the tree names; empty where it names none.
        without_kconfig: why nothing is known of what is compiled; empty if the Kconfig of the tree was asked.
        checks: the records of the simulator, held against the walkers; ``None`` where some folder was left
            out, or the simulator does not describe the kernel.
    """

    name: str
    paths: tuple[str, ...]
    audit: TreeAudit
    release: str
    without_kconfig: str
    checks: tuple[RecordCheck, ...] | None

    @property
    def walkers(self) -> tuple[AuditedWalker, ...]:
        """The walkers, by file and line."""
        return self.audit.walkers

    def changes_since(self, older: "AuditedTree") -> list[WalkerChange]:
        """The walkers that appeared, vanished, gained or lost a guard since another tree."""
        return changes_between(older.audit, self.audit)


def audited_tree(
    folder: str,
    kconfig: Callable[[], Tree],
    *,
    paths: Sequence[str] = (),
    arch: str = _SIMULATED,
    watched: Callable[[Sequence[str]], Iterable[str]] = iter,
) -> AuditedTree:
    """Audit the C of a kernel tree.

    Args:
        folder: the top of the tree.
        kconfig: parses the Kconfig of the tree. If it raises ``InputError``, the C is audited without.
        paths: files and folders in it; without any, those of the default that the tree has.
        arch: the architecture as in ``ARCH``, for the default folders.
        watched: iterates over the names of the files, and may show how far it is.

    Raises:
        InputError: the folder is not the top of a tree, a path holds no C file or leads out of the tree, or
            tree-sitter is not installed.
        LimitError: the files are too large.
    """
    tree, reason = _parsed(kconfig)
    sources = Sources(Path(folder))
    folders = folders_of(srcarch_of(arch))
    read = tuple(paths) or tuple(path for path in folders if sources.find(f"{path}/*.[ch]"))
    if not read:
        what, hint = "no folder of a kernel is there", "name the top of a tree"
        raise InputError(what, where=shown_name(folder), hint=hint)
    own = f"arch/{srcarch_of(arch)}/mm"
    if not paths and own not in read and sources.find("arch/*/mm/*.[ch]"):
        raise InputError(f"has no C in {own}", where=shown_name(folder), parameter="arch")
    audit = audit_tree(sources, read, tree, watched)
    release = str(tree.version or "") if tree is not None else ""
    is_whole = not paths and arch == _SIMULATED
    return AuditedTree(folder, read, audit, release, reason, _checks(tree, audit) if is_whole else None)


def _parsed(kconfig: Callable[[], Tree]) -> tuple[Tree | None, str]:
    """The Kconfig of a tree; ``None`` and the reason if it cannot be read."""
    try:
        return kconfig(), ""
    except InputError as error:
        return None, str(error)


def _checks(tree: Tree | None, audit: TreeAudit) -> tuple[RecordCheck, ...] | None:
    """The records of the simulator, held against an audit; ``None`` where the kernel is not described."""
    if tree is None or tree.version is None or not tree.is_arm64_linux or not is_described(tree.version):
        return None
    return tuple(held_against_simulator(kernel_of_tree(tree), audit.walkers))
