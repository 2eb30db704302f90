# SPDX-License-Identifier: GPL-2.0-or-later
"""What decides the contents of struct pages in a configured kernel: passes and pfn_valid().

1. Fresh memmap is zero, 0xff or what RAM held before boot (``fresh_memmap``).
2. Until 5.7, memmap_init_zone() initialises the pfns of each zone that early_pfn_valid() accepts. Since 5.8
   memmap_init() loops over memory regions: it initialises NOMAP and leaves out holes.
3. A second pass may handle the pages that the loop left out (``MemmapPasses``).
"""

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Self

from explorer.boot.kernel_config import KernelConfig, MemoryModel
from explorer.boot.sections import MemoryKind

__all__ = [
    "MemmapPasses",
    "MemmapRules",
    "PageContent",
    "PfnValid",
    "SecondPass",
    "SkipReason",
]


class PageContent(StrEnum):
    """What a struct page holds; OUTSIDE and ABSENT are no struct pages.

    OUTSIDE is an address outside the memmap of FLATMEM; ABSENT belongs to a pfn without section.
    FF_RESERVED is 0xff except for ``page->lru``: the page is no tail of a compound page any more
    (INIT_LIST_HEAD() in reserve_bootmem_region(), mm/page_alloc.c).
    """

    OUTSIDE = "outside mem_map"
    ABSENT = "absent"
    EITHER = "cleared or not"
    FREED = "freed"
    ZERO = "zero"
    FF = "0xff"
    FF_RESERVED = "0xff, but reserved"
    STALE = "stale"
    INITIALISED = "initialised"


_MAPPED = frozenset({MemoryKind.MAP})
_MEMORY = _MAPPED | {MemoryKind.NOMAP}
_EVERYTHING = _MEMORY | {MemoryKind.HOLE}


class PfnValid(NamedTuple):
    """The kernel's pfn_valid(), for pfns that have a memmap.

    Attributes:
        of_arm64: it is arm64's own, which looks the pfn up in memblock; the generic one accepts every pfn of
            a section.
        accepts: the kinds of memory that it accepts.
    """

    of_arm64: bool
    accepts: frozenset[MemoryKind]

    @classmethod
    def of(cls, config: KernelConfig) -> Self:
        """Return the pfn_valid() of a kernel.

        arm64's own (arch/arm64/mm/init.c) accepts mapped memory until 5.12, any memory from 5.14 to 5.15.35.
        """
        if not config.has("HAVE_ARCH_PFN_VALID"):
            return cls(of_arm64=False, accepts=_EVERYTHING)
        if config.kernel.has("pfn_valid_is_memory"):
            return cls(of_arm64=True, accepts=_MEMORY)
        return cls(of_arm64=True, accepts=_MAPPED)


class SecondPass(StrEnum):
    """The kernel function that handles pages which the loop left out."""

    ZERO_RESERVED = "zero_resv_unavail, reserved ranges outside memory"
    ZERO_ALL = "zero_resv_unavail"
    ZONE_ZERO = "init_unavailable_mem"
    NEIGHBOURS = "init_unavailable_range"

    @property
    def function(self) -> str:
        """The name of the kernel function."""
        return self.value.partition(",")[0]


class SkipReason(StrEnum):
    """Why a kernel that has a second pass does not run it."""

    NUMA_OFF = "NUMA"
    FLATMEM = "FLATMEM"


class MemmapPasses(NamedTuple):
    """How a kernel initialises struct pages.

    Attributes:
        by_regions: memmap_init() loops over memory regions (5.8); before, memmap_init_zone() loops over the
            pfns of the zone.
        second: the function that this kernel has for the pages left out; ``None`` where it has none.
        skipped: why that function does not run; ``None`` where it runs or does not exist.
        zeroes_late: the second pass runs after the loop and overwrites what the loop initialised
            (4.15 to 4.17).
    """

    by_regions: bool
    second: SecondPass | None
    skipped: SkipReason | None
    zeroes_late: bool

    @property
    def running(self) -> SecondPass | None:
        """The second pass, where it runs."""
        return None if self.skipped else self.second

    @classmethod
    def of(cls, config: KernelConfig) -> Self:
        """Return the passes of a kernel.

        Until 5.7 the second pass is called from free_area_init_nodes(), which arm64 calls with NUMA only
        (arch/arm64/mm/init.c, zone_sizes_init()). With FLATMEM it finds nothing to do from 5.8 to
        5.14.
        """
        by_regions = config.kernel.has("memmap_by_regions")
        second = _second_pass(config)
        skipped = None
        flatmem = config.memory_model is MemoryModel.FLATMEM
        if second and by_regions and flatmem and not config.kernel.has("flatmem_holes_initialised"):
            skipped = SkipReason.FLATMEM
        elif second and not (by_regions or config.has("NUMA")):
            skipped = SkipReason.NUMA_OFF
        late = second is SecondPass.ZERO_RESERVED and not config.kernel.has("zero_before_memmap_init")
        return cls(by_regions, second, skipped, zeroes_late=late and not skipped)


def _second_pass(config: KernelConfig) -> SecondPass | None:
    """Return the second pass that the kernel has, run or not."""
    kernel = config.kernel
    if kernel.has("holes_like_neighbours"):
        return SecondPass.NEIGHBOURS
    if kernel.has("init_unavailable_mem"):
        return SecondPass.ZONE_ZERO
    if kernel.has("zero_resv_unavail"):
        return SecondPass.ZERO_ALL if kernel.has("zero_all_unavailable") else SecondPass.ZERO_RESERVED
    return None


class MemmapRules(NamedTuple):
    """What decides the contents of struct pages in a configured kernel.

    Attributes:
        passes: the functions that initialise it.
        pfn_valid: the pfns that these functions accept.
    """

    passes: MemmapPasses
    pfn_valid: PfnValid

    @classmethod
    def of(cls, config: KernelConfig) -> Self:
        """Return the rules of a kernel."""
        return cls(*_rules(config))


@lru_cache(maxsize=256)
def _rules(config: KernelConfig) -> tuple[MemmapPasses, PfnValid]:
    """The rules of a kernel, which is booted on many machines."""
    return MemmapPasses.of(config), PfnValid.of(config)
