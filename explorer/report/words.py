# SPDX-License-Identifier: GPL-2.0-or-later
"""How the page writes verdicts, numbers and sizes."""

from collections.abc import Iterable, Mapping
from typing import Any

from explorer.narrative.verdict_narrative import kernel_sentence, study_sentence

__all__ = [
    "ICONS",
    "Json",
    "hazard_or_verdict",
    "headline",
    "kernel_summary",
    "number",
    "page_size",
    "ranges_of",
    "size",
]

Json = Mapping[str, Any]

ICONS = {"safe": "✓", "boot": "✗", "trigger": "▲", "circumstances": "△", "unknown": "?"}
"""The icon of each verdict, and of each hazard of an unsafe one."""


def hazard_or_verdict(cell: Json) -> str:
    """The hazard of an unsafe cell, otherwise its verdict; of a what-if, what would happen."""
    return str(cell["what_if"]) if cell["what_if"] != "unsafe" else str(cell["hazard"])


def kernel_summary(view: Json, memory_maps: int) -> str:
    """A kernel in one sentence."""
    summary = view["summary"]
    reachable = [combination for combination in view["combinations"] if combination["reachable"]]
    unsafe_maps = [
        sum(cell["verdict"] == "unsafe" for cell in combination["cells"]) for combination in reachable
    ]
    combinations, safe, unknown = summary["combinations"], summary["safe"], summary["unknown"]
    safe_on = [_safe_on(combination) for combination in reachable]
    left = summary["out_of_time"]
    return kernel_sentence(combinations, unsafe_maps, safe, unknown, memory_maps, safe_on, left)


def _safe_on(combination: Json) -> str | None:
    """The class of memory maps on which a combination is proven safe."""
    levels = combination["every_map"]["levels"]
    return levels[0]["safe_on"] if levels else None


def headline(views: Iterable[Json], memory_maps: int) -> str:
    """All kernels in one sentence or two."""
    unsafe: dict[str, bool] = {}
    proven: dict[str, bool] = {}
    out_of_time = 0
    for view in views:
        name, rows = view["kernel"], view["combinations"]
        unsafe[name] = unsafe.get(name, False) or bool(view["summary"]["unsafe"])
        outcomes = [row["every_map"]["outcome"] for row in rows if row["reachable"]]
        is_decided = not view["summary"]["out_of_time"]
        proven[name] = proven.get(name, True) and set(outcomes) == {"proven"} and is_decided
        out_of_time += view["summary"]["out_of_time"]
    all_proven = [name for name, is_proven in proven.items() if is_proven]
    return study_sentence(unsafe, all_proven, memory_maps, out_of_time)


def size(count: int) -> str:
    """Bytes in the largest unit that divides them and of which there is at least one."""
    for unit, shift in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if count >> shift and not count & ((1 << shift) - 1):
            return f"{number(count >> shift)} {unit}"
    return f"{number(count)} bytes"


def number(count: int) -> str:
    """Digits in groups of three."""
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def page_size(count: int) -> str:
    """A page size as in ``64K``."""
    return f"{count >> 10}K"


def ranges_of(names: Iterable[str], ordered: Iterable[str]) -> str:
    """Some names of an ordered list, three or more neighbours as ``first to last``."""
    order = list(ordered)
    runs: list[list[int]] = []
    for place in sorted(order.index(name) for name in set(names)):
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    words = [
        f"{order[run[0]]} to {order[run[-1]]}" if len(run) > 2 else ", ".join(order[at] for at in run)
        for run in runs
    ]
    return ", ".join(words)
