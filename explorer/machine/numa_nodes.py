# SPDX-License-Identifier: GPL-2.0-only
"""What every boot log tells of memory, without any option: the node ranges, and since 6.3 what is nomap.

    node   0: [mem 0x0000000080000000-0x0000000080dfffff]
    OF: reserved mem: 0x0000000080000000..0x00000000809fffff (10240 KiB) nomap non-reusable hyp@80000000

Rules (free_area_init() in mm/page_alloc.c, since 6.4 mm/mm_init.c; drivers/of/of_reserved_mem.c):

1. Each range is a region of memblock.memory, rounded to whole pages; NOMAP ones are among them, unmarked.
2. The kernel is told of NOMAP by a device tree or by EFI. On an EFI machine the log does not say: refused.
3. A range is NOMAP when ``nomap`` lines cover the whole of it. A part alone cannot be: memblock would have
   split it. Then a line is missing or the kernel refused the node, and the log does not say which.
4. Ranges of one node that touch differ in something, or memblock would have merged them. If that is not
   NOMAP by these lines, then something is not in the log: refused.
5. Kernels before 6.3 do not print such lines, and a device tree without reserved memory gives none: without
   one nothing is known before 6.3, and the log is refused.
6. A single range holds no NOMAP, whatever the kernel and the firmware: it could not have booted in it.
7. A log without its beginning may have lost some lines; a torn line or one that the kernel had no room for is
   lost. All are refused.

What it cannot know: a second ``reg`` of a no-map node, which has no line, where it fills a whole bank.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from explorer.errors import InputError
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
    "the log tells what a device tree reserves and not what the kernel itself takes: a little more memory is "
    "taken to be free than is"
)


def numa_node_ranges(text: str) -> tuple[Region, ...]:
    """The early memory node ranges of a log, in order, each once; empty where it shows none."""
    found = {
        Region(int(line[2], 16), int(line[3], 16) - int(line[2], 16) + 1, node=int(line[1]))
        for line in _RANGE.finditer(text)
        if int(line[2], 16) <= int(line[3], 16)
    }
    return tuple(sorted(found, key=lambda region: (region.base, region.size)))


def memory_of_node_ranges(text: str, source: str, *, begins: bool = True) -> MemoryMap | None:
    """Read memblock from the node ranges and the reserved memory of a device tree; ``None`` without ranges.

    Args:
        text: what a log shows of one boot.
        source: the log's name, for errors and reports.
        begins: its first lines are there.

    Raises:
        InputError: the log does not tell which memory is nomap.
    """
    ranges = numa_node_ranges(text)
    if not ranges:
        return None
    if len(ranges) > MOST_REGIONS:
        raise InputError(f"more than {MOST_REGIONS} node ranges", where=source, hint=_HINT)
    if not begins:
        raise InputError(
            "the beginning of the log is missing, and what it told of reserved memory may be, too",
            where=source,
            hint=f"{LOST}; {_HINT}",
        )
    lines = list(_RESERVED.finditer(text))
    if len(ranges) == 1:
        memory: tuple[Region, ...] = ranges
    else:
        _check_tells_nomap(text, len(lines), source)
        nomap = merged_spans(_bounds(line) for line in lines if line[3] == "nomap")
        memory = tuple(_judged(region, nomap, source) for region in ranges)
        _check_touching(memory, source)
    reserved = tuple(
        Region(start, end - start) for start, end in (_bounds(line) for line in lines if line[3] == "map")
    )
    return MemoryMap(
        source,
        memory,
        reserved,
        source,
        "memblock as a boot log's node ranges and reserved memory show it",
        (OF_THE_KERNEL_THAT_RAN, _NOT_RESERVED),
    )


def reserved_memory(text: str, source: str) -> tuple[ReservedNode, ...] | None:
    """What a log shows of a device tree's reserved memory; ``None`` where its kernel would not have told.

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
    """Rules 2 and 5."""
    if _EFI.search(text):
        raise _unknown("on an EFI machine", source)
    if not lines and not _prints_reserved(text):
        raise _unknown("as kernels do since 6.3", source)
    _check_lines(text, lines, source)


def _check_lines(text: str, lines: int, source: str) -> None:
    """Rule 7."""
    begun = text.count(_BEGUN)
    if begun > lines or _NO_ROOM in text:
        lost = f"{begun - lines} torn" if begun > lines else "missing, for the kernel had no room for all"
        raise InputError(f"of the log's lines on reserved memory some are {lost}", where=source, hint=_HINT)


def _prints_reserved(text: str) -> bool:
    """Whether a log is of a kernel that tells of reserved memory."""
    found = _VERSION.search(text)
    return found is not None and (int(found[1]), int(found[2])) >= _PRINTS_RESERVED


def _check_touching(memory: Sequence[Region], source: str) -> None:
    """Rule 4."""
    for low, high in pairwise(memory):
        if low.end > high.base or (low.end == high.base and (low.nomap, low.node) == (high.nomap, high.node)):
            raise InputError(
                f"the ranges below and from {high.base:#x} differ in something that the log does not tell",
                where=source,
                hint=_HINT,
            )


def _unknown(why: str, source: str) -> InputError:
    return InputError(
        f"the log shows memory and its nodes and does not tell, {why}, which of it is nomap",
        where=source,
        hint=_HINT,
    )


def _bounds(line: re.Match[str]) -> tuple[int, int]:
    first, last = int(line[1], 16), int(line[2], 16)
    return first, max(first, last + 1)


def merged_spans(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Half-open spans in order, those that touch or overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def span_above(spans: Sequence[tuple[int, int]], address: int) -> tuple[int, int] | None:
    """The first of some merged spans that ends above an address."""
    index = bisect_right(spans, address, key=lambda span: span[1])
    return spans[index] if index < len(spans) else None


def _judged(region: Region, nomap: Sequence[tuple[int, int]], source: str) -> Region:
    """Rule 3."""
    span = span_above(nomap, region.base)
    if span is None or region.end <= span[0]:
        return region
    if span[0] <= region.base and region.end <= span[1]:
        return replace(region, nomap=True)
    raise InputError(
        f"nomap memory from {max(span[0], region.base):#x} lies inside the range from {region.base:#x}: the "
        "log does not tell whether the kernel marked it",
        where=source,
        hint=_HINT,
    )
