# SPDX-License-Identifier: GPL-2.0-only
"""The words of the page: verdicts, sizes, pages, and each kernel in one sentence."""

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = [
    "ICONS",
    "WORDS",
    "Json",
    "answer",
    "command",
    "headline",
    "kind_of",
    "number",
    "page_size",
    "size",
    "spans",
]

Json = Mapping[str, Any]

WORDS = {
    "safe": "safe",
    "boot": "dies at boot",
    "trigger": "dies on trigger",
    "circumstances": "may die",
    "unknown": "not modelled",
}
ICONS = {"safe": "✓", "boot": "✗", "trigger": "▲", "circumstances": "△", "unknown": "?"}
"""Icon of each kind of cell, the mildest first but for ``unknown``."""


def kind_of(cell: Json) -> str:
    """Which of ``WORDS`` a cell is; what-ifs say what would happen."""
    return str(cell["what_if"]) if cell["what_if"] != "unsafe" else str(cell["hazard"])


def answer(view: Json, maps: int) -> str:
    """A kernel in one sentence."""
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


def headline(views: Iterable[Json]) -> str:
    """All kernels in one sentence."""
    kernels: dict[str, bool] = {}
    for view in views:
        unsafe = bool(view["summary"]["unsafe"])
        kernels[view["kernel"]] = kernels.get(view["kernel"], False) or unsafe
    struck = [name for name, unsafe in kernels.items() if unsafe]
    count = f"{len(kernels)} kernel{'s' if len(kernels) > 1 else ''}"
    if not struck:
        return f"In none of {count} is a combination that Kconfig can produce unsafe on these memory maps."
    names = ", ".join(struck)
    return f"Of {count}, {len(struck)} can be configured so that memory initialisation kills: Linux {names}."


def size(count: int) -> str:
    """Bytes in the largest unit that divides them and leaves a number to read."""
    for unit, shift in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if count >> shift and not count & ((1 << shift) - 1):
            return f"{number(count >> shift)} {unit}"
    return f"{number(count)} bytes"


def number(count: int) -> str:
    """Digits in groups of three."""
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def page_size(count: int) -> str:
    """A page size as people call it."""
    return f"{count >> 10}K"


def spans(names: Iterable[str], every: Iterable[str]) -> str:
    """Some of an ordered list, runs of three or more as ``first to last``."""
    order = list(every)
    places = sorted(order.index(name) for name in set(names))
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    words = [
        f"{order[run[0]]} to {order[run[-1]]}" if len(run) > 2 else ", ".join(order[at] for at in run)
        for run in runs
    ]
    return ", ".join(words)


def command(kernel: str, settings: Mapping[str, str], memory_map: str) -> str:
    """The command that tells a cell's story on a terminal; quoted by whoever knows its shell."""
    sets = "".join(f" --set {name}={value}" for name, value in settings.items())
    return f"kconfig-explorer simulate --kernel {kernel}{sets} -m {memory_map}"
