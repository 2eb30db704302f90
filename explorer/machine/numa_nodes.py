# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads what every boot log shows without a boot option: node ranges, and since 6.3 reserved memory.

    node   0: [mem 0x0000000080000000-0x0000000080dfffff]
    OF: reserved mem: 0x0000000080000000..0x00000000809fffff (10240 KiB) nomap non-reusable hyp@80000000

Rules (free_area_init() in mm/page_alloc.c, since 6.4 mm/mm_init.c; drivers/of/of_reserved_mem.c):

1. Each range is a region of memblock.memory, rounded to whole pages. NOMAP regions are included and not
   marked.
2. NOMAP comes from a device tree or from EFI. A log of an EFI machine does not show it, and is refused.
3. A range is NOMAP if ``nomap`` lines cover all of it. If they cover a part, the log is refused: memblock
   would have split the region, so a line is missing or the kernel refused the node.
4. Adjacent ranges of one node differ in a flag; otherwise memblock would have merged them. If these lines do
   not show a difference in NOMAP, the log is refused.
5. Kernels before 6.3 do not print ``reserved mem`` lines, and neither does a kernel whose device tree
   reserves nothing. A log before 6.3 without such a line is refused.
6. A single range is not NOMAP: no kernel could boot in it.
7. A log without its beginning, with a torn line, or with the kernel's message that it had no room for all
   lines is refused.

The log does not show the second ``reg`` of a no-map node. This goes unnoticed if that range fills a whole
bank.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from explorer.errors import FileError
from explorer.machine.log_text import WRAP
from explorer.machine.memory_map import (
    MOST_REGIONS,
    OF_THE_KERNEL_THAT_RAN,
    MemoryMap,
    Region,
    ReservedNode,
)

__all__ = [
    "LOST",
    "memory_of_node_ranges",
    "merged_spans",
    "numa_node_ranges",
    "reserved_memory",
    "span_above",
]

_RANGE = re.compile(
    r"node[ \t]{1,8}(\d{1,4}):" + WRAP + r"\[mem" + WRAP + r"0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})\]"
)
_BEGUN = "OF: reserved mem: 0x"
_RESERVED = re.compile(
    r"OF: reserved mem:"
    + WRAP
    + r"0x([0-9a-f]{1,16})\.\.0x([0-9a-f]{1,16})"
    + WRAP.join(("", r"\(\d{1,20}", r"KiB\)", r"(nomap|map)", ""))
)
_VERSION = re.compile(r"Linux version (\d{1,2})\.(\d{1,3})")
_PRINTS_RESERVED = (6, 3)
_NO_ROOM = "not enough space for all defined regions"
_EFI = re.compile(r"efi: EFI v\d")
_HINT = "boot once with memblock=debug (on an EFI machine efi=debug), or take sudo cat /proc/iomem"
LOST = (
    "take the log from its beginning: journalctl -k -b, or boot with log_buf_len=16M and without "
    "memblock=debug"
)
"""How to get a log whose beginning was overwritten."""
_NOT_RESERVED = (
    "the log shows what a device tree reserves and not what the kernel allocates: a little more memory is "
    "assumed to be free than is free"
)


def numa_node_ranges(text: str) -> tuple[Region, ...]:
    """The early memory node ranges of a log, by address; empty if the log shows none."""
    ranges = {
        Region(int(line[2], 16), int(line[3], 16) - int(line[2], 16) + 1, node=int(line[1]))
        for line in _RANGE.finditer(text)
        if int(line[2], 16) <= int(line[3], 16)
    }
    return tuple(sorted(ranges, key=lambda region: (region.base, region.size)))


def memory_of_node_ranges(text: str, source: str, *, begins: bool = True) -> MemoryMap | None:
    """The memblock in the node ranges and ``reserved mem`` lines of a log; ``None`` without ranges.

    Args:
        text: the lines of one boot.
        source: the log's name, for errors and reports.
        begins: the first lines of the boot are there.

    Raises:
        InputError: the log does not show which memory is nomap.
    """
    ranges = numa_node_ranges(text)
    if not ranges:
        return None
    if len(ranges) > MOST_REGIONS:
        raise FileError(f"more than {MOST_REGIONS} node ranges", file=source, hint=_HINT)
    if not begins:
        raise FileError(
            "the beginning of the log is missing, and lines on reserved memory may be missing with it",
            file=source,
            hint=f"{LOST}; {_HINT}",
        )
    lines = list(_RESERVED.finditer(text))
    if len(ranges) == 1:
        memory: tuple[Region, ...] = ranges
    else:
        _check_tells_nomap(text, len(lines), source)
        nomap = merged_spans(_bounds(line) for line in lines if line[3] == "nomap")
        memory = tuple(_marked(region, nomap, source) for region in ranges)
        _check_touching(memory, source)
    reserved = tuple(
        Region(start, end - start) for start, end in (_bounds(line) for line in lines if line[3] == "map")
    )
    return MemoryMap(
        source,
        memory,
        reserved,
        source,
        "node ranges and reserved memory of a boot log",
        (OF_THE_KERNEL_THAT_RAN, _NOT_RESERVED),
    )


def reserved_memory(text: str, source: str) -> tuple[ReservedNode, ...] | None:
    """The reserved memory of a device tree in a log; ``None`` if the kernel does not print it.

    Raises:
        InputError: some of the lines are torn or missing.
    """
    lines = list(_RESERVED.finditer(text))
    _check_lines(text, len(lines), source)
    if not lines and not _prints_reserved(text):
        return None
    bounds = ((line, *_bounds(line)) for line in lines)
    return tuple(
        ReservedNode("reserved mem", low, high - low, line[3] == "nomap") for line, low, high in bounds
    )


def _check_tells_nomap(text: str, lines: int, source: str) -> None:
    """Checks that the log can show NOMAP (rules 2 and 5)."""
    if _EFI.search(text):
        raise _unknown("the machine has EFI", source)
    if not lines and not _prints_reserved(text):
        raise _unknown("only kernels since 6.3 print it", source)
    _check_lines(text, lines, source)


def _check_lines(text: str, lines: int, source: str) -> None:
    """Checks that all lines on reserved memory are there (rule 7)."""
    begun = text.count(_BEGUN)
    if begun > lines:
        reason = f"{begun - lines} of {begun} lines on reserved memory are torn"
    elif _NO_ROOM in text:
        reason = "lines on reserved memory are missing: the kernel had no room for all"
    else:
        return
    raise FileError(reason, file=source, hint=_HINT)


def _prints_reserved(text: str) -> bool:
    """Whether the kernel of a log prints reserved memory."""
    version = _VERSION.search(text)
    return version is not None and (int(version[1]), int(version[2])) >= _PRINTS_RESERVED


def _check_touching(memory: Sequence[Region], source: str) -> None:
    """Checks that adjacent ranges differ in node or NOMAP (rule 4)."""
    for low, high in pairwise(memory):
        if low.end > high.base or (low.end == high.base and (low.nomap, low.node) == (high.nomap, high.node)):
            raise FileError(
                f"the ranges below and above {high.base:#x} differ in a flag that the log does not show",
                file=source,
                hint=_HINT,
            )


def _unknown(why: str, source: str) -> FileError:
    return FileError(
        f"the log does not show which memory is nomap: {why}",
        file=source,
        hint=_HINT,
    )


def _bounds(line: re.Match[str]) -> tuple[int, int]:
    first, last = int(line[1], 16), int(line[2], 16)
    return first, max(first, last + 1)


def merged_spans(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Half-open spans in order, with adjacent and overlapping ones merged."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def span_above(spans: Sequence[tuple[int, int]], address: int) -> tuple[int, int] | None:
    """The first of merged spans that ends above an address; ``None`` if none does."""
    index = bisect_right(spans, address, key=lambda span: span[1])
    return spans[index] if index < len(spans) else None


def _marked(region: Region, nomap: Sequence[tuple[int, int]], source: str) -> Region:
    """The region, NOMAP if ``nomap`` spans cover all of it (rule 3)."""
    span = span_above(nomap, region.base)
    if span is None or region.end <= span[0]:
        return region
    if span[0] <= region.base and region.end <= span[1]:
        return replace(region, nomap=True)
    raise FileError(
        f"nomap memory at {max(span[0], region.base):#x} covers a part of the range at {region.base:#x}: the "
        "log does not show whether the kernel marked it",
        file=source,
        hint=_HINT,
    )
