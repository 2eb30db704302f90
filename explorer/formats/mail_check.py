# SPDX-License-Identifier: GPL-2.0-or-later
"""The results of ``check`` as a mail: the verdict on each file, then its findings with their fixes.

Findings with the same fix are grouped; those that follow from others or are in the baseline are counted.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from explorer.document.repeated_findings import counted_severities
from explorer.formats import Judged, cause_lines, file_of
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
from explorer.narrative.plurals import counted, on_maps
from explorer.narrative.verdict_narrative import HAZARDS
from explorer.resources import PROGRAM, program_version

__all__ = ["check_mail"]

_MOST_CONFIGS = 3
_MOST_CAUSES = 2
_SEVERITIES = ("error", "warning", "note")
_FIRST = ("unsafe", "unreachable")


def check_mail(judged: Judged) -> str:
    """The mail for checked files."""
    configs = judged.configs
    head = [line for checked in configs[:_MOST_CONFIGS] for line in _verdict(checked)]
    more = len(configs) - _MOST_CONFIGS
    head += [f"and {counted(more, 'file')} more"] if more > 0 else []
    for error in judged.errors[:2]:
        head += paragraph(f"could not judge {error['message']}", 0, 2, 3)
    if len(judged.errors) > 2:  # as above
        head.append(f"and {counted(len(judged.errors) - 2, 'file')} more that could not be judged")
    if configs:
        head += ["", *facts(_facts(configs))]
    details = [
        (len(group), _group(judged, checked, group)) for checked in configs for group in _groups(checked)
    ]
    generator = {"name": PROGRAM, "version": program_version()}
    return mail_text(head, details, reproduction(generator, judged.command), "finding")


def _kernel(checked: Json) -> str:
    return f"Linux {short_name(checked['kernel'])}" if checked["kernel"] else short_name(checked["kconfig"])


def _verdict(checked: Json) -> list[str]:
    """The verdict on a file, the number of its findings, and the fix of the first."""
    maps = checked["memory_maps"]
    struck = len(_unsafe(checked))
    on = f"on {counted(len(maps), 'map')}" if maps else "nothing was booted"
    text = {
        "unsafe": f"UNSAFE{on_maps(struck, len(maps))}",
        "unreachable": "UNREACHABLE, Kconfig changes values",
        "unknown": f"unknown, {on}",
        "not simulated": "memory initialisation is not simulated",
        "safe": f"safe, {on}",
    }[checked["verdict"]]
    if checked["verdict"] == "unreachable" and struck:
        text += f"; the kernel that it makes is UNSAFE{on_maps(struck, len(maps))}"
    severities = Counter(counted_severities(checked))
    counts = ", ".join(counted(count, name) for name in _SEVERITIES if (count := severities[name]))
    lines = paragraph(f"{_kernel(checked)} with {short_name(checked['file'])}: {text}", 0, 2, 3)
    lines += paragraph(counts, 2) if counts else []
    return lines + next((_fix(group[0]) for group in _groups(checked) if _is_at_top(group[0])), [])


def _is_at_top(finding: Json) -> bool:
    """Whether the fix of a finding stands with the verdict, which it changes."""
    return finding["id"] in _FIRST


def _facts(configs: Sequence[Json]) -> Iterator[tuple[str, str]]:
    """What was judged."""
    first = configs[0]
    if len(configs) == 1:
        yield "kernel", kernel_words(first)
        yield "config", values_words(first["config"])
        yield "becomes", values_words(first["becomes"]) if first["becomes"] != first["config"] else ""
    else:
        yield "kernels", listed(dict.fromkeys(_kernel(checked) for checked in configs), 4)
    yield "compiler", compiler_words(first["compiler"])
    yield "maps", map_words([entry["name"] for entry in first["memory_maps"]])
    if first["context"]:
        yield from context_facts(first["context"])
    for limit in first["limits"][:2]:
        yield "limit", limit
    every = first["every_map"]
    if len(configs) == 1 and every and every["outcome"] not in {"unproven", "unknown"}:
        yield "every map", every["words"]
    findings = [finding for checked in configs for finding in checked["findings"]]
    known = sum(finding["known"] for finding in findings)
    follow = sum(bool(finding["follows_from"]) for finding in findings if not finding["known"])
    yield "baseline", f"accepts {counted(known, 'finding')}" if known else ""
    yield (
        "not shown",
        f"{counted(follow, 'finding')} that follow{'s' if follow == 1 else ''} from others" if follow else "",
    )


def _groups(checked: Json) -> list[list[Json]]:
    """The findings to show: those that decide the verdict first; memory maps with the same fix together."""
    groups: dict[tuple[str, ...], list[Json]] = {}
    for number, finding in enumerate(checked["findings"]):
        if not (finding["known"] or finding["follows_from"]):
            fix = finding["fix"]["words"] if finding["fix"] else ""
            apart = fix if finding["memory_map"] else str(number)
            groups.setdefault((finding["id"], apart), []).append(finding)
    return sorted(groups.values(), key=lambda group: _rank(group[0]))


def _rank(finding: Json) -> tuple[int, int]:
    first = _FIRST.index(finding["id"]) if finding["id"] in _FIRST else len(_FIRST)
    return first, _SEVERITIES.index(finding["severity"])


def _unsafe(checked: Json) -> list[Json]:
    """The memory maps on which the kernel is unsafe."""
    return [
        {"memory_map": entry["name"], "hazard": entry["hazard"], "why": entry["faults"][0]["why"]}
        for entry in checked["memory_maps"]
        if entry["verdict"] == "unsafe"
    ]


def _group(judged: Judged, checked: Json, group: Sequence[Json]) -> list[str]:
    """Findings with the same fix, which is left out if it stands at the top."""
    finding = group[0]
    if finding["id"] == "unsafe":
        named = {each["memory_map"] for each in group}
        cells = [cell for cell in _unsafe(checked) if cell["memory_map"] in named]
        lines = paragraph(f"Unsafe: {short_name(checked['file'])}", 0, 2, 2)
        lines += hazard_lines(cells, len(checked["memory_maps"]))
        for cell in sorted(cells, key=lambda cell: HAZARDS.index(cell["hazard"]))[:1]:
            lines += paragraph(f"{short_name(cell['memory_map'])}: {cell['why']}", 2, 4, 6)
    else:
        lines = _finding(judged, checked, group)
    at_top = next((group for group in _groups(checked) if _is_at_top(group[0])), [])
    return lines if at_top == group else lines + _fix(finding)


def _finding(judged: Judged, checked: Json, group: Sequence[Json]) -> list[str]:
    """A finding with its place and the first of its causes."""
    finding = group[0]
    place = short_name(file_of(finding, checked, judged))
    place += f":{finding['line']}" if finding["line"] else ""
    on = f" on {listed((each['memory_map'] for each in group), 3)}" if finding["memory_map"] else ""
    lines = paragraph(
        f"{finding['severity'].capitalize()} {finding['id']}{on}: {place}: {finding['message']}", 0, 2, 4
    )
    for where, text in list(cause_lines(finding))[:_MOST_CAUSES]:
        lines += paragraph(f"{where}: {text}", 4, 6, 2)
    return lines


def _fix(finding: Json) -> list[str]:
    return paragraph(f"Fix: {finding['fix']['words']}", 2, 7, 3) if finding["fix"] else []
