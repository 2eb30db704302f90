# SPDX-License-Identifier: GPL-2.0-only
"""``explorer.check`` for other programs: what the command does, with its results as objects."""

from collections.abc import Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TypeVar

from explorer.boot import RamFill
from explorer.checking import Checked
from explorer.checking import check as judge
from explorer.configuration import DotConfig, Tree, load_tree, read_config
from explorer.errors import InputError
from explorer.machine import Firmware, MemoryMap, all_shipped_maps, read_machine
from explorer.version import KernelVersion

__all__ = ["check"]

File = str | PathLike[str]
Given = TypeVar("Given")


def check(  # noqa: PLR0913 # the options of the command, by their names
    *configs: File | DotConfig,
    machines: Sequence[File | MemoryMap | Firmware] | None = None,
    kernel: str | KernelVersion | None = None,
    tree: File | Tree | None = None,
    requested: Sequence[File | DotConfig] = (),
    with_changes: Sequence[str] = (),
    without_changes: Sequence[str] = (),
    ram_fill: RamFill | str = RamFill.STALE,
) -> Checked:
    """Judge a ``.config``: would Kconfig keep it, and does its kernel survive on these machines?

    Args:
        configs: the file, plain or gzip; several are merged in order, as ``merge_config.sh`` does.
        machines: memory maps: a shipped map's name, a file, or a map; all shipped maps without it.
        kernel: the release; without it the tree or the header of the file says.
        tree: a kernel checkout, or a tree that is loaded already; without it the shipped fragment.
        requested: fragments whose wishes the result must hold.
        with_changes: names or commits of known changes that the release lacks and this kernel has.
        without_changes: those that the release has and this kernel lacks.
        ram_fill: what RAM held before the kernel started, or its name: ``zero``, ``ff``, ``stale``.

    Returns:
        Verdict, findings and boots; ``explorer.document.check.checked_json`` makes a document of them.

    Raises:
        explorer.errors.InputError: something cannot be read, is not for arm64, or its kernel is not known;
            there is no file or no machine; or a name stands where a list of names belongs.
    """
    if not configs:
        raise InputError("no file is given", where="check()", hint='write check(".config")')
    if machines is not None and not machines:
        raise InputError("is empty", where="machines", hint="leave it out for all shipped maps")
    return judge(
        [_config(config) for config in configs],
        all_shipped_maps()
        if machines is None
        else [_machine(each) for each in _listed("machines", machines)],
        version=_version(kernel),
        tree=tree if isinstance(tree, Tree) or tree is None else load_tree(Path(tree)),
        requested=[_config(fragment) for fragment in _listed("requested", requested)],
        with_changes=_listed("with_changes", with_changes),
        without_changes=_listed("without_changes", without_changes),
        ram_fill=_fill(ram_fill),
    )


def _listed(name: str, given: Sequence[Given]) -> Sequence[Given]:
    """A sequence of names; a name alone is one, too, of letters, to Python and to type checkers."""
    if isinstance(given, str | PathLike):
        raise InputError("is one name", where=name, hint=f"write {name}=[{fspath(given)!r}]")
    return given


def _version(given: str | KernelVersion | None) -> KernelVersion | None:
    """A release; a number is none, for 6.10 is 6.1."""
    if isinstance(given, int | float):
        raise InputError("is a number", where="kernel", hint='write it as text, kernel="6.12"')
    return KernelVersion.parse(given) if isinstance(given, str) else given


def _fill(given: RamFill | str) -> RamFill:
    if given not in set(RamFill):
        known = ", ".join(RamFill)
        raise InputError(f"{given!r} is not known", where="ram_fill", hint=f"it is one of {known}")
    return RamFill(given)


def _config(given: File | DotConfig) -> DotConfig:
    return given if isinstance(given, DotConfig) else read_config(fspath(given))


def _machine(given: File | MemoryMap | Firmware) -> MemoryMap | Firmware:
    return given if isinstance(given, MemoryMap | Firmware) else read_machine(fspath(given))
