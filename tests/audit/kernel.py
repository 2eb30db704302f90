# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel tree of a few C files for tests of the audit. The functions are made up."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from tests.configuration.trees import tree_at

__all__ = ["KCONFIG", "MM", "kernel_at"]

KCONFIG = """\
mainmenu "Linux"
config ARM64
\tdef_bool y
config NUMA
\tbool "nodes"
config HOLES_IN_ZONE
\tdef_bool NUMA
config SPARSEMEM
\tdef_bool y
config SPARSEMEM_VMEMMAP
\tdef_bool y
config COMPACTION
\tbool "compaction"
config HIGHMEM
\tbool
"""

MM = """\
#include <linux/mm.h>

static struct page *counted_page(unsigned long pfn)
{
\tif (!pfn_valid(pfn))
\t\treturn NULL;
\treturn pfn_to_page(pfn);
}

static void check_page(struct page *page)
{
\tif (PageReserved(page))
\t\treturn;
}

void sweep_asks(unsigned long pfn, unsigned long end)
{
\tfor (; pfn < end; pfn++) {
\t\tstruct page *page;

\t\tif (!pfn_valid(pfn))
\t\t\tcontinue;
\t\tpage = pfn_to_page(pfn);
\t\tif (page_zone(page) == NULL)
\t\t\tbreak;
\t\tcheck_page(page);
\t}
}

void sweep_asks_nothing(unsigned long pfn, unsigned long end)
{
\tstruct page *page;
\t/* pfn_valid(pfn) in a comment is no guard */
\twhile (pfn < end) {
\t\tpage = pfn_to_page(pfn);
\t\tcheck_page(page);
\t\tpfn += pageblock_nr_pages;
\t}
}

int steps_pages(struct page *start_page, struct page *end_page)
{
\tstruct page *page;
\tint found = 0;

\tfor (page = start_page; page <= end_page;) {
\t\tif (!pfn_valid_within(page_to_pfn(page))) {
\t\t\tpage++;
\t\t\tcontinue;
\t\t}
\t\tfound += PageBuddy(page);
\t\tpage++;
\t}
\treturn found;
}

#ifdef CONFIG_COMPACTION
static void scan_within(unsigned long low_pfn, unsigned long end_pfn)
{
\tstruct page *page;

\tfor (; low_pfn < end_pfn; low_pfn++) {
\t\tif (!pfn_valid_within(low_pfn))
\t\t\tcontinue;
\t\tpage = pfn_to_page(low_pfn);
\t\tif (PageLRU(page) || VM_BUG_ON_PAGE(page_count(page), page))
\t\t\treturn;
\t}
}

void scan_blocks(unsigned long pfn, unsigned long end_pfn)
{
\tfor (; pfn < end_pfn; pfn = block_end_pfn) {
\t\tstruct page *page = pageblock_pfn_to_page(pfn, end_pfn, zone);

\t\tif (!page)
\t\t\tcontinue;
\t\tset_pageblock_skip(page);
\t\tscan_within(pfn, end_pfn);
\t}
}
#endif

#ifdef CONFIG_HIGHMEM
void count_highmem(unsigned long pfn, unsigned long end)
{
\tfor (; pfn < end; pfn++)
\t\tif (PageHighMem(pfn_to_page(pfn)))
\t\t\treturn;
}
#endif

ssize_t file_read(unsigned long pfn, unsigned long end)
{
\twhile (pfn < end) {
\t\tstruct page *page = counted_page(pfn);

\t\tif (page)
\t\t\tcheck_page(page);
\t\tpfn++;
\t}
\tsweep_asks(pfn, end);
\treturn 0;
}

void only_numbers(unsigned long pfn, unsigned long end)
{
\tfor (; pfn < end; pfn++)
\t\tprint(pfn_to_nid_of(end));
}

void valid_pfns(unsigned long start, unsigned long end)
{
\tunsigned long pfn;

\tfor_each_valid_pfn(pfn, start, end)
\t\tcheck_page(pfn_to_page(pfn));
}

static const struct proc_ops file_operations = {
\t.proc_read = file_read,
};

void __init boot_sweep(void)
{
\tsweep_asks(0, max_pfn);
}
"""

_MAKEFILE = "obj-y += sweep.o\nobj-$(CONFIG_NUMA) += nodes.o\n"
_NODES = """\
void node_sweep(unsigned long pfn, unsigned long end)
{
\tfor (; pfn < end; pfn++) {
\t\tstruct page *page = pfn_to_online_page(pfn);

\t\tif (!page || page_to_nid(page) != nid)
\t\t\tcontinue;
\t\tPageLRU(page);
\t}
}
"""


def kernel_at(folder: Path, changes: Mapping[str, str] = MappingProxyType({})) -> Path:
    """A tree with two C files; texts of ``mm/sweep.c`` may be replaced by others."""
    text = MM
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    files = {"mm/sweep.c": text, "mm/nodes.c": _NODES, "mm/Makefile": _MAKEFILE}
    return tree_at(folder, KCONFIG, files)
