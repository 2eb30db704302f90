# SPDX-License-Identifier: GPL-2.0-or-later
"""The document of ``diff`` as a mail: the verdict and the fix, what became unsafe or safe, and what differs.

A reason is given once; of the answers for which it holds again, only the memory maps are named.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from explorer.formats.mail import (
    Json,
    compiler_words,
    facts,
    hazard_counts,
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
from explorer.narrative.plurals import counted, on_maps
from explorer.narrative.verdict_narrative import HAZARDS
from explorer.study.kernel_comparison import Gate

__all__ = ["diff_mail"]

_KINDS = ("became unsafe", "new unsafe", "became safe", "still unsafe")  # the most important first
_HEADINGS = {"new unsafe": "New and unsafe, not configurable before"}
_NUMBERS = re.compile(r"0x[0-9a-f]+")
_MOST_FILES = 3
_MOST_FIXES = 2
_MOST_EFFECTS = 4
_MOST_MOVED = 5


def diff_mail(document: Json, command: str) -> str:
    """The mail for a comparison of two kernels, or of one with and without a patch.

    Args:
        document: the document.
        command: the command that gives it.
    """
    head = [*_verdict(document), "", *facts(_facts(document))]
    reasons: set[str] = set()
    fixes = _fixes(document)
    at_top = list(fixes) if len(fixes) == 1 else []
    cases = [
        (1, _case(case, kind, reasons, at_top))
        for kind in _KINDS
        for case in document["cases"]
        if _kind(case) == kind
    ]
    cases += [(1, lines) for case in document["cases"] if (lines := _unknown(case))]
    differs = [*_effects(document), *_differences(document)]
    struck = sum(_kind(case) in _KINDS[:2] for case in document["cases"])
    details = [*cases[:struck], *([(1, differs)] if differs else []), *cases[struck:]]
    return mail_text(head, details, reproduction(document["generator"], command), "result")


def _kind(case: Json) -> str:
    """The most important kind of a case; empty if no verdict changes and none is unsafe."""
    return next((kind for kind in _KINDS if kind in case["kinds"]), "")


def _verdict(document: Json) -> list[str]:
    """Whether something safe became unsafe, on how many maps, and what makes it safe."""
    verdict = document["summary"]["verdict"]
    struck = [cell for case in document["cases"] for cell in _cells(case, "became unsafe")]
    maps = {cell["memory_map"] for cell in struck}
    counts = document["summary"]
    if verdict == Gate.FAILED:
        text = f"something safe became UNSAFE{on_maps(len(maps), len(document['memory_maps']))}"
    else:
        new, safe = counts["new_unsafe"], counts["became_safe"]
        text = verdict
        text += f"; {counted(new, 'set')} of answers new and UNSAFE" if new else ""
        text += f"; {counted(safe, 'set')} of answers became safe" if safe else ""
    lines = paragraph(f"{_subject(document)}: {text}", 0, 2, 4)
    fixes = _fixes(document)
    for words, count in list(fixes.items())[:_MOST_FIXES]:
        some = f", for {count} of {counted(fixes.total(), 'set')} of answers" if len(fixes) > 1 else ""
        lines += paragraph(f"Fix: {words}{some}", 2, 7, 3)
    if document["newer_first"]:
        before, after = (short_name(document[side]["kernel"]) for side in ("before", "after"))
        lines += paragraph(f"Note: {before} is newer than {after}; are they the wrong way round?", 2, 4, 2)
    if document["texts_only"]:
        lines += paragraph("only texts of prompts and helps differ: every configuration is the same", 2)
    return lines


def _subject(document: Json) -> str:
    """What is compared."""
    before, after = (
        f"Linux {short_name(document[side]['kernel'])}"
        if document[side]["kernel"]
        else f"The source of {short_name(document[side]['kconfig'])}"
        for side in ("before", "after")
    )
    return (
        f"{before} with {short_name(document['patch']['source'])}"
        if document["patch"]
        else f"{before} to {after}"
    )


def _fixes(document: Json) -> Counter[str]:
    """The fixes of what became unsafe, each with the number of cases that it is for."""
    unsafe = [case for case in document["cases"] if "became unsafe" in case["kinds"]]
    return Counter(case["fix"]["words"] for case in unsafe if case["fix"])


def _facts(document: Json) -> Iterator[tuple[str, str]]:
    """What was compared."""
    for side in ("before", "after"):
        kernel = document[side]
        if side == "before" or not document["patch"]:
            yield side, kernel_words(kernel)
    if patch := document["patch"]:
        files = [f"{short_name(file['path'])} ({counted(file['hunks'], 'hunk')})" for file in patch["files"]]
        ignored = f"; {counted(len(patch['passed_over']), 'file')} ignored, not Kconfig"
        yield (
            "patch",
            f"{', '.join(files[:_MOST_FILES])}{_more(files)}{ignored if patch['passed_over'] else ''}",
        )
    yield "compiler", compiler_words(document["after"]["compiler"])
    yield "maps", map_words(document["memory_maps"]) if document["memory_maps"] else ""
    yield "set", values_words(document["settings"])
    summary = document["summary"]
    if summary["verdict"] != Gate.NOT_SIMULATED:
        otherwise = "not all judged" if summary["verdict"] == Gate.UNKNOWN else "all as safe as before"
        numbers = {kind: summary[kind.replace(" ", "_")] for kind in _KINDS}
        counts = ", ".join(f"{number} {kind}" for kind, number in numbers.items() if number)
        yield (
            "answers",
            f"{counted(summary['cases'], 'set')} given to both: {counts or otherwise}",
        )


def _more(items: Sequence[str]) -> str:
    more = len(items) - _MOST_FILES
    return f" and {more} more" if more > 0 else ""


def _cells(case: Json, kind: str) -> list[Json]:
    """The memory maps of a case for which it is of a kind, with how the unsafe kernel dies there, and why."""
    before, after = {
        "became unsafe": ("safe", "unsafe"),
        "new unsafe": ("", "unsafe"),
        "became safe": ("unsafe", "safe"),
        "still unsafe": ("unsafe", "unsafe"),
    }[kind]
    side = "before" if after == "safe" else "after"
    return [
        {"memory_map": cell["memory_map"], **cell[side]}
        for cell in case["cells"]
        if kind in case["kinds"]
        and cell["after"]["verdict"] == after
        and before in {"", cell["before"]["verdict"]}
    ]


def _case(case: Json, kind: str, reasons: set[str], at_top: Sequence[str]) -> list[str]:
    """Answers and what they give; a case whose reason was given before is short."""
    after, maps = case["after"], len(case["cells"])
    answers = values_words(after["answers"]) if after["answers"] else "defaults"
    context = f"{after['memory_model']}, {after['page_size'] >> 10}K pages"
    lines = paragraph(f"{_HEADINGS.get(kind, kind.capitalize())}: {answers} ({context})", 0, 2, 3)
    cells = sorted(_cells(case, kind), key=lambda cell: HAZARDS.index(cell["hazard"]))
    past = kind == "became safe"
    if (reason := _NUMBERS.sub("", cells[0]["why"])) in reasons:
        lines += paragraph(f"{'before, it ' if past else ''}{hazard_counts(cells, maps)}", 2, 4, 3)
    else:
        reasons.add(reason)
        lines += paragraph(_moved(case), 2, 4, 2)
        lines += hazard_lines(cells, maps, past=past)
        lines += paragraph(f"{short_name(cells[0]['memory_map'])}: {cells[0]['why']}", 2, 4, 6)
    fix = case["fix"]["words"] if case["fix"] else ""
    return lines + (paragraph(f"Fix: {fix}", 2, 7, 3) if fix and fix not in at_top else [])


def _unknown(case: Json) -> list[str]:
    """Answers of which a verdict is missing, with the reason."""
    sides = [side for cell in case["cells"] for side in (cell["before"], cell["after"])]
    reasons = dict.fromkeys(side["why"] for side in sides if side["verdict"] == "unknown")
    if not reasons or _kind(case):
        return []
    answers = values_words(case["after"]["answers"]) if case["after"]["answers"] else "defaults"
    return paragraph(f"Not known: {answers}: {'; '.join(list(reasons)[:2])}", 0, 2, 4)


def _moved(case: Json) -> str:
    """The values that differ: of the symbols under study, then of others."""
    before, after = (case[side]["values"] for side in ("before", "after"))
    pairs = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    pairs |= {name: (pair["before"], pair["after"]) for name, pair in case["moved"].items()}
    words = [f"{short_name(name)}={old or 'none'}->{new or 'none'}" for name, (old, new) in pairs.items()]
    more = len(words[_MOST_MOVED:]) + case["moved_elsewhere"]
    return " ".join(words[:_MOST_MOVED]) + (f" and {counted(more, 'symbol')} more" if more else "")


def _effects(document: Json) -> list[str]:
    """What a patch does to the symbols that it touches."""
    lines: list[str] = []
    shown = [effect for effect in document["effects"] if effect["answers"] is not None]
    for effect in shown[:_MOST_EFFECTS]:
        values = "->".join(effect["shown"][side] or "none" for side in ("before", "after"))
        answers = values_words(effect["answers"]) if effect["answers"] else "defaults"
        lines += paragraph(f"{short_name(effect['symbol'])}={values} with {answers}", 2, 4, 2)
    if not shown:
        touched = counted(len(document["effects"]), "symbol")
        text = f"No answers were found that change one of the {touched} of the patch that were examined."
        return paragraph(text, 0, 2) if document["effects"] else []
    more = len(document["touched"]) - len(shown[:_MOST_EFFECTS])
    lines += paragraph(f"and {counted(more, 'symbol')} more that the patch touches", 2) if more > 0 else []
    return ["Effects of the patch:", *lines]


def _differences(document: Json) -> list[str]:
    """The combinations and the definitions that differ between two kernels."""
    combinations, definitions = document["combinations"], document["definitions"]
    counts = [combinations[f"reachable_{side}"] for side in ("before", "after")]
    lines = []
    if document["symbols"] and (combinations["became_reachable"] or combinations["became_unreachable"]):
        lines += paragraph(f"Reachable combinations: {counts[0]} before, {counts[1]} after", 0, 2)
    for kind in ("added", "removed", "changed"):
        names = [entry["symbol"] for entry in definitions[kind]]
        if names and not document["patch"]:
            lines += paragraph(f"Symbols {kind}: {listed(names, 4)}", 0, 2, 2)
    return lines
