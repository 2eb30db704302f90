# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line that is running, as words that a shell reads: a result names the command that gives it."""

import shlex
from collections.abc import Iterable, Iterator
from typing import Any

import typer

from explorer.errors import encodable
from explorer.resources import PROGRAM

__all__ = ["running_command", "shell_words"]

_PRESENTATION = frozenset({"form", "output", "quiet", "verbose"})
"""Parameters of commands that change how a result is shown, not the result."""


def running_command(context: typer.Context) -> str:
    """The command with the options and arguments that were given, except those for presentation."""
    words = [PROGRAM, context.info_name or ""]
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name not in _PRESENTATION and source is not None and source.name == "COMMANDLINE":
            words += _words(parameter, context.params[name])
    return shell_words(words)


def shell_words(words: Iterable[str]) -> str:
    """Words as one line that a shell reads, for a result: bytes that are not UTF-8 are escaped."""
    return encodable(shlex.join(words))


def _words(parameter: Any, value: Any) -> Iterator[str]:
    """The words that give a parameter of the command line, an option or an argument, a value."""
    for one in value if isinstance(value, list | tuple) else (value,):
        if parameter.param_type_name == "argument":
            yield str(one)
        elif parameter.is_flag:
            yield str(parameter.opts[0])
        else:
            yield from (str(parameter.opts[0]), str(one))
