# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints what the same answers give before and after: unsafe cases first, each with its fix."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from explorer.narrative.plurals import counted
from explorer.terminal.console import HAZARD, STYLE, Json
from explorer.terminal.guarded_console import one_line

__all__ = ["answers_words", "assigned", "show_cases"]

_IN_FULL = {
    "BECAME UNSAFE": "became unsafe",
    "NEW AND UNSAFE (NOT CONFIGURABLE BEFORE)": "new unsafe",
    "became safe": "became safe",
    "unsafe before and after": "still unsafe",
}
"""The headings of cases that are printed in full, with their kinds."""
_NUMBERS = re.compile(r"0x[0-9a-f]+")
_MOST_MOVED = 6
_NEW = "configurable now, and not known to be unsafe"
_OTHERWISE = "the verdict differs in another way"
_MOVED = "other values, same verdicts"
_SAME = "nothing changes"
_BRIEF = (_NEW, _OTHERWISE, _MOVED, _SAME)


def show_cases(console: Console, document: Json) -> None:
    """Prints the cases of a comparison under their headings."""
    if not document["cases"]:
        console.print("\nNo combination is reachable on either side with these settings.")
        return
    maps = counted(len(document["memory_maps"]), "memory map")
    console.print(Text(f"\nwhat users get: the same answers on both sides, on {maps}", style="bold"))
    reasons: set[str] = set()
    for heading, cases in _by_heading(document["cases"]).items():
        console.print(Text(heading, style=STYLE["unsafe"] if heading.isupper() else "bold"))
        for case in cases:
            (_case if heading in _IN_FULL else _brief)(console, case, reasons)


def _by_heading(cases: Iterable[Json]) -> Mapping[str, list[Json]]:
    """The cases under their headings, unsafe ones first."""
    groups: dict[str, list[Json]] = {heading: [] for heading in (*_IN_FULL, *_BRIEF)}
    for case in cases:
        groups[_heading_of(case)].append(case)
    return {heading: group for heading, group in groups.items() if group}


def _heading_of(case: Json) -> str:
    for heading, kind in _IN_FULL.items():
        if kind in case["kinds"]:
            return heading
    if case["before"]["lost"]:
        return _NEW
    if any(_words(cell["before"]) != _words(cell["after"]) for cell in case["cells"]):
        return _OTHERWISE
    is_same = case["before"]["values"] == case["after"]["values"] and not case["after"]["lost"]
    moves = case["moved"] or case["moved_elsewhere"] or "->" in _contexts(case)
    return _SAME if is_same and not moves else _MOVED


def _brief(console: Console, case: Json, reasons: set[str]) -> None:
    """Prints a case in which no verdict changes, on one line."""
    heading = _heading_of(case)
    if heading == _OTHERWISE:
        _case(console, case, reasons)
        return
    line = f"  {_case_title(case)}"
    if heading != _SAME and (moved := _all_moved(case)):
        line += f": {moved}"
    console.print(f"{line}{_changed_context(case)}")
    _lost(console, case, "after")


def _all_moved(case: Json) -> str:
    """The values that differ: of the symbols under study, then of others, of which some are counted."""
    studied = _moved(case["before"]["values"], case["after"]["values"], whole=False)
    others = [
        f"{name}={pair['before'] or 'none'}->{pair['after'] or 'none'}"
        for name, pair in case["moved"].items()
    ]
    more = len(others[_MOST_MOVED:]) + case["moved_elsewhere"]
    words = [*filter(None, [studied]), *others[:_MOST_MOVED]]
    return " ".join([*words, *([f"and {counted(more, 'other symbol')}"] if more else [])])


def _case(console: Console, case: Json, reasons: set[str]) -> None:
    """Prints a case with its memory maps; a reason is added to ``reasons`` and printed once."""
    new = bool(case["before"]["lost"])
    console.print(Text(f"  {_case_title(case)}", style="bold"))
    values = case["after"]["values"] if new else case["before"]["values"]
    console.print(f"    {_moved(values, case['after']['values'])}")
    if not new and (moved := _all_moved(case)):
        console.print(f"    {moved}")
    console.print(f"    {_context(case['after']) if new else _contexts(case)}")
    _lost(console, case, "after")
    for (before, after), cells in _grouped(case["cells"], new=new).items():
        text = after if new else f"still {after}" if before == after else f"{before} -> {after}"
        style = STYLE["unsafe"] if cells[0]["after"]["verdict"] == "unsafe" else ""
        maps = str(len(cells)) if _stays_safe(before, after) else _named(cells, len(case["cells"]))
        console.print(Text(f"    {text} on {maps}", style=style))
        for reason in _new_reasons(cells, reasons):
            _indented(console, reason, 6)
    if case["fix"]:
        console.print(Text(f"    fix: {case['fix']['words']}", style="bold"))


def _lost(console: Console, case: Json, side: str) -> None:
    """Prints the answers that a side does not keep."""
    lost = ", ".join(f"{name} becomes {value}" for name, value in case[side]["lost"].items())
    if lost:
        console.print(f"    answers that Kconfig does not keep: {lost}")


def _indented(console: Console, text: str, by: int) -> None:
    """Prints an indented paragraph; in a pipe it is one line."""
    if console.soft_wrap:
        console.print(f"{'':<{by}}{text}")
    else:
        console.print(Padding(Text(one_line(text)), (0, 0, 0, by)))


def _case_title(case: Json) -> str:
    if case["question"] == "same answers":
        return answers_words(case["before"]["answers"])
    answers = [answers_words(case[side]["answers"]) for side in ("before", "after")]
    return f"the same combination with other answers: {answers[0]} -> {answers[1]}"


def _context(side: Json) -> str:
    return f"{side['memory_model']}, {side['page_size'] >> 10}K pages"


def _contexts(case: Json) -> str:
    return " -> ".join(dict.fromkeys(_context(case[side]) for side in ("before", "after")))


def _changed_context(case: Json) -> str:
    words = _contexts(case)
    return f" ({words})" if "->" in words else ""


def _grouped(cells: Iterable[Json], *, new: bool) -> Mapping[tuple[str, str], list[Json]]:
    """The memory maps by verdicts before (empty for a new case) and after; those that stay safe last."""
    groups: dict[tuple[str, str], list[Json]] = {}
    for cell in cells:
        key = ("" if new else _words(cell["before"]), _words(cell["after"]))
        groups.setdefault(key, []).append(cell)
    return dict(sorted(groups.items(), key=lambda item: _stays_safe(*item[0])))


def _stays_safe(before: str, after: str) -> bool:
    return after == HAZARD[""] and before in {"", after}


def _words(side: Json) -> str:
    return str(side["verdict"] if side["verdict"] == "unknown" else HAZARD[side["hazard"]])


def _named(cells: Sequence[Json], count: int) -> str:
    if len(cells) == count:
        return f"all {count} maps" if count > 1 else str(cells[0]["memory_map"])
    return f"{len(cells)} of {count}: {', '.join(cell['memory_map'] for cell in cells)}"


def _new_reasons(cells: Sequence[Json], reasons: set[str]) -> Iterator[str]:
    """The reason on the first map of a group, unless it differs from an earlier one only by its numbers."""
    cell = cells[0]
    side = "after" if cell["after"]["why"] else "before"
    reason = cell[side]["why"]
    kind = _NUMBERS.sub("", reason)
    if reason and kind not in reasons:
        reasons.add(kind)
        yield f"{side}, on {cell['memory_map']}: {reason}"


def answers_words(answers: Mapping[str, str]) -> str:
    """Answers as a user gives them."""
    return assigned(answers) if answers else "all defaults"


def assigned(values: Mapping[str, str]) -> str:
    """Symbols with their values."""
    return " ".join(f"{name}={value}" for name, value in values.items())


def _moved(before: Mapping[str, str], after: Mapping[str, str], *, whole: bool = True) -> str:
    """Values before and after; unchanged values are left out unless ``whole``."""
    return " ".join(
        f"{name}={value}" if after[name] == value else f"{name}={value}->{after[name]}"
        for name, value in before.items()
        if whole or after[name] != value
    )
