# SPDX-License-Identifier: GPL-2.0-or-later
"""memblock at the end of arm64's early set-up (arch/arm64/mm/init.c, arm64_memblock_init()).

``from_firmware`` replays it for the memory that firmware reports, in the kernel's order:

1. the banks of a device tree, or the EFI memory map, which marks NOMAP;
2. ``linux,usable-memory-range``, the width of physical addresses, and ``mem=`` cut memory; NOMAP stays;
3. what a device tree reserves; ``crashkernel=``;
4. the nodes.

``from_map`` takes the lists of a kernel that has booted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from explorer.boot.crashkernel import crashkernel_region
from explorer.boot.kernel_config import KernelConfig
from explorer.boot.memblock import PHYS_ADDR_MAX, Memblock
from explorer.boot.of_numa import set_nodes
from explorer.boot.reserved_placement import placed_nodes
from explorer.errors import InputError
from explorer.machine.memory_map import (
    MEMRESERVE,
    EfiDescriptor,
    Firmware,
    MemoryCut,
    MemoryMap,
    Region,
    ReservedNode,
)

__all__ = ["from_firmware", "from_map"]

_PA_BITS_52 = 52
_PA_BITS_48 = 48
_USABLE_RANGES = 2  # drivers/of/fdt.c, MAX_USABLE_RANGES

# drivers/firmware/efi/arm-init.c, is_usable_memory(): types the kernel may use when they are write-back.
_EFI_USABLE = frozenset(
    {
        "Loader Code",
        "Loader Data",
        "Boot Code",
        "Boot Data",
        "Conventional Memory",
        "Conventional",
        "ACPI Reclaim Memory",
        "ACPI Reclaim",
        "Persistent Memory",
        "Persistent",
    }
)
_EFI_ACPI_RECLAIM = frozenset({"ACPI Reclaim Memory", "ACPI Reclaim"})
_EFI_IS_MEMORY = frozenset({"WB", "WT", "WC"})


def from_map(memory_map: MemoryMap, config: KernelConfig) -> MemoryMap:
    """Return a map with its regions as memblock holds them: sorted, disjoint, merged.

    Without NUMA a region has no node, so regions that differ in the node alone are merged.

    ``mem=`` is applied to the map of another command line. Its NOMAP regions stay, as those of EFI do: a
    device tree's would be gone, and memblock does not show whose they are.

    Raises:
        InputError: it has no memory, or memory beyond the addresses of arm64.
    """
    memory = memory_map.memory
    if not config.has("NUMA") and any(region.node is not None for region in memory):
        memory = tuple([Region(region.base, region.size, region.nomap) for region in memory])
    lists = Memblock.of(memory, memory_map.reserved)
    cuts: tuple[MemoryCut, ...] = ()
    if config.parameters.command_line != memory_map.command_line:
        cuts = _apply_memory_limit(lists, config)
        _reserve_crashkernel(lists, config)
    _check_memory(lists, memory_map.source or memory_map.name)
    held = (lists.memory, lists.reserved, cuts)
    if held == (memory_map.memory, memory_map.reserved, memory_map.cuts):
        return memory_map
    return replace(memory_map, memory=held[0], reserved=held[1], cuts=cuts)


def _check_memory(lists: Memblock, where: str) -> None:
    """Raise an error where no kernel can start."""
    memory = lists.memory
    if not any(region.size and not region.nomap for region in memory):
        raise InputError(
            "the map holds no memory that a kernel may use",
            where=where,
            hint="give at least one region without nomap",
        )
    if memory[-1].end > 1 << _PA_BITS_52:
        raise InputError(
            f"memory ends at {memory[-1].end:#x}, beyond the 52 bits of an arm64 physical address",
            where=where,
            hint="check the base and size of the last region",
        )


def from_firmware(firmware: Firmware, config: KernelConfig, choice: int = 0) -> MemoryMap:
    """Return the memory map at the end of ``arm64_memblock_init()``, with node ids.

    ``reserved`` lacks the kernel image, its initrd and what the kernel allocates later: firmware does not
    report them.

    Args:
        firmware: what firmware reports.
        config: the kernel and its configuration.
        choice: which of the places the nodes without an address get (``reserved_placement``).

    Raises:
        InputError: nothing that the kernel may use is left.
    """
    lists = Memblock()
    for bank in firmware.banks:
        _early_init_dt_add_memory(lists, bank.base, bank.size, config)
    if firmware.efi:
        lists = _reserve_regions(firmware.efi, config)
    cuts = _check_for_usable_mem_range(lists, firmware.usable, config)
    _limit_to_physical_addresses(lists, config)
    cuts += _apply_memory_limit(lists, config)
    for node in _reservations(firmware, config):
        _early_init_dt_reserve_memory(lists, node.base, node.size, config, no_map=node.no_map)
    placed = placed_nodes(lists, firmware.unplaced, config, choice) if firmware.unplaced else ()
    for node in placed:
        _early_init_dt_alloc_reserved_memory(lists, node.base, node.size, config)
    _reserve_crashkernel(lists, config)
    _check_memory(lists, firmware.source or firmware.name)
    if config.has("NUMA"):
        set_nodes(lists, firmware.banks, config)
    return MemoryMap(
        firmware.name,
        lists.memory,
        lists.reserved,
        firmware.source,
        firmware.description,
        firmware.notes,
        firmware.command_line,
        firmware.kaslr_seed,
        placed=placed,
        cuts=cuts,
    )


def _reservations(firmware: Firmware, config: KernelConfig) -> list[ReservedNode]:
    """Return the reserved nodes in the order of early_init_fdt_scan_reserved_mem() (drivers/of/fdt.c)."""
    last = config.kernel.has("reserved_memory_first")
    return sorted(firmware.reserved, key=lambda node: (node.name == MEMRESERVE) == last)


def _early_init_dt_add_memory(lists: Memblock, base: int, size: int, config: KernelConfig) -> None:
    """Add a bank of the device tree, cut to whole pages (drivers/of/fdt.c)."""
    page = 1 << config.page_shift
    start = -(-base // page) * page
    end = (base + size) // page * page
    if start < end:
        lists.memblock_add(start, end - start)


def _reserve_regions(descriptors: Iterable[EfiDescriptor], config: KernelConfig) -> Memblock:
    """Return the lists of the EFI memory map, which replaces the banks of the device tree.

    Source: drivers/firmware/efi/arm-init.c (6.1: efi-init.c), reserve_regions().
    """
    lists = Memblock()
    page = 1 << config.page_shift
    for descriptor in descriptors:
        if not descriptor.attributes & _EFI_IS_MEMORY:
            continue
        base = descriptor.base // page * page
        size = -(-(descriptor.base + descriptor.size) // page) * page - base
        special = "SP" in descriptor.attributes
        if special and config.kernel.has("efi_special_purpose_skipped"):
            continue
        lists.memblock_add(base, size)
        if descriptor.kind not in _EFI_USABLE or "WB" not in descriptor.attributes or special:
            lists.memblock_mark_nomap(base, size)
        elif descriptor.kind in _EFI_ACPI_RECLAIM:
            lists.memblock_reserve(base, size)
    return lists


def _check_for_usable_mem_range(
    lists: Memblock, usable: Sequence[Region], config: KernelConfig
) -> tuple[MemoryCut, ...]:
    """Keep the memory of ``linux,usable-memory-range`` only (drivers/of/fdt.c).

    Before 5.15 arch/arm64/mm/init.c, fdt_enforce_memory_region(). A second range is added as memory.
    """
    if not usable or not config.kernel.has("usable_memory_range"):
        return ()
    before = _mapped_bytes(lists)
    lists.memblock_cap_memory_range(usable[0].base, usable[0].size)
    for region in usable[1:_USABLE_RANGES] if config.kernel.has("two_usable_ranges") else ():
        lists.memblock_add(region.base, region.size)
    return _cut("linux,usable-memory-range", before, lists)


def _apply_memory_limit(lists: Memblock, config: KernelConfig) -> tuple[MemoryCut, ...]:
    """Apply ``mem=``, rounded down to pages (arch/arm64/mm/init.c, early_mem(), arm64_memblock_init()).

    The kernel adds its image back where the limit removes it; where the image lies is not known here.
    """
    limit = config.parameters.memory_limit
    if limit is None:
        return ()
    before = _mapped_bytes(lists)
    lists.memblock_mem_limit_remove_map(limit >> config.page_shift << config.page_shift)
    return _cut("mem=", before, lists)


def _mapped_bytes(lists: Memblock) -> int:
    return sum(region.size for region in lists.memory if not region.nomap)


def _cut(by: str, before: int, lists: Memblock) -> tuple[MemoryCut, ...]:
    """What was removed since ``before`` bytes were mapped; empty if nothing was."""
    removed = before - _mapped_bytes(lists)
    return (MemoryCut(by, removed),) if removed > 0 else ()


def _reserve_crashkernel(lists: Memblock, config: KernelConfig) -> None:
    """reserve_crashkernel(): a given place is reserved if it is free memory (arch/arm64/mm/init.c)."""
    if not (config.has("KEXEC_CORE") and config.kernel.has("usable_memory_range")):
        return  # kdump came to arm64 with linux,usable-memory-range
    size = sum(region.size for region in lists.memory)
    region = crashkernel_region(config.parameters, size, 1 << config.page_shift)
    is_memory = region and any(
        memory.base <= region.base and region.end <= memory.end for memory in lists.memory
    )
    if region and is_memory and not lists.memblock_is_region_reserved(region.base, region.size):
        lists.memblock_reserve(region.base, region.size)


def _limit_to_physical_addresses(lists: Memblock, config: KernelConfig) -> None:
    """Remove memory above PHYS_MASK (arch/arm64/mm/init.c, arm64_memblock_init())."""
    limit = 1 << (_PA_BITS_52 if config.has("ARM64_PA_BITS_52") else _PA_BITS_48)
    lists.memblock_remove(limit, PHYS_ADDR_MAX - limit)


def _early_init_dt_reserve_memory(
    lists: Memblock, base: int, size: int, config: KernelConfig, *, no_map: bool
) -> None:
    """Reserve a region; no-map removes it from memory or, since 5.12, marks it NOMAP (drivers/of/fdt.c)."""
    if not no_map:
        lists.memblock_reserve(base, size)
    elif not config.kernel.has("static_no_map_is_nomap"):
        lists.memblock_remove(base, size)
    elif not (lists.memblock_overlaps_memory(base, size) and lists.memblock_is_region_reserved(base, size)):
        lists.memblock_mark_nomap(base, size)


def _early_init_dt_alloc_reserved_memory(lists: Memblock, base: int, size: int, config: KernelConfig) -> None:
    """Remove a no-map region that the kernel has placed from memory or, since 5.14, mark it NOMAP.

    Source: drivers/of/of_reserved_mem.c, early_init_dt_alloc_reserved_memory_arch(). From 5.2 to 5.14 the
    region is not reserved. This has no effect: what is reserved outside memory counts before 4.20 only, and
    5.14 reserves the pages of NOMAP regions anyway.
    """
    lists.memblock_reserve(base, size)
    if config.kernel.has("placed_no_map_is_nomap"):
        lists.memblock_mark_nomap(base, size)
    else:
        lists.memblock_remove(base, size)
