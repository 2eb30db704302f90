# SPDX-License-Identifier: GPL-2.0-or-later
"""The document of ``matrix`` as a mail: verdict and fix of each kernel first, then its combinations."""

from collections import Counter
from collections.abc import Iterator, Sequence

from explorer.formats.mail import (
    HAZARDS,
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
from explorer.narrative.cure_narrative import cure_words
from explorer.narrative.plurals import counted

__all__ = ["matrix_mail"]

_MOST_EFFECTS = 2
_MOST_KERNELS = 4
_WORST_FIRST = ("unsafe", "unknown", "safe")


def matrix_mail(document: Json) -> str:
    """The mail for a study of kernels."""
    views = sorted(document["views"], key=lambda view: not view["summary"]["unsafe"])
    many = len(views) > 1
    head = [line for view in views[:_MOST_KERNELS] for line in _verdict(view)]
    if len(views) > _MOST_KERNELS:
        head.append(f"and {counted(len(views) - _MOST_KERNELS, 'kernel')} more")
    head += ["", *facts(_facts(document, views))]
    details = [
        (1, _row(view, row, verdict, many=many))
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
    rest = "defaults" if view["question"] in {"rest free", "rest fixed as set"} else view["question"]
    words = f"{rest}{f' and {settings}' if settings else ''}"
    return f"{words}, {context['page_size'] >> 10}K pages, {context['memory_model']}"


def _worst(row: Json) -> str:
    """The worst verdict of a row on a memory map; empty if it is unreachable."""
    if row["undecided"]:
        return "unknown"
    verdicts = {cell["verdict"] for cell in row["cells"]} if row["reachable"] else set()
    return next((word for word in _WORST_FIRST if word in verdicts), "")


def _unsafe_cells(row: Json) -> list[Json]:
    return [cell for cell in row["cells"] if cell["verdict"] == "unsafe"]


def _verdict(view: Json) -> list[str]:
    """The verdict on a kernel, and what makes its unsafe rows safe where that is the same for all."""
    verdicts = Counter(map(_worst, view["combinations"]))
    reachable = counted(view["summary"]["reachable"], "reachable combination")
    maps = counted(len(view["combinations"][0]["cells"]), "map")
    unsafe = [row for row in view["combinations"] if _worst(row) == "unsafe"]
    if unsafe:
        struck = {cell["memory_map"] for row in unsafe for cell in _unsafe_cells(row)}
        text = f"UNSAFE: {len(unsafe)} of {reachable}, on {len(struck)} of {maps}"
    elif verdicts["unknown"]:
        text = f"unknown: {counted(verdicts['unknown'], 'combination')}; {verdicts['safe']} safe on {maps}"
    elif verdicts["safe"]:
        text = f"safe: {reachable}, on {maps}"
    else:
        text = "no combination is reachable with these settings"
    return [*paragraph(f"Linux {short_name(view['kernel'])}: {text}", 0, 2, 3), *_common_fix(unsafe)]


def _common_fix(unsafe: Sequence[Json]) -> list[str]:
    """The fix of several rows; empty where they have different ones, which stand with the rows."""
    fixes = [_fix(row) for row in unsafe]
    return fixes[0] if fixes and all(fix == fixes[0] for fix in fixes) else []


def _fix(row: Json) -> list[str]:
    """The fewest answers that make a row safe, or a later release, and what its commit does."""
    cells = _unsafe_cells(row)
    fixes = Counter(cure_words(cell["cure"], [cell["later"]]) for cell in cells)
    words = [
        f"{fix} on {counted(count, 'map')}" if len(fixes) > 1 else fix for fix, count in fixes.most_common()
    ]
    causes = [cell["later"]["cause"] for cell in cells if cell["later"]]
    effects = {cause["commit"]: cause["effect"] for cause in causes if cause and cause["commit"]}
    lines = paragraph(f"Fix: {'; '.join(words)}", 2, 7, 4)
    for commit, effect in list(effects.items())[:_MOST_EFFECTS]:
        lines += paragraph(f"{commit}: {effect}", 2, 7, 2) if commit in " ".join(words) and effect else []
    return lines


def _row(view: Json, row: Json, verdict: str, *, many: bool) -> list[str]:
    """A reachable combination: on which memory maps it is unsafe and why, or what is proven of it."""
    kernel = f"Linux {short_name(view['kernel'])}, " if many else ""
    constant = {each["symbol"] for each in view["forced"]}
    values = {name: value for name, value in row["values"].items() if name not in constant} or row["values"]
    lines = paragraph(f"{verdict.capitalize()}: {kernel}{values_words(values)}", 0, 2, 3)
    others = {name: value for name, value in (row["witness"] or {}).items() if name not in row["values"]}
    lines += paragraph(f"with {values_words(others)}", 2, 4, 2) if others else []
    if verdict == "unsafe":
        lines += _unsafe_details(view, row)
        rows = [each for each in view["combinations"] if _worst(each) == "unsafe"]
        return lines if _common_fix(rows) else lines + _fix(row)
    if verdict == "unknown":
        macros = (f"the compiler check {probe['macro']}" for probe in row["undecided"])
        return lines + paragraph(f"not known: {listed([*row['unmodelled'], *macros], 3)}", 2, 4, 3)
    claims = row["every_map"]
    proven = claims["outcome"] not in {"unproven", "unknown"}
    return lines + (paragraph(f"every memory map: {claims['words']}", 2, 4, 3) if proven else [])


def _unsafe_details(view: Json, row: Json) -> Iterator[str]:
    """On which maps a row dies, by how certain it is, and the first fault on the worst of them."""
    cells = sorted(_unsafe_cells(row), key=lambda cell: HAZARDS.index(cell["hazard"]))
    yield from hazard_lines(cells, len(row["cells"]))
    reason = view["faults"][cells[0]["faults"][0]]["why"]
    yield from paragraph(f"{short_name(cells[0]['memory_map'])}: {reason}", 2, 4, 6)
