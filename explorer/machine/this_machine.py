# SPDX-License-Identifier: GPL-2.0-only
"""The machine that this program runs on: whatever of its memory can be read, best source first.

Rules; ``docs/machines.md`` tells them to users:

1. What firmware said comes first, for it answers for every kernel: ``/sys/firmware/fdt``, and on an EFI
   machine the EFI memory map in the kernel's log, with what a device tree reserves where there is one.
2. memblock of the kernel that runs comes next: ``/sys/kernel/debug/memblock`` where it shows flags, then a
   dump in the kernel's log, then ``/proc/iomem``.
3. ``/proc/iomem`` tells no nodes: sysfs does, where memory comes in blocks. Where it does not and there is
   more than one node, ``/proc/iomem`` is not taken.
4. What was passed over is told, once, with the reason and one command that gets it; a source that this kernel
   never shows has none.

Nothing is run and nothing is written: files are read, each up to 64 MiB.
"""

import os
import platform
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from explorer.errors import InputError
from explorer.machine.bootlog import NO_TREE, read_boot_log, read_efi_log
from explorer.machine.devicetree import read_devicetree
from explorer.machine.iomem import NO_NODES, read_iomem
from explorer.machine.log_text import as_printed
from explorer.machine.memblock_files import NO_FLAGS, read_memblock_folder
from explorer.machine.memory_map import Firmware, MemoryMap, Region

__all__ = ["NAME", "read_this_machine"]

NAME = "this-machine"
_MOST_BYTES = 64 << 20
_FDT, _KMSG, _IOMEM = "sys/firmware/fdt", "dev/kmsg", "proc/iomem"
_DEBUGFS = "sys/kernel/debug"
_MEMBLOCK, _EFI, _NODES = "sys/kernel/debug/memblock", "sys/firmware/efi", "sys/devices/system/node"
_COMMANDS = {
    _FDT: "sudo cat /sys/firmware/fdt > machine.dtb",
    _KMSG: "sudo dmesg > boot.log, after a boot with memblock=debug",
    _MEMBLOCK: "sudo cp -r /sys/kernel/debug/memblock memblock",
    _DEBUGFS: "sudo mount -t debugfs debugfs /sys/kernel/debug, and read it again",
    _IOMEM: "sudo cat /proc/iomem > iomem.txt",
}
_AS_ROOT = "run this as root, who sees most, or bring one of the files"
_EFI_LOG = "sudo dmesg > boot.log, after a boot with efi=debug"
"""Not with ``memblock=debug``, too: that prints so much that the map is lost before the log can grow."""
_MEM_OPTION = re.compile(r"(?:^|\s)mem=\S+")


def read_this_machine(root: Path = Path("/"), architecture: str | None = None) -> MemoryMap | Firmware:
    """The memory of the machine that this runs on.

    Args:
        root: the top of its file system; another folder stands for another machine.
        architecture: as ``uname -m`` says; default: this machine's.

    Raises:
        InputError: the machine is no arm64 machine, or nothing of its memory can be read; the message says
            how to get it.
    """
    found = architecture or platform.machine()
    if found != "aarch64":
        raise InputError(
            f"this machine is {found}, not arm64",
            where=NAME,
            hint=f"bring the files of the machine instead, such as: {_COMMANDS[_FDT]}",
        )
    passed_over: dict[str, str] = {}
    for path, source in _sources(root):
        try:
            machine = source()
        except InputError as error:
            passed_over.setdefault(path, f"not taken: /{path}: {error.what}{_to_get(root, path, error)}")
        else:
            notes = (
                f"read from /{path}" + (f", {machine.description}" if machine.description else ""),
                *machine.notes,
                *passed_over.values(),
                *_command_line(root, machine),
            )
            return replace(machine, name=NAME, source=f"/{path}", notes=notes)
    raise InputError(
        "nothing of this machine's memory can be read",
        where=NAME,
        hint="; ".join(([] if os.geteuid() == 0 else [_AS_ROOT]) + list(passed_over.values())),
    )


def _to_get(root: Path, path: str, error: InputError) -> str:
    """Rule 4, in words that follow the reason."""
    if error.what == NO_FLAGS:
        return ", and this kernel never does"
    with suppress(OSError):
        if path == _MEMBLOCK and not any((root / _DEBUGFS).iterdir()):
            return f"; to get it: {_COMMANDS[_DEBUGFS]}"
    command = _EFI_LOG if path == _KMSG and (root / _EFI).exists() else _COMMANDS[path]
    return f"; to get it: {command}"


def _sources(root: Path) -> Iterator[tuple[str, Callable[[], MemoryMap | Firmware]]]:
    """Rules 1 and 2, in order."""
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
    """EFI's map from the log, and what a device tree reserves and says of nodes, where there is one."""
    told = read_efi_log(_log(root), f"/{_KMSG}")
    try:
        tree = read_devicetree(_bytes(root, _FDT), f"/{_FDT}", needs_memory=False)
    except InputError as error:
        note = f"what a device tree may reserve is not known: /{_FDT}: {error.what}; {_COMMANDS[_FDT]}"
        return replace(told, notes=(*told.notes, note))
    notes = (*(note for note in told.notes if note != NO_TREE), *tree.notes)
    return replace(told, banks=told.banks or tree.banks, reserved=tree.reserved, notes=notes)


def _lists(root: Path) -> MemoryMap:
    with suppress(OSError):  # what may not be entered looks like what is not there
        found = read_memblock_folder(root / _MEMBLOCK, f"/{_MEMBLOCK}")
        if found:
            return found
    raise InputError("is not there, or only root may see it")


def _dump(root: Path) -> MemoryMap:
    found = read_boot_log(_log(root), f"/{_KMSG}")
    if isinstance(found, Firmware):
        raise InputError("the log holds no memblock dump")
    return found


def _iomem(root: Path) -> MemoryMap:
    """Rule 3."""
    found = read_iomem(_bytes(root, _IOMEM).decode("utf-8", "replace"), f"/{_IOMEM}")
    nodes = sorted(int(path.name[4:]) for path in (root / _NODES).glob("node[0-9]*"))
    notes = tuple(note for note in found.notes if note != NO_NODES)
    if len(nodes) < 2:
        return replace(found, notes=notes)
    blocks, size = _blocks(root)
    if not blocks:
        raise InputError(f"tells no nodes, and this machine has {len(nodes)}")
    memory = tuple(piece for region in found.memory for piece in _with_nodes(region, blocks, size))
    return replace(found, memory=memory, notes=notes)


def _blocks(root: Path) -> tuple[dict[int, int], int]:
    """The node of each block of memory, and the bytes of a block.

    Raises:
        InputError: two nodes share a block, so that nobody can tell where one ends.
    """
    try:
        text = (root / "sys/devices/system/memory/block_size_bytes").read_text()
        size = int(text, 16)
    except (OSError, ValueError):
        return {}, 0
    found: dict[int, int] = {}
    for path in (root / _NODES).glob("node[0-9]*/memory[0-9]*"):
        node, block = int(path.parent.name[4:]), int(path.name[6:])
        if found.setdefault(block, node) != node:
            raise InputError(f"tells no nodes, and nodes {found[block]} and {node} share a block of memory")
    return found, size


def _with_nodes(region: Region, blocks: dict[int, int], size: int) -> Iterator[Region]:
    """A region cut where the node changes."""
    start = region.base
    while start < region.end:
        node = blocks.get(start // size)
        end = start
        while end < region.end and blocks.get(end // size) == node:
            end = min(region.end, (end // size + 1) * size)
        yield replace(region, base=start, size=end - start, node=node)
        start = end


def _command_line(root: Path, machine: MemoryMap | Firmware) -> Iterator[str]:
    """What the kernel was told and firmware does not know."""
    with suppress(OSError):
        line = (root / "proc/cmdline").read_text(errors="replace")
        option = _MEM_OPTION.search(line)
        if option and isinstance(machine, Firmware):
            taken = option[0].strip()
            yield f"the kernel that runs was told {taken}: the memory that this takes away is still here"


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
    """The kernel's log, record by record as /dev/kmsg gives it, without waiting for more."""
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
                continue  # records were overwritten meanwhile; the next read goes on behind them
            except OSError as error:
                raise InputError(f"cannot be read: {error.strerror}") from None
            if not piece:
                break
            data += piece
    finally:
        os.close(handle)
    return as_printed(data.decode("utf-8", "replace"))
