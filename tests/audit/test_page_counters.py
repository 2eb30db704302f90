# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from explorer.audit.page_counters import counters_of


@pytest.mark.parametrize(
    ("loop", "counters"),
    [
        ("for (;; i++) pfn_to_page(i);", {"i"}),
        ("for (;; i++) pfn_valid(zone->start + i);", {"i"}),
        ("for (;; i++) pfn_to_page(f(i));", set()),
        ("for (;; i++) f(start_pfn + i + j);", {"i"}),
        ("for (int i = start_pfn; i < end; i++) f(i);", {"i"}),
        ("for (i = 0; i < pfn; i++) f(i);", set()),
        ("for (;; i++) f(page + i);", {"i"}),
        ("for (;; i++) f(&page[cc->i]);", {"cc->i"}),
        ("for (;; i++) f(other + i, other[i]);", set()),
        ("for (;; order++) f(page - (pfn & ((1 << order) - 1)));", {"order"}),
        ("for (;; order--) f(page + (1 << order));", {"order"}),
        ("for (;; a += PAGE_SIZE) f(PHYS_PFN(a));", {"a"}),
        ("while (n) { p = __pa(start); pfn = p >> PAGE_SHIFT; start += n; }", {"p", "start"}),
        (
            "do { size = zone->zone_start_pfn + zone->spanned_pages; zone++; } while (zone);",
            {"zone->spanned_pages"},
        ),
    ],
)
def test_counters_of_pages_are_told_by_their_use(loop: str, counters: set[str]) -> None:
    assert counters_of(loop, {"page"}) == counters
