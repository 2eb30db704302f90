# SPDX-License-Identifier: GPL-2.0-or-later
"""A report of two kernels in Debian's Chromium, opened from a file as the reader of a mail opens it."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from explorer.api import audit_tree
from explorer.boot import RamFill
from explorer.commands.matrix_document import studied_document
from explorer.commands.trees import TreeOptions
from explorer.document.audit import audit_json
from explorer.document.compared import compared_json
from explorer.report import render
from tests.audit.kernel import kernel_at

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Opened = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("Debian's chromium is not installed: nothing was opened in a browser")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The document on the page: two kernels in every variant, compared with a report, and an audit."""
    document = studied_document(
        "report", ["4.17", "4.19"], TreeOptions(None), None, None, None, RamFill.STALE, varied=True
    )
    older = json.loads(json.dumps(document))
    older["views"] = [view for view in older["views"] if view["kernel"] == "4.17"]
    for view in older["views"]:
        if (view["context"]["page_size"], view["context"]["DEBUG_VM"]) == (4096, "y"):
            for row in view["combinations"]:
                if row["reachable"] and row["memory_model"] == "SPARSEMEM_VMEMMAP":
                    row["cells"][1].update(verdict="safe", hazard="")
    document["compared"] = compared_json(older, document, "old.json")
    document["audits"] = [audit_json(audit_tree(kernel_at(tmp_path_factory.mktemp("linux"))))]
    return document


@pytest.fixture(scope="session")
def file(shown: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render(shown), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Browser, file: Path) -> Iterator[Opened]:
    """Opens the page; fails a test in which the page logs a message or makes a request."""
    contexts: list[BrowserContext] = []
    trouble: list[str] = []

    def open_page(fragment: str = "", source: Path = file, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: trouble.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((source.as_uri(), "data:", "blob:"))
                else trouble.append(f"request: {request.url}")
            ),
        )
        page.goto(source.as_uri() + fragment)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []
