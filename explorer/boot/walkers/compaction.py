# SPDX-License-Identifier: GPL-2.0-only
"""The two scanners of compaction over the pageblocks of a zone (mm/compaction.c)."""

from collections.abc import Iterator, Sequence

from explorer.boot.kernel_config import KernelConfig
from explorer.boot.memmap import PageContent, PageRun
from explorer.boot.memory_state import MemoryState, Pageblock
from explorer.boot.struct_page_access import StructPageAccess
from explorer.boot.walkers.fault import Circumstance, Fault, Hit, Name, fault_of, first_hit
from explorer.boot.zones import Zone

__all__ = ["scan"]

_MIGRATE_SCANNER = Name(
    "isolate_migratepages_block",
    ("compact_zone", "compact_zone_order", "compact_node", "isolate_migratepages"),
)
_FREE_SCANNER = Name(
    "isolate_freepages_block",
    ("compaction_alloc", "migrate_pages", "isolate_freepages", "compact_zone", "compact_zone_order"),
)


def scan(state: MemoryState) -> Iterator[Fault]:
    """Compaction: the migration scanner from the zone's start, the free scanner from its end.

    A block is entered when both ends are valid and in the zone, or unasked once every block of the zone has
    passed that test at boot (``zone->contiguous``).
    """
    config = state.kernel_config
    if not config.has("COMPACTION"):
        return
    reads = [StructPageAccess.PAGE_BUDDY, StructPageAccess.COMPOUND_ORDER, StructPageAccess.PAGE_LRU]
    bitmap = [StructPageAccess.PAGEBLOCK_FLAGS]
    for zone in state.zones:
        contiguous = state.contiguous(zone)
        last_block = (zone.end_pfn - 1) & -config.pageblock_nr_pages
        for block in state.irregular_blocks(zone):
            if not (contiguous or state.ends_pass(block.start, zone)):
                continue
            start, end = max(block.start, zone.start_pfn), min(block.end, zone.end_pfn)
            hit = first_hit(
                (state.run_at(start),), start, zone, bitmap, config, checked=False
            ) or _first_compound(block.page_runs, start, zone, reads, config)
            if hit and hit.pfn < end:
                yield from _scan_faults(hit, zone, block, config, last=block.start == last_block)


def _first_compound(
    page_runs: Sequence[PageRun],
    start: int,
    zone: Zone,
    reads: Sequence[StructPageAccess],
    config: KernelConfig,
) -> Hit | None:
    """As ``first_hit``, but a page of ones is taken for a compound page and skipped before PageLRU."""
    for run in page_runs:
        skips = run.page.content is PageContent.FF
        own = [read for read in reads if not (skips and read is StructPageAccess.PAGE_LRU)]
        hit = first_hit((run,), start, zone, own, config, checked=config.within_is_checked)
        if hit:
            return hit
    return None


def _scan_faults(
    hit: Hit, zone: Zone, block: Pageblock, config: KernelConfig, *, last: bool
) -> Iterator[Fault]:
    """Who meets the page: the migration scanner everywhere but in the last block."""
    reaches = (Circumstance.SCANNER_REACHES,)
    direct = (Circumstance.DIRECT_COMPACTION,)
    for trigger, needs in (("compact", ()), ("fallback", direct), ("hugetlb", direct)):
        if not last:
            yield fault_of(
                _MIGRATE_SCANNER,
                trigger,
                hit,
                zone,
                config,
                pageblocks=block.repeats,
                needs=needs,
                certain=not needs,
            )
        yield fault_of(
            _FREE_SCANNER,
            trigger,
            hit,
            zone,
            config,
            pageblocks=block.repeats,
            needs=needs + reaches,
            certain=False,
        )
