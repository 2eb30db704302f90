# SPDX-License-Identifier: GPL-2.0-or-later
"""``simulate``: one configuration on one memory map: the verdict, the reason, the fix and the story."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from explorer.boot import RamFill
from explorer.checking import check
from explorer.commands.boot_document import checked_boot_document, overlay, set_boot_document
from explorer.commands.options import (
    CONFIG_HELP,
    DEFAULT_ARCH,
    ArchOption,
    CmdlineOption,
    EnvOption,
    FillOption,
    FormatOption,
    KernelOption,
    MapOption,
    MemoryOption,
    SeedOption,
    SetsOption,
    ShellOption,
    TextOrJson,
    ThisMachineOption,
    TimeoutOption,
    TopOption,
    TreeOption,
    WithOption,
    WithoutOption,
    machine_of,
    machines_of,
    parameters_of,
    settings_of,
    settings_with_seed,
)
from explorer.commands.printing import print_line, show
from explorer.commands.trees import TreeOptions, bootable_tree_of, chosen_kernels, described_kernels
from explorer.configuration import Deadline, read_config
from explorer.machine import Firmware, MemoryMap
from explorer.narrative.plurals import counted
from explorer.version import KernelVersion

__all__ = ["simulate_command"]

_EXIT_CODES = {"safe": 0, "unsafe": 1, "unknown": 2}


def simulate_command(  # noqa: PLR0913, PLR0917 # the options of the command
    memory_map: MapOption = None,
    memory: MemoryOption = None,
    this: ThisMachineOption = False,  # noqa: FBT002 # typer's flag
    version: KernelOption = None,
    folder: TreeOption = None,
    arch: ArchOption = DEFAULT_ARCH,
    top: TopOption = None,
    variables: EnvOption = None,
    allow_shell: ShellOption = False,  # noqa: FBT002 # typer's way to spell a switch
    sets: SetsOption = None,
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help=f"{CONFIG_HELP}: boot the kernel that it configures, with --set put over it. Its header "
            "names the release, unless --kernel or --tree does.",
        ),
    ] = None,
    with_fixes: WithOption = None,
    without_fixes: WithoutOption = None,
    ram_fill: FillOption = RamFill.STALE,
    command_line: CmdlineOption = None,
    kaslr_seed: SeedOption = None,
    timeout: TimeoutOption = None,
    everything: Annotated[  # noqa: FBT002 # typer's flag
        bool, typer.Option("--all", help="Text: also the stories of all faults, and the stages of the boot.")
    ] = False,
    form: FormatOption = TextOrJson.TEXT,
) -> None:
    """Boot one configuration on one memory map: the verdict, the reason, the fix, and the story of a fault.

    Any values may be set. If Kconfig does not allow them, the boot is a what-if.

    Exit 0 safe, 1 unsafe, 2 unknown, also if the boot is not decided in the time of --timeout. A fix that is
    not found in this time is left out.

    Example: kconfig-explorer simulate --kernel 4.17 --set NUMA=n -m nomap-mid

    Example: kconfig-explorer simulate -c .config -m board.dtb
    """
    deadline = Deadline.after(timeout)
    parameters = parameters_of(command_line, kaslr_seed)
    settings, machine = settings_of(sets), _machine(memory_map, memory, this=this)
    where = TreeOptions(folder, arch, top, variables, allow_shell)
    switched = (with_fixes or (), without_fixes or ())
    if config is None:
        chosen = chosen_kernels((version,), where)
        ((kernel, tree),) = described_kernels(chosen.releases, where, *switched)
        settings = settings_with_seed(settings, parameters)
        document = set_boot_document(kernel, tree, settings, machine, (ram_fill, parameters), deadline)
        chosen.show_note()
    else:
        checked = check(
            [read_config(config, sys.stdin.buffer), *overlay(settings)],
            [machine],
            version=None if version is None else KernelVersion.parse(version),
            tree=bootable_tree_of(where, "") if folder is not None else None,
            with_changes=switched[0],
            without_changes=switched[1],
            ram_fill=ram_fill,
            parameters=parameters,
            deadline=deadline,
        )
        document = checked_boot_document(checked, settings)
    show(document, form, "boot", everything=everything)
    if form is TextOrJson.TEXT and not everything:
        stories = sum(bool(fault["chain"]) for fault in document["faults"]) - 1
        rest = f"{counted(stories, 'more story')} and " if stories > 0 else ""
        print_line(f"--all prints {rest}the stages of the boot")
    raise typer.Exit(_EXIT_CODES[document["verdict"]])


def _machine(source: str | None, memory: Sequence[str] | None, *, this: bool) -> MemoryMap | Firmware:
    """The machine of the options; exactly one must be given."""
    if this == (source is not None):
        raise typer.BadParameter("give one: -m NAME, -m FILE or --this-machine", param_hint="--memory-map")
    if source is not None:
        return machine_of(source, memory)
    return machines_of((), memory, this=True)[0]
