# SPDX-License-Identifier: GPL-2.0-only
"""What differs between two kernels: facts first, who dies of it, and the sentence for the gate last."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from explorer.errors import printable
from explorer.terminal.parts import HAZARD, STYLE, Json, console_of, show_probes

__all__ = ["show"]

_HEADINGS = {
    "became unsafe": "BECAME UNSAFE",
    "new unsafe": "NEW AND UNSAFE: nobody could configure this before",
    "became safe": "became safe",
    "still unsafe": "unsafe before and after",
    "": "differs otherwise",
}


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
        show_probes(console, told) if side == "before" or not patch else None
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
        more = ", ".join(f"{count} {kind}" for kind, count in rest.items())
        console.print(f"  and of symbols that decide nothing here: {more} (--all tells them)")
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
        console.print(f"+ {_assigned(item['values'])}: reachable now, by {_answers(item['witness'])}")
    for item in found["became_unreachable"]:
        gone = f"; there is no {', '.join(item['gone'])} any more" if item["gone"] else ""
        console.print(f"- {_assigned(item['values'])}: unreachable now{gone}")
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
    count = len(found["memory_maps"])
    console.print(
        Text(f"\nwhat users get: the same answers to both, on {_count(count, 'memory map')}", style="bold")
    )
    told: set[str] = set()
    for kind, heading in _HEADINGS.items():
        cases = [case for case in found["cases"] if _kind(case) == kind]
        for number, case in enumerate(cases):
            if not number:
                console.print(Text(heading, style=STYLE["unsafe"] if "UNSAFE" in heading else "bold"))
            _case(console, case, told)
    same = sum(_kind(case) is None for case in found["cases"])
    console.print(f"{_count(same, 'set')} of answers: the same values and verdicts, safe where that is known")


def _kind(case: Json) -> str | None:
    """The first of the headings under which a case belongs; ``None`` where nothing needs to be said."""
    if case["kinds"]:
        return next(kind for kind in _HEADINGS if kind in case["kinds"])
    moved = any(_words(cell["before"]) != _words(cell["after"]) for cell in case["cells"])
    values = case["before"]["values"] != case["after"]["values"]
    return "" if moved or values else None


def _case(console: Console, case: Json, told: set[str]) -> None:
    before, after = case["before"], case["after"]
    console.print(Text(f"  {_case_title(case)}", style="bold"))
    console.print(f"    {_moved(before['values'], after['values'])}")
    context = [_context(side) for side in (before, after)]
    console.print(f"    {context[0] if context[0] == context[1] else ' -> '.join(context)}")
    for side in ("before", "after"):
        if case[side]["lost"]:
            lost = ", ".join(f"{name} is {value}" for name, value in case[side]["lost"].items())
            console.print(f"    {side}, answers are not kept: {lost}")
    for words, cells in _grouped(case["cells"]).items():
        verdict = "unsafe" if "-> unsafe" in words or words.startswith("still unsafe") else ""
        console.print(
            Text(f"    {words} on {_named(cells, len(case['cells']))}", style=STYLE.get(verdict, ""))
        )
        for reason in _reasons(cells, told):
            console.print(printable(f"      {reason}"))


def _case_title(case: Json) -> str:
    if case["question"] == "same answers":
        return f"answers: {_answers(case['before']['answers'])}"
    answers = [_answers(case[side]["answers"]) for side in ("before", "after")]
    return f"the same combination by other answers: {answers[0]} -> {answers[1]}"


def _context(side: Json) -> str:
    return f"{side['memory_model']}, {side['page_size'] >> 10}K pages"


def _grouped(cells: Iterable[Json]) -> Mapping[str, list[Json]]:
    """The machines by what happened to their verdict."""
    groups: dict[str, list[Json]] = {}
    for cell in cells:
        before, after = _words(cell["before"]), _words(cell["after"])
        groups.setdefault(f"still {after}" if before == after else f"{before} -> {after}", []).append(cell)
    return dict(sorted(groups.items(), key=lambda item: item[0] == "still safe"))


def _words(side: Json) -> str:
    return str(side["verdict"] if side["verdict"] == "unknown" else HAZARD[side["hazard"]])


def _named(cells: Sequence[Json], count: int) -> str:
    if len(cells) == count:
        return f"all {count} maps" if count > 1 else str(cells[0]["memory_map"])
    return printable(f"{len(cells)} of {count}: {', '.join(cell['memory_map'] for cell in cells)}")


def _reasons(cells: Sequence[Json], told: set[str]) -> Iterator[str]:
    """Why, on the first machine of a group; what was said once is not said again."""
    cell = cells[0]
    side = "after" if cell["after"]["why"] else "before"
    reason = cell[side]["why"]
    if reason and reason not in told:
        told.add(reason)
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
    console.print(f"of {_count(summary['cases'], 'set')} of answers, each on its own worst map: {counts}")


def _answers(answers: Mapping[str, str]) -> str:
    return _assigned(answers) if answers else "none, every default"


def _assigned(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())


def _moved(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    return " ".join(
        f"{name}={value}" if after[name] == value else f"{name}={value}->{after[name]}"
        for name, value in before.items()
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
