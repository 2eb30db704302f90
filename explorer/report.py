# SPDX-License-Identifier: GPL-2.0-only
"""The page: one self-contained HTML file made from the document by the templates in ``reports/``.

Everything is readable without scripts; the script only narrows what is shown. The document is embedded once,
so the page carries its own data. Every name in it comes from a stranger's tree and is escaped.
"""

import json
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from explorer.resources import data_folder

__all__ = ["render"]

Json = Mapping[str, Any]

_WORDS = {"boot": "dies at boot", "trigger": "dies on trigger", "circumstances": "may die"}
_WIDTH = 1000


def render(document: Json) -> str:
    """The page of a document; equal documents give equal bytes."""
    environment = Environment(
        loader=FileSystemLoader(data_folder("reports")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _cell
    environment.filters["hexadecimal"] = hex
    environment.filters["of"] = lambda index, entries: entries[index]
    environment.filters["size"] = _size
    template = environment.get_template("report.html.j2")
    return template.render(
        document=document,
        answers=[_answer(view, len(document["memory_maps"])) for view in document["views"]],
        places=[_places(view) for view in document["views"]],
        groups=[_groups(view) for view in document["views"]],
        drawings=[_drawing(memory_map) for memory_map in document["memory_maps"]],
        data=_embedded(document),
    )


def _embedded(document: Json) -> str:
    """JSON that no HTML parser can leave: the three characters that could end or open an element."""
    text = json.dumps(document, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _answer(view: Json, maps: int) -> str:
    """The view in one sentence."""
    summary = view["summary"]
    text = f"{summary['reachable']} of {summary['combinations']} combinations are reachable"
    struck = [
        sum(cell["verdict"] == "unsafe" for cell in combination["cells"])
        for combination in view["combinations"]
        if combination["reachable"]
    ]
    unsafe = [count for count in struck if count]
    if not unsafe:
        unknown = f", {summary['unknown']} unknown" if summary["unknown"] else ""
        return f"{text}; {summary['safe']} safe on all {maps} memory maps{unknown}."
    low, high = min(unsafe), max(unsafe)
    span = str(low) if low == high else f"{low} to {high}"
    verb = "is" if len(unsafe) == 1 else "are"
    return f"{text}; {len(unsafe)} {verb} unsafe on {span} of {maps} memory maps."


def _cell(cell: Json) -> dict[str, str]:
    """Word, icon and class of a cell; what-ifs show what would happen."""
    if cell["what_if"] == "unknown":
        return {"word": "not modelled", "icon": "?", "kind": "unknown"}
    if cell["what_if"] == "safe":
        return {"word": "safe", "icon": "✓", "kind": "safe"}
    icon = {"boot": "✗", "trigger": "▲", "circumstances": "△"}[cell["hazard"]]
    return {"word": _WORDS[cell["hazard"]], "icon": icon, "kind": cell["hazard"]}


def _places(view: Json) -> list[list[str]]:
    """For each fault of a view: the reachable combinations and maps where it strikes."""
    found: list[list[str]] = [[] for _ in view["faults"]]
    for combination in view["combinations"]:
        values = " ".join(combination["values"].values())
        mark = "" if combination["reachable"] else ", what-if"
        for cell in combination["cells"]:
            for index in cell["faults"]:
                found[index].append(f"{cell['memory_map']} ({values}{mark})")
    return found


def _groups(view: Json) -> list[list[Json]]:
    """The combinations that Kconfig cannot produce, those with equal cells together."""
    found: dict[str, list[Json]] = {}
    for combination in view["combinations"]:
        if not combination["reachable"]:
            found.setdefault(json.dumps(combination["cells"]), []).append(combination)
    return list(found.values())


def _drawing(memory_map: Json) -> list[dict[str, Any]]:
    """The regions as bars over the whole range of addresses, in thousandths of it."""
    regions = [
        (kind, int(entry["base"], 16), int(entry["size"], 16), entry)
        for kind in ("memory", "reserved")
        for entry in memory_map[kind]
    ]
    low = min(base for _, base, _, _ in regions)
    high = max(base + size for _, base, size, _ in regions)
    scale = _WIDTH / max(1, high - low)
    return [
        {
            "kind": "nomap" if kind == "memory" and "nomap" in entry.get("flags", ()) else kind,
            "x": round((base - low) * scale, 2),
            "width": round(max(size * scale, 2), 2),
            "base": base,
            "end": base + size,
            "node": entry.get("node"),
        }
        for kind, base, size, entry in regions
    ]


def _size(count: int) -> str:
    """Bytes in the largest unit that divides them."""
    for unit, shift in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if count and not count & ((1 << shift) - 1):
            return f"{count >> shift} {unit}"
    return f"{count} bytes"
