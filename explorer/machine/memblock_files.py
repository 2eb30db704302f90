# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the lists of ``/sys/kernel/debug/memblock``, the memblock of a running kernel.

Rules (mm/memblock.c, memblock_debug_show()):

1. ``memory`` and ``reserved`` hold one region per line: ``0: 0x0000000040000000..0x0000000047ffffff``.
2. 6.12 adds the node (``x`` for none) and the flags: ``   0 NOMAP``; 6.1 does not. A list of ``memory``
   without flags does not show which memory is NOMAP, and is refused: verdicts depend on it.
3. Some kernels show only the first flag of a region, so HOTPLUG or MIRROR can hide NOMAP. A note names such a
   region.
4. Indices count from 0 without a gap; otherwise lines are missing.
5. A text may hold both lists, as a terminal shows them: a line with the name of a list stands above its
   regions (``==> FILE <==`` of head and tail, a ``cat`` command), or grep prints the name before each region.
   ``head`` ends a list without a sign. A list of memory of 10, 20, ... lines that is the longest may be cut,
   and is refused.
"""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

from explorer.errors import FileError, printable
from explorer.machine.memory_map import MOST_REGIONS, OF_THE_KERNEL_THAT_RAN, MemoryMap, Region

__all__ = [
    "FOLDER",
    "NoFlagsError",
    "holds_memblock_lists",
    "is_memblock_list",
    "memblock_of_lists",
    "memblock_of_terminal",
    "read_memblock_folder",
]

_LINE = re.compile(
    r"^ {0,16}(\d{1,8}): 0x([0-9a-f]{1,16})\.\.0x([0-9a-f]{1,16})"
    r"(?:[ \t]{1,8}(\d{1,4}|x) ([A-Z_|]{1,80}))?[ \t]*$",
    re.MULTILINE,
)
FOLDER = "/sys/kernel/debug/memblock"
"""The folder in which a running kernel shows the lists."""
_BOTH = f"take both lists as root: sudo cp -r {FOLDER} memblock, and give that folder"
_OTHER = "this kernel shows no flags here; use sudo cat /proc/iomem > iomem.txt, which shows nomap"
_NO_RESERVED = "the list of reserved memory is missing: more memory is assumed to be free than is free"
_HIDDEN = "the region at {:#x} shows {} and no other flag: some kernels then do not show whether it is nomap"
_MOST_BYTES = 64 << 20
_REGION = r"[ \t]{0,16}\d{1,8}: 0x[0-9a-f]{1,16}\.\."
_LISTS = "memory|reserved|physmem"
_TITLE = rf"[^\n]{{0,200}}?memblock/(?P<title>{_LISTS})\b[^\n:]{{0,80}}|==> (?P<name>{_LISTS}) <=="
_HELD = re.compile(rf"^(?:{_TITLE})[ \t]{{0,8}}\n{_REGION}|^[^\s:]{{0,200}}\bmemory:{_REGION}", re.MULTILINE)
_TITLE_LINE = re.compile(_TITLE)
_GREP = re.compile(rf"[^\s:]{{0,200}}?\b(?P<title>memory|reserved|physmem):(?={_REGION})")
_DAMAGED = re.compile(r"[ \t]{0,16}\d{1,8}: ")
_TENS = 10
_MAY_BE_CUT = "the list of reserved memory may be longer: head prints the first lines only"


class NoFlagsError(FileError):
    """The lists are of a kernel that does not show flags."""


def is_memblock_list(text: str) -> bool:
    """Whether a text looks like one of the two lists."""
    return bool(_LINE.match(text.lstrip("\n")))


def holds_memblock_lists(text: str) -> bool:
    """Whether a text shows the list of memory with its name (rule 5)."""
    return bool(_HELD.search(text))


def memblock_of_terminal(text: str, source: str) -> MemoryMap:
    """The memblock in a text that shows the lists with their names (rule 5).

    Raises:
        InputError: lines are missing, broken or contradict each other, or do not show which memory is nomap.
    """
    lists = {name: lines for name, lines in _named_lists(text, source).items() if lines}
    memory, reserved = lists.get("memory", []), lists.get("reserved")
    longest = max(map(len, lists.values()), default=0)
    if memory and len(memory) == longest and longest % _TENS == 0:
        what = f"shows {longest} regions, and head may have left out others"
        raise FileError(what, file=source, part="memory", hint=_BOTH)
    machine = memblock_of_lists("\n".join(memory), "\n".join(reserved) if reserved else None, source)
    cut = reserved and len(reserved) == longest and longest % _TENS == 0
    return replace(machine, notes=(*machine.notes, _MAY_BE_CUT)) if cut else machine


def _named_lists(text: str, source: str) -> dict[str, list[str]]:
    """The lines of each list in a text, without what stands between the lists."""
    lists: dict[str, list[str]] = {}
    title, is_second = "", False
    for number, line in enumerate(text.split("\n"), 1):
        if prefix := _GREP.match(line):
            lists.setdefault(prefix["title"], []).append(line[prefix.end() :])
        elif _LINE.match(line) and title:
            if is_second:
                raise FileError(f"shows the list {title} twice", file=source, line=number, hint=_BOTH)
            lists[title].append(line)
        elif heading := _TITLE_LINE.match(line):
            title = heading["title"] or heading["name"]
            is_second = bool(lists.setdefault(title, []))
        elif _DAMAGED.match(line):
            what = f"{printable(line.strip()[:60])} is not a region of a list"
            raise FileError(what, file=source, line=number, hint=_BOTH)
        elif line.strip():
            title = ""
    return lists


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
    regions, notes = _regions(memory, source, "memory")
    taken, _ = ([], []) if reserved is None else _regions(reserved, source, "reserved")
    if not any(region.size and not region.nomap for region in regions):
        raise FileError("holds no memory that a kernel may use", file=source, part="memory", hint=_BOTH)
    return MemoryMap(
        source,
        tuple(regions),
        tuple(Region(region.base, region.size) for region in taken),
        source,
        f"memblock in {FOLDER}",
        (OF_THE_KERNEL_THAT_RAN, *notes, *(() if reserved is not None else (_NO_RESERVED,))),
    )


def _regions(text: str, source: str, name: str) -> tuple[list[Region], list[str]]:
    """The regions of one list, and notes on those with hidden flags (rule 3)."""
    regions: list[Region] = []
    notes: list[str] = []
    fault = partial(FileError, file=source, part=name, hint=_BOTH)
    for line in _LINE.finditer(text):
        if int(line[1]) != len(regions) or len(regions) > MOST_REGIONS:
            raise fault(f"region {len(regions)} is missing, or there are too many")
        if name == "memory" and line[5] is None:
            what = "shows no flags, so it does not show which memory is nomap"
            raise NoFlagsError(what, file=source, part=name, hint=_OTHER)
        first, last, flags = int(line[2], 16), int(line[3], 16), set((line[5] or "NONE").split("|"))
        if last < first:
            raise fault(f"the region at {first:#x} ends before it begins")
        if flags in ({"HOTPLUG"}, {"MIRROR"}):
            notes.append(_HIDDEN.format(first, *flags))
        node = int(line[4]) if line[4] not in {None, "x"} else None
        regions.append(Region(first, last - first + 1, "NOMAP" in flags, node))
    if not regions or text.strip("\n").count("\n") + 1 != len(regions):
        raise fault("holds lines that are not regions")
    return regions, notes


def _text(path: Path) -> str | None:
    if path.exists() and not path.is_file():  # reading a pipe could block for ever
        raise FileError("is not a regular file", file=str(path), hint=_BOTH)
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror}", file=str(path), hint=_BOTH) from None
    if len(data) > _MOST_BYTES:
        raise FileError(f"larger than {_MOST_BYTES >> 20} MiB", file=str(path), hint=_BOTH)
    return data.decode("utf-8", "replace")
