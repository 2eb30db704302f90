# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that show a counterexample on a real kernel: memory map, device tree, and a script for QEMU.

``NAME.json`` is the smallest map. ``NAME.dts`` is the device tree of a map that QEMU's ``virt`` machine boots
and that has the same fault; it is the same map unless the script says what was moved or added. ``NAME.sh``
boots it and runs the trigger.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from explorer.boot import KernelConfig, RamFill
from explorer.boot.bootable_map import BootableMap, NotBootable, made_bootable
from explorer.boot.walkers import Circumstance, Fault
from explorer.errors import FileError
from explorer.formats.qemu_script import COMMAND_LINE, QemuBoot, boot_script
from explorer.machine import MemoryMap, memory_map_to_json
from explorer.machine.qemu_virt import devicetree_source, fill_ranges
from explorer.narrative.fault_narrative import fault_headline
from explorer.output_files import written_whole

__all__ = ["WrittenCounterexample", "write_counterexample"]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_BY_RAM = frozenset({Circumstance.STALE_RAM, Circumstance.MEMMAP_SUPPLY})
"""Circumstances in which RAM that held 0xff decides."""
_SHOWN = (
    *("NUMA", "HOLES_IN_ZONE", "HAVE_ARCH_PFN_VALID", "ARCH_HAS_HOLES_MEMORYMODEL"),
    *(
        "DEBUG_VM",
        "DEBUG_VM_PGFLAGS",
        "ZONE_DMA",
        "ZONE_DMA32",
        "DEFERRED_STRUCT_PAGE_INIT",
        "MEMORY_HOTPLUG",
    ),
)


class WrittenCounterexample(NamedTuple):
    """What was written.

    Attributes:
        files: the files, in the order of the module's text.
        not_bootable: why there is no device tree and no script; ``None`` where there are.
    """

    files: tuple[Path, ...]
    not_bootable: NotBootable | None


def write_counterexample(
    directory: Path, name: str, memory_map: MemoryMap, config: KernelConfig, fault: Fault
) -> WrittenCounterexample:
    """Write the files of one counterexample; each is written whole or not at all.

    Args:
        directory: made if it does not exist.
        name: of the files, without a suffix: letters, digits, dots, hyphens and underscores.
        memory_map: the map on which the kernel dies.
        config: the kernel and its configuration.
        fault: the fault of the map that the script shows.

    Raises:
        InputError: the folder or a file cannot be written, or no kernel can start with the map.
        ValueError: the name has other characters.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of files")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"cannot be made: {error.strerror}", file=str(directory), hint="name another folder"
        ) from None
    document = {"name": name, "description": fault_headline(fault)} | memory_map_to_json(memory_map)
    texts = {"json": json.dumps(document, indent=2) + "\n"}
    found = made_bootable(memory_map, config, fault)
    if isinstance(found, BootableMap):
        texts |= {"dts": _source(found), "sh": _script(name, found)}
    files = tuple(directory / f"{name}.{suffix}" for suffix in texts)
    for path, text in zip(files, texts.values(), strict=True):
        with written_whole(path) as file:
            file.write(text)
    return WrittenCounterexample(files, found if isinstance(found, NotBootable) else None)


def _source(found: BootableMap) -> str:
    """The device tree, with a command line that shows the fault."""
    parameters = found.boot.kernel_config.parameters
    words = " ".join(filter(None, (COMMAND_LINE, parameters.command_line)))
    return devicetree_source(replace(found.firmware, command_line=words, kaslr_seed=parameters.kaslr_seed))


def _script(name: str, found: BootableMap) -> str:
    return boot_script(
        QemuBoot(
            name,
            tuple(_comment(name, found)),
            found.places,
            found.memory_map.memory[-1].end,
            found.fault.trigger,
            fill_ranges(found.memory_map, found.places) if _is_filled(found) else (),
        )
    )


def _is_filled(found: BootableMap) -> bool:
    """Whether RAM that held 0xff shows the fault; QEMU's holds zeros."""
    by_ram = bool(_BY_RAM & set(found.fault.circumstances))
    return by_ram or found.boot.kernel_config.ram_fill is RamFill.FF


def _comment(name: str, found: BootableMap) -> Iterator[str]:
    """What the script shows, of which kernel, and how its map differs from the smallest one."""
    yield f"Boots a kernel with the memory map of {name}.dts under QEMU, and runs the trigger."
    yield ""
    yield f"Expected: {fault_headline(found.fault)}"
    yield f"Kernel: {' '.join(_kernel(found.boot.kernel_config))}"
    if found.moved:
        moved = found.moved >> 30
        yield f"The map of {name}.json is moved up by {moved} GiB: RAM of this machine begins at 1 GiB."
    if found.added:
        base, size = found.added.base, found.added.size >> 20
        yield f"{size} MiB at {base:#x} are added to the map of {name}.json, so that a kernel has room."
    if _is_filled(found):
        yield "Memory is filled with 0xff before the kernel starts."
    yield ""
    yield f"Usage: sh {name}.sh IMAGE BUSYBOX"


def _kernel(config: KernelConfig) -> Iterator[str]:
    """The release, and the symbols that matter most."""
    yield str(config.kernel.version)
    yield f"ARM64_{1 << config.page_shift - 10}K_PAGES=y"
    yield f"{config.memory_model}=y"
    yield from (f"{symbol}={'y' if config.has(symbol) else 'n'}" for symbol in _SHOWN)
