# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the EFI memory map and ACPI's SRAT from a kernel's log.

A kernel booted with ``efi=debug`` prints the map (efi_md_typeattr_format()); every kernel prints SRAT
(acpi_numa_memory_affinity_init()):

    efi:   0x000040000000-0x000043ffffff [Conventional|   |  |  |  |  |  |  |  |  |  |   |WB|WT|WC|UC]
    ACPI: SRAT: Node 0 PXM 0 [mem 0x40000000-0x43ffffff]

The map holds the descriptors of the firmware in the order in which the kernel read them. The kernel version
decides what memblock makes of them (``explorer.boot.early_memory``). The map holds no NUMA nodes. If a second
console printed the log again, the last copy of the map is used.
"""

import re
from itertools import pairwise

from explorer.errors import FileError
from explorer.machine.log_text import WRAP
from explorer.machine.memory_map import MOST_REGIONS, EfiDescriptor, Region

__all__ = ["efi_descriptors", "efi_descriptors_shown", "efi_map_has_its_header", "srat_ranges"]

_LINE = re.compile(
    r"efi:[ \t]{1,8}0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})" + WRAP + r"\[([^|\]\[]{1,32})\|([^\]\[]{0,120})\]"
)
_HEADER = "Processing EFI memory map:"
_HEADER_ABOVE = re.compile(
    _HEADER + r"[ \t\r]{0,8}\n(?:[ \t\r]{0,8}\n){0,4}[^\n]{0,200}?efi:[ \t]{1,8}0x[0-9a-f]{1,16}-0x"
)
_SRAT = re.compile(
    WRAP.join(("SRAT:", "Node", r"(\d{1,4})", "PXM", r"\d{1,10}", r"\[mem", ""))
    + r"0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})\]"
)
_HINT = "boot once with efi=debug and take the whole dmesg"


def efi_descriptors_shown(text: str) -> bool:
    """Whether a log shows any EFI memory descriptor."""
    return bool(_LINE.search(text))


def efi_descriptors(text: str, source: str) -> tuple[EfiDescriptor, ...]:
    """The descriptors of a log's EFI memory map, in the log's order; empty if the log shows none.

    Raises:
        InputError: descriptors overlap (lines of two maps or two messages are mixed), or there are more than
            ``MOST_REGIONS``.
    """
    copy = text[max(0, text.rfind(_HEADER)) :]
    descriptors: list[EfiDescriptor] = []
    for line in _LINE.finditer(copy if _LINE.search(copy) else text):
        descriptors.append(_descriptor(line, source))
        if len(descriptors) > MOST_REGIONS:
            raise FileError(f"more than {MOST_REGIONS} EFI descriptors", file=source, hint=_HINT)
    for low, high in pairwise(sorted(descriptors, key=lambda entry: entry.base)):
        if low.base + low.size > high.base:
            raise FileError(
                f"EFI descriptors at {low.base:#x} and {high.base:#x} overlap: lines of the log are mixed",
                file=source,
                hint=_HINT,
            )
    return tuple(descriptors)


def efi_map_has_its_header(text: str) -> bool:
    """Whether the kernel's header stands directly above the first descriptor of the map that is used."""
    return bool(_HEADER_ABOVE.match(text, max(0, text.rfind(_HEADER))))


def _descriptor(line: re.Match[str], source: str) -> EfiDescriptor:
    first, last = int(line[1], 16), int(line[2], 16)
    if last < first:
        raise FileError(f"the EFI descriptor at {first:#x} ends before it begins", file=source, hint=_HINT)
    attributes = frozenset(word.strip() for word in line[4].split("|")) - {""}
    return EfiDescriptor(" ".join(line[3].split()), first, last - first + 1, attributes)


def srat_ranges(text: str) -> tuple[Region, ...]:
    """The memory ranges of ACPI's SRAT with their nodes, by address; empty if the log shows none."""
    ranges = {
        Region(int(line[2], 16), int(line[3], 16) - int(line[2], 16) + 1, node=int(line[1]))
        for line in _SRAT.finditer(text)
        if int(line[2], 16) <= int(line[3], 16)
    }
    return tuple(sorted(ranges, key=lambda region: region.base))
