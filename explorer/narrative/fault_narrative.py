# SPDX-License-Identifier: GPL-2.0-or-later
"""Describes a fault step by step, from memblock to the console.

Every fact is read from the ``Boot`` and the ``Fault``. Each step names the kernel function of this version in
which it happens. Addresses are in bytes, pages are pfns.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator

from explorer.boot.kernel_config import MemoryModel, PfnValidWithin
from explorer.boot.linear_map import least_moving_seed, memstart_addr, memstart_align, seed_steps
from explorer.boot.memmap import PageRun
from explorer.boot.memmap_rules import PageContent
from explorer.boot.sections import MemoryKind
from explorer.boot.simulation import Boot
from explorer.boot.struct_page_access import FaultEffect, StructPageAccess
from explorer.boot.walkers import Fault, Stage

__all__ = ["fault_headline", "fault_reason", "fault_steps", "fault_summary", "struct_page_words"]

_TRIGGERS = {
    "compact": "a write to /proc/sys/vm/compact_memory",
    "pagetypeinfo": "a read of /proc/pagetypeinfo",
    "kpageflags": "a read of /proc/kpageflags",
    "kpagecount": "a read of /proc/kpagecount",
    "fallback": "memory pressure (an allocation falls back to pageblocks of another migratetype)",
    "hugetlb": "a write to nr_hugepages",
    "gigantic": "a request for a gigantic page",
    "page_owner": "a read of page_owner in debugfs",
    "kmemleak": "a scan of kmemleak, the first a minute after boot",
    "highatomic": "a high-order atomic allocation",
    "hibernate": "hibernation",
    "valid_zones": "a read of valid_zones of a memory block in sysfs",
}

_CONTENTS = {
    PageContent.ZERO: "all zero, which reads as node 0 and zone 0",
    PageContent.FF: "all 0xff",
    PageContent.FF_RESERVED: "all 0xff but for page->lru, which reserve_bootmem_region() initialised",
    PageContent.EITHER: "all zero or not cleared, by where boot allocated its memmap",
    PageContent.STALE: "what RAM held before the kernel started",
}


def struct_page_words(fault: Fault) -> str:
    """Return the state of the struct page that a fault reads, in a few words."""
    page = fault.page
    if page.content is PageContent.INITIALISED:
        return f"initialised for node {page.node}, zone number {page.zone}"
    if page.content in {PageContent.FREED, PageContent.OUTSIDE, PageContent.ABSENT}:
        return str(page.content)
    return f"not initialised ({page.content})"


def fault_headline(fault: Fault) -> str:
    """Return one line: whether the kernel dies for certain, of which page, in which function, and when."""
    conditions = "".join(f"; {text}" for text in _conditions(fault))
    return (
        f"{'dies' if fault.certain else 'may die'}: {fault.walker}() {_deed(fault)}, "
        f"{_when(fault)}{conditions}"
    )


def fault_summary(fault: Fault) -> str:
    """Return what faults on several memory maps have in common: certain or not, the function, and when."""
    return f"{'dies' if fault.certain else 'may die'} in {fault.walker}() {_when(fault)}"


def _deed(fault: Fault) -> str:
    """What the walker does with the page."""
    pfn = f"pfn {fault.pfn:#x} ({_KINDS[fault.kind]})"
    if fault.read is StructPageAccess.SET_PTE:
        return f"maps {pfn} a second time"
    if fault.read is StructPageAccess.CLEAR_EARLY:
        return f"clears bytes of {pfn}, which the linear map leaves out"
    if fault.read is StructPageAccess.COPY_PAGE:
        return f"copies {pfn}, which the linear map leaves out"
    verb = "writes" if fault.read is StructPageAccess.INIT_SINGLE_PAGE else "reads"
    return f"{verb} the struct page of {pfn}, {struct_page_words(fault)}"


def fault_reason(fault: Fault, boot: Boot) -> str:
    """Return one paragraph: the defect of the page, the walker that reads it and when, and conditions."""
    base = fault.pfn << boot.kernel_config.page_shift
    if fault.read in _BESIDE_STRUCT_PAGES:
        text = f"{_capitalised(_when(fault))}, {fault.walker}() {_deed(fault)}: {_failing(fault)}."
        return text + "".join(f" {_capitalised(condition)}." for condition in _conditions(fault))
    text = (
        f"pfn {fault.pfn:#x} ({base:#x}) is {_KINDS[fault.kind]}; its struct page is "
        f"{struct_page_words(fault)}. {_capitalised(_when(fault))}, {fault.walker}() reads it: "
        f"{_failing(fault)}."
    )
    return text + "".join(f" {_capitalised(condition)}." for condition in _conditions(fault))


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]


def _when(fault: Fault) -> str:
    return "while booting" if fault.trigger == "boot" else f"on {_TRIGGERS[fault.trigger]}"


def _conditions(fault: Fault) -> Iterator[str]:
    """What the trigger presupposes, which does not make the fault uncertain, and what makes it uncertain."""
    if fault.presupposes:
        yield f"this presupposes: {'; '.join(fault.presupposes)}"
    if fault.circumstances:
        yield f"it happens only if: {'; '.join(fault.circumstances)}"


_KINDS = {
    MemoryKind.MAP: "mapped memory",
    MemoryKind.NOMAP: "nomap memory",
    MemoryKind.HOLE: "a hole without memory",
}


def fault_steps(fault: Fault, boot: Boot) -> tuple[str, ...]:
    """Return the steps that lead to a fault, in the order in which the kernel takes them."""
    return tuple(_steps(fault, boot))


def _steps(fault: Fault, boot: Boot) -> Iterator[str]:
    config = boot.kernel_config
    run = boot.page_runs[bisect_right(boot.page_runs, fault.pfn, key=lambda run: run.start) - 1]
    yield f"memblock: {_where(fault, run, config.page_shift)}, {_KINDS[fault.kind]}."
    if fault.read in _BESIDE_STRUCT_PAGES:
        yield _BESIDE_STRUCT_PAGES[fault.read](boot)
        yield _walk(fault)
        yield f"access: {_failing(fault)}."
        yield f"console: {_console(fault)}"
        if fault.circumstances:
            yield f"only if: {'; '.join(fault.circumstances)}."
        return
    yield f"memmap: {_memmap(fault, boot)}"
    yield f"initialisation: {_initialisation(fault, boot, visited=run.visited)}"
    yield _walk(fault)
    yield f"zone: {_zone(fault)}"
    yield f"guard: {_guard(fault, boot, run)}"
    yield f"read: struct page of pfn {fault.pfn:#x}: {_failing(fault)}."
    yield f"console: {_console(fault)}"
    if fault.presupposes:
        yield f"presupposes: {'; '.join(fault.presupposes)}."
    if fault.circumstances:
        yield f"only if: {'; '.join(fault.circumstances)}."


def _walk(fault: Fault) -> str:
    """What makes the walker run, and what it does."""
    if fault.stage is Stage.BOOT:
        return f"walker: during boot {fault.walker}() {fault.by.does}."
    return f"trigger: {_TRIGGERS[fault.trigger]}; {fault.walker}() {fault.by.does}."


def _mem_map(boot: Boot) -> str:
    """Where mem_map begins, and where pfn_to_page() believes that it begins."""
    config, memory = boot.kernel_config, boot.memory_map.memory
    first = boot.zones[0].start_pfn & -config.max_order_nr_pages
    start = memstart_addr(config, memory, 0)
    text = (
        f"mem_map: alloc_node_mem_map() allocates it from pfn {first:#x} on, and pfn_to_page() counts from "
        f"memstart_addr, {start:#x}, pfn {start >> config.page_shift:#x}"
    )
    steps = max(seed_steps(config, memory))
    if not steps:
        return f"{text}."
    align = memstart_align(config) >> 20
    return (
        f"{text}; a KASLR seed whose top 16 bits are {least_moving_seed(steps):#06x} or more moves it down "
        f"by {align} MiB or more."
    )


def _page_tables(_boot: Boot) -> str:
    """Who maps the page first."""
    return (
        "page tables: one region of memory ends inside the page and another begins there; map_mem() maps "
        "whole pages, so it maps this page for both."
    )


def _no_section(boot: Boot) -> str:
    """Why the pfn has no struct page, and who takes it."""
    bits = boot.kernel_config.section_size_bits
    return (
        f"sections: no memory lies in this section of {1 << bits - 20} MiB, so it has no memmap; the zone "
        "spans it, and the fast search does not ask pfn_valid()."
    )


def _not_mapped(_boot: Boot) -> str:
    """Why the page is saved although the linear map leaves it out."""
    return (
        "page tables: map_mem() maps no page without memory and no nomap page; this kernel cannot change the "
        "linear map page by page (rodata=full is not set), so kernel_page_present() returns true without "
        "reading the page tables."
    )


def _rounded_inwards(_boot: Boot) -> str:
    """Why memblock gives away what is not mapped."""
    return (
        "page tables: a region of memory begins or ends inside the page; map_mem() rounds regions inwards to "
        "whole pages, but memblock gives away their last bytes, too, and those at the top first."
    )


_BESIDE_STRUCT_PAGES: dict[StructPageAccess, Callable[[Boot], str]] = {
    StructPageAccess.INIT_SINGLE_PAGE: _mem_map,
    StructPageAccess.SET_PTE: _page_tables,
    StructPageAccess.COPY_PAGE: _not_mapped,
    StructPageAccess.CLEAR_EARLY: _rounded_inwards,
    StructPageAccess.SET_PAGEBLOCK_SKIP: _no_section,
}
"""Accesses to memory itself or off the memmap, and the step that says how they came about."""


def _where(fault: Fault, run: PageRun, shift: int) -> str:
    """The pfns around a fault that are alike."""
    if fault.page.content is PageContent.ABSENT:
        last = f"memory before it ends with pfn {run.end - 1:#x}"
        return f"pfn {fault.pfn:#x} ({fault.pfn << shift:#x}), in no section ({last})"
    return _around(run, shift)


def _around(run: PageRun, shift: int) -> str:
    return f"pfns {run.start:#x} to {run.end - 1:#x} ({run.start << shift:#x}-{(run.end << shift) - 1:#x})"


def _memmap(fault: Fault, boot: Boot) -> str:
    """Why the pfn has a struct page."""
    config = boot.kernel_config
    if config.memory_model is MemoryModel.FLATMEM:
        ground = "FLATMEM has one memmap over the whole node (alloc_node_mem_map())"
    else:
        bits = config.section_size_bits
        section = fault.pfn << config.page_shift >> bits
        ground = (
            f"section {section} ({section << bits:#x}, {1 << bits - 20} MiB) holds memory, "
            "so sparse_init() gives all of it a memmap"
        )
    return f"{ground}; pfn {fault.pfn:#x} has a struct page."


def _initialisation(fault: Fault, boot: Boot, *, visited: bool) -> str:
    """Why the struct page is in the state that the walker finds."""
    page = fault.page
    if fault.read is StructPageAccess.PAGE_EXT:
        return (
            "page_ext_init() leaves out the section, because pfn_valid() refuses the first pfn that it looks "
            "at there; the pages of the section have no page_ext."
        )
    if page.content is PageContent.INITIALISED:
        return (
            f"the struct page belongs to node {page.node}, zone number {page.zone}, not to the zone walked."
        )
    if page.content is PageContent.FREED:
        return "free_unused_memmap() freed this memmap: it holds the data of its new owner."
    loop = _loop(fault, boot, visited=visited)
    if boot.passes.running and (visited or page.content is not boot.fresh_at(fault.pfn).content):
        return f"{loop}; {boot.passes.running.function}() makes the struct page {_CONTENTS[page.content]}."
    return f"{loop}, and no later function initialises it; the struct page stays {_CONTENTS[page.content]}."


def _loop(fault: Fault, boot: Boot, *, visited: bool) -> str:
    """What the loop of memmap_init does with the page."""
    deferred = boot.deferred.first_deferred_pfn.get(fault.zone.node) if boot.deferred else None
    is_deferred = deferred is not None and deferred <= fault.pfn
    if visited and is_deferred:
        return (
            f"memmap_init() breaks at pfn {deferred:#x} (DEFERRED_STRUCT_PAGE_INIT); page_ext_init() runs "
            "before the threads that initialise the page"
        )
    if visited:
        return "memmap_init_zone() initialises it"
    if is_deferred:
        return (
            f"memmap_init() breaks at pfn {deferred:#x} (DEFERRED_STRUCT_PAGE_INIT); the threads initialise "
            "free memory only"
        )
    if boot.passes.by_regions:
        return "memmap_init() loops over whole pages of memory regions and skips this page"
    return "memmap_init_zone() skips it, because early_pfn_valid() refuses it"


def _zone(fault: Fault) -> str:
    zone = fault.zone
    return f"node {zone.node} {zone.name} spans pfns {zone.start_pfn:#x} to {zone.end_pfn - 1:#x}."


def _guard(fault: Fault, boot: Boot, run: PageRun) -> str:
    """The results of pfn_valid() and pfn_valid_within() for the page."""
    answer = "accepts" if run.valid else "refuses"
    kind = "arm64's own pfn_valid()" if boot.pfn_valid.of_arm64 else "the generic pfn_valid()"
    text = f"{kind} {answer} pfn {fault.pfn:#x}"
    within = boot.kernel_config.pfn_valid_within
    if within is PfnValidWithin.REMOVED:
        return f"{text}; this kernel has no pfn_valid_within()."
    if within is PfnValidWithin.ASKS:
        return f"{text}, and pfn_valid_within() calls it (HOLES_IN_ZONE=y)."
    return (
        f"{text}, but pfn_valid_within() is constant true (HOLES_IN_ZONE=n): within a pageblock no page is "
        "checked."
    )


def _failing(fault: Fault) -> str:
    """The access and how it fails."""
    if fault.read in _BESIDE_STRUCT_PAGES:
        return _failing_beside(fault)
    if fault.poison:
        return f"{fault.read} asserts that the page is not poisoned, and it is"
    if fault.effect is FaultEffect.CORRUPTION:
        return f"{fault.read} treats it as a free page and unlinks it"
    if fault.effect is FaultEffect.OOPS:
        pointer = "a null pointer" if fault.read is StructPageAccess.PAGE_EXT else "an invalid pointer"
        return f"{fault.read} follows {pointer}"
    return f"{fault.read} {_ASSERTIONS.get(fault.read, _ENDS_DIFFER)}"


_ASSERTIONS = {
    StructPageAccess.NID_ASSERT: "fails",
    StructPageAccess.BAD_RANGE: "fails: the zone that the struct page names does not span the pfn",
}
_ENDS_DIFFER = "differs at the two ends of the pageblock, and VM_BUG_ON() compares them"


def _failing_beside(fault: Fault) -> str:
    if fault.read is StructPageAccess.INIT_SINGLE_PAGE:
        return f"{fault.read} writes to memory that is not mem_map: it holds page tables, or is not RAM"
    if fault.read is StructPageAccess.CLEAR_EARLY:
        return f"{fault.read} writes to an address that no page table maps"
    if fault.read is StructPageAccess.COPY_PAGE:
        return f"{fault.read} reads an address that no page table maps"
    if fault.read is StructPageAccess.SET_PAGEBLOCK_SKIP:
        return f"{fault.read} follows the null pointer of a section that is not there"
    if fault.effect is FaultEffect.BUG:
        return "one of the two mappings is a block or contiguous entries, which must not change"
    return "pmd_set_huge() does not replace the table of the first mapping: the rest of the block has none"


def _console(fault: Fault) -> str:
    at = " or ".join(f"{name}()" for name in (fault.walker, *fault.seen_in[:2]))
    return {
        FaultEffect.BUG: f"kernel BUG in {at}.",
        FaultEffect.OOPS: f"Unable to handle kernel paging request, pc in {at}.",
        FaultEffect.CORRUPTION: "nothing at once: free lists are corrupted, and something else crashes "
        "later.",
    }[fault.effect]
