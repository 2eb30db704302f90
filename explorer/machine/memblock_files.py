# SPDX-License-Identifier: GPL-2.0-only
"""``/sys/kernel/debug/memblock``: the lists themselves, of the kernel that runs.

Rules (mm/memblock.c, memblock_debug_show()):

1. ``memory`` and ``reserved`` hold a region on each line: ``0: 0x0000000040000000..0x0000000047ffffff``.
2. Newer kernels (6.12 does, 6.1 does not) go on with the node, ``x`` where there is none, and the flags:
   ``   0 NOMAP``. Without that column nobody can tell NOMAP from other memory: refused, for what dies or
   survives hangs on it.
3. Until 6.12 or so only the first flag of a region may be shown, so that NOMAP hides behind HOTPLUG or
   MIRROR: such a region is told of.
4. Indices count from 0 without a gap, or lines are missing.
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
"""Where a kernel that runs shows the lists."""
_BOTH = f"take both lists as root: sudo cp -r {FOLDER} memblock, and give -m memblock"
_OTHER = "this kernel does not show flags here; take sudo cat /proc/iomem > iomem.txt instead, which does"
NO_FLAGS = "tells no flags, so not which memory is nomap"
"""What is wrong with the lists of kernels that do not show the column."""
_NO_RESERVED = "the list of reserved memory is not here: more memory is taken to be free than is"
_HIDDEN = "a region at {:#x} shows {} and no other flag: whether it is nomap, too, some kernels do not show"
_MOST_BYTES = 64 << 20


def is_memblock_list(text: str) -> bool:
    """Whether a text looks like one of the two files."""
    return bool(_LINE.match(text.lstrip("\n")))


def read_memblock_folder(folder: Path, source: str) -> MemoryMap | None:
    """The lists of a folder with the files ``memory`` and, perhaps, ``reserved``; ``None`` without them.

    Raises:
        InputError: a file cannot be read, or does not tell what is nomap.
    """
    memory = _text(folder / "memory")
    if memory is None:
        return None
    return memblock_of_lists(memory, _text(folder / "reserved"), source)


def memblock_of_lists(memory: str, reserved: str | None, source: str) -> MemoryMap:
    """Read the text of the two files.

    Args:
        memory: the file ``memory``.
        reserved: the file ``reserved``; ``None`` where there is none.
        source: where they came from, for errors and reports.

    Raises:
        InputError: lines are missing or broken, or the list does not tell what is nomap.
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
        f"memblock as {FOLDER} shows it",
        (OF_THE_KERNEL_THAT_RAN, *notes, *(() if reserved is not None else (_NO_RESERVED,))),
    )


def _regions(text: str, where: str, *, flags: bool = True) -> tuple[list[Region], list[str]]:
    """The regions of one list, and what is doubtful about them."""
    found: list[Region] = []
    notes: list[str] = []
    for line in _LINE.finditer(text):
        if int(line[1]) != len(found) or len(found) > MOST_REGIONS:
            raise InputError(f"region {len(found)} is missing or there are too many", where=where, hint=_BOTH)
        if flags and line[5] is None:
            raise InputError(NO_FLAGS, where=where, hint=_OTHER)
        first, last, names = int(line[2], 16), int(line[3], 16), set((line[5] or "NONE").split("|"))
        if last < first:
            raise InputError(f"the region at {first:#x} ends before it begins", where=where, hint=_BOTH)
        if names in ({"HOTPLUG"}, {"MIRROR"}):
            notes.append(_HIDDEN.format(first, *names))
        node = int(line[4]) if line[4] not in {None, "x"} else None
        found.append(Region(first, last - first + 1, "NOMAP" in names, node))
    if not found or text.strip("\n").count("\n") + 1 != len(found):
        raise InputError("holds lines that are no regions", where=where, hint=_BOTH)
    return found, notes


def _text(path: Path) -> str | None:
    if path.exists() and not path.is_file():  # the folder is a stranger's: a pipe in it would make us wait
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
