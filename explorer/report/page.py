# SPDX-License-Identifier: GPL-2.0-or-later
"""From the document to the page: computes what the templates show.

Equal documents give equal bytes.
"""

import json
from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from explorer.narrative.verdict_narrative import VERDICT_WORDS
from explorer.report.audit_tables import audit_tables_of, walker_links
from explorer.report.cost_tables import cost_tables_of
from explorer.report.data_link import data_url
from explorer.report.fault_stories import FaultStory, with_stories
from explorer.report.first_screen import answer_lines, page_title
from explorer.report.graph_layout import layout
from explorer.report.kernel_strips import strips
from explorer.report.map_drawing import drawings
from explorer.report.map_thumbnails import thumbnail
from explorer.report.matrix_rows import MatrixRow, merged_rows
from explorer.report.pageblock_drawing import pageblock_drawing_of
from explorer.report.proof_entries import smallest_maps, with_proofs
from explorer.report.untold_faults import untold_faults_of
from explorer.report.words import (
    ICONS,
    Json,
    hazard_or_verdict,
    headline,
    kernel_summary,
    number,
    page_size,
    size,
)
from explorer.resources import data_folder

__all__ = ["environment", "render"]


CommandLine = Callable[[str, Mapping[str, str], str], str]
"""The command line that simulates a kernel with some settings on a memory map."""


def render(document: dict[str, Any], simulate_command_line: CommandLine | None = None) -> str:
    """The page of a document; each story has its command line if ``simulate_command_line`` makes one."""
    rows, stories = with_stories(merged_rows(document))
    rows, proofs = with_proofs(rows)
    maps = [memory_map["name"] for memory_map in document["memory_maps"]]
    kernels = [view for view in document["views"] if view["what_ifs"]] or document["views"]
    lines = answer_lines(document["answers"], [view["kernel"] for view in kernels], stories)
    drawn = drawings(document, kernels)
    page = (
        environment()
        .get_template("report.html.j2")
        .render(
            document=document,
            kernels=kernels,
            title=page_title(lines, maps),
            lines=lines,
            thumbnails=[thumbnail(drawing, _pageblock(kernels[0])) for drawing in drawn],
            headline=headline(document["views"], len(maps)),
            summaries=[kernel_summary(view, len(maps)) for view in kernels],
            unsafe_variants=[_unsafe_variants(view, rows) for view in kernels],
            rows=_unsafe_first(rows),
            present=[kind for kind in VERDICT_WORDS if any(kind in _kinds(row) for row in rows)],
            choices=_choices(rows),
            stories=stories,
            proofs=proofs,
            smallest_maps=smallest_maps(document, proofs),
            commands=[simulate_command_line and _command(story, simulate_command_line) for story in stories],
            untold=untold_faults_of(kernels, stories),
            what_ifs=[_unreachable(view, _outcomes) for view in kernels],
            conflicts=[_unreachable(view, _reasons) for view in kernels],
            drawings=drawn,
            graphs=[_graph(view) for view in kernels],
            strips=strips(rows, maps),
            costs=cost_tables_of(document),
            audits=audit_tables_of(document),
            walker_links=walker_links(document),
            data=data_url(document),
        )
    )
    return page.replace("\N{NARROW NO-BREAK SPACE}", "&#8239;")  # streams replace what is not printable


def environment() -> Environment:
    """The templates of ``reports/`` with their filters."""
    templates = Environment(
        loader=FileSystemLoader(data_folder("reports")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(
        hazard_or_verdict=hazard_or_verdict,
        hexadecimal=hex,
        of=lambda index, entries: entries[index],
        size=size,
        pages=page_size,
        number=number,
    )
    templates.globals.update(WORDS=VERDICT_WORDS, ICONS=ICONS, pageblock_drawing_of=pageblock_drawing_of)
    return templates


def _pageblock(view: Json) -> int:
    """The size of a pageblock in bytes."""
    context = view["context"]
    return int(context["page_size"]) << int(context["pageblock_order"])


def _command(story: FaultStory, simulate_command_line: CommandLine) -> str:
    """The command that simulates the cell of a story."""
    row, view = story.told.row, story.told.row.view
    answers = {**view["context"]["settings"], **(row.combination["witness"] or {})}
    return simulate_command_line(view["kernel"], answers, story.told.cell["memory_map"])


def _kinds(row: MatrixRow) -> set[str]:
    """The verdicts and hazards of the cells of a row."""
    return {cell.kind for cell in row.cells}


def _unsafe_first(rows: list[MatrixRow]) -> list[MatrixRow]:
    """The rows, those of a kernel together: kernels with unsafe rows first, and unsafe rows of each first."""
    kernels = list(dict.fromkeys(row.kernel for row in rows))
    unsafe = {row.kernel for row in rows if row.unsafe}
    return sorted(
        rows, key=lambda row: (row.kernel not in unsafe, kernels.index(row.kernel), row.unsafe == 0)
    )


def _unsafe_variants(view: Json, rows: list[MatrixRow]) -> list[str]:
    """The single steps away from a kernel's defaults that lead to unsafe combinations."""
    context = view["context"]
    defaults = (
        context["memory_model"],
        f"{page_size(context['page_size'])} pages",
        f"DEBUG_VM={context['DEBUG_VM']}",
    )
    steps: dict[str, None] = {}
    for row in rows:
        if row.kernel == view["kernel"] and row.unsafe:
            debug = [f"DEBUG_VM={value}" for value in row.debug]
            page_sizes = [f"{page_size(size)} pages" for size in row.page_sizes]
            for variant in product(row.models, page_sizes, debug):
                changed = [name for name in variant if name not in defaults]
                steps.update(dict.fromkeys(changed) if len(changed) == 1 else {})
    return list(steps)


def _choices(rows: list[MatrixRow]) -> dict[str, list[str]]:
    """The values that the switches offer, in the order of the rows."""
    return {
        "kernel": list(dict.fromkeys(row.kernel for row in rows)),
        "page": [page_size(size) for size in sorted({size for row in rows for size in row.page_sizes})],
        "model": list(dict.fromkeys(model for row in rows for model in row.models)),
        "debug": sorted({value for row in rows for value in row.debug}),
    }


def _unreachable(view: Json, key: Callable[[Json], Any]) -> list[list[Json]]:
    """The combinations that Kconfig cannot produce, grouped by a key."""
    groups: dict[str, list[Json]] = {}
    for combination in view["combinations"]:
        if not combination["reachable"]:
            groups.setdefault(json.dumps(key(combination)), []).append(combination)
    return list(groups.values())


def _reasons(combination: Json) -> list[Any]:
    return [combination["conflict"], combination["undecided"], combination["out_of_time"]]


def _outcomes(combination: Json) -> list[str]:
    return [hazard_or_verdict(cell) for cell in combination["cells"]]


def _graph(view: Json) -> Any:
    return layout(view["graph"], {symbol["name"] for symbol in view["symbols"]}) if view["graph"] else None
