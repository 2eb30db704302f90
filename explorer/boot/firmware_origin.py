# SPDX-License-Identifier: GPL-2.0-or-later
"""The firmware that gives a memory map to a kernel, or why none can: the inverse of ``from_firmware()``.

Rules (see ``early_memory``), with pages of the kernel's size:

1. ``/memory`` of a device tree is cut to whole pages; no-map is not. Since 5.12 no-map marks NOMAP, so
   memory ends on pages and NOMAP may end anywhere. Before 5.12 no-map removes memory, so memory may end
   anywhere, and no device tree gives NOMAP.
2. An EFI memory map gives memory and NOMAP, both rounded outwards to whole pages. EFI alone reserves whole
   pages of memory that is mapped.
3. With EFI and a device tree, memory comes from EFI; the tree's no-map and reserved memory count as in 1.
4. A node may begin inside a page. A page that two nodes share is then memory by a ``/memory`` node without
   ``numa-node-id``. Such nodes come first, because since 6.12 the last one must have an id.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from explorer.boot.early_memory import from_firmware, from_map
from explorer.boot.kernel_config import KernelConfig
from explorer.boot.spans import merged_spans
from explorer.errors import InputError
from explorer.machine.memory_map import EfiDescriptor, Firmware, MemoryMap, Region, ReservedNode

__all__ = ["Means", "Obstacle", "ObstacleKind", "Origin", "origin", "origins"]


class Means(StrEnum):
    """What tells a kernel of memory."""

    DEVICE_TREE = "device tree"
    EFI = "EFI"
    EFI_AND_DEVICE_TREE = "EFI and device tree"


class ObstacleKind(StrEnum):
    """Why some means cannot give a memory map."""

    NOMAP_OF_TREE = "no-map of a device tree removes memory, and marks none"
    MEMORY_INSIDE_PAGE = "memory begins or ends inside a page"
    NOMAP_INSIDE_PAGE = "nomap memory begins or ends inside a page"
    RESERVED_BY_EFI = "EFI reserves whole pages of mapped memory only"
    SOME_WITHOUT_NODE = "some memory has a node and some has none"
    NODE_NUMBER = "the node number is beyond NODES_SHIFT"
    OTHERWISE = "the kernel makes another memory map of it"


class Obstacle(NamedTuple):
    """One reason, and its place.

    Attributes:
        kind: the reason.
        address: the byte where a region begins or ends that cannot.
    """

    kind: ObstacleKind
    address: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Firmware that gives a memory map, or why there is none.

    Attributes:
        means: the kind of firmware.
        firmware: what it reports; ``None`` where it cannot give the map.
        obstacles: why it cannot; empty where it can.
    """

    means: Means
    firmware: Firmware | None
    obstacles: tuple[Obstacle, ...] = ()


def origins(memory_map: MemoryMap, config: KernelConfig) -> tuple[Origin, ...]:
    """For each means, the firmware that gives the map to the kernel or the obstacles.

    Args:
        memory_map: memblock at the end of early set-up.
        config: the kernel and its configuration.

    Raises:
        InputError: no kernel can start with the map.
    """
    return tuple(origin(memory_map, config, means) for means in Means)


def origin(memory_map: MemoryMap, config: KernelConfig, means: Means) -> Origin:
    """The firmware of one kind that gives the map to the kernel, or the obstacles.

    The kernel's own memblock decides: firmware of which it makes another map has ``OTHERWISE``.

    Raises:
        InputError: no kernel can start with the map.
    """
    wanted = from_map(memory_map, config)
    marks = config.kernel.has("static_no_map_is_nomap")
    layout = _Layout(wanted, 1 << config.page_shift, marks=marks)
    obstacles = (*_OBSTACLES[means](layout), *_node_obstacles(wanted.memory, config))
    if obstacles:
        return Origin(means, None, tuple(dict.fromkeys(obstacles)))
    firmware = _firmware(layout, means)
    differs = _difference(wanted, firmware, config)
    return Origin(means, None if differs else firmware, differs)


@dataclass(frozen=True, slots=True)
class _Layout:
    """A map as memblock holds it, the bytes in a page, and whether no-map marks NOMAP (else it removes)."""

    memory_map: MemoryMap
    page: int
    marks: bool

    @property
    def memory(self) -> tuple[Region, ...]:
        return self.memory_map.memory

    def is_inside_page(self, address: int) -> bool:
        return address % self.page != 0

    def down(self, address: int) -> int:
        return address // self.page * self.page

    def up(self, address: int) -> int:
        return -(-address // self.page) * self.page

    def spans(self) -> list[tuple[int, int]]:
        """The memory without regard to NOMAP and nodes."""
        return merged_spans((region.base, region.end) for region in self.memory)

    def whole_pages(self) -> list[tuple[int, int]]:
        """The memory, rounded outwards to pages."""
        return merged_spans((self.down(low), self.up(high)) for low, high in self.spans())

    def nomap(self) -> list[tuple[int, int]]:
        return merged_spans((region.base, region.end) for region in self.memory if region.nomap)

    def cut_out(self) -> Iterator[tuple[int, int]]:
        """What is missing in the whole pages."""
        edges = [edge for span in self.spans() for edge in span]
        yield self.down(edges[0]), edges[0]
        for high, low in zip(edges[1:-1:2], edges[2::2], strict=True):
            apart = self.up(high) <= self.down(low)
            yield from ((high, self.up(high)), (self.down(low), low)) if apart else ((high, low),)
        yield edges[-1], self.up(edges[-1])


def _obstacles_of_tree(layout: _Layout) -> Iterator[Obstacle]:
    """Rule 1."""
    if not layout.marks:
        for low, _ in layout.nomap():
            yield Obstacle(ObstacleKind.NOMAP_OF_TREE, low)
        return
    yield from _memory_inside_page(layout)


def _obstacles_of_efi(layout: _Layout) -> Iterator[Obstacle]:
    """Rule 2."""
    yield from _memory_inside_page(layout)
    yield from _nomap_inside_page(layout)
    for region in layout.memory_map.reserved:
        whole = not layout.is_inside_page(region.base) and not layout.is_inside_page(region.end)
        if not (whole and any(low <= region.base and region.end <= high for low, high in _mapped(layout))):
            yield Obstacle(ObstacleKind.RESERVED_BY_EFI, region.base)


def _obstacles_of_both(layout: _Layout) -> Iterator[Obstacle]:
    """Rule 3."""
    yield from _memory_inside_page(layout) if layout.marks else _nomap_inside_page(layout)


_OBSTACLES: dict[Means, Callable[[_Layout], Iterator[Obstacle]]] = {
    Means.DEVICE_TREE: _obstacles_of_tree,
    Means.EFI: _obstacles_of_efi,
    Means.EFI_AND_DEVICE_TREE: _obstacles_of_both,
}


def _mapped(layout: _Layout) -> list[tuple[int, int]]:
    return merged_spans((region.base, region.end) for region in layout.memory if not region.nomap)


def _memory_inside_page(layout: _Layout) -> Iterator[Obstacle]:
    for address in (edge for span in layout.spans() for edge in span):
        if layout.is_inside_page(address):
            yield Obstacle(ObstacleKind.MEMORY_INSIDE_PAGE, address)


def _nomap_inside_page(layout: _Layout) -> Iterator[Obstacle]:
    """Where NOMAP and mapped memory share a page: its pages would be NOMAP as a whole."""
    mapped = {page for low, high in _mapped(layout) for page in (layout.down(low), layout.down(high - 1))}
    for low, high in layout.nomap():
        for address, page in ((low, layout.down(low)), (high, layout.down(high - 1))):
            if layout.is_inside_page(address) and page in mapped:
                yield Obstacle(ObstacleKind.NOMAP_INSIDE_PAGE, address)


def _node_obstacles(memory: Sequence[Region], config: KernelConfig) -> Iterator[Obstacle]:
    if not config.has("NUMA"):
        return
    without = [region.base for region in memory if region.node is None]
    if without and len(without) < len(memory):
        yield Obstacle(ObstacleKind.SOME_WITHOUT_NODE, without[0])
    for region in memory:
        if region.node is not None and region.node >= 1 << config.nodes_shift:
            yield Obstacle(ObstacleKind.NODE_NUMBER, region.base)


def _firmware(layout: _Layout, means: Means) -> Firmware:
    """What firmware reports; the map has no obstacle."""
    found = layout.memory_map
    efi = () if means is Means.DEVICE_TREE else tuple(_descriptors(layout, means))
    return Firmware(
        found.name,
        _banks(layout) if means is Means.DEVICE_TREE else tuple(_node_banks(layout)),
        () if means is Means.EFI else _children(layout),
        efi,
        found.source,
        found.description,
        found.notes,
        found.command_line,
        found.kaslr_seed,
    )


def _banks(layout: _Layout) -> tuple[Region, ...]:
    """``/memory``: shared pages without a node first, then what each node has (rule 4)."""
    nodes = _node_runs(layout.memory)
    if nodes[0].node is None:
        return tuple(Region(low, high - low) for low, high in layout.whole_pages())
    shared = {layout.down(low.end): None for low, high in pairwise(nodes) if _share_page(layout, low, high)}
    return (*(Region(page, layout.page) for page in shared), *_node_banks(layout))


def _share_page(layout: _Layout, low: Region, high: Region) -> bool:
    """Whether one node ends and the next begins in one page."""
    return layout.is_inside_page(low.end) and layout.down(low.end) == layout.down(high.base)


def _node_banks(layout: _Layout) -> Iterator[Region]:
    """The whole pages of the map, divided among its nodes; nothing where it has none."""
    nodes = _node_runs(layout.memory)
    if nodes[0].node is None:
        return
    starts = [0, *(_start(layout, low, high) for low, high in pairwise(nodes))]
    ends = [*starts[1:], 1 << 64]
    for low, high in layout.whole_pages():
        for run, start, end in zip(nodes, starts, ends, strict=True):
            base, top = max(low, start), min(high, end)
            if base < top:
                yield Region(base, top - base, node=run.node)


def _start(layout: _Layout, low: Region, high: Region) -> int:
    """Where the range of a node begins: with a whole page, unless the node below has memory in it."""
    return high.base if _share_page(layout, low, high) else layout.down(high.base)


def _node_runs(memory: Sequence[Region]) -> list[Region]:
    """Consecutive regions of one node as one region."""
    runs: list[Region] = []
    for region in memory:
        if runs and runs[-1].node == region.node:
            runs[-1] = Region(runs[-1].base, region.end - runs[-1].base, node=region.node)
        else:
            runs.append(Region(region.base, region.size, node=region.node))
    return runs


def _children(layout: _Layout) -> tuple[ReservedNode, ...]:
    """``/reserved-memory``: no-map first, because the kernel keeps what is reserved from being NOMAP."""
    no_map = layout.nomap() if layout.marks else layout.cut_out()
    removed = [ReservedNode("no-map", low, high - low, no_map=True) for low, high in no_map if low < high]
    taken = [ReservedNode("reserved", region.base, region.size) for region in layout.memory_map.reserved]
    return (*removed, *taken)


def _descriptors(layout: _Layout, means: Means) -> Iterator[EfiDescriptor]:
    """EFI's memory map in whole pages: NOMAP as ``Reserved``, and reserved memory as ``ACPI Reclaim``."""
    nomap = layout.nomap() if means is Means.EFI or not layout.marks else []
    kept = [(layout.down(low), layout.up(high)) for low, high in nomap]
    taken = [(region.base, region.end) for region in layout.memory_map.reserved if means is Means.EFI]
    pages = layout.whole_pages()
    edges = sorted({edge for span in (*pages, *kept, *taken) for edge in span})
    for low, high in pairwise(edges):
        if _covers(kept, low):
            yield EfiDescriptor("Reserved", low, high - low, frozenset({"WB"}))
        elif _covers(taken, low):
            yield EfiDescriptor("ACPI Reclaim", low, high - low, frozenset({"WB"}))
        elif _covers(pages, low):
            yield EfiDescriptor("Conventional", low, high - low, frozenset({"WB"}))


def _covers(spans: Sequence[tuple[int, int]], address: int) -> bool:
    """Whether one of the spans, which are in order and disjoint, has the address."""
    index = bisect_right(spans, address, key=lambda span: span[1])
    return index < len(spans) and spans[index][0] <= address


def _difference(wanted: MemoryMap, firmware: Firmware, config: KernelConfig) -> tuple[Obstacle, ...]:
    """Where the kernel makes another map of the firmware; empty where it makes the wanted one."""
    try:
        made = from_firmware(firmware, config)
    except InputError:
        return (Obstacle(ObstacleKind.OTHERWISE, wanted.memory[0].base),)
    pairs = (
        (_plain(wanted.memory, config), _plain(made.memory, config)),
        (_plain(wanted.reserved, config), _plain(made.reserved, config)),
    )
    for one, other in pairs:
        if odd := set(one) ^ set(other):
            return (Obstacle(ObstacleKind.OTHERWISE, min(odd)[0]),)
    return ()


def _plain(regions: Sequence[Region], config: KernelConfig) -> list[tuple[int, int, bool, int]]:
    """Regions for comparison; without a node, or without NUMA, all memory is on node 0."""
    numa = config.has("NUMA")
    return [(region.base, region.size, region.nomap, (region.node or 0) * numa) for region in regions]
