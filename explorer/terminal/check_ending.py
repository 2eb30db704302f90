# SPDX-License-Identifier: GPL-2.0-or-later
"""The last line of ``check``: how many findings, what the boots say, and the exit code.

Findings that repeat over memory maps count once. Findings that follow from others or are in the baseline do
not count.
"""

from collections import Counter
from collections.abc import Sequence

from rich.text import Text

from explorer.document.repeated_findings import counted_severities
from explorer.narrative.plurals import counted
from explorer.terminal.console import Json

__all__ = ["counted_maps", "ending", "ending_of_many"]

_STYLES = ("green", "bold red", "bold yellow")
_VERDICTS = ("unreachable", "unsafe", "unknown", "not simulated", "safe")
"""The worst first."""


def ending(checked: Json, code: int) -> Text:
    """The last line about one file."""
    return _styled(f"{_findings([checked])}; memory: {_memory(checked)}", code)


def ending_of_many(configs: Sequence[Json], errors: Sequence[Json], code: int) -> Text:
    """The last line about several files."""
    verdicts = Counter(checked["verdict"] for checked in configs)
    counts = [f"{verdicts[verdict]} {verdict}" for verdict in _VERDICTS if verdicts[verdict]]
    if errors:
        counts.insert(0, f"{len(errors)} could not be judged")
    files = counted(len(configs) + len(errors), "file")
    return _styled(f"{files}: {', '.join(counts)}; {_findings(configs)}", code)


def _styled(text: str, code: int) -> Text:
    return Text(f"{text}; exit {code}", _STYLES[code])


def _findings(configs: Sequence[Json]) -> str:
    """How many findings of each severity."""
    severities = Counter(severity for checked in configs for severity in counted_severities(checked))
    counts = [
        counted(severities[severity], severity)
        for severity in ("error", "warning", "note")
        if severities[severity]
    ]
    fixed = sum(len(checked.get("fixed", {}).get("fixes", ())) for checked in configs)
    return (", ".join(counts) or "no findings") + (f" ({fixed} fixed)" if fixed else "")


def counted_maps(checked: Json) -> str:
    """How many memory maps were booted."""
    return counted(len(checked["memory_maps"]), "memory map")


def _memory(checked: Json) -> str:
    """What the boots say; *unknown* is said as such, whatever the boots that were possible say."""
    verdict, maps = str(checked["verdict"]), checked["memory_maps"]
    boots = Counter(entry["verdict"] for entry in maps)
    if verdict == "not simulated" or not maps or (verdict == "unknown" and not boots["unknown"]):
        return verdict
    worst = next((each for each in ("unsafe", "unknown") if boots[each]), "safe")
    booted = f"{worst} on {boots[worst]} of {counted(len(maps), 'map')}"
    if worst == "unsafe" and boots["unknown"]:
        booted += f", unknown on {boots['unknown']}"
    return f"unreachable, as built {booted}" if verdict == "unreachable" else booted
