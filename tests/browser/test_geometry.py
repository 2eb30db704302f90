# SPDX-License-Identifier: GPL-2.0-or-later
"""Where things are on the page, at four sizes: phone, 1280 pixels at 200 % zoom, laptop, desktop."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Opened

pytestmark = pytest.mark.xdist_group("browser")

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}
WIDE: dict[str, dict[str, Any]] = {
    "zoom": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
    "laptop": {"viewport": {"width": 1280, "height": 900}},
    "desktop": {"viewport": {"width": 1920, "height": 1080}},
}

CLIPPED = """
heads => heads.filter(head => {
  const outer = head.getBoundingClientRect();
  const range = document.createRange();
  range.selectNodeContents(head);
  const inner = range.getBoundingClientRect();
  return inner.left < outer.left - 1 || inner.right > outer.right + 1
    || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
}).map(head => head.textContent)
"""

HIDDEN = """
() => {
  const target = document.getElementById(location.hash.slice(1));
  const place = target.getBoundingClientRect();
  const seen = document.elementFromPoint(place.left + 4, place.top + 4);
  const free = seen && (target.contains(seen) || seen.contains(target));
  return free && place.top >= -1 && place.top < innerHeight * .6 ? null
    : [target.id, Math.round(place.top), seen && seen.outerHTML.slice(0, 80)];
}
"""


def targets(page: Page) -> list[str]:
    """A link to each part of the page, and links from the answers, the matrix and the memory maps."""
    links: list[str] = page.locator("nav a, .answers a, .map-key a, tbody tr:first-child a").evaluate_all(
        "links => [...new Set(links.map(link => link.getAttribute('href')))]"
    )
    assert len(links) > 30
    return links


@pytest.mark.parametrize("size", WIDE)
def test_the_headings_of_the_matrix_stay_and_are_whole(opened: Opened, size: str) -> None:
    page = opened(java_script_enabled=True, **WIDE[size])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator("#matrix .box")
    assert box.locator("thead th").evaluate_all(CLIPPED) == []
    height = page.viewport_size["height"] if page.viewport_size else 0
    box.scroll_into_view_if_needed()
    box.evaluate("box => box.scrollTo(box.scrollWidth, box.scrollHeight)")
    outer = box.bounding_box()
    head = box.locator("thead th").first.bounding_box()
    row = box.locator("tbody tr:last-child th").bounding_box()
    assert outer
    assert head
    assert row
    assert outer["height"] <= height
    assert (round(head["x"] - outer["x"]), round(head["y"] - outer["y"])) == (1, 1)
    assert round(row["x"] - outer["x"]) == 1
    last = box.locator("tbody tr:last-child td:last-child")
    assert last.evaluate(
        "cell => { const at = cell.getBoundingClientRect();"
        " return cell.contains(document.elementFromPoint(at.left + at.width / 2, at.top + at.height / 2)); }"
    )


@pytest.mark.parametrize(("start", "size"), list(enumerate(["phone", *WIDE])))
@pytest.mark.parametrize("scripts", [True, False])
def test_a_link_lands_where_its_target_is(opened: Opened, start: int, size: str, scripts: bool) -> None:  # noqa: FBT001 # a parameter of pytest
    """At each size every fourth link; without scripts, fewer."""
    page = opened(java_script_enabled=scripts, **(WIDE | {"phone": PHONE})[size])
    bottom = "() => innerHeight + scrollY >= document.documentElement.scrollHeight - 2"
    hidden = []
    links = targets(page)[start :: 4 if scripts else 12]
    for link in links:
        page.goto(page.url.partition("#")[0] + link)
        found = page.evaluate(HIDDEN)
        hidden += [found] if found and not page.evaluate(bottom) else []
    assert hidden == []
    assert len(links) >= 3


def test_nothing_is_left_out_of_a_capture_of_the_whole_page(opened: Opened) -> None:
    page = opened()
    values = page.locator("main section").evaluate_all(
        "parts => parts.map(part => getComputedStyle(part).contentVisibility)"
    )
    assert set(values) == {"visible"}


def test_a_phone_shows_the_verdicts_of_each_row(opened: Opened) -> None:
    page = opened(java_script_enabled=False, **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    rows = page.locator("#matrix tbody tr")
    seen = rows.evaluate_all(
        """rows => rows.map(row => {
          const shown = [...row.cells].filter(cell => cell.checkVisibility());
          const inside = shown.every(cell => {
            const at = cell.getBoundingClientRect();
            return at.left >= 0 && at.right <= innerWidth && at.height > 8;
          });
          const kinds = ['boot', 'trigger', 'circumstances', 'unknown'];
          const bad = cells => cells.filter(cell => kinds.includes(cell.className)).length;
          const told = getComputedStyle(row.querySelector('.count'), '::before').content;
          return [inside, bad(shown) === bad([...row.cells]), told.split(' ').slice(0, 3).join(' ')];
        })"""
    )
    assert {(inside, whole) for inside, whole, _ in seen} == {(True, True)}
    assert {told for _, _, told in seen} == {'"unsafe on "', '"✓ safe on'}
