# SPDX-License-Identifier: GPL-2.0-or-later
"""What the script adds: switches, filters, sorting, links that open the same view, copying, stepping."""

import json
import re
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened

pytestmark = pytest.mark.xdist_group("browser")


def rows(page: Page) -> list[str]:
    """The visible rows, as text; ``inner_text`` is empty for what is not on screen."""
    return [text.strip() for text in page.locator("#matrix tbody tr:visible").all_text_contents()]


def choose(page: Page, name: str, value: str) -> None:
    page.get_by_label(name, exact=True).select_option(value)


def test_switches_narrow_the_matrix(opened: Opened) -> None:
    page = opened()
    whole = len(rows(page))
    choose(page, "kernel", "4.19")
    assert 0 < len(rows(page)) < whole
    assert all(row.startswith("4.19") for row in rows(page))
    choose(page, "memory model", "FLATMEM")
    assert all("FLATMEM" in row for row in rows(page))
    choose(page, "kernel", "")
    choose(page, "memory model", "")
    choose(page, "page size", "64K")
    assert all("64K" in row for row in rows(page))
    choose(page, "page size", "")
    assert len(rows(page)) == whole


def test_filters_find_what_is_unsafe_and_what_is_named(opened: Opened) -> None:
    page = opened()
    choose(page, "verdict", "boot")
    assert rows(page)
    assert all("dies at boot" in row for row in rows(page))
    choose(page, "verdict", "safe")
    assert rows(page)
    assert not any(
        word in row for row in rows(page) for word in ("dies at boot", "dies on trigger", "may die")
    )
    choose(page, "verdict", "")
    page.get_by_label("text").fill("flatmem 4.19")
    assert rows(page)
    assert all("FLATMEM" in row for row in rows(page))
    page.get_by_label("text").fill("nothing is called this")
    assert rows(page) == []
    expect(page.locator("#controls output")).to_have_text(re.compile(r"^0 of \d+ rows$"))


def test_a_copied_link_opens_the_same_view(opened: Opened) -> None:
    page = opened()
    choose(page, "kernel", "4.17")
    choose(page, "DEBUG_VM", "y")
    choose(page, "verdict", "unsafe")
    page.get_by_role("button", name="unsafe on").click()
    page.get_by_role("button", name="unsafe on").click()
    fragment = page.url.partition("#")[2]
    again = opened(f"#{fragment}")
    assert rows(again) == rows(page) != []
    assert again.get_by_label("kernel", exact=True).input_value() == "4.17"
    expect(again.locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")


def test_a_copied_link_opens_at_its_place(opened: Opened) -> None:
    page = opened(permissions=["clipboard-read", "clipboard-write"], viewport={"width": 640, "height": 450})
    choose(page, "verdict", "unsafe")
    cell = page.locator("#matrix tbody tr:visible td.circumstances a").last
    cell.focus()
    page.get_by_role("button", name="copy link").click()
    expect(page.get_by_role("button", name="copied")).to_be_visible()
    fragment = page.evaluate("navigator.clipboard.readText()").partition("#")[2]
    assert "at=" in fragment
    again = opened(f"#{fragment}", viewport={"width": 640, "height": 450})
    assert rows(again) == rows(page) != []
    same = again.locator("#matrix tbody tr:visible td.circumstances a").last
    expect(same).to_be_focused()
    expect(same.locator("xpath=..")).to_be_in_viewport()


def test_memory_maps_are_found_by_name(opened: Opened) -> None:
    page = opened()
    page.get_by_label("memory map", exact=True).fill("dma32, numa-2")
    heads = page.locator("#matrix th.c-map:visible").all_inner_texts()
    assert heads == ["dma32-edge", "numa-2", "numa-2-nomap"]
    cells = page.locator("#matrix tbody tr").first.locator("td:visible")
    assert cells.count() == page.locator("#matrix thead th:visible").count() - 1
    choose(page, "verdict", "unsafe")
    shown = page.locator("#matrix tbody tr:visible")
    assert shown.count() > 0
    for at in range(shown.count()):
        unsafe = shown.nth(at).locator(":is(.boot, .trigger, .circumstances):visible")
        assert unsafe.count() > 0
    expect(page.locator("#controls output")).to_have_text(re.compile(r"3 of 18 maps$"))


def test_unsafe_rows_come_first(opened: Opened) -> None:
    page = opened()
    found = page.locator("#matrix tbody tr").evaluate_all(
        "rows => rows.map(row => [row.dataset.kernel, row.dataset.unsafe === '0'])"
    )
    kernels = list(dict.fromkeys(kernel for kernel, _ in found))
    assert found == sorted(found, key=lambda row: (kernels.index(row[0]), row[1]))
    assert not found[0][1]


def test_sorting_sorts_and_says_so(opened: Opened) -> None:
    page = opened()
    page.get_by_role("button", name="unsafe on").click()
    counts = [
        int(row) for row in page.locator("#matrix tbody tr").evaluate_all("r => r.map(e => e.dataset.unsafe)")
    ]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]
    expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")


def test_a_link_to_a_story_opens_it_and_its_surroundings(opened: Opened, shown: dict[str, Any]) -> None:
    page = opened("#c3")
    assert page.locator("#c3 .why").is_visible()
    inner = page.locator("details details.story").first
    name = inner.locator("> [id]").first.get_attribute("id")
    assert opened(f"#{name}").locator(f"#{name}").is_visible()
    assert shown["views"][0]["faults"]


def test_a_hash_from_nowhere_does_no_harm(opened: Opened) -> None:
    for fragment in ("#nothing-of-this-name", "#kernel=9.9&sort=constructor", "#%3Cimg%20src=x%3E", "#%"):
        page = opened(fragment)
        assert page.locator("h1").is_visible()


def test_copying_and_saving_a_fragment(opened: Opened) -> None:
    page = opened("#c0", permissions=["clipboard-read", "clipboard-write"])
    fragment = page.locator("#c0 .fragment").first
    lines = fragment.locator("pre").inner_text()
    assert "CONFIG_" in lines
    fragment.get_by_role("button", name="copy").click()
    expect(fragment.get_by_role("button", name="copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").strip() == lines.strip()
    with page.expect_download() as saved:
        fragment.get_by_role("button", name="save as .config").click()
    assert saved.value.suggested_filename.endswith(".config")
    assert Path(saved.value.path()).read_text().strip() == lines.strip()


def test_the_document_can_be_saved_as_plain_json(opened: Opened, shown: dict[str, Any]) -> None:
    page = opened()
    page.locator(".about > summary").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="save as plain JSON").click()
    assert json.loads(Path(saved.value.path()).read_text()) == shown


def test_keys_alone_lead_from_the_top_into_a_story_and_back(opened: Opened) -> None:
    page = opened()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    expect(page.locator("#matrix tbody a[href^='#c']").first).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    story = page.locator(f"details:has({page.url.partition('#')[2].join(('#', ''))})")
    expect(story.locator("> summary")).to_be_focused()
    assert story.locator(".why").is_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.get_by_label("text")).to_be_focused()


def test_a_boot_can_be_stepped_through(opened: Opened) -> None:
    page = opened("#c0", reduced_motion="reduce")
    figure = page.locator("#c0 figure.block")
    lanes = figure.locator(".lane")
    assert lanes.count() == 6
    for number in range(6):
        figure.get_by_role("button", name="step").click()
        expect(figure.locator(".lane.now")).to_have_count(1)
        expect(figure.locator(".lane.done")).to_have_count(number + 1)
    assert figure.locator(".walker").evaluate("e => getComputedStyle(e).animationName") == "none"
    figure.get_by_role("button", name="show all").click()
    expect(figure.locator(".lane.now")).to_have_count(0)


def test_choosing_a_symbol_lights_what_it_decides_and_what_decides_it(
    opened: Opened, shown: dict[str, Any]
) -> None:
    page = opened()
    graph: nx.DiGraph[str] = nx.DiGraph(
        [(edge["source"], edge["target"]) for edge in shown["views"][0]["graph"]["edges"]]
    )
    figure = page.locator("#k0 figure.graph")
    figure.locator("[data-name=SPARSEMEM]").focus()
    page.keyboard.press("Enter")
    lit = set(figure.locator(".node.lit").evaluate_all("nodes => nodes.map(node => node.dataset.name)"))
    assert lit == {"SPARSEMEM"} | nx.ancestors(graph, "SPARSEMEM") | nx.descendants(graph, "SPARSEMEM")
    page.keyboard.press("Escape")
    assert figure.locator(".lit").count() == 0


def test_what_moved_is_shown(opened: Opened) -> None:
    page = opened("#moved")
    table = page.locator("#moved tbody tr")
    expect(table).to_have_count(1)
    assert "4.17" in table.inner_text()
    assert "Only in this document: kernels 4.19" in page.locator("#moved").inner_text()
