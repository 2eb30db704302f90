# SPDX-License-Identifier: GPL-2.0-or-later
"""Recorded boots that a report cites beside a verdict.

``reports/recorded.json`` is a summary of the recordings (``boot_summary``). It is shipped, so that a report
made outside a checkout can cite boots.

An entry applies to a boot if both kernels are of one series and have the same changes, and if page size,
memory model, the recorded symbols and all memory regions are equal. A boot with a KASLR seed, or with words
on its command line that decide what runs, has no entry. Other symbols may differ: an entry is evidence
beside a verdict and never decides one. Changes that decide only how firmware's description becomes memblock
are not compared, because the memory regions are.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from explorer.boot import Boot, Kernel
from explorer.machine import MemoryMap, memory_map_to_json
from explorer.resources import data_folder
from explorer.version import KernelVersion

__all__ = ["BootEvidence", "compared_fields", "evidence_for", "has_parameters"]

_RECORDED_SYMBOLS = (
    "NUMA",
    "HOLES_IN_ZONE",
    "HAVE_ARCH_PFN_VALID",
    "ARCH_HAS_HOLES_MEMORYMODEL",
    "DEBUG_VM",
    "DEBUG_VM_PGFLAGS",
)

_BESIDE_RECORDINGS = frozenset(
    {
        "rodata_words_of_arch",
        "rodata_on_is_full",
        "rodata_on_is_not_full",
        "static_no_map_is_nomap",
        "reserved_memory_first",
        "numa_memblks",
        "efi_special_purpose_skipped",
        "placed_no_map_is_nomap",
        "usable_memory_range",
        "two_usable_ranges",
        "page_owner_by_kstrtobool",
        "present_asks_page_tables",
        "kfence_sets_direct_map",
        "kfence_in_pages",
        "kfence_pool_in_pages",
        "crashkernel_in_pages",
        "crashkernel_reserved_early",
        "crashkernel_in_blocks",
    }
)
"""The changes that decide only how firmware's description becomes memblock, what a command line means, what
hibernation copies, or what KFENCE does, which no recorded kernel had."""

_DECISIVE_WORDS = frozenset({"page_owner", "rodata", "debug_pagealloc", "nohibernate", "hibernate"})
"""The words that decide what runs. ``mem=`` is not among them: memory is compared."""


class BootEvidence(NamedTuple):
    """Recorded boots of one kernel on one memory map.

    Attributes:
        kernel: the release that booted.
        ram_fill: what RAM held before boot: ``zero`` or ``ff``.
        boots: the number of boots.
        died: the number of boots that died.
        where: the triggers and functions in which they died, most frequent first.
        matched: the number of boots whose outcome the simulator predicts.
    """

    kernel: str
    ram_fill: str
    boots: int
    died: int
    where: tuple[str, ...]
    matched: int


_Fields = tuple[str, int, str, str]


def evidence_for(boot: Boot) -> tuple[BootEvidence, ...]:
    """The entries of the shipped summary that apply to a boot."""
    if has_parameters(boot):
        return ()
    return tuple(
        entry
        for release, entry in _shipped().get(compared_fields(boot), ())
        if release.series == boot.kernel_config.kernel.version.series
        and not (Kernel.of(release).changes ^ boot.kernel_config.kernel.changes) - _BESIDE_RECORDINGS
    )


def has_parameters(boot: Boot) -> bool:
    """Whether the command line or a seed may decide the outcome: the entries have neither."""
    config = boot.kernel_config
    words = {name for name, _ in config.parameters.words}
    return bool(words & _DECISIVE_WORDS or config.memstart_offset_seed)


def compared_fields(boot: Boot) -> _Fields:
    """What must be equal: memory model, page size, the values of the recorded symbols, memory regions."""
    values = "".join("y" if boot.kernel_config.has(name) else "n" for name in _RECORDED_SYMBOLS)
    return (
        str(boot.kernel_config.memory_model),
        1 << boot.kernel_config.page_shift,
        values,
        _memory(boot.memory_map),
    )


def _memory(memory_map: MemoryMap) -> str:
    """The memory regions as one line; a region without a node is on node 0."""
    regions = memory_map_to_json(memory_map)["memory"]
    return ";".join(
        f"{entry['base']}+{entry['size']}{''.join(entry.get('flags', ()))}@{entry.get('node') or 0}"
        for entry in regions
    )


@cache
def _shipped() -> Mapping[_Fields, list[tuple[KernelVersion, BootEvidence]]]:
    """The entries of the shipped summary with their releases, by what must be equal."""
    entries = json.loads((data_folder("reports") / "recorded.json").read_text(encoding="utf-8"))
    by_fields: dict[_Fields, list[tuple[KernelVersion, BootEvidence]]] = {}
    for entry in entries:
        fields = (entry["memory_model"], entry["page_size"], entry["values"], entry["memory"])
        evidence = BootEvidence(
            entry["kernel"],
            entry["ram_fill"],
            entry["boots"],
            entry["died"],
            tuple(entry["where"]),
            entry["matched"],
        )
        by_fields.setdefault(fields, []).append((KernelVersion.parse(entry["kernel"]), evidence))
    return by_fields
