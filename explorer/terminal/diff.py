# SPDX-License-Identifier: GPL-2.0-only
"""What differs between two kernels: facts first, who dies of it, and the sentence for the gate last."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from explorer.errors import printable
from explorer.terminal.console import HAZARD, STYLE, Json, console_of, show_compiler

__all__ = ["show"]

_TOLD = {
    "BECAME UNSAFE": "became unsafe",
    "NEW AND UNSAFE (NOBODY COULD CONFIGURE IT BEFORE)": "new unsafe",
    "became safe": "became safe",
    "unsafe before and after": "still unsafe",
}
_NUMBERS = re.compile(r"0x[0-9a-f]+")
_NEW = "can be configured now, and is not known to be unsafe"
_OTHERWISE = "the verdict differs otherwise"
_MOVED = "other values, the same verdicts"
_SAME = "nothing changes"
_BRIEF = (_NEW, _OTHERWISE, _MOVED, _SAME)


def show(found: Json) -> None:
    """What differs between two kernels."""
    console = console_of()
    _heading(console, found)
    _definitions(console, found["definitions"])
    _combinations(console, found["combinations"])
    _forced(console, found["forced"])
    _cases(console, found)
    _summary(console, found)


def _heading(console: Console, found: Json) -> None:
    for side in ("before", "after"):
        told, patch = found[side], found["patch"]
        text = f"kernel {told['kernel']} ({told['kconfig']})"
        if side == "after" and patch:
            text = f"the same with {patch['source']}: {_hunks(patch)}"
        console.print(Text.assemble((f"{side:<7}", "bold"), printable(text)))
        if side == "before" or not patch:
            show_compiler(console, told["compiler"])
    if found["settings"]:
        console.print(f"{'set':<7}{_assigned(found['settings'])}")


def _hunks(patch: Json) -> str:
    parts = [f"{_count(file['hunks'], 'hunk')} in {file['path']}" for file in patch["files"]]
    if patch["passed_over"]:
        names = ", ".join(patch["passed_over"][:3]) + (", ..." if len(patch["passed_over"]) > 3 else "")
        parts.append(
            f"{_count(len(patch['passed_over']), 'file')} passed over that Kconfig does not read ({names}): "
            "what the patch does to code is not judged"
        )
    return "; ".join(parts)


def _definitions(console: Console, found: Json) -> None:
    counts = ", ".join(f"{len(found[kind])} {kind}" for kind in ("added", "removed", "changed"))
    rest = found["elsewhere"]
    console.print(Text(f"\ndefinitions: {counts}", style="bold"))
    if any(rest.values()):
        more = ", ".join(f"{count} {kind}" for kind, count in rest.items() if count)
        console.print(f"  of symbols further away: {more} (--all tells them)")
    for kind, sign in (("added", "+"), ("removed", "-")):
        for symbol in found[kind]:
            console.print(f"{sign} {symbol['symbol']} {kind}", style="bold")
            for item in symbol["properties"]:
                _property(console, item["property"], sign, item)
    for symbol in found["changed"]:
        console.print(f"  {symbol['symbol']} changed", style="bold")
        for item in symbol["properties"]:
            for sign, side in (("-", "before"), ("+", "after")):
                if item[side]:
                    _property(console, item["property"], sign, item[side])


def _property(console: Console, kind: str, sign: str, item: Json) -> None:
    console.print(printable(f"  {sign} {kind:<8} {item['text']}  ({item['file']}:{item['line']})"))


def _combinations(console: Console, found: Json) -> None:
    text = f"\ncombinations: {found['reachable_before']} reachable before, {found['reachable_after']} after"
    console.print(Text(text, style="bold"))
    for item in found["became_reachable"]:
        console.print(f"+ {_assigned(item['values'])}\n    reachable now, with {_answers(item['witness'])}")
    for item in found["became_unreachable"]:
        gone = f"; there is no {', '.join(item['gone'])} any more" if item["gone"] else ""
        console.print(f"- {_assigned(item['values'])}\n    unreachable now{gone}")
        _lines(console, item["conflict"])


def _lines(console: Console, lines: Iterable[Json]) -> None:
    for line in lines:
        console.print(printable(f"    {line['file']}:{line['line']}: {line['text']}"))


def _forced(console: Console, facts: Sequence[Json]) -> None:
    if facts:
        console.print(Text("\nforced facts", style="bold"))
    for fact in facts:
        before, after = (_fact(fact[side]) for side in ("before", "after"))
        console.print(f"  {fact['symbol']}: {before} before, {after} after")
        _lines(console, (fact["after"] or fact["before"])["because"])


def _fact(fact: Json | None) -> str:
    if fact is None:
        return "not forced"
    return "not defined" if fact["gone"] else f"always {fact['value']}"


def _cases(console: Console, found: Json) -> None:
    if not found["cases"]:
        console.print("\nNo combination can be had on either side with what is set.")
        return
    maps = _count(len(found["memory_maps"]), "memory map")
    console.print(Text(f"\nwhat users get: the same answers on both sides, on {maps}", style="bold"))
    told: set[str] = set()
    for heading, cases in _headed(found["cases"]).items():
        console.print(Text(heading, style=STYLE["unsafe"] if heading.isupper() else "bold"))
        for case in cases:
            (_case if heading in _TOLD else _brief)(console, case, told)


def _headed(cases: Iterable[Json]) -> Mapping[str, list[Json]]:
    """Cases under their headings, the bad ones first."""
    found: dict[str, list[Json]] = {heading: [] for heading in (*_TOLD, *_BRIEF)}
    for case in cases:
        found[_heading_of(case)].append(case)
    return {heading: below for heading, below in found.items() if below}


def _heading_of(case: Json) -> str:
    kind = next((kind for kind in _TOLD.values() if kind in case["kinds"]), "")
    if kind:
        return next(heading for heading, its in _TOLD.items() if its == kind)
    if case["before"]["lost"]:
        return _NEW
    if any(_words(cell["before"]) != _words(cell["after"]) for cell in case["cells"]):
        return _OTHERWISE
    return _SAME if case["before"]["values"] == case["after"]["values"] else _MOVED


def _brief(console: Console, case: Json, told: set[str]) -> None:
    """A case without news of life and death."""
    heading = _heading_of(case)
    if heading == _OTHERWISE:
        _case(console, case, told)
        return
    line = f"  {_case_title(case)}"
    if heading != _SAME:
        line += f": {_moved(case['before']['values'], case['after']['values'], whole=False)}"
    console.print(f"{line}{_changed_context(case)}")
    _lost(console, case, "after")


def _case(console: Console, case: Json, told: set[str]) -> None:
    new = bool(case["before"]["lost"])
    console.print(Text(f"  {_case_title(case)}", style="bold"))
    values = case["after"]["values"] if new else case["before"]["values"]
    console.print(f"    {_moved(values, case['after']['values'])}")
    console.print(f"    {_context(case['after']) if new else _contexts(case)}")
    _lost(console, case, "after")
    for words, cells in _grouped(case["cells"], new=new).items():
        style = STYLE["unsafe"] if words.rpartition("-> ")[2].startswith(("unsafe", "still unsafe")) else ""
        maps = str(len(cells)) if words in {"still safe", "safe"} else _named(cells, len(case["cells"]))
        console.print(Text(f"    {words} on {maps}", style=style))
        for reason in _reasons(cells, told):
            _indented(console, reason, 6)


def _lost(console: Console, case: Json, side: str) -> None:
    """Answers that a side does not keep."""
    lost = ", ".join(f"{name} becomes {value}" for name, value in case[side]["lost"].items())
    if lost:
        console.print(f"    answers that are not kept: {lost}")


def _indented(console: Console, text: str, by: int) -> None:
    """A paragraph whose lines all stand in; in a pipe it is one line."""
    if console.soft_wrap:
        console.print(printable(f"{'':<{by}}{text}"))
    else:
        console.print(Padding(Text(printable(text)), (0, 0, 0, by)))


def _case_title(case: Json) -> str:
    if case["question"] == "same answers":
        return _answers(case["before"]["answers"])
    answers = [_answers(case[side]["answers"]) for side in ("before", "after")]
    return f"the same combination by other answers: {answers[0]} -> {answers[1]}"


def _context(side: Json) -> str:
    return f"{side['memory_model']}, {side['page_size'] >> 10}K pages"


def _contexts(case: Json) -> str:
    return " -> ".join(dict.fromkeys(_context(case[side]) for side in ("before", "after")))


def _changed_context(case: Json) -> str:
    words = _contexts(case)
    return f" ({words})" if "->" in words else ""


def _grouped(cells: Iterable[Json], *, new: bool) -> Mapping[str, list[Json]]:
    """The machines by what happened to their verdict; what is new had none."""
    groups: dict[str, list[Json]] = {}
    for cell in cells:
        before, after = _words(cell["before"]), _words(cell["after"])
        words = after if new else f"still {after}" if before == after else f"{before} -> {after}"
        groups.setdefault(words, []).append(cell)
    return dict(sorted(groups.items(), key=lambda item: item[0] in {"still safe", "safe"}))


def _words(side: Json) -> str:
    return str(side["verdict"] if side["verdict"] == "unknown" else HAZARD[side["hazard"]])


def _named(cells: Sequence[Json], count: int) -> str:
    if len(cells) == count:
        return f"all {count} maps" if count > 1 else str(cells[0]["memory_map"])
    return printable(f"{len(cells)} of {count}: {', '.join(cell['memory_map'] for cell in cells)}")


def _reasons(cells: Sequence[Json], told: set[str]) -> Iterator[str]:
    """Why, on the first machine of a group; what differs from something said by its numbers is not said."""
    cell = cells[0]
    side = "after" if cell["after"]["why"] else "before"
    reason = cell[side]["why"]
    kind = _NUMBERS.sub("", reason)
    if reason and kind not in told:
        told.add(kind)
        yield f"{side}, on {cell['memory_map']}: {reason}"


def _summary(console: Console, found: Json) -> None:
    summary = found["summary"]
    counts = (
        f"{summary['became_unsafe']} became unsafe, {summary['new_unsafe']} new and unsafe, "
        f"{summary['became_safe']} became safe, {summary['still_unsafe']} still unsafe"
    )
    failed = summary["verdict"] == "something safe became unsafe"
    style = STYLE["unsafe"] if failed else STYLE["unknown" if "not known" in summary["verdict"] else "safe"]
    console.print(Text(f"\nverdict: {summary['verdict']}", style=style))
    console.print(f"of {_count(summary['cases'], 'set')} of answers, on some map: {counts}")


def _answers(answers: Mapping[str, str]) -> str:
    return _assigned(answers) if answers else "every default"


def _assigned(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())


def _moved(before: Mapping[str, str], after: Mapping[str, str], *, whole: bool = True) -> str:
    """Values with what becomes of them; those that stay are left out where not the whole is wanted."""
    return " ".join(
        f"{name}={value}" if after[name] == value else f"{name}={value}->{after[name]}"
        for name, value in before.items()
        if whole or after[name] != value
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
