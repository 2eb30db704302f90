# SPDX-License-Identifier: GPL-2.0-only
"""GitHub annotations: workflow commands that put a finding beside its line in a pull request.

A command is ``::error file=F,line=N,title=T::message``. In the message ``%``, carriage return and line
feed are escaped; in a property ``:`` and ``,``, too (actions/toolkit, core, ``escapeData`` and
``escapeProperty``).

* The runner shows a message as it is, in a log and on a page: no other control character, and nothing that
  turns the direction of writing, reaches it.
* GitHub shows ten errors, ten warnings and ten notices for each step. So what a baseline knows or what
  follows from another is left out, the gravest come first, and where there are more, that is said.
* The log of a step shows the message alone: its last line names the place.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from explorer.errors import printable_lines
from explorer.formats import Judged, cause_lines, file_of, gravest_first, headline
from explorer.formats.locations import STDIN, from_root

__all__ = ["github_annotations"]

Json = Mapping[str, Any]

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_MOST_SHOWN = 10
_IN_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def github_annotations(judged: Judged) -> str:
    """Judgements as workflow commands, one a line."""
    told = [
        (finding, file_of(finding, checked, judged))
        for finding, checked in gravest_first(judged)
        if not (finding["known"] or finding["follows_from"])
    ]
    commands = [*map(_refused, judged.errors), *(_annotated(finding, file) for finding, file in told)]
    return "".join([*_overflow(commands), *commands])


def _overflow(commands: list[str]) -> Iterator[str]:
    """That GitHub keeps some to itself."""
    kinds = Counter(command.partition(" ")[0] for command in commands)
    if any(count > _MOST_SHOWN for count in kinds.values()):
        said = f"{len(commands)} findings; GitHub shows {_MOST_SHOWN} of a kind here, the log of the step all"
        yield _command("notice", {"title": "kconfig-explorer"}, said)


def _refused(error: Json) -> str:
    return _command("error", {**_place(error["file"], 1), "title": "could not judge"}, error["message"])


def _annotated(finding: Json, file: str) -> str:
    causes = [f"{place}: {text}" for place, text in cause_lines(finding)]
    fix = [f"fix: {finding['fix']['words']}"] if finding["fix"] else []
    place = f"{file}:{finding['line']}" if finding["line"] else file
    message = "\n".join([headline(finding), *finding["chain"], *causes, *fix, f"at {place}"])
    properties = {**_place(file, finding["line"] or 1), "title": finding["id"]}
    return _command(_COMMANDS[finding["severity"]], properties, message)


def _place(file: str, line: int) -> dict[str, str]:
    """Where GitHub puts it; nowhere, that is at the step, for what came from standard input."""
    return {} if file == STDIN else {"file": from_root(file) or file, "line": str(line)}


def _command(kind: str, properties: Mapping[str, str], message: str) -> str:
    told = ",".join(
        f"{name}={printable_lines(value).translate(_IN_PROPERTY)}" for name, value in properties.items()
    )
    return f"::{kind} {told}::{printable_lines(message).translate(_IN_MESSAGE)}\n"
