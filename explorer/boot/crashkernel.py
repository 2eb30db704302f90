# SPDX-License-Identifier: GPL-2.0-or-later
"""The memory that ``crashkernel=`` reserves at a given address.

``parse_crashkernel()`` (kernel/crash_core.c; since 6.9 kernel/crash_reserve.c) knows two forms, and the last
word without ``,high``, ``,low`` or ``,cma`` counts:

* ``SIZE[@BASE]``;
* ``START-[END]:SIZE[,...][@BASE]``: the size of the first range that holds the size of memory.

Without ``@BASE`` the kernel takes a free place. What is free depends on the kernel image and the initrd, and
no source of a memory map shows where they lie: then nothing is reserved here.
"""

import re
from collections.abc import Iterator

from explorer.boot.boot_parameters import BootParameters, memparse
from explorer.machine.memory_map import Region

__all__ = ["crashkernel_region"]

_SUFFIXES = (",high", ",low", ",cma")
_ALIGNMENT = 2 << 20  # arch/arm64/mm/init.c: the boot protocol's
_RANGE = re.compile(r"(?P<start>[^-:,@]+)-(?P<end>[^-:,@]*):(?P<size>[^-:,@]+)")


def crashkernel_region(parameters: BootParameters, memory_size: int, page_size: int) -> Region | None:
    """The region that ``crashkernel=SIZE@BASE`` asks for; ``None`` if no word gives an aligned address.

    Args:
        parameters: the command line.
        memory_size: bytes of ``memblock.memory``.
        page_size: bytes.
    """
    values = [value for value in parameters.values("crashkernel") if value and not value.endswith(_SUFFIXES)]
    if not values:
        return None
    sizes, _, base = values[-1].partition("@")
    size = next(_sizes(sizes, memory_size), 0) if ":" in sizes else memparse(sizes)[0]
    start = memparse(base)[0]
    if not (start and size) or start % _ALIGNMENT:
        return None
    size = -(-size // page_size) * page_size
    return Region(start, size) if start + size <= 1 << 64 else None


def _sizes(ranges: str, memory_size: int) -> Iterator[int]:
    """The sizes of the ranges that hold the size of memory, up to the first that is not a range."""
    for text in ranges.split(","):
        found = _RANGE.fullmatch(text)
        if not found:
            return
        end = memparse(found["end"])[0] if found["end"] else memory_size + 1
        if memparse(found["start"])[0] <= memory_size < end:
            yield memparse(found["size"])[0]
