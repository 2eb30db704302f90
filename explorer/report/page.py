# SPDX-License-Identifier: GPL-2.0-only
"""From the document to the page: what the templates need is computed here, once.

Equal documents give equal bytes.
"""

import json
import shlex
from collections.abc import Callable
from itertools import product
from operator import itemgetter
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from explorer.report.cost_tables import cost_tables_of
from explorer.report.data_link import data_url
from explorer.report.graph_layout import layout
from explorer.report.kernel_strips import strips
from explorer.report.map_drawing import drawings
from explorer.report.matrix_rows import FaultStory, MatrixRow, merged_rows, with_stories
from explorer.report.pageblock_drawing import pageblock_drawing_of
from explorer.report.untold_faults import untold_faults_of
from explorer.report.words import (
    ICONS,
    WORDS,
    Json,
    answer,
    command,
    headline,
    kind_of,
    number,
    page_size,
    size,
)
from explorer.resources import data_folder

__all__ = ["render"]

_ONE_TABLE, _CHUNK = 200, 30
"""Up to so many rows are one table; more are split, so that a browser lays out only those on screen."""


def render(document: dict[str, Any]) -> str:
    """The page of a document; equal documents give equal bytes."""
    found, told = with_stories(merged_rows(document))
    maps = [memory_map["name"] for memory_map in document["memory_maps"]]
    kernels = [view for view in document["views"] if view["what_ifs"]] or document["views"]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            document=document,
            kernels=kernels,
            headline=headline(document["views"]),
            answers=[answer(view, len(maps)) for view in kernels],
            elsewhere=_elsewhere(kernels, found),
            chunks=_chunks(found),
            choices=_choices(found),
            cases=told,
            further=untold_faults_of(kernels, told),
            groups=[_folded(view, _kinds) for view in kernels],
            conflicts=[_folded(view, itemgetter("conflict")) for view in kernels],
            drawings=drawings(document, kernels),
            graphs=[_graph(view) for view in kernels],
            strips=strips(found, maps),
            costs=cost_tables_of(document),
            data=data_url(document),
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(data_folder("reports")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        kind=kind_of,
        hexadecimal=hex,
        of=lambda index, entries: entries[index],
        size=size,
        pages=page_size,
        number=number,
    )
    environment.globals.update(WORDS=WORDS, ICONS=ICONS, picture=pageblock_drawing_of, simulate=_simulate)
    return environment


def _simulate(case: FaultStory) -> str:
    """The command that tells a case on a terminal."""
    row, view = case.row, case.row.view
    answers = {**view["context"]["settings"], **(row.combination["witness"] or {})}
    words = {name: shlex.quote(value) for name, value in answers.items()}
    return command(view["kernel"], words, shlex.quote(case.cell["memory_map"]))


def _chunks(found: list[MatrixRow]) -> list[list[MatrixRow]]:
    """The rows, a list for each table."""
    size = len(found) if len(found) <= _ONE_TABLE else _CHUNK
    return [found[at : at + size] for at in range(0, len(found), size)]


def _elsewhere(kernels: list[Json], found: list[MatrixRow]) -> dict[str, str]:
    """For each kernel, which single step away from its defaults meets unsafe combinations."""
    words = {}
    for view in kernels:
        context = view["context"]
        default = (
            context["memory_model"],
            page_size(context["page_size"]),
            f"DEBUG_VM={context['DEBUG_VM']}",
        )
        met: dict[str, None] = {}
        for row in found:
            if row.kernel == view["kernel"] and row.unsafe:
                values = [f"DEBUG_VM={value}" for value in row.debug]
                for one in product(row.models, map(page_size, row.page_sizes), values):
                    steps = [name for name in one if name not in default]
                    met.update(dict.fromkeys(steps) if len(steps) == 1 else {})
        words[view["kernel"]] = f" Unsafe ones exist with {' or '.join(met)}." if met else ""
    return words


def _choices(found: list[MatrixRow]) -> dict[str, list[str]]:
    """The values that the switches offer, in the order of the rows."""
    return {
        "kernel": list(dict.fromkeys(row.kernel for row in found)),
        "page": [page_size(size) for size in sorted({size for row in found for size in row.page_sizes})],
        "model": list(dict.fromkeys(model for row in found for model in row.models)),
        "debug": sorted({value for row in found for value in row.debug}),
    }


def _folded(view: Json, alike: Callable[[Json], Any]) -> list[list[Json]]:
    """The combinations that Kconfig cannot produce, those that are alike together."""
    found: dict[str, list[Json]] = {}
    for combination in view["combinations"]:
        if not combination["reachable"]:
            found.setdefault(json.dumps(alike(combination)), []).append(combination)
    return list(found.values())


def _kinds(combination: Json) -> list[str]:
    return [kind_of(cell) for cell in combination["cells"]]


def _graph(view: Json) -> Any:
    return layout(view["graph"], {symbol["name"] for symbol in view["symbols"]}) if view["graph"] else None
