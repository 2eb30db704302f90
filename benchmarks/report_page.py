# SPDX-License-Identifier: GPL-2.0-or-later
"""The page: rendering time to simulation time, and the frame rate of a matrix of 100,000 cells in Chromium.

The large matrix is the default one with the rows of 4.17 repeated under twelve more symbols. The frames drawn
while it scrolls are compared with those of an empty page.
"""

import copy
import shutil
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from explorer.boot import RamFill
from explorer.commands.matrix_document import studied_document
from explorer.commands.report import REPORT_KERNELS, simulate_command_line
from explorer.commands.trees import TreeOptions
from explorer.report import render

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
_CELLS = 100_000
WHERE = TreeOptions(None)

# Scrolls down six screens a second for two seconds and counts the frames drawn.
_SCROLL = """() => new Promise((done) => {
  let frames = 0; const start = performance.now(); const end = start + 2000;
  const draw = (now) => {
    frames += 1; scrollTo(0, 3000 + (now - start) * 5.4);
    if (now < end) requestAnimationFrame(draw); else done(frames / 2);
  };
  requestAnimationFrame(draw);
})"""

# Changes a switch; returns the milliseconds until the remaining rows are drawn.
_SWITCH = """(value) => new Promise((done) => {
  const select = document.getElementById("switch-show"); const start = performance.now();
  select.value = value; select.dispatchEvent(new Event("change"));
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
})"""


def large(document: dict[str, Any]) -> dict[str, Any]:
    """The first view of 4.17 alone, its reachable rows repeated until there are enough cells."""
    enlarged = copy.deepcopy(document)
    view = next(view for view in enlarged["views"] if view["kernel"] == "4.17")
    rows = [row for row in view["combinations"] if row["reachable"]]
    wanted = _CELLS // len(enlarged["memory_maps"]) // len(rows) + 1
    names = [f"FURTHER_{number}" for number in range(12)]
    view["symbols"] += [{"name": name, "defined": True, "prompt": True} for name in names]
    view["combinations"] = []
    for values in list(product("ny", repeat=12))[:wanted]:
        for row in rows:
            more = {**row["values"], **dict(zip(names, values, strict=True))}
            name = ",".join(f"{key}={value}" for key, value in more.items())
            view["combinations"].append({**row, "id": name, "values": more})
    enlarged["views"] = [view]
    return enlarged


def main() -> int:
    start = time.perf_counter()
    document = studied_document("report", REPORT_KERNELS, WHERE, None, None, None, RamFill.STALE, varied=True)
    simulated = time.perf_counter() - start
    start = time.perf_counter()
    page = render(document, simulate_command_line)
    rendered = time.perf_counter() - start
    print(f"default report: {len(page.encode()) / 1e6:.2f} MB (goal: under 1)")
    print(f"rendering to simulating: {rendered / simulated:.2f} ({rendered:.2f} s to {simulated:.2f} s)")
    chromium = shutil.which("chromium")
    if not chromium:
        print("no browser to look at it: Debian's chromium is not installed")
        return 2
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "large.html"
        file.write_text(render(large(document)), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        _look(browser.new_page(viewport={"width": 1440, "height": 900}), file)
        browser.close()
    return 0


def _look(page: Page, file: Path) -> None:
    page.set_content("<div style='height: 100000px'></div>")
    empty = page.evaluate(_SCROLL)
    start = time.perf_counter()
    page.goto(file.as_uri())
    opened = time.perf_counter() - start
    cells = page.locator("#matrix tbody td").count()
    print(f"large matrix: {cells} cells, {file.stat().st_size / 1e6:.1f} MB, opened in {opened:.2f} s")
    full = page.evaluate(_SCROLL)
    print(f"frames while scrolling to those of an empty page: {full / empty:.2f} ({full:.0f} to {empty:.0f})")
    for value in ("unsafe", "safe", ""):
        print(f"switching to {value or 'all'}: {page.evaluate(_SWITCH, value):.0f} ms")


if __name__ == "__main__":
    sys.exit(main())
