# SPDX-License-Identifier: GPL-2.0-only
"""The EFI memory map, as a kernel booted with ``efi=debug`` prints it (efi_md_typeattr_format()).

    efi:   0x000040000000-0x000043ffffff [Conventional|   |  |  |  |  |  |  |  |  |  |   |WB|WT|WC|UC]

It is what firmware said, in the order in which the kernel read it; the kernel version decides what memblock
becomes of it. It says nothing of NUMA nodes.
"""

import re

from explorer.machine.memory_map import EfiDescriptor

__all__ = ["efi_descriptors"]

_LINE = re.compile(r"\befi:\s+0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16}) \[([^|\]]{1,32})\|([^\]]{0,120})\]")


def efi_descriptors(text: str) -> tuple[EfiDescriptor, ...]:
    """The descriptors of a log's EFI memory map; empty where it printed none."""
    return tuple(_descriptor(line) for line in _LINE.finditer(text))


def _descriptor(line: re.Match[str]) -> EfiDescriptor:
    first, last = int(line[1], 16), int(line[2], 16)
    attributes = frozenset(word.strip() for word in line[4].split("|")) - {""}
    return EfiDescriptor(line[3].strip(), first, max(0, last - first + 1), attributes)
