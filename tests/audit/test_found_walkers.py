# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from explorer.audit.c_functions import functions_of
from explorer.audit.found_walkers import Asked, FoundWalker
from explorer.audit.guard_verdicts import GuardVerdict, LoopJudgement, judged_loop, judged_walker
from explorer.audit.kernel_words import Read
from explorer.audit.source_text import c_text
from explorer.audit.walker_search import walkers_of
from tests.audit.kernel import MM


def walkers(text: str) -> dict[str, FoundWalker]:
    return {
        walker.name: walker
        for walker in walkers_of(functions_of(c_text("mm/sweep.c", text.encode()))).walkers
    }


def judged(body: str) -> LoopJudgement:
    """The judgement of the loop of a function with a body."""
    text = f"void walk(struct page *page, unsigned long pfn, unsigned long end)\n{{\n{body}\n}}\n"
    return judged_walker(walkers(text)["walk"])


def line_of(text: str) -> int:
    return MM[: MM.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    ("name", "verdict", "step", "read", "guard"),
    [
        ("sweep_asks", GuardVerdict.GUARDED, "page", Read.ZONE, "pfn_valid"),
        ("sweep_asks_nothing", GuardVerdict.UNGUARDED, "pageblock", Read.FLAGS, ""),
        ("steps_pages", GuardVerdict.SELF_READING, "page", Read.BUDDY, "pfn_valid_within"),
        ("scan_within", GuardVerdict.WITH_HOLES, "page", Read.LRU, "pfn_valid_within"),
        ("scan_blocks", GuardVerdict.BLOCK, "pageblock", Read.PAGEBLOCK, "pageblock_pfn_to_page"),
        ("count_highmem", GuardVerdict.UNGUARDED, "page", Read.ZONE, ""),
        ("file_read", GuardVerdict.GUARDED, "page", Read.FLAGS, "pfn_valid"),
        ("only_numbers", GuardVerdict.NO_READS, "page", None, ""),
        ("valid_pfns", GuardVerdict.GUARDED, "page", Read.FLAGS, "for_each_valid_pfn"),
    ],
)
def test_each_walker_has_its_step_read_and_guard(
    name: str, verdict: GuardVerdict, step: str, read: Read | None, guard: str
) -> None:
    found = judged_walker(walkers(MM)[name])
    assert found.verdict is verdict
    assert found.loop.step.size == step
    assert (found.read and found.read.read) == read
    assert (found.guard.name if found.guard else "") == guard


def test_functions_without_a_loop_over_pfns_are_no_walkers() -> None:
    assert walkers(MM).keys() & {"counted_page", "check_page", "boot_sweep"} == set()


def test_places_are_lines_of_the_file() -> None:
    walker = walkers(MM)["sweep_asks"]
    found = judged_walker(walker)
    assert walker.place.line == line_of("void sweep_asks(")
    assert found.loop.place.line == line_of("\tfor (; pfn < end; pfn++) {")
    assert found.guard is not None
    assert found.guard.place.line == line_of("\t\tif (!pfn_valid(pfn))")
    assert found.read is not None
    assert found.read.place.line == line_of("\t\tif (page_zone(page) == NULL)")


def test_the_conditions_of_a_walker_are_those_around_it() -> None:
    assert walkers(MM)["scan_within"].condition == ("defined(CONFIG_COMPACTION)",)
    assert walkers(MM)["sweep_asks"].condition == ()


def test_assertions_are_told_and_decide_nothing() -> None:
    walker = walkers(MM)["scan_within"]
    assert [text for _, text in walker.assertions] == ["VM_BUG_ON_PAGE(page_count(page), page)"]
    asserted = [read for loop in walker.loops for read in loop.reads if read.asserted]
    assert [read.word for read in asserted] == ["page_count"]


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        # a guard in the branch where it holds
        ("if (pfn_valid(pfn)) PageLRU(PAGE);", GuardVerdict.GUARDED),
        ("if (!pfn_valid(pfn)) PageLRU(PAGE);", GuardVerdict.UNGUARDED),
        ("if (pfn_valid(pfn) && PageLRU(PAGE)) x();", GuardVerdict.GUARDED),
        ("if (!pfn_valid(pfn) || PageLRU(PAGE)) x();", GuardVerdict.GUARDED),
        ("if (pfn_valid(pfn) || PageLRU(PAGE)) x();", GuardVerdict.UNGUARDED),
        # ways that leave, and ways that do not
        ("if (!pfn_valid(pfn)) { x(); continue; } PageLRU(PAGE);", GuardVerdict.GUARDED),
        ("if (!pfn_valid(pfn)) x(); PageLRU(PAGE);", GuardVerdict.UNGUARDED),
        ("if (unlikely(!pfn_valid(pfn))) goto out; PageLRU(PAGE); out: x();", GuardVerdict.GUARDED),
        # the answer in a variable
        ("page = pfn_to_online_page(pfn); if (!page) continue; PageLRU(page);", GuardVerdict.GUARDED),
        ("page = pfn_to_online_page(pfn); if (page == NULL) continue; PageLRU(page);", GuardVerdict.GUARDED),
        (
            "page = pfn_to_online_page(pfn); page = PAGE; if (!page) continue; PageLRU(page);",
            GuardVerdict.UNGUARDED,
        ),
        (
            "if (pfn_valid(pfn)) page = PAGE; else page = NULL; if (!page || PageLRU(page)) x();",
            GuardVerdict.GUARDED,
        ),
        (
            "if (pfn_valid(pfn)) page = PAGE; else page = y; if (!page || PageLRU(page)) x();",
            GuardVerdict.UNGUARDED,
        ),
        # a search ends where its guard holds
        ("while (pfn < end && !pfn_valid(pfn)) pfn++; PageLRU(PAGE);", GuardVerdict.GUARDED),
        # guards of more than the page, and of something else
        ("if (!pfn_in_present_section(pfn)) continue; PageLRU(PAGE);", GuardVerdict.SECTION),
        ("if (!pfn_valid(pageblock_start_pfn(pfn))) continue; PageLRU(PAGE);", GuardVerdict.BLOCK),
        ("if (!zone_spans_pfn(zone, pfn)) continue; PageLRU(PAGE);", GuardVerdict.UNGUARDED),
        # what is read without a guard of its own
        ("if (pfn_to_nid(pfn) == 1) x();", GuardVerdict.UNGUARDED),
    ],
)
def test_guards_hold_where_they_are_asked(body: str, verdict: GuardVerdict) -> None:
    body = body.replace("PAGE", "pfn_to_page(pfn)")
    assert judged(f"for (; pfn < end; pfn++) {{ {body} }}").verdict is verdict


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("if (!pfn_valid(pfn)) return; for (; pfn < end; pfn++) PageLRU(pfn_to_page(pfn));", "START"),
        (
            "if (!pfn_valid(other_pfn)) return; for (; pfn < end; pfn++) PageLRU(pfn_to_page(pfn));",
            "UNGUARDED",
        ),
        ("if (!pfn_valid(pfn)) return; do { PageLRU(page); page++; } while (page < end);", "UNGUARDED"),
        (
            "page = pfn_to_online_page(pfn); if (!page) return; do { PageLRU(page); page++; } while (x);",
            "START",
        ),
        ("do { PageLRU(page); page++; } while (--pfn);", "UNGUARDED"),
        ("int i; for (i = 0; i < 4; i++) if (pfn_valid(pfn + i)) PageLRU(page + i);", "GUARDED"),
    ],
)
def test_a_guard_counts_in_each_step(body: str, verdict: str) -> None:
    assert judged(body).verdict is GuardVerdict[verdict]


def test_calls_are_followed() -> None:
    text = """
static int helper(unsigned long pfn)
{
\tif (!pfn_valid(pfn))
\t\treturn 0;
\treturn PageLRU(pfn_to_page(pfn));
}
void walk(unsigned long pfn, unsigned long end)
{
\tfor (; pfn < end; pfn++)
\t\thelper(pfn);
}
"""
    found = judged_walker(walkers(text)["walk"])
    assert found.verdict is GuardVerdict.GUARDED
    assert found.read is not None
    assert found.read.through == ("helper",)
    assert found.loop.by_pfn


@pytest.mark.parametrize(
    ("guard", "verdict"),
    [("", GuardVerdict.UNGUARDED), ("if (!pfn_valid(min_pfn)) return;", GuardVerdict.GUARDED)],
)
def test_the_page_of_a_computed_pfn_is_asked_for_as_that_of_a_loop(guard: str, verdict: GuardVerdict) -> None:
    search = "for (order = 9; order; order--) x(order); min_pfn = pageblock_start_pfn(pfn - 9);"
    found = judged(f"{search} {guard} page = pfn_to_page(min_pfn); PageLRU(page);")
    assert (found.loop.step.size, found.verdict) == ("none", verdict)


@pytest.mark.parametrize(
    "body",
    [
        "list_for_each_entry(page, list, lru) PageLRU(page);",  # a list, not one page after the other
        "for (i = 0; i < nr; i++) put(numbers[i]);",
        "int i; for (i = 0; i < 4; i++) x(i);",
        "for (; addr < end; addr++) { pfn = pte_pfn(*pte); PageLRU(pfn_to_page(pfn)); }",  # a page table
        "for (; addr < end; addr++, pfns++) PageLRU(pfn_to_page(*pfns));",  # an array
        "for (; i < 4; i++) { pfns[i] = lock_pfn(pfns[i]); PageLRU(pfn_to_page(pfns[i])); }",  # an array
        "for (; i < 4; ) { pfn = cma->base_pfn + x(); PageLRU(pfn_to_page(pfn)); }",  # begins anew
        "for (pfn = start_pfn; more(); ) PageLRU(pfn_to_page(pfn));",
    ],
)
def test_other_loops_are_no_walks(body: str) -> None:
    assert walkers(f"void walk(struct page *page, unsigned long pfn)\n{{\n{body}\n}}\n") == {}


def test_an_outer_loop_does_not_step_what_an_inner_one_steps() -> None:
    body = "for_each_online_node(nid) { for (pfn = 0; pfn < end; pfn++) PageLRU(pfn_to_page(pfn)); }"
    walker = walkers(f"void walk(unsigned long end)\n{{\nunsigned long pfn;\n{body}\n}}\n")["walk"]
    assert [loop.step.text for loop in walker.loops] == ["pfn++"]


def test_the_loop_over_zones_around_a_walk_is_no_walk() -> None:
    body = "for_each_zone(zone) { end_pfn = zone_end_pfn(zone); for (pfn = 0; pfn < end_pfn; pfn++) x(pfn); }"
    walker = walkers(f"void walk(unsigned long pfn)\n{{\n{body}\n}}\n")["walk"]
    assert [loop.step.size for loop in walker.loops] == ["page"]


@pytest.mark.parametrize(
    ("body", "by_pfn"),
    [
        ("page = pfn_to_page(pfn); for (; pfn < end; pfn++, page++) PageLRU(page);", True),
        ("page = pfn_to_online_page(pfn); do { PageLRU(page); page += stride; } while (page < x);", True),
        ("for (; pfn < end; pfn++, page++) PageLRU(page);", False),
        ("int i; for (i = 0; i < 4; i++) PageLRU(folio_page(page, i));", False),
        ("for (o = 0; o < 9; o++) { struct page *b = page - (pfn & ((1 << o) - 1)); PageBuddy(b); }", False),
        ("for (; pfn < end; pfn++) { struct folio *folio = pfn_folio(pfn); folio_test_lru(folio); }", True),
    ],
)
def test_struct_pages_come_from_a_pfn_or_from_the_caller(body: str, *, by_pfn: bool) -> None:
    assert judged(body).loop.by_pfn is by_pfn


def test_a_stride_is_a_step_by_pages() -> None:
    body = "for (; pfn < end; pfn += stride) { PageLRU(pfn_to_page(pfn)); pfn += (1 << order) - 1; }"
    assert judged(body).loop.step.size == "page"


@pytest.mark.parametrize(
    ("parameter", "verdict"),
    [("unsigned long pfn", GuardVerdict.GUARDED), ("pte_t pte", GuardVerdict.UNGUARDED)],
)
def test_a_function_guards_the_page_that_it_gives_if_it_takes_a_pfn(
    parameter: str, verdict: GuardVerdict
) -> None:
    text = (
        f"struct page * __meminit given({parameter})\n"
        "{\n if (!pfn_valid(y)) return NULL;\n return z;\n}\n"
        "void walk(unsigned long pfn, struct page *page)\n{\n"
        " for (;; pfn++) { page = given(pfn); if (!page) continue; PageLRU(page); }\n}\n"
    )
    assert judged_walker(walkers(text)["walk"]).verdict is verdict


def test_what_cannot_be_followed_is_named() -> None:
    deep = "x" + "(" * 400 + "y" + ")" * 400 + ";"
    text = f"void walk(unsigned long pfn)\n{{\n for (;; pfn++) {deep}\n}}\n"
    long = "+".join(["pfn"] * 3000)
    text += f"void other(unsigned long pfn)\n{{\n for (;; pfn++) x({long});\n}}\n"
    found = walkers_of(functions_of(c_text("mm/deep.c", text.encode())))
    assert found.walkers == ()
    assert [str(place) for place, _ in found.not_read] == ["mm/deep.c:1", "mm/deep.c:5"]
    assert all("nested" in reason for _, reason in found.not_read)


def test_a_function_that_the_parser_understands_in_part_says_so() -> None:
    text = "void walk(unsigned long pfn)\n{\n for (;; pfn++) { int = = ; PageLRU(pfn_to_page(pfn)); }\n}\n"
    assert not walkers(text)["walk"].understood


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("if (pageblock_aligned(pfn) && !pfn_valid(pfn)) continue; PageLRU(PAGE);", "BLOCK"),
        ("if (!(pfn & (nr - 1))) { if (!pfn_valid(pfn)) continue; } PageLRU(PAGE);", "BLOCK"),
        ("if ((pfn & (nr - 1)) == 0 && pfn_valid(pfn)) x(pfn); PageLRU(PAGE);", "UNGUARDED"),
        ("if (x && pageblock_aligned(pfn) && !pfn_valid(pfn)) continue; PageLRU(PAGE);", "UNGUARDED"),
        (
            "if (!pfn_valid_within(pfn)) continue; if (!(pfn & mask) && !pfn_valid(pfn)) x(); PageLRU(PAGE);",
            "WITH_HOLES",
        ),
        ("if (!pfn_valid(pfn)) continue; for (i = 0; i < nr; i++) PageLRU(PAGE + i);", "GUARDED"),
    ],
)
def test_a_guard_of_the_first_pfn_of_each_block_is_told_apart(body: str, verdict: str) -> None:
    body = body.replace("PAGE", "pfn_to_page(pfn)")
    found = walkers(
        f"void walk(unsigned long pfn, unsigned long end)\n{{\nfor (; pfn < end; pfn++) {{ {body} }}\n}}\n"
    )
    assert judged_loop(found["walk"].loops[0]).verdict is GuardVerdict[verdict]


def test_the_guard_of_an_outer_loop_is_asked_once_a_block() -> None:
    inner = "for (; pfn < block_end_pfn; pfn++) PageLRU(pfn_to_page(pfn));"
    found = judged(
        f"for (; pfn < end; ) {{ if (!pfn_valid(pfn)) continue; block_end_pfn = pfn + 9; {inner} }}"
    )
    assert (found.verdict, found.guard and found.guard.asked) == (GuardVerdict.BLOCK, Asked.EACH_BLOCK)


@pytest.mark.parametrize(
    ("loop", "verdict"), [("while (x) y();", "START"), ("for (; pfn < end; pfn += 9)", "BLOCK")]
)
def test_a_guard_is_asked_once_before_a_function_that_steps_on(loop: str, verdict: str) -> None:
    text = f"""
static void block(unsigned long pfn)
{{
\tunsigned long end_pfn = pfn + 9;
\tfor (; pfn < end_pfn; pfn++)
\t\tPageLRU(pfn_to_page(pfn));
}}
void walk(unsigned long pfn, unsigned long end)
{{
\tstruct page *page;
\t{loop} {{
\t\tmin_pfn = pageblock_start_pfn(pfn);
\t\tpage = pfn_to_online_page(min_pfn);
\t\tif (page)
\t\t\tblock(page_to_pfn(page));
\t}}
}}
"""
    assert judged_walker(walkers(text)["walk"]).verdict is GuardVerdict[verdict]


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("if (low(pfn) && !pfn_valid(pfn)) return false; return true;", "UNGUARDED"),
        ("if (!pfn_valid(pfn)) return false; if (x) return false; return true;", "GUARDED"),
        ("if (pageblock_aligned(pfn) && !pfn_valid(pfn)) return false; return true;", "BLOCK"),
        ("return pfn_valid(pfn) && x;", "GUARDED"),
        ("return pfn_valid(pfn) || x;", "UNGUARDED"),
        ("if (x) goto out; if (pfn_valid(pfn)) return true; out: return false;", "GUARDED"),
    ],
)
def test_a_function_that_answers_for_a_pfn_is_a_guard_as_far_as_it_asks(body: str, verdict: str) -> None:
    text = (
        f"static bool __init usable(unsigned long pfn)\n{{\n{body}\n}}\n"
        "void walk(unsigned long pfn)\n{\n for (;; pfn++) if (usable(pfn)) PageLRU(pfn_to_page(pfn));\n}\n"
    )
    assert judged_walker(walkers(text)["walk"]).verdict is GuardVerdict[verdict]


def test_the_head_of_a_compound_page_is_read_from_its_struct_page() -> None:
    found = judged("for (; pfn < end; pfn++) x(page_folio(pfn_to_page(pfn)));")
    assert found.read is not None
    assert (found.read.word, found.read.read) == ("page_folio", Read.FLAGS)


def test_the_guard_that_gives_a_computed_page_is_the_one_of_this_page() -> None:
    ask = "min_pfn = pageblock_start_pfn(pfn); if (!pfn_valid(min_pfn)) return;"
    give = "page = pageblock_pfn_to_page(min_pfn, end, zone); if (page) PageLRU(page);"
    assert judged(f"while (x) y(); {ask} {give}").verdict is GuardVerdict.BLOCK


def test_reads_of_a_guard_decide_where_there_is_no_other() -> None:
    text = """
struct page *__pageblock_pfn_to_page(unsigned long start_pfn, unsigned long end_pfn, struct zone *zone)
{
\tif (!pfn_valid(start_pfn)) return NULL;
\tif (page_zone(pfn_to_page(start_pfn)) != zone) return NULL;
\treturn pfn_to_page(start_pfn);
}
void walk(unsigned long pfn, unsigned long end)
{
\tfor (; pfn < end; pfn += 9)
\t\tif (!__pageblock_pfn_to_page(pfn, pfn + 9, zone))
\t\t\treturn;
}
void uses(unsigned long pfn, unsigned long end)
{
\tstruct page *page;
\tfor (; pfn < end; pfn += 9) {
\t\tpage = __pageblock_pfn_to_page(pfn, pfn + 9, zone);
\t\tif (page)
\t\t\tPageLRU(page);
\t}
}
"""
    found = {name: judged_walker(walker) for name, walker in walkers(text).items()}
    assert found["walk"].verdict is GuardVerdict.GUARDED
    assert found["walk"].read
    assert found["walk"].read.through == ("__pageblock_pfn_to_page",)
    assert found["uses"].verdict is GuardVerdict.BLOCK


@pytest.mark.parametrize(
    "body",
    [
        "for (; addr < end; addr += PAGE_SIZE) free_reserved_page(phys_to_page(addr));",
        "for (; addr < end; addr += PAGE_SIZE) free_reserved_page(pfn_to_page(addr >> PAGE_SHIFT));",
        "while (n) { phys = __pa(addr); pfn = phys >> PAGE_SHIFT; put_page(pfn_to_page(pfn)); addr += n; }",
        "loop: fr_pfn = set_next_pfn(set); if (fr_pfn != END) { put_page(pfn_to_page(fr_pfn)); goto loop; }",
        "while (n--) { unsigned long pfn = set_next_pfn(set); free_page_at(pfn_to_page(pfn)); }",
        "while (spfn < end) spent += step_on(&i, &spfn);",
        "while (addr < end) { step_pfn(addr, order); addr += 1UL << order; }",
    ],
)
def test_walks_by_address_by_sets_and_through_functions_are_found(body: str) -> None:
    text = (
        "void step_pfn(unsigned long pfn, int order)\n{\n PageLRU(pfn_to_page(pfn));\n}\n"
        f"void walk(unsigned long addr, unsigned long end)\n{{\n{body}\n}}\n"
    )
    assert walkers(text)["walk"].loops[0].by_pfn


def test_parameters_behind_a_struct_page_are_no_struct_pages() -> None:
    assert walkers("void walk(struct page *page, int *nr)\n{\nfor (; *nr; nr++) x(nr);\n}\n") == {}


def test_a_label_that_is_reached_without_a_guard_has_none() -> None:
    body = "if (x) goto out; if (pfn_valid(pfn)) goto out; out: PageLRU(pfn_to_page(pfn));"
    assert judged(f"for (; pfn < end; pfn++) {{ {body} }}").verdict is GuardVerdict.UNGUARDED


def test_the_cases_of_a_switch_have_the_guards_before_it() -> None:
    body = (
        "if (!pfn_valid(pfn)) continue; switch (x) { case 1: y(); break; case 2: PageLRU(pfn_to_page(pfn)); }"
    )
    assert judged(f"for (; pfn < end; pfn++) {{ {body} }}").verdict is GuardVerdict.GUARDED


def test_the_guards_of_callers_are_told_and_change_no_verdict() -> None:
    text = """
static void block(unsigned long pfn, unsigned long end)
{
\tfor (; pfn < end; pfn++)
\t\tPageLRU(pfn_to_page(pfn));
}
void asks(unsigned long pfn, unsigned long end)
{
\tfor (; pfn < end; pfn += 9)
\t\tif (pageblock_pfn_to_page(pfn, pfn + 9, zone))
\t\t\tblock(pfn, pfn + 9);
}
void asks_nothing(unsigned long pfn)
{
\tblock(pfn, pfn + 9);
}
"""
    found = walkers(text)
    calls = [(call.caller, [guard.name for guard in call.guards]) for call in found["block"].calls]
    assert calls == [("asks", ["pageblock_pfn_to_page"]), ("asks_nothing", [])]
    assert judged_walker(found["block"]).verdict is GuardVerdict.UNGUARDED
    assert found["asks"].calls == ()  # it has a guard


def test_a_function_of_a_pfn_is_followed_whatever_its_name() -> None:
    text = """
static bool is_pageblock_removable(unsigned long pfn)
{
\treturn PageLRU(pfn_to_page(pfn));
}
bool is_removable(unsigned long pfn, unsigned long end)
{
\tfor (; pfn < end; pfn += pageblock_nr_pages)
\t\tif (!is_pageblock_removable(pfn))
\t\t\treturn false;
\treturn true;
}
"""
    found = judged_walker(walkers(text)["is_removable"])
    assert found.verdict is GuardVerdict.UNGUARDED
    assert found.read is not None
    assert (found.read.word, found.read.through) == ("PageLRU", ("is_pageblock_removable",))


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (
            "if (x) page = pfn_to_page(lo); else if (pfn_valid(mi)) page = pfn_to_page(mi);",
            "UNGUARDED",
        ),
        ("if (pfn_valid(mi)) page = pfn_to_page(mi);", "GUARDED"),
        ("if (pfn_valid(mi)) page = pfn_to_page(mi); else page = other;", "UNGUARDED"),
        (
            "list_for_each_entry(p, list, lru) page = p; if (pfn_valid(mi)) page = pfn_to_page(mi);",
            "UNGUARDED",
        ),
        (
            "if (x) page = pfn_to_page(lo); else { page = pfn_to_page(mi); PageLRU(page); } return;",
            "UNGUARDED",
        ),
        ("if (x) highest = ALIGN(pfn, 9); if (pfn_valid(mi)) page = pfn_to_page(highest);", "GUARDED"),
    ],
)
def test_a_page_that_several_ways_give_has_the_guards_of_all(body: str, verdict: str) -> None:
    compute = "struct page *page = NULL; while (x) y(); mi = pageblock_start_pfn(pfn); lo = ALIGN(pfn, 9);"
    text = f"void walk(unsigned long pfn)\n{{\n{compute} {body} if (page) PageLRU(page);\n}}\n"
    assert judged_walker(walkers(text)["walk"]).verdict is GuardVerdict[verdict]


def test_what_is_left_of_a_guard_that_may_ask_nothing_is_told() -> None:
    ask = "if (!pfn_valid(pfn)) continue; block_end_pfn = pfn + 9;"
    inner = "for (; pfn < block_end_pfn; pfn++) if (pfn_valid_within(pfn)) PageLRU(pfn_to_page(pfn));"
    found = judged(f"for (; pfn < end; ) {{ {ask} {inner} }}")
    inner_loop = judged_loop(found.loop)
    assert inner_loop.verdict is GuardVerdict.WITH_HOLES
    assert inner_loop.left
    assert (inner_loop.left.name, inner_loop.left.asked) == ("pfn_valid", Asked.EACH_BLOCK)


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("if (!pfn_valid(pfn + 1)) continue; PageLRU(pfn_to_page(pfn));", "UNGUARDED"),  # of the next one
        ("page = pfn_valid(pfn) ? pfn_to_page(pfn) : NULL; if (!page) continue; PageLRU(page);", "GUARDED"),
        ("page = x ? pfn_to_page(pfn) : NULL; if (!page) continue; PageLRU(page);", "UNGUARDED"),
        (
            "ms = __pfn_to_section(pfn); if (!valid_section(ms)) continue; PageLRU(pfn_to_page(pfn));",
            "SECTION",
        ),
    ],
)
def test_a_guard_is_asked_of_the_page_that_is_read(body: str, verdict: str) -> None:
    assert judged(f"for (; pfn < end; pfn++) {{ {body} }}").verdict is GuardVerdict[verdict]


def test_a_guard_that_is_not_compiled_with_its_read_is_told() -> None:
    guard = "#ifdef CONFIG_A\nif (!pfn_valid(pfn)) continue;\n#endif\n"
    found = judged(f"for (; pfn < end; pfn++) {{\n{guard}PageLRU(pfn_to_page(pfn)); }}")
    assert found.left_out_with == (("A", "n"),)
    both = f"#ifdef CONFIG_A\nfor (; pfn < end; pfn++) {{\n{guard}PageLRU(pfn_to_page(pfn)); }}\n#endif"
    assert judged(both).left_out_with == ()
