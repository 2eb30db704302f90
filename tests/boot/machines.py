# SPDX-License-Identifier: GPL-2.0-or-later
"""Small random machines and kernels, with defects at the places where memory initialisation goes wrong.

A machine in miniature: sections of 256 pages, pageblocks of 8 to 32 pages, buddy blocks of up to 32 pages.
Holes and NOMAP regions lie at the start of, at the end of, around and inside pageblocks, buddy blocks,
sections, zones and nodes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from hypothesis import strategies as st

from explorer.boot import Kernel, KernelConfig, MemoryModel, RamFill
from explorer.machine import MemoryMap, Region
from explorer.version import KernelVersion

__all__ = [
    "GIVES_BACK_MEMMAP",
    "LEAVES_HOLES_UNTOUCHED",
    "LEAVES_NOMAP_UNTOUCHED",
    "VERSIONS",
    "builds",
    "maps",
]

VERSIONS = (
    *(
        "4.10",
        "4.14",
        "4.15",
        "4.16",
        "4.17",
        "4.18",
        "4.19",
        "4.20",
        "5.0",
        "5.4",
        "5.7",
        "5.8",
        "5.10",
        "5.11",
    ),
    *("5.12", "5.13", "5.14-rc5", "5.14", "5.15.35", "5.15.36", "5.16", "6.1.192", "6.12", "6.19"),
    # stable releases that took commits of later series
    *(
        "4.14.69",
        "4.17.7",
        "4.18.7",
        "4.19.88",
        "4.19.103",
        "5.2.11",
        "5.10.22",
        "5.10.24",
        "5.10.47",
        "5.11.7",
    ),
)

# Without NUMA, NOMAP pages and holes keep what a fresh memmap held; it was not cleared.
LEAVES_NOMAP_UNTOUCHED = ("4.16", "4.17", "4.18", "4.19", "4.20", "5.0", "5.4", "5.7")
# arm64's pfn_valid() refuses holes, and what follows a hole at the start of a pageblock is not initialised.
LEAVES_HOLES_UNTOUCHED = ("5.14", "5.15.35")
# Where memmap between regions is given back and a generic pfn_valid() accepts it.
GIVES_BACK_MEMMAP = ("4.10", "4.14", "4.17", "4.18", "4.19", "4.20", "5.0", "5.4", "5.7", "5.8", "5.10")

PAGE = 12
SECTION_BITS = 20
SECTION = 256  # pages
ORDERS = ((4, 5), (4, 5), (3, 5), (5, 5))  # of a pageblock and of the largest buddy block
GIB = 1 << 30
BASES = (
    0,
    1 << 20,
    0x4000_0000,
    GIB - (1 << 19),
    2 * GIB - (1 << 20),
    (1 << 32) - (1 << 20),
    (1 << 32) - (1 << 19),
    1 << 32,
    3 << 32,
)
UNITS = (8, 16, 16, 32, 64, SECTION)  # pageblocks, buddy blocks, a page full of struct pages, sections

# Values to choose from: the more often a value is listed, the more often it is taken.
SYMBOLS = {
    "NUMA": "nny",
    "HOLES_IN_ZONE": "nny",
    "HAVE_ARCH_PFN_VALID": "yyn",
    "ARCH_HAS_HOLES_MEMORYMODEL": "ny",
    "ZONE_DMA": "ny",
    "ZONE_DMA32": "ny",
    "DEBUG_VM": "nyy",
    "DEBUG_VM_PGFLAGS": "nyy",
    "PROC_PAGE_MONITOR": "y",
    "COMPACTION": "y",
}
FILLS = (*4 * (RamFill.STALE,), RamFill.FF, RamFill.ZERO)


@st.composite
def builds(
    draw: st.DrawFn,
    /,
    config: Mapping[str, str] | None = None,
    versions: Sequence[str] = VERSIONS + 2 * LEAVES_NOMAP_UNTOUCHED,
    models: Sequence[MemoryModel] = tuple(MemoryModel),
    orders: Sequence[tuple[int, int]] = ORDERS,
) -> KernelConfig:
    """A kernel of one of the versions and models; ``config`` replaces choices of ``SYMBOLS``."""
    release = Kernel.of(KernelVersion.parse(draw(st.sampled_from(versions))))
    model = draw(st.sampled_from(models))
    choices = {**SYMBOLS, **(config or {})}
    values = {name: draw(st.sampled_from(listed)) for name, listed in choices.items()}
    if values["DEBUG_VM"] == "n":
        values["DEBUG_VM_PGFLAGS"] = "n"
    if release.has("generic_pfn_valid"):
        values["HAVE_ARCH_PFN_VALID"] = "n"  # would not link
    values |= {"FLATMEM": "y"} if model is MemoryModel.FLATMEM else {"SPARSEMEM": "y"}
    values |= {"SPARSEMEM_VMEMMAP": "y"} if model is MemoryModel.SPARSEMEM_VMEMMAP else {}
    pageblock, largest = draw(st.sampled_from(orders))
    build = KernelConfig.of(release, values, draw(st.sampled_from(FILLS)))
    return replace(build, section_size_bits=SECTION_BITS, pageblock_order=pageblock, largest_order=largest)


def maps() -> st.SearchStrategy[MemoryMap]:
    """Mostly memory with defects at edges; now and then regions that begin and end anywhere."""
    return st.one_of(defective(), defective(), defective(), anywhere())


@st.composite
def defective(draw: st.DrawFn) -> MemoryMap:
    """Memory of up to three sections with defects at edges, on one node or on two."""
    base = draw(st.sampled_from(BASES))
    pages = draw(st.sampled_from([48, 128, SECTION, 2 * SECTION, 3 * SECTION]))
    kinds = ["map"] * pages
    for _ in range(draw(st.integers(1, 3))):
        start, end = draw(defects(pages))
        kinds[start:end] = [draw(st.sampled_from(["nomap", "hole"]))] * (end - start)
    if pages >= SECTION and draw(st.booleans()):
        start, width = draw(st.sampled_from([17, 32, 64])), draw(st.sampled_from([130, 160, 192]))
        kinds[start : start + width] = ["hole"] * width
    if "map" not in kinds:
        kinds[0] = "map"
    nodes = draw(node_ids(pages))
    memory = tuple(_regions(base, kinds, nodes))
    reserved = draw(st.lists(st.builds(lambda span: _region(base, *span), defects(pages)), max_size=2))
    return MemoryMap("defective", memory, tuple(reserved))


@st.composite
def defects(draw: st.DrawFn, pages: int) -> tuple[int, int]:
    """First page of a defect and the page after it: at the start of, the end of, around or over a unit."""
    unit = draw(st.sampled_from([unit for unit in UNITS if unit < pages]))
    edge = draw(st.integers(0, pages // unit)) * unit
    width = draw(st.sampled_from([1, 2, unit // 2, unit - 1, 64, 128]))
    middle = unit // 2
    places = [(0, width), (width, 0), (width, width), (0, unit), (-1, unit - 1), (-middle, middle + 2)]
    before, after = draw(st.sampled_from([*places, (-middle, middle + 2)]))
    start, end = max(0, edge - before), min(pages, edge + after)
    return (start, end) if start < end else (pages - 1, pages)


@st.composite
def node_ids(draw: st.DrawFn, pages: int) -> list[int | None]:
    """A node for each page: none, one, or two that meet at an edge or that alternate."""
    first, second = draw(st.sampled_from([(None, None), (0, 0), (0, 1), (0, 1), (1, 0), (0, None)]))
    meets = draw(defects(pages))[0]
    ends = draw(st.sampled_from([pages, pages, min(pages, meets + 64)]))
    return [second if meets <= page < ends else first for page in range(pages)]


def _regions(base: int, kinds: Sequence[str], nodes: Sequence[int | None]) -> Iterator[Region]:
    page = 0
    for (kind, node), run in groupby(zip(kinds, nodes, strict=True)):
        count = len(list(run))
        if kind != "hole":
            yield replace(_region(base, page, page + count), nomap=kind == "nomap", node=node)
        page += count


def _region(base: int, start: int, end: int) -> Region:
    return Region(base + (start << PAGE), (end - start) << PAGE)


@st.composite
def anywhere(draw: st.DrawFn) -> MemoryMap:
    """Banks, NOMAP and reserved regions over at most 2 MiB, on and off every boundary."""
    base = draw(st.sampled_from(BASES))
    offsets = st.one_of(st.integers(0, 512).map(lambda pages: pages << PAGE), st.integers(0, 2 << 20))
    cuts = sorted(set(draw(st.lists(offsets, min_size=2, max_size=9))))
    choices: list[list[int | None]] = [[None], [0], [0, 1], [0, 1, None]]
    nodes = draw(st.sampled_from(choices))
    memory = []
    for low, high in pairwise(cuts):
        if draw(st.integers(0, 3)):
            nomap = draw(st.integers(0, 3)) == 0
            memory.append(Region(base + low, high - low, nomap, draw(st.sampled_from(nodes))))
    spans = draw(st.lists(st.tuples(offsets, st.integers(1, 64 << PAGE)), max_size=3))
    reserved = tuple(Region(base + low, size) for low, size in spans)
    return MemoryMap("anywhere", tuple(memory), reserved)
