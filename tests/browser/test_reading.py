# SPDX-License-Identifier: GPL-2.0-or-later
"""The page as everybody gets it: with and without scripts, on paper, on a phone, by screen reader."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import Unavailable, axe_script
from tests.browser.conftest import Opened

pytestmark = pytest.mark.xdist_group("browser")


def test_it_opens_in_silence_and_asks_for_nothing(opened: Opened) -> None:
    page = opened()
    assert page.title() == "Which kernel configurations survive memory initialisation?"
    assert page.locator("#matrix tbody tr").count() > 10


def test_without_scripts_everything_is_there(opened: Opened, shown: dict[str, Any]) -> None:
    page = opened(java_script_enabled=False)
    assert page.locator("#matrix tbody tr:visible").count() == page.locator("#matrix tbody tr").count() > 10
    assert page.locator("#controls").is_hidden()
    text = page.locator("main").text_content() or ""
    for view in shown["views"]:
        for combination in view["combinations"]:
            if combination["reachable"]:
                assert combination["id"].replace(",", " ") in text
    page.locator("details:has(> #c0) > summary").click()
    assert page.locator("#c0 .chain li").first.is_visible()
    assert page.locator("#c0 svg").is_visible()


def test_without_scripts_a_link_of_the_matrix_opens_what_it_names(opened: Opened) -> None:
    """A story, a proof, a smallest map, a memory map."""
    page = opened(java_script_enabled=False)
    count = page.locator("main details[open]").count()
    for kind in ("c", "p", "x", "m"):
        page.locator(f"#matrix a[href^='#{kind}']").first.click()
        target = page.locator(f"#{page.url.partition('#')[2]}")
        assert target.is_visible()
        assert (target.bounding_box() or {"y": 9999})["y"] < 600
        count += 1
        assert page.locator("main details[open]").count() == count


def test_a_policy_that_blocks_scripts_takes_nothing_away(
    browser: Browser, file: Path, tmp_path: Path
) -> None:
    """The browser's own report of the blocked script is no trouble, so the console is not listened to."""
    strict = tmp_path / "strict.html"
    page_text = file.read_text(encoding="utf-8")
    policy = "script-src 'unsafe-inline'"
    assert page_text.count(policy) == 1
    strict.write_text(page_text.replace(policy, "script-src 'none'"), encoding="utf-8")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(strict.as_uri())
        assert page.locator("#matrix tbody tr:visible").count() > 10
        assert page.locator("#controls").is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_no_violation(opened: Opened, scheme: Any, width: int) -> None:
    try:
        script = axe_script()
    except Unavailable as reason:
        pytest.skip(str(reason))
    page = opened(color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    page.evaluate("for (const element of document.querySelectorAll('details')) element.open = true")
    page.evaluate(script)
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [
        (rule["id"], rule["impact"], [node["target"] for node in rule["nodes"]][:4])
        for rule in result["violations"]
    ] == []
    assert len(result["passes"]) > 20


def test_a_phone_scrolls_one_way_only(opened: Opened) -> None:
    page = opened(viewport={"width": 390, "height": 844})
    page.evaluate("for (const element of document.querySelectorAll('details')) element.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def sheets(page: Page) -> int:
    """The number of pages of the printed report, in the size that it asks for."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))


def test_paper_is_short_and_shows_what_is_open(opened: Opened) -> None:
    page = opened("#c0")
    assert 3 <= sheets(page) <= 9
    page.emulate_media(media="print")
    assert page.locator("#matrix tbody tr").first.is_visible()
    assert page.locator("#stories > .story > summary").last.is_visible()
    assert page.locator("#c0 .chain li").first.is_visible()
    assert not page.locator("#c1 .chain li").first.is_visible()
    assert not any(page.locator(f"#{name}").is_visible() for name in ("every", "maps", "kernels", "contract"))
    assert page.locator("#controls").is_hidden()
    assert page.locator("button:not(th button):visible").count() == 0
    page.locator("#every details").first.evaluate("element => { element.open = true; }")
    assert page.locator("#every").is_visible()


def test_paper_repeats_the_heading_of_the_matrix(opened: Opened) -> None:
    """Chromium repeats a heading that takes less than a quarter of the page: of 186 mm on A4."""
    page = opened(java_script_enabled=False, viewport={"width": 1032, "height": 703})
    page.emulate_media(media="print")
    head = page.locator("#matrix thead").first
    assert (head.bounding_box() or {"height": 999})["height"] < 703 / 4
    assert head.evaluate("head => getComputedStyle(head).display") == "table-header-group"
    for element in (head, page.locator("#matrix .scroll").first):
        assert element.evaluate("element => getComputedStyle(element).overflow") == "visible"
