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


def scan(land: MemoryState) -> Iterator[Fault]:
    """Compaction: the migration scanner from the zone's start, the free scanner from its end.

    A block is entered when both ends are valid and in the zone, or unasked once every block of the zone has
    passed that test at boot (``zone->contiguous``).
    """
    build = land.build
    if not build.has("COMPACTION"):
        return
    reads = [StructPageAccess.PAGE_BUDDY, StructPageAccess.COMPOUND_ORDER, StructPageAccess.PAGE_LRU]
    bitmap = [StructPageAccess.PAGEBLOCK_FLAGS]
    for zone in land.zones:
        contiguous = land.contiguous(zone)
        last_block = (zone.end_pfn - 1) & -build.pageblock_nr_pages
        for block in land.irregular_blocks(zone):
            if not (contiguous or land.ends_pass(block.start, zone)):
                continue
            start, end = max(block.start, zone.start_pfn), min(block.end, zone.end_pfn)
            hit = first_hit(
                (land.frame_at(start),), start, zone, bitmap, build, checked=False
            ) or _first_compound(block.frames, start, zone, reads, build)
            if hit and hit.pfn < end:
                yield from _scan_faults(hit, zone, block, build, last=block.start == last_block)


def _first_compound(
    frames: Sequence[PageRun], start: int, zone: Zone, reads: Sequence[StructPageAccess], build: KernelConfig
) -> Hit | None:
    """As ``first_hit``, but a page of ones is taken for a compound page and skipped before PageLRU."""
    for frame in frames:
        skips = frame.page.content is PageContent.FF
        own = [read for read in reads if not (skips and read is StructPageAccess.PAGE_LRU)]
        hit = first_hit((frame,), start, zone, own, build, checked=build.within_is_checked)
        if hit:
            return hit
    return None


def _scan_faults(
    hit: Hit, zone: Zone, block: Pageblock, build: KernelConfig, *, last: bool
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
                build,
                pageblocks=block.repeats,
                needs=needs,
                certain=not needs,
            )
        yield fault_of(
            _FREE_SCANNER,
            trigger,
            hit,
            zone,
            build,
            pageblocks=block.repeats,
            needs=needs + reaches,
            certain=False,
        )
