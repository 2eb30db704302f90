# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the findings of ``check``: one line that editors can jump to, with causes and fix below it.

Findings that follow from another one and findings in the baseline are counted. ``verbose`` prints them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from explorer.errors import printable
from explorer.formats import Judged
from explorer.terminal.claims import claims_lines
from explorer.terminal.console import (
    STYLE,
    Json,
    boot_parameters_words,
    show_changes,
    show_compiler,
    show_notes,
)

__all__ = ["show"]

_MOST_NAMED = 4  # symbols in one line
_MOST_GROUPS = 5  # lines about what follows
_MOST_MAPS = 4  # memory maps that are named
_SEVERITY = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def show(console: Console, judged: Judged, *, quiet: bool, verbose: bool) -> None:
    """Prints the results of a run.

    Args:
        console: the terminal or file.
        judged: the results.
        quiet: print findings only.
        verbose: print all findings.
    """
    configs, errors = judged.configs, judged.errors
    many = len(configs) + len(errors) > 1
    for checked in configs:
        if not quiet and (verbose or not many or _shown(checked, verbose=False)):
            _head(console, checked)
        _findings(console, checked, _shown(checked, verbose=verbose), verbose=verbose)
        if not quiet:
            _counted(console, checked, verbose=verbose)
            if not many:
                _verdict(console, checked)
                _every_map(console, checked)
    for error in errors:
        console.print(printable(f"could not judge {error['message']}"), style="bold red")
    if many and not quiet:
        _summary(console, configs, errors)


def _shown(checked: Json, *, verbose: bool) -> list[Json]:
    """The findings that are printed, not only counted."""
    return [
        finding
        for finding in checked["findings"]
        if verbose or not (finding["known"] or finding["follows_from"])
    ]


def _head(console: Console, checked: Json) -> None:
    kernel = f"kernel {checked['kernel']} ({checked['kconfig']})" if checked["kernel"] else checked["kconfig"]
    console.print(printable(f"{checked['file']}: {kernel}"), style="bold")
    if checked["config"]:
        console.print(_values(checked["config"]))
    if checked["becomes"] != checked["config"]:
        console.print(f"Kconfig computes {_values(checked['becomes'])}")
    elif checked["config"] and checked["reachable"] is False:
        console.print("Kconfig keeps these, but changes other values that memory initialisation depends on")
    show_compiler(console, checked["compiler"])
    if checked["context"]:
        show_changes(console, checked["context"])
        if parameters := boot_parameters_words(checked["context"]):
            console.print(printable(f"boot parameters: {parameters}"))
    show_notes(console, checked["memory_maps"])
    for limit in checked["limits"]:
        console.print(printable(limit), style="dim")


def _values(values: Json) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())


def _findings(console: Console, checked: Json, shown: Sequence[Json], *, verbose: bool) -> None:
    """Prints findings; consecutive memory maps with one fix share causes and fix, unless ``verbose``."""
    for number, finding in enumerate(shown):
        _line(console, checked, finding)
        before, after = shown[number - 1 : number], shown[number + 1 : number + 2]
        if verbose or not _has_same_fix(finding, before):
            for text in _below(finding):
                _indented(console, text, 4, style="dim")
        if verbose or not _has_same_fix(finding, after):
            _fix(console, finding["fix"])


def _has_same_fix(finding: Json, neighbours: Sequence[Json]) -> bool:
    return any(finding["memory_map"] and finding["fix"] == neighbour["fix"] for neighbour in neighbours)


def _line(console: Console, checked: Json, finding: Json) -> None:
    file = finding["file"] or checked["file"]
    place = f"{file}:{finding['line']}" if finding["line"] else file
    on = f" on {finding['memory_map']}" if finding["memory_map"] else ""
    line = Text(printable(f"{place}: {finding['id']}{on}: {finding['message']}"))
    line.append(
        f" [{finding['severity']}{', known' if finding['known'] else ''}]", _SEVERITY[finding["severity"]]
    )
    console.print(line)


def _fix(console: Console, fix: Json | None) -> None:
    if fix:
        _indented(console, f"fix: {fix['words']}", 4)
        for text in fix["fragment"].splitlines():
            _indented(console, text, 8)


def _indented(console: Console, text: str, by: int, *, style: str = "") -> None:
    """Prints an indented text; a terminal indents the lines that it wraps, too."""
    if console.soft_wrap:
        console.print(printable(" " * by + text), style=style)
    else:
        console.print(Padding(Text(printable(text), style=style), (0, 0, 0, by), expand=False))


def _below(finding: Json) -> Iterator[str]:
    """The steps to a fault and the causes, one line each."""
    yield from finding["chain"]
    for cause in finding["causes"]:
        because = f"   <- {cause['because']}" if cause["because"] else ""
        yield f"{cause['file']}:{cause['line']}: {cause['text']}{because}"


def _counted(console: Console, checked: Json, *, verbose: bool) -> None:
    """Prints the number of findings that are not shown."""
    if verbose:
        return
    known = sum(finding["known"] for finding in checked["findings"])
    if known:
        console.print(f"{known} finding{' is' if known == 1 else 's are'} in the baseline", style="dim")
    follow = Counter(
        _named(finding["follows_from"])
        for finding in checked["findings"]
        if finding["follows_from"] and not finding["known"]
    )
    for roots, count in follow.most_common(_MOST_GROUPS):
        values = f"{count} more {'value changes' if count == 1 else 'values change'}"
        console.print(printable(f"{values} because of {roots}"), style="dim")
    rest = sum(count for _, count in follow.most_common()[_MOST_GROUPS:])
    if rest:
        console.print(f"{rest} more values change because of other symbols", style="dim")


def _named(names: Sequence[str]) -> str:
    """The first few of some symbols, and the number of the others."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:_MOST_NAMED])} and {more} more"


def _verdict(console: Console, checked: Json) -> None:
    maps = checked["memory_maps"]
    count = sum(entry["verdict"] == "safe" for entry in maps)
    safe = "the kernel that Kconfig makes of it is safe" if checked["reachable"] is False else "safe"
    booted = f"{safe} on {count} of {_count(len(maps), 'memory map')}" if maps else "nothing was booted"
    console.print(Text(f"verdict: {checked['verdict']} ({booted})", style=STYLE[checked["verdict"]]))


def _every_map(console: Console, checked: Json) -> None:
    """Prints what is proven for every memory map, and whether the booted ones meet the condition."""
    claims, maps = checked["every_map"], checked["memory_maps"]
    if claims is None:
        return
    console.print(printable(f"every memory map: {claims['words']}"))
    for line in claims_lines(claims, checked["counterexamples"]):
        _indented(console, line, 2, style="dim")
    if claims["outcome"] == "class":
        for text in _meeting(maps) if len(maps) <= _MOST_MAPS else (_number_meeting(maps),):
            _indented(console, text, 2)


def _meeting(maps: Sequence[Json]) -> Iterator[str]:
    """Whether each map lies in the class on which the kernel is proven safe."""
    for entry in maps:
        if proof := entry["proof"]:
            missing = f"does not meet it: {', '.join(proof['missing'])}"
            yield f"{entry['name']} {'meets the condition' if proof['covered'] else missing}"


def _number_meeting(maps: Sequence[Json]) -> str:
    covered = sum(bool(entry["proof"] and entry["proof"]["covered"]) for entry in maps)
    return f"{covered} of {_count(len(maps), 'memory map')} meet the condition; a board must, too"


def _summary(console: Console, configs: Sequence[Json], errors: Sequence[Json]) -> None:
    verdicts = Counter(checked["verdict"] for checked in configs)
    counts = [f"{count} {verdict}" for verdict, count in sorted(verdicts.items())]
    if errors:
        counts.append(f"{len(errors)} could not be judged")
    findings = _count(sum(len(checked["findings"]) for checked in configs), "finding")
    console.print(f"{len(configs) + len(errors)} files: {', '.join(counts)}; {findings}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
