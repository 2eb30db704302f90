# SPDX-License-Identifier: GPL-2.0-only
"""The judgement of ``.config`` files: a finding is one line that editors can jump to, its causes stand below.

What follows from another finding is counted, not told, unless everything is asked for; known findings
likewise.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from explorer.errors import printable
from explorer.formats import Judged
from explorer.terminal.console import STYLE, Json, show_changes, show_compiler, show_notes

__all__ = ["show"]

_MOST_NAMED = 4  # symbols in one line
_MOST_GROUPS = 5  # lines about what follows
_SEVERITY = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def show(console: Console, judged: Judged, *, quiet: bool, verbose: bool) -> None:
    """Judgements in words.

    Args:
        console: where they go.
        judged: what was found.
        quiet: findings alone, and nothing where there are none.
        verbose: also what follows from other findings, and what a baseline knows.
    """
    configs, errors = judged.configs, judged.errors
    many = len(configs) + len(errors) > 1
    for checked in configs:
        if not quiet and (verbose or not many or _told(checked, verbose=False)):
            _head(console, checked)
        _findings(console, checked, _told(checked, verbose=verbose), verbose=verbose)
        if not quiet:
            _counted(console, checked, verbose=verbose)
            if not many:
                _verdict(console, checked)
    for error in errors:
        console.print(printable(f"could not judge {error['message']}"), style="bold red")
    if many and not quiet:
        _summary(console, configs, errors)


def _told(checked: Json, *, verbose: bool) -> list[Json]:
    """The findings that are told in full."""
    found = checked["findings"]
    return [each for each in found if verbose or not (each["known"] or each["follows_from"])]


def _head(console: Console, checked: Json) -> None:
    console.print(
        printable(f"{checked['file']}: kernel {checked['kernel']} ({checked['kconfig']})"), style="bold"
    )
    console.print(_values(checked["config"]))
    if checked["becomes"] != checked["config"]:
        console.print(f"Kconfig makes {_values(checked['becomes'])} of it")
    elif not checked["reachable"]:
        console.print("Kconfig keeps these, but not all the values that memory initialisation depends on")
    show_compiler(console, checked["compiler"])
    if checked["context"]:
        show_changes(console, checked["context"])
    show_notes(console, checked["memory_maps"])
    for limit in checked["limits"]:
        console.print(printable(limit), style="dim")


def _values(values: Json) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())


def _findings(console: Console, checked: Json, told: Sequence[Json], *, verbose: bool) -> None:
    """Each finding; what machines have in common is told once, unless everything is asked for."""
    for number, finding in enumerate(told):
        _line(console, checked, finding)
        before, after = told[number - 1 : number], told[number + 1 : number + 2]
        if verbose or not _alike(finding, before):
            for text in _below(finding):
                _indented(console, text, 4, style="dim")
        if verbose or not _alike(finding, after):
            _fix(console, finding["fix"])


def _alike(finding: Json, neighbours: Sequence[Json]) -> bool:
    return any(finding["memory_map"] and finding["fix"] == each["fix"] for each in neighbours)


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
    """A text that stays indented where a terminal wraps it."""
    if console.soft_wrap:
        console.print(printable(" " * by + text), style=style)
    else:
        console.print(Padding(Text(printable(text), style=style), (0, 0, 0, by), expand=False))


def _below(finding: Json) -> Iterator[str]:
    """The steps to a fault and the causes, each as one line."""
    yield from finding["chain"]
    for cause in finding["causes"]:
        because = f"   <- {cause['because']}" if cause["because"] else ""
        yield f"{cause['file']}:{cause['line']}: {cause['text']}{because}"


def _counted(console: Console, checked: Json, *, verbose: bool) -> None:
    """What was not told."""
    if verbose:
        return
    known = sum(finding["known"] for finding in checked["findings"])
    if known:
        findings = "finding is" if known == 1 else "findings are"
        console.print(f"{known} known {findings} in the baseline (--verbose tells them)", style="dim")
    follow = Counter(
        _named(finding["follows_from"])
        for finding in checked["findings"]
        if finding["follows_from"] and not finding["known"]
    )
    for roots, count in follow.most_common(_MOST_GROUPS):
        values = f"{count} more {'value changes' if count == 1 else 'values change'}"
        console.print(printable(f"{values} because of {roots} (--verbose tells which)"), style="dim")
    rest = sum(count for _, count in follow.most_common()[_MOST_GROUPS:])
    if rest:
        console.print(f"{rest} more values change because of other symbols", style="dim")


def _named(names: Sequence[str]) -> str:
    """Some symbols; of many the first few."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:_MOST_NAMED])} and {more} others"


def _verdict(console: Console, checked: Json) -> None:
    maps = checked["memory_maps"]
    count = sum(entry["verdict"] == "safe" for entry in maps)
    survives = "survives" if checked["reachable"] else "what Kconfig makes of it survives"
    booted = f"{survives} on {count} of {len(maps)} memory maps" if maps else "no machine was booted"
    console.print(Text(f"verdict: {checked['verdict']}, {booted}", style=STYLE[checked["verdict"]]))


def _summary(console: Console, configs: Sequence[Json], errors: Sequence[Json]) -> None:
    verdicts = Counter(checked["verdict"] for checked in configs)
    told = [f"{count} {verdict}" for verdict, count in sorted(verdicts.items())]
    if errors:
        told.append(f"{len(errors)} could not be judged")
    findings = sum(len(checked["findings"]) for checked in configs)
    console.print(f"{len(configs) + len(errors)} files: {', '.join(told)}; {findings} findings")
