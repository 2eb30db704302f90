# SPDX-License-Identifier: GPL-2.0-or-later
"""Which sections have a page_ext (mm/page_ext.c), and from which pages a wrong one is looked up.

``page_ext_init()`` looks at the first pfn of each node and of each section of the node. It skips the section
where pfn_valid() refuses that pfn. Until 4.13.15 and 4.14.1 ``lookup_page_ext()`` of a kernel without
DEBUG_VM does not check whether a section has one (``page_ext_checked``).
"""

from explorer.boot.kernel_config import MemoryModel
from explorer.boot.memory_state import MemoryState

__all__ = ["names_wrong_section", "unchecked_sections"]


def unchecked_sections(state: MemoryState) -> frozenset[int]:
    """First pfns of the sections whose missing page_ext the kernel follows; empty where it checks."""
    config = state.kernel_config
    if (
        config.kernel.has("page_ext_checked")
        or config.has("DEBUG_VM")
        or config.memory_model is MemoryModel.FLATMEM
    ):
        return frozenset()
    size = config.pages_per_section
    looked_at = set()
    for node in {zone.node for zone in state.zones}:
        zones = [zone for zone in state.zones if zone.node == node]
        start, end = zones[0].start_pfn, zones[-1].end_pfn
        looked_at |= {start, *(pfn for pfn in _section_starts(state) if start <= pfn < end)}
    found = {pfn & -size for pfn in looked_at if state.run_at(pfn).valid}
    return frozenset(pfn & -size for pfn in looked_at) - found


def _section_starts(state: MemoryState) -> set[int]:
    """First pfns of all sections with a memmap."""
    size = state.kernel_config.pages_per_section
    return {start for run in state.page_runs for start in range(run.start & -size, run.end, size)}


def names_wrong_section(state: MemoryState) -> bool:
    """Whether ``page_to_pfn()`` of a struct page of zeros leads astray: it names section 0.

    That takes classic SPARSEMEM, and a machine without memory in section 0. With memory there, the memmap of
    all sections of the node is one array (4.17 mm/sparse.c, sparse_mem_maps_populate_node()): the pfn that
    comes out has a page_ext, or ``lookup_page_ext()`` finds none.
    """
    config = state.kernel_config
    is_classic = config.memory_model is MemoryModel.SPARSEMEM
    return is_classic and state.page_runs[0].start >= config.pages_per_section
