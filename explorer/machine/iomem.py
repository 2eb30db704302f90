# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads memblock from ``/proc/iomem``, as a running kernel shows it to root.

Rules (arch/arm64/kernel/setup.c, request_standard_resources() and reserve_memblock_reserved_regions()):

1. A line with the least indentation is a region of memblock.memory if its name is ``System RAM``, or
   ``reserved`` for NOMAP. Other names at that level are devices.
2. ``reserved`` below such a line is memblock.reserved, rounded outwards to whole pages.
3. A file that shows only zeros was not read as root, and is refused.
4. Files of x86 and of 32-bit Arm are refused. x86 is recognised by ``Reserved`` with a capital and by names
   that only x86 has, 32-bit Arm by ``boot alias``.
5. Regions at the top level are in order and do not overlap; otherwise lines of two files are mixed. A line
   with the name of memory and without a range is damaged. Both are refused.

The file does not show NUMA nodes, reserved ranges outside memory, and memory that was added after boot.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from explorer.errors import FileError, printable
from explorer.machine.memory_map import MOST_REGIONS, OF_THE_KERNEL_THAT_RAN, MemoryMap, Region

__all__ = ["NO_NODES", "holds_iomem", "is_iomem", "read_iomem"]

_LINE = re.compile(r"^([ \t]{0,32})([0-9a-f]{8,16})-([0-9a-f]{8,16}) : ([^\n]{1,200})$", re.MULTILINE)
_RAM = re.compile(r"^[ \t]{0,32}[0-9a-f]{8,16}-[0-9a-f]{8,16} : System RAM", re.MULTILINE)
_FOREIGN = re.compile(
    r"(?P<x86>Reserved|System ROM|Video (?:ROM|RAM area)|ACPI (?:Tables|Non-volatile Storage)"
    r"|IOAPIC \d|Local APIC)$"
    r"|(?P<arm>System RAM \(boot alias\)$)"
)
_TELLS = re.compile(
    r"^[^\n]{0,200} : (?:System RAM|reserved|Kernel code|Kernel data)[ \t]{0,8}$", re.MULTILINE
)
_ADDED = re.compile(r"System RAM \(|Persistent Memory|dax\d|CXL Window")
_ROOT = "read it as root: sudo cat /proc/iomem > iomem.txt"
NO_NODES = (
    "/proc/iomem does not show NUMA nodes: all memory is assumed to be on node 0; ls -d "
    "/sys/devices/system/node/node* lists the nodes"
)
"""The note on nodes; another file may show them."""
_NO_RESERVED = (
    "this kernel shows no reserved memory in /proc/iomem, except its own image: more memory is assumed to be "
    "free than is free"
)
_HOTPLUG = "memory that was added after boot is ignored: {}"


def is_iomem(text: str) -> bool:
    """Whether a text looks like ``/proc/iomem``."""
    return bool(_LINE.match(text.lstrip("\n")))


def holds_iomem(text: str) -> bool:
    """Whether a text contains ``/proc/iomem``, such as the copy of a terminal."""
    return bool(_RAM.search(text))


def read_iomem(text: str, source: str) -> MemoryMap:
    """Read memblock as ``/proc/iomem`` shows it.

    Raises:
        InputError: the text was not read as root, is of another architecture, shows no memory, or is damaged.
    """
    _check_whole(text, source)
    memory: list[Region] = []
    taken: dict[str, list[Region]] = {"reserved": [], "Kernel code": [], "Kernel data": []}
    added: list[str] = []
    lines = 0
    nonzero = False
    margin = min((len(line[1]) for line in _LINE.finditer(text)), default=0)
    for line in _LINE.finditer(text):
        lines += 1
        if lines > MOST_REGIONS:
            raise FileError(f"more than {MOST_REGIONS} lines", file=source, hint=_ROOT)
        first, last, name = int(line[2], 16), int(line[3], 16), line[4].strip()
        top = len(line[1]) == margin
        nonzero = nonzero or last > 0
        if top and name in {"System RAM", "reserved"}:
            memory.append(_region(first, last, source, nomap=name == "reserved"))
        elif foreign := _FOREIGN.match(name):
            whose = "an x86 machine" if foreign["x86"] else "a 32-bit Arm kernel"
            raise FileError(f"is of {whose}", file=source, hint="only arm64 is modelled")
        elif _ADDED.match(name) or name == "System RAM":
            added.append(name)
        elif not top and name in taken:
            taken[name].append(_region(first, last, source))
    if lines and not nonzero:
        raise FileError("shows zeros instead of addresses: it was not read as root", file=source, hint=_ROOT)
    if not any(not region.nomap for region in memory):
        raise FileError("shows no System RAM", file=source, hint=_ROOT)
    _check_order(memory, source)
    notes = (OF_THE_KERNEL_THAT_RAN, NO_NODES, *(() if taken["reserved"] else (_NO_RESERVED,)))
    if added:
        notes = (*notes, _HOTPLUG.format(", ".join(sorted(set(added))[:3])))
    reserved = tuple(region for regions in taken.values() for region in regions)
    return MemoryMap(source, tuple(memory), reserved, source, "memblock in /proc/iomem", notes)


def _check_whole(text: str, source: str) -> None:
    """Checks that every line with the name of memory holds a range (rule 5)."""
    for line in _TELLS.finditer(text):
        if not _LINE.match(line[0]):
            number = text.count("\n", 0, line.start()) + 1
            raise FileError(
                f"{printable(line[0].strip()[:60])} is not a range", file=source, line=number, hint=_ROOT
            )


def _check_order(memory: Sequence[Region], source: str) -> None:
    """Checks that regions are in order and do not overlap (rule 5)."""
    for low, high in pairwise(memory):
        if low.end > high.base:
            raise FileError(
                f"memory at {high.base:#x} follows memory up to {low.end:#x}: lines of two files are mixed",
                file=source,
                hint=_ROOT,
            )


def _region(first: int, last: int, source: str, *, nomap: bool = False) -> Region:
    if last < first:
        raise FileError(f"the range from {first:#x} ends before it begins", file=source, hint=_ROOT)
    return Region(first, last - first + 1, nomap)
