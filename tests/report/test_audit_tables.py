# SPDX-License-Identifier: GPL-2.0-or-later
"""The section of an audit on the page of a small kernel tree."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from explorer.api import audit_tree, matrix
from explorer.document.audit import audit_json
from explorer.report import render
from explorer.resources import data_folder
from tests.audit.kernel import kernel_at
from tests.commandline import explore, one_clear_line
from tests.report.test_report import EVIL, Page

NO_GUARD = {"\t\tif (!pfn_valid(pfn))\n\t\t\tcontinue;\n": ""}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """4.17 on a map that kills it, and the audits of a tree before and after a guard was lost."""
    folder = tmp_path_factory.mktemp("linux")
    before = audit_tree(kernel_at(folder / "old"))
    after = audit_tree(kernel_at(folder / "new", NO_GUARD))
    page = matrix("4.17", ["nomap-mid"]).document(details=True)
    return {**page, "audits": [audit_json(before), audit_json(after, before)]}


@pytest.fixture(scope="module")
def page(document: dict[str, Any]) -> Page:
    return Page(render(document))


def test_every_walker_is_on_the_page_with_its_line(document: dict[str, Any], page: Page) -> None:
    assert page.open == []
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.attributes("href") if link.startswith("#")} <= set(ids)
    for number, audit in enumerate(document["audits"]):
        assert len(audit["walkers"]) > 8
        for index, walker in enumerate(audit["walkers"]):
            words = page.text_of[f"w{number}-{index}"]
            assert f"{walker['file']}:{walker['line']}" in words
    assert page.embedded["audits"] == document["audits"]
    schema = json.loads((data_folder("reports") / "document.schema.json").read_text())
    jsonschema.validate(document, schema)


def test_walkers_without_a_guard_stand_first_and_guarded_ones_are_closed(page: Page) -> None:
    words = " ".join(page.text.split())
    first = words.index("sweep_asks_nothing() mm/sweep.c")
    assert words.index("step over page frames and read struct pages (unguarded: ") < first
    assert first < words.index("Guarded: ") < words.index("more read no struct page, step over pages of")
    assert ": lost its guard: 1 mm/sweep.c:" in words
    assert "sweep_asks() lost its guard: guarded before, unguarded now; pfn_valid(pfn) at mm/" in words
    assert "nothing is asked before the struct page is read" in words


def test_a_story_names_the_c_of_its_walker(document: dict[str, Any]) -> None:
    told = deepcopy(document)
    told["audits"][1]["release"] = "4.17"
    walker = told["audits"][1]["walkers"][0]
    found = {"name": walker["name"], "file": walker["file"], "line": walker["line"], "guards": []}
    records = [
        {"function": name, "agreement": "the same guards", "guards": [], "found": [found]}
        for name in ("__free_one_page", "move_freepages")
    ]
    told["audits"][1]["simulator"] = {"records": records, "without_record": []}
    page = Page(render(told))
    assert "#w1-0" in page.attributes("href")
    assert f"In the C: {walker['name']}() {walker['file']}:{walker['line']}" in " ".join(page.text.split())
    assert "The simulator's walkers of Linux 4.17: 2 of 2 agree." in page.text
    release = deepcopy(told)
    release["audits"][1]["release"] = "4.17.1"
    assert "#w1-0" not in Page(render(release)).attributes("href")


def test_names_of_a_hostile_tree_stay_text(document: dict[str, Any]) -> None:
    evil = deepcopy(document)
    audit = evil["audits"][0]
    audit |= {"tree": EVIL, "kconfig": EVIL, "not_read": [{"file": EVIL, "line": 1, "reason": EVIL}]}
    for walker in audit["walkers"]:
        walker |= {"name": EVIL, "file": EVIL, "condition": EVIL}
        walker["loops"][walker["loop"]] |= {"statement": EVIL, "step": "other"}
    shown = Page(render(evil))
    assert [tag for tag, _ in shown.tags].count("script") == 1
    assert "img" not in {tag for tag, _ in shown.tags}
    assert shown.text.count(EVIL) > len(audit["walkers"])
    assert shown.open == []


def test_the_command_takes_trees_in_and_names_them_to_make_the_page_again(tmp_path: Path) -> None:
    tree, file = kernel_at(tmp_path / "linux"), tmp_path / "page.html"
    words = ["report", "--kernel", "6.1", "-m", "flat", "-o", str(file)]
    done = explore(*words, "--audit", str(tree), "--audit", str(tree))
    assert done.returncode == 0, done.stderr
    page = Page(file.read_text())
    assert f"These walkers have the same guards as in {tree}." in page.text
    assert f"--audit {tree} --audit {tree}" in page.embedded["command"]
    refused = one_clear_line(explore(*words, "--audit", str(tmp_path / "none")))
    assert "no folder of a kernel is there" in refused
