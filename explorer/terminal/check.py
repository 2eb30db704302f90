# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the findings of ``check``: one line that editors can jump to, with fix, reason and causes below it.

1. The verdict comes first, with its fix; then what else is wrong; the counts come last.
2. Findings that repeat over memory maps are one, with the maps of each fault; ``verbose`` prints each.
3. Findings that follow from another one and findings in the baseline are counted. ``verbose`` prints them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from explorer.document.repeated_findings import FindingGroup, fault_lines, finding_groups
from explorer.formats import Judged
from explorer.narrative.plurals import counted
from explorer.terminal.check_ending import counted_maps, ending, ending_of_many
from explorer.terminal.check_fixed import show_fixed
from explorer.terminal.claims import claims_lines
from explorer.terminal.console import (
    STYLE,
    Json,
    boot_parameters_words,
    show_changes,
    show_compiler,
    show_notes,
)
from explorer.terminal.wrapping import show_indented, show_wrapped

__all__ = ["show"]

_MOST_NAMED = 4  # symbols in one line
_MOST_GROUPS = 5  # lines about what follows
_MOST_MAPS = 4  # memory maps that are named
_SEVERITY = {"error": "bold red", "warning": "yellow", "note": "cyan"}
_VERDICTS = frozenset({"unreachable", "unsafe", "unknown"})


def show(  # noqa: PLR0913 # what a run prints, each by its name
    console: Console,
    judged: Judged,
    *,
    code: int,
    hints: Sequence[str] = (),
    quiet: bool,
    verbose: bool,
) -> None:
    """Prints the results of a run.

    Args:
        console: the terminal or file.
        judged: the results.
        code: the exit code of the run.
        hints: what the user can do next, a line each.
        quiet: print findings only.
        verbose: print all findings.
    """
    configs, errors = judged.configs, judged.errors
    many = len(configs) + len(errors) > 1
    for checked in configs:
        if quiet:
            _findings(console, checked, verbose=verbose)
            continue
        if verbose or not many or checked.get("fixed", {}).get("fixes") or _shown(checked, verbose=False):
            _head(console, checked)
            console.print()
            show_fixed(console, checked)
        _findings(console, checked, verbose=verbose, apart=True)
        _counted(console, checked, verbose=verbose)
        if not many:
            _every_map(console, checked, verbose=verbose)
    for error in errors:
        console.print(f"could not judge {error['message']}", style="bold red")
    if not quiet:
        for hint in hints:
            console.print(hint, style="dim")
        show_wrapped(console, ending_of_many(configs, errors, code) if many else ending(configs[0], code))


def _shown(checked: Json, *, verbose: bool) -> list[Json]:
    """The findings that are printed, not only counted: those of the verdict first."""
    shown = [
        finding
        for finding in checked["findings"]
        if verbose or not (finding["known"] or finding["follows_from"])
    ]
    return sorted(shown, key=lambda finding: finding["id"] not in _VERDICTS)


def _head(console: Console, checked: Json) -> None:
    kernel = f"kernel {checked['kernel']}, {checked['kconfig']}" if checked["kernel"] else checked["kconfig"]
    head = Text(f"{checked['file']}: ", "bold")
    head.append(*_verdict(checked))
    show_wrapped(console, head.append(f" ({kernel})", "not bold"))
    if checked["config"]:
        console.print(_values(checked["config"]))
    if checked["becomes"] != checked["config"]:
        console.print(f"Kconfig computes {_values(checked['becomes'])}")
    elif checked["config"] and checked["reachable"] is False:
        show_indented(
            console, "Kconfig keeps these, but changes others that memory initialisation depends on", 0
        )
    show_compiler(console, checked["compiler"])
    if checked["context"]:
        show_changes(console, checked["context"])
        if parameters := boot_parameters_words(checked["context"]):
            console.print(f"boot parameters: {parameters}")
    show_notes(console, checked["memory_maps"])
    for limit in checked["limits"]:
        show_indented(console, limit, 0, style="dim")


def _verdict(checked: Json) -> tuple[str, str]:
    """The verdict and its style; a file with errors is not called safe."""
    errors = sum(group.leading["severity"] == "error" for group in _new_groups(checked))
    verdict = str(checked["verdict"])
    if errors and verdict not in _VERDICTS:
        return counted(errors, "error"), _SEVERITY["error"]
    return verdict, STYLE[verdict]


def _new_groups(checked: Json) -> Iterator[FindingGroup]:
    """The findings that are not in the baseline."""
    return finding_groups(checked, [finding for finding in checked["findings"] if not finding["known"]])


def _values(values: Json) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())


def _findings(console: Console, checked: Json, *, verbose: bool, apart: bool = False) -> None:
    """Prints findings, with an empty line after each if they stand apart."""
    shown = _shown(checked, verbose=verbose)
    groups = finding_groups(checked, shown)
    for group in (FindingGroup((each,), each) for each in shown) if verbose else groups:
        _finding(console, checked, group)
        if apart:
            console.print()


def _finding(console: Console, checked: Json, group: FindingGroup) -> None:
    finding, maps = group.leading, group.memory_maps
    if len(maps) > 1:
        _line(console, checked, finding, f" on {len(maps)} of {counted_maps(checked)}")
        _fix(console, finding)
        for line in fault_lines(checked, group):
            show_indented(console, line, 4)
        show_indented(console, f"why, on {finding['memory_map']}: {finding['message']}", 4)
    else:
        on = f" on {finding['memory_map']}" if finding["memory_map"] else ""
        _line(console, checked, finding, f"{on}: {finding['message']}")
        _fix(console, finding)
    _below(console, finding)


def _line(console: Console, checked: Json, finding: Json, words: str) -> None:
    file = finding["file"] or checked["file"]
    place = f"{file}:{finding['line']}" if finding["line"] else file
    line = Text(f"{place}: ")
    line.append(finding["id"], "bold").append(words)
    line.append(
        f" [{finding['severity']}{', known' if finding['known'] else ''}]", _SEVERITY[finding["severity"]]
    )
    show_wrapped(console, line)


def _fix(console: Console, finding: Json) -> None:
    if fix := finding["fix"]:
        show_indented(console, f"fix: {fix['words']}", 4)
        for text in fix["fragment"].splitlines():
            show_indented(console, text, 8)
    elif finding["id"] == "unsafe":
        show_indented(console, "fix: none is known that makes it safe on every given memory map", 4)


def _below(console: Console, finding: Json) -> None:
    """Prints the steps to a fault and the causes."""
    for text in finding["chain"]:
        show_indented(console, text, 6, style="dim")
    for cause in finding["causes"]:
        because = f"   <- {cause['because']}" if cause["because"] else ""
        show_indented(console, f"{cause['file']}:{cause['line']}: {cause['text']}{because}", 4, style="dim")


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
        console.print(f"{values} because of {roots}", style="dim")
    rest = sum(count for _, count in follow.most_common()[_MOST_GROUPS:])
    if rest:
        console.print(f"{rest} more values change because of other symbols", style="dim")


def _named(names: Sequence[str]) -> str:
    """The first few of some symbols, and the number of the others."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:_MOST_NAMED])} and {more} more"


def _every_map(console: Console, checked: Json, *, verbose: bool) -> None:
    """Prints what is proven for every memory map, and whether the booted ones meet the condition.

    Of an unsafe kernel the smallest maps that kill are details.
    """
    claims, maps = checked["every_map"], checked["memory_maps"]
    if claims is None:
        return
    show_indented(console, f"every memory map: {claims['words']}", 0)
    if verbose or checked["verdict"] != "unsafe":
        for line in claims_lines(claims, checked["counterexamples"]):
            show_indented(console, line.strip(), 4 if line.startswith(" ") else 2, style="dim")
    if claims["outcome"] == "class":
        for text in _meeting(maps) if len(maps) <= _MOST_MAPS else (_number_meeting(checked),):
            show_indented(console, text, 2)


def _meeting(maps: Sequence[Json]) -> Iterator[str]:
    """Whether each map lies in the class on which the kernel is proven safe."""
    for entry in maps:
        if proof := entry["proof"]:
            missing = f"does not meet it: {', '.join(proof['missing'])}"
            yield f"{entry['name']} {'meets the condition' if proof['covered'] else missing}"


def _number_meeting(checked: Json) -> str:
    covered = sum(bool(entry["proof"] and entry["proof"]["covered"]) for entry in checked["memory_maps"])
    return f"{covered} of {counted_maps(checked)} meet the condition; a board must, too"
