# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the memory map of the machine that this program runs on, from its best source.

Rules (``docs/machines.md`` describes them for users):

1. What firmware reports is preferred, because it holds for every kernel: ``/sys/firmware/fdt``; on an EFI
   machine the EFI memory map in the kernel's log, with what a device tree reserves, if there is one.
2. The memblock of the running kernel is next: ``/sys/kernel/debug/memblock`` if it shows flags, then a dump
   in the kernel's log, then ``/proc/iomem``.
3. ``/proc/iomem`` does not show nodes. sysfs does, if it has memory blocks. If it has none and the machine
   has several nodes, ``/proc/iomem`` is not used.
4. ``/proc/cmdline`` is the command line. A running kernel has wiped its KASLR seed.
5. A note names each better source that could not be used, with the reason and a command that gets it. There
   is no command if this kernel never shows the source.

Nothing is run and nothing is written. Each file is read up to 64 MiB.
"""

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from explorer.errors import InputError
from explorer.machine.bootlog import ASSUMED_ARM64, NO_TREE, read_boot_log, read_efi_log
from explorer.machine.devicetree import read_devicetree
from explorer.machine.iomem import NO_NODES, read_iomem
from explorer.machine.log_text import as_printed
from explorer.machine.memblock_files import NoFlagsError, read_memblock_folder
from explorer.machine.memory_map import COMMAND_LINE_SIZE, Firmware, MemoryMap, Region
from explorer.unicode_text import replace_unknown

__all__ = ["NAME", "read_this_machine"]

NAME = "this-machine"
_MOST_BYTES = 64 << 20
_LEAST_BLOCK = 1 << 20  # bytes; memory blocks are sections at least, and the smallest of arm64 have 128 MiB
_FDT, _KMSG, _IOMEM = "sys/firmware/fdt", "dev/kmsg", "proc/iomem"
_CMDLINE = "proc/cmdline"
_DEBUGFS = "sys/kernel/debug"
_MEMBLOCK, _EFI, _NODES = "sys/kernel/debug/memblock", "sys/firmware/efi", "sys/devices/system/node"
_COMMANDS = {
    _FDT: "sudo cat /sys/firmware/fdt > machine.dtb",
    _KMSG: "sudo dmesg > boot.log, after a boot with memblock=debug",
    _MEMBLOCK: "sudo cp -r /sys/kernel/debug/memblock memblock",
    _DEBUGFS: "sudo mount -t debugfs debugfs /sys/kernel/debug, and read it again",
    _IOMEM: "sudo cat /proc/iomem > iomem.txt",
}
_AS_ROOT = "run this as root, or give one of the files"
_EFI_LOG = "sudo dmesg > boot.log, after a boot with efi=debug"
"""Without ``memblock=debug``: its output overwrites the EFI map before the kernel enlarges the log buffer."""


def read_this_machine(root: Path = Path("/"), architecture: str | None = None) -> MemoryMap | Firmware:
    """The memory of the machine that this program runs on.

    Args:
        root: the root of the file system; tests give another folder.
        architecture: as ``uname -m`` prints it; default: this machine's.

    Raises:
        InputError: the machine is not an arm64 machine, or no source can be read; the hint says how to get
            one.
    """
    architecture = architecture or platform.machine()
    if architecture != "aarch64":
        raise InputError(
            f"this machine is {architecture}, not arm64",
            where=NAME,
            hint=f"give a file from the arm64 machine, such as: {_COMMANDS[_FDT]}",
        )
    rejected: dict[str, str] = {}
    for path, source in _sources(root):
        try:
            machine = source()
        except InputError as error:
            rejected.setdefault(path, f"not used: /{path}: {error.what}{_to_get(root, path, error)}")
        else:
            notes = (
                f"read from /{path}" + (f", {machine.description}" if machine.description else ""),
                *machine.notes,
                *rejected.values(),
            )
            line = _command_line(root)
            return replace(machine, name=NAME, source=f"/{path}", notes=notes, command_line=line)
    raise InputError(
        "no source of this machine's memory can be read",
        where=NAME,
        hint="; ".join(([] if os.geteuid() == 0 else [_AS_ROOT]) + list(rejected.values())),
    )


def _to_get(root: Path, path: str, error: InputError) -> str:
    """How to get a source that was not used, as the end of its note (rule 5)."""
    if isinstance(error, NoFlagsError):
        return "; this kernel never shows them"
    with suppress(OSError):
        if path == _MEMBLOCK and not any((root / _DEBUGFS).iterdir()):
            return f"; to get it: {_COMMANDS[_DEBUGFS]}"
    command = _EFI_LOG if path == _KMSG and (root / _EFI).exists() else _COMMANDS[path]
    return f"; to get it: {command}"


def _sources(root: Path) -> Iterator[tuple[str, Callable[[], MemoryMap | Firmware]]]:
    """The sources in order of preference (rules 1 and 2): a path, and the function that reads it."""
    if (root / _EFI).exists():
        yield _KMSG, lambda: _efi(root)
    else:
        yield _FDT, lambda: _device_tree(root)
    yield _MEMBLOCK, lambda: _lists(root)
    yield _KMSG, lambda: _dump(root)
    yield _IOMEM, lambda: _iomem(root)


def _device_tree(root: Path) -> Firmware:
    return read_devicetree(_bytes(root, _FDT), f"/{_FDT}")


def _efi(root: Path) -> Firmware:
    """The EFI map of the log, with the reserved memory and the nodes of a device tree, if there is one."""
    firmware = read_efi_log(_log(root), f"/{_KMSG}")
    try:
        tree = read_devicetree(_bytes(root, _FDT), f"/{_FDT}", needs_memory=False)
    except InputError as error:
        note = f"what a device tree reserves is not known: /{_FDT}: {error.what}; {_COMMANDS[_FDT]}"
        return replace(firmware, notes=(*firmware.notes, note))
    notes = (*(note for note in firmware.notes if note != NO_TREE), *tree.notes)
    banks = firmware.banks or tree.banks
    return replace(firmware, banks=banks, reserved=tree.reserved, usable=tree.usable, notes=notes)


def _lists(root: Path) -> MemoryMap:
    with suppress(OSError):  # a folder without permission is reported like a missing one
        memory_map = read_memblock_folder(root / _MEMBLOCK, f"/{_MEMBLOCK}")
        if memory_map:
            return memory_map
    raise InputError("does not exist, or only root may see it")


def _dump(root: Path) -> MemoryMap:
    machine = read_boot_log(_log(root), f"/{_KMSG}")
    if isinstance(machine, Firmware):
        raise InputError("the log holds no memblock dump")
    return replace(machine, notes=tuple(note for note in machine.notes if note != ASSUMED_ARM64))


def _iomem(root: Path) -> MemoryMap:
    """``/proc/iomem``, with the nodes of sysfs (rule 3)."""
    memory_map = read_iomem(_bytes(root, _IOMEM).decode("utf-8", "replace"), f"/{_IOMEM}")
    nodes = [path for path in (root / _NODES).glob("node[0-9]*") if path.name[4:].isdecimal()]
    notes = tuple(note for note in memory_map.notes if note != NO_NODES)
    if len(nodes) < 2:
        return replace(memory_map, notes=notes)
    blocks, size = _blocks(root)
    if not blocks:
        raise InputError(f"does not show nodes, and this machine has {len(nodes)}")
    memory = tuple(piece for region in memory_map.memory for piece in _with_nodes(region, blocks, size))
    return replace(memory_map, memory=memory, notes=notes)


def _blocks(root: Path) -> tuple[dict[int, int], int]:
    """The node of each memory block by its number, and the size of a block in bytes.

    Raises:
        InputError: two nodes share a block, so the boundary between them is not known.
    """
    try:
        text = (root / "sys/devices/system/memory/block_size_bytes").read_text()
        size = int(text, 16)
    except (OSError, ValueError):
        return {}, 0
    if size < _LEAST_BLOCK:
        return {}, 0
    nodes: dict[int, int] = {}
    for path in (root / _NODES).glob("node[0-9]*/memory[0-9]*"):
        numbers = path.parent.name[4:], path.name[6:]
        if not all(map(str.isdecimal, numbers)):
            continue
        node, block = map(int, numbers)
        if nodes.setdefault(block, node) != node:
            raise InputError(f"does not show nodes, and nodes {nodes[block]} and {node} share a memory block")
    return nodes, size


def _with_nodes(region: Region, blocks: dict[int, int], size: int) -> Iterator[Region]:
    """The parts of a region, cut where the node changes. Costs what the blocks cost, whatever the region."""
    edges = {edge for block in blocks for edge in (block * size, (block + 1) * size)}
    starts = [region.base, *sorted(edge for edge in edges if region.base < edge < region.end)]
    nodes = [blocks.get(start // size) for start in starts]
    cuts = [place for place in range(len(starts)) if not place or nodes[place] != nodes[place - 1]]
    ends = [*(starts[place] for place in cuts[1:]), region.end]
    for place, end in zip(cuts, ends, strict=True):
        yield replace(region, base=starts[place], size=end - starts[place], node=nodes[place])


def _command_line(root: Path) -> str | None:
    """The command line of the running kernel; ``None`` if it cannot be read."""
    with suppress(OSError), (root / _CMDLINE).open("rb") as file:
        return replace_unknown(file.read(COMMAND_LINE_SIZE - 1).decode("utf-8", "replace").strip())
    return None


def _bytes(root: Path, name: str) -> bytes:
    try:
        with (root / name).open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}") from None
    if len(data) > _MOST_BYTES:
        raise InputError(f"larger than {_MOST_BYTES >> 20} MiB")
    return data


def _log(root: Path) -> str:
    """The kernel's log as ``/dev/kmsg`` holds it now."""
    try:
        handle = os.open(root / _KMSG, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}") from None
    data = bytearray()
    try:
        while len(data) <= _MOST_BYTES:
            try:
                piece = os.read(handle, 1 << 16)
            except BlockingIOError:
                break
            except BrokenPipeError:
                continue  # records were overwritten; the next read returns the oldest one left
            except OSError as error:
                raise InputError(f"cannot be read: {error.strerror}") from None
            if not piece:
                break
            data += piece
    finally:
        os.close(handle)
    return as_printed(data.decode("utf-8", "replace"))
