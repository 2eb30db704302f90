# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads memory maps from boot logs.

With ``memblock=debug``, ``memblock_dump_all()`` (mm/memblock.c) prints both lists of memblock. All versions
from 4.10 to 6.12 write a region as

    memory[0x0]<tab>[0x...-0x...], 0x... bytes on node 0 flags: 0x4

The node is omitted if the region has none. Flag 4 is NOMAP. Rules:

1. A dump is memblock itself. No rule of a kernel version is applied to it again.
2. Lines are recognised by their contents. Anything may precede them (time, level, CPU, host), and lines of
   other CPUs may lie between them. ``log_text`` reverses the changes that mail and web pages make.
3. The last dump of a boot is used, because it is closest to the end of early set-up (``memblock_dump``). If
   it is incomplete, an earlier complete dump that begins with the same regions is used.
4. Without a dump, the EFI memory map gives the memory and ACPI's SRAT the nodes (``efi``). The map holds no
   count of its lines, so it is checked against the node ranges that the kernel printed. A log without its
   beginning is refused, unless the map's own header stands directly above its first line. So is a log that
   ends in a crash before the node ranges: the crash may have cut the map. On a machine with EFI and a device
   tree, kernels since 6.3 print what the device tree reserves; for older kernels this is unknown.
5. Without a dump and an EFI map, the node ranges may suffice (``numa_node_ranges``).
6. A log of another architecture is refused, and so is one with its first line (``Linux version``) that shows
   no sign of arm64 (``log_architecture``). A piece of a log need not hold a sign; then a note says so.
7. Of several boots in a log, the last one that shows memory is used. A note is added if an earlier boot shows
   different memory.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from explorer.errors import FileError, InputError
from explorer.machine.efi import (
    efi_descriptors,
    efi_descriptors_shown,
    efi_map_has_its_header,
    srat_ranges,
)
from explorer.machine.log_architecture import foreign_architecture, shows_arm64
from explorer.machine.log_text import BootText, command_line_of, split_boots
from explorer.machine.memblock_dump import HEADER, HINT, Dump, memblock_dumps
from explorer.machine.memory_map import (
    OF_THE_KERNEL_THAT_RAN,
    EfiDescriptor,
    Firmware,
    MemoryMap,
    Region,
)
from explorer.machine.numa_nodes import (
    LOST,
    memory_of_node_ranges,
    merged_spans,
    numa_node_ranges,
    reserved_memory,
    span_above,
)

__all__ = ["ASSUMED_ARM64", "NO_TREE", "is_boot_log", "read_boot_log", "read_efi_log"]

_LOG = re.compile(
    r"\[[ \t]{0,8}\d{1,10}\.\d{6}\]|Booting Linux on physical CPU|Linux version \d|MEMBLOCK configuration:"
    r"|Early memory node ranges|OF: reserved mem: 0x|Processing EFI memory map:"
)
_ONLY_ARM64 = "only arm64 is modelled"
_NO_SIGN = (
    "give the whole dmesg of an arm64 machine: it begins with Booting Linux on physical CPU, or its Linux "
    "version names an aarch64 compiler"
)
ASSUMED_ARM64 = "nothing in this piece of a log shows its architecture: it is assumed to be arm64"
"""The note on a log without its beginning and without a sign of any architecture."""
_CRASH = re.compile(
    r"Kernel panic - not syncing|kernel BUG at |Internal error: |Unable to handle kernel |\bBad mode in "
    r"|Unhandled fault: |---\[ end "
)
_EFI_ALONE = "an EFI memory map holds no count of its lines: a line missing from the log cannot be detected"
_TWICE = "the log shows memblock twice, and the second dump is incomplete: the first is used"
_UNEQUAL = "the log shows several memblock dumps with different memory: the last is used"
_BOOTS = "the log holds {} boots, {} of them with different memory: the last is used"
_LARGEST_PAGE = 1 << 16
_ASK_OTHER_BOOT = "take the log of a boot with efi=debug that succeeds, or sudo cat /proc/iomem > iomem.txt"
_ACPI = re.compile(r"\bACPI: RSDP (?:0x)?[0-9a-fA-F]{8}")
NO_TREE = "kernels before 6.3 do not print what a device tree reserves: nothing is assumed to be reserved"
"""The note on logs of a machine with EFI and a device tree."""
_NO_NODES = "neither the EFI map nor this log shows NUMA nodes: all memory is assumed to be on node 0"


def is_boot_log(text: str) -> bool:
    """Whether a text looks like a kernel's log."""
    return bool(_LOG.search(text))


def read_boot_log(text: str, source: str) -> MemoryMap | Firmware:
    """The memory of a log's last boot: its last memblock dump, else its EFI map or its node ranges.

    Raises:
        InputError: the log has none of these, they are incomplete, or lines contradict each other.
    """
    candidates = _boots_with_memory(text)
    try:
        machine = _read_boot(candidates, source)
    except InputError as error:
        if len(candidates) == 1:
            raise
        raise error.restated(
            what=f"the last of {len(candidates)} boots in this log does not show enough: {error.what}",
            hint=f"cut the log to the boot that counts, or {error.hint}",
        ) from None
    memory = _memory(machine)
    others = sum(_differs(boot, memory, source) for boot in candidates[:-1])
    notes = (_BOOTS.format(len(candidates), others),) if others else ()
    assumed = () if shows_arm64(candidates[-1].text) else (ASSUMED_ARM64,)
    return replace(
        machine,
        notes=(*machine.notes, *notes, *assumed),
        command_line=command_line_of(candidates[-1].text),
    )


def _boots_with_memory(text: str) -> list[BootText]:
    """The boots of a log that show memory, in order (rule 7); the last boot if none does."""
    every = split_boots(text)
    showing = [
        boot
        for boot in every
        if HEADER in boot.text or numa_node_ranges(boot.text) or efi_descriptors_shown(boot.text)
    ]
    return showing or every[-1:]


def _differs(boot: BootText, memory: object, source: str) -> bool:
    """Whether an earlier boot shows different memory; false if it cannot be read."""
    try:
        other = _read_boot([boot], source)
    except InputError:
        return False
    return _memory(other) != memory


def _memory(machine: MemoryMap | Firmware) -> object:
    """A value that is equal for two machines with equal memory, regardless of allocations."""
    if isinstance(machine, MemoryMap):
        return machine.memory
    return merged_spans((entry.base, entry.base + entry.size) for entry in machine.efi), machine.banks


def _read_boot(candidates: Sequence[BootText], source: str) -> MemoryMap | Firmware:
    """The memory of the last boot. If its dump is incomplete, an earlier copy is used (rule 3)."""
    _check_architecture(candidates[-1], source)
    last, whole = memblock_dumps(candidates[-1], source)
    if last is None:
        return _without_dump(candidates[-1], source)
    if not last.missing():
        return _memory_map(last, source, *_unequal(last, whole))
    for boot in reversed(candidates[:-1]):
        earlier, more = memblock_dumps(boot, source)
        whole.extend([earlier] if earlier and not earlier.missing() else [])
        whole.extend(more)
    for dump in whole:
        if last.begins_like(dump):
            return _memory_map(dump, source, _TWICE)
    raise FileError(f"its last memblock dump {last.missing()}", file=source, hint=HINT)


def _check_architecture(boot: BootText, source: str) -> None:
    """Checks that a boot is not of another architecture, and that a whole one shows arm64 (rule 6)."""
    if foreign := foreign_architecture(boot.text):
        raise FileError(f"is of {foreign}", file=source, hint=_ONLY_ARM64)
    if boot.begins and not shows_arm64(boot.text):
        raise FileError("shows no sign of an arm64 kernel", file=source, hint=_NO_SIGN)


def _unequal(last: Dump, whole: Sequence[Dump]) -> Iterator[str]:
    """A note if the dumps of one boot show different memory. Nodes are ignored: they are set in between."""
    if any(dump.covers() != last.covers() for dump in whole):
        yield _UNEQUAL


def _without_dump(boot: BootText, source: str) -> MemoryMap | Firmware:
    """The memory map of a boot without a dump (rules 4 and 5)."""
    if not efi_descriptors(boot.text, source):
        memory_map = memory_of_node_ranges(boot.text, source, begins=boot.begins)
        if memory_map:
            return memory_map
    return _efi_map(boot, source)


def _memory_map(dump: Dump, source: str, *notes: str) -> MemoryMap:
    memory, reserved = ([regions[index] for index in sorted(regions)] for regions in dump.lists.values())
    if not any(region.size for region in memory):
        raise FileError("its memblock dump has no memory", file=source, hint=HINT)
    return MemoryMap(
        source,
        tuple(memory),
        tuple(Region(region.base, region.size) for region in reserved),
        source,
        "memblock dump in a boot log",
        (OF_THE_KERNEL_THAT_RAN, *notes),
    )


def read_efi_log(text: str, source: str) -> Firmware:
    """The EFI memory map of a log's last boot, with nodes; a memblock dump is ignored.

    The nodes are those of ACPI's SRAT. Without SRAT (EFI with a device tree) they are those of the node
    ranges.

    Raises:
        InputError: the log shows no EFI map, or its beginning is missing.
    """
    return _efi_map(_boots_with_memory(text)[-1], source)


def _efi_map(boot: BootText, source: str) -> Firmware:
    text = boot.text
    descriptors = efi_descriptors(text, source)
    if not descriptors:
        raise _nothing_in(source, begins=boot.begins)
    if not (boot.begins or efi_map_has_its_header(text)):
        raise FileError(
            "the beginning of the log is missing, and lines of the EFI map may be missing with it",
            file=source,
            hint=LOST,
        )
    ranges = numa_node_ranges(text)
    if not ranges and (crash := _CRASH.search(text)):
        raise FileError(
            "the kernel crashed before it printed the node ranges, so lines of the EFI map may be missing",
            file=source,
            line=boot.line + text.count("\n", 0, crash.start()) + 1,
            hint=_ASK_OTHER_BOOT,
        )
    _check_covered(descriptors, ranges, source)
    banks = srat_ranges(text) or _with_nodes(ranges)
    reserved = () if _ACPI.search(text) else reserved_memory(text, source)
    unknown = ((not ranges, _EFI_ALONE), (not banks, _NO_NODES), (reserved is None, NO_TREE))
    return Firmware(
        source,
        banks=banks,
        reserved=reserved or (),
        efi=descriptors,
        source=source,
        description="EFI memory map of a boot log",
        notes=tuple(note for holds, note in unknown if holds),
        command_line=command_line_of(text),
    )


def _with_nodes(ranges: tuple[Region, ...]) -> tuple[Region, ...]:
    """The node ranges if any has another node than 0: kernels without NUMA also print node 0."""
    return ranges if any(region.node for region in ranges) else ()


def _nothing_in(source: str, *, begins: bool) -> FileError:
    lost = "" if begins else ", and its beginning is missing"
    return FileError(
        f"the log holds no memblock dump and no EFI map{lost}",
        file=source,
        hint=HINT if begins else f"{HINT}; {LOST}",
    )


def _check_covered(descriptors: Sequence[EfiDescriptor], ranges: Sequence[Region], source: str) -> None:
    """Checks that the descriptors cover every node range, up to rounding to pages (64 KiB at most)."""
    covered = merged_spans(
        (entry.base & -_LARGEST_PAGE, (entry.base + entry.size + _LARGEST_PAGE - 1) & -_LARGEST_PAGE)
        for entry in descriptors
    )
    for region in ranges:
        span = span_above(covered, region.base)
        at = span[1] if span and span[0] <= region.base else region.base
        if at < region.end:
            raise FileError(
                f"lines of the EFI map are missing: the kernel had memory at {at:#x}, and the map shows none",
                file=source,
                hint=LOST,
            )
