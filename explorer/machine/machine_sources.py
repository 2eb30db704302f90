# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads a memory map from a name or a file of any supported form.

The name of a shipped map takes precedence over a file; write ``./flat`` for a file of that name. The form of
a file is recognised by its contents, not by its name: a flattened device tree by its magic number, the others
by their first lines. A folder is ``/sys/kernel/debug/memblock`` or a copy of it. ``docs/machines.md``
describes what each form can and cannot show.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from explorer.errors import FileError
from explorer.files import read_bytes, shown_name
from explorer.machine.bootlog import is_boot_log, read_boot_log
from explorer.machine.devicetree import read_devicetree
from explorer.machine.devicetree_source import compile_source, is_devicetree_source
from explorer.machine.flattened_devicetree import MAGIC
from explorer.machine.iomem import holds_iomem, is_iomem, read_iomem
from explorer.machine.json_form import read_json
from explorer.machine.log_text import as_printed, decode
from explorer.machine.memblock_files import FOLDER as MEMBLOCK
from explorer.machine.memblock_files import (
    holds_memblock_lists,
    is_memblock_list,
    memblock_of_lists,
    memblock_of_terminal,
    read_memblock_folder,
)
from explorer.machine.memory_map import Firmware, MemoryMap, Region
from explorer.machine.shipped_maps import all_shipped_maps, shipped_map

__all__ = ["parse_machine", "read_machine"]

_MOST_BYTES = 64 << 20
_MOST_REGIONS = 50_000
_MOST_BYTES_OF_SOURCE = 16 << 20  # parsed JSON and device tree sources take many times their size
_JSON = re.compile(r"\s*(?:\{|\[\s*[\[\]{\"])")  # a log also begins with [, and a time or a date follows
_COMPRESSED = {
    b"\x1f\x8b": "zcat",
    b"\xfd7zXZ\0": "xzcat",
    b"BZh": "bzcat",
    b"\x28\xb5\x2f\xfd": "zstdcat",
}
_FORMS = (
    "give a shipped map's name, JSON, a .dtb or .dts, /proc/iomem, /sys/kernel/debug/memblock, or a boot log "
    "with memblock=debug"
)
_MOUNT = "sudo mount -t debugfs debugfs /sys/kernel/debug; a kernel without DEBUG_FS has no such folder"
_EMPTY = "many systems show dmesg only to root: sudo dmesg"


def read_machine(
    source: str, stdin: BinaryIO | None = None, *, memory: Sequence[Region] = ()
) -> MemoryMap | Firmware:
    """The memory of a machine.

    Args:
        source: the name of a shipped map, a file, a folder with memblock's lists, or ``-``.
        stdin: the file that ``-`` reads.
        memory: what a boot loader writes into ``/memory`` of a device tree; other sources ignore it.

    Returns:
        memblock if the source shows it, else what firmware reports.

    Raises:
        InputError: there is no such map or file, or its form is not supported.
    """
    if source in {memory_map.name for memory_map in all_shipped_maps()}:
        return shipped_map(source)
    if source != "-" and _is_folder(source):
        memory_map = read_memblock_folder(Path(source), source)
        if memory_map:
            return memory_map
    data = read_bytes(source, stdin, most=_MOST_BYTES, hint=_as_root(source) or _FORMS)
    if data is None:
        if source.rstrip("/") == MEMBLOCK:
            raise FileError("does not exist", file=source, hint=_MOUNT)
        return shipped_map(source)  # raises: neither a file nor a shipped map
    return parse_machine(data, shown_name(source), memory)


def _is_folder(source: str) -> bool:
    try:
        return Path(source).is_dir()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise FileError(f"cannot be read: {reason}", file=source, hint=_as_root(source) or _FORMS) from None


def _as_root(source: str) -> str:
    """A hint how to copy a file that only root may read; empty for other files."""
    if source.startswith(("/sys/", "/proc/", "/dev/")):
        copy = f"sudo cp -r {source} memblock" if "memblock" in source else f"sudo cat {source} > machine.txt"
        return f"only root may read it: {copy}, then give the copy"
    return ""


def parse_machine(data: bytes, source: str, memory: Sequence[Region] = ()) -> MemoryMap | Firmware:
    """The memory of a machine from the bytes of a file.

    Time and memory are linear in the number of bytes. The limit is 64 MiB, and 16 MiB for JSON and for a
    device tree source.

    Args:
        data: the bytes.
        source: the file's name, for errors and reports.
        memory: as of ``read_machine()``.

    Raises:
        InputError: the form is not supported, or the contents are broken or too large.
    """
    machine = _parsed(data, source, memory)
    _check_regions(machine, source)
    return machine


def _check_regions(machine: MemoryMap | Firmware, source: str) -> None:
    """Refuses more regions than can be booted in bounded time and memory: a machine has some hundred."""
    banks = (machine.banks, machine.efi) if isinstance(machine, Firmware) else (machine.memory,)
    if sum(map(len, (*banks, machine.reserved))) > _MOST_REGIONS:
        what = f"more than {_MOST_REGIONS} regions of memory and of reserved memory"
        raise FileError(what, file=source, hint="give the memory of one machine")


def _parsed(data: bytes, source: str, memory: Sequence[Region]) -> MemoryMap | Firmware:
    if not data.strip():
        raise FileError("is empty", file=source, hint=f"{_EMPTY}; {_FORMS}")
    _check_size(data, _MOST_BYTES, source)
    if data.startswith(MAGIC):
        return read_devicetree(data, source, memory=memory)
    for magic, program in _COMPRESSED.items():
        if data.startswith(magic):
            raise FileError("is compressed", file=source, hint=f"unpack it first: {program} FILE > UNPACKED")
    text = decode(data)
    if _JSON.match(text):
        _check_size(data, _MOST_BYTES_OF_SOURCE, source)
        return read_json(text, source)
    if is_devicetree_source(text):
        _check_size(data, _MOST_BYTES_OF_SOURCE, source)
        return read_devicetree(compile_source(text, source), source, memory=memory)
    return _printed_by_kernel(as_printed(text), source)


def _printed_by_kernel(text: str, source: str) -> MemoryMap | Firmware:
    """Reads a memblock list, ``/proc/iomem`` or a log. Lists and ``/proc/iomem`` may follow other text."""
    if is_memblock_list(text):
        return memblock_of_lists(text, None, source)
    if is_iomem(text):
        return read_iomem(text, source)
    if is_boot_log(text):
        return read_boot_log(text, source)
    if holds_memblock_lists(text):
        return memblock_of_terminal(text, source)
    if holds_iomem(text):
        return read_iomem(text, source)
    raise FileError("is neither JSON nor a device tree nor a boot log", file=source, hint=_FORMS)


def _check_size(data: bytes, most: int, source: str) -> None:
    if len(data) > most:
        raise FileError(f"larger than {most >> 20} MiB", file=source, hint=_FORMS)
