# SPDX-License-Identifier: GPL-2.0-or-later
"""The document of ``matrix`` as a mail: verdict and fix of each kernel first, then its combinations."""

from collections import Counter
from collections.abc import Container, Iterator, Sequence

from explorer.formats.mail import (
    Json,
    compiler_words,
    context_facts,
    facts,
    hazard_lines,
    kernel_words,
    listed,
    mail_text,
    map_words,
    paragraph,
    reproduction,
    short_name,
    values_words,
)
from explorer.narrative.answer_narrative import cause_fix, cause_hazards, cause_place, sentence_without_cause
from explorer.narrative.cure_narrative import cure_words
from explorer.narrative.plurals import counted, on_maps
from explorer.narrative.verdict_narrative import HAZARDS, undecided_after

__all__ = ["matrix_mail"]

_MOST_CAUSES = 3
_MOST_EFFECTS = 2
_MOST_KERNELS = 4
_WORST_FIRST = ("unsafe", "unknown", "safe")


def matrix_mail(document: Json) -> str:
    """The mail for a study of kernels."""
    views = sorted(document["views"], key=lambda view: not view["summary"]["unsafe"])
    many = len(views) > 1
    answers = {answer["kernel"]: answer for answer in document["answers"]}
    told = [answers[view["kernel"]] for view in views[:_MOST_KERNELS]]
    head = [
        line for view, answer in zip(views, told, strict=False) for line in _verdict(answer, view["summary"])
    ]
    at_top = {(answer["kernel"], cause_fix(cause)) for answer in told for cause in answer["causes"]}
    if len(views) > _MOST_KERNELS:
        head.append(f"and {counted(len(views) - _MOST_KERNELS, 'kernel')} more")
    head += ["", *facts(_facts(document, views))]
    details = [
        (1, _row(view, row, verdict, at_top, many=many))
        for verdict in _WORST_FIRST
        for view in views
        for row in view["combinations"]
        if _worst(row) == verdict
    ]
    return mail_text(head, details, reproduction(document["generator"], document["command"]), "combination")


def _facts(document: Json, views: Sequence[Json]) -> Iterator[tuple[str, str]]:
    """What was judged."""
    first = views[0]
    if len(views) == 1:
        yield "kernel", f"arm64 {kernel_words(first)}"
    else:
        yield "kernels", f"{listed((view['kernel'] for view in views), 8)} (arm64)"
    yield "compiler", compiler_words(first["compiler"])
    yield "maps", map_words([each["name"] for each in document["memory_maps"]])
    yield "boots", _boots(first)
    if len(views) == 1:
        yield "constant", values_words({each["symbol"]: each["value"] for each in first["forced"]})
    yield from context_facts(first["context"])


def _boots(view: Json) -> str:
    """The configuration that boots, apart from the symbols under study."""
    context = view["context"]
    settings = values_words(context["settings"])
    base = view["question"].removeprefix("rest fixed to ")
    rest = "defaults" if view["question"] in {"rest free", "rest fixed as set"} else f"answers of {base}"
    words = f"{rest}{f' and {settings}' if settings else ''}"
    return f"{words}, {context['page_size'] >> 10}K pages, {context['memory_model']}"


def _worst(row: Json) -> str:
    """The worst verdict of a row on a memory map; empty if it is unreachable."""
    if row["undecided"] or row["out_of_time"]:
        return "unknown"
    verdicts = {cell["verdict"] for cell in row["cells"]} if row["reachable"] else set()
    return next((word for word in _WORST_FIRST if word in verdicts), "")


def _unsafe_cells(row: Json) -> list[Json]:
    return [cell for cell in row["cells"] if cell["verdict"] == "unsafe"]


def _verdict(answer: Json, summary: Json) -> list[str]:
    """The verdict on a kernel: each cause with its fix, and what the commit of the fix does."""
    head = f"Linux {short_name(answer['kernel'])}: "
    lines: list[str] = []
    for cause in answer["causes"][:_MOST_CAUSES]:
        where = on_maps(len(cause["memory_maps"]), answer["memory_maps"])
        unsafe = f"{head}UNSAFE {cause_place(cause)}{where} ({cause_hazards(cause)})"
        lines += paragraph(unsafe, 0, 2, 4) + _fix(cause_fix(cause), [cause["later"]])
    if more := len(answer["causes"][_MOST_CAUSES:]):
        lines += paragraph(f"{counted(more, 'more cause')} of {head[:-2]}", 2, 4, 2)
    if not summary["reachable"] and not summary["undecided"]:
        return paragraph(f"{head}no combination is reachable with these settings", 0, 2, 2)
    return lines or paragraph(f"{head}{sentence_without_cause(answer)}", 0, 2, 3)


def _fix(words: str, later: Sequence[Json | None]) -> list[str]:
    """A fix, and what its commits do."""
    causes = [entry["cause"] for entry in later if entry and entry["cause"]]
    effects = {cause["commit"]: cause["effect"] for cause in causes if cause["commit"] and cause["effect"]}
    lines = paragraph(f"Fix: {words}", 2, 7, 4)
    for commit, effect in list(effects.items())[:_MOST_EFFECTS]:
        lines += paragraph(f"{commit}: {effect}", 2, 7, 2) if commit in words else []
    return lines


def _row_fix(row: Json) -> tuple[str, list[Json | None]]:
    """What makes a row safe; on how many memory maps, where they need different fixes."""
    cells = _unsafe_cells(row)
    fixes = Counter(cure_words(cell["cure"], [cell["later"]]) for cell in cells)
    words = [
        f"{fix} on {counted(count, 'map')}" if len(fixes) > 1 else fix for fix, count in fixes.most_common()
    ]
    return "; ".join(words), [cell["later"] for cell in cells]


def _row(view: Json, row: Json, verdict: str, at_top: Container[tuple[str, str]], *, many: bool) -> list[str]:
    """A reachable combination: on which memory maps it is unsafe and why, or what is proven of it."""
    kernel = f"Linux {short_name(view['kernel'])}, " if many else ""
    constant = {each["symbol"] for each in view["forced"]}
    values = {name: value for name, value in row["values"].items() if name not in constant} or row["values"]
    lines = paragraph(f"{verdict.capitalize()}: {kernel}{values_words(values)}", 0, 2, 3)
    others = {name: value for name, value in (row["witness"] or {}).items() if name not in row["values"]}
    lines += paragraph(f"with {values_words(others)}", 2, 4, 2) if others else []
    if verdict == "unsafe":
        lines += _unsafe_details(view, row)
        words, later = _row_fix(row)
        return lines if (view["kernel"], words) in at_top else lines + _fix(words, later)
    if verdict == "unknown":
        macros = (f"the compiler check {probe['macro']}" for probe in row["undecided"])
        late = [f"reachability is {undecided_after(row['out_of_time'])}"] if row["out_of_time"] else []
        return lines + paragraph(f"not known: {listed([*late, *row['unmodelled'], *macros], 3)}", 2, 4, 3)
    claims = row["every_map"]
    proven = claims["outcome"] not in {"unproven", "unknown"}
    return lines + (paragraph(f"every memory map: {claims['words']}", 2, 4, 3) if proven else [])


def _unsafe_details(view: Json, row: Json) -> Iterator[str]:
    """On which maps a row dies, by how certain it is, and the first fault on the worst of them."""
    cells = sorted(_unsafe_cells(row), key=lambda cell: HAZARDS.index(cell["hazard"]))
    yield from hazard_lines(cells, len(row["cells"]))
    reason = view["faults"][cells[0]["faults"][0]]["why"]
    yield from paragraph(f"{short_name(cells[0]['memory_map'])}: {reason}", 2, 4, 6)
