# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of a sweep: every ``.config`` and every machine of folders, and what could not be read.

1. A folder stands for all files in it and in its folders, in the order of their names. Hidden files and
   folders are left out, ``.config`` and what begins with ``.config`` is not.
2. A folder with memblock's lists (a copy of ``/sys/kernel/debug/memblock``) is one machine.
3. A file is named as it was found: the folder's name as given, then its place in it.
4. What cannot be read is listed with the reason, and the others are used.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from explorer.errors import FileError, InputError, encodable
from explorer.files import read_bytes
from explorer.machine import Firmware, Region, all_shipped_maps, read_machine
from explorer.sweep.job import Configuration, Machine
from explorer.sweep.rows import MachineRow, UnreadableRow

__all__ = [
    "config_files",
    "configurations_of",
    "content_of",
    "machine_row",
    "machine_sources",
    "machines_of_sources",
]

_MOST_BYTES = 64 << 20
_CONFIG_HINT = "give a kernel .config, or a folder of them"
_MEMBLOCK = "memory"
"""The list that makes a folder a copy of ``/sys/kernel/debug/memblock``."""


def config_files(sources: Sequence[str]) -> tuple[str, ...]:
    """The files of all sources, each once.

    Raises:
        InputError: a source does not exist, or a folder holds no file.
    """
    return tuple(dict.fromkeys(name for source in sources for name in _files(source)))


def machine_sources(sources: Sequence[str]) -> tuple[str, ...]:
    """Shipped names, files, and folders with memblock's lists, each once.

    Raises:
        InputError: a source does not exist, or a folder holds no file.
    """
    shipped = {memory_map.name for memory_map in all_shipped_maps()}
    names = (
        name
        for source in sources
        for name in ((source,) if source in shipped else _files(source, is_one=_is_memblock))
    )
    return tuple(dict.fromkeys(names))


def configurations_of(
    files: Iterable[str], kernels: Sequence[str]
) -> tuple[tuple[Configuration, ...], tuple[UnreadableRow, ...]]:
    """Each file with each release, or with that of its header if there are none; and what cannot be read."""
    read: list[Configuration] = []
    unreadable: list[UnreadableRow] = []
    for file in files:
        try:
            digest = hashlib.sha256(_bytes(file)).hexdigest()
        except InputError as error:
            unreadable.append(UnreadableRow.of(file, "", error))
        else:
            read += [Configuration(kernel, file, digest) for kernel in kernels or ("",)]
    return tuple(read), tuple(unreadable)


def content_of(configuration: Configuration) -> bytes:
    """The bytes of a configuration's file; none for a variant.

    Raises:
        InputError: the file cannot be read any more, or has changed.
    """
    if not configuration.file:
        return b""
    content = _bytes(configuration.file)
    if hashlib.sha256(content).hexdigest() != configuration.sha256:
        raise FileError("changed while the sweep ran", file=configuration.file, hint="start a new sweep")
    return content


def machines_of_sources(
    sources: Iterable[str], memory: Sequence[Region] = ()
) -> tuple[tuple[Machine, ...], tuple[UnreadableRow, ...]]:
    """The machine of each source, and what cannot be read.

    Args:
        sources: as ``machine_sources`` gives them.
        memory: what a boot loader writes into the device trees.
    """
    read: list[Machine] = []
    unreadable: list[UnreadableRow] = []
    for source in sources:
        try:
            _check_regular(source)
            read.append(Machine(encodable(source), read_machine(source, memory=memory)))
        except InputError as error:
            unreadable.append(UnreadableRow.of(source, "", error))
    return tuple(read), tuple(unreadable)


def machine_row(machine: Machine) -> MachineRow:
    """What the table of machines says of one; an EFI memory map holds more than memory."""
    memory = machine.memory
    firmware = isinstance(memory, Firmware)
    efi = memory.efi if isinstance(memory, Firmware) else ()
    banks = memory.banks if isinstance(memory, Firmware) else memory.memory
    return MachineRow(
        machine.name,
        memory.name,
        "firmware" if firmware else "memblock",
        machine.sha256,
        regions=len(efi or banks),
        memory_bytes=None if efi else sum(bank.size for bank in banks),
        reserved=len(memory.reserved),
        nodes=len({bank.node or 0 for bank in banks}),
    )


def _files(source: str, is_one: Callable[[Path], bool] = lambda _: False) -> Iterator[str]:
    """The files of a folder, or the source itself if it is no folder."""
    top = Path(source)
    if not source or not _exists(top):
        raise FileError("no such file or folder", file=source, hint="name a folder that exists")
    if not _is_folder(top) or is_one(top):
        yield str(top)
        return
    found = tuple(map(str, _inside(top, is_one)))
    if not found:
        raise FileError("holds no file", file=source, hint="name a folder with files")
    yield from found


def _inside(folder: Path, is_one: Callable[[Path], bool]) -> Iterator[Path]:
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        yield folder  # whoever reads it says why it cannot be read
        return
    for path in paths:
        if path.name.startswith(".") and not path.name.startswith(".config"):
            continue
        if not _is_folder(path) or is_one(path):
            yield path
        elif not path.is_symlink():  # which may lead back
            yield from _inside(path, is_one)


def _exists(path: Path) -> bool:
    try:
        return os.path.lexists(path)
    except (OSError, ValueError):
        return False


def _is_memblock(folder: Path) -> bool:
    try:
        return (folder / _MEMBLOCK).is_file()
    except OSError:  # the folder may not be entered
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _bytes(file: str) -> bytes:
    _check_regular(file)
    data = read_bytes(file, None, most=_MOST_BYTES, hint=_CONFIG_HINT)
    if data is None:
        raise FileError("no such file", file=file, hint=_CONFIG_HINT)
    return data


def _check_regular(source: str) -> None:
    """Refuses pipes and devices, which may never end, and folders whose files cannot be listed."""
    try:
        mode = Path(source).stat().st_mode
    except (OSError, ValueError):
        return  # whoever reads it says why
    if stat.S_ISDIR(mode):
        _check_listed(source)
    elif not stat.S_ISREG(mode):
        raise FileError("is no regular file", file=source, hint="copy its contents into a file")


def _check_listed(folder: str) -> None:
    try:
        os.scandir(folder).close()
    except OSError as error:
        hint = "allow reading it, or leave it out"
        raise FileError(f"cannot be read: {error.strerror}", file=folder, hint=hint) from None
