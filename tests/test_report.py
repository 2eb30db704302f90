# SPDX-License-Identifier: GPL-2.0-only
import json
from html.parser import HTMLParser
from typing import Any

import pytest

from explorer.configuration import load_fragment
from explorer.document import document
from explorer.machine import MemoryMap, Region, samples
from explorer.matrix import study
from explorer.report import render
from explorer.version import KernelVersion

VOID = {"meta", "link", "br", "img", "input", "hr"}
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&\"'"


class Page(HTMLParser):
    """What a page is made of: elements, links, ids, text, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.embedded = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.embedded += data if dict(self.tags[-1][1]).get("type") == "application/json" else ""
        elif not self.open or self.open[-1] != "style":
            self.text += data

    def attributes(self, name: str) -> list[str]:
        return [value for _, attrs in self.tags if (value := attrs.get(name)) is not None]


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    views = [
        study(load_fragment(KernelVersion.parse(release)), samples(), settings={"DEBUG_VM": "y"})
        for release in ("4.17", "6.1")
    ]
    return document(views, samples(), "kconfig-explorer report")


@pytest.fixture(scope="module")
def page(found: dict[str, Any]) -> Page:
    return Page(render(found))


def test_every_element_is_closed_and_every_link_has_a_target(page: Page) -> None:
    assert page.open == []
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.attributes("href")} <= set(ids)


def test_nothing_is_fetched(page: Page) -> None:
    assert all(link.startswith("#") for link in page.attributes("href"))
    assert not page.attributes("src")
    assert {tag for tag, _ in page.tags} & {"link", "img", "iframe", "object"} == set()


def test_facts_come_first_and_the_answer_is_a_sentence(page: Page) -> None:
    assert "2 of 16 combinations are reachable; 1 is unsafe on 10 of 17 memory maps." in page.text
    assert page.text.index("reproduce with") < page.text.index("Kernels side by side")


def test_everything_is_readable_without_scripts(page: Page, found: dict[str, Any]) -> None:
    assert not page.attributes("hidden")
    for view in found["views"]:
        for fault in view["faults"]:
            assert fault["why"] in page.text
            assert all(step in page.text for step in fault["chain"])
        for combination in view["combinations"]:
            if combination["witness_config"]:
                assert combination["witness_config"].strip() in page.text


def test_every_verdict_is_a_word(page: Page) -> None:
    for word in ("safe", "dies at boot", "dies on trigger", "may die", "not modelled"):
        assert word in page.text


def test_the_document_is_embedded_once_and_unchanged(page: Page, found: dict[str, Any]) -> None:
    assert json.loads(page.embedded) == found


def test_equal_documents_give_equal_bytes(found: dict[str, Any]) -> None:
    assert render(found) == render(json.loads(json.dumps(found)))


def test_names_from_strangers_are_escaped_everywhere() -> None:
    machine = MemoryMap(EVIL, (Region(0x4000_0000, 0x800_0000),), (), EVIL, EVIL)
    view = study(load_fragment(KernelVersion.parse("4.17")), [machine], settings={"DEBUG_VM": "y"})
    hostile = document([view], [machine], EVIL)
    one = hostile["views"][0]
    one["kernel"] = one["kconfig"] = one["files"][0]["path"] = EVIL
    one["symbols"][0]["name"] = one["forced"][0]["symbol"] = EVIL
    one["forced"][0]["because"][0]["text"] = one["statements"][0]["text"] = EVIL
    one["context"]["settings"] = {EVIL: EVIL}
    for combination in one["combinations"]:
        combination["id"] = EVIL
        combination["values"][EVIL] = combination["values"].pop("NUMA")
        if combination["witness_config"] is not None:
            combination["witness_config"] = EVIL
    page = Page(render(hostile))
    assert page.open == []
    assert [tag for tag, _ in page.tags].count("script") == 2
    assert "img" not in {tag for tag, _ in page.tags}
    assert "onerror" not in {name for _, attrs in page.tags for name in attrs}
    assert json.loads(page.embedded) == hostile
    assert page.text.count(EVIL) > 10


def test_the_default_report_is_small() -> None:
    from explorer.commands.report import REPORT_KERNELS  # noqa: PLC0415 # the default that make report uses

    views = [study(load_fragment(KernelVersion.parse(release)), samples()) for release in REPORT_KERNELS]
    assert len(render(document(views, samples(), "command")).encode()) < 1 << 20
