# SPDX-License-Identifier: GPL-2.0-or-later
"""``simulate``: one configuration on one memory map, stage by stage and fault by fault."""

from collections.abc import Sequence

import typer

from explorer.boot import Boot, KernelConfig, RamFill, Verdict, simulate
from explorer.commands.options import (
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
from explorer.commands.printing import show
from explorer.commands.trees import TreeOptions, chosen_kernels, described_kernels
from explorer.configuration import complete
from explorer.document.boot import boot_json
from explorer.machine import Firmware, MemoryMap
from explorer.study.matrix import FOUR, variant_and_values

__all__ = ["simulate_command"]


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
    with_fixes: WithOption = None,
    without_fixes: WithoutOption = None,
    ram_fill: FillOption = RamFill.STALE,
    command_line: CmdlineOption = None,
    kaslr_seed: SeedOption = None,
    form: FormatOption = TextOrJson.TEXT,
) -> None:
    """Boot one configuration on one memory map, and show every stage and fault.

    Any values may be set. If Kconfig does not allow them, the boot is a what-if.

    Exit 0 safe, 1 unsafe, 2 unknown.

    Example: kconfig-explorer simulate --kernel 4.17 --set NUMA=n -m nomap-mid
    """
    parameters = parameters_of(command_line, kaslr_seed)
    variant, values = variant_and_values(settings_with_seed(settings_of(sets), parameters))
    where = TreeOptions(folder, arch, top, variables, allow_shell)
    chosen = chosen_kernels((version,), where)
    ((described, tree),) = described_kernels(chosen.releases, where, with_fixes, without_fixes)
    completion = complete(tree, variant, values, absent=FOUR)
    kernel_config = KernelConfig.of(described, completion.values, ram_fill, parameters)
    boot = simulate(kernel_config, _machine(memory_map, memory, this=this))
    config = {name: completion.values.get(name, "n") for name in (*FOUR, *variant)}
    document = boot_json(
        boot,
        config,
        reachable=completion.reachable,
        compiler=tree.compiler,
        undecided=completion.undecided,
    )
    chosen.show_note()
    show(document, form, "boot")
    raise typer.Exit(_exit_code(boot))


def _machine(source: str | None, memory: Sequence[str] | None, *, this: bool) -> MemoryMap | Firmware:
    """The machine of the options; exactly one must be given."""
    if this == (source is not None):
        raise typer.BadParameter("give one: -m NAME, -m FILE or --this-machine", param_hint="--memory-map")
    if source is not None:
        return machine_of(source, memory)
    return machines_of((), memory, this=True)[0]


def _exit_code(boot: Boot) -> int:
    return {Verdict.SAFE: 0, Verdict.UNSAFE: 1, Verdict.UNKNOWN: 2}[boot.verdict]
