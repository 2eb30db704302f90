# SPDX-License-Identifier: GPL-2.0-only
"""Boot logs: the memblock that a kernel printed because it was booted with ``memblock=debug``.

A log without one may still hold the EFI memory map (``efi=debug``): then it tells what firmware said.
``memblock_dump_all()`` (mm/memblock.c) prints both lists. All versions from 4.10 to 6.12 write a region as

    memory[0x0]<tab>[0x...-0x...], 0x... bytes on node 0 flags: 0x4

with the node left out where there is none, and flag 4 for NOMAP. A log may hold several dumps; the last one
is the state closest to the end of early set-up. What was printed is memblock itself: no version rule is
applied to it again.
"""

import re

from explorer.errors import InputError
from explorer.machine.efi import efi_descriptors
from explorer.machine.memory_map import Firmware, MemoryMap, Region

__all__ = ["is_boot_log", "read_boot_log"]

_MEMBLOCK_NOMAP = 0x4
_HEADER = re.compile(r"MEMBLOCK configuration:")
_COUNT = re.compile(r"\b(memory|reserved)\.cnt\s*=\s*0x([0-9a-f]{1,16})\b")
_REGION = re.compile(
    r"\b(memory|reserved)\[0x[0-9a-f]+\]\s+\[(?:mem )?0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})\]"
    r", 0x([0-9a-f]{1,16}) bytes(?: on node (\d{1,4}))? flags: (?:0x)?([0-9a-f]{1,8})\b"
)
_LOG = re.compile(r"^(<\d+>)?\[ *\d+\.\d+\]|Booting Linux on physical CPU|Linux version \d", re.MULTILINE)
_HINT = "boot once with memblock=debug on the kernel's command line and take the whole dmesg"


def is_boot_log(text: str) -> bool:
    """Whether a text looks like a kernel's log."""
    return bool(_HEADER.search(text) or _LOG.search(text))


def read_boot_log(text: str, source: str) -> MemoryMap | Firmware:
    """The last memblock dump of a log, or else its EFI memory map.

    Raises:
        InputError: the log has no dump, the dump is cut short, or a line of it contradicts itself.
    """
    starts = [number for number, line in enumerate(text.splitlines()) if _HEADER.search(line)]
    if not starts:
        descriptors = efi_descriptors(text)
        if not descriptors:
            raise InputError("the log holds no memblock dump and no EFI map", where=source, hint=_HINT)
        return Firmware(source, efi=descriptors, source=source, description="EFI memory map of a boot log")
    found: dict[str, list[Region]] = {"memory": [], "reserved": []}
    counts: dict[str, int] = {}
    for number, line in list(enumerate(text.splitlines(), start=1))[starts[-1] :]:
        if counted := _COUNT.search(line):
            counts[counted[1]] = int(counted[2], 16)
        elif region := _REGION.search(line):
            found[region[1]].append(_region(region, f"{source}:{number}"))
    for key, regions in found.items():
        if len(regions) != counts.get(key, -1):
            raise InputError(
                f"its last memblock dump counts {counts.get(key, 0)} {key} regions and shows {len(regions)}",
                where=source,
                hint=_HINT,
            )
    if not found["memory"]:
        raise InputError("its memblock dump has no memory", where=source, hint=_HINT)
    reserved = tuple(Region(region.base, region.size) for region in found["reserved"])
    return MemoryMap(source, tuple(found["memory"]), reserved, source, "memblock as a boot log shows it")


def _region(line: re.Match[str], where: str) -> Region:
    first, last, size, flags = (int(line[group], 16) for group in (2, 3, 4, 6))
    if last - first + 1 != size:
        raise InputError(
            f"the region from {first:#x} to {last:#x} is not {size:#x} bytes", where=where, hint=_HINT
        )
    node = int(line[5]) if line[5] else None
    return Region(first, size, bool(flags & _MEMBLOCK_NOMAP), node)
