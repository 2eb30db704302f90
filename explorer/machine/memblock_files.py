# SPDX-License-Identifier: GPL-2.0-only
"""Reads the lists of ``/sys/kernel/debug/memblock``, the memblock of a running kernel.

Rules (mm/memblock.c, memblock_debug_show()):

1. ``memory`` and ``reserved`` hold one region per line: ``0: 0x0000000040000000..0x0000000047ffffff``.
2. 6.12 adds the node (``x`` for none) and the flags: ``   0 NOMAP``; 6.1 does not. A list of ``memory``
   without flags does not show which memory is NOMAP, and is refused: verdicts depend on it.
3. Some kernels show only the first flag of a region, so HOTPLUG or MIRROR can hide NOMAP. A note names such a
   region.
4. Indices count from 0 without a gap; otherwise lines are missing.
"""

import re
from pathlib import Path

from explorer.errors import InputError
from explorer.machine.memory_map import MOST_REGIONS, OF_THE_KERNEL_THAT_RAN, MemoryMap, Region

__all__ = ["FOLDER", "NO_FLAGS", "is_memblock_list", "memblock_of_lists", "read_memblock_folder"]

_LINE = re.compile(
    r"^ {0,16}(\d{1,8}): 0x([0-9a-f]{1,16})\.\.0x([0-9a-f]{1,16})"
    r"(?:[ \t]{1,8}(\d{1,4}|x) ([A-Z_|]{1,80}))?[ \t]*$",
    re.MULTILINE,
)
FOLDER = "/sys/kernel/debug/memblock"
"""The folder in which a running kernel shows the lists."""
_BOTH = f"take both lists as root: sudo cp -r {FOLDER} memblock, and give -m memblock"
_OTHER = "this kernel shows no flags here; use sudo cat /proc/iomem > iomem.txt, which shows nomap"
NO_FLAGS = "shows no flags, so it does not show which memory is nomap"
"""The error for lists of kernels that do not show flags."""
_NO_RESERVED = "the list of reserved memory is missing: more memory is assumed to be free than is free"
_HIDDEN = "the region at {:#x} shows {} and no other flag: some kernels then do not show whether it is nomap"
_MOST_BYTES = 64 << 20


def is_memblock_list(text: str) -> bool:
    """Whether a text looks like one of the two lists."""
    return bool(_LINE.match(text.lstrip("\n")))


def read_memblock_folder(folder: Path, source: str) -> MemoryMap | None:
    """The memblock in a folder with ``memory`` and, optionally, ``reserved``; ``None`` without ``memory``.

    Raises:
        InputError: a file cannot be read, or does not show which memory is nomap.
    """
    memory = _text(folder / "memory")
    if memory is None:
        return None
    return memblock_of_lists(memory, _text(folder / "reserved"), source)


def memblock_of_lists(memory: str, reserved: str | None, source: str) -> MemoryMap:
    """The memblock in the text of the two lists.

    Args:
        memory: the file ``memory``.
        reserved: the file ``reserved``; ``None`` if there is none.
        source: the folder's name, for errors and reports.

    Raises:
        InputError: lines are missing or broken, or the list does not show which memory is nomap.
    """
    regions, notes = _regions(memory, f"{source}: memory")
    taken, _ = ([], []) if reserved is None else _regions(reserved, f"{source}: reserved", flags=False)
    if not any(region.size and not region.nomap for region in regions):
        raise InputError("holds no memory that a kernel may use", where=f"{source}: memory", hint=_BOTH)
    return MemoryMap(
        source,
        tuple(regions),
        tuple(Region(region.base, region.size) for region in taken),
        source,
        f"memblock in {FOLDER}",
        (OF_THE_KERNEL_THAT_RAN, *notes, *(() if reserved is not None else (_NO_RESERVED,))),
    )


def _regions(text: str, where: str, *, flags: bool = True) -> tuple[list[Region], list[str]]:
    """The regions of one list, and notes on those with hidden flags (rule 3)."""
    regions: list[Region] = []
    notes: list[str] = []
    for line in _LINE.finditer(text):
        if int(line[1]) != len(regions) or len(regions) > MOST_REGIONS:
            raise InputError(
                f"region {len(regions)} is missing, or there are too many", where=where, hint=_BOTH
            )
        if flags and line[5] is None:
            raise InputError(NO_FLAGS, where=where, hint=_OTHER)
        first, last, names = int(line[2], 16), int(line[3], 16), set((line[5] or "NONE").split("|"))
        if last < first:
            raise InputError(f"the region at {first:#x} ends before it begins", where=where, hint=_BOTH)
        if names in ({"HOTPLUG"}, {"MIRROR"}):
            notes.append(_HIDDEN.format(first, *names))
        node = int(line[4]) if line[4] not in {None, "x"} else None
        regions.append(Region(first, last - first + 1, "NOMAP" in names, node))
    if not regions or text.strip("\n").count("\n") + 1 != len(regions):
        raise InputError("holds lines that are not regions", where=where, hint=_BOTH)
    return regions, notes


def _text(path: Path) -> str | None:
    if path.exists() and not path.is_file():  # reading a pipe could block for ever
        raise InputError("is not a regular file", where=str(path), hint=_BOTH)
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path), hint=_BOTH) from None
    if len(data) > _MOST_BYTES:
        raise InputError(f"larger than {_MOST_BYTES >> 20} MiB", where=str(path), hint=_BOTH)
    return data.decode("utf-8", "replace")
