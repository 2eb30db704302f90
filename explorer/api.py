# SPDX-License-Identifier: GPL-2.0-only
"""``explorer.check`` for other programs: what the command does, with its results as objects."""

from collections.abc import Sequence
from os import PathLike, fspath
from pathlib import Path

from explorer.boot import RamFill
from explorer.checking import Checked
from explorer.checking import check as judge
from explorer.configuration import DotConfig, Tree, load_tree, read_config
from explorer.machine import Firmware, MemoryMap, read_machine, samples
from explorer.version import KernelVersion

__all__ = ["check"]

File = str | PathLike[str]


def check(  # noqa: PLR0913 # the options of the command, by their names
    *configs: File | DotConfig,
    machines: Sequence[File | MemoryMap | Firmware] | None = None,
    kernel: str | KernelVersion | None = None,
    tree: File | Tree | None = None,
    requested: Sequence[File | DotConfig] = (),
    with_changes: Sequence[str] = (),
    without_changes: Sequence[str] = (),
    ram_fill: RamFill = RamFill.STALE,
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
        ram_fill: what RAM held before the kernel started.

    Returns:
        The verdict, the findings and the boots; ``explorer.document.checked_json`` makes the document of it.

    Raises:
        explorer.errors.InputError: something cannot be read, is not for arm64, or its kernel is not known.
    """
    return judge(
        [_config(config) for config in configs],
        samples() if machines is None else [_machine(machine) for machine in machines],
        version=KernelVersion.parse(kernel) if isinstance(kernel, str) else kernel,
        tree=tree if isinstance(tree, Tree) or tree is None else load_tree(Path(tree)),
        requested=[_config(fragment) for fragment in requested],
        with_changes=with_changes,
        without_changes=without_changes,
        ram_fill=ram_fill,
    )


def _config(given: File | DotConfig) -> DotConfig:
    return given if isinstance(given, DotConfig) else read_config(fspath(given))


def _machine(given: File | MemoryMap | Firmware) -> MemoryMap | Firmware:
    return given if isinstance(given, MemoryMap | Firmware) else read_machine(fspath(given))
