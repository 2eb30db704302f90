# SPDX-License-Identifier: GPL-2.0-only
"""GitHub annotations: workflow commands that put a finding beside its line in a pull request.

A command is ``::error file=F,line=N,title=T::message``. In the message ``%``, carriage return and line
feed are escaped; in a property ``:`` and ``,``, too (actions/toolkit, core, ``escapeData`` and
``escapeProperty``). The runner shows a message as it is, in a log and on a page: no other control character,
and nothing that turns the direction of writing, reaches it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from explorer.errors import printable_lines
from explorer.formats import Judged

__all__ = ["github"]

Json = Mapping[str, Any]

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_IN_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def github(judged: Judged) -> str:
    """Judgements as workflow commands, one a line.

    GitHub shows ten of a kind for each step: what a baseline knows or what follows from another is left out.
    """
    return "".join(_commands(judged))


def _commands(judged: Judged) -> Iterator[str]:
    for checked in judged.configs:
        for finding in checked["findings"]:
            if not (finding["known"] or finding["follows_from"]):
                yield _command(finding, checked["file"])
    for error in judged.errors:
        yield f"::error title=could not judge::{_in_message(error['message'])}\n"


def _command(finding: Json, judged: str) -> str:
    properties = {
        "file": finding["file"] or judged,
        "line": str(finding["line"] or 1),
        "title": finding["id"],
    }
    told = ",".join(f"{name}={_in_property(value)}" for name, value in properties.items())
    on = f"memory map {finding['memory_map']}: " if finding["memory_map"] else ""
    causes = [
        f"{cause['file']}:{cause['line']}: {cause['text']}"
        + (f" ({cause['because']})" if cause["because"] else "")
        for cause in finding["causes"]
    ]
    fix = [f"fix: {finding['fix']['words']}"] if finding["fix"] else []
    message = "\n".join([f"{on}{finding['message']}", *finding["chain"], *causes, *fix])
    return f"::{_COMMANDS[finding['severity']]} {told}::{_in_message(message)}\n"


def _in_message(text: str) -> str:
    return printable_lines(text).translate(_IN_MESSAGE)


def _in_property(text: str) -> str:
    return printable_lines(text).translate(_IN_PROPERTY)
