# SPDX-License-Identifier: GPL-2.0-or-later
"""The memblock dumps of a boot log, complete or not.

Rules (``memblock_dump_all()`` in mm/memblock.c; ``bootlog`` decides which dump is used):

1. A dump is complete if it shows as many regions as it counts. Equal lines count once, because a console that
   is registered late prints the log again. Lines that contradict each other are refused.
2. A dump that precedes the EFI memory map is ignored: it was printed before the kernel had read the map.
"""

import re
from collections import deque
from dataclasses import dataclass, field

from explorer.errors import FileError
from explorer.machine.log_text import WRAP, BootText
from explorer.machine.memory_map import MOST_REGIONS, Region
from explorer.machine.numa_nodes import merged_spans

__all__ = ["HEADER", "HINT", "Dump", "memblock_dumps"]

_MEMBLOCK_NOMAP = 0x4
HEADER = "MEMBLOCK configuration:"
"""The first line of a dump."""
HINT = "boot once with memblock=debug on the kernel's command line and take the whole dmesg"
"""How to get a whole dump."""
_LINE = re.compile(
    r"(?P<header>MEMBLOCK configuration:)"
    r"|(?P<efi>\befi:[ \t]{1,8}0x[0-9a-f]{1,16}-0x[0-9a-f]{1,16}" + WRAP + r"\[)"
    r"|\b(?P<counted>memory|reserved)\.cnt[ \t]{0,8}=[ \t]{0,8}0x(?P<count>[0-9a-f]{1,16})\b"
    r"|\b(?P<list>memory|reserved)\[0x(?P<index>[0-9a-f]{1,8})\]" + WRAP + ""
    r"\[(?:mem )?0x(?P<first>[0-9a-f]{1,16})-0x(?P<last>[0-9a-f]{1,16})\]"
    r"," + WRAP + r"0x(?P<size>[0-9a-f]{1,16})" + WRAP + "bytes"
    r"(?:" + WRAP.join(("", "on", "node", r"(?P<node>\d{1,4})")) + ")?" + WRAP + ""
    r"flags:" + WRAP + r"(?:0x)?(?P<flags>[0-9a-f]{1,8})\b"
)
_WHOLE_DUMPS = 16  # a kernel prints two or three


@dataclass(slots=True)
class Dump:
    """One dump, complete or not.

    Attributes:
        counts: the printed number of regions of ``memory`` and ``reserved``.
        lists: the regions of ``memory`` and ``reserved`` by index.
    """

    counts: dict[str, int] = field(default_factory=dict)
    lists: dict[str, dict[int, Region]] = field(default_factory=lambda: {"memory": {}, "reserved": {}})

    def missing(self) -> str:
        """Says what the dump lacks, for an error message; empty if the dump is complete."""
        for name, regions in self.lists.items():
            count = self.counts.get(name, 0)
            if name not in self.counts or len(regions) != count or max(regions, default=-1) >= count:
                return f"counts {count} {name} regions and shows {len(regions)}"
        return ""

    def covers(self) -> list[list[tuple[int, int]]]:
        """The half-open spans of all memory and of memory that is not NOMAP, regardless of nodes."""
        memory = self.lists["memory"].values()
        usable = (region for region in memory if not region.nomap)
        return [merged_spans((region.base, region.end) for region in regions) for regions in (memory, usable)]

    def begins_like(self, whole: "Dump") -> bool:
        """Whether every line of this dump is also in ``whole``."""
        return self.counts.items() <= whole.counts.items() and all(
            regions.items() <= whole.lists[name].items() for name, regions in self.lists.items()
        )


def memblock_dumps(boot: BootText, source: str) -> tuple[Dump | None, deque[Dump]]:
    """The last dump of a boot (``None`` without one), and the complete ones before it, the latest first."""
    text = boot.text
    whole: deque[Dump] = deque(maxlen=_WHOLE_DUMPS)
    dump: Dump | None = None
    for line in _LINE.finditer(text, max(0, text.find(HEADER))) if HEADER in text else ():
        if line["header"]:
            if dump and not dump.missing():
                whole.appendleft(dump)
            dump = Dump()
        elif line["efi"]:
            whole.clear()  # rule 2
            dump = None
        elif dump and line["counted"]:
            dump.counts[line["counted"]] = int(line["count"], 16)
        elif dump and line["list"]:
            _add(dump, line, boot, source)
    return dump, whole


def _add(dump: Dump, line: re.Match[str], boot: BootText, source: str) -> None:
    """Adds the region of a line to a dump (rule 1)."""
    regions, index, region = dump.lists[line["list"]], int(line["index"], 16), _region(line, boot, source)
    if regions.setdefault(index, region) != region:
        raise FileError(
            f"{line['list']}[{index:#x}] is two different regions in one memblock dump",
            file=source,
            line=_line_number(line, boot),
            hint=HINT,
        )
    if len(regions) > MOST_REGIONS:
        raise FileError(f"more than {MOST_REGIONS} regions", file=source, hint=HINT)


def _region(line: re.Match[str], boot: BootText, source: str) -> Region:
    first, last, size, flags = (int(line[group], 16) for group in ("first", "last", "size", "flags"))
    if (last - first + 1) % (1 << 64) != size or first + size > 1 << 64:
        raise FileError(
            f"the region from {first:#x} to {last:#x} is not {size:#x} bytes",
            file=source,
            line=_line_number(line, boot),
            hint=HINT,
        )
    node = int(line["node"]) if line["node"] else None
    return Region(first, size, bool(flags & _MEMBLOCK_NOMAP), node)


def _line_number(line: re.Match[str], boot: BootText) -> int:
    """The line of the log, counted from 1."""
    return boot.line + line.string.count("\n", 0, line.start()) + 1
