# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel with its configuration and boot parameters: the values that memory initialisation depends on.

A configuration is a mapping of symbol names to values; a symbol that it lacks is ``n``. Whether Kconfig can
produce the configuration is not checked here. Geometry follows
include/linux/pageblock-flags.h, include/linux/mmzone.h and arch/arm64/include/asm/sparsemem.h.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from explorer.boot.boot_parameters import NO_PARAMETERS, BootParameters, kstrtobool
from explorer.boot.kernel import Kernel
from explorer.errors import InputError

__all__ = ["KernelConfig", "MemoryModel", "PfnValidWithin", "RamFill"]

_MIGRATE_PCPTYPES = 3  # UNMOVABLE, MOVABLE, RECLAIMABLE; HIGHATOMIC follows (include/linux/mmzone.h)


_DEFAULT_VA_BITS = {12: 39, 14: 47, 16: 42}  # by PAGE_SHIFT (arch/arm64/Kconfig, until 6.8)


class MemoryModel(StrEnum):
    """How a pfn finds its struct page."""

    FLATMEM = "FLATMEM"
    SPARSEMEM = "SPARSEMEM"
    SPARSEMEM_VMEMMAP = "SPARSEMEM_VMEMMAP"


class RamFill(StrEnum):
    """What RAM held before the kernel started; STALE is anything."""

    ZERO = "zero"
    FF = "ff"
    STALE = "stale"


class PfnValidWithin(StrEnum):
    """What ``pfn_valid_within()`` does: call ``pfn_valid()``, return true, or (since 5.15) not exist."""

    ASKS = "asks"
    TRUE = "true"
    REMOVED = "removed"


@dataclass(frozen=True)
class KernelConfig:
    """The properties of a kernel and its configuration that a simulated boot depends on.

    One configuration is booted on many machines: what follows from the attributes is computed once.

    Attributes:
        kernel: the version and its changes.
        memory_model: FLATMEM, classic SPARSEMEM or SPARSEMEM_VMEMMAP.
        page_shift: 12, 14 or 16.
        largest_order: largest order of the buddy allocator (``MAX_ORDER - 1`` before 6.4).
        pageblock_order: order of a pageblock.
        section_size_bits: log2 of a section in bytes.
        migrate_types: ``MIGRATE_TYPES`` of this configuration.
        ram_fill: what RAM held before boot.
        on: the symbols that are ``y``.
        nodes_shift: ``NODES_SHIFT``.
        va_bits: ``ARM64_VA_BITS``; on a CPU with fewer bits the kernel uses fewer.
        passed: the command line and the KASLR seed that the boot loader passes.
        built_in_command_line: ``CMDLINE``.
        block_limit: ``PAGE_BLOCK_MAX_ORDER``, in 6.16 ``PAGE_BLOCK_ORDER``; 0 where it is not set.
    """

    kernel: Kernel
    memory_model: MemoryModel
    page_shift: int
    largest_order: int
    pageblock_order: int
    section_size_bits: int
    migrate_types: int
    ram_fill: RamFill
    on: frozenset[str]
    nodes_shift: int
    va_bits: int
    passed: BootParameters = NO_PARAMETERS
    built_in_command_line: str = ""
    block_limit: int = 0

    @classmethod
    def of(
        cls,
        kernel: Kernel,
        config: Mapping[str, str],
        ram_fill: RamFill = RamFill.STALE,
        parameters: BootParameters = NO_PARAMETERS,
    ) -> Self:
        """Return a kernel with a configuration.

        Args:
            kernel: the kernel.
            config: symbol names without ``CONFIG_`` to ``n``, ``m``, ``y`` or a string.
            ram_fill: what RAM held before boot; default: unknown, as on a real machine.
            parameters: the command line and the KASLR seed that the boot loader passes; those of the machine
                by default.

        Raises:
            InputError: the values contradict each other (two page sizes) or are no numbers.
        """
        on = frozenset(name for name, value in config.items() if value == "y")
        page_shift = _page_shift(on)
        largest_order = _largest_order(kernel, config)
        block_limit = _number(config, "PAGE_BLOCK_MAX_ORDER", _number(config, "PAGE_BLOCK_ORDER", 0))
        return cls(
            kernel=kernel,
            memory_model=_memory_model(config),
            page_shift=page_shift,
            largest_order=largest_order,
            pageblock_order=_pageblock_order(kernel, on, page_shift, largest_order, block_limit),
            section_size_bits=_section_size_bits(kernel, page_shift),
            migrate_types=_MIGRATE_PCPTYPES + 1 + ("CMA" in on) + ("MEMORY_ISOLATION" in on),
            ram_fill=ram_fill,
            on=on,
            nodes_shift=_number(config, "NODES_SHIFT", 2),
            va_bits=_number(config, "ARM64_VA_BITS", _DEFAULT_VA_BITS[page_shift]),
            passed=parameters,
            built_in_command_line=config.get("CMDLINE", ""),
            block_limit=block_limit,
        )

    def __hash__(self) -> int:
        return self._hash

    def __getstate__(self) -> dict[str, Any]:
        """The attributes alone: another process computes other hashes of strings."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(self.__getstate__().values()))

    def has(self, symbol: str) -> bool:
        """Whether a symbol is ``y``."""
        return symbol in self.on

    @cached_property
    def parameters(self) -> BootParameters:
        """The command line and the seed that the kernel reads, with the built-in words."""
        forced, extended = "CMDLINE_FORCE" in self.on, "CMDLINE_EXTEND" in self.on
        return self.passed.built_into(self.built_in_command_line, forced=forced, extended=extended)

    def rebuilt(self, kernel: Kernel, config: Mapping[str, str]) -> Self:
        """Another kernel or configuration, under the same conditions: RAM, command line, seed."""
        return type(self).of(kernel, config, self.ram_fill, self.passed)

    def with_kernel(self, kernel: Kernel) -> Self:
        """The same configuration of a kernel that has other changes."""
        inclusive = [which.has("inclusive_max_order") for which in (kernel, self.kernel)]
        largest_order = self.largest_order + inclusive[0] - inclusive[1]
        return replace(
            self,
            kernel=kernel,
            largest_order=largest_order,
            pageblock_order=_pageblock_order(
                kernel, self.on, self.page_shift, largest_order, self.block_limit
            ),
            section_size_bits=_section_size_bits(kernel, self.page_shift),
        )

    @cached_property
    def page_owner_enabled(self) -> bool:
        """Whether page_owner tracks pages: it is built, and ``page_owner=on`` is given (mm/page_owner.c)."""
        if "PAGE_OWNER" not in self.on:
            return False
        if self.kernel.has("page_owner_by_kstrtobool"):
            return self.parameters.booleans("page_owner")[-1:] == (True,)
        return "on" in self.parameters.values("page_owner")

    @cached_property
    def kmemleak_enabled(self) -> bool:
        """Whether kmemleak scans memory (mm/kmemleak.c, kmemleak_boot_config() and kmemleak_init())."""
        words = [value for value in self.parameters.values("kmemleak") if value in {"on", "off"}]
        if "off" in words or "DEBUG_KMEMLEAK" not in self.on:
            return False
        default_off = "DEBUG_KMEMLEAK_DEFAULT_OFF" in self.on
        return bool(words) or not default_off

    @cached_property
    def debug_pagealloc_enabled(self) -> bool:
        """Whether free pages are unmapped (mm/page_alloc.c, early_debug_pagealloc())."""
        default = ("DEBUG_PAGEALLOC_ENABLE_DEFAULT" in self.on,)
        return "DEBUG_PAGEALLOC" in self.on and (*default, *self.parameters.booleans("debug_pagealloc"))[-1]

    @cached_property
    def rodata_full(self) -> bool:
        """Whether the linear map is in pages, so that permissions of single ones can change (arm64 mmu.c)."""
        if not self.kernel.has("rodata_full"):
            return False
        default = self.kernel.has("rodata_on_is_full") or "RODATA_FULL_DEFAULT_ENABLED" in self.on
        words = (self._rodata_full(value) for value in self.parameters.values("rodata"))
        return [default, *(full for full in words if full is not None)][-1]

    def _rodata_full(self, value: str | None) -> bool | None:
        """What one ``rodata=`` says of it; ``None``: nothing (arch/arm64/include/asm/setup.h, mm/mmu.c)."""
        kernel = self.kernel
        if kernel.has("rodata_on_is_full"):
            return {"on": True, "off": False, "noalias": False}.get(value or "")
        if kernel.has("rodata_on_is_not_full"):
            return {"full": True, "on": False, "off": False}.get(value or "")
        if kernel.has("rodata_words_of_arch"):
            return {"full": True, "off": False}.get(value or "")
        return True if value == "full" else None if kstrtobool(value) is None else False

    @cached_property
    def can_hibernate(self) -> bool:
        """Whether hibernation is built and no word of the command line forbids it."""
        return "HIBERNATION" in self.on and self.parameters.allows_hibernation

    @cached_property
    def memstart_offset_seed(self) -> int:
        """The 16 bits of the KASLR seed that move the linear map; 0 moves nothing (arm64 kaslr.c)."""
        if self.kernel.has("linear_map_not_randomized") or "RANDOMIZE_BASE" not in self.on:
            return 0
        return self.parameters.used_seed >> 48

    @cached_property
    def is_seed_known(self) -> bool:
        """Whether it is known how the linear map moves: without a given seed, firmware may pass any."""
        moves = "RANDOMIZE_BASE" in self.on and not self.kernel.has("linear_map_not_randomized")
        fixed = not moves or self.parameters.is_kaslr_off
        return fixed or self.parameters.kaslr_seed is not None

    @cached_property
    def pageblock_nr_pages(self) -> int:
        """Pages in a pageblock."""
        return 1 << self.pageblock_order

    @cached_property
    def max_order_nr_pages(self) -> int:
        """Pages in the largest block of the buddy allocator."""
        return 1 << self.largest_order

    @cached_property
    def pages_per_section(self) -> int:
        """Pages in a section."""
        return 1 << (self.section_size_bits - self.page_shift)

    @cached_property
    def pfn_valid_within(self) -> PfnValidWithin:
        """What ``pfn_valid_within()`` does (include/linux/mmzone.h)."""
        if self.kernel.has("no_pfn_valid_within"):
            return PfnValidWithin.REMOVED
        return PfnValidWithin.ASKS if "HOLES_IN_ZONE" in self.on else PfnValidWithin.TRUE

    @cached_property
    def within_is_checked(self) -> bool:
        """Whether ``pfn_valid_within()`` calls ``pfn_valid()`` for each page."""
        return self.pfn_valid_within is PfnValidWithin.ASKS


def _page_shift(on: frozenset[str]) -> int:
    """Return PAGE_SHIFT of the page size choice; 12 (4K) where no member is y."""
    chosen = [
        shift
        for symbol, shift in (("ARM64_4K_PAGES", 12), ("ARM64_16K_PAGES", 14), ("ARM64_64K_PAGES", 16))
        if symbol in on
    ]
    if len(chosen) > 1:
        raise InputError(
            "more than one page size is y",
            where="ARM64_*_PAGES",
            hint="set the others to n: a kernel has one",
        )
    return chosen[0] if chosen else 12


def _memory_model(config: Mapping[str, str]) -> MemoryModel:
    """Return the memory model: FLATMEM without SPARSEMEM; SPARSEMEM_VMEMMAP implies SPARSEMEM."""
    flat, vmemmap = config.get("FLATMEM") == "y", config.get("SPARSEMEM_VMEMMAP") == "y"
    sparse = config.get("SPARSEMEM", "n" if flat or not vmemmap else "y") == "y"
    if flat and sparse:
        raise InputError(
            "FLATMEM and SPARSEMEM are both y",
            where="FLATMEM",
            hint="set SPARSEMEM=n, too: a kernel has one model",
        )
    if not sparse:
        return MemoryModel.FLATMEM
    return MemoryModel.SPARSEMEM_VMEMMAP if vmemmap else MemoryModel.SPARSEMEM


def _largest_order(kernel: Kernel, config: Mapping[str, str]) -> int:
    """Return the largest buddy order; until 6.3 the symbol is one more (include/linux/mmzone.h)."""
    if kernel.has("inclusive_max_order"):
        return _number(config, "ARCH_FORCE_MAX_ORDER", 10)
    past = _number(config, "ARCH_FORCE_MAX_ORDER", 0) or _number(config, "FORCE_MAX_ZONEORDER", 11)
    return past - 1


def _number(config: Mapping[str, str], symbol: str, default: int) -> int:
    """Return the value of an int symbol; the default where it is absent, empty or 0.

    Since 6.8 Kconfig computes 0 for an int symbol whose dependencies are not met.
    """
    text = config.get(symbol, "")
    if text in {"", "n", "0"}:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 3 and 0 < int(text) < 64):
        what = f"{text[:80]!r} is not a number from 1 to 63"
        raise InputError(what, where=symbol, hint="leave it out to take the default")
    return int(text)


def _pageblock_order(
    kernel: Kernel, on: frozenset[str], page_shift: int, largest_order: int, block_limit: int
) -> int:
    """Return pageblock_order: that of a huge page, where there are any (include/linux/pageblock-flags.h)."""
    huge = page_shift - 3  # HUGETLB_PAGE_ORDER: a table of 8-byte entries fills one page
    limits = block_limit and kernel.has("page_block_max_order")
    most = min(largest_order, block_limit) if limits else largest_order
    follows = "HUGETLB_PAGE" in on or (kernel.has("pageblock_follows_thp") and "TRANSPARENT_HUGEPAGE" in on)
    if not follows:
        return most
    return min(huge, most) if kernel.has("pageblock_below_max_order") else huge


def _section_size_bits(kernel: Kernel, page_shift: int) -> int:
    """Return SECTION_SIZE_BITS (arch/arm64/include/asm/sparsemem.h)."""
    if not kernel.has("small_sections"):
        return 30
    return 29 if page_shift == 16 else 27
