# SPDX-License-Identifier: GPL-2.0-only
"""Boot logs: the memblock that a kernel printed because it was booted with ``memblock=debug``.

``memblock_dump_all()`` (mm/memblock.c) prints both lists. All versions from 4.10 to 6.12 write a region as

    memory[0x0]<tab>[0x...-0x...], 0x... bytes on node 0 flags: 0x4

with the node left out where there is none, and flag 4 for NOMAP. Rules:

1. What was printed is memblock itself: no version rule is applied to it again.
2. Lines are known by what they say, whatever stands before them (time, level, CPU, host) or between them:
   other CPUs print meanwhile. What mail and web pages did to them is undone (``log_text``).
3. The last dump counts (``memblock_dump``): it is closest to the end of early set-up. Where it is cut short,
   an earlier one counts that begins alike: then it is the same one.
4. Without a dump the EFI memory map tells what firmware said, and SRAT the nodes (``efi``). The map has no
   count, so it is checked against the node ranges that the kernel made of it; a log whose beginning was
   overwritten is refused. Where there is a device tree instead of ACPI, kernels since 6.3 tell what it
   reserves, and of others that is not known.
5. Without either the node ranges may be enough (``node_ranges``).
6. A kernel of another architecture is refused where it tells of itself.
7. Of several boots the last that tells of memory counts, whole or not; where others tell another memory, that
   is said.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from explorer.errors import InputError
from explorer.machine.efi import efi_descriptors, efi_descriptors_shown, srat_ranges
from explorer.machine.log_text import BootText, boots
from explorer.machine.memblock_dump import HEADER, HINT, Dump, dumps
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

__all__ = ["NO_TREE", "is_boot_log", "read_boot_log", "read_efi_log"]

_LOG = re.compile(
    r"\[[ \t]{0,8}\d{1,10}\.\d{6}\]|Booting Linux on physical CPU|Linux version \d|MEMBLOCK configuration:"
    r"|Early memory node ranges|OF: reserved mem: 0x|Processing EFI memory map:"
)
_FOREIGN = re.compile(
    r"(?P<x86>\bBIOS-e820: \[)|(?P<riscv>\bSBI specification v\d)|(?P<arm>\bCPU: ARMv\d Processor \[)"
)
_ARCHITECTURES = {"x86": "an x86 machine", "riscv": "a RISC-V machine", "arm": "a 32-bit Arm kernel"}
_ONLY_ARM64 = "only arm64 is modelled"
_EFI_ALONE = "an EFI memory map has no count: a line that was lost from the log would not be missed"
_TWICE = "the log shows memblock twice and is cut short in the second copy"
_UNEQUAL = "the log shows several memblock dumps that tell different memory: the last is taken"
_BOOTS = "the log holds {} boots, of which {} tell another memory: the last is taken"
_LARGEST_PAGE = 1 << 16
_ACPI = re.compile(r"\bACPI: RSDP (?:0x)?[0-9a-fA-F]{8}")
NO_TREE = "a kernel before 6.3 does not tell what a device tree reserves: it is taken to reserve nothing"
"""What a log lacks on a machine with EFI and a device tree."""
_NO_NODES = "neither EFI's map nor this log tells NUMA nodes: all memory is taken to be on node 0"


def is_boot_log(text: str) -> bool:
    """Whether a text looks like a kernel's log."""
    return bool(_LOG.search(text))


def read_boot_log(text: str, source: str) -> MemoryMap | Firmware:
    """The last whole memblock dump of a log's last boot, or else its EFI memory map.

    Raises:
        InputError: the log has neither, both are cut short, or a line contradicts itself or another.
    """
    told = _telling(text)
    try:
        found = _read_boot(told, source)
    except InputError as error:
        if len(told) == 1:
            raise
        raise InputError(
            f"of {len(told)} boots in this log the last tells too little: {error.what}",
            where=error.where,
            hint=f"cut the log to the boot that counts, or {error.hint}",
        ) from None
    memory = _told(found)
    others = sum(_differs(boot, memory, source) for boot in told[:-1])
    notes = (_BOOTS.format(len(told), others),) if others else ()
    return replace(found, notes=(*found.notes, *notes))


def _telling(text: str) -> list[BootText]:
    """Rule 7: the boots that tell of memory; the last where none does."""
    found = boots(text)
    telling = [
        boot
        for boot in found
        if HEADER in boot.text or numa_node_ranges(boot.text) or efi_descriptors_shown(boot.text)
    ]
    return telling or found[-1:]


def _differs(boot: BootText, memory: object, source: str) -> bool:
    """Whether an earlier boot tells another memory; one that cannot be read says nothing."""
    try:
        other = _read_boot([boot], source)
    except InputError:
        return False
    return _told(other) != memory


def _told(machine: MemoryMap | Firmware) -> object:
    """What a machine's memory is made of, whatever was allocated when."""
    if isinstance(machine, MemoryMap):
        return machine.memory
    return merged_spans((entry.base, entry.base + entry.size) for entry in machine.efi), machine.banks


def _read_boot(told: Sequence[BootText], source: str) -> MemoryMap | Firmware:
    """The last of some boots; an earlier one counts where the last is the same, cut short."""
    if foreign := _FOREIGN.search(told[-1].text):
        raise InputError(f"is of {_ARCHITECTURES[foreign.lastgroup or '']}", where=source, hint=_ONLY_ARM64)
    last, whole = dumps(told[-1], source)
    if last is None:
        return _without_dump(told[-1], source)
    if not last.missing():
        return _memory_map(last, source, *_unequal(last, whole))
    for boot in reversed(told[:-1]):
        earlier, more = dumps(boot, source)
        whole.extend([earlier] if earlier and not earlier.missing() else [])
        whole.extend(more)
    for dump in whole:
        if last.begins_like(dump):
            return _memory_map(dump, source, _TWICE)
    raise InputError(f"its last memblock dump {last.missing()}", where=source, hint=HINT)


def _unequal(last: Dump, whole: Sequence[Dump]) -> Iterator[str]:
    """Dumps of one boot tell one memory; nodes are set between them."""
    if any(dump.covers() != last.covers() for dump in whole):
        yield _UNEQUAL


def _without_dump(boot: BootText, source: str) -> MemoryMap | Firmware:
    """Rules 4 and 5."""
    if not efi_descriptors(boot.text, source):
        found = memory_of_node_ranges(boot.text, source, begins=boot.begins)
        if found:
            return found
    return _efi_map(boot, source)


def _memory_map(dump: Dump, source: str, *notes: str) -> MemoryMap:
    memory, reserved = ([regions[index] for index in sorted(regions)] for regions in dump.found.values())
    if not any(region.size for region in memory):
        raise InputError("its memblock dump has no memory", where=source, hint=HINT)
    return MemoryMap(
        source,
        tuple(memory),
        tuple(Region(region.base, region.size) for region in reserved),
        source,
        "memblock as a boot log shows it",
        (OF_THE_KERNEL_THAT_RAN, *notes),
    )


def read_efi_log(text: str, source: str) -> Firmware:
    """The EFI memory map of a log's last boot, and the nodes; a memblock dump in it does not count.

    The nodes are those of ACPI's SRAT, and without one (EFI with a device tree) of the node ranges.

    Raises:
        InputError: the log shows no map, or its beginning is missing.
    """
    return _efi_map(_telling(text)[-1], source)


def _efi_map(boot: BootText, source: str) -> Firmware:
    text = boot.text
    descriptors = efi_descriptors(text, source)
    if not descriptors:
        raise _nothing_in(source, begins=boot.begins)
    if not boot.begins:
        raise InputError(
            "the beginning of the log is missing, and lines of the EFI map may be, too",
            where=source,
            hint=LOST,
        )
    ranges = numa_node_ranges(text)
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
    )


def _with_nodes(ranges: tuple[Region, ...]) -> tuple[Region, ...]:
    """The node ranges where they tell nodes: on node 0 alone is all memory of a kernel without NUMA, too."""
    return ranges if any(region.node for region in ranges) else ()


def _nothing_in(source: str, *, begins: bool) -> InputError:
    lost = "" if begins else ", and its beginning is missing"
    return InputError(
        f"the log holds no memblock dump and no EFI map{lost}",
        where=source,
        hint=HINT if begins else f"{HINT}; {LOST}",
    )


def _check_covered(descriptors: Sequence[EfiDescriptor], ranges: Sequence[Region], source: str) -> None:
    """Every range that the kernel had comes from a descriptor, rounded out to its page (64 KiB at most)."""
    told = merged_spans(
        (entry.base & -_LARGEST_PAGE, (entry.base + entry.size + _LARGEST_PAGE - 1) & -_LARGEST_PAGE)
        for entry in descriptors
    )
    for region in ranges:
        span = span_above(told, region.base)
        at = span[1] if span and span[0] <= region.base else region.base
        if at < region.end:
            raise InputError(
                f"the kernel had memory at {at:#x} that the EFI map of the log does not show: it lost lines",
                where=source,
                hint=LOST,
            )
