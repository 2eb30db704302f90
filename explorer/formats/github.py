# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes GitHub annotations: workflow commands that show a finding beside its line in a pull request.

A command is ``::error file=F,line=N,title=T::message``. ``%``, carriage return and line feed are escaped in a
message, and ``:`` and ``,`` as well in a property (actions/toolkit, core, ``escapeData`` and
``escapeProperty``).

* The runner shows a message unchanged, in a log and on a page. Other control characters and characters that
  change the direction of writing are replaced.
* GitHub shows ten errors, ten warnings and ten notices of a step. Findings that are in the baseline or follow
  from another are omitted, those that repeat over memory maps are one, the most severe come first, and a
  notice says if there are more.
* The log of a step shows only the message, so its last line names the place.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from explorer.document.repeated_findings import FindingGroup, fault_lines, finding_groups
from explorer.errors import printable_lines
from explorer.formats import Judged, cause_lines, file_of, headline, most_severe_first
from explorer.formats.locations import STDIN, from_root

__all__ = ["github_annotations"]

Json = Mapping[str, Any]

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_MOST_SHOWN = 10
_IN_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def github_annotations(judged: Judged) -> str:
    """The findings of a run as workflow commands, one per line."""
    commands = [*map(_refused, judged.errors), *_annotations(judged)]
    return "".join([*_overflow(commands), *commands])


def _annotations(judged: Judged) -> Iterator[str]:
    """An annotation for each group of findings."""
    group_of = {
        id(finding): group
        for checked in judged.configs
        for group in finding_groups(checked, checked["findings"])
        for finding in group.findings
    }
    for finding, checked in most_severe_first(judged):
        group = group_of.pop(id(finding), None)
        if group and not (finding["known"] or finding["follows_from"]):
            for repeated in group.findings:
                group_of.pop(id(repeated), None)
            yield _annotated(group, checked, file_of(finding, checked, judged))


def _overflow(commands: list[str]) -> Iterator[str]:
    """A notice if GitHub will not show all commands."""
    kinds = Counter(command.partition(" ")[0] for command in commands)
    if any(count > _MOST_SHOWN for count in kinds.values()):
        message = f"{len(commands)} findings; GitHub shows {_MOST_SHOWN} of each kind; the step's log has all"
        yield _command("notice", {"title": "kconfig-explorer"}, message)


def _refused(error: Json) -> str:
    return _command("error", {**_place(error["file"], 1), "title": "could not judge"}, error["message"])


def _annotated(group: FindingGroup, checked: Json, file: str) -> str:
    finding, maps = group.leading, group.memory_maps
    faults = fault_lines(checked, group) if len(maps) > 1 else ()
    causes = [f"{place}: {text}" for place, text in cause_lines(finding)]
    fix = [f"fix: {finding['fix']['words']}"] if finding["fix"] else []
    place = f"{file}:{finding['line']}" if finding["line"] else file
    message = "\n".join([headline(finding), *faults, *finding["chain"], *causes, *fix, f"at {place}"])
    properties = {**_place(file, finding["line"] or 1), "title": finding["id"]}
    return _command(_COMMANDS[finding["severity"]], properties, message)


def _place(file: str, line: int) -> dict[str, str]:
    """The properties for a place; none for standard input, which GitHub shows at the step."""
    return {} if file == STDIN else {"file": from_root(file) or file, "line": str(line)}


def _command(kind: str, properties: Mapping[str, str], message: str) -> str:
    pairs = ",".join(
        f"{name}={printable_lines(value).translate(_IN_PROPERTY)}" for name, value in properties.items()
    )
    return f"::{kind} {pairs}::{printable_lines(message).translate(_IN_MESSAGE)}\n"
